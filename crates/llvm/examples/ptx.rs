//! Writes the PTX of every loop of every ufunc, so that NVIDIA's own assembler can check it.
//!
//!     cargo run -p stook-llvm --example ptx -- FOLDER SM...
//!
//! A few ufuncs each, which spares the assembler starts, become the files FOLDER/NAME.SM.ptx: the
//! first one's name, and the compute capability times ten.

use std::path::Path;
use stook_kernel::Kernel;
use stook_kernel::testing::ufunc_kernels;
use stook_llvm::{Effort, Target, assembly};
use stook_ops::table;

/// How many ufuncs share a file.
const GROUP: usize = 6;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: ptx FOLDER SM...")?;
    let generations = arguments.map(|sm| sm.parse()).collect::<Result<Vec<_>, _>>()?;
    for rows in table().chunks(GROUP) {
        let kernels: Vec<(String, Kernel)> = rows.iter().flat_map(ufunc_kernels).collect();
        let named: Vec<(&str, &Kernel)> = kernels.iter().map(|(n, k)| (n.as_str(), k)).collect();
        for &sm in &generations {
            let text = assembly(&named, Target::Nvptx { sm }, Effort::Quick)?;
            std::fs::write(Path::new(&folder).join(format!("{}.{sm}.ptx", rows[0].name)), text)?;
        }
    }
    Ok(())
}
