//! Kernels compiled behind the program's back.
//!
//! A kernel enters; a [`Slot`] leaves at once, which holds its function if that is known or on the
//! disk, or will, where it is requested, from a background thread of low priority. Nobody waits for
//! it unless they ask to ([`Compiler::wait`]); a kernel that does not compile stays on the shipped kernels,
//! and the reason is kept for one warning. A fork waits for the compilation under way, no more;
//! the child goes on with what is left. At exit the same wait keeps LLVM from being pulled from
//! under the thread.

use crate::behind::Behind;
use crate::build_id::build_id;
use crate::cache::DiskCache;
use crate::features::Level;
use crate::gate::Gate;
use crate::key::Key;
use crate::loader::Code;
use crate::{Error, Result, emit, forks, futex};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use stook_kernel::{Kernel, KernelFn};
use stook_runtime::{SpinLock, is_there};

/// Memory that a compilation may take. LLVM ends the process where it finds none.
const ROOM: usize = 32 << 20;

/// Slots from which, now and then, those are dropped that nobody has and nobody asked for.
const MANY: usize = 4096;

/// Turns a kernel into object code with one function, [`emit::NAME`].
pub type Emit = fn(&Kernel, Level) -> Result<Vec<u8>>;

/// Compiled kernels of the process, and those that will be.
#[derive(Debug)]
pub struct Compiler {
    pub(crate) level: Level,
    /// As [`Key::of`] takes it.
    pub(crate) purpose: String,
    emit: Emit,
    pub(crate) disk: Option<DiskCache>,
    /// Whether calls wait for full code of units.
    pub(crate) is_patient: bool,
    slots: SpinLock<HashMap<Key, Arc<Slot>>>,
    queue: SpinLock<VecDeque<Arc<Slot>>>,
    /// Changes when something is queued.
    signal: AtomicU32,
    /// Whether a thread of this process serves the queue.
    served: AtomicBool,
    /// Passed by one compilation at a time that somebody may wait for.
    pub(crate) gate: Gate,
    pub(crate) behind: Behind,
    counters: [AtomicUsize; 3],
    /// Why kernels did not compile, and how many of these reasons were given.
    complaints: SpinLock<(Vec<String>, usize)>,
}

/// The place of one kernel's code.
#[derive(Debug)]
pub struct Slot {
    compiler: &'static Compiler,
    kernel: Arc<Kernel>,
    key: Key,
    /// Whether it is or was in the queue.
    requested: AtomicBool,
    /// How often bundles of this kernel have run.
    runs: AtomicU32,
    /// Elements times operations that ran without it since it was asked for.
    missed: AtomicUsize,
    outcome: OnceLock<Option<Compiled>>,
}

/// A kernel's function and the code that it lies in.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The function; it can be called while `code` is held.
    pub function: KernelFn,
    /// Keeps the function alive.
    pub code: Arc<Code>,
}

/// How far a kernel is.
#[derive(Clone, Debug)]
pub enum State<'a> {
    /// It can be called.
    Ready(&'a Compiled),
    /// It will be ready or fail, if it was asked for.
    Pending,
    /// It did not compile.
    Failed,
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Kernels compiled.
    pub compilations: usize,
    /// Kernels found on disk.
    pub disk_hits: usize,
    /// Kernels that did not compile.
    pub failures: usize,
}

const COMPILATIONS: usize = 0;
const DISK_HITS: usize = 1;
const FAILURES: usize = 2;

impl Compiler {
    /// The process's compiler with the user's disk cache; `None` on processors without kernels.
    pub fn global() -> Option<&'static Self> {
        static GLOBAL: OnceLock<Option<&'static Compiler>> = OnceLock::new();
        *GLOBAL.get_or_init(|| {
            let level = crate::features::level()?;
            let disk = build_id().and_then(|_| DiskCache::open_default());
            Some(Self::new(level, emit::one, disk))
        })
    }

    /// A compiler of its own; it lives as long as the process.
    pub fn new(level: Level, emit: Emit, disk: Option<DiskCache>) -> &'static Self {
        Self::of_build(build_id().as_deref().unwrap_or_default(), level, emit, disk)
    }

    /// A compiler that finds on disk what a build of this name has left there.
    fn of_build(build: &[u8], level: Level, emit: Emit, disk: Option<DiskCache>) -> &'static Self {
        let compiler: &'static Self = Box::leak(Box::new(Self {
            level,
            purpose: format!("one, by build {build:02x?}"),
            emit,
            disk,
            is_patient: std::env::var("STOOK_TIER").is_ok_and(|tier| tier == "compiled"),
            slots: SpinLock::new(HashMap::new()),
            queue: SpinLock::new(VecDeque::new()),
            signal: AtomicU32::new(0),
            served: AtomicBool::new(false),
            gate: Gate::new(),
            behind: Behind::new(),
            counters: [const { AtomicUsize::new(0) }; 3],
            complaints: SpinLock::new((Vec::new(), 0)),
        }));
        forks::watch(compiler);
        compiler
    }

    /// The slot of a kernel, which is compiled in the background where it is not yet.
    pub fn request(&'static self, kernel: &Arc<Kernel>) -> Arc<Slot> {
        let slot = self.find(kernel);
        slot.request();
        slot
    }

    /// A kernel's code if it has been compiled before, in this process or another.
    pub fn known(&'static self, kernel: &Arc<Kernel>) -> Option<Compiled> {
        self.find(kernel).outcome.get().cloned().flatten()
    }

    /// The slot of a kernel, compiled on this thread if it is not yet.
    pub fn wait(&'static self, kernel: &Arc<Kernel>) -> Arc<Slot> {
        let slot = self.find(kernel);
        if slot.outcome.get().is_none() {
            self.gate.pass_urgently(|| self.settle(&slot));
        }
        slot
    }

    pub(crate) fn kept(&self, key: &Key) -> Option<Vec<u8>> {
        self.disk.as_ref().and_then(|disk| disk.load(key))
    }

    /// Compiles all that was requested; returns when nothing is pending.
    pub fn drain(&'static self) {
        let is_pending = |slot: &&Arc<Slot>| {
            slot.requested.load(Ordering::SeqCst) && slot.outcome.get().is_none()
        };
        let pending: Vec<_> = self.slots.lock().values().filter(is_pending).cloned().collect();
        for slot in pending {
            self.gate.pass_urgently(|| self.settle(&slot));
        }
    }

    /// The processor that it compiles for.
    pub fn level(&self) -> Level {
        self.level
    }

    /// How often what happened so far.
    pub fn counters(&self) -> Counters {
        let count = |k: usize| self.counters[k].load(Ordering::Relaxed);
        Counters {
            compilations: count(COMPILATIONS),
            disk_hits: count(DISK_HITS),
            failures: count(FAILURES),
        }
    }

    /// Why kernels did not compile; each reason is given once.
    pub fn take_complaints(&self) -> Vec<String> {
        let (reasons, given) = &mut *self.complaints.lock();
        let new = reasons[*given..].to_vec();
        *given = reasons.len();
        new
    }

    /// Takes every lock, the gate first, so that no compilation is under way.
    pub(crate) fn pause(&self) {
        self.behind.pause();
        self.gate.close_urgently();
        self.slots.acquire();
        self.queue.acquire();
        self.complaints.acquire();
    }

    /// Undoes [`Compiler::pause`].
    pub(crate) fn resume(&self) {
        self.complaints.release();
        self.queue.release();
        self.slots.release();
        self.gate.open();
        self.behind.resume();
    }

    /// In a forked child, paused: no thread of the parent is there.
    pub(crate) fn forget_threads(&self) {
        self.served.store(false, Ordering::SeqCst);
        self.gate.forget_others();
        self.behind.forget_threads();
    }

    /// Lets the compilation under way end and no other begin.
    pub(crate) fn stop(&self) {
        self.gate.close_within(Duration::from_secs(2));
        self.behind.stop();
    }

    /// The slot of a kernel; a new one is filled from the disk where possible. Keep the slot: finding
    /// it takes microseconds.
    pub fn find(&'static self, kernel: &Arc<Kernel>) -> Arc<Slot> {
        let key = Key::of(&[kernel], self.level, &self.purpose);
        if let Some(slot) = self.slots.lock().get(&key) {
            return slot.clone();
        }
        let outcome = OnceLock::new();
        if let Some(compiled) = self.load(&key) {
            self.count(DISK_HITS);
            let _ = outcome.set(Some(compiled));
        }
        let slot = Slot {
            compiler: self,
            kernel: kernel.clone(),
            key,
            requested: AtomicBool::new(false),
            runs: AtomicU32::new(0),
            missed: AtomicUsize::new(0),
            outcome,
        };
        let mut slots = self.slots.lock();
        if slots.len() >= MANY && slots.len().is_power_of_two() {
            slots.retain(|_, slot| slot.is_wanted());
        }
        slots.entry(key).or_insert_with(|| Arc::new(slot)).clone()
    }

    fn load(&self, key: &Key) -> Option<Compiled> {
        compiled(&self.kept(key)?).ok()
    }

    /// Decides a slot. Called by whoever passes the gate.
    fn settle(&self, slot: &Slot) {
        slot.outcome.get_or_init(|| match self.compile(slot) {
            Ok(compiled) => {
                self.count(COMPILATIONS);
                Some(compiled)
            }
            Err(error) => {
                self.count(FAILURES);
                self.complain(error.to_string());
                None
            }
        });
    }

    fn complain(&self, reason: String) {
        let (reasons, _) = &mut *self.complaints.lock();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }

    fn compile(&self, slot: &Slot) -> Result<Compiled> {
        let object = guarded(|| (self.emit)(&slot.kernel, self.level))?;
        let compiled = compiled(&object)?;
        if let Some(disk) = &self.disk {
            disk.store(&slot.key, &object);
        }
        Ok(compiled)
    }

    /// Takes from the queue what has been missed most for its size: what a compilation takes grows
    /// with the kernel. Of equal ones, the first.
    fn next(&self) -> Option<Arc<Slot>> {
        let mut queue = self.queue.lock();
        let gain = |k: &usize| queue[*k].missed.load(Ordering::Relaxed) / size(&queue[*k].kernel);
        let best = (0..queue.len()).rev().max_by_key(gain)?;
        queue.remove(best)
    }

    pub(crate) fn count_compilation(&self) {
        self.count(COMPILATIONS);
    }

    pub(crate) fn count_disk_hit(&self) {
        self.count(DISK_HITS);
    }

    fn count(&self, what: usize) {
        self.counters[what].fetch_add(1, Ordering::Relaxed);
    }

    /// Sees to it that a thread serves the queue.
    fn serve_in_background(&'static self) {
        if self.served.load(Ordering::Relaxed) || self.served.swap(true, Ordering::SeqCst) {
            return;
        }
        let thread = crate::thread::spawn("stook-compile", || self.serve());
        if thread.is_err() {
            self.served.store(false, Ordering::SeqCst);
        }
    }

    fn serve(&self) {
        crate::thread::lower_priority();
        loop {
            let seen = self.signal.load(Ordering::SeqCst);
            // Taken from the queue behind the gate, so that no fork finds a kernel in neither place.
            let settled = self.gate.pass(|| self.next().map(|slot| self.settle(&slot)));
            if settled.is_none() {
                futex::wait(&self.signal, seen);
            }
        }
    }
}

/// How many instructions a kernel has, and one.
fn size(kernel: &Kernel) -> usize {
    1 + kernel.phases.iter().map(|phase| phase.body.insts.len()).sum::<usize>()
}

impl Slot {
    /// Has the kernel compiled in the background, if it is not yet.
    pub fn request(self: &Arc<Self>) {
        if self.outcome.get().is_some() || self.requested.swap(true, Ordering::SeqCst) {
            return;
        }
        self.compiler.queue.lock().push_back(self.clone());
        self.compiler.signal.fetch_add(1, Ordering::SeqCst);
        futex::wake(&self.compiler.signal, 1);
        self.compiler.serve_in_background();
    }

    /// Notes a run of a bundle of this kernel; how many there were so far.
    pub fn ran(&self) -> u32 {
        self.runs.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether somebody holds it, asked for it, or has its code.
    fn is_wanted(self: &Arc<Self>) -> bool {
        let is_known = self.outcome.get().is_some() || self.requested.load(Ordering::SeqCst);
        is_known || Arc::strong_count(self) > 1
    }

    /// Notes so much work, in elements times operations, that ran without the kernel.
    pub fn miss(&self, work: usize) {
        self.missed.fetch_add(work, Ordering::Relaxed);
    }

    /// How far the kernel is.
    pub fn state(&self) -> State<'_> {
        match self.outcome.get() {
            Some(Some(compiled)) => State::Ready(compiled),
            Some(None) => State::Failed,
            None => {
                // In a forked child the thread is gone.
                if self.requested.load(Ordering::Relaxed) {
                    self.compiler.serve_in_background();
                }
                State::Pending
            }
        }
    }

    /// The function, if there is one by now.
    pub fn ready(&self) -> Option<&Compiled> {
        match self.state() {
            State::Ready(compiled) => Some(compiled),
            State::Pending | State::Failed => None,
        }
    }
}

/// What the code generator makes, if there is memory for it and it does not panic.
pub(crate) fn guarded(generate: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    if !is_there(ROOM) {
        return Err(Error::Compile("there is too little memory to compile in".to_owned()));
    }
    let object = catch_unwind(AssertUnwindSafe(generate))
        .unwrap_or_else(|_| Err(Error::Compile("the code generator panicked".to_owned())));
    forks::stop_at_exit();
    object
}

fn compiled(object: &[u8]) -> Result<Compiled> {
    let code = Code::load(object)?;
    // SAFETY: the object comes from the code generator of this build, or from a file that says so
    // in a folder that only this user can write to, and is whole.
    let function = unsafe { code.kernel(emit::NAME) };
    let function = function.ok_or_else(|| Error::Object("it has no kernel".to_owned()))?;
    Ok(Compiled { function, code })
}

#[cfg(test)]
#[path = "compiler_tests.rs"]
mod tests;
