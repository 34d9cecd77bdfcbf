//! When pending work runs, and what becomes of it where it cannot.
//!
//! A run takes the recording and gives back what it left: all after an interrupt, and after a lack
//! of memory what depends on it. That stays pending and is tried again with the next run, which
//! begins with the bundle that was interrupted. The error goes to whoever needs what was left, and
//! to nobody else.

use crate::array::Storage;
use crate::aside::{Aside, set_aside};
use crate::recorder::Recording;
use crate::session::{HEAVY_FROM, State, signal};
use crate::trace::{Begun, Trace};
use smallvec::SmallVec;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stook_types::{Error, Result};

impl State {
    /// Makes the recipe of a temporary pending, if somebody still holds it.
    #[cold]
    pub(crate) fn settle(&mut self) {
        let mut signals = self.signals.load(Ordering::Relaxed);
        match self.aside.take().and_then(Aside::wanted) {
            Some(recipe) => self.recorder.append(recipe),
            None if self.recorder.is_empty() => signals &= !(signal::HEAVY | signal::PENDING),
            None => {}
        }
        self.publish(signals);
    }

    pub(crate) fn flush(&mut self) -> Result<()> {
        self.flush_before(None)
    }

    /// Runs what is pending as far as it is due. Where that finds no memory all that can runs, and it
    /// is an error if the call recorded last cannot.
    pub(crate) fn flush_due(&mut self) -> Result<()> {
        if self.recorder.is_due() {
            self.resume()?;
            let recording = self.recorder.take_rounds();
            let result = self.run(recording, None);
            if !matches!(result, Err(Error::Memory(_))) {
                return result;
            }
        }
        self.flush_recent()
    }

    /// Runs what is pending after a call. Earlier work that finds no memory stays pending; the call
    /// itself fails then, and is as if it had not been made.
    pub(crate) fn flush_recent(&mut self) -> Result<()> {
        let (outs, alone) = self.recorder.recent();
        let fails = |state: &Self| outs.iter().any(|storage| state.recorder.writes(storage));
        if !alone {
            // Apart from earlier writes to the same memory, which are to stay.
            let call = self.recorder.split_last();
            match self.flush() {
                Err(Error::Memory(bytes)) if fails(self) => return Err(Error::Memory(bytes)),
                Ok(()) | Err(Error::Memory(_)) => self.recorder.append(call),
                other => {
                    self.recorder.append(call);
                    return other;
                }
            }
        }
        let before: SmallVec<[_; 1]> = outs.iter().map(|storage| storage.buffer()).collect();
        let result = self.flush();
        if let Err(Error::Memory(_)) = result {
            if !fails(self) {
                return Ok(());
            }
            self.recorder.forget(&outs, &before);
        }
        result
    }

    /// Finishes what is pending on these storages. Other work may find no memory: it stays pending,
    /// and has a copy of what it reads of them.
    pub(crate) fn finish(
        &mut self,
        storages: &[&Storage],
        temporary: Option<&Arc<Storage>>,
    ) -> Result<()> {
        if !storages.iter().any(|storage| self.recorder.names(storage)) {
            return Ok(());
        }
        let result = self.flush_before(temporary);
        if let Err(Error::Memory(_)) = result {
            for storage in storages {
                if !self.recorder.part(storage)? {
                    return result;
                }
            }
            return Ok(());
        }
        result
    }

    /// Runs what is pending, before a temporary is dropped.
    pub(crate) fn flush_before(&mut self, temporary: Option<&Arc<Storage>>) -> Result<()> {
        if self.recorder.is_empty() {
            return Ok(());
        }
        if self.run_alone() {
            let signals = if self.met.is_empty() { 0 } else { signal::MET };
            self.publish(signals);
            return Ok(());
        }
        self.resume()?;
        let mut recording = self.recorder.take();
        let aside = temporary.and_then(|storage| set_aside(&mut recording, storage));
        self.run(recording, aside)
    }

    /// Finishes the bundle that was interrupted, if one was.
    fn resume(&mut self) -> Result<()> {
        let Some(mut begun) = self.recorder.interrupted().take() else {
            return Ok(());
        };
        match self.runner.resume(&mut begun) {
            Ok(met) => self.met.extend(met),
            Err(error) => {
                if begun.progress.is_some() {
                    *self.recorder.interrupted() = Some(begun);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn run(&mut self, recording: Recording, aside: Option<Aside>) -> Result<()> {
        let begun = match self.tracer.is_some().then(|| Trace::begin(&recording)).transpose() {
            Ok(begun) => begun,
            Err(error) => {
                let later = self.recorder.take();
                self.recorder.append(recording);
                self.recorder.append(later);
                return Err(error);
            }
        };
        self.aside = aside;
        let before = self.runner.counters.launches;
        let outcome = self.runner.run(recording);
        self.met.extend(outcome.met);
        let mut signals = if self.met.is_empty() { 0 } else { signal::MET };
        let result = match outcome.stopped {
            None => self.trace(begun, self.runner.counters.launches - before),
            Some(stopped) => {
                let later = self.recorder.take();
                self.recorder.leave(stopped.rest);
                self.recorder.append(later);
                if let Some(bundle) = stopped.interrupted {
                    self.recorder.interrupt(bundle);
                }
                Err(stopped.error)
            }
        };
        if self.tracer.as_ref().is_some_and(|tracer| !tracer.traces.is_empty()) {
            signals |= signal::TRACED;
        }
        if self.aside.is_some() || !self.recorder.is_empty() {
            signals |= signal::PENDING;
        }
        if self.aside.is_some() || self.recorder.bytes() >= HEAVY_FROM {
            signals |= signal::HEAVY;
        }
        self.publish(signals);
        result
    }

    /// Keeps the trace of a run that ended.
    fn trace(&mut self, begun: Option<Begun>, bundles: u64) -> Result<()> {
        if let (Some(tracer), Some(begun)) = (&mut self.tracer, begun) {
            tracer.traces.push(begun.end(bundles)?);
        }
        Ok(())
    }
}
