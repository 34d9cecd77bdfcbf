//! Running bundles: the [`Backend`] of this machine's cores.
//!
//! A bundle enters with its memory; its outputs are written when [`Cpu::run`] returns. The code is
//! the compiled kernel where there is one, else shipped kernels walked in blocks; tiles, pieces and
//! their merging are the same for both, so both have the same bits.

mod blocks;
mod folds;
mod interrupt;
mod launch;
mod named;
mod settled;
mod tiles;

use crate::compiler::{Compiler, Slot, State};
use crate::float_state::FloatState;
use crate::perf;
use crate::shipped::Shipped;
pub use interrupt::{
    clear as clear_interrupt, may_stop, request as interrupt, requested as interrupt_requested,
    stoppable,
};

use blocks::Blocks;
use launch::Launch;
use std::any::Any;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use stook_kernel::{Kernel, KernelFn};
use stook_ops::FLAGS;
use stook_plan::{Bundle, Memory, Mode, ShippedKey};
use stook_runtime::{Backend, Progress, Ran, Workspace};
use stook_types::{Error, Result};
use tiles::{Code, Loops, Walk};

/// Elements of a bundle from which its kernel is compiled after its first run.
const LARGE: usize = 32 * 1024;
/// Elements times operations of a bundle from which its kernel is compiled during its first run.
const LONG: usize = 32 << 20;
/// Runs after which the kernel of small bundles is compiled.
const HOT: u32 = 3;

/// Which code runs bundles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Shipped kernels until compiled code is there.
    Adaptive,
    /// Shipped kernels only.
    Shipped,
    /// Compiled code only: waits for the compiler.
    Compiled,
}

/// This machine's cores.
#[derive(Debug)]
pub struct Cpu {
    shipped: Arc<Shipped>,
    compiler: &'static Compiler,
    tier: Tier,
    notice: Option<String>,
}

/// What a bundle keeps between runs.
#[derive(Debug, Default)]
struct Kept {
    loops: OnceLock<Loops>,
    blocks: OnceLock<Option<Blocks>>,
    slot: OnceLock<Arc<Slot>>,
    /// Whether `perf` was told of its kernel, if it asks.
    told: OnceLock<()>,
}

impl Cpu {
    /// The machine, with its shipped kernels.
    pub fn new(shipped: Arc<Shipped>, compiler: &'static Compiler, tier: Tier) -> Self {
        Self { shipped, compiler, tier, notice: None }
    }

    /// The machine with the shipped kernels of a folder, on the tier that `STOOK_TIER` names
    /// (`shipped`, `compiled`, or `adaptive`, the default). Nothing on processors without kernels.
    /// Without a usable library of shipped kernels each is compiled when it is first needed, and
    /// [`Cpu::notice`] says why.
    pub fn open(folder: &Path) -> Option<Self> {
        let compiler = Compiler::global()?;
        let level = crate::features::level()?;
        let (shipped, notice) = match Shipped::open(folder, level) {
            Ok(shipped) => (shipped, None),
            Err(error) => {
                let text = format!("no shipped kernels, so each is compiled when needed: {error}");
                (Shipped::on_demand(compiler), Some(text))
            }
        };
        let tier = match std::env::var("STOOK_TIER").as_deref() {
            Ok("shipped") => Tier::Shipped,
            Ok("compiled") => Tier::Compiled,
            _ => Tier::Adaptive,
        };
        Some(Self { notice, ..Self::new(Arc::new(shipped), compiler, tier) })
    }

    /// What the user should know of how the machine was opened.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Where the compiled kernel is, or will be if it is asked for.
    fn slot<'k>(&self, bundle: &Bundle, kept: &'k Kept) -> Option<&'k Arc<Slot>> {
        match self.tier {
            Tier::Shipped => None,
            Tier::Compiled => Some(kept.slot.get_or_init(|| self.compiler.wait(&bundle.kernel))),
            Tier::Adaptive => {
                let slot = kept.slot.get_or_init(|| self.compiler.find(&bundle.kernel));
                if outlasts_compiling(bundle) {
                    slot.request();
                }
                Some(slot)
            }
        }
    }

    /// Asks for the compiled kernel of a bundle that has run, where it is worth it.
    fn prepare_next(&self, bundle: &Bundle, kept: &Kept) {
        let Some(slot) = kept.slot.get().filter(|_| self.tier == Tier::Adaptive) else { return };
        let runs = slot.ran();
        if (bundle.nest.size() >= LARGE || runs >= HOT) && matches!(slot.state(), State::Pending) {
            slot.request();
            slot.miss(work(bundle));
        }
    }
}

/// Whether a run in blocks takes longer than the compiler: its last tiles then run compiled code.
/// Where it does not, the compiler would only take a core away from it.
fn outlasts_compiling(bundle: &Bundle) -> bool {
    work(bundle) >= LONG
}

/// Elements times operations.
fn work(bundle: &Bundle) -> usize {
    bundle.nest.size() * bundle.members.len()
}

impl Backend for Cpu {
    fn run(
        &self,
        bundle: &Bundle,
        workspace: &Workspace<'_>,
        progress: &mut Progress,
    ) -> Result<Ran> {
        if interrupt::may_stop() && interrupt::requested() {
            return Err(Error::Interrupted);
        }
        let mut launch = match progress.take() {
            None => Launch::new(bundle),
            Some(begun) => *begun
                .downcast()
                .map_err(|_| Error::Internal("a bundle was begun by another machine".into()))?,
        };
        launch.set_interruptible(workspace.interruptible && interrupt::may_stop());
        let result = self.launch(bundle, workspace, &mut launch);
        if let Err(Error::Interrupted) = result {
            *progress = Some(Box::new(launch));
        }
        result
    }

    fn shipped(&self, key: ShippedKey) -> Option<KernelFn> {
        self.shipped.get(key)
    }

    fn text(&self, kernel: &Kernel, station: &str) -> Option<String> {
        crate::emit::text(kernel, self.compiler.level(), station)
    }
}

impl Cpu {
    fn launch(
        &self,
        bundle: &Bundle,
        workspace: &Workspace<'_>,
        launch: &mut Launch,
    ) -> Result<Ran> {
        let kept =
            bundle.kept.get_or_init(|| Arc::new(Kept::default()) as Arc<dyn Any + Send + Sync>);
        let kept = kept
            .downcast_ref::<Kept>()
            .ok_or_else(|| Error::Internal("a bundle ran on two machines".into()))?;
        let walk = Walk::new(bundle, kept.loops.get_or_init(|| Loops::of(bundle)), workspace)?;
        let in_step = tiles::streams_in_step(bundle, &walk);
        let slot = self.slot(bundle, kept).filter(|_| in_step);
        let slot = slot.map(|slot| &**slot);
        let code = match slot.and_then(Slot::ready) {
            Some(compiled) => Code::Compiled(compiled.function),
            None => {
                let made = kept.blocks.get_or_init(|| Blocks::new(bundle, &self.shipped));
                match made {
                    Some(blocks) => Code::Blocks(blocks, slot),
                    None if in_step => self.wait(bundle, kept)?,
                    None => return Err(Error::Internal("a bundle has no code".into())),
                }
            }
        };
        let _state = FloatState::enter();
        match bundle.mode {
            Mode::LongRows { .. } => folds::long_rows(bundle, &walk, &code, &self.shipped, launch)?,
            Mode::Columns { .. } => folds::columns(bundle, &walk, &code, &self.shipped, launch)?,
            _ => tiles::all(bundle, &walk, &code, launch)?,
        }
        self.prepare_next(bundle, kept);
        if perf::asked()
            && let Some(compiled) = kept.slot.get().and_then(|slot| slot.ready())
        {
            kept.told.get_or_init(|| named::tell(bundle, compiled));
        }
        Ok(Ran { flags: met(&launch.flags), compiled: matches!(code, Code::Compiled(_)) })
    }

    /// The compiled kernel, waited for: what is left where a shipped kernel is missing.
    fn wait(&self, bundle: &Bundle, kept: &Kept) -> Result<Code<'static>> {
        let slot = self.compiler.wait(&bundle.kernel);
        let function = match slot.state() {
            State::Ready(compiled) => compiled.function,
            _ => return Err(Error::Internal("a bundle has no code".into())),
        };
        let _ = kept.slot.set(slot);
        Ok(Code::Compiled(function))
    }
}

/// Flags of one call each in a number; none where nothing was met.
fn met(flags: &[AtomicU8]) -> Vec<u8> {
    if flags.iter().all(|flag| flag.load(Ordering::Relaxed) == 0) {
        return Vec::new();
    }
    flags.chunks(FLAGS).map(gather_flags).collect()
}

fn gather_flags(group: &[AtomicU8]) -> u8 {
    group.iter().enumerate().fold(0, |all, (k, flag)| all | flag.load(Ordering::Relaxed) << k)
}

/// Whether an operand lies in memory of the thread that runs a tile.
fn is_scratch(memory: Memory) -> bool {
    matches!(memory, Memory::Scratch(_))
}
