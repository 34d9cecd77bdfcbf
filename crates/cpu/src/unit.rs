//! Compiled units: what runs of a function that was compiled.

use crate::behind::{Later, Progress};
use crate::float_state::FloatState;
use crate::loader::{Code, Thunk};
use crate::{Error, Pool, Result, emit, perf};
use std::sync::{Arc, Mutex, PoisonError};
use stook_kernel::{Context, FAILURE_VALUES, NativeData, SpreadFn, UnitFn};

/// Runs rounds on all cores, each with a context of its own; see [`Context::spread`].
///
/// # Safety
/// The arguments are those of a unit that was compiled, whose call `context` is.
pub unsafe extern "C" fn spread(
    context: *mut Context,
    round: SpreadFn,
    seen: *const u64,
    count: i64,
) -> i64 {
    let failed = Mutex::new(None::<(usize, i64, [u64; FAILURE_VALUES])>);
    // SAFETY: the context is the caller's, who waits.
    let shared = Shared { context: unsafe { (*context).clone() }, seen };
    let shared = &shared;
    let run = |number: usize| {
        let lowest = |failed: &Option<(usize, i64, _)>| failed.as_ref().map(|f| f.0);
        let known = || failed.lock().unwrap_or_else(PoisonError::into_inner);
        if lowest(&known()).is_some_and(|k| k < number) {
            return;
        }
        let _state = FloatState::enter();
        let mut own = shared.context.clone();
        // SAFETY: the caller's promise; a round has its own variables and context.
        let status = unsafe { round(shared.seen, number as i64, &raw mut own) };
        if status != 0 {
            let mut failed = known();
            if lowest(&failed).is_none_or(|k| k > number) {
                *failed = Some((number, status, own.values));
            }
        }
    };
    let ran = Pool::global().run(usize::try_from(count).unwrap_or(0), &run);
    debug_assert!(ran.is_ok(), "a round does not panic");
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, status, values)) => {
            // SAFETY: as above.
            unsafe { (*context).values = values };
            status
        }
        None => 0,
    }
}

/// What all rounds read.
struct Shared {
    context: Context,
    seen: *const u64,
}

// SAFETY: the words are only read while rounds run, and the context's owner is for threads.
unsafe impl Sync for Shared {}

/// A unit's entry and the code that it lies in.
#[derive(Clone, Debug)]
pub struct UnitCode {
    entry: UnitFn,
    /// Keeps the entry alive.
    code: Arc<Code>,
    /// Where code comes that is run in place of this.
    later: Option<Arc<Later>>,
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
        Ok(Self { entry, code, later: None })
    }

    /// This code, until there is better.
    pub(crate) fn until(self, later: Arc<Later>) -> Self {
        Self { later: Some(later), ..self }
    }

    /// How far the full code is.
    pub fn progress(&self) -> Progress {
        self.later.as_ref().map_or(Progress::Full, |later| later.progress())
    }

    /// Tells `perf` what people call the unit's routines, in their order.
    pub(crate) fn tell(&self, names: &[String]) {
        let named = |symbol: &str| {
            let routine = symbol.strip_prefix("routine.").and_then(|rest| rest.split('.').next());
            let number = routine.and_then(|number| number.parse::<usize>().ok()).unwrap_or(0);
            names.get(number).map_or_else(|| symbol.to_owned(), Clone::clone)
        };
        perf::tell(self.code.pieces(named));
    }

    /// Runs the entry; 0, or 1 more than the site of a failure.
    ///
    /// # Safety
    /// `args` has a word for each parameter of the unit, `results` room for one for each result;
    /// the memory that the arguments say holds; nobody else writes it meanwhile.
    #[inline]
    pub unsafe fn run(&self, args: &[u64], results: &mut [u64], context: *mut Context) -> i64 {
        let _state = FloatState::enter();
        // Both codes stay until this value goes, so a call ends in the one that it began in.
        let later = self.later.as_ref().and_then(|later| later.ready());
        let entry = later.map_or(self.entry, |code| code.entry);
        // SAFETY: the caller's promise.
        unsafe { entry(args.as_ptr(), results.as_mut_ptr(), context) }
    }

    /// The function that C calls, of a unit that has one; it finds `data` at each call.
    ///
    /// # Errors
    /// [`Error::Object`] where the unit has none, or where there is no memory.
    pub fn native(&self, data: NativeData) -> Result<NativeEntry> {
        let function = self.code.address(&format!("{}.native", emit::NAME));
        let function =
            function.ok_or_else(|| Error::Object("it has no native entry".to_owned()))?;
        let data = Box::new(data);
        let thunk = Thunk::new((&raw const *data).cast(), function)?;
        Ok(NativeEntry { thunk, _data: data, _code: self.code.clone() })
    }
}

/// A unit's entry as a function of C's, with data of its own.
#[derive(Debug)]
pub struct NativeEntry {
    thunk: Thunk,
    _data: Box<NativeData>,
    _code: Arc<Code>,
}

// SAFETY: the data is only read after it was made, and what it leads to is for all threads.
unsafe impl Send for NativeEntry {}
// SAFETY: as above.
unsafe impl Sync for NativeEntry {}

impl NativeEntry {
    /// The function's address, while this value lives.
    pub fn address(&self) -> usize {
        self.thunk.address().addr()
    }
}
