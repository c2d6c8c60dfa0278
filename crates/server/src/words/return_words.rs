//! The same grammar for what comes back: it ends in money.

use whereabouts_domain::{Milestone, State};

use super::{
    days::When,
    followed::FollowedParcel,
    plain,
    track_words::{Answer, Telling, Tone, Urgency, bare, delivered, expected, silent},
};

pub(super) fn answer(t: &Telling, p: &FollowedParcel) -> Answer {
    let carrier = p.carrier_words();
    match p.state {
        State::Refunded => Answer::new(Tone::Good, "check", Urgency::Over, "Your refund is on its way", "was refunded")
            .because("How soon it shows depends on your bank or card."),
        State::ExchangeSuccessful => Answer::new(Tone::Good, "check", Urgency::Over, "Your exchange is done", "was exchanged"),
        State::ExchangeFailed => {
            Answer::new(Tone::Warn, "alert", Urgency::Trouble, "We couldn't complete your exchange", "could not be exchanged")
                .so("Contact us, and we will put it right.")
        }
        State::Cancelled => Answer::new(Tone::Calm, "close", Urgency::Over, "This return was cancelled", "was cancelled"),
        State::Lost | State::Destroyed => {
            Answer::new(Tone::Bad, "alert", Urgency::Trouble, "We're sorry, your return was lost on its way", "was lost")
                .so("Contact us with your proof of posting, and we will put it right.")
        }
        State::AwaitingDropOff => {
            let by =
                p.act_by.map(When::At).filter(|end| !t.days.is_over(*end)).map(|end| format!(" {}", t.days.by(end))).unwrap_or_default();
            Answer::new(Tone::Accent, "return", Urgency::ShoppersMove, format!("Drop off your return{by}"), "waits to be dropped off")
                .because(format!("Take it to a {carrier} drop-off point and keep the receipt."))
        }
        state if state == State::ReturnedToSender || state.is_delivered() => received(t, p),
        State::CollectionScheduled | State::CollectionRescheduled => {
            let when = expected(p, t.days).map(|s| format!(" {}", t.days.arrival(&s))).unwrap_or_default();
            Answer::new(
                Tone::Accent,
                "van",
                Urgency::ShoppersMove,
                format!("{} collects your return{when}", plain::start(carrier)),
                "will be collected",
            )
            .because("Please have it packed and ready.")
        }
        _ => silent(t, p).unwrap_or_else(|| on_its_way_back(t, p)),
    }
}

fn received(t: &Telling, p: &FollowedParcel) -> Answer {
    let day = delivered(t, p).headline;
    let day = day.strip_prefix("Delivered").unwrap_or("").trim().to_owned();
    let detail = if day.is_empty() { String::new() } else { format!("It arrived {day}. ") };
    Answer::new(Tone::Good, "store", Urgency::Over, "We have your return", "has arrived back with us")
        .because(format!("{detail}We're checking it now; your refund follows."))
}

fn on_its_way_back(t: &Telling, p: &FollowedParcel) -> Answer {
    if p.milestone == Milestone::Pending || p.state == State::Dispatched {
        return Answer::new(Tone::Accent, "return", Urgency::Quiet, "Your return is registered", "is registered")
            .because(format!("We're waiting for {} to tell us that it has it.", p.carrier_words()));
    }
    let since = p.last_heard_at.map(|at| format!(" Last news: {}.", bare(&t.days.on_day(t.days.local(at).date())))).unwrap_or_default();
    Answer::new(Tone::Accent, "return", Urgency::Moving, "Your return is on its way back", "is on its way back to us")
        .because(format!("{} has it.{since} Your refund follows once it has arrived and been checked.", plain::start(p.carrier_words())))
}
