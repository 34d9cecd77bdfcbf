//! `STOOK_SHOW`: the stations of new plans as text on stderr.
//!
//! A program, its plan and the machine enter; text leaves. The variable lists stations: `graph` (the
//! program as recorded), `plan` (bundles), `kernel` (each bundle's loop program), and what the
//! machine makes of that: `llvm`, `asm`, `ptx`.

use crate::backend::Backend;
use std::fmt::Write as _;
use std::io::Write as _;
use stook_plan::{Plan, Program, plan_text, program_text};

/// The stations to show.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    stations: Vec<String>,
    plans: usize,
}

impl Shown {
    /// What `STOOK_SHOW` asks for.
    pub(crate) fn from_environment() -> Self {
        let asked = std::env::var("STOOK_SHOW").unwrap_or_default();
        let words = asked.split(',').map(|word| word.trim().to_lowercase());
        Self { stations: words.filter(|word| !word.is_empty()).collect(), plans: 0 }
    }

    /// Whether nothing is asked for.
    pub(crate) fn is_nothing(&self) -> bool {
        self.stations.is_empty()
    }

    /// Prints the stations of a new plan.
    pub(crate) fn show(&mut self, program: &Program, plan: &Plan, backend: &dyn Backend) {
        if self.stations.is_empty() {
            return;
        }
        let text = self.text(program, plan, backend);
        self.plans += 1;
        // Nobody is left to tell where stderr is closed.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    fn text(&self, program: &Program, plan: &Plan, backend: &dyn Backend) -> String {
        let mut text = String::new();
        for station in &self.stations {
            let _ = writeln!(text, "-- {station} of plan {} --", self.plans);
            match station.as_str() {
                "graph" => text.push_str(&program_text(program)),
                "plan" => text.push_str(&plan_text(plan)),
                station => {
                    for (k, bundle) in plan.bundles.iter().enumerate() {
                        let _ = writeln!(text, "bundle {k}:");
                        let shown = match station {
                            "kernel" => Some(stook_kernel::to_text(&bundle.kernel)),
                            _ => backend.text(&bundle.kernel, station),
                        };
                        text.push_str(&shown.unwrap_or_else(|| "  no such station".into()));
                        text.push('\n');
                    }
                }
            }
        }
        text
    }
}
