//! The check of races: compiled code tells the host which rounds of `prange` touch what.
//!
//! Under [`super::Options::races`] each read and write of memory is told before it is made, and so are
//! loops over `prange`, their rounds, and the variables of rounds that are no totals. Whoever runs
//! the unit sees to it that rounds run one after another. Counts of holders are not told: they change
//! in one go. What cannot be looked into, such as functions of C's, is refused in rounds.

use super::records::places_of;
use super::session::{RELEASE, Session};
use super::{Followed, Lowerer};
use crate::class::Class;
use crate::touch::{Note, TOLD_INDICES, Touch, TouchKind, WatchedLoop};
use crate::types::{ContainerKind, Type};
use crate::value::Value;
use std::sync::Arc;
use stook_kernel::{Local, Place, Step, Stride, Type as Part};
use stook_types::DType;

/// How many steps an address is followed back to a variable.
const MOST_STEPS: usize = 20;

/// A loop over `prange` whose rounds are told.
pub(super) struct Watched {
    /// How many loops are under way around it.
    depth: Local,
    /// The variables that its rounds give values to, without totals.
    own: Vec<String>,
}

/// How an address came from another.
pub(super) enum Origin {
    /// It is the same.
    Same(Local),
    /// It lies in the same memory.
    Within(Local),
    /// It was found there.
    Found(Place),
}

/// What an address leads to.
enum Lead {
    /// The elements of an array, by its indices.
    Elements,
    /// A list, and its items by their indices.
    List,
    Items,
    /// A dict or set.
    Table,
    /// An object of a class, with fields of these types.
    Object(Arc<Class>, Vec<Type>),
    Other,
}

impl Lead {
    /// What the first address of a value leads to.
    fn of(ty: &Type) -> Self {
        match ty {
            Type::Array(_) | Type::Records(..) | Type::Pointer(_) | Type::PointerToRecords(_) => {
                Self::Elements
            }
            Type::Container(items) if items.kind == ContainerKind::List => Self::List,
            Type::Container(_) => Self::Table,
            Type::Object(class, fields) => Self::Object(class.clone(), fields.clone()),
            _ => Self::Other,
        }
    }
}

impl Session<'_> {
    /// The number of a touch.
    fn touch_number(&mut self, touch: Touch) -> i64 {
        let next = self.watch.touches.len();
        let number = *self.touches.entry(touch.clone()).or_insert(next);
        if number == next {
            self.watch.touches.push(touch);
        }
        number as i64
    }
}

impl Lowerer<'_, '_> {
    /// Follows a loop over `prange`, whose rounds give values to variables of their own.
    pub(super) fn watched<T>(
        &mut self,
        own: Vec<String>,
        follow: impl FnOnce(&mut Self) -> Followed<T>,
    ) -> Followed<T> {
        if !self.session.options.races {
            return follow(self);
        }
        let loops = &mut self.session.watch.loops;
        loops.push(WatchedLoop { span: self.at, function: self.function });
        let number = loops.len() as i64 - 1;
        let number = self.size(number);
        let depth = self.asked_note(Note::Enter, vec![number]);
        self.watched.push(Watched { depth, own });
        let made = follow(self)?;
        self.watched.pop();
        if self.env.is_some() {
            self.send(Note::Leave, vec![depth]);
        }
        Ok(made)
    }

    /// Tells that a round of the innermost loop over `prange` begins, by the number that it has.
    pub(super) fn tell_round(&mut self, number: &Value) {
        if let Some(depth) = self.watched.last().map(|watched| watched.depth) {
            self.send(Note::Round, vec![depth, number.parts[0]]);
        }
    }

    /// How many loops are under way, for [`Lowerer::tell_caught`].
    pub(super) fn told_depth(&mut self) -> Option<Local> {
        self.session.options.races.then(|| self.asked_note(Note::Depth, Vec::new()))
    }

    /// Tells that a failure has ended loops.
    pub(super) fn tell_caught(&mut self, depth: Option<Local>) {
        if let Some(depth) = depth {
            self.send(Note::Leave, vec![depth]);
        }
    }

    /// Tells that a variable is read or given a value, if rounds share its name.
    pub(super) fn tell_variable(&mut self, kind: TouchKind, name: &str) {
        let owns = |watched: &&Watched| watched.own.iter().any(|own| own == name);
        let depths: Vec<Local> = self.watched.iter().filter(owns).map(|w| w.depth).collect();
        if depths.is_empty() {
            return;
        }
        let touch = self.touch(kind, name.to_owned(), (0, 0, false));
        for depth in depths {
            self.send(Note::Variable, vec![depth, touch]);
        }
    }

    /// Tells that a function of the library is called on a container.
    pub(super) fn tell_call(&mut self, on: &Value) {
        if !self.session.options.races || self.is_hidden() {
            return;
        }
        let led = on.parts.first().and_then(|first| self.led_to(*first, 0));
        let name = led.map_or_else(String::new, |(name, _)| name);
        let touch = self.touch(TouchKind::Call, name, (0, 0, true));
        self.send(Note::Call, vec![touch]);
    }

    /// Whether people do not see the function, as it is one of the library.
    pub(super) fn is_hidden(&self) -> bool {
        self.is_library || self.session.hidden.contains(&self.function)
    }

    /// Refuses what a check of races cannot look into.
    pub(super) fn refuse_unwatched(&mut self, name: &str) -> Followed<()> {
        if !self.session.options.races {
            return Ok(());
        }
        let text =
            format!("{name} is a function of C's, which the check of races cannot look into");
        self.stay_out_of_rounds(text)
    }

    // -- steps --------------------------------------------------------------------------------

    /// Tells what a step is about to do to memory, and notes where addresses come from.
    pub(super) fn watch(&mut self, step: &Step) {
        if !self.session.options.races || self.function == RELEASE {
            return;
        }
        match step {
            Step::Load { place, into } => {
                self.tell_memory(TouchKind::Read, place);
                self.derived.insert(*into, Origin::Found(place.clone()));
            }
            Step::Store { place, .. } => self.tell_memory(TouchKind::Write, place),
            Step::Move { from, into } => {
                self.derived.insert(*into, Origin::Same(*from));
            }
            Step::Advance { base, into, .. } => {
                self.derived.insert(*into, Origin::Within(*base));
            }
            _ => {}
        }
    }

    fn tell_memory(&mut self, kind: TouchKind, place: &Place) {
        let (name, lead) = self.led_to(place.base, 0).unwrap_or((String::new(), Lead::Other));
        let (name, axes) = match &lead {
            Lead::Elements | Lead::Items if place.axes.len() <= TOLD_INDICES => {
                (name, place.axes.len())
            }
            Lead::Object(class, fields) => (field_at(class, fields, place.offset, &name).0, 0),
            _ => (name, 0),
        };
        let contained = matches!(lead, Lead::List | Lead::Items | Lead::Table);
        let far = self.far(place);
        let touch = self.touch(kind, name, (place.dtype.size() as u64, axes, contained));
        let mut args = vec![place.base, far, touch];
        args.extend(place.axes.iter().map(|(index, _)| *index).take(axes));
        let none = self.size(0);
        args.resize(3 + TOLD_INDICES, none);
        self.send(Note::Memory, args);
    }

    /// How many bytes a place lies behind its base.
    fn far(&mut self, place: &Place) -> Local {
        let args: Vec<Local> = place.axes.iter().flat_map(|axis| locals_of(*axis)).collect();
        self.compute_one(&args, |f, values| {
            let mut values = values.iter().copied();
            let mut next = || values.next().expect("as many as the axes have");
            let mut all = f.int(DType::I64, place.offset.into());
            for (_, stride) in &place.axes {
                let index = next();
                let stride = match stride {
                    Stride::Fixed(bytes) => f.int(DType::I64, (*bytes).into()),
                    Stride::Local(_) => next(),
                };
                let further = f.mul(index, stride);
                all = f.add(all, further);
            }
            all
        })
    }

    /// What leads to an address, as the user writes it, and what lies there.
    fn led_to(&self, address: Local, steps: usize) -> Option<(String, Lead)> {
        // Names with blanks are the compiler's own.
        let named = |((name, _), parts): &(&(String, Type), &Vec<Local>)| {
            !name.contains(' ') && parts.contains(&address)
        };
        if let Some(((name, ty), parts)) = self.slots.iter().find(named) {
            let lead = if parts[0] == address { Lead::of(ty) } else { Lead::Other };
            return Some((name.clone(), lead));
        }
        let back =
            |from: Local| if steps < MOST_STEPS { self.led_to(from, steps + 1) } else { None };
        match self.derived.get(&address)? {
            Origin::Same(from) => back(*from),
            Origin::Within(from) => back(*from).map(|(name, _)| (name, Lead::Other)),
            Origin::Found(place) => {
                let (name, lead) = back(place.base)?;
                Some(match &lead {
                    Lead::List => (name, Lead::Items),
                    Lead::Table => (name, Lead::Table),
                    Lead::Object(class, fields) => field_at(class, fields, place.offset, &name),
                    _ => (name, Lead::Other),
                })
            }
        }
    }

    /// The number of a touch, in a variable.
    fn touch(
        &mut self,
        kind: TouchKind,
        name: String,
        (bytes, axes, contained): (u64, usize, bool),
    ) -> Local {
        let at = (self.at, self.function, name);
        let (span, function, name) = if self.is_hidden() { Default::default() } else { at };
        let touch = Touch { kind, name, bytes, axes, contained, span, function };
        let number = self.session.touch_number(touch);
        self.size(number)
    }

    fn asked_note(&mut self, note: Note, args: Vec<Local>) -> Local {
        self.send(note, args).expect("an answer to this note")
    }

    fn send(&mut self, note: Note, args: Vec<Local>) -> Option<Local> {
        let number = self.session.host.recorder(note) as u32;
        let address = self.local(Part::Address);
        self.emit(Step::Symbol { number, into: address });
        let answer = note.answers().then(|| self.local(Part::Scalar(DType::I64)));
        self.emit(Step::Native { address, args, into: answer.into_iter().collect() });
        answer
    }
}

/// The field of an object that lies at an offset, and what it leads to.
fn field_at(class: &Class, fields: &[Type], offset: i64, object: &str) -> (String, Lead) {
    let places = |k: usize| places_of(Local(0), fields, k);
    let found = (0..fields.len()).find(|&k| places(k).iter().any(|own| own.offset == offset));
    let Some(k) = found else { return (object.to_owned(), Lead::Other) };
    let is_first = places(k)[0].offset == offset;
    let lead = if is_first { Lead::of(&fields[k]) } else { Lead::Other };
    (format!("{object}.{}", class.fields[k]), lead)
}

fn locals_of((index, stride): (Local, Stride)) -> impl Iterator<Item = Local> {
    let stride = match stride {
        Stride::Fixed(_) => None,
        Stride::Local(local) => Some(local),
    };
    std::iter::once(index).chain(stride)
}
