//! What was before a shipment came here: the first promise and the agents' notes, as an export of another installation tells them.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use whereabouts_domain::Promise;

use super::{Fault, FlowError, faults};
use crate::{
    app::App,
    db::{
        self, Write,
        alerts::NoteRow,
        shipments::{FirstPromise, ShipmentRow},
    },
};

const NOTES_MAX: usize = 200;
const AUTHOR_MAX: usize = 200;
const TEXT_MAX: usize = 10_000;
/// Who wrote a note that does not say.
const NOBODY: &str = "file";

#[derive(Clone, Debug, Default)]
pub struct Past {
    /// Holds for a shipment that is new here: the first promise of one that is known stays for ever.
    pub first_promised: Option<FirstPromise>,
    notes: Vec<Note>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    #[serde(default)]
    at: Option<Timestamp>,
    #[serde(default)]
    author: Option<String>,
    text: String,
}

impl Past {
    /// Takes what was before out of what a row tells; the rest is a registration.
    pub fn of(told: &mut Value) -> Result<Past, Vec<Fault>> {
        let mut take =
            |name: &str| told.as_object_mut().and_then(|map| map.remove(name)).map(|v| faults::without_nulls(&v)).filter(|v| !v.is_null());
        take("messages");
        let (first, notes) = (take("first_promised"), take("notes"));
        let mut wrong = Vec::new();
        let first_promised =
            first.and_then(|first| first_of(first).map_err(|why| wrong.push(Fault::new("/first_promised", "invalid", why))).ok());
        let notes: Vec<Note> = match notes.map(serde_json::from_value) {
            None => Vec::new(),
            Some(Ok(notes)) => notes,
            Some(Err(_)) => {
                wrong.push(Fault::new("/notes", "invalid", "must be a list of {\"at\",\"author\",\"text\"}, or plain words"));
                Vec::new()
            }
        };
        if notes.len() > NOTES_MAX {
            wrong.push(Fault::new("/notes", "too_many", format!("must not be more than {NOTES_MAX}")));
        }
        let is_long = |n: &Note| n.text.chars().count() > TEXT_MAX || n.author.as_ref().is_some_and(|a| a.chars().count() > AUTHOR_MAX);
        if notes.iter().any(|n| is_long(n) || n.text.contains('\0')) {
            wrong.push(Fault::new("/notes", "too_long", format!("must each have at most {TEXT_MAX} characters")));
        }
        if wrong.is_empty() { Ok(Past { first_promised, notes }) } else { Err(wrong) }
    }

    /// Keeps those of its notes that the shipment has not. Answers whether there were any.
    pub async fn note(&self, app: &App, tx: &mut Write, shipment: &ShipmentRow) -> Result<bool, FlowError> {
        if self.notes.is_empty() {
            return Ok(false);
        }
        let known = db::alerts::notes_for_write(tx, &shipment.retailer, &shipment.id).await?;
        let now = app.clock.now_ms();
        let mut is_new = false;
        for told in &self.notes {
            let at = told.at.map(Timestamp::as_millisecond);
            let author = told.author.as_deref().map(str::trim).filter(|a| !a.is_empty()).unwrap_or(NOBODY);
            // What says no time is the same whenever it was told.
            let is_it = |n: &NoteRow| n.author == author && n.body == told.text && at.is_none_or(|at| n.at == at);
            if told.text.trim().is_empty() || known.iter().any(is_it) {
                continue;
            }
            let at = at.unwrap_or(now);
            let note = NoteRow { id: app.ids.make("nte", at), at, author: author.into(), body: told.text.clone() };
            db::alerts::put_note(tx, &shipment.retailer, &shipment.id, &note).await?;
            is_new = true;
        }
        Ok(is_new)
    }
}

/// A promise, and who changed it when.
fn first_of(mut told: Value) -> Result<FirstPromise, String> {
    let map = told.as_object_mut().ok_or("must be a promise")?;
    let text = |v: Option<Value>| v.and_then(|v| v.as_str().map(str::to_string));
    let (changed_by, changed_at) = (text(map.remove("changed_by")), text(map.remove("changed_at")));
    let changed_at = changed_at.map(|at| at.parse::<Timestamp>().map_err(|_| "changed_at must be a time".to_string())).transpose()?;
    let promise: Promise = serde_json::from_value(told).map_err(|e| e.to_string())?;
    Ok(FirstPromise { changed_by, changed_at, ..FirstPromise::of(&promise) })
}
