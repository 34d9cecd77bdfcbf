//! Threads that share the tasks of a launch.
//!
//! Tasks enter as numbers and a function; they have all run when [`Pool::run`] returns. The caller
//! takes tasks itself from the same counter, so it only ever waits for tasks that somebody has
//! started: a core taken away by others costs one task, not the launch. Results may not depend on
//! which thread runs a task. Tasks are begun in order, so those that an early end leaves are the
//! last ones. A forked child starts threads of its own when it first needs them.

use crate::float_state::FloatState;
use crate::futex;
use crate::{Error, Result};
use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};
use stook_runtime::SpinLock;

/// How long an idle thread looks for work before it sleeps.
const ALERT: Duration = Duration::from_micros(20);

/// More threads than this are never started.
const MOST: usize = 1024;

/// A set of threads; they live as long as the process.
#[derive(Debug)]
pub struct Pool {
    jobs: SpinLock<Vec<Arc<Job>>>,
    /// Changes with every job, so that nobody falls asleep over one.
    signal: AtomicU32,
    sleeping: AtomicUsize,
    started: SpinLock<usize>,
    threads: AtomicUsize,
}

/// Tasks of one call.
struct Job {
    /// Valid while the caller waits: dereferenced only by it and by counted helpers.
    task: *const (dyn Fn(usize) + Sync),
    tasks: usize,
    next: AtomicUsize,
    /// Whether no further tasks are to be begun.
    stop: fn() -> bool,
    stopped: AtomicBool,
    /// How many more helpers may join; changed under the list's lock.
    seats: AtomicUsize,
    helpers: AtomicU32,
    caller_sleeps: AtomicBool,
    panic: SpinLock<Option<String>>,
}

// SAFETY: the task may be called from any thread, and who calls it is counted.
unsafe impl Send for Job {}
// SAFETY: as above.
unsafe impl Sync for Job {}

static POOL: AtomicPtr<Pool> = AtomicPtr::new(null_mut());
/// Threads of the process's pool as set by hand; 0 until then.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// How many threads the process's pool uses, the caller's included.
pub fn threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => {
            let count = default_threads();
            THREADS.store(count, Ordering::Relaxed);
            count
        }
        count => count,
    }
}

/// Sets how many threads the process's pool uses from now on, at least one.
pub fn set_threads(count: usize) {
    let count = count.clamp(1, MOST);
    THREADS.store(count, Ordering::Relaxed);
    Pool::global().threads.store(count, Ordering::Relaxed);
}

/// `STOOK_NUM_THREADS`, or the cores that this process may use.
fn default_threads() -> usize {
    let asked = std::env::var("STOOK_NUM_THREADS").ok();
    asked
        .and_then(|text| count_in(&text))
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// The number of threads that a text asks for, if it is one.
fn count_in(text: &str) -> Option<usize> {
    let count = text.trim().parse::<usize>().ok()?;
    (count > 0).then(|| count.min(MOST))
}

impl Pool {
    /// The process's pool.
    pub fn global() -> &'static Self {
        let pool = POOL.load(Ordering::Acquire);
        if pool.is_null() {
            return Self::install();
        }
        // SAFETY: pools are never freed.
        unsafe { &*pool }
    }

    #[cold]
    fn install() -> &'static Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // SAFETY: the handler does nothing but forget the parent's pool.
            unsafe { libc::pthread_atfork(None, None, Some(forget)) };
        });
        let pool = Self::new(threads());
        let nothing = null_mut();
        let mine = std::ptr::from_ref(pool).cast_mut();
        match POOL.compare_exchange(nothing, mine, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => pool,
            // SAFETY: pools are never freed; this one came first.
            Err(first) => unsafe { &*first },
        }
    }

    /// A pool of its own; its threads start with the first work for them and never end.
    pub fn new(threads: usize) -> &'static Self {
        Box::leak(Box::new(Self {
            jobs: SpinLock::new(Vec::new()),
            signal: AtomicU32::new(0),
            sleeping: AtomicUsize::new(0),
            started: SpinLock::new(0),
            threads: AtomicUsize::new(threads.max(1)),
        }))
    }

    /// Runs `task` for every number below `tasks`, in any order, on several threads. After a panic
    /// in one, no further tasks are begun and the panic's message is the error.
    pub fn run(&'static self, tasks: usize, task: &(dyn Fn(usize) + Sync)) -> Result<()> {
        self.run_until(0..tasks, || false, task).map(|_| ())
    }

    /// Like [`Pool::run`] for some numbers, but begins no further tasks once `stop` holds; the
    /// first number whose task has not run.
    pub fn run_until(
        &'static self,
        numbers: Range<usize>,
        stop: fn() -> bool,
        task: &(dyn Fn(usize) + Sync),
    ) -> Result<usize> {
        let threads = self.threads.load(Ordering::Relaxed).min(numbers.len());
        let job = Arc::new(Job::new(numbers, threads.saturating_sub(1), stop, task));
        if threads <= 1 {
            job.work();
            return job.outcome();
        }
        self.start(threads - 1);
        self.jobs.lock().push(job.clone());
        self.wake(threads - 1);
        job.work();
        // From here on nobody new can join.
        self.jobs.lock().retain(|other| !Arc::ptr_eq(other, &job));
        job.wait_for_helpers();
        job.outcome()
    }

    fn wake(&self, count: usize) {
        self.signal.fetch_add(1, Ordering::SeqCst);
        if self.sleeping.load(Ordering::SeqCst) > 0 {
            futex::wake(&self.signal, count);
        }
    }

    /// Sees to it that `count` helpers exist; fewer serve as well.
    fn start(&'static self, count: usize) {
        let mut started = self.started.lock();
        while *started < count {
            let name = format!("stook-{}", *started + 1);
            let thread = crate::thread::spawn(&name, || self.serve());
            if thread.is_err() {
                break;
            }
            *started += 1;
        }
    }

    /// What a helper does all its life.
    fn serve(&self) {
        let _state = FloatState::enter();
        loop {
            let seen = self.signal.load(Ordering::SeqCst);
            if let Some(job) = self.join_a_job() {
                job.work();
                job.leave();
            } else if !self.stay_alert(seen) {
                self.sleeping.fetch_add(1, Ordering::SeqCst);
                futex::wait(&self.signal, seen);
                self.sleeping.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }

    /// A job with tasks left and a free seat; this thread is counted among its helpers.
    fn join_a_job(&self) -> Option<Arc<Job>> {
        let jobs = self.jobs.lock();
        let job = jobs.iter().find(|job| job.wants_help())?;
        job.seats.fetch_sub(1, Ordering::Relaxed);
        job.helpers.fetch_add(1, Ordering::Relaxed);
        Some(job.clone())
    }

    /// Watches for a new job for a while; whether there is one.
    fn stay_alert(&self, seen: u32) -> bool {
        let until = Instant::now() + ALERT;
        while Instant::now() < until {
            for _ in 0..16 {
                if self.signal.load(Ordering::Relaxed) != seen {
                    return true;
                }
                std::hint::spin_loop();
            }
        }
        false
    }
}

extern "C" fn forget() {
    POOL.store(null_mut(), Ordering::Release);
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

impl Job {
    fn new(
        numbers: Range<usize>,
        seats: usize,
        stop: fn() -> bool,
        task: &(dyn Fn(usize) + Sync),
    ) -> Self {
        // SAFETY: only the lifetime changes; `run` does not return before the last use.
        let task = unsafe {
            std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(task)
        };
        Self {
            task,
            tasks: numbers.end,
            next: AtomicUsize::new(numbers.start),
            stop,
            stopped: AtomicBool::new(false),
            seats: AtomicUsize::new(seats),
            helpers: AtomicU32::new(0),
            caller_sleeps: AtomicBool::new(false),
            panic: SpinLock::new(None),
        }
    }

    fn wants_help(&self) -> bool {
        self.next.load(Ordering::Relaxed) < self.tasks && self.seats.load(Ordering::Relaxed) > 0
    }

    /// Takes tasks until there are none.
    fn work(&self) {
        // SAFETY: this thread is the caller or a counted helper, so the caller has not returned.
        let task = unsafe { &*self.task };
        let all = catch_unwind(AssertUnwindSafe(|| {
            while !self.is_stopped() {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                if number >= self.tasks {
                    break;
                }
                task(number);
            }
        }));
        if let Err(panic) = all {
            self.next.store(self.tasks, Ordering::Relaxed);
            self.panic.lock().get_or_insert_with(|| message_of(&*panic));
        }
    }

    /// Whether it ends early; once it does, it stays so.
    fn is_stopped(&self) -> bool {
        if !self.stopped.load(Ordering::Relaxed) && !(self.stop)() {
            return false;
        }
        self.stopped.store(true, Ordering::Relaxed);
        true
    }

    /// The first task that did not run, or a task's panic, once all helpers have left.
    fn outcome(&self) -> Result<usize> {
        match self.panic.lock().take() {
            Some(message) => Err(Error::Task(message)),
            None => Ok(self.next.load(Ordering::Relaxed).min(self.tasks)),
        }
    }

    /// The end of a helper's work; the task is not touched any more.
    fn leave(&self) {
        let last = self.helpers.fetch_sub(1, Ordering::SeqCst) == 1;
        if last && self.caller_sleeps.load(Ordering::SeqCst) {
            futex::wake(&self.helpers, 1);
        }
    }

    fn wait_for_helpers(&self) {
        for _ in 0..400 {
            if self.helpers.load(Ordering::Acquire) == 0 {
                return;
            }
            std::hint::spin_loop();
        }
        self.caller_sleeps.store(true, Ordering::SeqCst);
        loop {
            let helpers = self.helpers.load(Ordering::SeqCst);
            if helpers == 0 {
                return;
            }
            futex::wait(&self.helpers, helpers);
        }
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({} of {} tasks begun)", self.next.load(Ordering::Relaxed), self.tasks)
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
