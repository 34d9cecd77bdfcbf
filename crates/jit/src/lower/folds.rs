//! Reductions of the table, as loops over the elements of a line.
//!
//! States meet in the order that `stook_kernel`'s `cascade` says, so a reduction has the bits here
//! that it has of an array: element k of a chunk enters lane `k % lanes`, lanes meet in halves,
//! chunks pairwise. Where no order can change the result, as of integers and of places, elements
//! enter one state, one after another.

use super::elementwise::Operand;
use super::{Followed, Lowerer};
use crate::memory::HEAD;
use crate::site::Exception;
use crate::types::{ArrayType, Layout, Type};
use stook_kernel::{Local, Place, Service, Step, Stride, Type as Part};
use stook_ops::{Fold, ReductionLoop, Region, Val};
use stook_types::DType;

/// The most states that wait for others: a count of chunks has 64 bits.
const WAITING: i64 = 64;
/// Bytes of a scalar of a state that waits.
const WORD: i64 = 8;
/// Elements between two looks at whether the result is settled.
const UNTIL_A_LOOK: i64 = 512;

/// The elements of a fold, which is fast where they may be taken in any order.
#[derive(Clone, Copy)]
pub(super) struct Line<'e> {
    pub(super) operand: &'e Operand,
    pub(super) count: Local,
    pub(super) fast: bool,
}

/// States that wait, in memory, and how many they are.
#[derive(Clone, Copy)]
struct Waiting {
    memory: Local,
    count: Local,
}

impl Lowerer<'_, '_> {
    /// The scalars of a reduction's result.
    pub(super) fn folded(&mut self, made: &ReductionLoop, line: Line<'_>) -> Followed<Vec<Local>> {
        let state = self.started(&made.fold);
        if has_one_result(&made.fold) {
            self.in_order(made, line, &state)?;
        } else {
            self.in_chunks(&made.fold, line, &state)?;
        }
        Ok(self.compute_region(&state, made.finish.clone(), false))
    }

    /// The variables of a new state.
    fn started(&mut self, fold: &Fold) -> Vec<Local> {
        self.all_started(fold, 1).concat()
    }

    /// The variables of new states.
    fn all_started(&mut self, fold: &Fold, count: usize) -> Vec<Vec<Local>> {
        let mut variable = |&t: &DType| self.local(Part::Scalar(t));
        let states: Vec<Vec<Local>> =
            (0..count).map(|_| fold.state.iter().map(&mut variable).collect()).collect();
        let body = Region::build(&[], |f, _| {
            let scalars = fold.state.iter().zip(&fold.start);
            let start: Vec<Val> = scalars.map(|(&t, &bits)| f.bits(t, bits)).collect();
            vec![start; count].concat()
        });
        self.emit(Step::Compute { body, args: Vec::new(), into: states.concat(), fast: false });
        states
    }

    /// Gives states the results of regions, each of a state and another or an element.
    fn enter(&mut self, region: &Region, pairs: &[(&[Local], Vec<Local>)], fast: bool) {
        let args = pairs.iter().flat_map(|(state, other)| [*state, &other[..]].concat()).collect();
        let params = vec![region.params.clone(); pairs.len()].concat();
        let body = Region::build(&params, |f, a| {
            let each = a.chunks(region.params.len());
            each.flat_map(|args| f.inline(region, args)).collect()
        });
        let into = pairs.iter().flat_map(|(state, _)| state.to_vec()).collect();
        self.emit(Step::Compute { body, args, into, fast });
    }

    fn plus(&mut self, number: Local, more: i64) -> Local {
        self.compute_one(&[number], |f, v| {
            let more = f.int(DType::I64, more.into());
            f.add(v[0], more)
        })
    }

    fn number_variable(&mut self, first: Local) -> Local {
        let variable = self.local(Part::Scalar(DType::I64));
        self.emit(Step::Move { from: first, into: variable });
        variable
    }

    fn leave_if(&mut self, condition: Local) {
        self.emit(Step::If { condition, then: vec![Step::Break], otherwise: Vec::new() });
    }

    /// A loop for ever, until a round leaves it.
    fn until_left(&mut self, round: impl FnOnce(&mut Self) -> Followed<()>) -> Followed<()> {
        let (body, ()) = self.block(round)?;
        self.emit(Step::Loop { body, next: Vec::new() });
        Ok(())
    }

    fn lesser(&mut self, a: Local, b: Local) -> Local {
        self.compute_one(&[a, b], |f, v| {
            let less = f.lt(v[0], v[1]);
            f.select(less, v[0], v[1])
        })
    }

    // -- one state --------------------------------------------------------------------------

    fn in_order(&mut self, made: &ReductionLoop, line: Line<'_>, state: &[Local]) -> Followed<()> {
        let zero = self.size(0);
        let k = self.number_variable(zero);
        let Some(settled) = made.settled else {
            let count = line.count;
            return self.in_order_until(&made.fold, line, state, (k, count));
        };
        self.until_left(|l| {
            let after = l.plus(k, UNTIL_A_LOOK);
            let end = l.lesser(after, line.count);
            l.in_order_until(&made.fold, line, state, (k, end))?;
            let over = l.compute_one(&[k, line.count, state[0]], |f, v| {
                let dtype = f.dtype(v[2]);
                let known = f.bits(dtype, settled);
                let (ended, known) = (f.ge(v[0], v[1]), f.eq(v[2], known));
                f.or(ended, known)
            });
            l.leave_if(over);
            Ok(())
        })
    }

    fn in_order_until(
        &mut self,
        fold: &Fold,
        line: Line<'_>,
        state: &[Local],
        (k, end): (Local, Local),
    ) -> Followed<()> {
        let (body, ()) = self.block(|l| {
            let over = l.compute_one(&[k, end], |f, v| f.ge(v[0], v[1]));
            l.leave_if(over);
            let mut element = l.element_of(line.operand, k)?;
            if fold.indexed {
                element.push(k);
            }
            l.enter(&fold.step, &[(state, element)], line.fast);
            Ok(())
        })?;
        let (next, ()) = self.block(|l| {
            let next = l.plus(k, 1);
            l.emit(Step::Move { from: next, into: k });
            Ok(())
        })?;
        self.emit(Step::Loop { body, next });
        Ok(())
    }

    // -- chunks -----------------------------------------------------------------------------

    fn in_chunks(&mut self, fold: &Fold, line: Line<'_>, state: &[Local]) -> Followed<()> {
        let (zero, chunk) = (self.size(0), fold.chunk() as i64);
        let (from, waiting) = (self.number_variable(zero), self.number_variable(zero));
        let chunks = self.number_variable(zero);
        let is_long = self.compute_one(&[line.count], |f, v| {
            let chunk = f.int(DType::I64, chunk.into());
            f.gt(v[0], chunk)
        });
        let memory = self.waiting_room(fold, is_long)?;
        let waiting = Waiting { memory, count: waiting };
        self.until_left(|l| {
            let after = l.plus(from, chunk);
            let end = l.lesser(after, line.count);
            l.chunk(fold, line, state, (from, end))?;
            let over = l.compute_one(&[end, line.count], |f, v| f.ge(v[0], v[1]));
            let (last, ()) = l.block(|l| {
                l.meet_waiting(fold, waiting, state, None)?;
                l.emit(Step::Break);
                Ok(())
            })?;
            l.emit(Step::If { condition: over, then: last, otherwise: Vec::new() });
            l.meet_waiting(fold, waiting, state, Some(chunks))?;
            l.wait(fold, waiting, state);
            let next = l.plus(chunks, 1);
            l.moved(&[next, after], &[chunks, from]);
            Ok(())
        })?;
        let free = Step::Ask { service: Service::Free, args: vec![memory], into: Vec::new() };
        self.emit(Step::If { condition: is_long, then: vec![free], otherwise: Vec::new() });
        Ok(())
    }

    /// Memory for states that wait, where there are several chunks.
    fn waiting_room(&mut self, fold: &Fold, is_long: Local) -> Followed<Local> {
        let memory = self.local(Part::Address);
        let (then, ()) = self.block(|l| {
            let bytes = l.size(HEAD + WAITING * WORD * fold.state.len() as i64);
            let (args, into) = (vec![bytes], vec![memory]);
            l.emit(Step::Ask { service: Service::Allocate, args, into });
            let there = l.is_present(memory);
            let missing = l.compute_one(&[there], |f, v| f.not(v[0]));
            l.refuse_if(missing, Exception::Memory, "");
            Ok(())
        })?;
        self.emit(Step::If { condition: is_long, then, otherwise: Vec::new() });
        Ok(memory)
    }

    /// The state of the elements of a chunk.
    fn chunk(
        &mut self,
        fold: &Fold,
        line: Line<'_>,
        state: &[Local],
        (from, end): (Local, Local),
    ) -> Followed<()> {
        let mut lanes = self.all_started(fold, fold.lanes());
        let (k, count) = (self.number_variable(from), lanes.len() as i64);
        self.until_left(|l| {
            let after = l.plus(k, count);
            let few = l.compute_one(&[after, end], |f, v| f.gt(v[0], v[1]));
            l.leave_if(few);
            let mut pairs = Vec::new();
            for (number, lane) in lanes.iter().enumerate() {
                pairs.push((&lane[..], l.element_behind(line, k, number)?));
            }
            l.enter(&fold.step, &pairs, line.fast);
            l.emit(Step::Move { from: after, into: k });
            Ok(())
        })?;
        let left = self.compute_one(&[end, k], |f, v| f.sub(v[0], v[1]));
        self.rest(fold, line, &lanes[..lanes.len() - 1], (k, left, 0))?;
        while lanes.len() > 1 {
            let upper = lanes.split_off(lanes.len() / 2);
            let pairs: Vec<_> = lanes.iter().map(|low| &low[..]).zip(upper).collect();
            self.enter(&fold.merge, &pairs, line.fast);
        }
        self.moved(&lanes[0], state);
        Ok(())
    }

    /// The scalars of the element some places behind another.
    fn element_behind(&mut self, line: Line<'_>, k: Local, places: usize) -> Followed<Vec<Local>> {
        if let Operand::Value(value) = line.operand
            && let Type::Array(ArrayType { layout: Layout::C, dtype, .. }) = value.ty
        {
            return Ok(self.load_behind(value, &[k], (places * dtype.size()) as i64).parts);
        }
        let at = self.plus(k, places as i64);
        self.element_of(line.operand, at)
    }

    /// The last elements, fewer than there are lanes.
    fn rest(
        &mut self,
        fold: &Fold,
        line: Line<'_>,
        lanes: &[Vec<Local>],
        (k, left, number): (Local, Local, usize),
    ) -> Followed<()> {
        let Some((lane, others)) = lanes.split_first() else { return Ok(()) };
        let more = self.compute_one(&[left], |f, v| {
            let number = f.int(DType::I64, number as i128);
            f.gt(v[0], number)
        });
        let (then, ()) = self.block(|l| {
            let element = l.element_behind(line, k, number)?;
            l.enter(&fold.step, &[(&lane[..], element)], line.fast);
            l.rest(fold, line, others, (k, left, number + 1))
        })?;
        self.emit(Step::If { condition: more, then, otherwise: Vec::new() });
        Ok(())
    }

    // -- states that wait -------------------------------------------------------------------

    /// A state takes those that wait before it: as many as the number of chunks before has ones at
    /// its end, or all of them.
    fn meet_waiting(
        &mut self,
        fold: &Fold,
        waiting: Waiting,
        state: &[Local],
        chunks: Option<Local>,
    ) -> Followed<()> {
        let bits = chunks.map(|chunks| self.number_variable(chunks));
        let looked_at = bits.unwrap_or(waiting.count);
        self.until_left(|l| {
            let over = l.compute_one(&[looked_at], |f, v| {
                let (zero, one) = (f.int(DType::I64, 0), f.int(DType::I64, 1));
                let low = if bits.is_some() { f.and(v[0], one) } else { v[0] };
                f.eq(low, zero)
            });
            l.leave_if(over);
            let fewer = l.plus(waiting.count, -1);
            l.emit(Step::Move { from: fewer, into: waiting.count });
            let mut met = Vec::new();
            for place in places(fold, waiting) {
                let into = l.local(Part::Scalar(place.dtype));
                l.emit(Step::Load { place, into });
                met.push(into);
            }
            l.enter(&fold.merge, &[(&met[..], state.to_vec())], false);
            l.moved(&met, state);
            if let Some(bits) = bits {
                let next = l.compute_one(&[bits], |f, v| {
                    let two = f.int(DType::I64, 2);
                    f.quot(v[0], two)
                });
                l.emit(Step::Move { from: next, into: bits });
            }
            Ok(())
        })
    }

    fn wait(&mut self, fold: &Fold, waiting: Waiting, state: &[Local]) {
        for (place, &value) in places(fold, waiting).into_iter().zip(state) {
            self.emit(Step::Store { place, value });
        }
        let more = self.plus(waiting.count, 1);
        self.emit(Step::Move { from: more, into: waiting.count });
    }
}

/// Whether elements in any order give one result.
fn has_one_result(fold: &Fold) -> bool {
    fold.indexed || fold.state.iter().all(|t| !t.is_float())
}

/// Where the scalars of the state lie that comes after those that wait.
fn places(fold: &Fold, waiting: Waiting) -> Vec<Place> {
    let size = WORD * fold.state.len() as i64;
    let place = |(k, &dtype): (usize, &DType)| Place {
        dtype,
        base: waiting.memory,
        axes: vec![(waiting.count, Stride::Fixed(size))],
        offset: HEAD + WORD * k as i64,
    };
    fold.state.iter().enumerate().map(place).collect()
}
