//! The text form of kernels and regions, for people and for snapshots.
//!
//! A [`Kernel`] enters, lines leave; nothing reads them back. One instruction a line, in order,
//! with the values' own numbers; parameters are shown as the source they come from; inner
//! regions are indented. The text depends on the kernel alone, so that it can be compared.
//!
//! ```text
//! kernel
//!   operand 0: f64 unit read
//!   operand 1: f64 fixed write
//!   row 0: f64
//! phase 0: columns
//!   %0 = load.f64 0
//!   %1 = mul.f64 %0, %0
//!   reduce %1 -> row 0
//!     state f64 -0.0
//!     ...
//! ```

use crate::kernel::{Check, Extent, Kernel, Phase, Sink, Source};
use std::fmt;
use stook_ops::{Fold, Inst, Region, Val};
use stook_types::{DType, Scalar};

/// The text form of a kernel.
pub fn to_text(kernel: &Kernel) -> String {
    kernel.to_string()
}

/// The text form of a region by itself.
///
/// ```
/// use stook_types::DType;
/// let square = stook_ops::Region::build(&[DType::F32], |f, a| vec![f.mul(a[0], a[0])]);
/// let text = "region (f32)\n  %0 = param.f32 0\n  %1 = mul.f32 %0, %0\n  yield %1\n";
/// assert_eq!(stook_kernel::region_to_text(&square), text);
/// ```
pub fn region_to_text(region: &Region) -> String {
    let mut lines = Lines { text: String::new(), depth: 0 };
    lines.region("region", region);
    lines.text
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Lines { text: String::new(), depth: 0 };
        lines.kernel(self);
        f.write_str(&lines.text)
    }
}

/// Text that grows by whole lines.
pub(crate) struct Lines {
    pub(crate) text: String,
    pub(crate) depth: usize,
}

impl Lines {
    pub(crate) fn line(&mut self, text: &str) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn inside(&mut self, body: impl FnOnce(&mut Self)) {
        self.depth += 1;
        body(self);
        self.depth -= 1;
    }

    fn kernel(&mut self, kernel: &Kernel) {
        self.line("kernel");
        self.inside(|lines| {
            for (k, operand) in kernel.operands.iter().enumerate() {
                let name = short(operand.dtype);
                let walk = lower(operand.walk);
                lines.line(&format!("operand {k}: {name} {walk} {}", lower(operand.access)));
            }
            for (k, &dtype) in kernel.row_values.iter().enumerate() {
                lines.line(&format!("row {k}: {}", short(dtype)));
            }
            if kernel.flags > 0 {
                lines.line(&format!("flags: {}", kernel.flags));
            }
        });
        for (k, phase) in kernel.phases.iter().enumerate() {
            self.phase(k, phase);
        }
    }

    fn phase(&mut self, k: usize, phase: &Phase) {
        let extent = match phase.extent {
            Extent::Columns => "columns",
            Extent::Once => "once",
        };
        self.line(&format!("phase {k}: {extent}"));
        self.inside(|lines| {
            lines.insts(&phase.body, |k, dtype| match phase.sources.get(k) {
                Some(source) => load(*source, dtype),
                None => format!("param.{dtype} {k}"),
            });
            if let Some(check) = &phase.check {
                lines.check(check, &phase.body.results);
            }
            for sink in &phase.sinks {
                lines.sink(sink, &phase.body.results);
            }
        });
    }

    fn check(&mut self, check: &Check, results: &[Val]) {
        let suspects = picked(&check.suspects, results);
        let args = picked(&check.args, results);
        let slots: Vec<String> = check.slots.iter().map(ToString::to_string).collect();
        self.line(&format!("check {suspects} -> flags {}", slots.join(", ")));
        self.inside(|lines| lines.region(&format!("slow {args}"), &check.slow));
    }

    fn sink(&mut self, sink: &Sink, results: &[Val]) {
        match sink {
            Sink::Store { operand, values } => {
                self.line(&format!("store {} -> {operand}", picked(values, results)));
            }
            Sink::Keep { value, into } => {
                self.line(&format!("keep {} -> row {into}", picked(&[*value], results)));
            }
            Sink::Reduce { fold, values, into } => {
                let rows = rows(*into, fold);
                self.line(&format!("reduce {} -> {rows}", picked(values, results)));
                self.fold(fold, true);
            }
            Sink::Merge { fold, values, into } => {
                let rows = rows(*into, fold);
                self.line(&format!("merge {} -> {rows}", picked(values, results)));
                self.fold(fold, false);
            }
            Sink::Scan { step, values, operand } => {
                self.line(&format!("scan {} -> {operand}", picked(values, results)));
                self.inside(|lines| lines.region("step", step));
            }
        }
    }

    /// The parts of a fold that its sink uses.
    fn fold(&mut self, fold: &Fold, step: bool) {
        self.inside(|lines| {
            let scalars = fold.state.iter().zip(&fold.start);
            let start: Vec<String> =
                scalars.map(|(&t, &bits)| format!("{} {}", short(t), constant(t, bits))).collect();
            lines.line(&format!("state {}", start.join(", ")));
            if step {
                lines.region("step", &fold.step);
            }
            lines.region("merge", &fold.merge);
        });
    }

    fn region(&mut self, head: &str, region: &Region) {
        let types: Vec<&str> = region.params.iter().map(|&t| short(t)).collect();
        self.line(&format!("{head} ({})", types.join(", ")));
        self.inside(|lines| {
            lines.insts(region, |k, dtype| format!("param.{dtype} {k}"));
            lines.line(&format!("yield {}", names(&region.results)));
        });
    }

    fn insts(&mut self, region: &Region, param: impl Fn(usize, &str) -> String) {
        for (at, inst) in region.insts.iter().enumerate() {
            let dtype = region.types[at];
            let text = match inst {
                Inst::Param(k) => param(*k as usize, short(dtype)),
                other => instruction(other, dtype, region),
            };
            self.line(&format!("%{at} = {text}"));
            self.inside(|lines| match inst {
                Inst::RepeatUntil { round, .. } => lines.region("round", round),
                Inst::Rare { slow, .. } => lines.region("slow", slow),
                _ => {}
            });
        }
    }
}

/// What a source gives, as an instruction.
fn load(source: Source, dtype: &str) -> String {
    match source {
        Source::Load { operand, part: 0 } => format!("load.{dtype} {operand}"),
        Source::Load { operand, part } => format!("load.{dtype} {operand} part {part}"),
        Source::Row(k) => format!("row.{dtype} {k}"),
        Source::Index => format!("index.{dtype}"),
    }
}

fn instruction(inst: &Inst, dtype: DType, region: &Region) -> String {
    let t = short(dtype);
    let of = |v: &Val| short(region.dtype(*v));
    match inst {
        Inst::Param(k) => format!("param.{t} {k}"),
        Inst::Const(bits) => format!("const.{t} {}", constant(dtype, *bits)),
        Inst::Unary(op, a) => format!("{}.{t} {}", lower(op), names(&[*a])),
        Inst::Binary(op, a, b) => format!("{}.{t} {}", lower(op), names(&[*a, *b])),
        Inst::Compare(op, a, b) => format!("{}.{} {}", lower(op), of(a), names(&[*a, *b])),
        Inst::Select(m, a, b) => format!("select.{t} {}", names(&[*m, *a, *b])),
        Inst::Fma(a, b, c) => format!("fma.{t} {}", names(&[*a, *b, *c])),
        Inst::Convert(a) => format!("convert.{t} {} from {}", names(&[*a]), of(a)),
        Inst::Whole(a) => format!("whole.{t} {} from {}", names(&[*a]), of(a)),
        Inst::Bitcast(a) => format!("bitcast.{t} {} from {}", names(&[*a]), of(a)),
        Inst::Lookup(table, a) => {
            let entry = table.first().map_or(String::new(), |&bits| constant(dtype, bits));
            format!("lookup.{t} {} in {} from {entry}", names(&[*a]), table.len())
        }
        Inst::RepeatUntil { init, fixed, bound, .. } => {
            format!("repeat {} fixed ({}) bound {bound}", names(init), names(fixed))
        }
        Inst::Rare { mask, args, otherwise, .. } => {
            let [mask, args, otherwise] = [&[*mask][..], args, otherwise].map(names);
            format!("rare {mask} args ({args}) otherwise ({otherwise})")
        }
        Inst::Part(v, k) => format!("part.{t} {} {k}", names(&[*v])),
    }
}

/// A value as it is written in a program; what has no such form, by its bits.
fn constant(dtype: DType, bits: u64) -> String {
    let scalar = Scalar { dtype, bits: bits.into() };
    let float = scalar.as_float().filter(|_| dtype.is_float());
    match (dtype, float, scalar.as_integer()) {
        (DType::Bool, ..) => (bits != 0).to_string(),
        (DType::F32, Some(x), _) if !x.is_nan() => format!("{:?}", x as f32),
        (_, Some(x), _) if !x.is_nan() => format!("{x:?}"),
        (_, None, Some(value)) => value.to_string(),
        _ => format!("{bits:#x}"),
    }
}

fn short(dtype: DType) -> &'static str {
    match dtype {
        DType::Bool => "bool",
        DType::I8 => "i8",
        DType::U8 => "u8",
        DType::I16 => "i16",
        DType::U16 => "u16",
        DType::I32 => "i32",
        DType::U32 => "u32",
        DType::I64 => "i64",
        DType::U64 => "u64",
        DType::F16 => "f16",
        DType::F32 => "f32",
        DType::F64 => "f64",
        DType::C64 => "c64",
        DType::C128 => "c128",
    }
}

/// An enumeration's own name, in small letters.
fn lower(name: impl fmt::Debug) -> String {
    format!("{name:?}").to_lowercase()
}

fn names(values: &[Val]) -> String {
    let names: Vec<String> = values.iter().map(|v| format!("%{}", v.0)).collect();
    names.join(", ")
}

/// The values behind some results of a region.
fn picked(numbers: &[usize], results: &[Val]) -> String {
    let names: Vec<String> = numbers
        .iter()
        .map(|&k| results.get(k).map_or(format!("result {k}"), |v| format!("%{}", v.0)))
        .collect();
    names.join(", ")
}

/// The row values that take a fold's state.
fn rows(into: usize, fold: &Fold) -> String {
    match fold.state.len() {
        1 => format!("row {into}"),
        n => format!("rows {into} to {}", (into + n).saturating_sub(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Access, Operand, Walk};

    #[test]
    fn a_sum_of_squares_reads_from_top_to_bottom() {
        let add = Region::build(&[DType::F64; 2], |f, a| vec![f.add(a[0], a[1])]);
        let fold = Fold {
            state: vec![DType::F64],
            start: vec![(-0.0f64).to_bits()],
            step: add.clone(),
            merge: add,
            indexed: false,
        };
        let square = Phase {
            extent: Extent::Columns,
            sources: vec![Source::Load { operand: 0, part: 0 }],
            body: Region::build(&[DType::F64], |f, a| vec![f.mul(a[0], a[0])]),
            sinks: vec![Sink::Reduce { fold, values: vec![0], into: 0 }],
            check: None,
        };
        let leave = Phase {
            extent: Extent::Once,
            sources: vec![Source::Row(0)],
            body: Region::build(&[DType::F64], |_, a| a.to_vec()),
            sinks: vec![Sink::Store { operand: 1, values: vec![0] }],
            check: None,
        };
        let kernel = Kernel {
            operands: vec![
                Operand { dtype: DType::F64, walk: Walk::Unit, access: Access::Read },
                Operand { dtype: DType::F64, walk: Walk::Fixed, access: Access::Write },
            ],
            row_values: vec![DType::F64],
            phases: vec![square, leave],
            flags: 0,
        };
        let expected = "\
kernel
  operand 0: f64 unit read
  operand 1: f64 fixed write
  row 0: f64
phase 0: columns
  %0 = load.f64 0
  %1 = mul.f64 %0, %0
  reduce %1 -> row 0
    state f64 -0.0
    step (f64, f64)
      %0 = param.f64 0
      %1 = param.f64 1
      %2 = add.f64 %0, %1
      yield %2
    merge (f64, f64)
      %0 = param.f64 0
      %1 = param.f64 1
      %2 = add.f64 %0, %1
      yield %2
phase 1: once
  %0 = row.f64 0
  store %0 -> 1
";
        assert_eq!(to_text(&kernel), expected);
    }

    #[test]
    fn inner_regions_are_indented() {
        let region = Region::build(&[DType::I32], |f, a| {
            let zero = f.int(DType::I32, 0);
            let mask = f.lt(a[0], zero);
            f.rare(mask, a, a, |f, a| vec![f.neg(a[0])])
        });
        let expected = "\
region (i32)
  %0 = param.i32 0
  %1 = const.i32 0
  %2 = lt.i32 %0, %1
  %3 = rare %2 args (%0) otherwise (%0)
    slow (i32)
      %0 = param.i32 0
      %1 = neg.i32 %0
      yield %1
  %4 = part.i32 %3 0
  yield %4
";
        assert_eq!(region_to_text(&region), expected);
    }

    #[test]
    fn constants_are_written_by_value() {
        assert_eq!(constant(DType::F32, u64::from(0.1f32.to_bits())), "0.1");
        assert_eq!(constant(DType::I8, 0xff), "-1");
        assert_eq!(constant(DType::Bool, 1), "true");
        assert_eq!(constant(DType::F64, f64::NEG_INFINITY.to_bits()), "-inf");
        assert_eq!(constant(DType::F64, 0x7ff8_0000_0000_0001), "0x7ff8000000000001");
    }
}
