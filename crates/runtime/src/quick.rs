//! The shortest way for the commonest small calls: contiguous operands of one shape and of the
//! loop's types, scalars beside them, one new result; and of numbers alone.

use crate::alone::Operands;
use crate::array::{Array, Input};
use crate::recycle;
use crate::session::{AT_ONCE, State};
use stook_ops::{FLAGS, Loop, UfuncId, table};
use stook_plan::ShippedKey;
use stook_types::{DType, Result, Scalar, View};

/// The most inputs of such a call.
pub(crate) const MOST: usize = 3;
/// Scratch units of 16 bytes for one scalar spread over a row of [`AT_ONCE`] elements.
const SPREAD: usize = AT_ONCE + 4;

impl State {
    /// The call's result; nothing where it needs the general way.
    pub(crate) fn quick(
        &mut self,
        ufunc: UfuncId,
        loop_index: usize,
        ins: &[Input<'_>],
    ) -> Result<Option<Array>> {
        let signature = &table()[usize::from(ufunc.0)].loops[loop_index];
        let Some(like) = self.quick_shape(signature, ins) else {
            return Ok(None);
        };
        let n = like.view.size();
        let mut pointers = [std::ptr::null_mut(); MOST + 1];
        let mut steps = [0i64; MOST + 1];
        for (k, input) in ins.iter().enumerate() {
            let Some(pointer) = self.operand(input, like, n, k) else {
                return Ok(None);
            };
            pointers[k] = pointer;
            steps[k] = signature.ins[k].size() as i64;
        }
        let key = ShippedKey::Call(ufunc, loop_index as u16);
        let Some(kernel) = self.runner.backend().shipped(key) else {
            return Ok(None);
        };
        let dtype = signature.outs[0];
        let storage = recycle::storage(n * dtype.size())?;
        pointers[ins.len()] = storage.pointer().unwrap_or_default();
        steps[ins.len()] = dtype.size() as i64;
        let mut flags = [0u8; FLAGS];
        // SAFETY: every operand has `n` elements one after another, the result's memory is new, and
        // the kernel has these operands and one group of flags.
        unsafe {
            kernel(
                1,
                n as i64,
                pointers.as_ptr(),
                [0i64; MOST + 1].as_ptr(),
                steps.as_ptr(),
                flags.as_mut_ptr(),
                0,
            );
        }
        self.runner.counters.at_once += 1;
        if flags != [0; FLAGS] {
            self.meet(Some(ufunc), flags[0] | flags[1] << 1 | flags[2] << 2);
        }
        let as_it_is = like.view.offset == 0 && like.dtype.size() == dtype.size();
        let view = match as_it_is {
            true => like.view.clone(),
            false => View::contiguous(&like.view.shape, dtype.size()),
        };
        Ok(Some(Array { storage, view, dtype }))
    }

    /// The call's result where all operands are numbers; nothing where it needs the general way.
    pub(crate) fn on_numbers(
        &mut self,
        ufunc: UfuncId,
        loop_index: usize,
        ins: &[Input<'_>],
    ) -> Option<Scalar> {
        let signature = &table()[usize::from(ufunc.0)].loops[loop_index];
        if signature.outs.len() != 1 || ins.len() > MOST || self.eager {
            return None;
        }
        let mut cells = [0u128; MOST + 1];
        for ((input, &dtype), cell) in ins.iter().zip(&signature.ins).zip(&mut cells) {
            *cell = number(input, dtype)?.bits;
        }
        let kernel = self.runner.backend().shipped(ShippedKey::Call(ufunc, loop_index as u16))?;
        let mut operands = Operands::none();
        for (cell, dtype) in cells.iter_mut().zip(signature.ins.iter().chain(&signature.outs)) {
            operands.add(std::ptr::from_mut(cell).cast(), dtype.size());
        }
        // SAFETY: every operand is one element in a cell of its own, and so is the result; the
        // kernel has these operands and one group of flags.
        let met = unsafe { operands.launch(kernel, 1) };
        self.runner.counters.at_once += 1;
        if met != 0 {
            self.meet(Some(ufunc), met);
        }
        Some(Scalar { dtype: signature.outs[0], bits: cells[ins.len()] })
    }

    /// The operand whose shape the result has, if the call is of the common kind.
    fn quick_shape<'a>(&self, signature: &Loop, ins: &[Input<'a>]) -> Option<&'a Array> {
        if signature.outs.len() != 1 || ins.len() > MOST || self.eager {
            return None;
        }
        let mut like: Option<&'a Array> = None;
        for (input, &dtype) in ins.iter().zip(&signature.ins) {
            match input {
                Input::Scalar(scalar) if scalar.dtype == dtype => {}
                Input::Array(array) if array.dtype == dtype => {
                    let alike = match like {
                        Some(first) => array.view.shape == first.view.shape,
                        None => (1..=self.at_once).contains(&array.view.size()),
                    };
                    like.get_or_insert(array);
                    let fits = alike
                        && array.view.is_c_contiguous(dtype.size())
                        && !self.recorder.writes(&array.storage);
                    if !fits {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        like
    }

    fn operand(&mut self, input: &Input<'_>, like: &Array, n: usize, k: usize) -> Option<*mut u8> {
        let scalar = match input {
            Input::Array(array) => {
                let start = array.storage.pointer()?;
                return Some(start.wrapping_offset(array.view.offset));
            }
            Input::Scalar(scalar) => *scalar,
        };
        debug_assert!(like.view.size() == n);
        self.spread(scalar, n, k)
    }

    /// The address of a row of `n` elements, up to [`AT_ONCE`], all a scalar: that of operand `k`.
    pub(crate) fn spread(&mut self, scalar: Scalar, n: usize, k: usize) -> Option<*mut u8> {
        let kernel = self.runner.backend().shipped(ShippedKey::Fill(scalar.dtype))?;
        if self.spread.is_empty() {
            self.spread.resize(MOST * SPREAD, 0);
        }
        let room = self.spread[k * SPREAD..].as_mut_ptr().cast::<u8>();
        let mut cell = scalar.bits;
        let pointers = [std::ptr::from_mut(&mut cell).cast::<u8>(), room];
        let steps = [0, scalar.dtype.size() as i64];
        // SAFETY: one value is read; the room holds `AT_ONCE` elements of any type.
        unsafe {
            kernel(
                1,
                n as i64,
                pointers.as_ptr(),
                [0i64; 2].as_ptr(),
                steps.as_ptr(),
                std::ptr::null_mut(),
                0,
            );
        }
        Some(room)
    }
}

/// A number as an operand of this type, which it has already, or of float64.
fn number(input: &Input<'_>, dtype: DType) -> Option<Scalar> {
    match input {
        Input::Scalar(number) if number.dtype == dtype => Some(*number),
        Input::Scalar(number) if dtype == DType::F64 => {
            number.as_float().map(|value| Scalar::float(dtype, value))
        }
        _ => None,
    }
}
