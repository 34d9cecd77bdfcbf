//! The shortest way for the commonest index: one array of places on the only axis, few of them.

use crate::array::NdArray;
use crate::module::session;
use pyo3::prelude::*;
use stook_runtime::{AT_ONCE, Array};
use stook_types::DType;

/// The elements at the places; nothing where it takes a longer way, or a place is out of bounds.
pub(crate) fn gather(array: &Array, index: &Bound<'_, PyAny>) -> Option<Array> {
    let places = index.cast::<NdArray>().ok()?.get().array();
    let size = array.dtype.size();
    let few = array.view.ndim() == 1
        && places.dtype == DType::I64
        && places.view.ndim() > 0
        && (1..=AT_ONCE).contains(&places.view.size())
        && places.view.is_c_contiguous(DType::I64.size());
    if !few {
        return None;
    }
    let from = session().settled(array)?.wrapping_offset(array.view.offset);
    let at = session().settled(places)?.wrapping_offset(places.view.offset);
    if !at.cast::<i64>().is_aligned() {
        return None;
    }
    let made = session().blank(&places.view.shape, array.dtype).ok()?;
    let to = made.start()?;
    // SAFETY: that many contiguous places, which nobody writes while Python is attached.
    let places = unsafe { std::slice::from_raw_parts(at.cast::<i64>(), places.view.size()) };
    let (length, stride) = (array.view.shape[0], array.view.strides[0]);
    // SAFETY: places are within the axis, and the result has one element for each.
    let all = unsafe {
        match size {
            1 => copy::<1>(places, (from, length, stride), to),
            2 => copy::<2>(places, (from, length, stride), to),
            4 => copy::<4>(places, (from, length, stride), to),
            8 => copy::<8>(places, (from, length, stride), to),
            _ => copy::<16>(places, (from, length, stride), to),
        }
    };
    all.then_some(made)
}

/// Copies elements of `SIZE` bytes; false where a place is none of the axis.
unsafe fn copy<const SIZE: usize>(
    places: &[i64],
    (from, length, stride): (*mut u8, usize, isize),
    to: *mut u8,
) -> bool {
    for (k, &place) in places.iter().enumerate() {
        let place = if place < 0 { place + length as i64 } else { place };
        if !(0..length as i64).contains(&place) {
            return false;
        }
        let element = from.wrapping_offset(place as isize * stride).cast::<[u8; SIZE]>();
        // SAFETY: the caller's promise.
        unsafe { to.cast::<[u8; SIZE]>().add(k).write_unaligned(element.read_unaligned()) };
    }
    true
}
