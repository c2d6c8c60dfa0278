//! The agents' desk: view structs that carry finished words, and their templates. Handlers fill them; nothing here asks a database.
//!
//! Routes and form fields. Every POST answers 303 to the field `back` (a path of the desk, refused if it is not one), and the next
//! page shows what was done in `Frame::toast`. The script sends the same forms by fetch and swaps in the page they lead to.
//! Forms carry no token: the session cookie is `SameSite=Lax`, and handlers refuse a POST whose `Sec-Fetch-Site` is not
//! `same-origin` or `none` (or, without that header, whose `Origin` is another host).
//!
//! | route | fields |
//! |---|---|
//! | `GET /desk` | |
//! | `GET`, `POST /desk/login` | `email`, `password`, `next` |
//! | `POST /desk/logout` | |
//! | `GET /desk/search` | `q`; `part=hits` answers the fragment for as-you-type |
//! | `GET /desk/shipments` | `attention`, `cursor` |
//! | `GET /desk/queues/{late,may_be_missing,not_despatched,disputed,other,mine,snoozed}` | `carrier`, `site`, `unclaimed`, `cursor` |
//! | `GET /desk/shipments/{id}` | |
//! | `GET /desk/orders/{order_number}` | also where an alert without a shipment (`not_despatched`) leads |
//! | `GET /desk/shipments/{id}/page` | 303 to the shopper's page |
//! | `POST /desk/shipments/{id}/notes` | `text` |
//! | `POST /desk/shipments/{id}/disputes`, `…/disputes/settle` | `reason`, `note`; settle: none |
//! | `POST /desk/alerts/{id}/claim`, `…/release`, `…/resolve`, `…/reopen`, `…/wake` | |
//! | `POST /desk/alerts/{id}/snooze` | `until`: `hour`, `evening`, `tomorrow`, `next_scan` |
//! | `POST /desk/alerts/claim`, `…/release`, `…/resolve`, `…/reopen` | `alert` (repeated), or `group` with the key of a missed trailer |
//! | `POST /desk/alerts/snooze`, `POST /desk/alerts/wake` | `alert` (repeated); snooze: `until` |
//! | `GET /desk/unmatched` | `cursor` |
//! | `GET /desk/quarantine`, `POST /desk/quarantine/{id}/replay`, `POST /desk/quarantine/replay` | the last: `cause`, all of that cause |
//! | `GET /desk/corrections`, `POST …`, `POST …/{id}/undo` | `from`, `number_begins`, `without_events`, `number_fits`, `carrier` |
//! | `GET /desk/hooks`, `POST …/{dialect}`, `POST …/{dialect}/remove` | `secret` |
//! | `POST /desk/hooks/addresses`, `POST …/addresses/{id}/revoke`, `…/restore` | |
//! | `GET /desk/received`, `GET /desk/received/{id}` | `dialect`, `outcome`, `cursor` |
//! | `GET /desk/mappings`, `POST …` | keeps a new one: the assistant's fields |
//! | `GET /desk/mappings/new` | `payload`; with `tried` the assistant's fields |
//! | `GET /desk/mappings/{id}`, `POST …`, `POST …/delete`, `POST …/restore` | the assistant's fields; restore: `version` |
//! | `GET /desk/codes`, `POST …` | `carrier`, `code`, `state`; with GET the meaning is only tried |
//! | `GET /desk/rules`, `POST …`, `GET …/new`, `GET …/{id}`, `POST …/{id}`, `…/{id}/switch`, `…/{id}/remove`, `…/{id}/undo` | `name`, `moment`, `field-N`, `operator-N`, `value-N`, `when`, `outcome`, `kind`, `to`, `enabled`; with `tried` a GET only tries them |
//! | `GET /desk/scorecard` | `carrier` |
//! | `GET /desk/sending`, `POST /desk/sending/hold`, `…/resume` | `brand`, `channel` (each empty for all), `reason` |
//! | `GET /desk/settings/{scope}`, `POST …`, `POST …/reset` | `key`, `value`; `scope` as in the API (`retailer`, `brand:ID`, `carrier:evri`, …) |
//! | `GET /desk/calendars`, `POST …` | `edits`: JSON |
//! | `GET /desk/carriers`, `POST …`, `GET …/{id}`, `POST …/{id}`, `…/{id}/{test,pause,resume,remove}` | GET: `add`; POST: `way`, `label`, `f-FIELD`, `per_day`, `covers`, `sandbox`, `untried` |
//! | `POST /desk/shipments/{id}/refresh` | |
//! | `GET /desk/webhooks`, `POST …`, `GET …/{id}`, `POST …/{id}/test`, `…/{id}/replay`, `…/{id}/delete` | `url`; replay: `delivery` |
//! | `GET /desk/files`, `POST …`, `GET …/{id}`, `POST …/{id}/mapping`, `…/{id}/stop`, `GET …/{id}/result`, `GET …/export`, `POST …/mappings/{id}/delete` | `file`, `kind`; mapping: `field-N`, `dates`, `zone`, `fixed-PATH`, `remember_as`, `then` |
//! | `GET /desk/files/servers`, `POST …`, `GET …/{id}`, `POST …/{id}/test`, `…/{id}/fetch`, `…/{id}/pause`, `…/{id}/delete`, `POST /desk/files/door` | a source as in the API; test: `host_key`; pause: `paused`; door: `then`, `keys` |
//! | `GET /desk/live` | an event stream: `changed` with no data, at most one a second |
//! | `GET /states`, `GET /api/docs`, `GET /outbox` | open; outbox: `message` |
//! | `GET /assets/desk.css`, `/assets/desk.js` | [`STYLE`], [`SCRIPT`] |

pub mod calendars;
pub mod carriers;
pub mod codes;
pub mod corrections;
pub mod docs;
pub mod file_sources;
pub mod files;
pub mod frame;
pub mod home;
pub mod hooks;
pub mod login;
pub mod mappings;
pub mod order;
pub mod outbox;
pub mod pill;
pub mod problem;
pub mod quarantine;
pub mod queue;
pub mod received;
pub mod reply;
pub mod rules;
pub mod samples;
pub mod scorecard;
pub mod search;
pub mod sending;
pub mod serve;
pub mod settings;
pub mod shipment;
pub mod states;
pub mod unmatched;
pub mod webhooks;
pub mod when;

pub const QUEUE_LATE: &str = "late";
pub const QUEUE_MAY_BE_MISSING: &str = "may_be_missing";
pub const QUEUE_NOT_DESPATCHED: &str = "not_despatched";
pub const QUEUE_DISPUTED: &str = "disputed";
/// Alerts of the retailer's own rules.
pub const QUEUE_OTHER: &str = "other";
pub const QUEUE_MINE: &str = "mine";
pub const QUEUE_SNOOZED: &str = "snoozed";

/// The desk's whole style, served as `/assets/desk.css`: tokens, ground, desk.
pub const STYLE: &str = concat!(
    include_str!("../../../../../templates/style/tokens.css"),
    include_str!("../../../../../templates/style/base.css"),
    include_str!("../../../../../templates/style/desk.css")
);

/// The desk's script, served as `/assets/desk.js`.
pub const SCRIPT: &str = include_str!("../../../../../templates/desk/desk.js");

/// Why a list is empty, and what to do next.
#[derive(Clone, Debug)]
pub struct Empty {
    pub icon: &'static str,
    pub title: String,
    pub why: String,
    pub next: Option<Step>,
}

/// A way on: a link with its words.
#[derive(Clone, Debug)]
pub struct Step {
    pub href: String,
    pub label: String,
}

impl Step {
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Step {
        Step { href: href.into(), label: label.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_stays_small() {
        assert!(SCRIPT.len() <= 14 * 1024, "{} bytes", SCRIPT.len());
    }
}
