//! Deciding who is told what, and when. A `tell` task comes from a change; what it leads to is a message per person and channel with a
//! business key that is unique in the database, so nobody is told the same twice. What is not told is kept too, with the reason.

use std::cmp::Ordering;

use jiff::{Timestamp, ToSpan, Zoned, tz::TimeZone};
use whereabouts_domain::{Registration, ShipmentType, settings::Settings, shipment::Person};

use super::{FlowError, settle::Tell};
use crate::{
    app::App,
    context::Context,
    db::{self, Write, notifications::NotificationRow, orders::OrderRow, shipments::ShipmentRow, tasks::TaskRow},
    following,
    mail::{Audience, News},
    retry_races,
};

const BATCH_MAX: i64 = 200;

/// The messages of the product: name, what they say, how far along the way they are (0: beside it).
const MESSAGES: &[(&str, News, i64)] = &[
    ("shipped", News::Shipped, 20),
    ("out_for_delivery", News::OutForDelivery, 40),
    ("attempt_failed", News::AttemptFailed, 46),
    ("ready_for_collection", News::ReadyForCollection, 60),
    ("collect_reminder", News::ActByReminder, 61),
    ("final_collect_reminder", News::ActByLastReminder, 62),
    ("act_by_reminder", News::ActByReminder, 0),
    ("final_act_by_reminder", News::ActByLastReminder, 0),
    ("delivered", News::Delivered, 80),
    ("going_back", News::GoingBack, 0),
    ("return_received", News::ReturnReceived, 80),
    ("refunded", News::Refunded, 92),
    ("late", News::Late, 0),
    ("may_be_missing", News::MayBeMissing, 0),
    ("found_again", News::FoundAgain, 0),
    ("action_needed", News::ActionNeeded, 0),
];

pub fn message_names() -> impl Iterator<Item = &'static str> {
    MESSAGES.iter().map(|m| m.0)
}

/// What a message says, and how far along the way it is.
pub fn news_of(message: &str) -> Option<(News, i64)> {
    MESSAGES
        .iter()
        .find(|m| m.0 == message)
        .map(|m| (m.1, m.2))
        .or_else(|| message.contains("reminder").then_some((News::ActByReminder, 0)))
}

/// Troubles wait for the agents' head start and for a grace in which a scan takes them back, and for a decent hour.
pub fn tell_at(message: &str, now: Timestamp, settings: &Settings, zone: &TimeZone) -> i64 {
    let now_ms = now.as_millisecond();
    let wait = match message {
        "late" => settings.late_grace_minutes.max(settings.head_start_minutes),
        "may_be_missing" => settings.head_start_minutes,
        _ => return now_ms,
    };
    let at = Timestamp::from_millisecond(now_ms + wait * 60_000).unwrap_or(now);
    decent_hour(&at.to_zoned(zone.clone()), settings).timestamp().as_millisecond()
}

/// This time if it lies in the hours in which shoppers are told of troubles, else the next such hour.
fn decent_hour(at: &Zoned, settings: &Settings) -> Zoned {
    let (from, until, time) = (settings.tell_from, settings.tell_until, at.time());
    let is_decent = match from.cmp(&until) {
        Ordering::Less => time >= from && time < until,
        // The evening runs past midnight.
        Ordering::Greater => time >= from || time < until,
        Ordering::Equal => true,
    };
    if is_decent {
        return at.clone();
    }
    let day = if at.time() < from { at.date() } else { at.date().checked_add(1.day()).unwrap_or(at.date()) };
    day.to_datetime(from).to_zoned(at.time_zone().clone()).unwrap_or_else(|_| at.clone())
}

/// Decides on what is due for one retailer. Answers how many tasks it took.
pub async fn run(app: &App, retailer: &str) -> Result<usize, FlowError> {
    retry_races!(run_once(app, retailer).await)
}

async fn run_once(app: &App, retailer: &str) -> Result<usize, FlowError> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let due = db::tasks::due(&mut tx, retailer, now.as_millisecond(), BATCH_MAX).await?;
    if due.is_empty() {
        return Ok(0);
    }
    db::tasks::take(&mut tx, &due).await?;
    let Some(ctx) = app.contexts.get(app, retailer).await? else { return Ok(0) };
    for task in &due {
        match task.kind.as_str() {
            "tell" => tell(app, &mut tx, &ctx, task, now).await?,
            "script" => super::script::step(app, &mut tx, task).await?,
            "replay_quarantine" => super::mappings::replay(app, &mut tx, task).await?,
            "read_anew" => super::meanings::read_anew(app, &mut tx, task).await?,
            "enlist" => super::turns::enlist(app, &mut tx, &ctx, task).await?,
            "import" => super::import::step(app, &mut tx, &ctx, task).await?,
            "wake_alert" => super::alerts::wake(&mut tx, task).await?,
            other => tracing::error!(task.kind = other, "a task of a kind that this program does not know was dropped"),
        }
    }
    tx.commit().await?;
    Ok(due.len())
}

async fn tell(app: &App, tx: &mut Write, ctx: &Context, task: &TaskRow, now: Timestamp) -> Result<(), FlowError> {
    let Ok(tell) = serde_json::from_str::<Tell>(&task.payload) else { return Ok(()) };
    let Some((news, rank)) = news_of(&tell.message) else { return Ok(()) };
    let Some(shipment_id) = &task.shipment else { return Ok(()) };
    let Some(shipment) = db::shipments::by_id_for_write(tx, &ctx.id, shipment_id).await? else { return Ok(()) };
    let Some(order) = db::orders::by_id_for_write(tx, &ctx.id, &shipment.order_id).await? else { return Ok(()) };
    let told = db::notifications::of_order(tx, &ctx.id, &order.id).await?;
    let siblings: Vec<ShipmentRow> =
        db::shipments::of_order_for_write(tx, &ctx.id, &order.id).await?.into_iter().filter(|s| s.stopped_at.is_none()).collect();
    let case = TellCase { app, ctx, tell: &tell, news, rank, shipment: &shipment, order: &order, siblings: &siblings, told: &told, now };
    for person in case.people() {
        case.decide(tx, &person).await?;
    }
    Ok(())
}

/// Somebody who may be told.
struct Addressee {
    role: &'static str,
    email: String,
    audience: Audience,
}

struct TellCase<'a> {
    app: &'a App,
    ctx: &'a Context,
    tell: &'a Tell,
    news: News,
    rank: i64,
    shipment: &'a ShipmentRow,
    order: &'a OrderRow,
    siblings: &'a [ShipmentRow],
    told: &'a [NotificationRow],
    now: Timestamp,
}

impl TellCase<'_> {
    /// Buyer and recipient, each once; as the shipment says, else as the order does.
    fn people(&self) -> Vec<Addressee> {
        let reg = &self.shipment.registration;
        let doc: serde_json::Value = serde_json::from_str(&self.order.doc).unwrap_or_default();
        let of_order = |role: &str| serde_json::from_value::<Person>(doc[role].clone()).ok();
        let address = |p: &Option<Person>, role: &str| {
            let own = p.as_ref().and_then(|p| p.email.clone());
            own.or_else(|| of_order(role)?.email).map(|e| e.reveal().trim().to_string()).filter(|e| !e.is_empty())
        };
        let mut people: Vec<Addressee> = Vec::new();
        for (role, person) in [("buyer", &reg.buyer), ("recipient", &reg.recipient)] {
            let Some(email) = address(person, role) else { continue };
            let wanted = self.tell.to.is_empty() || self.tell.to.iter().any(|r| r == role);
            if !wanted || !self.may_be_mailed(reg, role) || people.iter().any(|p| p.email.eq_ignore_ascii_case(&email)) {
                continue;
            }
            let audience = match (role, reg.gift) {
                ("buyer", _) => Audience::Buyer,
                (_, true) => Audience::GiftRecipient,
                _ if reg.buyer.is_some() => Audience::Recipient,
                _ => Audience::Buyer,
            };
            people.push(Addressee { role, email, audience });
        }
        people
    }

    /// `notify` narrows roles and channels; without it everybody is mailed.
    fn may_be_mailed(&self, reg: &Registration, role: &str) -> bool {
        let channel_of_rule = self.tell.channels.is_empty() || self.tell.channels.iter().any(|c| c == "email");
        let by_mail = |channels: &Option<Vec<String>>| channels.as_ref().is_none_or(|named| named.iter().any(|c| c == "email"));
        channel_of_rule && (reg.notify.is_empty() || reg.notify.iter().any(|n| n.role == role && by_mail(&n.channels)))
    }

    async fn decide(&self, tx: &mut Write, person: &Addressee) -> Result<(), FlowError> {
        let mine: Vec<&NotificationRow> = self.told.iter().filter(|n| n.address.eq_ignore_ascii_case(&person.email)).collect();
        let withheld = self.why_not(&mine);
        // Another parcel of the same order with the same news, and the message has not left: one message speaks of both.
        if withheld.is_none()
            && let Some(waiting) = mine.iter().find(|n| n.kind == self.tell.message && n.state == "waiting" && n.attempts == 0)
            && !waiting.covers.contains(&self.shipment.id)
        {
            let mut joined = (*waiting).clone();
            joined.covers.push(self.shipment.id.clone());
            if let Some(mail) = self.compose(tx, person, &joined.covers).await? {
                (joined.subject, joined.text, joined.html) = (mail.subject, mail.text, mail.html);
                db::notifications::reword(tx, &joined).await?;
            }
            return self.put(tx, person, Some("told_with_another_parcel".into()), Some(waiting.id.clone()), &mine).await;
        }
        self.put(tx, person, withheld, None, &mine).await
    }

    async fn put(
        &self,
        tx: &mut Write,
        person: &Addressee,
        withheld: Option<String>,
        joined: Option<String>,
        mine: &[&NotificationRow],
    ) -> Result<(), FlowError> {
        let now_ms = self.now.as_millisecond();
        let covers = vec![self.shipment.id.clone()];
        let mail = if withheld.is_some() { None } else { self.compose(tx, person, &covers).await? };
        let (withheld, mail) = match (withheld, mail) {
            (None, None) => (Some("nothing_to_say".to_string()), None),
            other => other,
        };
        let mail = mail.unwrap_or(crate::mail::Mail { subject: String::new(), text: String::new(), html: String::new() });
        let row = NotificationRow {
            retailer: self.ctx.id.clone(),
            id: self.app.ids.make("ntf", now_ms),
            business_key: self.business_key(person),
            order_id: self.order.id.clone(),
            shipment_id: self.shipment.id.clone(),
            brand_id: self.order.brand_id.clone(),
            kind: self.tell.message.clone(),
            rank: self.rank,
            covers,
            channel: "email".into(),
            role: person.role.into(),
            address: person.email.clone(),
            subject: mail.subject,
            text: mail.text,
            html: mail.html,
            state: if withheld.is_some() { "withheld" } else { "waiting" }.into(),
            send_at: if withheld.is_some() { None } else { Some(self.send_at(mine)) },
            reason: match (withheld, joined) {
                (Some(reason), Some(with)) => Some(format!("{reason}:{with}")),
                (reason, _) => reason,
            },
            created_at: now_ms,
            sent_at: None,
            attempts: 0,
        };
        db::notifications::put(tx, &[row]).await?;
        Ok(())
    }

    /// Of one order the same kind of news is told at most once in so many minutes; what comes in between waits and is merged.
    fn send_at(&self, mine: &[&NotificationRow]) -> i64 {
        let now_ms = self.now.as_millisecond();
        let settings = self.ctx.settings_for(&self.shipment.brand_id, &self.shipment.registration);
        let last = mine.iter().filter(|n| n.kind == self.tell.message).filter_map(|n| n.sent_at).max();
        last.map_or(now_ms, |sent| now_ms.max(sent + settings.merge_minutes * 60_000))
    }

    /// Unique per retailer: what makes it at most once. A new attempt is news again.
    fn business_key(&self, person: &Addressee) -> String {
        let round = match self.tell.message.as_str() {
            "shipped" | "return_received" | "refunded" => "0".to_string(),
            "late" | "may_be_missing" | "found_again" => self.tell.change.clone(),
            m if m.contains("reminder") => self.tell.happened_at.unwrap_or_default().to_string(),
            _ => self.tell.attempt.to_string(),
        };
        let address = crate::ids::hash(&person.email.to_lowercase());
        format!("{}/{}/{round}/email/{}", self.shipment.id, self.tell.message, &address[..16])
    }

    /// Why this person is not told, if so.
    fn why_not(&self, mine: &[&NotificationRow]) -> Option<String> {
        let s = self.shipment;
        if s.stopped_at.is_some() {
            return Some("tracking_stopped".into());
        }
        let settings = self.ctx.settings_for(&s.brand_id, &s.registration);
        let happened = self.tell.happened_at.unwrap_or(self.now.as_millisecond());
        if happened < self.now.as_millisecond() - settings.tell_max_age_hours * 3_600_000 && !self.is_trouble() {
            return Some("too_old".into());
        }
        // A clock told to the minute may lie a little before the registration it belongs to.
        if happened < s.created_at - 60_000 {
            return Some("before_registration".into());
        }
        match self.tell.message.as_str() {
            "late" if !s.facts.late() || s.journey.had_at.is_some() => return Some("no_longer_late".into()),
            "may_be_missing" if !s.facts.may_be_missing() => return Some("found_meanwhile".into()),
            "found_again" if !self.was_told_of_trouble(mine) => return Some("not_told_of_the_trouble".into()),
            "found_again" if s.journey.ended_at.is_some() => return Some("overtaken".into()),
            _ => {}
        }
        if self.rank > 0 {
            let told_further = mine.iter().any(|n| {
                n.rank > self.rank && n.covers.contains(&s.id) && n.state != "withheld" && round_of(n) >= Some(i64::from(self.tell.attempt))
            });
            if told_further || self.is_overtaken() {
                return Some("overtaken".into());
            }
        }
        if s.registration.kind != ShipmentType::Delivery && s.registration.kind != ShipmentType::Exchange && self.is_only_outbound() {
            return Some("not_for_returns".into());
        }
        None
    }

    fn is_trouble(&self) -> bool {
        matches!(self.tell.message.as_str(), "late" | "may_be_missing" | "found_again")
    }

    fn is_only_outbound(&self) -> bool {
        matches!(self.tell.message.as_str(), "out_for_delivery" | "attempt_failed")
    }

    fn was_told_of_trouble(&self, mine: &[&NotificationRow]) -> bool {
        mine.iter().any(|n| {
            matches!(n.kind.as_str(), "late" | "may_be_missing")
                && n.covers.contains(&self.shipment.id)
                && matches!(n.state.as_str(), "sent" | "sending" | "unknown")
        })
    }

    /// The parcel is further by now: only the furthest is told.
    fn is_overtaken(&self) -> bool {
        let j = &self.shipment.journey;
        match self.tell.message.as_str() {
            "shipped" => j.out_for_delivery_at.is_some() || j.had_at.is_some() || j.attempts > 0 || j.returning,
            "out_for_delivery" => j.milestone != whereabouts_domain::Milestone::OutForDelivery || j.attempts > self.tell.attempt,
            "attempt_failed" => j.attempts > self.tell.attempt || j.state.is_delivered(),
            "ready_for_collection" | "collect_reminder" | "final_collect_reminder" => {
                j.milestone != whereabouts_domain::Milestone::AvailableForPickup
            }
            "delivered" => !j.state.is_delivered(),
            _ => false,
        }
    }

    async fn compose(&self, tx: &mut Write, person: &Addressee, covers: &[String]) -> Result<Option<crate::mail::Mail>, FlowError> {
        let _ = tx.is_lite();
        let Some(brand) = self.ctx.brand(Some(&self.order.brand_id)) else { return Ok(None) };
        let tracked = || self.siblings.iter().filter(|s| s.stopped_at.is_none());
        let parcels: Vec<following::Parcel> = tracked().map(following::Parcel::from).collect();
        let followed = following::order(&db::pages::PageOrder::of(self.order), &parcels, self.ctx, self.now, person.audience);
        let Some(place) = tracked().position(|s| covers.last() == Some(&s.id)) else { return Ok(None) };
        let link = crate::view::page_url(&self.app.config.public_url, &self.ctx.id, &self.order.page_token);
        let view = crate::mail::MailView::of(&following::brand(brand), &followed, place, self.news, person.audience, &link);
        Ok(view.and_then(|v| match v.compose() {
            Ok(mail) => Some(mail),
            Err(error) => {
                tracing::error!(error = %error, message = self.tell.message, "a message could not be written");
                None
            }
        }))
    }
}

/// The round of attempts that a message belongs to: how many had failed before it. A failed attempt ends its round, so what comes after the
/// first one is of the second round.
fn round_of(n: &NotificationRow) -> Option<i64> {
    let failed: i64 = n.business_key.split('/').nth(2)?.parse().ok()?;
    Some(if n.kind == "attempt_failed" { failed - 1 } else { failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_run_past_midnight_are_no_less_hours() {
        let told = |from: &str, until: &str, at: &str| {
            let settings = Settings { tell_from: from.parse().unwrap(), tell_until: until.parse().unwrap(), ..Settings::default() };
            decent_hour(&at.parse::<Zoned>().unwrap(), &settings).strftime("%a %H:%M").to_string()
        };
        let monday = |clock: &str| format!("2026-11-23T{clock}:00[Europe/London]");
        assert_eq!(told("08:00", "20:00", &monday("07:00")), "Mon 08:00");
        assert_eq!(told("08:00", "20:00", &monday("20:00")), "Tue 08:00");
        assert_eq!(told("08:00", "00:00", &monday("03:00")), "Mon 08:00");
        assert_eq!(told("08:00", "00:00", &monday("23:59")), "Mon 23:59");
        assert_eq!(told("18:00", "02:00", &monday("01:00")), "Mon 01:00");
        assert_eq!(told("18:00", "02:00", &monday("02:00")), "Mon 18:00");
        assert_eq!(told("08:00", "08:00", &monday("03:00")), "Mon 03:00");
    }
}
