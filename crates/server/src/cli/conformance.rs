//! `conformance`: a folder of payloads with the timelines that a person expects of them, read and compared. For carriers and contributors.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use jiff::tz::TimeZone;
use whereabouts_adapters::{
    carrier::{self, Carrier, Payload},
    conformance, parse,
};
use whereabouts_domain::State;

use super::{Failure, say};

/// Read every payload of a folder and compare it with the timeline beside it
///
/// `NAME.json` (or .xml, .edi, .csv, …) is a payload, `NAME.txt` beside it the timeline as this command prints it. A folder that bears a
/// carrier's id says whose payloads are in it; elsewhere the carrier is detected. Lines of a timeline that begin with `#` are remarks;
/// `# number: N` and `# zone: IANA` say what was asked for and where clocks stand.
#[derive(Args)]
pub struct Conformance {
    /// The folder, with all folders in it
    dir: PathBuf,
    /// Whose payloads these are, whatever the folders are called
    #[arg(long)]
    carrier: Option<String>,
    /// Write the timelines as they are read now, for a person to review
    #[arg(long)]
    bless: bool,
}

/// What became of one payload.
enum Verdict {
    AsExpected,
    Differs(Vec<String>),
    /// Nothing to compare with.
    Told(String),
    Blessed,
    /// It could not be looked at.
    Unusable(String),
}

/// A code that stands in no list: whose, the code, what the carrier said with it.
type Unlisted = (String, String, String);

impl Conformance {
    pub fn run(self) -> Result<(), Failure> {
        let named = match &self.carrier {
            None => None,
            Some(id) => Some(carrier::by_id(id).ok_or_else(|| Failure::BadArguments(format!("`{id}` is not a carrier that we know")))?),
        };
        let payloads = payloads_in(&self.dir)?;
        if payloads.is_empty() {
            return Err(Failure::BadInput(format!("{} holds no payloads", self.dir.display())));
        }
        let (mut good, mut wrong, mut untold) = (0, 0, 0);
        let mut unlisted: BTreeMap<Unlisted, usize> = BTreeMap::new();
        for file in &payloads {
            let shown = file.strip_prefix(&self.dir).unwrap_or(file).display();
            match judge(file, &self.dir, named, self.bless, &mut unlisted) {
                Verdict::AsExpected => good += 1,
                Verdict::Blessed => {
                    good += 1;
                    say(&format!("written    {shown}"))?;
                }
                Verdict::Told(told) => {
                    untold += 1;
                    say(&format!("no timeline beside it    {shown}\n{}", indented(told.lines())))?;
                }
                Verdict::Differs(lines) => {
                    wrong += 1;
                    say(&format!("DIFFERS    {shown}\n{}", indented(lines.iter().map(String::as_str))))?;
                }
                Verdict::Unusable(why) => {
                    wrong += 1;
                    say(&format!("UNUSABLE   {shown}: {why}"))?;
                }
            }
        }
        for ((carrier, code, words), times) in &unlisted {
            say(&format!("unknown code    {carrier} {code} ({times}×): {words}"))?;
        }
        say(&format!("{} payloads: {good} as expected, {wrong} not, {untold} without a timeline", payloads.len()))?;
        if wrong == 0 { Ok(()) } else { Err(Failure::BadInput(format!("{wrong} of {} payloads are not read as expected", payloads.len()))) }
    }
}

fn indented<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// All files but timelines, notes and hidden ones; in the order of their names.
fn payloads_in(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |e: std::io::Error| Failure::BadInput(format!("{}: {e}", dir.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let is_hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if is_hidden {
            continue;
        }
        if path.is_dir() {
            found.extend(payloads_in(&path)?);
        } else if path.extension().is_none_or(|e| e != "txt" && e != "md") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn judge(file: &Path, root: &Path, named: Option<&'static dyn Carrier>, bless: bool, unlisted: &mut BTreeMap<Unlisted, usize>) -> Verdict {
    let body = match fs::read(file) {
        Ok(body) => body,
        Err(e) => return Verdict::Unusable(e.to_string()),
    };
    let beside = file.with_extension("txt");
    let expected = fs::read_to_string(&beside).ok();
    let remark = |name: &str| {
        let lines = expected.iter().flat_map(|t| t.lines());
        lines.filter_map(|l| l.trim().strip_prefix('#')?.trim().strip_prefix(name)?.trim().strip_prefix(':')).map(str::trim).next()
    };
    let zone = match remark("zone").map(|name| (name, TimeZone::get(name))) {
        None => None,
        Some((_, Ok(zone))) => Some(zone),
        Some((name, Err(_))) => return Verdict::Unusable(format!("`{name}` is not an IANA time zone")),
    };
    let payload = Payload { number: remark("number"), zone: zone.as_ref(), ..Payload::of(&body) };
    let of_folder =
        || file.parent()?.strip_prefix(root.parent().unwrap_or(root)).ok()?.iter().rev().find_map(|n| carrier::by_id(n.to_str()?));
    let Some(adapter) = named.or_else(of_folder).or_else(|| parse::dialect(&payload)) else {
        return Verdict::Unusable("no dialect that we know has this shape; --carrier names one".into());
    };
    let outcome = parse::parse(adapter, &payload);
    for event in outcome.iter().flat_map(|p| &p.events).filter(|e| e.state == State::Unknown) {
        let code = event.carrier_code.clone().unwrap_or_else(|| "-".into());
        *unlisted.entry((event.carrier.clone(), code, event.description.clone())).or_default() += 1;
    }
    let told = conformance::printed(&outcome);
    let Some(expected) = expected.filter(|_| !bless) else {
        return if bless { blessed(&beside, &told) } else { Verdict::Told(told) };
    };
    let lines: String = expected.lines().filter(|l| !l.trim_start().starts_with('#')).map(|l| format!("{l}\n")).collect();
    let differences = conformance::differences(&lines, &told);
    if differences.is_empty() { Verdict::AsExpected } else { Verdict::Differs(differences) }
}

/// Writes the timeline; remarks stay.
fn blessed(beside: &Path, told: &str) -> Verdict {
    let before = fs::read_to_string(beside).unwrap_or_default();
    let remarks: String = before.lines().filter(|l| l.trim_start().starts_with('#')).map(|l| format!("{l}\n")).collect();
    match fs::write(beside, remarks + told) {
        Ok(()) => Verdict::Blessed,
        Err(e) => Verdict::Unusable(format!("{}: {e}", beside.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIVERED: &str = r#"{"tracking_code":"RM1","carrier":"RoyalMail","object":"Tracker","tracking_details":[{"object":"TrackingDetail",
        "message":"Delivered","status":"delivered","status_detail":"arrived_at_destination","datetime":"2026-10-20T10:04:00Z"}]}"#;

    fn run(dir: &Path, bless: bool) -> Result<(), Failure> {
        Conformance { dir: dir.to_path_buf(), carrier: None, bless }.run()
    }

    #[test]
    fn a_reading_is_written_once_and_held_to_from_then_on() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("easypost");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("one.json"), DELIVERED).unwrap();
        run(dir.path(), false).expect("a payload without a timeline is no fault");
        run(dir.path(), true).unwrap();
        let timeline = fs::read_to_string(folder.join("one.txt")).unwrap();
        assert!(timeline.contains("| delivered |"), "{timeline}");
        run(dir.path(), false).unwrap();
        fs::write(folder.join("one.txt"), format!("# zone: Europe/London\n{}", timeline.replace("delivered", "in_transit"))).unwrap();
        assert!(matches!(run(dir.path(), false), Err(Failure::BadInput(_))));
        run(dir.path(), true).unwrap();
        assert_eq!(fs::read_to_string(folder.join("one.txt")).unwrap(), format!("# zone: Europe/London\n{timeline}"));
    }

    #[test]
    fn what_nobody_speaks_is_told_apart_from_what_differs() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("one.json"), "{\"hello\":1}").unwrap();
        assert!(matches!(run(dir.path(), false), Err(Failure::BadInput(_))));
        assert!(matches!(run(&dir.path().join("nowhere"), false), Err(Failure::BadInput(_))));
    }
}
