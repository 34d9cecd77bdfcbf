//! Code of units within a bound on the time that a call waits for it.
//!
//! A unit enters; its code leaves ([`UnitCode`]). One of a common size is compiled with all of
//! LLVM's passes while the caller waits. A larger one is compiled with few; a thread of low priority
//! then compiles it in full, and the next call runs that. Both have the same bits, which is why a
//! unit whose sums may be taken in any order is compiled in full at once; so is one that C calls, as
//! C keeps its address. The disk keeps both. A fork and the exit wait for the compilation under way.

use crate::cache::entry;
use crate::compiler::{Compiler, guarded};
use crate::features::Level;
use crate::gate::Gate;
use crate::key::Key;
use crate::unit::UnitCode;
use crate::{Result, emit, futex, packaged, perf};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use stook_kernel::Unit;
use stook_llvm::Effort;
use stook_runtime::SpinLock;

/// The size of a unit from which it is compiled quickly first; see `docs/jit.md`.
static LARGE: AtomicUsize = AtomicUsize::new(1300);
/// The size from which quick code is made with the least effort.
const HUGE: usize = 8000;
/// How long the exit waits for the compilation under way: LLVM must not be pulled from under it.
const AT_EXIT: Duration = Duration::from_secs(60);

/// Units that are to be compiled in full.
#[derive(Debug)]
pub(crate) struct Behind {
    queue: SpinLock<VecDeque<Arc<Later>>>,
    /// Changes when something is queued.
    signal: AtomicU32,
    /// Whether a thread of this process serves the queue.
    served: AtomicBool,
    /// Passed by one compilation at a time.
    gate: Gate,
}

/// A unit's full code, which comes later.
#[derive(Debug)]
pub(crate) struct Later {
    compiler: &'static Compiler,
    unit: Arc<Unit>,
    key: Key,
    /// What people call its routines.
    names: Vec<String>,
    /// The code and how long it took, or nothing where it did not compile.
    outcome: OnceLock<Option<(UnitCode, Duration)>>,
}

/// How far the full code of a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It was compiled in full at once.
    Full,
    /// Quick code runs until the full one is there.
    Quick,
    /// Quick code ran until the full one was there, which took so long.
    Swapped(Duration),
    /// Quick code stays, as the full one did not compile.
    Stays,
}

/// Compiles units of at least so many steps and instructions quickly first, for tests; the number
/// before.
pub fn compile_quickly_from(size: usize) -> usize {
    LARGE.swap(size, Ordering::Relaxed)
}

impl Behind {
    pub(crate) const fn new() -> Self {
        Self {
            queue: SpinLock::new(VecDeque::new()),
            signal: AtomicU32::new(0),
            served: AtomicBool::new(false),
            gate: Gate::new(),
        }
    }

    /// Takes every lock, the gate first, so that no compilation is under way.
    pub(crate) fn pause(&self) {
        self.gate.close_urgently();
        self.queue.acquire();
    }

    /// Undoes [`Behind::pause`].
    pub(crate) fn resume(&self) {
        self.queue.release();
        self.gate.open();
    }

    /// In a forked child, paused: no thread of the parent is there.
    pub(crate) fn forget_threads(&self) {
        self.served.store(false, Ordering::SeqCst);
        self.gate.forget_others();
    }

    /// Lets the compilation under way end and no other begin.
    pub(crate) fn stop(&self) {
        self.gate.close_within(AT_EXIT);
    }
}

impl Later {
    /// The code, if it is there.
    #[inline]
    pub(crate) fn ready(&self) -> Option<&UnitCode> {
        match self.outcome.get() {
            Some(made) => made.as_ref().map(|(code, _)| code),
            None => {
                // In a forked child the thread is gone.
                self.compiler.serve_behind();
                None
            }
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        match self.outcome.get() {
            None => Progress::Quick,
            Some(None) => Progress::Stays,
            Some(Some((_, time))) => Progress::Swapped(*time),
        }
    }

    /// Called by who passes the gate.
    fn settle(&self) {
        let begun = Instant::now();
        let made = self.compiler.compiled(&self.unit, Effort::Full, &self.key, &self.names);
        let _ = self.outcome.set(made.ok().map(|code| (code, begun.elapsed())));
    }
}

impl Compiler {
    /// The code of a unit, compiled on this thread unless it is on the disk, in the user's cache or
    /// beside the modules of a package that it comes from; whether it was. People call its routines
    /// by these names, which `perf` is told if it asks.
    ///
    /// # Errors
    /// [`crate::Error::Compile`] where LLVM refuses or memory is short.
    pub fn unit(
        &'static self,
        unit: &Arc<Unit>,
        packages: &[PathBuf],
        names: &[String],
    ) -> Result<(UnitCode, bool)> {
        let key = self.key_of(unit, self.level, Effort::Full);
        let packaged = || packages.iter().find_map(|package| packaged::load(package, &key));
        if let Some(code) = self.loaded(self.kept(&key).or_else(packaged), names) {
            return Ok((code, true));
        }
        if self.is_patient
            || unit.size() < LARGE.load(Ordering::Relaxed)
            || unit.is_fast()
            || unit.native
        {
            return Ok((self.at_once(unit, Effort::Full, &key, names)?, false));
        }
        let effort = if unit.size() < HUGE { Effort::Quick } else { Effort::Least };
        let quick = self.key_of(unit, self.level, effort);
        let (code, from_disk) = match self.loaded(self.kept(&quick), names) {
            Some(code) => (code, true),
            None => (self.at_once(unit, effort, &quick, names)?, false),
        };
        let (unit, names) = (unit.clone(), names.to_vec());
        let later = Later { compiler: self, unit, key, names, outcome: OnceLock::new() };
        Ok((code.until(self.later(later)), from_disk))
    }

    /// A unit's full code for a processor as a file of a package: its name, and what it holds.
    ///
    /// # Errors
    /// As for [`Compiler::unit`].
    pub fn packed(&'static self, unit: &Unit, level: Level) -> Result<(String, Vec<u8>)> {
        let key = self.key_of(unit, level, Effort::Full);
        let made = || self.gate.pass_urgently(|| self.object(unit, level, Effort::Full));
        let object = self.kept(&key).map_or_else(made, Ok)?;
        Ok((key.file_name(), entry(&key, &object)))
    }

    fn key_of(&self, unit: &Unit, level: Level, effort: Effort) -> Key {
        Key::of_unit(unit, level, &format!("unit, {effort:?}, {}", self.purpose))
    }

    fn loaded(&self, object: Option<Vec<u8>>, names: &[String]) -> Option<UnitCode> {
        let code = UnitCode::load(&object?).ok()?;
        self.count_disk_hit();
        Some(told(code, names))
    }

    fn object(&self, unit: &Unit, level: Level, effort: Effort) -> Result<Vec<u8>> {
        let object = guarded(|| emit::unit(unit, level, effort))?;
        self.count_compilation();
        Ok(object)
    }

    fn at_once(
        &self,
        unit: &Unit,
        effort: Effort,
        key: &Key,
        names: &[String],
    ) -> Result<UnitCode> {
        self.gate.pass_urgently(|| self.compiled(unit, effort, key, names))
    }

    fn compiled(
        &self,
        unit: &Unit,
        effort: Effort,
        key: &Key,
        names: &[String],
    ) -> Result<UnitCode> {
        let object = self.object(unit, self.level, effort)?;
        if let Some(disk) = &self.disk {
            disk.store(key, &object);
        }
        Ok(told(UnitCode::load(&object)?, names))
    }

    /// Has a unit compiled in full.
    fn later(&'static self, later: Later) -> Arc<Later> {
        let later = Arc::new(later);
        self.behind.queue.lock().push_back(later.clone());
        self.behind.signal.fetch_add(1, Ordering::SeqCst);
        futex::wake(&self.behind.signal, 1);
        self.serve_behind();
        later
    }

    /// Sees to it that a thread serves the queue.
    fn serve_behind(&'static self) {
        let served = &self.behind.served;
        if served.load(Ordering::Relaxed) || served.swap(true, Ordering::SeqCst) {
            return;
        }
        if crate::thread::spawn("stook-behind", || self.compile_behind()).is_err() {
            served.store(false, Ordering::SeqCst);
        }
    }

    fn compile_behind(&self) {
        crate::thread::lower_priority();
        let Behind { queue, signal, gate, .. } = &self.behind;
        loop {
            let seen = signal.load(Ordering::SeqCst);
            // Taken from the queue behind the gate, so that no fork finds a unit in neither place.
            let next = || queue.lock().pop_front();
            if gate.pass(|| next().map(|later| later.settle())).is_none() {
                futex::wait(signal, seen);
            }
        }
    }
}

fn told(code: UnitCode, names: &[String]) -> UnitCode {
    if perf::asked() {
        code.tell(names);
    }
    code
}
