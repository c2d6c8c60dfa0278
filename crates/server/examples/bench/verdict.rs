//! The table at the end: what was asked, what was measured, whether it holds.

use crate::process::Resident;

/// What one process may hold in memory.
pub const RESIDENT_MAX_MIB: f64 = 512.0;

struct Line {
    letter: char,
    engine: &'static str,
    what: String,
    measured: String,
    bar: String,
    /// `None`: a number beside the bars, for the reader.
    met: Option<bool>,
}

pub struct Table {
    lines: Vec<Line>,
    quick: bool,
}

impl Table {
    pub fn new(quick: bool) -> Table {
        Table { lines: Vec::new(), quick }
    }

    /// A measured value that must be at least `bar`.
    pub fn at_least(&mut self, (letter, engine): (char, &'static str), what: &str, measured: f64, bar: f64) {
        self.push(letter, engine, what, format!("{measured:.3}"), format!("at least {bar}"), Some(measured >= bar));
    }

    /// A measured value that must be at most `bar`.
    pub fn at_most(&mut self, (letter, engine): (char, &'static str), what: &str, measured: f64, bar: f64, unit: &str) {
        self.push(letter, engine, what, format!("{measured:.2} {unit}"), format!("at most {bar} {unit}"), Some(measured <= bar));
    }

    pub fn note(&mut self, (letter, engine): (char, &'static str), what: &str, measured: String) {
        self.push(letter, engine, what, measured, String::new(), None);
    }

    pub fn resident(&mut self, engine: &'static str, after: char, resident: Resident) {
        let what = format!("resident memory after {after} (most: {:.0} MiB)", resident.most_mib);
        self.at_most(('f', engine), &what, resident.now_mib, RESIDENT_MAX_MIB, "MiB");
    }

    fn push(&mut self, letter: char, engine: &'static str, what: &str, measured: String, bar: String, met: Option<bool>) {
        let line = Line { letter, engine, what: what.to_string(), measured, bar, met };
        println!("{}", line.text());
        self.lines.push(line);
    }

    pub fn is_met(&self) -> bool {
        self.quick || self.lines.iter().all(|l| l.met != Some(false))
    }

    pub fn print(&self) {
        println!("\n{}", if self.quick { "quick run: it shows that everything works, the numbers say little" } else { "measured" });
        for line in &self.lines {
            println!("{}", line.text());
        }
    }
}

impl Line {
    fn text(&self) -> String {
        let mark = match self.met {
            None => "",
            Some(true) => "ok",
            Some(false) => "MISSED",
        };
        format!("{}  {:<8}  {:<62}  {:>16}  {:<16}  {mark}", self.letter, self.engine, self.what, self.measured, self.bar)
    }
}
