//! The text form of routines, for people and for snapshots: one step a line.

use super::{Caught, Local, Place, Routine, Step, Stride, Type, Unit};
use crate::text::{Lines, region_to_text};
use stook_ops::Region;

/// The text form of a unit.
pub fn unit_to_text(unit: &Unit) -> String {
    let mut lines = Lines { text: String::new(), depth: 0 };
    for (k, routine) in unit.routines.iter().enumerate() {
        lines.routine(k, routine);
    }
    for (k, set) in unit.sets.iter().enumerate() {
        let sites: Vec<String> = set.iter().map(u32::to_string).collect();
        lines.line(&format!("set {k} {}", sites.join(", ")));
    }
    lines.text
}

impl Lines {
    fn routine(&mut self, k: usize, routine: &Routine) {
        let types = |all: &[Type]| all.iter().map(short).collect::<Vec<_>>().join(", ");
        let params = types(&routine.locals[..routine.params]);
        let results = types(&routine.results);
        self.line(&format!("routine {k} {}({params}) -> ({results})", routine.name));
        self.steps(&routine.body);
        if !routine.cleanup.is_empty() {
            self.line("at each return");
            self.steps(&routine.cleanup);
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        self.depth += 1;
        steps.iter().for_each(|step| self.step(step));
        self.depth -= 1;
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Compute { body, args, into, .. } => self.compute(body, args, into),
            Step::Move { from, into } => self.line(&format!("{} = {}", of(*into), of(*from))),
            Step::Advance { base, bytes, into } => {
                self.line(&format!("{} = {} + {}", of(*into), of(*base), of(*bytes)));
            }
            Step::Present { address, into } => {
                self.line(&format!("{} = present {}", of(*into), of(*address)));
            }
            Step::Assume { condition } => self.line(&format!("assume {}", of(*condition))),
            Step::Load { place, into } => {
                self.line(&format!("{} = load {}", of(*into), at(place)));
            }
            Step::Store { place, value } => {
                self.line(&format!("store {} <- {}", at(place), of(*value)));
            }
            Step::If { condition, then, otherwise } => {
                self.line(&format!("if {}", of(*condition)));
                self.steps(then);
                if !otherwise.is_empty() {
                    self.line("else");
                    self.steps(otherwise);
                }
            }
            Step::Loop { body, next } => {
                self.line("loop");
                self.steps(body);
                if !next.is_empty() {
                    self.line("next");
                    self.steps(next);
                }
            }
            Step::Spread { count, index, body } => {
                self.line(&format!("spread {} below {}", of(*index), of(*count)));
                self.steps(body);
            }
            Step::Count { address, by, into } => {
                self.line(&format!("{} = count [{}] by {by}", of(*into), of(*address)));
            }
            Step::Break => self.line("break"),
            Step::Continue => self.line("continue"),
            Step::Call { routine, args, into } => {
                self.line(&format!("{} = call {routine}({})", all(into), all(args)));
            }
            Step::Symbol { number, into } => {
                self.line(&format!("{} = symbol {number}", of(*into)));
            }
            Step::Native { address, args, into } => {
                let text = format!("{} = native {}({})", all(into), of(*address), all(args));
                self.line(&text);
            }
            Step::Ask { service, args, into } => {
                self.line(&format!("{} = ask {service:?}({})", all(into), all(args)));
            }
            Step::Return(values) => self.line(&format!("return {}", all(values))),
            Step::Fail { site, values } => self.line(&format!("fail {site} {}", all(values))),
            Step::Rethrow(caught) => self.line(&format!("rethrow {}", taken(caught))),
            Step::Try { body, caught, handler, otherwise } => {
                self.line("try");
                self.steps(body);
                self.line(&format!("catch {}", taken(caught)));
                self.steps(handler);
                if !otherwise.is_empty() {
                    self.line("else");
                    self.steps(otherwise);
                }
            }
            Step::Beyond { tries, body } => {
                self.line(&format!("beyond {tries}"));
                self.steps(body);
            }
            Step::Among { site, set, into } => {
                self.line(&format!("{} = {} among set {set}", of(*into), of(*site)));
            }
            Step::Block(steps) => steps.iter().for_each(|step| self.step(step)),
            Step::Rare(steps) => {
                self.line("rarely");
                self.steps(steps);
            }
        }
    }

    fn compute(&mut self, body: &Region, args: &[Local], into: &[Local]) {
        self.line(&format!("{} = compute {}", all(into), all(args)));
        self.depth += 1;
        for line in region_to_text(body).lines().skip(1) {
            self.line(line.trim_start());
        }
        self.depth -= 1;
    }
}

fn short(t: &Type) -> String {
    match t {
        Type::Scalar(dtype) => dtype.name().to_owned(),
        Type::Address => "address".to_owned(),
    }
}

fn of(local: Local) -> String {
    format!("${}", local.0)
}

fn all(locals: &[Local]) -> String {
    locals.iter().map(|&local| of(local)).collect::<Vec<_>>().join(", ")
}

fn taken(caught: &Caught) -> String {
    all(&caught.locals().collect::<Vec<_>>())
}

fn at(place: &Place) -> String {
    let mut text = format!("{} [{}", place.dtype, of(place.base));
    for &(index, stride) in &place.axes {
        let stride = match stride {
            Stride::Fixed(bytes) => bytes.to_string(),
            Stride::Local(local) => of(local),
        };
        text.push_str(&format!(" + {}*{stride}", of(index)));
    }
    if place.offset != 0 {
        text.push_str(&format!(" + {}", place.offset));
    }
    text + "]"
}
