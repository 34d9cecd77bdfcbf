//! Random kernels: phases that load, compute, check, store, fold and pass on.
//!
//! A seed enters, a verified [`Case`] leaves, the same one each time. Operands never overlap;
//! written ones are walked without meeting themselves, but for rows at stride 0.

use super::regions::{Random, grow, random_real};
use super::{Case, Memory};
use crate::{Access, Check, Extent, Kernel, Operand, Phase, Sink, Source, Walk, verify};
use stook_ops::{Builder, Fold, Region, Val};
use stook_types::{DType, Scalar};

/// A random case over all element types.
pub fn random_case(seed: u64) -> Case {
    random_case_of(seed, &DType::ALL)
}

/// A random case whose operands have these types, their parts, bool or int64.
pub fn random_case_of(seed: u64, types: &[DType]) -> Case {
    let mut maker = Maker {
        random: Random::new(seed),
        types,
        kernel: Kernel { flags: 3, ..Kernel::default() },
        made: Vec::new(),
    };
    for _ in 0..1 + maker.random.below(3) {
        maker.phase(Extent::Columns);
        if maker.random.once_in(2) {
            maker.phase(Extent::Once);
        }
    }
    let Maker { mut random, kernel, .. } = maker;
    verify(&kernel).unwrap_or_else(|text| panic!("seed {seed}: {text}\n{kernel}"));
    let rows = random.below(4);
    let near = random.pick(&[0, 1, 7, 16, 33, 64, 512, 1024, 1536, 2100]);
    let columns = near + random.below(3);
    let memory = kernel.operands.iter().map(|o| memory(&mut random, *o, rows, columns)).collect();
    let first = if random.once_in(2) { 0 } else { random.below(1000) as i64 };
    Case { kernel, rows, columns, first, memory }
}

struct Maker<'a> {
    random: Random,
    types: &'a [DType],
    kernel: Kernel,
    /// Row values that earlier phases left.
    made: Vec<usize>,
}

/// A phase in the making.
struct Draft {
    body: Builder,
    pool: Vec<Val>,
    sources: Vec<Source>,
    results: Vec<Val>,
    sinks: Vec<Sink>,
}

impl Draft {
    fn source(&mut self, source: Source, dtype: DType) {
        let v = self.body.param(dtype);
        self.pool.push(v);
        self.sources.push(source);
    }

    /// The number of a result.
    fn result(&mut self, v: Val) -> usize {
        self.results.push(v);
        self.results.len() - 1
    }
}

impl Maker<'_> {
    fn phase(&mut self, extent: Extent) {
        let mut draft = Draft {
            body: Builder::new(&[]),
            pool: Vec::new(),
            sources: Vec::new(),
            results: Vec::new(),
            sinks: Vec::new(),
        };
        let updates = self.sources(extent, &mut draft);
        let count = 2 + self.random.below(12);
        grow(&mut draft.body, &mut self.random, &mut draft.pool, count, self.types);
        for operand in updates {
            self.store(&mut draft, operand);
        }
        let left = self.kernel.row_values.len();
        for _ in 0..1 + self.random.below(2) {
            self.sink(extent, &mut draft);
        }
        let check = self.random.once_in(3).then(|| self.check(&mut draft));
        self.made.extend(left..self.kernel.row_values.len());
        self.kernel.phases.push(Phase {
            extent,
            sources: draft.sources,
            body: draft.body.finish(draft.results),
            sinks: draft.sinks,
            check,
        });
    }

    /// Gives the draft its parameters; the operands that it has to store too.
    fn sources(&mut self, extent: Extent, draft: &mut Draft) -> Vec<usize> {
        let mut updates = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            let dtype = self.random.pick(self.types);
            let update = self.random.once_in(5);
            let access = match update {
                true => self.random.pick(&[Access::Update, Access::Accumulate]),
                false => Access::Read,
            };
            let operand = self.operand(dtype, extent, access);
            if update {
                updates.push(operand);
            }
            for part in 0..dtype.parts() {
                draft.source(Source::Load { operand, part }, dtype.real());
            }
        }
        for &k in &self.made {
            draft.source(Source::Row(k), self.kernel.row_values[k]);
        }
        if extent == Extent::Columns {
            if self.random.once_in(3) {
                draft.source(Source::Index, DType::I64);
            }
            self.earlier(draft);
        }
        updates
    }

    /// Loads of what an earlier phase stored, where it may be loaded.
    fn earlier(&mut self, draft: &mut Draft) {
        for (operand, o) in self.kernel.operands.iter().enumerate() {
            let mine = draft
                .sources
                .iter()
                .any(|s| matches!(s, Source::Load { operand: known, .. } if *known == operand));
            if o.access == Access::Update && !mine {
                draft.source(Source::Load { operand, part: 0 }, o.dtype.real());
            }
        }
    }

    fn operand(&mut self, dtype: DType, extent: Extent, access: Access) -> usize {
        let walks = match (extent, access) {
            (Extent::Once, _) => &[Walk::Fixed][..],
            (_, Access::Read) => &[Walk::Unit, Walk::Unit, Walk::Fixed, Walk::Strided],
            (_, Access::Stream) => &[Walk::Unit],
            _ => &[Walk::Unit, Walk::Unit, Walk::Strided],
        };
        let walk = self.random.pick(walks);
        self.kernel.operands.push(Operand { dtype, walk, access });
        self.kernel.operands.len() - 1
    }

    /// Stores values of the operand's type, made where the pool has none.
    fn store(&mut self, draft: &mut Draft, operand: usize) {
        let dtype = self.kernel.operands[operand].dtype;
        let values = (0..dtype.parts()).map(|_| self.value(draft, dtype.real())).collect();
        draft.sinks.push(Sink::Store { operand, values });
    }

    /// The number of a result of this type.
    fn value(&mut self, draft: &mut Draft, dtype: DType) -> usize {
        let fits: Vec<Val> =
            draft.pool.iter().copied().filter(|&v| draft.body.dtype(v) == dtype).collect();
        let v = if fits.is_empty() {
            let bits = self.random.scalar(dtype);
            draft.body.bits(dtype, bits)
        } else if self.random.once_in(4) {
            self.random.pick(&fits)
        } else {
            fits[fits.len() - 1]
        };
        draft.result(v)
    }

    fn sink(&mut self, extent: Extent, draft: &mut Draft) {
        let last =
            draft.pool[draft.pool.len() - 1 - self.random.below(2).min(draft.pool.len() - 1)];
        let dtype = draft.body.dtype(last);
        match (extent, self.random.below(6)) {
            (Extent::Once, 0..3) => {
                let value = draft.result(last);
                let into = self.leave(&[dtype]);
                draft.sinks.push(Sink::Keep { value, into });
            }
            (Extent::Columns, 0 | 1) => {
                let (fold, values) = self.fold(draft, last);
                let into = self.leave(&fold.state);
                draft.sinks.push(Sink::Reduce { fold, values, into });
            }
            (Extent::Columns, 2) => {
                let (fold, value) = (sum(dtype), draft.result(last));
                let into = self.leave(&fold.state);
                draft.sinks.push(Sink::Merge { fold, values: vec![value], into });
            }
            (Extent::Columns, 3) => {
                let (step, value) = (difference(dtype), draft.result(last));
                let operand = self.operand(dtype, extent, Access::Write);
                draft.sinks.push(Sink::Scan { step, values: vec![value], operand });
            }
            _ => {
                let wide = self.random.pick(self.types);
                let dtype = if self.random.once_in(3) { wide } else { dtype };
                let stream = extent == Extent::Columns && self.random.once_in(4);
                let access = if stream { Access::Stream } else { Access::Write };
                let operand = self.operand(dtype, extent, access);
                self.store(draft, operand);
            }
        }
    }

    /// New row values of these types.
    fn leave(&mut self, types: &[DType]) -> usize {
        let into = self.kernel.row_values.len();
        self.kernel.row_values.extend(types);
        into
    }

    /// A fold over a value, and the results it takes.
    fn fold(&mut self, draft: &mut Draft, x: Val) -> (Fold, Vec<usize>) {
        let dtype = draft.body.dtype(x);
        let mut values = vec![draft.result(x)];
        let index = draft.sources.iter().position(|s| *s == Source::Index);
        match (index, self.random.below(4)) {
            (Some(k), 0 | 1) => {
                values.push(draft.result(Val(k as u32)));
                (first_greatest(dtype), values)
            }
            (_, 0) => (sum_and_greatest(dtype), values),
            _ => (sum(dtype), values),
        }
    }

    fn check(&mut self, draft: &mut Draft) -> Check {
        let fits = |v: &Val| {
            let dtype = draft.body.dtype(*v);
            dtype.is_float() || dtype == DType::Bool
        };
        let suspects: Vec<Val> = draft.pool.iter().copied().filter(fits).collect();
        let suspects: Vec<Val> = suspects.into_iter().rev().take(2).collect();
        let suspects = suspects.into_iter().map(|v| draft.result(v)).collect();
        let arg = self.random.pick(&draft.pool);
        let dtype = draft.body.dtype(arg);
        let random = &mut self.random;
        let real = random_real(random, self.types);
        let slow = Region::build(&[dtype], |f, a| {
            let mut pool = a.to_vec();
            grow(f, random, &mut pool, 3, &[real]);
            let bools = pool.iter().rev().take(2).map(|&v| {
                let bits = random.scalar(f.dtype(v));
                let other = f.bits(f.dtype(v), bits);
                f.lt(v, other)
            });
            bools.collect()
        });
        let slots = slow.results.iter().map(|_| self.random.below(self.kernel.flags)).collect();
        Check { suspects, args: vec![draft.result(arg)], slow, slots }
    }
}

/// The sum; for bool, whether any is true.
fn sum(t: DType) -> Fold {
    let region = Region::build(&[t, t], |f, a| match t {
        DType::Bool => vec![f.or(a[0], a[1])],
        _ => vec![f.add(a[0], a[1])],
    });
    let start = if t.is_float() { Scalar::float(t, -0.0).bits as u64 } else { 0 };
    Fold { state: vec![t], start: vec![start], step: region.clone(), merge: region, indexed: false }
}

/// What is left of the first; for bool, whether the two differ.
fn difference(t: DType) -> Region {
    Region::build(&[t, t], |f, a| match t {
        DType::Bool => vec![f.xor(a[0], a[1])],
        _ => vec![f.sub(a[0], a[1])],
    })
}

/// The least value of a type.
fn least(t: DType) -> u64 {
    match t {
        t if t.is_float() => Scalar::float(t, f64::NEG_INFINITY).bits as u64,
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => 1 << (8 * t.size() - 1),
        _ => 0,
    }
}

/// The sum and the greatest value, side by side.
fn sum_and_greatest(t: DType) -> Fold {
    let one = sum(t);
    let both = |f: &mut Builder, a: &[Val], x: Val, y: Val| {
        let added = f.inline(&one.step, &[a[0], x]);
        let greater = f.gt(y, a[1]);
        vec![added[0], f.select(greater, y, a[1])]
    };
    Fold {
        state: vec![t, t],
        start: vec![one.start[0], least(t)],
        step: Region::build(&[t; 3], |f, a| both(f, a, a[2], a[2])),
        merge: Region::build(&[t; 4], |f, a| both(f, a, a[2], a[3])),
        indexed: false,
    }
}

/// The greatest value and the index where it came first in the order of merging.
fn first_greatest(t: DType) -> Fold {
    let region = Region::build(&[t, DType::I64, t, DType::I64], |f, a| {
        let greater = f.gt(a[2], a[0]);
        vec![f.select(greater, a[2], a[0]), f.select(greater, a[3], a[1])]
    });
    Fold {
        state: vec![t, DType::I64],
        start: vec![least(t), u64::MAX],
        step: region.clone(),
        merge: region,
        indexed: true,
    }
}

/// Memory for an operand with strides that its walk and access allow, filled with random values.
fn memory(random: &mut Random, operand: Operand, rows: usize, columns: usize) -> Memory {
    let size = operand.dtype.size() as i64;
    let reads = operand.access == Access::Read;
    let column = match operand.walk {
        Walk::Unit => size,
        Walk::Fixed => 0,
        Walk::Strided if reads => random.pick(&[size, 2 * size, -size, 0, 3 * size + 1]),
        Walk::Strided => random.pick(&[2 * size, -size, -3 * size, 2 * size + 1]),
    };
    let extent = column.abs() * (columns.max(1) as i64 - 1) + size;
    let row = match operand.access {
        Access::Stream => (extent as usize).next_multiple_of(64) as i64,
        Access::Accumulate => 0,
        Access::Read => random.pick(&[extent, 0, -extent, size]),
        _ => random.pick(&[extent, 0, -extent, extent + 5]),
    };
    let shift =
        if operand.access == Access::Stream { 0 } else { random.below(2) * random.below(9) };
    let mut memory = Memory::new(operand.dtype, rows, columns, row, column, shift);
    let truth = operand.dtype == DType::Bool;
    memory.fill(operand.dtype, rows, columns, |_, _, _| match truth {
        true => random.pick(&[0, 0, 1, 1, 2, 255]),
        false => random.scalar(operand.dtype.real()),
    });
    memory
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_valid_and_repeat() {
        for seed in 0..300 {
            let case = random_case(seed);
            assert_eq!(case.kernel, random_case(seed).kernel);
            if case.columns < 100 {
                let outcome = case.interpreted();
                assert_eq!(case.difference(&outcome, &case.interpreted()), None, "seed {seed}");
            }
        }
    }

    #[test]
    fn a_changed_element_and_a_stray_byte_are_found() {
        let mut cases = (0..).map(|seed| random_case_of(seed, &[DType::I64]));
        let case = cases.find(|c| c.rows > 0 && c.columns > 0).expect("a case");
        let expected = case.interpreted();
        let changed = |byte: usize| {
            let mut found = expected.clone();
            found.memory[0][byte] ^= 1;
            case.difference(&expected, &found).expect("a difference")
        };
        assert!(changed(0).contains("outside"));
        assert!(changed(case.memory[0].offset).contains("row 0, column 0"));
    }
}
