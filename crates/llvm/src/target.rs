//! Machines that code is made for, and how hard LLVM tries.

use crate::module::Error;
use inkwell::OptimizationLevel;
use inkwell::targets::{
    CodeModel, InitializationConfig, RelocMode, Target as LlvmTarget, TargetMachine, TargetTriple,
};
use std::ffi::CStr;
use std::sync::Once;

/// A machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// x86-64 with AVX2, FMA and F16C.
    X86_64V3,
    /// x86-64 with AVX-512.
    X86_64V4,
    /// An NVIDIA GPU of compute capability `sm / 10`, as PTX.
    Nvptx {
        /// The number after `sm_`.
        sm: u32,
    },
}

/// How hard LLVM tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effort {
    /// Instructions one by one, each value in memory: in time that grows with the code alone.
    Least,
    /// Instruction selection and little else: a few milliseconds.
    Quick,
    /// All of LLVM's optimisations.
    Full,
}

static INITIALISE: Once = Once::new();

/// Readies LLVM's targets, without loop strength reduction: it takes a quarter of the time to
/// compile, and loops that are vectors already run no faster for it. Loops of few rounds with much
/// work in each get a second, narrower loop of vectors. A choice between two values stays one: LLVM
/// takes it for a branch that can be foreseen, which data as in sorts and alignments of words cannot.
/// Loops become four rounds at once, also those that may fail, up to a size that hangs on no
/// processor: what LLVM takes for x86-64 at large is the room that one of 2013 had for loops. What
/// follows a branch stands behind both of its ways up to five instructions, not four, as a comparison
/// that NaN fails has one more.
fn initialise() {
    let config = InitializationConfig::default();
    LlvmTarget::initialize_x86(&config);
    LlvmTarget::initialize_nvptx(&config);
    let select = c"-x86-cmov-converter=false";
    let narrower = c"-epilogue-vectorization-minimum-VF=8";
    let (size, rounds) = (c"-unroll-partial-threshold=100", c"-unroll-max-count=4");
    let failing = c"-unroll-runtime-multi-exit";
    let behind = c"-tail-dup-placement-aggressive-threshold=5";
    let arguments = [c"stook", c"-disable-lsr", narrower, select, size, rounds, failing, behind];
    let arguments = arguments.map(CStr::as_ptr);
    let count = arguments.len() as i32;
    // SAFETY: the arguments are C strings that live for ever, and `Once` keeps other threads of
    // ours out while LLVM's options change.
    unsafe {
        llvm_sys::support::LLVMParseCommandLineOptions(count, arguments.as_ptr(), std::ptr::null());
    }
}

impl Target {
    /// Whether it is a GPU.
    pub(crate) fn is_gpu(self) -> bool {
        matches!(self, Self::Nvptx { .. })
    }

    pub(crate) fn triple(self) -> TargetTriple {
        TargetTriple::create(match self {
            Self::X86_64V3 | Self::X86_64V4 => "x86_64-unknown-linux-gnu",
            Self::Nvptx { .. } => "nvptx64-nvidia-cuda",
        })
    }

    pub(crate) fn cpu(self) -> String {
        match self {
            Self::X86_64V3 => "x86-64-v3".to_owned(),
            Self::X86_64V4 => "x86-64-v4".to_owned(),
            Self::Nvptx { sm } => format!("sm_{sm}"),
        }
    }

    /// Bytes of a vector register.
    pub(crate) fn register(self) -> usize {
        match self {
            Self::X86_64V3 => 32,
            Self::X86_64V4 => 64,
            Self::Nvptx { .. } => 8,
        }
    }

    pub(crate) fn machine(self, effort: Effort) -> Result<TargetMachine, Error> {
        INITIALISE.call_once(initialise);
        let triple = self.triple();
        let target = LlvmTarget::from_triple(&triple).map_err(Error::llvm)?;
        let level = match effort {
            Effort::Least => OptimizationLevel::None,
            Effort::Quick => OptimizationLevel::Less,
            Effort::Full => OptimizationLevel::Aggressive,
        };
        let (reloc, model) = (RelocMode::PIC, CodeModel::Small);
        target
            .create_target_machine(&triple, &self.cpu(), "", level, reloc, model)
            .ok_or_else(|| Error::Llvm(format!("no target machine for {self:?}")))
    }
}
