//! What is said of a parcel that is on its way as it should be, or behind: where it is, and when it comes.

use whereabouts_domain::{Milestone, State};

use super::{
    days::Span,
    followed::FollowedParcel,
    plain,
    track_words::{Answer, Telling, Tone, Urgency, expected, promised_words, touched},
};

pub(super) fn at_the_door_today(t: &Telling, p: &FollowedParcel) -> Option<Answer> {
    if p.milestone != Milestone::OutForDelivery {
        return None;
    }
    let carrier = plain::start(p.carrier_words());
    let left = p.state_since.or(p.last_heard_at).map(|at| t.days.local(at).date());
    if left.is_none_or(|day| day < t.days.today()) {
        let taken = match left {
            Some(day) => format!("{carrier} took it out {} and has not told us yet how it went.", t.days.on_day(day)),
            None => format!("{carrier} has it out for delivery."),
        };
        let next_day = expected(p, t.days).map(|span| format!(" It is now expected {}.", t.days.arrival(&span))).unwrap_or_default();
        let tone = if p.late { Tone::Warn } else { Tone::Accent };
        let answer = Answer::new(tone, "van", Urgency::Moving, "Out for delivery", "is out for delivery");
        return Some(answer.because(format!("{taken}{next_day}")));
    }
    let today = t.days.day(t.days.today());
    let slot = expected(p, t.days).filter(|s| t.days.end_date(s.end) == t.days.today()).map(|s| t.days.arrival(&s)).filter(|w| *w != today);
    let headline = slot.as_ref().map_or(format!("Out for delivery {}", t.days.on_day(t.days.today())), |slot| format!("Arriving {slot}"));
    let clause = slot.map_or_else(|| format!("is out for delivery {}", t.days.on_day(t.days.today())), |slot| format!("arrives {slot}"));
    let mut detail = vec![format!("{carrier} has it out for delivery.")];
    if p.state == State::FinalDeliveryAttempt {
        detail.push("This is the last attempt.".into());
    }
    if let Some(promised) = promised_words(p, t.days).filter(|_| p.late) {
        detail.push(format!("It should have been with you {promised}; we're sorry."));
    }
    Some(Answer::new(Tone::Accent, "van", Urgency::Today, headline, clause).because(detail.join(" ")))
}

/// Late, said by the clock or by the carrier; or expected after the promised day.
pub(super) fn behind(t: &Telling, p: &FollowedParcel) -> Option<Answer> {
    let span = expected(p, t.days);
    let first = p.first_promised.as_ref().or(p.promised.as_ref()).and_then(Span::of_promise);
    let slips = span.zip(first).is_some_and(|(now, then)| t.days.end_date(now.end) > t.days.end_date(then.end));
    let carrier_says = matches!(p.state, State::Late | State::Delayed);
    if !p.late && !slips && !carrier_says {
        return None;
    }
    let was_due = promised_words(p, t.days);
    let over = first.is_some_and(|s| t.days.is_over(s.end));
    let sorry = match was_due {
        Some(day) if over => format!("It should have been with you {day}; we're sorry."),
        Some(day) if slips => format!("We had promised it {day}; we're sorry."),
        _ => format!("{} told us it is delayed; we're sorry.", plain::start(p.carrier_words())),
    };
    Some(match span {
        Some(span) if p.late || slips => {
            let when = t.days.arrival(&span);
            Answer::new(
                Tone::Warn,
                "clock",
                Urgency::Trouble,
                format!("Running late: now expected {when}"),
                format!("is running late, now expected {when}"),
            )
            .because(sorry)
        }
        Some(span) => {
            let when = t.days.arrival(&span);
            Answer::new(
                Tone::Warn,
                "clock",
                Urgency::Trouble,
                format!("Delayed, but still expected {when}"),
                format!("is delayed, still expected {when}"),
            )
            .because(sorry)
        }
        None => Answer::new(Tone::Warn, "clock", Urgency::Trouble, "Running late", "is running late")
            .because(format!("{sorry} {} has not given a new day yet.", plain::start(p.carrier_words())))
            .so("The new day stands here as soon as we know it."),
    })
}

pub(super) fn coming(t: &Telling, p: &FollowedParcel) -> Answer {
    let span = expected(p, t.days);
    if p.milestone == Milestone::Pending && !p.handed_over {
        return packing(t, span);
    }
    let detail = on_the_way_words(p);
    let aim = || aim_words(t, p).map(|aim| format!("{detail} {aim}")).unwrap_or_else(|| detail.clone());
    match span {
        Some(span) => {
            let when = t.days.arrival(&span);
            let today = t.days.end_date(span.end) == t.days.today();
            let urgency = if today { Urgency::Today } else { Urgency::Moving };
            Answer::new(Tone::Accent, "route", urgency, format!("Arriving {when}"), format!("arrives {when}")).because(detail)
        }
        None if touched(p) || p.milestone == Milestone::InTransit => {
            Answer::new(Tone::Accent, "route", Urgency::Moving, "On its way", "is on its way").because(aim())
        }
        None if p.handed_over => {
            let carrier = p.carrier_words();
            Answer::new(Tone::Accent, "box", Urgency::Moving, format!("Handed to {carrier}"), format!("was handed to {carrier}"))
                .because(aim())
        }
        None => Answer::new(Tone::Accent, "box", Urgency::Moving, "Packed and ready to go", "is packed and ready to go").because(aim()),
    }
}

/// What the carrier publishes is nobody's word for this parcel: it says so, and stands below the headline.
fn aim_words(t: &Telling, p: &FollowedParcel) -> Option<String> {
    let span = p.aimed.as_ref().and_then(Span::of_window).filter(|span| !t.days.is_over(span.end))?;
    Some(format!("With this service {} aims to bring it {}.", p.carrier_words(), t.days.arrival(&span)))
}

fn on_the_way_words(p: &FollowedParcel) -> String {
    let carrier = plain::start(p.carrier_words());
    let to = p.town.as_deref().map(|town| format!(" to {town}")).unwrap_or_default();
    match p.state {
        State::Unknown | State::ForInformation if !touched(p) => format!("{carrier} sent an update that does not say where it is."),
        State::Registered | State::Dispatched if p.handed_over => format!("{carrier} has not scanned it yet."),
        State::Registered => format!("We have sent it. {carrier} has not scanned it yet."),
        State::Dispatched => format!("It is packed. {carrier} has not scanned it yet."),
        State::InTransit
        | State::DroppedOff
        | State::CollectedByCarrier
        | State::ArrivedAtHub
        | State::DepartedHub
        | State::Unknown
        | State::ForInformation => {
            format!("{carrier} has it, and it is on its way{to}.")
        }
        State::PartiallyDelivered => "Part of it was delivered; the rest is on its way.".into(),
        state => plain::happened(state, p.carrier_words()).map_or_else(|| "It is on its way.".into(), |said| format!("{said}.")),
    }
}

/// Not despatched yet. `span` is when it should arrive, if anybody has said so.
pub(super) fn packing(t: &Telling, span: Option<Span>) -> Answer {
    let arrives = span.map(|s| t.days.arrival(&s));
    match t.order.despatch_by {
        Some(end) if t.days.is_over(end) => {
            let answer = Answer::new(Tone::Warn, "clock", Urgency::Trouble, "It hasn't left us yet", "has not left us yet")
                .because(format!("It should have left {}; we're sorry. We are looking into it.", t.days.was_due(end)));
            answer.so("You don't need to do anything. This page tells you as soon as it leaves.")
        }
        Some(end) => {
            let leaves = t.days.by(end);
            let answer = Answer::new(
                Tone::Accent,
                "box",
                Urgency::Quiet,
                format!("We're packing it; leaves {leaves}"),
                format!("is being packed and leaves {leaves}"),
            );
            match arrives {
                Some(when) => answer.because(format!("It should be with you {when}.")),
                None => answer,
            }
        }
        None => match arrives {
            Some(when) => Answer::new(Tone::Accent, "box", Urgency::Quiet, format!("Arriving {when}"), format!("arrives {when}"))
                .because("We're packing it."),
            None => Answer::new(Tone::Accent, "box", Urgency::Quiet, "We're packing it", "is being packed")
                .because("This page tells you as soon as it leaves."),
        },
    }
}
