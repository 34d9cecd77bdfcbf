//! Compiled units: what runs of a function that was compiled.

use crate::float_state::FloatState;
use crate::loader::Code;
use crate::{Error, Result, emit};
use std::sync::Arc;
use stook_kernel::{Context, UnitFn};

/// A unit's entry and the code that it lies in.
#[derive(Clone, Debug)]
pub struct UnitCode {
    entry: UnitFn,
    /// Keeps the entry alive.
    _code: Arc<Code>,
}

impl UnitCode {
    /// Loads an object that was compiled from a unit.
    pub(crate) fn load(object: &[u8]) -> Result<Self> {
        let code = Code::load(object)?;
        let entry = code.address(emit::NAME);
        let entry = entry.ok_or_else(|| Error::Object("it has no entry".to_owned()))?;
        // SAFETY: the object comes from the code generator of this build, or from a file that says
        // so in a folder that only this user can write to, and is whole; its entry has these
        // arguments.
        let entry = unsafe { std::mem::transmute::<*const u8, UnitFn>(entry) };
        Ok(Self { entry, _code: code })
    }

    /// Runs the entry; 0, or 1 more than the site of a failure.
    ///
    /// # Safety
    /// `args` has a word for each parameter of the unit, `results` room for one for each result;
    /// the memory that the arguments say holds; nobody else writes it meanwhile.
    #[inline]
    pub unsafe fn run(&self, args: &[u64], results: &mut [u64], context: *mut Context) -> i64 {
        let _state = FloatState::enter();
        // SAFETY: the caller's promise.
        unsafe { (self.entry)(args.as_ptr(), results.as_mut_ptr(), context) }
    }
}
