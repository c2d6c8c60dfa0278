//! Grades of forecasts: what was said against what became of it.

use jiff::civil::{Date, date};
use whereabouts_domain::forecast::{
    Clock, Expected,
    said::Said,
    scorecard::{Grading, Outcome, Share},
};

fn day(n: i8) -> Date {
    date(2026, 11, n)
}

fn expected(clock: Clock, from: i8, middle: i8, until: i8, p_late: f64) -> Expected {
    let (from, middle, until) = (day(from), day(middle), day(until));
    Expected { from, middle, until, p_late: Some(p_late), clock, started_on: day(1), learnt_from: 100 }
}

fn said(p_late: f64) -> Said {
    let mut said = Said::default();
    said.note(&expected(Clock::Purchase, 3, 6, 9, 0.5), day(1));
    said.note(&expected(Clock::HandOver, 4, 5, 6, p_late), day(2));
    said.note(&expected(Clock::HandOver, 5, 6, 7, 0.4), day(4));
    said
}

fn arrived(said: &Said, on: i8, late: bool) -> Outcome<'_> {
    let due_at = Some("2026-11-06T00:00:00Z".parse().unwrap());
    Outcome { said: Some(said), arrived_on: Some(day(on)), is_lost: false, late: Some(late), due_at, carriers: None }
}

#[test]
fn what_was_said_first_at_hand_over_and_last_is_kept() {
    let said = said(0.2);
    let told = |s: &Option<whereabouts_domain::forecast::said::Saying>| s.as_ref().map(|s| (s.said_on, s.from, s.until));
    assert_eq!(told(&said.first), Some((day(1), day(3), day(9))));
    assert_eq!(told(&said.hand_over), Some((day(2), day(4), day(6))));
    assert_eq!(told(&said.last), Some((day(4), day(5), day(7))));
}

#[test]
fn each_is_graded_by_the_day_of_arrival() {
    let (calm, warned) = (said(0.1), Said { at_risk_at: Some("2026-11-04T12:00:00Z".parse().unwrap()), ..said(0.9) });
    let mut grading = Grading::default();
    grading.add(&arrived(&calm, 5, false));
    grading.add(&arrived(&calm, 8, true));
    grading.add(&Outcome { carriers: Some((None, day(7))), ..arrived(&warned, 7, true) });
    let card = grading.scorecard(Some("evri"));
    assert_eq!((card.first.coverage, card.hand_over.coverage, card.last.coverage), (Some(1.0), Some(0.333), Some(0.667)));
    assert_eq!((card.hand_over.error_days, card.hand_over.width_days), (Some(1.667), Some(3.0)));
    assert_eq!((card.carriers_own.parcels, card.carriers_own.coverage), (1, Some(1.0)));
    assert_eq!((card.at_risk.precision, card.at_risk.recall), (Share::new(1, 1), Share::new(1, 2)));
    assert_eq!(card.at_risk.lead_hours, Some(36.0));
    // 0.1² and 0.9² and 0.1², and the base rate of two in three.
    assert_eq!((card.brier.score, card.brier.base), (Some(0.277), Some(0.222)));
    assert_eq!((card.deciles[1].parcels, card.deciles[1].late, card.deciles[9].told), (2, Some(0.5), Some(0.9)));
    let weeks: Vec<_> = card.weeks.iter().map(|w| (w.from, w.parcels)).collect();
    assert_eq!(weeks, [(day(2), 3)]);
}

#[test]
fn a_warning_after_the_promise_is_none_and_nothing_is_graded_where_nothing_was_said() {
    let late_warning = Said { at_risk_at: Some("2026-11-06T12:00:00Z".parse().unwrap()), ..Said::default() };
    let mut grading = Grading::default();
    grading.add(&arrived(&late_warning, 7, true));
    grading.add(&Outcome { said: None, ..arrived(&late_warning, 7, true) });
    let card = grading.scorecard(None);
    assert_eq!((card.at_risk.precision, card.at_risk.recall), (Share::new(0, 0), Share::new(0, 2)));
    assert_eq!((card.first.coverage, card.brier.score, card.at_risk.lead_hours), (None, None, None));
}

#[test]
fn who_was_said_to_be_missing_and_arrived_was_a_false_alarm() {
    let missing = Said { missing_at: Some("2026-11-04T12:00:00Z".parse().unwrap()), ..Said::default() };
    let mut grading = Grading::default();
    grading.add(&arrived(&missing, 5, false));
    grading.add(&Outcome { said: Some(&missing), arrived_on: None, is_lost: true, late: None, due_at: None, carriers: None });
    assert_eq!(grading.scorecard(None).may_be_missing, Share::new(1, 2));
}
