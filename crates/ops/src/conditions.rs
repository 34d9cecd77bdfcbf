//! Floating-point conditions: what NumPy warns of, as predicates of arguments and results.
//!
//! A loop that was placed enters with its arguments and results; a [`Watch`] leaves, in two halves.
//! Its suspects are values of the loop's own region, cheap to look at: floats that call for a closer
//! look where they are not finite, bools where they are true. The closer look is a region of its
//! own, run only then. Hardware flags are never read: selected-away lanes and polynomials set them.
//! Underflow is not watched, as NumPy ignores it by default.

use crate::formula::{BinaryOp, Builder, Inst, Region, UnaryOp, Val};
use crate::ufunc::Ufunc;
use stook_types::DType;

/// Number of condition flags each call of a loop has: divide, overflow, invalid.
pub const FLAGS: usize = 3;

/// Bools that say which condition an element meets; `None` is never.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flags {
    /// A pole: division by zero.
    pub divide: Option<Val>,
    /// A finite result too large for its type.
    pub overflow: Option<Val>,
    /// No meaningful result.
    pub invalid: Option<Val>,
}

/// Conditions from a loop's arguments and results, halves as they are.
pub type Predicate = fn(&mut Builder, &[Val], &[Val]) -> Flags;

/// Which floating-point conditions a ufunc can meet; what NumPy warns of.
///
/// For a loop with float arguments `floats` speaks together with `derived`, or else with `watched`;
/// for a loop of integers alone `integers` does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions {
    /// NaN from inputs that are none is `invalid`; infinity from finite inputs is `overflow`,
    /// or `divide` at a pole.
    pub watched: bool,
    /// Where an infinite result is a division by zero (halves come as F32).
    pub pole: Option<fn(&mut Builder, &[Val]) -> Val>,
    /// The conditions of the formula's own float instructions, one by one: for formulas that make
    /// the same operations as NumPy. Masked and inner regions do not count.
    pub derived: bool,
    /// Predicate of float and complex loops. Suspects are the float results, the arguments where
    /// there is no such result.
    pub floats: Option<Predicate>,
    /// Predicate of integer loops. Its flags are the suspects themselves, so it must be cheap.
    pub integers: Option<Predicate>,
}

impl Conditions {
    /// Whether a loop, of integers alone or not, can meet any.
    pub fn can_be_met(&self, integers: bool) -> bool {
        let floats = self.watched || self.derived || self.floats.is_some();
        if integers { self.integers.is_some() } else { floats }
    }

    /// Each condition, from the first that states it.
    pub fn or(self, other: Self) -> Self {
        Self {
            watched: self.watched || other.watched,
            pole: self.pole.or(other.pole),
            derived: self.derived || other.derived,
            floats: self.floats.or(other.floats),
            integers: self.integers.or(other.integers),
        }
    }
}

/// A closer look at an element, and what calls for it; the parts of a kernel's check.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Values of the loop's region: floats suspect where not finite, bools where true.
    pub suspects: Vec<Val>,
    /// Values of the loop's region that `slow` takes.
    pub args: Vec<Val>,
    /// The closer look; bools.
    pub slow: Region,
    /// The condition of each result of `slow`: 0 divide, 1 overflow, 2 invalid.
    pub slots: Vec<usize>,
}

impl Ufunc {
    /// What to watch where loop `loop_index` was placed on `args` and gave `results`; `None` where
    /// nothing can happen. May add values to `f`.
    pub fn watch(
        &self,
        loop_index: usize,
        f: &mut Builder,
        args: &[Val],
        results: &[Val],
    ) -> Option<Watch> {
        let conditions = self.conditions;
        if !args.iter().any(|&v| f.dtype(v).is_float()) {
            return watch_integers(conditions.integers?, f, args, results);
        }
        if conditions.derived {
            return self.watch_derived(loop_index, f, args, results);
        }
        if !conditions.watched && conditions.floats.is_none() {
            return None;
        }
        let suspects = suspects_of(f, args, results);
        by_predicate(f, suspects, args, results, |f, args, results| {
            let flags = if conditions.watched {
                general(f, args, results, conditions.pole)
            } else {
                Flags::default()
            };
            stated(conditions.floats, flags, f, args, results)
        })
    }

    fn watch_derived(
        &self,
        loop_index: usize,
        f: &mut Builder,
        args: &[Val],
        results: &[Val],
    ) -> Option<Watch> {
        let formula = self.formula(loop_index);
        let mut suspects = floats_of(f, results);
        suspects.extend(hidden_overflows(&formula, f, args));
        let predicate = self.conditions.floats;
        by_predicate(f, suspects, args, results, |f, args, results| {
            let flags = derived(&formula, f, args);
            stated(predicate, flags, f, args, results)
        })
    }
}

/// The flags, and those that the row's predicate adds.
fn stated(
    predicate: Option<Predicate>,
    flags: Flags,
    f: &mut Builder,
    args: &[Val],
    results: &[Val],
) -> Flags {
    match predicate {
        Some(predicate) => predicate(f, args, results).or(flags, f),
        None => flags,
    }
}

impl Flags {
    /// Where either has it.
    fn or(self, other: Self, f: &mut Builder) -> Self {
        let mut both = |x: Option<Val>, y: Option<Val>| match (x, y) {
            (Some(x), Some(y)) => Some(f.or(x, y)),
            _ => x.or(y),
        };
        Self {
            divide: both(self.divide, other.divide),
            overflow: both(self.overflow, other.overflow),
            invalid: both(self.invalid, other.invalid),
        }
    }
}

/// The float results, or the float arguments where no result is a float.
fn suspects_of(f: &Builder, args: &[Val], results: &[Val]) -> Vec<Val> {
    let floats = floats_of(f, results);
    if floats.is_empty() { floats_of(f, args) } else { floats }
}

fn floats_of(f: &Builder, values: &[Val]) -> Vec<Val> {
    values.iter().copied().filter(|&v| f.dtype(v).is_float()).collect()
}

fn watch_integers(
    predicate: Predicate,
    f: &mut Builder,
    args: &[Val],
    results: &[Val],
) -> Option<Watch> {
    let flags = predicate(f, args, results);
    let suspects = [flags.divide, flags.overflow, flags.invalid].into_iter().flatten().collect();
    by_predicate(f, suspects, args, results, predicate)
}

pub(crate) fn by_predicate(
    f: &Builder,
    suspects: Vec<Val>,
    args: &[Val],
    results: &[Val],
    predicate: impl FnOnce(&mut Builder, &[Val], &[Val]) -> Flags,
) -> Option<Watch> {
    let all = [args, results].concat();
    let types: Vec<DType> = all.iter().map(|&v| f.dtype(v)).collect();
    let mut slots = Vec::new();
    let slow = Region::build(&types, |f, values| {
        let flags = predicate(f, &values[..args.len()], &values[args.len()..]);
        let named = [flags.divide, flags.overflow, flags.invalid].into_iter().enumerate();
        let (which, bools) = named.filter_map(|(k, v)| v.map(|v| (k, v))).unzip();
        slots = which;
        bools
    });
    if slots.is_empty() || suspects.is_empty() {
        return None;
    }
    Some(Watch { suspects, args: all, slow, slots })
}

/// NaN from none is invalid; infinity from finite values is overflow, or divide at a pole.
fn general(
    f: &mut Builder,
    args: &[Val],
    results: &[Val],
    pole: Option<fn(&mut Builder, &[Val]) -> Val>,
) -> Flags {
    let args: Vec<Val> = args.iter().map(|&v| widen(f, v)).collect();
    let results: Vec<Val> = floats_of(f, results).into_iter().map(|v| widen(f, v)).collect();
    let inputs = floats_of(f, &args);
    let nan_in = any(f, &inputs, is_nan);
    let nan_out = any(f, &results, is_nan);
    let infinite_in = any(f, &inputs, is_infinite);
    let infinite_out = any(f, &results, is_infinite);
    let invalid = without(f, nan_out, nan_in);
    let finite = without(f, infinite_out, nan_in);
    let large = without(f, finite, infinite_in);
    let Some(pole) = pole else {
        return Flags { divide: None, overflow: Some(large), invalid: Some(invalid) };
    };
    let at_pole = pole(f, &args);
    let divide = f.and(large, at_pole);
    let overflow = without(f, large, at_pole);
    Flags { divide: Some(divide), overflow: Some(overflow), invalid: Some(invalid) }
}

/// The value, a half as F32.
pub(crate) fn widen(f: &mut Builder, v: Val) -> Val {
    if f.dtype(v) == DType::F16 { f.convert(v, DType::F32) } else { v }
}

/// Whether the test holds for one of the values.
pub(crate) fn any(f: &mut Builder, values: &[Val], test: fn(&mut Builder, Val) -> Val) -> Val {
    let mut all = f.bits(DType::Bool, 0);
    for (k, &v) in values.iter().enumerate() {
        let one = test(f, v);
        all = if k == 0 { one } else { f.or(all, one) };
    }
    all
}

/// `x` and not `y`.
pub(crate) fn without(f: &mut Builder, x: Val, y: Val) -> Val {
    let not = f.not(y);
    f.and(x, not)
}

/// Whether it is NaN.
pub(crate) fn is_nan(f: &mut Builder, x: Val) -> Val {
    f.ne(x, x)
}

/// Whether it is an infinity.
pub(crate) fn is_infinite(f: &mut Builder, x: Val) -> Val {
    let size = f.abs(x);
    let infinity = f.like(x, f64::INFINITY);
    f.eq(size, infinity)
}

/// Whether it is neither NaN nor infinite.
pub(crate) fn is_finite(f: &mut Builder, x: Val) -> Val {
    let size = f.abs(x);
    let infinity = f.like(x, f64::INFINITY);
    f.lt(size, infinity)
}

/// Values of the formula that can overflow although its result is finite: they are divided by.
fn hidden_overflows(formula: &Region, f: &mut Builder, args: &[Val]) -> Vec<Val> {
    let divisors: Vec<Val> = formula
        .insts
        .iter()
        .filter_map(|inst| match inst {
            Inst::Binary(BinaryOp::Div, _, y) if is_computed(formula, *y) => Some(*y),
            _ => None,
        })
        .collect();
    let mut exposed = formula.clone();
    exposed.results = divisors;
    f.inline(&exposed, args)
}

fn is_computed(formula: &Region, v: Val) -> bool {
    matches!(formula.insts[v.0 as usize], Inst::Binary(..) | Inst::Fma(..) | Inst::Convert(_))
}

/// The conditions of each float instruction of a formula, together.
///
/// An instruction counts only where its value is used: the side of a select that is not taken
/// raises nothing. So every value carries the mask under which it is needed.
fn derived(formula: &Region, f: &mut Builder, args: &[Val]) -> Flags {
    let mut exposed = formula.clone();
    exposed.results = (0..formula.insts.len() as u32).map(Val).collect();
    let values = f.inline(&exposed, args);
    let needed = needs(formula, f, &values);
    let mut flags = Flags::default();
    for (k, inst) in formula.insts.iter().enumerate() {
        let Some(need) = needed[k] else { continue };
        if formula.types[k].is_float() {
            let inst = inst.map(|v| values[v.0 as usize]);
            instruction_flags(f, &inst, values[k], need, &mut flags);
        }
    }
    flags
}

/// The mask under which each value reaches a result; `None` where never.
fn needs(formula: &Region, f: &mut Builder, values: &[Val]) -> Vec<Option<Val>> {
    let always = f.bits(DType::Bool, 1);
    let mut needed: Vec<Option<Val>> = vec![None; formula.insts.len()];
    for v in &formula.results {
        needed[v.0 as usize] = Some(always);
    }
    for k in (0..formula.insts.len()).rev() {
        let Some(need) = needed[k] else { continue };
        let mut require = |f: &mut Builder, v: Val, mask: Val| {
            let slot = &mut needed[v.0 as usize];
            *slot = Some(slot.map_or(mask, |have| f.or(have, mask)));
        };
        if let Inst::Select(m, x, y) = formula.insts[k] {
            let mask = values[m.0 as usize];
            let (taken, other) = (f.and(need, mask), without(f, need, mask));
            require(f, m, need);
            require(f, x, taken);
            require(f, y, other);
        } else {
            formula.insts[k].operands(|v| require(f, v, need));
        }
    }
    needed
}

fn instruction_flags(f: &mut Builder, inst: &Inst, result: Val, need: Val, flags: &mut Flags) {
    let mut operands = Vec::new();
    match inst {
        Inst::Binary(..) | Inst::Fma(..) | Inst::Unary(UnaryOp::Sqrt, _) | Inst::Convert(_) => {
            inst.operands(|v| operands.push(v));
        }
        _ => return,
    }
    if !operands.iter().all(|&v| f.dtype(v).is_float()) {
        return;
    }
    let raise = |f: &mut Builder, slot: &mut Option<Val>, v: Val| {
        let v = f.and(v, need);
        *slot = Some(slot.map_or(v, |have| f.or(have, v)));
    };
    let nan_in = any(f, &operands, is_nan);
    let nan_out = is_nan(f, result);
    if !matches!(inst, Inst::Convert(_)) {
        let invalid = without(f, nan_out, nan_in);
        raise(f, &mut flags.invalid, invalid);
    }
    if matches!(inst, Inst::Unary(..)) || widens(f, &operands, result) {
        return;
    }
    let infinite_in = any(f, &operands, is_infinite);
    let infinite_out = is_infinite(f, result);
    let mut large = without(f, infinite_out, infinite_in);
    if let Inst::Binary(BinaryOp::Div, _, y) = inst {
        let zero = f.like(*y, 0.0);
        let pole = f.eq(*y, zero);
        let divide = f.and(large, pole);
        raise(f, &mut flags.divide, divide);
        large = without(f, large, pole);
    }
    raise(f, &mut flags.overflow, large);
}

fn widens(f: &Builder, operands: &[Val], result: Val) -> bool {
    operands.iter().all(|&v| f.dtype(v).size() < f.dtype(result).size())
}
