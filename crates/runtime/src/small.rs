//! Calls too small to record, run at once on shipped kernels.
//!
//! Operands that are not already contiguous, of the loop's type and of the call's shape are brought
//! into scratch memory first; results go from there to where they belong. Nothing is allocated but
//! the result's own memory.

use crate::array::{Array, Input};
use crate::backend::Backend;
use crate::buffer::Buffer;
use smallvec::SmallVec;
use stook_kernel::KernelFn;
use stook_ops::{UfuncId, table};
use stook_plan::ShippedKey;
use stook_types::{DType, Result, Scalar, View};

/// Scratch memory for small calls.
#[derive(Debug, Default)]
pub(crate) struct Small {
    scratch: Vec<Vec<u128>>,
    used: usize,
    /// Condition flags that casts met since they were last taken.
    cast_flags: u8,
}

/// A kernel's operand: where it is and how its columns step.
#[derive(Clone, Copy)]
pub(crate) struct Raw {
    pub(crate) pointer: *mut u8,
    pub(crate) step: i64,
}

impl Small {
    /// Makes all scratch memory free, for a new call.
    pub(crate) fn begin(&mut self) {
        self.used = 0;
    }

    /// Runs a ufunc's loop; the condition flags, or nothing if a kernel is missing.
    pub(crate) fn call(
        &mut self,
        backend: &dyn Backend,
        (ufunc, loop_index): (UfuncId, usize),
        ins: &[Input<'_>],
        outs: &[Array],
    ) -> Result<Option<u8>> {
        let Some(kernel) = backend.shipped(ShippedKey::Call(ufunc, loop_index as u16)) else {
            return Ok(None);
        };
        self.begin();
        let signature = &table()[usize::from(ufunc.0)].loops[loop_index];
        let shape = &outs[0].view.shape;
        let n: usize = shape.iter().product();
        let mut raws = [Raw { pointer: std::ptr::null_mut(), step: 0 }; 8];
        let nin = ins.len();
        for (k, (input, &dtype)) in ins.iter().zip(&signature.ins).enumerate() {
            match self.contiguous(backend, *input, shape, dtype)? {
                Some(raw) => raws[k] = raw,
                None => return Ok(None),
            }
        }
        let mut direct = [false; 4];
        for (k, (out, &dtype)) in outs.iter().zip(&signature.outs).enumerate() {
            direct[k] = is_direct(out, dtype) && !ins.iter().any(|i| shifted(i, out));
            raws[nin + k] = self.target(out, dtype, n, direct[k])?;
        }
        let mut flags = [0; stook_ops::FLAGS];
        launch(kernel, n, &raws[..nin + outs.len()], &mut flags);
        for (k, (out, &dtype)) in outs.iter().zip(&signature.outs).enumerate() {
            if !direct[k] {
                let made = raws[nin + k].pointer;
                self.deliver(backend, made, dtype, out)?;
            }
        }
        Ok(Some(packed(flags)))
    }

    /// Copies and casts; false if a kernel is missing.
    pub(crate) fn copy(
        &mut self,
        backend: &dyn Backend,
        source: Input<'_>,
        target: &Array,
    ) -> Result<bool> {
        self.begin();
        if self.copy_line(backend, source, target)? {
            return Ok(true);
        }
        let Some(raw) = self.contiguous(backend, source, &target.view.shape, target.dtype)? else {
            return Ok(false);
        };
        self.deliver(backend, raw.pointer, target.dtype, target)
    }

    /// Copies one line of elements to another, without scratch memory; false if they are not that.
    fn copy_line(
        &mut self,
        backend: &dyn Backend,
        source: Input<'_>,
        target: &Array,
    ) -> Result<bool> {
        let size = target.dtype.size();
        let Input::Array(array) = source else { return Ok(false) };
        let from_size = array.dtype.size();
        if array.view.shape != target.view.shape
            || !array.view.is_c_contiguous(from_size)
            || !target.view.is_c_contiguous(size)
        {
            return Ok(false);
        }
        let n = target.view.size();
        let from = base(array)?.wrapping_offset(array.view.offset);
        let to = base(target)?.wrapping_offset(target.view.offset);
        if array.dtype == target.dtype {
            // SAFETY: both have this many bytes from their first elements on.
            unsafe { std::ptr::copy(from, to, n * size) };
            return Ok(true);
        }
        let cast = backend.shipped(ShippedKey::Cast(array.dtype, target.dtype));
        let Some(cast) = cast.filter(|_| !may_overlap((from, n * from_size), (to, n * size)))
        else {
            return Ok(false);
        };
        let raw = |pointer, size: usize| Raw { pointer, step: size as i64 };
        self.cast(cast, n, [raw(from, from_size), raw(to, size)]);
        Ok(true)
    }

    /// Running results along the last axis; false if a kernel is missing.
    pub(crate) fn scan(
        &mut self,
        backend: &dyn Backend,
        (ufunc, loop_index): (UfuncId, usize),
        from: &Array,
        to: &Array,
    ) -> Result<bool> {
        let Some(kernel) = backend.shipped(ShippedKey::Scan(ufunc, loop_index as u16)) else {
            return Ok(false);
        };
        let (source, target) = (base(from)?, base(to)?);
        let mut places: SmallVec<[isize; 8]> = SmallVec::new();
        rows(&to.view, |offset, _, _| places.push(offset));
        let step = to.view.strides.last().map_or(0, |&step| step as i64);
        let mut row = 0;
        rows(&from.view, |offset, n, own| {
            let input = Raw { pointer: source.wrapping_offset(offset), step: own };
            let output = Raw { pointer: target.wrapping_offset(places[row]), step };
            launch(kernel, n, &[input, output], &mut []);
            row += 1;
        });
        Ok(true)
    }

    /// The input's elements, one after another, as `dtype` in C order of `shape`.
    pub(crate) fn contiguous(
        &mut self,
        backend: &dyn Backend,
        input: Input<'_>,
        shape: &[usize],
        dtype: DType,
    ) -> Result<Option<Raw>> {
        let n: usize = shape.iter().product();
        let step = dtype.size() as i64;
        let gathered = match input {
            Input::Scalar(scalar) => self.fill(backend, scalar, n),
            Input::Array(array) => {
                let base = base(array)?;
                let direct = array.view.shape[..] == *shape
                    && array.view.is_c_contiguous(array.dtype.size());
                if direct {
                    // SAFETY: a view's first element lies in its storage.
                    Some(unsafe { base.offset(array.view.offset) })
                } else {
                    let view = array.view.broadcast_to(shape)?;
                    self.gather(backend, base, &view, array.dtype)
                }
            }
        };
        let Some(pointer) = gathered else {
            return Ok(None);
        };
        let from = input.dtype();
        if from == dtype {
            return Ok(Some(Raw { pointer, step }));
        }
        let Some(cast) = backend.shipped(ShippedKey::Cast(from, dtype)) else {
            return Ok(None);
        };
        let to = self.room(n * dtype.size());
        let source = Raw { pointer, step: from.size() as i64 };
        self.cast(cast, n, [source, Raw { pointer: to, step }]);
        Ok(Some(Raw { pointer: to, step }))
    }

    fn fill(&mut self, backend: &dyn Backend, scalar: Scalar, n: usize) -> Option<*mut u8> {
        let kernel = backend.shipped(ShippedKey::Fill(scalar.dtype))?;
        let room = self.room(n * scalar.dtype.size());
        let mut cell = scalar.bits;
        let source = Raw { pointer: std::ptr::from_mut(&mut cell).cast(), step: 0 };
        launch(
            kernel,
            n,
            &[source, Raw { pointer: room, step: scalar.dtype.size() as i64 }],
            &mut [],
        );
        Some(room)
    }

    fn gather(
        &mut self,
        backend: &dyn Backend,
        base: *mut u8,
        view: &View,
        dtype: DType,
    ) -> Option<*mut u8> {
        let kernel = backend.shipped(ShippedKey::Gather(dtype))?;
        let room = self.room(view.size() * dtype.size());
        let mut at = room;
        let size = dtype.size();
        planes(view, |offset, (rows, columns), (apart, step)| {
            // SAFETY: the rows lie in the storage; all together fill the room exactly.
            let (from, next) = unsafe { (base.offset(offset), at.add(rows * columns * size)) };
            let both = [Raw { pointer: from, step }, Raw { pointer: at, step: size as i64 }];
            let apart = [apart, (columns * size) as i64];
            launch_rows(kernel, (rows, columns), &both, &apart, &mut []);
            at = next;
        });
        Some(room)
    }

    fn cast(&mut self, kernel: KernelFn, n: usize, raws: [Raw; 2]) {
        let mut flags = [0; stook_ops::FLAGS];
        launch(kernel, n, &raws, &mut flags);
        self.cast_flags |= packed(flags);
    }

    /// The condition flags that casts met since the last call.
    pub(crate) fn take_cast_flags(&mut self) -> u8 {
        std::mem::take(&mut self.cast_flags)
    }

    /// Where a kernel writes an output: in place if `direct`, else to scratch.
    pub(crate) fn target(
        &mut self,
        out: &Array,
        dtype: DType,
        n: usize,
        direct: bool,
    ) -> Result<Raw> {
        let base = base(out)?;
        let step = dtype.size() as i64;
        if direct {
            // SAFETY: a view's first element lies in its storage.
            let pointer = unsafe { base.offset(out.view.offset) };
            return Ok(Raw { pointer, step });
        }
        Ok(Raw { pointer: self.room(n * dtype.size()), step })
    }

    /// Copies contiguous elements to where an array has them.
    pub(crate) fn deliver(
        &mut self,
        backend: &dyn Backend,
        from: *mut u8,
        dtype: DType,
        target: &Array,
    ) -> Result<bool> {
        let size = target.dtype.size();
        let n = target.view.size();
        let mut made = from;
        if dtype != target.dtype {
            let Some(cast) = backend.shipped(ShippedKey::Cast(dtype, target.dtype)) else {
                return Ok(false);
            };
            made = self.room(n * size);
            let to = Raw { pointer: made, step: size as i64 };
            let step = dtype.size() as i64;
            self.cast(cast, n, [Raw { pointer: from, step }, to]);
        }
        let base = base(target)?;
        let Some(kernel) = backend.shipped(ShippedKey::Scatter(target.dtype)) else {
            return Ok(false);
        };
        if may_overlap((made, n * size), (base, target.storage.bytes)) {
            let room = self.room(n * size);
            // SAFETY: both hold n elements, and the room is fresh.
            unsafe { std::ptr::copy_nonoverlapping(made, room, n * size) };
            made = room;
        }
        planes(&target.view, |offset, (rows, columns), (apart, step)| {
            // SAFETY: the rows lie in the storage; all together take the elements made.
            let (to, next) = unsafe { (base.offset(offset), made.add(rows * columns * size)) };
            let both = [Raw { pointer: made, step: size as i64 }, Raw { pointer: to, step }];
            let apart = [(columns * size) as i64, apart];
            launch_rows(kernel, (rows, columns), &both, &apart, &mut []);
            made = next;
        });
        Ok(true)
    }

    /// Scratch memory of its own for as long as the call runs.
    pub(crate) fn room(&mut self, bytes: usize) -> *mut u8 {
        if self.used == self.scratch.len() {
            self.scratch.push(Vec::new());
        }
        let room = &mut self.scratch[self.used];
        self.used += 1;
        let units = bytes.div_ceil(16) + 4;
        if room.len() < units {
            room.resize(units, 0);
        }
        let start = room.as_mut_ptr().cast::<u8>();
        let shift = start.align_offset(64);
        // SAFETY: four units of 16 bytes were added for the alignment.
        unsafe { start.add(shift) }
    }
}

pub(crate) fn packed(flags: [u8; stook_ops::FLAGS]) -> u8 {
    flags[0] | flags[1] << 1 | flags[2] << 2
}

pub(crate) fn is_direct(out: &Array, dtype: DType) -> bool {
    out.dtype == dtype && out.view.is_c_contiguous(dtype.size())
}

/// Whether an input shares the output's storage at other places.
fn shifted(input: &Input<'_>, out: &Array) -> bool {
    matches!(input, Input::Array(a)
        if std::sync::Arc::ptr_eq(&a.storage, &out.storage)
            && (a.view != out.view || a.dtype != out.dtype))
}

/// Whether two runs of bytes have some in common.
fn may_overlap((a, a_bytes): (*mut u8, usize), (b, b_bytes): (*mut u8, usize)) -> bool {
    a.addr() < b.addr() + b_bytes && b.addr() < a.addr() + a_bytes
}

fn base(array: &Array) -> Result<*mut u8> {
    if let Some(pointer) = array.storage.pointer() {
        return Ok(pointer);
    }
    let buffer = Buffer::new(array.storage.bytes)?;
    let pointer = buffer.pointer();
    array.storage.replace(buffer);
    Ok(pointer)
}

/// Calls `row` with offset, length and step of every row of the view, in C order.
fn rows(view: &View, mut row: impl FnMut(isize, usize, i64)) {
    let Some(last) = view.ndim().checked_sub(1) else {
        return row(view.offset, 1, 0);
    };
    let outer = &view.shape[..last];
    let count: usize = outer.iter().product();
    for k in 0..count {
        let (mut rest, mut offset) = (k, view.offset);
        for axis in (0..last).rev() {
            offset += (rest % outer[axis]) as isize * view.strides[axis];
            rest /= outer[axis];
        }
        row(offset, view.shape[last], view.strides[last] as i64);
    }
}

/// Calls `plane` with offset, lengths and steps of rows and columns, in C order, until it has seen
/// all elements of the view: of as few and as large planes as its strides allow.
fn planes(view: &View, mut plane: impl FnMut(isize, (usize, usize), (i64, i64))) {
    let axes = joined(view);
    let (outer, inner) = axes.split_at(axes.len().saturating_sub(2));
    let ((rows, apart), (columns, step)) = match *inner {
        [row, column] => (row, column),
        [column] => ((1, 0), column),
        _ => ((1, 0), (1, 0)),
    };
    let count: usize = outer.iter().map(|axis| axis.0).product();
    for k in 0..count {
        let (mut rest, mut offset) = (k, view.offset);
        for &(n, stride) in outer.iter().rev() {
            offset += (rest % n) as isize * stride;
            rest /= n;
        }
        plane(offset, (rows, columns), (apart as i64, step as i64));
    }
}

/// A view's axes longer than one, those that follow one another in memory as one.
fn joined(view: &View) -> SmallVec<[(usize, isize); 4]> {
    let mut axes: SmallVec<[(usize, isize); 4]> = SmallVec::new();
    for (&n, &stride) in view.shape.iter().zip(&view.strides).filter(|&(&n, _)| n != 1) {
        match axes.last_mut() {
            Some(last) if last.1 == stride * n as isize => *last = (last.0 * n, stride),
            _ => axes.push((n, stride)),
        }
    }
    axes
}

pub(crate) fn launch(kernel: KernelFn, columns: usize, raws: &[Raw], flags: &mut [u8]) {
    launch_rows(kernel, (1, columns), raws, &[], flags);
}

/// Runs a kernel on rows; those of an operand are as many bytes apart as said, or the same.
pub(crate) fn launch_rows(
    kernel: KernelFn,
    (rows, columns): (usize, usize),
    raws: &[Raw],
    apart: &[i64],
    flags: &mut [u8],
) {
    let mut pointers = [std::ptr::null_mut(); 8];
    let mut steps = [0i64; 8];
    let mut row_steps = [0i64; 8];
    for (k, raw) in raws.iter().enumerate() {
        (pointers[k], steps[k]) = (raw.pointer, raw.step);
    }
    row_steps[..apart.len()].copy_from_slice(apart);
    // SAFETY: every operand has `columns` elements at its step in each row, as the callers lay them
    // out; the kernel has as many operands and flags as are given.
    unsafe {
        kernel(
            rows as i64,
            columns as i64,
            pointers.as_ptr(),
            row_steps.as_ptr(),
            steps.as_ptr(),
            flags.as_mut_ptr(),
            0,
        );
    }
}
