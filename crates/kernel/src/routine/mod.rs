//! Routines: programs of loops, branches, memory and calls, as `jit` makes them of Python functions.
//!
//! A [`Unit`] is a list of [`Routine`]s that call each other; the first is its entry. A routine is
//! structured: no jumps but `break` and `continue`. What it computes are [`Region`]s from locals to
//! locals, so that every scalar operation has the meaning, and the lowering, that it has in a
//! [`crate::Kernel`]. Memory is reached by addresses that enter as arguments or from a [`Service`];
//! what is out of bounds was checked by whoever wrote the routine ([`Step::Fail`]).
//!
//! A failure ends the unit unless a [`Step::Try`] around it takes it; which failure it was says its
//! site, which the unit's sets hold.
//!
//! Invariants, held by [`verify_unit`]: locals have the types of the steps that use them; `break` and
//! `continue` stand within loops; calls name routines of the unit and fit them.
//! [`interpret_unit`] says what a unit means, [`unit_to_text`] shows it.

mod interpret;
mod native;
mod parts;
mod size;
mod text;
mod verify;

pub use interpret::{Outcome, Services, interpret_unit};
pub use native::{NativeData, NativeState};
pub use text::unit_to_text;
pub use verify::verify_unit;

use stook_ops::Region;
use stook_types::DType;

/// Routines that call each other; the first is the entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Unit {
    /// The routines.
    pub routines: Vec<Routine>,
    /// Sets of sites, by which handlers tell failures apart; see [`Step::Among`].
    pub sets: Vec<Vec<u32>>,
    /// Whether C calls the entry too: a function of numbers and addresses, with one result or none.
    pub native: bool,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Routine {
    /// What people call it.
    pub name: String,
    /// The types of its variables; the first ones are the parameters. All others begin as zero.
    pub locals: Vec<Type>,
    /// How many parameters there are.
    pub params: usize,
    /// The types of what it returns.
    pub results: Vec<Type>,
    /// What it does. It ends in a return or a failure on every way.
    pub body: Vec<Step>,
    /// What is done at each return, after the values that leave are taken. It neither jumps nor
    /// returns.
    pub cleanup: Vec<Step>,
}

/// The type of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// A real scalar; a complex number is two variables.
    Scalar(DType),
    /// An address.
    Address,
}

/// A variable of a routine, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Local(pub u32);

/// The arguments and results of a routine in memory, as a compiled entry takes them: 8 bytes each,
/// the value's bits in the low ones. It returns 0, or 1 more than the site of a failure, whose
/// values it leaves in the context.
pub type UnitFn =
    unsafe extern "C" fn(args: *const u64, results: *mut u64, context: *mut Context) -> i64;

/// A round of a [`Step::Spread`]: on the words of the variables that it sees, by its number.
pub type SpreadFn =
    unsafe extern "C" fn(seen: *const u64, number: i64, context: *mut Context) -> i64;

/// How many values a failure can carry.
pub const FAILURE_VALUES: usize = 4;

/// What a running routine reaches outside: where failures leave their values, and services.
#[repr(C)]
#[derive(Clone, Debug)]
pub struct Context {
    /// The values of a failure, by their bits.
    pub values: [u64; FAILURE_VALUES],
    /// The call that the routine runs for, as whoever runs it knows it.
    pub owner: *mut u8,
    /// The addresses of [`Step::Symbol`].
    pub symbols: *const u64,
    /// Runs the rounds of a [`Step::Spread`]: 0, or the status of the lowest that failed.
    pub spread: unsafe extern "C" fn(*mut Context, SpreadFn, *const u64, i64) -> i64,
    /// See [`Service::Allocate`].
    pub allocate: unsafe extern "C" fn(*mut Context, i64) -> *mut u8,
    /// See [`Service::Free`].
    pub free: unsafe extern "C" fn(*mut Context, *mut u8),
    /// See [`Service::Resize`].
    pub resize: unsafe extern "C" fn(*mut Context, *mut u8, i64) -> *mut u8,
    /// See [`Service::Print`].
    pub print: unsafe extern "C" fn(*mut Context, i64, u64),
    /// See [`Service::Call`]; arguments and results are words of memory.
    pub call: unsafe extern "C" fn(*mut Context, i64, *const u64, *mut u64) -> i64,
    /// See [`Service::Matches`].
    pub matches: unsafe extern "C" fn(*mut Context, i64, i64) -> i64,
}

/// What a routine asks for outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// (I64 bytes) -> Address of new memory, or null where there is none.
    Allocate,
    /// (Address) -> (): takes back memory of [`Service::Allocate`].
    Free,
    /// (Address, I64 bytes) -> Address of new memory that begins as the old did, or null where there
    /// is none. The old memory, if the address is not null, is taken back.
    Resize,
    /// (I64 what, U64 bits) -> (): adds a value to what is being printed, or ends the line.
    Print,
    /// (I64 number, any ...) -> (I64 status, any ...): calls a function of the host's; where the
    /// status is not 0, it raised an exception, whose number that is, and the other results mean
    /// nothing.
    Call,
    /// (I64 exception, I64 class) -> I64: whether an exception that a call has raised, by its
    /// number, is one of a class of the host's: 0 or 1.
    Matches,
}

/// Something that a routine does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The results of a region on the values of locals; a result each.
    Compute {
        /// What is computed.
        body: Region,
        /// Its arguments.
        args: Vec<Local>,
        /// Where its results go.
        into: Vec<Local>,
        /// Its sums and products of floats may join others' in any order and be fused: the user
        /// has asked for it.
        fast: bool,
    },
    /// One local's value to another of its type.
    Move {
        /// What is copied.
        from: Local,
        /// Where it goes.
        into: Local,
    },
    /// An address some bytes from another.
    Advance {
        /// The address.
        base: Local,
        /// How many bytes, an I64.
        bytes: Local,
        /// Where the new one goes.
        into: Local,
    },
    /// Whether an address is not null.
    Present {
        /// The address.
        address: Local,
        /// Where the Bool goes.
        into: Local,
    },
    /// Promises that something holds, for whoever makes code of it.
    Assume {
        /// A Bool, which is true.
        condition: Local,
    },
    /// An element from memory.
    Load {
        /// Where it lies.
        place: Place,
        /// Where it goes.
        into: Local,
    },
    /// An element to memory.
    Store {
        /// Where it goes.
        place: Place,
        /// The value.
        value: Local,
    },
    /// One of two ways.
    If {
        /// A Bool.
        condition: Local,
        /// Where it holds.
        then: Vec<Step>,
        /// Where it does not.
        otherwise: Vec<Step>,
    },
    /// `body` and `next`, for ever.
    Loop {
        /// What a round does; `continue` ends it.
        body: Vec<Step>,
        /// What is done between one round and the next.
        next: Vec<Step>,
    },
    /// `body` for each number below `count`, in any order and at the same time. A round sees
    /// variables as they are before the first, and what it gives them is forgotten: it leaves what
    /// it makes in memory. Of several failures that of the lowest number counts.
    Spread {
        /// How many rounds, an I64.
        count: Local,
        /// Where a round finds its number.
        index: Local,
        /// What a round does. It does not return.
        body: Vec<Step>,
    },
    /// Adds to the count that lies at an address, in one go where rounds run at the same time.
    Count {
        /// The address of an I64.
        address: Local,
        /// How much is added.
        by: i64,
        /// Where the new count goes.
        into: Local,
    },
    /// Leaves the innermost loop.
    Break,
    /// Ends the round of the innermost loop.
    Continue,
    /// Calls a routine of the unit.
    Call {
        /// Which one.
        routine: usize,
        /// Its arguments.
        args: Vec<Local>,
        /// Where its results go.
        into: Vec<Local>,
    },
    /// The address of something outside, by the number under which whoever runs the unit has it.
    Symbol {
        /// The number.
        number: u32,
        /// Where the address goes.
        into: Local,
    },
    /// Calls a function by C's convention, which the types of the locals say.
    Native {
        /// The function's address.
        address: Local,
        /// Its arguments: numbers and addresses.
        args: Vec<Local>,
        /// Where its result goes, if there is one.
        into: Vec<Local>,
    },
    /// Asks for something outside.
    Ask {
        /// What.
        service: Service,
        /// Its arguments.
        args: Vec<Local>,
        /// Where its results go.
        into: Vec<Local>,
    },
    /// Ends the routine.
    Return(Vec<Local>),
    /// Ends the whole unit, for a reason that whoever wrote it knows by number, or goes to the
    /// handler of the innermost [`Step::Try`] around it, in this routine or in those that called it.
    Fail {
        /// The number.
        site: u32,
        /// At most [`FAILURE_VALUES`] scalars that belong to it.
        values: Vec<Local>,
    },
    /// Fails as a failure did that was taken.
    Rethrow(Caught),
    /// `body`, and `otherwise` after it; where something in `body` fails, `handler`. Variables are
    /// then as the failing step found them.
    Try {
        /// What may fail.
        body: Vec<Step>,
        /// Where the failure goes.
        caught: Caught,
        /// What is done after a failure.
        handler: Vec<Step>,
        /// What is done after a body that did not fail. Its failures are not taken here.
        otherwise: Vec<Step>,
    },
    /// Steps on the way out of the innermost tries around them, whose handlers do not take what
    /// fails here.
    Beyond {
        /// How many tries.
        tries: usize,
        /// What is done.
        body: Vec<Step>,
    },
    /// Whether a site is one of a set.
    Among {
        /// The site, an I64.
        site: Local,
        /// The set, by its number in the unit.
        set: usize,
        /// Where the Bool goes.
        into: Local,
    },
    /// Steps as one, in the order that they stand in.
    Block(Vec<Step>),
    /// Steps that hardly ever run: little is spent on their code.
    Rare(Vec<Step>),
}

/// The variables of a failure that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caught {
    /// Its site, an I64.
    pub site: Local,
    /// Its values by their bits, each a U64.
    pub values: [Local; FAILURE_VALUES],
}

impl Caught {
    /// All of them, the site first.
    pub fn locals(&self) -> impl Iterator<Item = Local> {
        std::iter::once(self.site).chain(self.values)
    }
}

/// A scalar's place in memory: an address, `index * stride` bytes further on for each axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Type of the scalar. A Bool is a byte: any but 0 is true, 0 and 1 are stored. An address lies
    /// in memory as a U64.
    pub dtype: DType,
    /// The address.
    pub base: Local,
    /// An index, an I64, and its stride.
    pub axes: Vec<(Local, Stride)>,
    /// Bytes further on.
    pub offset: i64,
}

/// Bytes from one element to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stride {
    /// A number of bytes.
    Fixed(i64),
    /// A local's value, an I64.
    Local(Local),
}

/// The first arguments and results of a service, by their types; all of them but of a call.
pub(crate) fn signature(service: Service) -> (&'static [Type], &'static [Type]) {
    const SIZE: Type = Type::Scalar(DType::I64);
    match service {
        Service::Call => (&[SIZE], &[SIZE]),
        Service::Matches => (&[SIZE, SIZE], &[SIZE]),
        Service::Allocate => (&[SIZE], &[Type::Address]),
        Service::Free => (&[Type::Address], &[]),
        Service::Resize => (&[Type::Address, SIZE], &[Type::Address]),
        Service::Print => (&[SIZE, Type::Scalar(DType::U64)], &[]),
    }
}
