//! Recording calls and bringing arrays up to date.
//!
//! One lock guards the recording and the running of it, so that no thread sees a storage half
//! written. Small calls on arrays with nothing pending run at once ([`crate::small`]).

use crate::array::{Array, Input, Storage};
use crate::aside::Aside;
use crate::backend::Backend;
use crate::buffer::Buffer;
use crate::made::{made_after, made_as};
use crate::recorder::{Recorder, without_axes};
use crate::report::{Report, Reports};
use crate::run::{Counters, Runner};
use crate::small::Small;
use crate::trace::{Trace, Tracer};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use stook_kernel::KernelFn;
use stook_ops::{ReductionId, UfuncId, reductions, table};
use stook_plan::{Op, ShippedKey};
use stook_types::{DType, Dims, Error, Result, Scalar, View, broadcast_shapes, shape_text};

/// The most elements of a call that runs at once, unless said otherwise.
pub const AT_ONCE: usize = 2048;

/// The most elements of a fold to one value that runs at once: a row that is never cut in pieces.
const MOST_TO_ONE: usize = 16 << 10;

/// Records calls and runs them.
#[derive(Debug)]
pub struct Session {
    state: Mutex<State>,
    /// What the host should look at after a call: see [`Session::signals`].
    signals: Arc<AtomicU8>,
    /// The epoch of the oldest recording that is pending or running: see [`Session::settled`].
    pending_since: Arc<AtomicU64>,
}

/// Bits of [`Session::signals`].
pub mod signal {
    /// Floating-point conditions were met: [`super::Session::conditions`] has them.
    pub const MET: u8 = 1;
    /// Calls were recorded since the last [`super::Session::annotate`].
    pub const RECORDED: u8 = 2;
    /// Enough is pending that the host should flush.
    pub const DUE: u8 = 4;
    /// What is pending takes long enough for other threads, or an interrupt, to matter.
    pub const HEAVY: u8 = 8;
    /// Something is pending, or running on another thread.
    pub const PENDING: u8 = 16;
    /// Runs were traced: [`super::Session::traces`] has them.
    pub const TRACED: u8 = 32;
}

/// What a call makes.
pub type Results = SmallVec<[Array; 1]>;

/// The session's lock, held while a process forks so that the child finds it free.
#[derive(Debug)]
pub struct Held<'a> {
    _state: MutexGuard<'a, State>,
}

/// Bytes of pending work from which it is heavy.
pub(crate) const HEAVY_FROM: usize = 1 << 20;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) recorder: Recorder,
    pub(crate) runner: Runner,
    /// A temporary that the last run did not store.
    pub(crate) aside: Option<Aside>,
    /// Traces of runs, while somebody checks them.
    pub(crate) tracer: Option<Tracer>,
    pub(crate) small: Small,
    /// Every call runs at once.
    pub(crate) eager: bool,
    /// The host flushes when enough is pending.
    host_flushes: bool,
    /// Scalars spread over rows, for quick calls.
    pub(crate) spread: Vec<u128>,
    /// The most elements of a call that runs at once.
    pub(crate) at_once: usize,
    /// Conditions are watched; the tag of calls.
    mark: (bool, u32),
    pub(crate) met: Vec<Conditions>,
    pub(crate) signals: Arc<AtomicU8>,
    pending_since: Arc<AtomicU64>,
}

/// Floating-point conditions met by finished work, to be warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The ufunc that met them; a cast is none.
    pub ufunc: Option<UfuncId>,
    /// Bit 0 divide, bit 1 overflow, bit 2 invalid.
    pub flags: u8,
    /// The tag that the call was recorded with (a source line of the user's).
    pub tag: u32,
}

impl Session {
    /// A session on a machine.
    pub fn new(backend: Box<dyn Backend>) -> Self {
        let signals = Arc::new(AtomicU8::new(0));
        let pending_since = Arc::new(AtomicU64::new(1));
        let state = State {
            recorder: Recorder::new(),
            runner: Runner::new(backend),
            aside: None,
            tracer: None,
            small: Small::default(),
            eager: false,
            host_flushes: false,
            spread: Vec::new(),
            at_once: AT_ONCE,
            mark: (true, 0),
            met: Vec::new(),
            signals: signals.clone(),
            pending_since: pending_since.clone(),
        };
        Self { state: Mutex::new(state), signals, pending_since }
    }

    /// The state as a call left it, its temporary still set aside.
    fn peek(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.peek();
        if state.aside.is_some() {
            state.settle();
        }
        state
    }

    /// Makes every call run before it returns, or no longer.
    pub fn set_eager(&self, eager: bool) {
        self.lock().eager = eager;
    }

    /// The most elements, up to [`AT_ONCE`], of a call that runs at once; with 0 all are recorded.
    /// What it was before is returned.
    pub fn set_at_once(&self, elements: usize) -> usize {
        std::mem::replace(&mut self.lock().at_once, elements.min(AT_ONCE))
    }

    /// Whether calls from now on watch for floating-point conditions, and their tag.
    pub fn mark(&self, watch: bool, tag: u32) {
        self.lock().mark = (watch, tag);
    }

    /// A ufunc's loop on inputs broadcast together (cast to the loop's input types where they
    /// differ); the results are new arrays, or are written to `outs` (cast to their type) where
    /// given; `mask` (bool) says where they are written.
    pub fn call(
        &self,
        ufunc: UfuncId,
        loop_index: usize,
        ins: &[Input<'_>],
        outs: &[Option<&Array>],
        mask: Option<Input<'_>>,
    ) -> Result<Results> {
        self.lock().call(ufunc, loop_index, ins, outs, mask)
    }

    /// The result of a loop with one output, as [`Session::call`] makes it, by the shortest way.
    pub fn call_one(&self, ufunc: UfuncId, loop_index: usize, ins: &[Input<'_>]) -> Result<Array> {
        let mut state = self.lock();
        if let Some(array) = state.quick(ufunc, loop_index, ins)? {
            return Ok(array);
        }
        let shape = call_shape(ins, &[], None)?;
        let dtype = table()[usize::from(ufunc.0)].loops[loop_index].outs[0];
        let made = made_after(&shape, ins, dtype)?;
        let outs = std::slice::from_ref(&made);
        state.call_into((ufunc, loop_index), &shape, ins, None, outs)?;
        Ok(made)
    }

    /// The result of a loop with one output on numbers alone, without arrays around them; nothing
    /// where it needs the general way.
    pub fn call_on_numbers(
        &self,
        ufunc: UfuncId,
        loop_index: usize,
        ins: &[Input<'_>],
    ) -> Option<Scalar> {
        self.lock().on_numbers(ufunc, loop_index, ins)
    }

    /// A copy of an array's elements as another (or the same) type: new, C order.
    pub fn cast(&self, input: &Array, dtype: DType) -> Result<Array> {
        let copy = self.room(&input.view.shape, dtype)?;
        self.assign(&copy, Input::Array(input))?;
        Ok(copy)
    }

    /// A copy of an array's elements as another type, in the array's memory order.
    pub fn cast_in_order(&self, input: &Array, dtype: DType) -> Result<Array> {
        let mut copy = made_after(&input.view.shape, &[Input::Array(input)], dtype)?;
        if copy.view.size() == 0 {
            copy.view.strides = input.view.strides.clone();
        }
        self.assign(&copy, Input::Array(input))?;
        Ok(copy)
    }

    /// `target[...] = source`, broadcast and cast; overlapping memory is read before it is written.
    /// Python's `a[k] += b` ends with the assignment of `a[k]` to itself, which does nothing.
    pub fn assign(&self, target: &Array, source: Input<'_>) -> Result<()> {
        if let Input::Array(array) = source
            && array.is_same(target)
        {
            return Ok(());
        }
        let shape: Dims = target.view.shape.clone();
        if let Input::Array(array) = source {
            array.view.broadcast_to(&shape)?;
        }
        let mut state = self.lock();
        if state.is_small(&shape, &[source], std::slice::from_ref(target)) {
            let state = &mut *state;
            if state.small.copy(state.runner.backend(), source, target)? {
                state.runner.counters.at_once += 1;
                let cast = state.small.take_cast_flags();
                state.meet(None, cast);
                return Ok(());
            }
        }
        state.record(Op::Copy, &shape, &[source], None, std::slice::from_ref(target))
    }

    /// Stores one element of an array, `offset` bytes into its storage, in place; false where work
    /// is pending on the storage or the types differ.
    pub fn put(&self, array: &Array, offset: isize, value: Scalar) -> bool {
        let Some(start) = self.settled(array).filter(|_| array.dtype == value.dtype) else {
            return false;
        };
        let bytes = value.bytes();
        // SAFETY: a view's element lies in its storage.
        unsafe {
            let element = start.offset(offset);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), element, value.dtype.size());
        }
        true
    }

    /// `target[mask] = source`, broadcast and cast: elements where the mask (bool) is false stay.
    pub fn assign_where(&self, target: &Array, source: Input<'_>, mask: Input<'_>) -> Result<()> {
        let shape: Dims = target.view.shape.clone();
        self.lock().record(Op::Copy, &shape, &[source], Some(mask), std::slice::from_ref(target))
    }

    /// Runs `work` on the memory of these arrays, which is up to date and stays where it is
    /// meanwhile: no other call runs. It gets the address of each array's first element; it may
    /// write there, and may not use the session.
    pub fn with_memory<T>(
        &self,
        arrays: &[&Array],
        work: impl FnOnce(&[*mut u8]) -> Result<T>,
    ) -> Result<T> {
        let mut state = self.lock();
        let storages: SmallVec<[&Storage; 4]> = arrays.iter().map(|a| &*a.storage).collect();
        state.finish(&storages, None)?;
        let starts = arrays.iter().map(|array| {
            if array.storage.pointer().is_none() {
                array.storage.replace(Buffer::new(array.storage.bytes)?);
            }
            let start = array.storage.pointer();
            let start = start.ok_or_else(|| Error::Internal("memory was just given".into()))?;
            Ok(start.wrapping_offset(array.view.offset))
        });
        let starts: SmallVec<[*mut u8; 4]> = starts.collect::<Result<_>>()?;
        work(&starts)
    }

    /// A reduction over `axes` (sorted, distinct) of elements of the loop's input type; the result
    /// has those axes removed, or of length one with `keepdims`.
    pub fn reduce(
        &self,
        reduction: ReductionId,
        loop_index: usize,
        input: &Array,
        axes: &[usize],
        keepdims: bool,
    ) -> Result<Array> {
        if axes.is_empty() {
            let mut view = input.view.clone();
            view.shape.push(1);
            view.strides.push(0);
            let last = [input.view.ndim()];
            return self.reduce(reduction, loop_index, &input.with_view(view), &last, false);
        }
        let row = &reductions()[usize::from(reduction.0)];
        let kept = without_axes(&input.view, axes);
        let folded: usize = axes.iter().map(|&axis| input.view.shape[axis]).product();
        let signature = &row.loops[loop_index];
        if folded == 0 && !row.empty {
            return Err(row.no_identity());
        }
        let mut result = made_as(&kept.shape, &[], signature.output)?;
        if !signature.fold.indexed && kept.ndim() > 1 && kept.size() > 0 {
            let (all, size) = (&input.view, signature.output.size());
            let room: Dims = all.shape.iter().map(|&n| n.max(1)).collect();
            let whole = View::after(&room, std::slice::from_ref(all), size);
            result.view = without_axes(&whole, axes).packed(size);
        }
        let mut state = self.lock();
        let inputs = [Input::Array(input)];
        if folded == 0 {
            drop(state);
            self.assign(&result, Input::Scalar(signature.neutral()))?;
        } else {
            let results = std::slice::from_ref(&result);
            // To one value, which is looked at next: there is nothing for it to be bundled with.
            let whole = axes.len() == input.view.ndim()
                && !keepdims
                && input.dtype == signature.input
                && input.view.is_c_contiguous(input.dtype.size());
            let most = if whole && state.at_once > 0 { MOST_TO_ONE } else { state.at_once };
            let small = state.is_at_most(most, &input.view.shape, &inputs, results);
            let done = small && {
                let state = &mut *state;
                let backend = state.runner.backend();
                state.small.reduce(backend, (reduction, loop_index), input, axes, &result)?
            };
            if done {
                state.runner.counters.at_once += 1;
            } else {
                let op = Op::Reduce { reduction, loop_index, axes: axes.into() };
                state.record(op, &input.view.shape, &inputs, None, results)?;
            }
        }
        Ok(if keepdims { keep_axes(&result, axes) } else { result })
    }

    /// Running results along one axis, by a loop that joins two elements into one.
    pub fn scan(
        &self,
        ufunc: UfuncId,
        loop_index: usize,
        input: &Array,
        axis: usize,
    ) -> Result<Array> {
        let dtype = table()[usize::from(ufunc.0)].loops[loop_index].outs[0];
        let order = std::slice::from_ref(&input.view);
        let result = made_as(&input.view.shape, order, dtype)?;
        let cast = (input.dtype != dtype).then(|| self.cast_in_order(input, dtype));
        let cast = cast.transpose()?;
        let input = cast.as_ref().unwrap_or(input);
        let n = input.view.ndim();
        let order: Vec<usize> = (0..n).filter(|&a| a != axis).chain([axis]).collect();
        let from = input.with_view(input.view.transpose(&order));
        let to = result.with_view(result.view.transpose(&order));
        let mut state = self.lock();
        let (inputs, outs) = ([Input::Array(&from)], std::slice::from_ref(&to));
        if state.is_small(&from.view.shape, &inputs, outs) {
            let state = &mut *state;
            let backend = state.runner.backend();
            if state.small.scan(backend, (ufunc, loop_index), &from, &to)? {
                state.runner.counters.at_once += 1;
                return Ok(result);
            }
        }
        let op = Op::Scan { ufunc, loop_index };
        state.record(op, &from.view.shape, &inputs, None, outs)?;
        drop(state);
        Ok(result)
    }

    /// The address of the array's storage where nothing is pending on it, as far as can be told
    /// without the lock.
    #[inline]
    pub fn settled(&self, array: &Array) -> Option<*mut u8> {
        let is_pending = self.signals() & signal::PENDING != 0
            && array.storage.is_numbered_since(self.pending_since.load(Ordering::Acquire));
        if is_pending { None } else { array.storage.pointer() }
    }

    /// The address of the array's storage with all that is pending on it done; add the view's
    /// offset for the first element. Valid while the array's storage lives.
    pub fn read(&self, array: &Array) -> Result<*mut u8> {
        self.read_before(array, None)
    }

    /// Like [`Session::read`], for a caller that most likely drops `temporary` next: it is computed
    /// where it is needed but not stored, and computed again should somebody ask for it.
    pub fn read_before(&self, array: &Array, temporary: Option<&Arc<Storage>>) -> Result<*mut u8> {
        if let Some(pointer) = self.settled(array) {
            return Ok(pointer);
        }
        self.lock().finish(&[&array.storage], temporary)?;
        if let Some(pointer) = array.storage.pointer() {
            return Ok(pointer);
        }
        array.storage.replace(Buffer::new(array.storage.bytes)?);
        array.storage.pointer().ok_or_else(|| Error::Internal("memory was just given".into()))
    }

    /// Whether work is pending that names the array's storage.
    pub fn is_pending(&self, array: &Array) -> bool {
        self.lock().recorder.names(&array.storage)
    }

    /// The one element of an array of size one.
    pub fn scalar(&self, array: &Array) -> Result<Scalar> {
        let pointer = self.read(array)?;
        let size = array.dtype.size();
        // SAFETY: the view's first element lies in the storage, which `array` keeps.
        let bytes = unsafe { std::slice::from_raw_parts(pointer.offset(array.view.offset), size) };
        Ok(Scalar::from_bytes(array.dtype, bytes))
    }

    /// Like [`Session::read`], for memory that others may keep and write: marks the storage shared,
    /// so that from now on every call that touches it finishes before it returns.
    pub fn share(&self, array: &Array) -> Result<*mut u8> {
        let pointer = self.read(array)?;
        array.storage.set_shared(true);
        Ok(pointer)
    }

    /// A kernel that works without a session.
    pub(crate) fn shipped(&self, key: ShippedKey) -> Option<KernelFn> {
        self.lock().runner.backend().shipped(key)
    }

    /// Notes conditions met outside of bundles.
    pub(crate) fn note(&self, ufunc: Option<UfuncId>, flags: u8) {
        self.lock().meet(ufunc, flags);
    }

    /// Runs all that is pending.
    pub fn flush(&self) -> Result<()> {
        self.lock().flush()
    }

    /// Runs what is pending as far as [`signal::DUE`] asks: of a loop, whole rounds.
    pub fn flush_due(&self) -> Result<()> {
        self.lock().flush_due()
    }

    /// Runs all that is pending; what finds no memory stays so, and is an error where somebody
    /// looks at it.
    pub fn flush_possible(&self) -> Result<()> {
        match self.lock().flush() {
            Err(Error::Memory(_)) => Ok(()),
            result => result,
        }
    }

    /// Runs all that is pending, for the call recorded last: an error where that finds no memory.
    pub fn flush_recent(&self) -> Result<()> {
        self.lock().flush_recent()
    }

    /// Conditions met since the last call, oldest first.
    pub fn conditions(&self) -> Vec<Conditions> {
        if self.signals() & signal::MET == 0 {
            return Vec::new();
        }
        let mut state = self.lock();
        state.signals.fetch_and(!signal::MET, Ordering::Relaxed);
        std::mem::take(&mut state.met)
    }

    /// What there is to look at after a call, as bits of [`signal`]; costs nothing to ask.
    pub fn signals(&self) -> u8 {
        self.signals.load(Ordering::Relaxed)
    }

    /// Says of the calls recorded since the last time whether conditions are watched, and the tag.
    pub fn annotate(&self, watch: bool, tag: u32) {
        let mut state = self.lock();
        state.recorder.annotate(watch, tag);
        state.signals.fetch_and(!signal::RECORDED, Ordering::Relaxed);
    }

    /// Leaves it to the host to flush when [`signal::DUE`] says so, up to twice the usual bounds.
    pub fn set_host_flushes(&self, host_flushes: bool) {
        self.lock().host_flushes = host_flushes;
    }

    /// Waits for what is running and lets nothing run or be recorded until dropped.
    pub fn hold(&self) -> Held<'_> {
        Held { _state: self.lock() }
    }

    /// Begins to keep a [`Report`] of every bundle, or ends it and forgets them.
    pub fn set_reporting(&self, reporting: bool) {
        self.lock().runner.reports = reporting.then(Reports::default);
    }

    /// What bundles did since reporting began, in the order of their first runs.
    pub fn reports(&self) -> Vec<Report> {
        let state = self.lock();
        let reports = state.runner.reports.as_ref();
        reports.map_or_else(Vec::new, |reports| reports.list.clone())
    }

    /// Begins to keep a [`Trace`] of every run, or ends it and forgets them.
    pub fn set_tracing(&self, tracing: bool) {
        let mut state = self.lock();
        state.tracer = tracing.then(|| Tracer::new(state.runner.beside()));
        state.runner.zeroed = tracing;
        state.signals.fetch_and(!signal::TRACED, Ordering::Relaxed);
    }

    /// The runs traced since the last call, oldest first.
    pub fn traces(&self) -> Vec<Trace> {
        let mut state = self.peek();
        state.signals.fetch_and(!signal::TRACED, Ordering::Relaxed);
        state.tracer.as_mut().map_or_else(Vec::new, |tracer| std::mem::take(&mut tracer.traces))
    }

    /// Runs instruction `number` of a trace alone, in place, on memory that began as
    /// [`Trace::before`].
    pub fn step(&self, trace: &Trace, number: usize, memory: &[&Array]) -> Result<()> {
        self.peek().tracer()?.step(trace, number, memory)
    }

    /// Runs the first `count` instructions of a trace in bundles, from the memory they began with;
    /// the bytes of each storage that has contents afterwards.
    pub fn bundled(&self, trace: &Trace, count: usize) -> Result<Vec<Option<Array>>> {
        self.peek().tracer()?.bundled(trace, count)
    }

    /// What has been recorded and run so far.
    pub fn counters(&self) -> Counters {
        self.lock().runner.counters
    }
}

impl State {
    fn call(
        &mut self,
        ufunc: UfuncId,
        loop_index: usize,
        ins: &[Input<'_>],
        outs: &[Option<&Array>],
        mask: Option<Input<'_>>,
    ) -> Result<Results> {
        let shape = call_shape(ins, outs, mask)?;
        let types = &table()[usize::from(ufunc.0)].loops[loop_index].outs;
        let mut results = Results::new();
        for (k, &dtype) in types.iter().enumerate() {
            results.push(match outs.get(k).copied().flatten() {
                Some(out) => out.clone(),
                None => made_after(&shape, ins, dtype)?,
            });
        }
        self.call_into((ufunc, loop_index), &shape, ins, mask, &results)?;
        Ok(results)
    }

    /// Runs a loop at once, or records it; its results go to `outs`, all of the call's shape.
    fn call_into(
        &mut self,
        (ufunc, loop_index): (UfuncId, usize),
        shape: &[usize],
        ins: &[Input<'_>],
        mask: Option<Input<'_>>,
        outs: &[Array],
    ) -> Result<()> {
        if mask.is_none() && self.is_small(shape, ins, outs) {
            let backend = self.runner.backend();
            let flags = self.small.call(backend, (ufunc, loop_index), ins, outs)?;
            if let Some(flags) = flags {
                self.runner.counters.at_once += 1;
                let cast = self.small.take_cast_flags();
                self.meet(Some(ufunc), flags | cast);
                return Ok(());
            }
        }
        self.record(Op::Call { ufunc, loop_index }, shape, ins, mask, outs)
    }

    /// Whether a call runs at once: it is small and nothing is pending on what it touches.
    fn is_small(&self, shape: &[usize], ins: &[Input<'_>], outs: &[Array]) -> bool {
        self.is_at_most(self.at_once, shape, ins, outs)
    }

    /// Whether a call has so many elements at most, and nothing is pending on what it touches.
    fn is_at_most(&self, most: usize, shape: &[usize], ins: &[Input<'_>], outs: &[Array]) -> bool {
        let pending = |input: &Input<'_>| match input {
            Input::Array(a) => self.recorder.writes(&a.storage),
            Input::Scalar(_) => false,
        };
        let size: usize = shape.iter().product();
        size > 0
            && size <= most
            && (self.recorder.is_empty()
                || !ins.iter().any(pending)
                    && !outs.iter().any(|a| self.recorder.names(&a.storage)))
    }

    fn record(
        &mut self,
        op: Op,
        shape: &[usize],
        ins: &[Input<'_>],
        mask: Option<Input<'_>>,
        outs: &[Array],
    ) -> Result<()> {
        if shape.contains(&0) {
            return Ok(());
        }
        self.recorder.push(op, shape, ins, mask, outs, self.mark)?;
        self.runner.counters.operations += 1;
        let due = self.recorder.is_due();
        if self.eager || self.recorder.is_urgent() || due && !self.host_flushes {
            return self.flush_recent();
        }
        let mut signals = signal::RECORDED | signal::PENDING;
        if due {
            signals |= signal::DUE;
        }
        if self.recorder.bytes() >= HEAVY_FROM {
            signals |= signal::HEAVY;
        }
        self.signals.fetch_or(signals, Ordering::Relaxed);
        Ok(())
    }

    fn tracer(&mut self) -> Result<&mut Tracer> {
        self.tracer.as_mut().ok_or_else(|| Error::Internal("nobody asked for traces".into()))
    }

    /// Lets calls see without the lock what a run has left.
    pub(crate) fn publish(&self, signals: u8) {
        // A temporary that was set aside has no number in the recording.
        let since = if self.aside.is_some() { 0 } else { self.recorder.epoch() };
        self.pending_since.store(since, Ordering::Release);
        self.signals.store(signals, Ordering::Relaxed);
    }

    pub(crate) fn meet(&mut self, ufunc: Option<UfuncId>, flags: u8) {
        let (watch, tag) = self.mark;
        if watch && flags != 0 {
            self.met.push(Conditions { ufunc, flags, tag });
            self.signals.fetch_or(signal::MET, Ordering::Relaxed);
        }
    }
}

fn call_shape(ins: &[Input<'_>], outs: &[Option<&Array>], mask: Option<Input<'_>>) -> Result<Dims> {
    let first = ins.iter().find(|input| matches!(input, Input::Array(_))).map(Input::shape);
    if let Some(first) = first
        && mask.is_none()
        && ins.iter().all(|input| matches!(input, Input::Scalar(_)) || input.shape() == first)
        && outs.iter().flatten().all(|out| out.view.shape[..] == *first)
    {
        return Ok(Dims::from_slice(first));
    }
    let shapes = ins.iter().chain(&mask).map(Input::shape);
    let shape = broadcast_shapes(shapes)?;
    let given: Vec<&Array> = outs.iter().copied().flatten().collect();
    let with_outs = broadcast_shapes(
        std::iter::once(&shape[..]).chain(given.iter().map(|a| &a.view.shape[..])),
    )?;
    for out in given {
        if out.view.shape != with_outs {
            return Err(Error::Value(format!(
                "non-broadcastable output operand with shape {} doesn't match the broadcast shape \
                 {}",
                shape_text(&out.view.shape),
                shape_text(&with_outs)
            )));
        }
    }
    Ok(with_outs)
}

fn keep_axes(result: &Array, axes: &[usize]) -> Array {
    let mut view = result.view.clone();
    for &axis in axes {
        view.shape.insert(axis, 1);
        view.strides.insert(axis, 0);
    }
    result.with_view(view)
}
