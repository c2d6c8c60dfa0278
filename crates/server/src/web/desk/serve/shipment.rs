//! One shipment: everything about it on one page, and what is written on it.

use axum::extract::Path;
use jiff::{Timestamp, tz::TimeZone};
use whereabouts_adapters::carrier;
use whereabouts_domain::{
    Milestone, State, WaitingOn,
    estimate::{Estimate, Expecting},
    facts,
    settings::Settings,
    shipment::Registration,
};

use super::{
    Answer, Desk, Fault, Form, after, plural,
    queue::{wakes, zone_of},
    see,
    timeline::{self, Parts},
    toast, wording,
};
use crate::{
    db::{self, alerts::AlertRow, polls::TurnRow, shipments::ShipmentRow},
    flow::{self, FlowError, refresh::NotNow},
    following::{self, carrier_name},
    view,
    web::desk::{
        Step,
        pill::Pill,
        reply::{About, Situation, reply},
        shipment::{AlertFace, Asking, Customer, Fact, Item, ParcelFace, ShipmentView, Sibling},
    },
    why,
    words::{days::Days, track_words},
};

const NOTE_MAX: usize = 4_000;

async fn find(desk: &Desk, id: &str) -> Result<ShipmentRow, Fault> {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    db::shipments::by_id(&desk.app.db.read().await?, desk.retailer(), id).await?.ok_or(Fault::NotFound)
}

/// `GET /desk/shipments/{id}`
pub async fn get(desk: Desk, Path(id): Path<String>) -> Answer {
    let s = find(&desk, &id).await?;
    let (settings, zone) = (desk.ctx.settings_for(&s.brand_id, &s.registration), zone_of(&desk, &s));
    let read = desk.app.db.read().await?;
    let retailer = desk.retailer();
    let alerts = db::alerts::of_shipment(&read, retailer, &id).await?;
    let siblings = db::shipments::of_order(&read, retailer, &s.order_id).await?;
    let messages = db::notifications::of_shipment(&read, retailer, &id).await?;
    let waiting = messages.iter().filter(|m| m.state == "waiting").filter_map(|m| m.send_at).min();
    let parts = Parts {
        shipment: &s,
        events: db::events::of_shipment(&read, retailer, &id).await?,
        changes: db::events::changes_of(&read, retailer, &id).await?,
        messages,
        notes: db::alerts::notes(&read, retailer, &id).await?,
        disputes: db::alerts::disputes(&read, retailer, &id).await?,
        settings: &settings,
        zone: &zone,
        now: desk.now,
        has_outbox: desk.app.config.sandbox,
    };
    let turn = db::polls::one(&read, retailer, &id).await?;
    let cards = flow::grade::scorecards(&read, retailer).await?.map(|(_, graded)| graded.data).unwrap_or_default();
    drop(read);
    let reg = &s.registration;
    let order = wording::order(reg);
    let mut pills = vec![wording::state(&s, &desk.ctx)];
    pills.extend(wording::facts(&s, desk.now));
    let page_url = view::page_url(&desk.app.config.public_url, retailer, &s.page_token);
    let view = ShipmentView {
        frame: desk.frame(&order, "shipment").await?,
        back: format!("/desk/shipments/{id}"),
        carrier: wording::carrier(reg),
        tracking_number: reg.tracking_number.clone().unwrap_or_else(|| "no tracking number yet".into()),
        carriers_page: carriers_page(reg),
        pills,
        answer: answer(&desk, &s, &settings, &zone),
        facts: facts_of(&desk, &s, &settings, &zone),
        why: why::why(&desk.app, &desk.ctx, &s, &cards, desk.now).lines(),
        customer: customer(reg),
        items: items(reg),
        parcels: parcels(&s),
        siblings: siblings.iter().filter(|o| o.id != s.id).map(|o| sibling(&desk, o)).collect(),
        alerts: faces(&desk, &alerts, Some(&s), waiting).await?,
        reply: reply(&about(&desk, &s, &page_url), &situation(&desk, &s, &zone)),
        tracking_page_url: page_url,
        days: timeline::days(&parts),
        disputed: s.disputed,
        asking: asking(&desk, &s, turn),
        order,
        id,
    };
    desk.show(&view)
}

/// Whether its carrier can be asked, and when it was.
fn asking(desk: &Desk, s: &ShipmentRow, turn: Option<TurnRow>) -> Option<Asking> {
    let carrier = s.registration.carrier.as_deref()?;
    s.registration.tracking_number.as_deref()?;
    if s.stopped_at.is_some() || desk.ctx.accounts_for(carrier).is_empty() {
        return None;
    }
    let asked_at = turn.as_ref().and_then(|t| t.asked_at);
    let heard = match turn.as_ref().and_then(|t| t.heard.as_deref()) {
        Some("told") => "it told",
        Some("not_known") => "it does not know the number, or not yet",
        Some("no_access") => "it refused the credentials",
        Some("unreadable") => "nobody could read the answer",
        Some("asking") => "no answer yet",
        _ => "no answer",
    };
    Some(Asking { at: asked_at.map(|at| desk.when_ms(at)), heard })
}

/// `GET /desk/shipments/{id}/page`: what the shopper sees.
pub async fn page(desk: Desk, Path(id): Path<String>) -> Answer {
    let s = find(&desk, &id).await?;
    Ok(see(&view::page_url(&desk.app.config.public_url, desk.retailer(), &s.page_token)))
}

/// `POST /desk/shipments/{id}/notes`
pub async fn note(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let s = find(&desk, &id).await?;
    let text: String = form.get("text").chars().take(NOTE_MAX).collect();
    let here = format!("/desk/shipments/{}", s.id);
    let back = form.back(&here);
    if text.is_empty() {
        return after(back, Ok(toast::failed("An empty note was not kept.")));
    }
    let done = flow::alerts::note(&desk.app, desk.retailer(), &id, &desk.staff.name, &text).await;
    after(back, done.map(|_| toast::done("The note is kept")))
}

/// `POST /desk/shipments/{id}/refresh`: asks the carrier now.
pub async fn refresh(desk: Desk, Path(id): Path<String>) -> Answer {
    let s = find(&desk, &id).await?;
    let here = format!("/desk/shipments/{}", s.id);
    let done = match flow::refresh::shipment(&desk.app, desk.retailer(), &id).await {
        Ok(r) => Ok(match (r.heard.as_str(), r.new_events) {
            ("told", 0) => toast::done(format!("{} says nothing new", r.account)),
            ("told", n) => toast::done(format!("{} told {}", r.account, plural(n as u64, "new scan", "new scans"))),
            ("not_known", _) => toast::done(format!("{} does not know this number, or not yet", r.account)),
            ("no_access", _) => toast::failed(format!("{} refuses the credentials; see Carriers", r.account)),
            ("unreadable", _) => toast::failed(format!("{} answered what nobody could read; see Quarantine", r.account)),
            _ => toast::failed(format!("{} gives no answer just now; it is asked again by itself", r.account)),
        }),
        Err(NotNow::TooSoon { asked_at, again_at }) => Ok(toast::failed(format!(
            "It was asked for at {}; ask again after {}.",
            wording::day_and_clock(asked_at, &desk.zone),
            wording::day_and_clock(again_at, &desk.zone)
        ))),
        Err(NotNow::Nobody(why)) => Err(FlowError::Conflict(why)),
        Err(NotNow::Flow(e)) => Err(e),
    };
    after(&here, done)
}

/// `POST /desk/shipments/{id}/disputes`
pub async fn dispute(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let s = find(&desk, &id).await?;
    let reason = form.get("reason").to_string();
    if !["not_received", "empty", "wrong_item", "damaged"].contains(&reason.as_str()) {
        return Err(Fault::NotFound);
    }
    let note: String = form.get("note").chars().take(NOTE_MAX).collect();
    let done =
        flow::alerts::dispute(&desk.app, desk.retailer(), &id, &reason, Some(&note).filter(|n| !n.is_empty()).map(String::as_str)).await;
    after(form.back(&format!("/desk/shipments/{}", s.id)), done.map(|_| toast::done("The dispute is recorded")))
}

/// `POST /desk/shipments/{id}/disputes/settle`
pub async fn settle(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let s = find(&desk, &id).await?;
    let done = flow::alerts::settle_dispute(&desk.app, desk.retailer(), &id, &desk.staff.name).await;
    after(form.back(&format!("/desk/shipments/{}", s.id)), done.map(|_| toast::done("The dispute is settled")))
}

fn carriers_page(reg: &Registration) -> Option<String> {
    let url = carrier::by_id(reg.carrier.as_deref()?)?.tracking_url(reg.tracking_number.as_deref()?)?;
    url.starts_with("https://").then_some(url)
}

pub fn sibling(desk: &Desk, s: &ShipmentRow) -> Sibling {
    let reg = &s.registration;
    let number = reg.tracking_number.as_deref().unwrap_or("without a number");
    Sibling {
        link: Step::new(format!("/desk/shipments/{}", s.id), format!("{} {number}", wording::carrier(reg))),
        state: wording::state(s, &desk.ctx),
    }
}

/// The open alerts, each with what to do about it.
pub async fn faces(desk: &Desk, alerts: &[AlertRow], s: Option<&ShipmentRow>, told_at: Option<i64>) -> Result<Vec<AlertFace>, Fault> {
    let open: Vec<&AlertRow> = alerts.iter().filter(|a| a.is_open()).collect();
    let names = if open.iter().any(|a| a.assignee.is_some()) { desk.colleagues().await? } else { Default::default() };
    let now = desk.now.as_millisecond();
    let face = |a: &AlertRow| {
        let (title, icon) = wording::title(&a.kind);
        let why = wording::why(a, s, &desk.ctx, desk.now);
        let why = why.chars().take(1).flat_map(char::to_uppercase).chain(why.chars().skip(1)).collect();
        AlertFace {
            id: a.id.clone(),
            title,
            icon,
            why,
            opened: desk.when_ms(a.opened_at),
            assignee: a.assignee.as_ref().map(|who| names.get(who).unwrap_or(who).clone()),
            mine: a.assignee.as_deref() == Some(desk.staff.email.as_str()),
            head_start: told_at
                .filter(|at| *at > now)
                .map(|at| format!("The shopper has not been told; they will be at {}", wording::day_and_clock(at, &desk.zone))),
            next_action: wording::next_action(&a.kind, s),
            snoozed_until: a.snoozed_until.filter(|until| a.state == "snoozed" && *until > now).map(|until| wakes(desk, until)),
        }
    };
    Ok(open.into_iter().map(face).collect())
}

/// The state of things in one or two sentences.
fn answer(desk: &Desk, s: &ShipmentRow, settings: &Settings, zone: &TimeZone) -> String {
    let j = &s.journey;
    let who = s.registration.carrier.as_deref().map_or_else(|| "The carrier".into(), carrier_name);
    let when = |at: Timestamp| wording::clocked(at, zone);
    let state = settings.label_of(j.state);
    let mut words = match (j.delivered_at, j.last_event_at) {
        (Some(at), _) if s.disputed => format!("{who} says “{state}”, {}; the shopper says it is not so.", when(at.at())),
        (Some(at), _) if j.state.is_delivered() => format!("{state}, {}.", when(at.at())),
        (_, Some(last)) => format!("{state}; last heard {}.", when(last)),
        _ if s.registration.tracking_number.is_none() => {
            "Registered without a tracking number: no carrier can tell us anything yet.".into()
        }
        _ => format!("{who} has not said anything yet."),
    };
    if let Some(reason) = j.reason {
        words = format!("{} {}.", words, sentence(reason.label()));
    }
    if s.facts.may_be_missing() {
        words = format!("{} {}.", words, sentence(&silent(desk, s, settings)));
    }
    if s.facts.late() && j.had_at.is_none() {
        words += " The promise has passed.";
    }
    words
}

/// How silent the carrier is against what is normal, where history tells that.
fn silent(desk: &Desk, s: &ShipmentRow, settings: &Settings) -> String {
    wording::against_the_normal(s, &desk.ctx, settings, desk.now).unwrap_or_else(|| wording::silence(s, desk.now))
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn facts_of(desk: &Desk, s: &ShipmentRow, settings: &Settings, zone: &TimeZone) -> Vec<Fact> {
    let (reg, j, now) = (&s.registration, &s.journey, desk.now.as_millisecond());
    let fact = |label, value: String, detail: String, tone| Fact { label, value, detail, tone };
    let promise = match &reg.promised {
        None => fact("Promise", "none".into(), String::new(), ""),
        Some(promise) => {
            let changed = s.first_promised.as_ref().and_then(|f| f.changed_by.as_ref());
            let first = match changed {
                Some(who) => format!("changed by {who}"),
                None => "first promise, never changed".into(),
            };
            let late = wording::late(s, desk.now);
            let tone = if late.is_some() { "bad" } else { "" };
            fact("Promise", wording::promise(promise, zone), late.map_or_else(|| first.clone(), |l| format!("{l}; {first}")), tone)
        }
    };
    let risk = if s.facts.at_risk { "warn" } else { "" };
    let estimate = match (Estimate::of(j, &s.facts), &s.facts.expected) {
        (Some(estimate), Some(ours)) if estimate.source == Expecting::Whereabouts => {
            let chance = s.facts.at_risk_probability.map(|p| format!("; {:.0} % likely to be late", p * 100.0)).unwrap_or_default();
            fact(
                "Estimate",
                wording::window(&estimate.window(), zone),
                format!("ours, learnt from {} arrivals{chance}", ours.learnt_from),
                risk,
            )
        }
        (Some(estimate), _) if estimate.source == Expecting::Published => {
            let why = s.facts.aimed.as_ref().map(|aimed| aimed.why()).unwrap_or_default();
            fact("Estimate", wording::window(&estimate.window(), zone), why, "")
        }
        (Some(estimate), _) => fact("Estimate", wording::window(&estimate.window(), zone), "the carrier's".into(), risk),
        (None, _) => fact("Estimate", "none".into(), "neither the carrier gives one, nor was enough learnt".into(), ""),
    };
    let since = j.state_since.map_or_else(String::new, |at| format!("since {}", wording::clocked(at, zone)));
    let scan = match s.last_event_at {
        Some(at) => fact(
            "Last scan",
            format!("{} ago", wording::span(now - at)),
            settings.label_of(j.state).to_string(),
            if s.facts.may_be_missing() { "warn" } else { "" },
        ),
        None => fact("Last scan", "never".into(), String::new(), if s.facts.may_be_missing() { "warn" } else { "" }),
    };
    let handed = match reg.handed_over_at.or(reg.shipped_at).or(j.first_physical_at) {
        Some(at) => fact("Handed over", wording::clocked(at, zone), reg.site.clone().unwrap_or_default(), ""),
        None => fact("Handed over", "not known".into(), reg.site.clone().unwrap_or_default(), ""),
    };
    let act_by = match view::ask(s, &desk.ctx, settings, desk.now, facts::act_by) {
        Some(at) => fact("Act by", wording::clocked(at, zone), "the shopper's move".into(), "warn"),
        None => fact("Act by", "none".into(), "nothing is asked of the shopper".into(), ""),
    };
    vec![promise, estimate, fact("Waiting on", wording::waiting_on(j.waiting_on).into(), since, ""), scan, handed, act_by]
}

pub fn customer(reg: &Registration) -> Customer {
    let person = reg.recipient.as_ref().or(reg.buyer.as_ref());
    let text = |value: &Option<whereabouts_domain::Private<String>>| value.as_ref().map_or_else(String::new, |v| v.reveal().clone());
    let mut address = Vec::new();
    if let Some(d) = &reg.destination {
        address.extend([text(&d.line1), text(&d.line2)]);
        address.push([d.city.clone(), d.postcode.clone()].into_iter().flatten().collect::<Vec<_>>().join(" "));
        address.push(d.country.clone().unwrap_or_default());
        if d.kind.is_some_and(|k| k.is_collected()) {
            address.insert(0, format!("To be collected: {}", d.kind.unwrap_or_default().id().replace('_', " ")));
        }
    }
    address.retain(|line| !line.is_empty());
    let mut remarks = Vec::new();
    if reg.gift {
        remarks.push("Gift: the recipient must not learn items, prices or the buyer".into());
    }
    if let (Some(recipient), Some(buyer)) = (&reg.recipient, &reg.buyer) {
        let (recipient, buyer) = (wording::name(Some(recipient)), wording::name(Some(buyer)));
        if !buyer.is_empty() && recipient != buyer {
            remarks.push(format!("Bought by {buyer}"));
        }
    }
    if let Some(locale) = person.and_then(|p| p.locale.as_ref()) {
        remarks.push(format!("Reads {locale}"));
    }
    if !reg.requirements.is_empty() {
        remarks.push(format!("At the door: {}", reg.requirements.join(", ").replace('_', " ")));
    }
    Customer {
        name: wording::customer(reg),
        email: person.map_or_else(String::new, |p| text(&p.email)),
        phone: person.map_or_else(String::new, |p| text(&p.phone)),
        address,
        remarks,
    }
}

fn items(reg: &Registration) -> Vec<Item> {
    let item = |i: &whereabouts_domain::shipment::Item| Item {
        quantity: i.quantity.to_string(),
        name: i.name.clone().or_else(|| i.sku.clone()).unwrap_or_default(),
        sku: i.sku.clone().unwrap_or_default(),
        price: i.price.as_ref().map_or_else(String::new, |p| format!("{} {}", p.amount, p.currency)),
    };
    reg.items.iter().map(item).collect()
}

fn parcels(s: &ShipmentRow) -> Vec<ParcelFace> {
    let pieces = &s.journey.pieces;
    if pieces.len() < 2 {
        return Vec::new();
    }
    let face = |(n, piece): (usize, &whereabouts_domain::journey::Piece)| ParcelFace {
        label: format!("Parcel {} of {}", n + 1, pieces.len()),
        barcode: piece.barcode.clone(),
        state: Pill::state(piece.state, piece.state.info().attention),
        last_scan: None,
    };
    pieces.iter().enumerate().map(face).collect()
}

fn about(desk: &Desk, s: &ShipmentRow, page_url: &str) -> About {
    let reg = &s.registration;
    About {
        first_name: wording::first_name(reg),
        order: wording::order(reg),
        carrier: reg.carrier.as_deref().map_or_else(|| "the carrier".into(), carrier_name),
        tracking_page_url: page_url.into(),
        brand: desk.ctx.brand(Some(&s.brand_id)).map_or_else(|| desk.ctx.name.clone(), |b| b.name.clone()),
    }
}

/// Which words fit, and never a day that is over.
fn situation(desk: &Desk, s: &ShipmentRow, zone: &TimeZone) -> Situation {
    let (j, days) = (&s.journey, Days::for_message(desk.now, zone, "en-GB"));
    // The very days that the shopper reads on the page.
    let shown = following::parcel(&s.into(), &desk.ctx, desk.now, false);
    let expected = || track_words::expected(&shown, &days).map(|span| days.arrival(&span));
    let delivered = || j.delivered_at.map_or_else(|| "already".into(), |at| days.on_day_at(at.at()));
    let until = j.act_by.filter(|at| *at > desk.now).map(|at| days.full_day(days.local(at).date()));
    let is_unseen = j.first_physical_at.is_none() && matches!(j.milestone, Milestone::Pending | Milestone::InfoReceived);
    match (j.state, j.milestone) {
        _ if s.disputed => Situation::Disputed { delivered: delivered() },
        (State::Lost, _) => Situation::Lost,
        (_, Milestone::AvailableForPickup) => {
            let place = j.pickup_point.as_ref().and_then(|p| p.name.clone()).unwrap_or_else(|| "the pick-up point".into());
            Situation::Collect { place, until }
        }
        (state, _) if state.is_delivered() => {
            let to = j.delivered_to.as_ref().map(|d| match d.kind.as_str() {
                "neighbour" => "to a neighbour".to_string(),
                "safe_place" => "in a safe place".into(),
                "letterbox" => "through the letterbox".into(),
                "reception" => "to the reception".into(),
                _ => "to the address".into(),
            });
            Situation::Delivered { when: delivered(), to }
        }
        _ if j.returning => Situation::Returned,
        _ if s.facts.may_be_missing() => {
            let place = s.journey.last_event_at.filter(|_| s.journey.first_physical_at.is_some());
            Situation::MayBeMissing {
                last: place.map(|at| format!("{} at {}", days.full_day(days.local(at).date()), days.clock(days.local(at)))),
            }
        }
        (_, Milestone::AttemptFail) if j.waiting_on == WaitingOn::Shopper => {
            Situation::Shopper { act: "please choose a new day or collect it, as their card says".into(), until }
        }
        _ if j.waiting_on == WaitingOn::Shopper => {
            Situation::Shopper { act: "please follow the link below, which says what to do".into(), until }
        }
        _ if s.facts.late() && is_unseen => Situation::LateUnseen { was_handed_over: shown.handed_over },
        _ if s.facts.late() => Situation::Late { expected: expected() },
        _ if is_unseen && !shown.handed_over => Situation::NotDespatched { leaves_by: None },
        _ => Situation::OnTheWay { expected: expected() },
    }
}
