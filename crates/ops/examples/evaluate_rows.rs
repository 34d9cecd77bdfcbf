//! Evaluates rows of the table on bits, so that a test in another language can compare them.
//!
//! Without arguments it reads lines from stdin and answers each with one line of hexadecimal bits,
//! then the flags raised (1 divide, 2 overflow, 4 invalid):
//!
//! ```text
//! ufunc NAME LOOP BITS...          cast FROM TO BITS...
//! reduce NAME LOOP COUNT BITS...   (COUNT elements, folded one by one in two halves, then merged)
//! ```
//!
//! With `list` it prints every loop: `ufunc NAME ULP SIGNATURE...` and `reduce NAME IN>OUT...`.

use std::collections::HashMap;
use std::io::{BufRead, BufWriter, Write};
use stook_ops::{Builder, Region, Watch, cast, evaluate, reduction, reductions, table, ufunc};
use stook_ops::{Val, watch_cast};
use stook_types::DType;

fn main() {
    let mut out = BufWriter::new(std::io::stdout().lock());
    if std::env::args().nth(1).as_deref() == Some("list") {
        list(&mut out);
        return;
    }
    let mut known: HashMap<String, Prepared> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        let words: Vec<&str> = line.split(' ').collect();
        let answer = if words[0] == "reduce" {
            fold(&words[1..])
        } else {
            let key = words[..3].join(" ");
            let prepared = known.entry(key).or_insert_with(|| prepare(&words));
            prepared.run(&bits(&words[3..]))
        };
        writeln!(out, "{answer}").expect("stdout takes a line");
    }
}

fn list(out: &mut impl Write) {
    let letters = |types: &[DType]| types.iter().map(|d| d.letter()).collect::<String>();
    for row in table() {
        let loops: Vec<String> = row
            .loops
            .iter()
            .map(|l| format!("{}->{}", letters(&l.ins), letters(&l.outs)))
            .collect();
        writeln!(out, "ufunc {} {} {}", row.name, row.ulp, loops.join(" ")).expect("a line");
    }
    for row in reductions() {
        let loops: Vec<String> = row
            .loops
            .iter()
            .map(|l| format!("{}>{}", l.input.letter(), l.output.letter()))
            .collect();
        writeln!(out, "reduce {} {}", row.name, loops.join(" ")).expect("a line");
    }
}

fn bits(words: &[&str]) -> Vec<u64> {
    words.iter().map(|w| u64::from_str_radix(w, 16).expect("hexadecimal bits")).collect()
}

/// A region whose results are the loop's, then the suspects, then what the closer look takes.
struct Prepared {
    region: Region,
    results: usize,
    suspects: usize,
    watch: Option<Watch>,
}

fn prepare(words: &[&str]) -> Prepared {
    let letter = |text: &str| {
        text.chars().next().and_then(DType::from_letter).expect("the letter of an element type")
    };
    if words[0] == "cast" {
        let (from, to) = (letter(words[1]), letter(words[2]));
        return assemble(&[from], |f, args| {
            let results = cast(f, from, to, args);
            let watch = watch_cast(f, from, to, args, &results);
            (results, watch)
        });
    }
    let row = &table()[ufunc(words[1]).expect("a ufunc").0 as usize];
    let index: usize = words[2].parse().expect("a loop's number");
    assemble(&row.loops[index].ins, |f, args| {
        let results = row.place(index, f, args);
        let watch = row.watch(index, f, args, &results);
        (results, watch)
    })
}

fn assemble(
    ins: &[DType],
    place: impl FnOnce(&mut Builder, &[Val]) -> (Vec<Val>, Option<Watch>),
) -> Prepared {
    let params: Vec<DType> = ins.iter().flat_map(|d| vec![d.real(); d.parts()]).collect();
    let (mut results, mut suspects, mut watch) = (0, 0, None);
    let region = Region::build(&params, |f, args| {
        let (mut values, found) = place(f, args);
        results = values.len();
        if let Some(found) = &found {
            suspects = found.suspects.len();
            values.extend(&found.suspects);
            values.extend(&found.args);
        }
        watch = found;
        values
    });
    Prepared { region, results, suspects, watch }
}

impl Prepared {
    fn run(&self, args: &[u64]) -> String {
        let values = evaluate(&self.region, args);
        let flags = self.watch.as_ref().map_or(0, |watch| self.look(watch, &values));
        let words: Vec<String> = values[..self.results].iter().map(|v| format!("{v:x}")).collect();
        format!("{} {flags}", words.join(" "))
    }

    fn look(&self, watch: &Watch, values: &[u64]) -> u32 {
        let end = self.results + self.suspects;
        let suspicious = |k: usize| {
            let dtype = self.region.dtype(self.region.results[self.results + k]);
            is_suspect(dtype, values[self.results + k])
        };
        if !(0..self.suspects).any(suspicious) {
            return 0;
        }
        let found = evaluate(&watch.slow, &values[end..]);
        watch.slots.iter().zip(found).map(|(slot, v)| (v as u32) << slot).fold(0, |a, b| a | b)
    }
}

fn is_suspect(dtype: DType, bits: u64) -> bool {
    let exponent = match dtype {
        DType::Bool => return bits != 0,
        DType::F16 => 0x7c00,
        DType::F32 => 0x7f80_0000,
        _ => 0x7ff0_0000_0000_0000,
    };
    bits & exponent == exponent
}

fn fold(words: &[&str]) -> String {
    let row = &reductions()[reduction(words[0]).expect("a reduction").0 as usize];
    let signature = &row.loops[words[1].parse::<usize>().expect("a loop's number")];
    let count: usize = words[2].parse().expect("a count");
    let scalars = bits(&words[3..]);
    let parts = signature.input.parts();
    let run = |range: std::ops::Range<usize>| {
        let mut state = signature.fold.start.clone();
        for k in range {
            state.extend(&scalars[k * parts..(k + 1) * parts]);
            if signature.fold.indexed {
                state.push(k as u64);
            }
            state = evaluate(&signature.fold.step, &state);
        }
        state
    };
    let mut state = run(0..count / 2);
    state.extend(run(count / 2..count));
    let merged = evaluate(&signature.fold.merge, &state);
    let results = evaluate(&signature.finish, &merged);
    let words: Vec<String> = results.iter().map(|v| format!("{v:x}")).collect();
    format!("{} 0", words.join(" "))
}
