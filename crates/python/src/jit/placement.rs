//! Where arrays lie that compiled code names.
//!
//! Such code holds their address, shape and strides for certain. A resized array, a new shape, or a
//! flag that says it is read-only from now on, is seen by comparison at the next call.

use crate::array::NdArray;
use crate::interop;
use pyo3::prelude::*;
use smallvec::SmallVec;

/// Where and how an array lies, which compiled code that names it holds for certain.
#[derive(PartialEq)]
pub(super) struct Placement {
    start: usize,
    /// Lengths, then strides.
    axes: SmallVec<[isize; 8]>,
    writeable: bool,
}

impl Placement {
    pub(super) fn of(array: &Bound<'_, PyAny>) -> Self {
        if let Ok(ours) = array.cast::<NdArray>() {
            let (own, view) = (ours.get(), &ours.get().array().view);
            return Self {
                start: own.array().start().map_or(0, |start| start.addr()),
                axes: view
                    .shape
                    .iter()
                    .map(|&n| n as isize)
                    .chain(view.strides.iter().copied())
                    .collect(),
                writeable: own.is_writeable(),
            };
        }
        let (shape, strides) = interop::array_axes(array);
        Self {
            start: interop::array_start(array).1.addr(),
            axes: shape.iter().chain(strides).copied().collect(),
            writeable: interop::array_writeable(array),
        }
    }

    /// The array with its placement.
    pub(super) fn with(array: Bound<'_, PyAny>) -> (Py<PyAny>, Self) {
        let placement = Self::of(&array);
        (array.unbind(), placement)
    }
}
