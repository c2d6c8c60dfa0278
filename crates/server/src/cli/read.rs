//! `parse`, `detect` and `recognise`: the adapters by hand.

use std::{io::Read, path::PathBuf};

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use whereabouts_adapters::{
    carrier::{self, Payload},
    parse, recognise,
};

use super::{Failure, say};
use crate::view;

#[derive(Args)]
pub struct Parse {
    /// The carrier's id, or `auto`
    #[arg(long)]
    carrier: String,
    /// The number that was asked for, when the reply does not repeat it
    #[arg(long)]
    tracking_number: Option<String>,
    /// The zone of clocks without an offset, such as Europe/London
    #[arg(long)]
    zone: Option<String>,
    /// The payload; standard input if left out
    file: Option<PathBuf>,
}

impl Parse {
    pub fn run(self) -> Result<(), Failure> {
        let zone = match &self.zone {
            None => None,
            Some(name) => Some(TimeZone::get(name).map_err(|_| Failure::BadArguments(format!("`{name}` is not an IANA time zone")))?),
        };
        let named = match self.carrier.as_str() {
            "auto" => None,
            id => Some(carrier::by_id(id).ok_or_else(|| Failure::BadArguments(format!("`{id}` is not a carrier that we know")))?),
        };
        let mut body = Vec::new();
        match &self.file {
            Some(path) => {
                body = std::fs::read(path).map_err(|e| Failure::BadInput(format!("{}: {e}", path.display())))?;
            }
            None => {
                std::io::stdin().read_to_end(&mut body)?;
            }
        }
        let payload = Payload { number: self.tracking_number.as_deref(), zone: zone.as_ref(), ..Payload::of(&body) };
        let adapter = match named {
            Some(found) => found,
            None => {
                let found = parse::dialect(&payload);
                found.ok_or_else(|| Failure::BadInput("no dialect that we know has this shape".into()))?
            }
        };
        let parsed = parse::parse(adapter, &payload).map_err(|e| Failure::BadInput(e.to_string()))?;
        for (number, why) in &parsed.faults {
            eprintln!("whereabouts: {}: {why}", number.as_deref().unwrap_or("a part of the payload"));
        }
        for event in &parsed.into_events() {
            say(&Value::Object(view::event_fields(event)).to_string())?;
        }
        Ok(())
    }
}

#[derive(Args)]
pub struct Detect {
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Detect {
    pub fn run(self) -> Result<(), Failure> {
        let mut unreadable = Vec::new();
        for path in &self.files {
            let body = match std::fs::read(path) {
                Ok(body) => body,
                Err(e) => {
                    unreadable.push(format!("{}: {e}", path.display()));
                    continue;
                }
            };
            let found = parse::detect(&Payload::of(&body));
            let line = json!({
                "file": path.display().to_string(),
                "carrier": found.carrier.map(|c| c.card().id),
                "kind": found.kind.id(),
            });
            say(&line.to_string())?;
        }
        if unreadable.is_empty() { Ok(()) } else { Err(Failure::BadInput(unreadable.join("; "))) }
    }
}

#[derive(Args)]
pub struct Recognise {
    #[arg(required = true)]
    numbers: Vec<String>,
}

impl Recognise {
    pub fn run(self) -> Result<(), Failure> {
        for number in &self.numbers {
            let candidates: Vec<Value> = recognise::recognise(number)
                .iter()
                .map(|c| {
                    json!({
                        "carrier": c.carrier,
                        "confidence": f64::from(c.confidence) / 100.0,
                        "checksum": if c.checksum { "valid" } else { "none" },
                    })
                })
                .collect();
            say(&json!({ "number": number, "candidates": candidates }).to_string())?;
        }
        Ok(())
    }
}
