//! Programs that end while kernels are compiled. Alone in its file: a fork waits for compilers, not
//! for code generators that tests call themselves.

use std::sync::Arc;
use stook_cpu::{Compiler, Level, emit};
use stook_kernel::Kernel;
use stook_plan::shipped::kernel;

#[test]
fn a_program_can_end_while_kernels_are_compiled() {
    let kernels: Vec<Arc<Kernel>> =
        stook_plan::shipped::keys().into_iter().take(30).map(|key| Arc::new(kernel(key))).collect();
    let compiler = Compiler::new(Level::V3, emit::one, None);
    for pause in [0, 2, 5, 9] {
        // SAFETY: the child asks the compiler, then ends as programs do.
        let status = unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::alarm(20);
                for kernel in &kernels {
                    compiler.request(kernel);
                }
                std::thread::sleep(std::time::Duration::from_millis(pause));
                stook_cpu::shutdown();
                libc::exit(0);
            }
            let mut status = -1;
            libc::waitpid(child, &mut status, 0);
            status
        };
        assert_eq!(status, 0, "after {pause} ms");
    }
}
