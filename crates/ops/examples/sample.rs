//! Evaluates one row of the table on many values, for measuring its error elsewhere.
//!
//!     cargo run --release -p stook-ops --example sample -- sin float64 <inputs >outputs
//!
//! Inputs are the bits of each scalar argument as little-endian u64, outputs those of each scalar
//! result.

use std::io::{Read, Write};
use stook_ops::{Region, evaluate, table, ufunc};
use stook_types::DType;

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let name = args.next().expect("the ufunc's name");
    let type_name = args.next().expect("the input type's name");
    let dtype = DType::ALL.into_iter().find(|d| d.name() == type_name).expect("a type's name");
    let row = &table()[ufunc(&name).expect("a row of the table").0 as usize];
    let index = row.resolve(&vec![dtype; row.nin()]).expect("a loop for the type");
    let ins = &row.loops[index].ins;
    let params: Vec<DType> = ins.iter().flat_map(|d| vec![d.real(); d.parts()]).collect();
    let region = Region::build(&params, |f, args| row.place(index, f, args));
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let words: Vec<u64> = bytes
        .chunks_exact(8)
        .map(|c| u64::from_le_bytes(c.try_into().expect("eight bytes")))
        .collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for element in words.chunks_exact(params.len()) {
        for bits in evaluate(&region, element) {
            out.write_all(&bits.to_le_bytes())?;
        }
    }
    Ok(())
}
