//! The interpreter of routines: what a [`Unit`] means, step by step.
//!
//! A verified unit, its arguments' bits and services enter; results or a failure leave. It is the
//! oracle of compilers, so it is plain. Speed is absent on purpose.

use super::{
    Caught, FAILURE_VALUES, Local, Place, Routine, Service, Step, Stride, Type, Unit, native,
};
use stook_ops::evaluate;
use stook_types::{DType, Scalar};

/// How a unit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The bits of what it returns.
    Returned(Vec<u64>),
    /// The site of a failure and its values.
    Failed(u32, Vec<u64>),
}

/// What a unit asks for outside.
pub trait Services {
    /// The results of a service on the bits of its arguments.
    fn ask(&mut self, service: Service, args: &[u64]) -> Vec<u64>;
    /// The address that a number stands for; see [`Step::Symbol`].
    fn symbol(&self, number: u32) -> u64;
}

/// Runs a unit from its entry.
///
/// # Safety
/// `unit` holds to [`super::verify_unit`], and its loads and stores reach memory that may be read
/// and written, its native calls functions of their types.
pub unsafe fn interpret_unit(unit: &Unit, args: &[u64], services: &mut dyn Services) -> Outcome {
    let mut machine = Machine { unit, services };
    match machine.call(0, args) {
        Ok(results) => Outcome::Returned(results),
        Err(failure) => Outcome::Failed(failure.site, failure.values),
    }
}

/// A failure on its way to a handler.
struct Failure {
    site: u32,
    values: Vec<u64>,
    /// How many handlers do not take it.
    beyond: usize,
}

struct Machine<'a> {
    unit: &'a Unit,
    services: &'a mut dyn Services,
}

/// What happens after a step.
enum Way {
    On,
    Break,
    Continue,
    Return(Vec<u64>),
}

impl Machine<'_> {
    fn call(&mut self, routine: usize, args: &[u64]) -> Result<Vec<u64>, Failure> {
        let routine = &self.unit.routines[routine];
        let mut frame = Frame { routine, values: vec![0; routine.locals.len()] };
        frame.values[..args.len()].copy_from_slice(args);
        match self.steps(&mut frame, &routine.body)? {
            Way::Return(values) => {
                self.steps(&mut frame, &routine.cleanup)?;
                Ok(values)
            }
            _ => unreachable!("a verified routine ends in a return"),
        }
    }

    fn steps(&mut self, frame: &mut Frame<'_>, steps: &[Step]) -> Result<Way, Failure> {
        for step in steps {
            match self.step(frame, step)? {
                Way::On => {}
                way => return Ok(way),
            }
        }
        Ok(Way::On)
    }

    fn step(&mut self, frame: &mut Frame<'_>, step: &Step) -> Result<Way, Failure> {
        match step {
            Step::Compute { body, args, into, .. } => {
                let results = evaluate(body, &frame.all(args));
                frame.put(into, &results);
            }
            Step::Move { from, into } => frame.put(&[*into], &[frame.get(*from)]),
            Step::Advance { base, bytes, into } => {
                let address = frame.get(*base).wrapping_add(frame.get(*bytes));
                frame.put(&[*into], &[address]);
            }
            Step::Present { address, into } => {
                frame.put(&[*into], &[u64::from(frame.get(*address) != 0)]);
            }
            Step::Assume { condition } => assert_ne!(frame.get(*condition), 0, "a broken promise"),
            Step::Load { place, into } => {
                let bits = load(frame.address(place), place.dtype);
                frame.put(&[*into], &[bits]);
            }
            Step::Store { place, value } => {
                store(frame.address(place), place.dtype, frame.get(*value));
            }
            Step::If { condition, then, otherwise } => {
                let way = if frame.get(*condition) != 0 { then } else { otherwise };
                return self.steps(frame, way);
            }
            Step::Loop { body, next } => return self.rounds(frame, body, next),
            Step::Spread { count, index, body } => {
                let before = frame.values.clone();
                for number in 0..frame.get(*count) as i64 {
                    frame.put(&[*index], &[number as u64]);
                    let way = self.steps(frame, body);
                    frame.values.clone_from(&before);
                    way?;
                }
            }
            Step::Count { address, by, into } => {
                let address = frame.get(*address);
                let new = load(address, DType::I64).wrapping_add_signed(*by);
                store(address, DType::I64, new);
                frame.put(&[*into], &[new]);
            }
            Step::Break => return Ok(Way::Break),
            Step::Continue => return Ok(Way::Continue),
            Step::Call { routine, args, into } => {
                let results = self.call(*routine, &frame.all(args))?;
                frame.put(into, &results);
            }
            Step::Symbol { number, into } => {
                let address = self.services.symbol(*number);
                frame.put(&[*into], &[address]);
            }
            Step::Native { address, args, into } => {
                let type_of = |local: &Local| frame.routine.locals[local.0 as usize];
                let given: Vec<_> =
                    args.iter().map(|local| (type_of(local), frame.get(*local))).collect();
                // SAFETY: the caller of `interpret_unit` promises that such functions are there,
                // and a verified unit gives them what C has.
                let made =
                    unsafe { native::call(frame.get(*address), &given, into.first().map(type_of)) };
                frame.put(into, &[made]);
            }
            Step::Ask { service, args, into } => {
                let results = self.services.ask(*service, &frame.all(args));
                frame.put(into, &results);
            }
            Step::Return(values) => return Ok(Way::Return(frame.all(values))),
            Step::Fail { site, values } => {
                let (site, values) = (*site, frame.all(values));
                return Err(Failure { site, values, beyond: 0 });
            }
            Step::Rethrow(caught) => {
                let (site, values) = (frame.get(caught.site) as u32, frame.all(&caught.values));
                return Err(Failure { site, values, beyond: 0 });
            }
            Step::Try { body, caught, handler, otherwise } => {
                return self.tried(frame, body, (caught, handler), otherwise);
            }
            Step::Beyond { tries, body } => {
                let way = self.steps(frame, body);
                return way.map_err(|f| Failure { beyond: f.beyond + tries, ..f });
            }
            Step::Among { site, set, into } => {
                let is_among = self.unit.sets[*set].iter().any(|&s| frame.get(*site) == s.into());
                frame.put(&[*into], &[is_among.into()]);
            }
            Step::Block(steps) | Step::Rare(steps) => return self.steps(frame, steps),
        }
        Ok(Way::On)
    }

    fn tried(
        &mut self,
        frame: &mut Frame<'_>,
        body: &[Step],
        (caught, handler): (&Caught, &[Step]),
        otherwise: &[Step],
    ) -> Result<Way, Failure> {
        match self.steps(frame, body) {
            Ok(Way::On) => self.steps(frame, otherwise),
            Ok(way) => Ok(way),
            Err(failure) if failure.beyond > 0 => {
                Err(Failure { beyond: failure.beyond - 1, ..failure })
            }
            Err(failure) => {
                let mut values = failure.values;
                values.resize(FAILURE_VALUES, 0);
                frame.put(&[caught.site], &[failure.site.into()]);
                frame.put(&caught.values, &values);
                self.steps(frame, handler)
            }
        }
    }

    fn rounds(
        &mut self,
        frame: &mut Frame<'_>,
        body: &[Step],
        next: &[Step],
    ) -> Result<Way, Failure> {
        loop {
            match self.steps(frame, body)? {
                Way::On | Way::Continue => {}
                Way::Break => return Ok(Way::On),
                way => return Ok(way),
            }
            self.steps(frame, next)?;
        }
    }
}

struct Frame<'a> {
    routine: &'a Routine,
    values: Vec<u64>,
}

impl Frame<'_> {
    fn get(&self, local: Local) -> u64 {
        self.values[local.0 as usize]
    }

    fn all(&self, locals: &[Local]) -> Vec<u64> {
        locals.iter().map(|&local| self.get(local)).collect()
    }

    fn put(&mut self, into: &[Local], values: &[u64]) {
        for (local, &value) in into.iter().zip(values) {
            self.values[local.0 as usize] = value;
        }
    }

    fn address(&self, place: &Place) -> u64 {
        debug_assert_eq!(self.routine.locals[place.base.0 as usize], Type::Address);
        let base = self.get(place.base).wrapping_add_signed(place.offset);
        place.axes.iter().fold(base, |address, &(index, stride)| {
            let stride = match stride {
                Stride::Fixed(bytes) => bytes as u64,
                Stride::Local(local) => self.get(local),
            };
            address.wrapping_add(self.get(index).wrapping_mul(stride))
        })
    }
}

fn load(address: u64, dtype: DType) -> u64 {
    let mut bytes = [0; 16];
    // SAFETY: the caller of `interpret_unit` promises that loads reach memory that may be read.
    unsafe {
        std::ptr::copy_nonoverlapping(
            std::ptr::with_exposed_provenance::<u8>(address as usize),
            bytes.as_mut_ptr(),
            dtype.size(),
        );
    }
    let bits = Scalar::from_bytes(dtype, &bytes).bits as u64;
    if dtype == DType::Bool { u64::from(bits != 0) } else { bits }
}

fn store(address: u64, dtype: DType, bits: u64) {
    // SAFETY: the caller of `interpret_unit` promises that stores reach memory that may be written.
    unsafe {
        std::ptr::copy_nonoverlapping(
            bits.to_le_bytes().as_ptr(),
            std::ptr::with_exposed_provenance_mut::<u8>(address as usize),
            dtype.size(),
        );
    }
}
