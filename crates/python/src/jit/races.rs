//! The check of races: what rounds of `prange` touch, as compiled code tells it.
//!
//! Notes ([`Note`]) of a call that is under way enter; the first [`Race`] leaves. Each loop has a record of
//! its own: for each word of memory, which rounds read and wrote which of its bytes first. As
//! rounds run one after another and the first race ends the record, the first reader and the first
//! writer are enough. Memory that a round was given belongs to it, and is in no record.

use super::memory::HEAD;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use std::sync::Arc;
use stook_jit::memory::MIX;
use stook_jit::syntax::Span;
use stook_jit::{Note, TOLD_INDICES, TouchKind, Watch};
use stook_kernel::{Context, SpreadFn};

/// Two rounds of which one writes what the other touches.
pub(super) struct Race {
    /// The line of the loop.
    line: u32,
    /// What they do, in the order of the rounds.
    pub(super) first: Told,
    pub(super) second: Told,
}

/// What a round does, for people.
pub(super) struct Told {
    /// The number that the loop's variable has.
    pub(super) round: i64,
    kind: TouchKind,
    /// What it touches.
    pub(super) name: String,
    /// Whether that is a list, dict or set.
    contained: bool,
    pub(super) span: Span,
    pub(super) function: usize,
}

impl Race {
    /// What it is.
    pub(super) fn message(&self) -> String {
        let Self { line, first, second } = self;
        let (i, j) = (first.round, second.round);
        let again =
            if first.name == second.name { String::new() } else { format!(" as {}", second.name) };
        format!(
            "iterations {i} and {j} of the loop on line {line} race: iteration {i} {} {} on line {}, \
             which iteration {j} {}{again} on line {}",
            first.verb(),
            first.name,
            first.span.line,
            second.verb(),
            second.span.line,
        )
    }

    /// What to write instead.
    pub(super) fn hint(&self) -> String {
        let Self { first, second, .. } = self;
        match (first.kind, second.kind) {
            (TouchKind::Set, _) => format!(
                "give {} a value in each iteration before it is read; a sum is written {} += ..., \
                 and read after the loop",
                first.name, first.name
            ),
            _ if first.contained || second.contained => {
                "put what iterations make into an array that is made before the loop".to_owned()
            }
            (TouchKind::Write, TouchKind::Read) | (TouchKind::Read, TouchKind::Write)
                if first.span != second.span =>
            {
                "read from a copy that is made before the loop, or write to another array"
                    .to_owned()
            }
            _ => {
                "let each iteration write elements of its own, such as a row of a table whose rows \
                  are added up after the loop"
                    .to_owned()
            }
        }
    }
}

impl Told {
    fn verb(&self) -> &'static str {
        match self.kind {
            TouchKind::Read | TouchKind::Get => "reads",
            _ => "writes",
        }
    }
}

/// What a round has done to bytes of a word.
struct Access {
    round: i64,
    /// Where `places` has its touch and its indices.
    place: u32,
    bytes: (u8, u8),
    writes: bool,
}

/// Numbers of words, spread over a table.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("a word's number is hashed");
    }

    fn write_u64(&mut self, number: u64) {
        let product = number.wrapping_mul(MIX);
        self.0 = product ^ product >> 32;
    }
}

/// A loop that is under way.
struct Running {
    number: usize,
    /// Nothing before the first round.
    round: Option<i64>,
    words: HashMap<u64, SmallVec<[Access; 2]>, BuildHasherDefault<Mixed>>,
    /// Touches, each before its indices.
    places: Vec<i64>,
    /// The round that gave a value to a variable last, and by which touch.
    variables: HashMap<String, (i64, usize)>,
    /// Memory of the round: first bytes, and where it ends.
    own: BTreeMap<u64, u64>,
}

impl Running {
    fn new(number: usize) -> Self {
        Self {
            number,
            round: None,
            words: HashMap::default(),
            places: Vec::new(),
            variables: HashMap::new(),
            own: BTreeMap::new(),
        }
    }

    fn owns(&self, address: u64) -> bool {
        let before = self.own.range(..=address).next_back();
        before.is_some_and(|(_, &end)| address < end)
    }

    /// Notes that a round touches bytes; the round and place of another with which it races.
    fn touch(&mut self, bytes: Range<u64>, writes: bool, place: &[i64]) -> Option<(i64, usize)> {
        let round = self.round?;
        if self.owns(bytes.start) {
            return None;
        }
        let mut kept = None;
        for word in bytes.start >> 3..=(bytes.end - 1) >> 3 {
            let first = bytes.start.saturating_sub(word << 3) as u8;
            let end = (bytes.end - (word << 3)).min(8) as u8;
            let known = self.words.entry(word).or_default();
            let other = known.iter().find(|access| {
                let (a, b) = access.bytes;
                access.round != round && a < end && first < b && (access.writes || writes)
            });
            if let Some(other) = other {
                return Some((other.round, other.place as usize));
            }
            let covers = |access: &Access| {
                let (a, b) = access.bytes;
                a <= first && end <= b && (access.writes || !writes)
            };
            if known.iter().any(covers) {
                continue;
            }
            let place = *kept.get_or_insert_with(|| {
                self.places.extend(place);
                (self.places.len() - place.len()) as u32
            });
            known.push(Access { round, place, bytes: (first, end), writes });
        }
        None
    }
}

/// What the rounds of a call have done.
struct Record {
    watch: Arc<Watch>,
    loops: Vec<Running>,
    /// The last call of a function of the library.
    call: usize,
    found: Option<Race>,
}

impl Record {
    fn memory(&mut self, address: u64, site: usize, indices: &[i64]) {
        let touch = &self.watch.touches[site];
        let (bytes, writes) = (address..address + touch.bytes, touch.kind == TouchKind::Write);
        let mut place = SmallVec::<[i64; 8]>::new();
        place.extend([site as i64, self.call as i64]);
        place.extend(indices[..touch.axes].iter().copied());
        for k in 0..self.loops.len() {
            if let Some((round, other)) = self.loops[k].touch(bytes.clone(), writes, &place) {
                let running = &self.loops[k];
                let first = self.told(round, &running.places[other..]);
                let second = self.told(running.round.unwrap_or(round), &place);
                return self.find(k, first, second);
            }
        }
    }

    fn variable(&mut self, depth: usize, site: usize) {
        let touch = &self.watch.touches[site];
        let running = &mut self.loops[depth];
        let Some(round) = running.round else { return };
        if touch.kind == TouchKind::Set {
            match running.variables.get_mut(&touch.name) {
                Some(known) => *known = (round, site),
                None => _ = running.variables.insert(touch.name.clone(), (round, site)),
            }
            return;
        }
        if let Some(&(other, given)) = running.variables.get(&touch.name)
            && other != round
        {
            let [first, second] =
                [(other, given), (round, site)].map(|(round, k)| self.told(round, &[k as i64, 0]));
            self.find(depth, first, second);
        }
    }

    fn find(&mut self, depth: usize, first: Told, second: Told) {
        let line = self.watch.loops[self.loops[depth].number].span.line;
        self.found = Some(Race { line, first, second });
        self.loops.clear();
    }

    /// What a round did at a place, as `places` has it.
    fn told(&self, round: i64, place: &[i64]) -> Told {
        let touch = &self.watch.touches[place[0] as usize];
        let kind = touch.kind;
        // The user sees the call of what stands in the library.
        let seen =
            if touch.span.line == 0 { &self.watch.touches[place[1] as usize] } else { touch };
        let indices: Vec<String> = place[2..2 + touch.axes].iter().map(i64::to_string).collect();
        let name = match (&seen.name[..], &indices[..]) {
            ("", _) => "memory".to_owned(),
            (name, []) => name.to_owned(),
            (name, _) => format!("{name}[{}]", indices.join(", ")),
        };
        let (contained, span, function) = (seen.contained, seen.span, seen.function);
        Told { round, kind, name, contained, span, function }
    }
}

thread_local! {
    /// The records of calls that are under way on a thread, innermost last.
    static RECORDS: RefCell<Vec<Record>> = const { RefCell::new(Vec::new()) };
}

/// Does something with the record of the innermost call, if it has found nothing.
fn with_record<T: Default>(act: impl FnOnce(&mut Record) -> T) -> T {
    RECORDS.with_borrow_mut(|records| match records.last_mut() {
        Some(record) if record.found.is_none() => act(record),
        _ => T::default(),
    })
}

/// The record of a call, which lasts as long as this.
pub(super) struct Recording(());

impl Recording {
    /// Begins the record of a call.
    pub(super) fn begin(watch: Arc<Watch>) -> Self {
        let record = Record { watch, loops: Vec::new(), call: 0, found: None };
        RECORDS.with_borrow_mut(|records| records.push(record));
        Self(())
    }

    /// Ends it; the race that was found.
    pub(super) fn end(self) -> Option<Race> {
        RECORDS.with_borrow_mut(|records| records.last_mut().and_then(|record| record.found.take()))
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        RECORDS.with_borrow_mut(Vec::pop);
    }
}

/// Notes that the call at hand was given memory.
pub(super) fn allocated(block: *mut u8, bytes: i64) {
    let (first, bytes) = (block.addr() as u64, bytes.max(HEAD as i64) as u64);
    with_record(|record| {
        for running in record.loops.iter_mut().filter(|running| running.round.is_some()) {
            running.own.insert(first, first + bytes);
        }
    });
}

/// Notes that memory was taken back.
pub(super) fn freed(block: *mut u8) {
    let first = block.addr() as u64;
    with_record(|record| {
        for running in &mut record.loops {
            running.own.remove(&first);
        }
    });
}

/// Runs rounds one after another; see [`Context::spread`].
///
/// # Safety
/// The arguments are those of a unit that was compiled, whose call `context` is.
pub(super) unsafe extern "C" fn in_order(
    context: *mut Context,
    round: SpreadFn,
    seen: *const u64,
    count: i64,
) -> i64 {
    // SAFETY: the caller's promise.
    let mut all = (0..count).map(|number| unsafe { round(seen, number, context) });
    all.find(|&status| status != 0).unwrap_or(0)
}

// -- notes ----------------------------------------------------------------------------------------

extern "C" fn enter(number: i64) -> i64 {
    with_record(|record| {
        record.loops.push(Running::new(number as usize));
        record.loops.len() as i64 - 1
    })
}

extern "C" fn round(depth: i64, number: i64) {
    with_record(|record| {
        record.loops.truncate(depth as usize + 1);
        if let Some(running) = record.loops.last_mut() {
            running.round = Some(number);
            running.own.clear();
        }
    });
}

extern "C" fn leave(depth: i64) {
    with_record(|record| record.loops.truncate(depth as usize));
}

extern "C" fn depth() -> i64 {
    with_record(|record| record.loops.len() as i64)
}

extern "C" fn memory(base: u64, further: i64, touch: i64, i: i64, j: i64, k: i64, l: i64) {
    let indices: [i64; TOLD_INDICES] = [i, j, k, l];
    with_record(|record| {
        if !record.loops.is_empty() {
            record.memory(base.wrapping_add_signed(further), touch as usize, &indices);
        }
    });
}

extern "C" fn variable(depth: i64, touch: i64) {
    with_record(|record| record.variable(depth as usize, touch as usize));
}

extern "C" fn call(touch: i64) {
    with_record(|record| record.call = touch as usize);
}

/// The address of what takes a note.
pub(super) fn address(note: Note) -> u64 {
    let address = match note {
        Note::Enter => enter as extern "C" fn(i64) -> i64 as usize,
        Note::Round => round as extern "C" fn(i64, i64) as usize,
        Note::Leave => leave as extern "C" fn(i64) as usize,
        Note::Depth => depth as extern "C" fn() -> i64 as usize,
        Note::Memory => memory as extern "C" fn(u64, i64, i64, i64, i64, i64, i64) as usize,
        Note::Variable => variable as extern "C" fn(i64, i64) as usize,
        Note::Call => call as extern "C" fn(i64) as usize,
    };
    address as u64
}
