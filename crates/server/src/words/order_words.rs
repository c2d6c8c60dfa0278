//! The headline of a whole order: how much of it is there, and what comes next.

use super::{
    days::Span,
    followed::{FollowedLine, FollowedParcel},
    track_words::{Answer, Telling, Tone, Urgency, parcel_answer},
    way_words::packing,
};

/// What is said of the order as a whole.
pub fn order_answer(t: &Telling) -> Answer {
    let answers: Vec<Answer> = t.order.parcels.iter().map(|p| parcel_answer(t, p)).collect();
    of_answers(t, &answers)
}

/// The same, where each parcel's answer is known already.
pub fn of_answers(t: &Telling, answers: &[Answer]) -> Answer {
    let order = t.order;
    let mut answer = match answers {
        [] => nothing_sent(t),
        [one] => one.clone(),
        _ => several(t, answers),
    };
    if let Some(rest) = still_to_leave(t).filter(|_| !order.parcels.is_empty()) {
        answer.detail = Some(answer.detail.map_or(rest.clone(), |d| format!("{d} {rest}")));
    }
    answer
}

fn nothing_sent(t: &Telling) -> Answer {
    let lines = &t.order.lines;
    if !lines.is_empty() && lines.iter().all(|l| l.cancelled >= l.quantity) {
        return Answer::new(Tone::Calm, "close", Urgency::Over, "This order was cancelled", "was cancelled");
    }
    let span = t.order.promised.as_ref().and_then(Span::of_promise).filter(|s| !t.days.is_over(s.end));
    let waiting = lines.iter().filter(|l| l.to_come() > 0).map(|l| l.back_ordered_until).collect::<Vec<_>>();
    let latest = waiting.iter().flatten().max().filter(|d| **d >= t.days.today());
    match latest {
        // Only when nothing at all can leave before the stock comes.
        Some(day) if waiting.iter().all(|d| d.is_some_and(|d| d >= t.days.today())) => {
            let day = t.days.day(*day);
            Answer::new(Tone::Calm, "clock", Urgency::Quiet, format!("Waiting for stock, due {day}"), format!("waits for stock, due {day}"))
                .because("We'll pack your order as soon as it is in.")
        }
        _ => packing(t, span),
    }
}

/// "1 item is still being packed." for what no parcel holds yet.
fn still_to_leave(t: &Telling) -> Option<String> {
    let (late, packing): (Vec<&FollowedLine>, Vec<&FollowedLine>) =
        t.order.lines.iter().filter(|l| l.to_come() > 0).partition(|l| l.back_ordered_until.is_some_and(|d| d >= t.days.today()));
    let count = |lines: &[&FollowedLine]| lines.iter().map(|l| l.to_come()).sum::<i64>();
    let mut said = Vec::new();
    match count(&packing) {
        0 => {}
        1 => said.push("1 more item is still being packed.".to_owned()),
        n => said.push(format!("{n} more items are still being packed.")),
    }
    if let Some(day) = late.iter().filter_map(|l| l.back_ordered_until).max() {
        let (n, verb) = (count(&late), if count(&late) == 1 { "item waits" } else { "items wait" });
        said.push(format!("{n} {verb} for stock, due {}.", t.days.day(day)));
    }
    (!said.is_empty()).then(|| said.join(" "))
}

/// A parcel by its number in the order, and what is said of it.
type Told<'a> = (usize, &'a FollowedParcel, &'a Answer);

fn several(t: &Telling, answers: &[Answer]) -> Answer {
    let all: Vec<Told> = t.order.parcels.iter().zip(answers).enumerate().map(|(i, (p, a))| (i + 1, p, a)).collect();
    let there: Vec<Told> = all.iter().copied().filter(|(_, p, _)| !p.kind.is_return()).collect();
    match (&there[..], all.last()) {
        // An order of which only returns are left to tell about is told by its newest return.
        ([], Some((_, _, newest))) => (*newest).clone(),
        ([(_, _, only)], _) => (*only).clone(),
        _ => counted(&there),
    }
}

fn counted(answers: &[Told]) -> Answer {
    let all = answers.len();
    let had = answers.iter().filter(|(_, p, a)| p.state.is_delivered() && a.urgency == Urgency::Over).count();
    let open: Vec<_> = answers.iter().filter(|(_, _, a)| a.urgency != Urgency::Over).collect();
    let Some((number, _, first)) = open.iter().copied().max_by_key(|(i, _, a)| (a.urgency, std::cmp::Reverse(*i))) else {
        return all_over(answers, had);
    };
    let headline = match (had, open.len()) {
        (0, _) if same_answer(&open) => together(all, open.len(), &first.clause),
        (0, _) if first.urgency >= Urgency::Trouble => format!("Parcel {number} of {all} {}", first.clause),
        (0, n) => format!("Your {n} parcels are on their way; parcel {number} {}", first.clause),
        (had, 1) => format!("{had} of {all} parcels delivered; the last {}", first.clause),
        (had, _) => format!("{had} of {all} parcels delivered; parcel {number} {}", first.clause),
    };
    // "Your order is here" is answered by the head; what is wrong with one parcel is said in full.
    let detail = if first.urgency >= Urgency::Trouble || had > 0 { first.detail.clone() } else { None };
    Answer { headline, detail, next: first.next.clone(), clause: String::new(), tone: first.tone, icon: first.icon, urgency: first.urgency }
}

fn same_answer(open: &[&Told]) -> bool {
    open.windows(2).all(|pair| pair[0].2.clause == pair[1].2.clause)
}

/// All of them do the same: "Your 2 parcels arrive tomorrow".
fn together(all: usize, open: usize, clause: &str) -> String {
    let many = clause
        .strip_prefix("arrives ")
        .map(|rest| format!("arrive {rest}"))
        .or_else(|| clause.strip_prefix("is ").map(|rest| format!("are {rest}")))
        .or_else(|| clause.strip_prefix("was ").map(|rest| format!("were {rest}")))
        .or_else(|| clause.strip_prefix("has ").map(|rest| format!("have {rest}")));
    match many {
        Some(many) if all == open => format!("Your {all} parcels {many}"),
        _ => format!("Parcel 1 of {all} {clause}"),
    }
}

fn all_over(answers: &[Told], had: usize) -> Answer {
    let all = answers.len();
    let last = answers.iter().max_by_key(|(_, p, _)| p.delivered_at.map(|m| m.at_ms()));
    let headline = match had {
        0 => "This order was cancelled".into(),
        n if n == all && n == 2 => "Both parcels delivered".into(),
        n if n == all => format!("All {all} parcels delivered"),
        n => format!("{n} of {all} parcels delivered"),
    };
    let tone = if had > 0 { Tone::Good } else { Tone::Calm };
    let answer = Answer::new(tone, if had > 0 { "home" } else { "close" }, Urgency::Over, headline, "");
    match last.filter(|_| had > 0) {
        Some((_, _, one)) => answer.because(format!("The last one {}.", one.clause)),
        None => answer,
    }
}
