//! Functions of C's convention: called by routines, and made of them.
//!
//! [`Step::Native`](super::Step::Native) calls one through its address. A unit whose `native` is set
//! has an entry that C calls too: [`NativeData`] comes in the register that the convention leaves
//! for such data, and the entry makes a [`Context`] of its own from it.

use super::{Context, Type};
use stook_types::DType;

/// What a native entry finds its context in.
#[repr(C)]
#[derive(Clone, Debug)]
pub struct NativeData {
    /// What each call's context begins as, but for its owner: a [`NativeState`].
    pub context: Context,
    /// Called where a call failed, with its status, or has set [`NativeState::call`].
    pub finish: unsafe extern "C" fn(*mut Context, i64),
    /// Whatever belongs to it, as whoever made it knows.
    pub owner: *const u8,
}

/// A call of a native entry that is under way: the owner of its context.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct NativeState {
    /// What the entry was made with.
    pub data: *const NativeData,
    /// Null until services keep something here.
    pub call: *mut u8,
}

/// How many integers and addresses, and how many floats, a function of C's may take.
pub(super) const MOST: (usize, usize) = (16, 8);

/// Whether C has such values.
pub(super) fn is_native(t: Type) -> bool {
    match t {
        Type::Address => true,
        Type::Scalar(dtype) => dtype != DType::F16 && !dtype.is_complex(),
    }
}

fn is_float(t: Type) -> bool {
    matches!(t, Type::Scalar(dtype) if dtype.is_float())
}

/// Whether a function of C's may take arguments of these types.
pub(super) fn may_take(types: &[Type]) -> bool {
    let floats = types.iter().filter(|&&t| is_float(t)).count();
    types.iter().all(|&t| is_native(t)) && floats <= MOST.1 && types.len() - floats <= MOST.0
}

/// Calls a function of C's by the bits of its arguments, for the interpreter.
///
/// The convention gives integers and floats registers of their own, and integers beyond six their
/// order on the stack, so that one call with all registers filled makes every such call.
///
/// # Safety
/// The address is that of a function with arguments of these types, which [`may_take`] allows, and
/// that result.
pub(super) unsafe fn call(address: u64, args: &[(Type, u64)], result: Option<Type>) -> u64 {
    let (mut whole, mut floats) = ([0_u64; MOST.0], [0.0_f64; MOST.1]);
    let (mut n, mut m) = (0, 0);
    for &(t, bits) in args {
        if is_float(t) {
            floats[m] = f64::from_bits(bits);
            m += 1;
        } else {
            whole[n] = extended(t, bits);
            n += 1;
        }
    }
    let [a, b, c, d, e, f, rest @ ..] = whole;
    let [p, q, r, s, t, u, v, w] = floats;
    let [g, h, i, j, k, l, x, y, z, o] = rest;
    let pointer = std::ptr::with_exposed_provenance::<u8>(address as usize);
    macro_rules! called {
        ($result:ty) => {{
            type Function = unsafe extern "C" fn(
                u64,
                u64,
                u64,
                u64,
                u64,
                u64,
                f64,
                f64,
                f64,
                f64,
                f64,
                f64,
                f64,
                f64,
                u64,
                u64,
                u64,
                u64,
                u64,
                u64,
                u64,
                u64,
                u64,
                u64,
            ) -> $result;
            // SAFETY: the caller's promise, and what is said above.
            unsafe {
                let function = std::mem::transmute::<*const u8, Function>(pointer);
                function(a, b, c, d, e, f, p, q, r, s, t, u, v, w, g, h, i, j, k, l, x, y, z, o)
            }
        }};
    }
    match result {
        Some(Type::Scalar(DType::F32)) => called!(f32).to_bits().into(),
        Some(t) if is_float(t) => called!(f64).to_bits(),
        Some(Type::Scalar(DType::Bool)) => u64::from(called!(u64) as u8 != 0),
        Some(Type::Scalar(dtype)) => called!(u64) & (u64::MAX >> (64 - 8 * dtype.size())),
        _ => called!(u64),
    }
}

/// An integer in a whole register.
fn extended(t: Type, bits: u64) -> u64 {
    match t {
        Type::Scalar(DType::I8) => bits as i8 as u64,
        Type::Scalar(DType::I16) => bits as i16 as u64,
        Type::Scalar(DType::I32) => bits as i32 as u64,
        _ => bits,
    }
}
