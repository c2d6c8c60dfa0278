//! What agents do with alerts, one at a time or many: claim, give back, resolve, snooze, and take it back again.

use axum::extract::Path;
use jiff::{ToSpan, civil::time};

use super::{Answer, Desk, Fault, Form, after, queue, toast};
use crate::{
    db::alerts::AlertRow,
    flow::{
        self,
        alerts::{Act, NEXT_SCAN},
    },
    web::desk::frame::{Toast, Undo},
};

/// More than this at once is no choice any more.
const BULK_MAX: usize = 500;

/// `POST /desk/alerts/{id}/{what}`
pub async fn one(desk: Desk, Path((id, what)): Path<(String, String)>, form: Form) -> Answer {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    let verb = verb(&what)?;
    let act = verb.act(&desk, &form)?;
    let done = flow::alerts::act(&desk.app, desk.retailer(), &id, &act, &desk.staff.name).await;
    let back = form.back("/desk");
    let toast = done.map(|alert| {
        let what = alert.order_number.clone().unwrap_or_else(|| "The alert".into());
        verb.toast(&what, std::slice::from_ref(&alert), back, &form)
    });
    after(back, toast)
}

/// `POST /desk/alerts/{what}`: those ticked, or a missed trailer.
pub async fn many(desk: Desk, Path(what): Path<String>, form: Form) -> Answer {
    let verb = verb(&what)?;
    let act = verb.act(&desk, &form)?;
    let mut ids = match form.get("group") {
        "" => form.all("alert"),
        key => queue::of_trailer(&desk, key).await?,
    };
    ids.truncate(BULK_MAX);
    let back = form.back("/desk");
    if ids.is_empty() {
        return after(back, Ok(toast::failed("Nothing was selected.")));
    }
    let done = flow::alerts::act_on_all(&desk.app, desk.retailer(), &ids, &act, &desk.staff.name).await;
    let toast = done.map(|alerts| match &alerts[..] {
        [one] => verb.toast(&one.order_number.clone().unwrap_or_else(|| "The alert".into()), &alerts, back, &form),
        _ => verb.toast(&queue::alerts_words(alerts.len()), &alerts, back, &form),
    });
    after(back, toast)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Claim,
    Release,
    Resolve,
    Reopen,
    Snooze,
    Wake,
}

fn verb(what: &str) -> Result<Verb, Fault> {
    Ok(match what {
        "claim" => Verb::Claim,
        "release" => Verb::Release,
        "resolve" => Verb::Resolve,
        "reopen" => Verb::Reopen,
        "snooze" => Verb::Snooze,
        "wake" => Verb::Wake,
        _ => return Err(Fault::NotFound),
    })
}

impl Verb {
    fn act(self, desk: &Desk, form: &Form) -> Result<Act, Fault> {
        Ok(match self {
            Verb::Claim => Act::Assign(Some(desk.staff.email.clone())),
            Verb::Release => Act::Assign(None),
            Verb::Resolve => Act::Resolve("by_agent".into()),
            Verb::Reopen | Verb::Wake => Act::Reopen,
            Verb::Snooze => Act::Snooze(until(desk, form.get("until")).ok_or(Fault::NotFound)?),
        })
    }

    fn toast(self, what: &str, alerts: &[AlertRow], back: &str, form: &Form) -> Toast {
        let several = alerts.len() > 1;
        let is = if several { "are" } else { "is" };
        let words = match self {
            Verb::Claim => format!("{what} {is} yours"),
            Verb::Release => format!("{what} {is} given back"),
            Verb::Resolve => format!("{what} {is} resolved"),
            Verb::Reopen => format!("{what} {is} open again"),
            Verb::Wake => format!("{what} {is} back in the queue"),
            Verb::Snooze => format!("{what} {} {}", if several { "sleep" } else { "sleeps" }, until_words(form.get("until"))),
        };
        let undo = match self {
            Verb::Claim => "release",
            Verb::Release => "claim",
            Verb::Resolve => "reopen",
            Verb::Snooze => "wake",
            Verb::Reopen | Verb::Wake => return toast::done(words),
        };
        let mut fields: Vec<(&'static str, String)> = vec![("back", back.to_string())];
        fields.extend(alerts.iter().map(|a| ("alert", a.id.clone())));
        Toast { undo: Some(Undo { action: format!("/desk/alerts/{undo}"), fields }), ..toast::done(words) }
    }
}

/// In the agent's day: an hour, 18:00, tomorrow at 09:00, or with the next scan.
fn until(desk: &Desk, word: &str) -> Option<i64> {
    let local = desk.now.to_zoned(desk.zone.clone());
    let at = match word {
        "hour" => local.checked_add(1.hour()).ok()?,
        "evening" => {
            let evening = local.date().to_datetime(time(18, 0, 0, 0)).to_zoned(desk.zone.clone()).ok()?;
            // In the evening itself, the evening is over an hour from now.
            if evening <= local { local.checked_add(1.hour()).ok()? } else { evening }
        }
        "tomorrow" => local.date().tomorrow().ok()?.to_datetime(time(9, 0, 0, 0)).to_zoned(desk.zone.clone()).ok()?,
        "next_scan" => return Some(NEXT_SCAN),
        _ => return None,
    };
    Some(at.timestamp().as_millisecond())
}

fn until_words(word: &str) -> &'static str {
    match word {
        "hour" => "for an hour",
        "evening" => "until this evening",
        "tomorrow" => "until tomorrow at 09:00",
        _ => "until the next scan",
    }
}
