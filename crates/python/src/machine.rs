//! The machine that the session runs on.

use stook_kernel::{KernelFn, interpret};
use stook_plan::{Bundle, Memory, ShippedKey};
use stook_runtime::{Backend, Ran, Workspace};
use stook_types::{Error, Result};

/// The machine of this process.
pub(crate) fn machine() -> Box<dyn Backend> {
    Box::new(Interpreter)
}

/// Runs bundles by the kernels' interpreter: slow, and right by definition.
#[derive(Debug)]
struct Interpreter;

impl Backend for Interpreter {
    fn run(&self, bundle: &Bundle, workspace: &Workspace<'_>) -> Result<Ran> {
        if !bundle.folds.is_empty() {
            return Err(Error::Internal("the interpreter does not cut folds".into()));
        }
        let nest = &bundle.nest;
        let (loops, inner) = nest.shape.split_at(nest.shape.len() - 2);
        let mut scratch: Vec<Vec<u128>> = Vec::new();
        let mut pointers: Vec<*mut u8> = Vec::new();
        for (operand, walker) in bundle.body.operands.iter().zip(&nest.operands) {
            let start = match operand.memory {
                Memory::Storage(k) => workspace.buffers[k].as_ref().map(|b| b.pointer()),
                Memory::Scalar(k) => Some((&raw const workspace.scalars[k].bits).cast_mut().cast()),
                Memory::Scratch(_) | Memory::State(..) => {
                    scratch.push(vec![0; inner[1]]);
                    scratch.last_mut().map(|row| row.as_mut_ptr().cast())
                }
            };
            let start = start.ok_or_else(|| Error::Internal("a storage has no memory".into()))?;
            pointers.push(start.wrapping_offset(walker.offset));
        }
        let steps = |axis: usize| -> Vec<i64> {
            nest.operands.iter().map(|w| w.strides[axis] as i64).collect()
        };
        let (rows, columns) = (steps(loops.len()), steps(loops.len() + 1));
        let mut flags = vec![0u8; bundle.kernel.flags];
        for k in 0..loops.iter().product() {
            let mut here = pointers.clone();
            let mut rest: usize = k;
            for (axis, &n) in loops.iter().enumerate().rev() {
                for (pointer, walker) in here.iter_mut().zip(&nest.operands) {
                    *pointer = pointer.wrapping_offset(walker.strides[axis] * (rest % n) as isize);
                }
                rest /= n;
            }
            // SAFETY: the plan's kernel is verified, its operands lie in their buffers, and rows
            // and columns are those of the nest.
            unsafe {
                interpret(
                    &bundle.kernel,
                    inner[0] as i64,
                    inner[1] as i64,
                    here.as_ptr(),
                    rows.as_ptr(),
                    columns.as_ptr(),
                    flags.as_mut_ptr(),
                    0,
                );
            }
        }
        let flags = flags.chunks(stook_ops::FLAGS).map(|f| f[0] | f[1] << 1 | f[2] << 2).collect();
        Ok(Ran { flags, compiled: false, launches: 1 })
    }

    fn shipped(&self, _key: ShippedKey) -> Option<KernelFn> {
        None
    }
}
