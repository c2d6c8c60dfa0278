//! What is judged of one shipment: the rules of CONTRACT §3 as stories with a clock.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use whereabouts_domain::{
    Case, Journey, Judgement, Moment, OrderCase, Promise, Registration, State, TimeBasis, TrackingEvent, act_by,
    calendar::Calendars,
    facts::Facts,
    feed::Outage,
    journey::fold,
    judge, not_despatched, rests_at,
    settings::{Layer, Preset, Settings, resolve},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A shipment whose journey is written by hand, a scan at a time.
#[derive(Clone)]
struct Story {
    registration: Registration,
    journey: Journey,
    registered_at: Timestamp,
    settings: Settings,
    zone: TimeZone,
    kept_awake: bool,
}

impl Story {
    fn new(preset: Preset, registration: Value) -> Story {
        Story {
            registration: serde_json::from_value(registration).unwrap(),
            journey: Journey::default(),
            registered_at: at("2026-11-16T09:00:00Z"),
            settings: preset.settings().clone(),
            zone: TimeZone::get("Europe/London").unwrap(),
            kept_awake: false,
        }
    }
    fn domestic(preset: Preset) -> Story {
        Story::new(preset, json!({"origin": {"country": "GB"}, "destination": {"country": "GB"}, "handed_over_at": "2026-11-16T18:00:00Z"}))
    }
    fn with(mut self, layer: Value) -> Story {
        let layer: Layer = serde_json::from_value(layer).unwrap();
        for (key, value) in &layer {
            whereabouts_domain::settings::check(key, value).unwrap();
        }
        let (settings, _) = resolve(
            if self.settings == *Preset::UkRetail.settings() { Preset::UkRetail } else { Preset::Sorted },
            &[("retailer".into(), &layer)],
        );
        self.settings = settings;
        self
    }
    fn promised(mut self, promise: Value) -> Story {
        self.registration.promised = Some(serde_json::from_value(promise).unwrap());
        self
    }
    fn registered(mut self, time: &str) -> Story {
        self.registered_at = at(time);
        self
    }
    /// The carrier says something; only what the judgement reads is kept, as the fold would.
    fn scan(mut self, state: State, time: &str) -> Story {
        let (time, j) = (at(time), &mut self.journey);
        (j.state, j.waiting_on, j.state_since) = (state, state.info().waiting_on, Some(time));
        j.milestone = state.milestone().unwrap_or(j.milestone);
        j.last_event_at = Some(j.last_event_at.map_or(time, |last| last.max(time)));
        if state.is_physical() {
            j.first_physical_at = j.first_physical_at.or(Some(time));
        }
        if state == State::OutForDelivery {
            j.out_for_delivery_at = Some(time);
        }
        let collected = self.registration.destination_kind().is_collected();
        if state.is_delivered() || (collected && state == State::ReadyForCollection) {
            j.had_at = j.had_at.or(Some(time));
        }
        if state.is_terminal_for(self.registration.kind) {
            j.ended_at = Some(time);
        }
        self
    }
    fn judge(&self, now: &str) -> Judgement {
        let now = at(now);
        self.case(now, judge)
    }
    fn case<T>(&self, now: Timestamp, ask: impl Fn(&Case) -> T) -> T {
        ask(&Case {
            registration: &self.registration,
            journey: &self.journey,
            registered_at: self.registered_at,
            woken_at: None,
            kept_awake: self.kept_awake,
            settings: &self.settings,
            calendars: Calendars::built_in(),
            zone: &self.zone,
            patience: None,
            now,
        })
    }
    fn facts(&self, now: &str) -> Facts {
        self.judge(now).facts
    }
    fn missing(&self, now: &str) -> bool {
        self.facts(now).may_be_missing()
    }
    /// Walks from check to check and says what changed and when.
    fn life(&self) -> Vec<String> {
        let mut now = self.registered_at;
        let mut told = Vec::new();
        let mut last = self.case(now, judge);
        let mut name = |f: &Facts, at: Timestamp| {
            let flags = [(f.late(), "late"), (f.early, "early"), (f.may_be_missing(), "missing"), (f.at_risk, "at risk")];
            let flags: Vec<&str> = flags.into_iter().filter(|(on, _)| *on).map(|(_, n)| n).collect();
            told.push(format!("{} {}", at.strftime("%a %d %H:%M"), flags.join("+")));
        };
        while let Some(next) = last.next_check_at {
            assert!(next > now, "no progress at {now}");
            now = next;
            let here = self.case(now, judge);
            if here.facts != last.facts {
                name(&here.facts, now);
            }
            last = here;
        }
        told
    }
}

#[test]
fn no_scan_twelve_hours_after_the_hand_over_may_be_missing() {
    let story = Story::domestic(Preset::Sorted);
    assert_eq!(story.judge("2026-11-16T18:00:00Z").next_check_at, Some(at("2026-11-17T06:00:00Z")));
    assert!(!story.missing("2026-11-17T05:59:59Z"));
    let facts = story.facts("2026-11-17T06:00:00Z");
    assert_eq!((facts.missing_since, facts.missing_reason.as_deref()), (Some(at("2026-11-17T06:00:00Z")), Some("no_first_scan")));
}

#[test]
fn a_registration_or_a_pre_advice_alone_starts_no_clock() {
    let story = Story::new(Preset::Sorted, json!({"tracking_number": "X1"})).scan(State::Dispatched, "2026-11-16T10:00:00Z");
    assert_eq!(story.judge("2026-12-16T00:00:00Z"), Judgement::default());
    let shipped_next_week = Story::new(Preset::Sorted, json!({"shipped_at": "2026-11-24T10:00:00Z"}));
    assert!(!shipped_next_week.missing("2026-11-24T21:59:00Z"));
    assert!(shipped_next_week.missing("2026-11-24T22:00:00Z"));
}

#[test]
fn an_import_of_older_history_counts_the_first_scan_from_registration() {
    let story = Story::domestic(Preset::Sorted).registered("2026-11-20T09:00:00Z");
    assert!(!story.missing("2026-11-20T20:59:00Z"));
    assert!(story.missing("2026-11-20T21:00:00Z"));
}

#[test]
fn a_pre_advice_does_not_find_a_parcel_again_but_a_scan_does() {
    let story = Story::domestic(Preset::Sorted).scan(State::Dispatched, "2026-11-17T07:00:00Z");
    assert!(story.missing("2026-11-17T08:00:00Z"));
    let story = story.scan(State::MissingManifest, "2026-11-17T08:30:00Z");
    assert!(story.missing("2026-11-17T09:00:00Z"));
    let story = story.scan(State::CollectedByCarrier, "2026-11-17T09:30:00Z");
    assert!(!story.missing("2026-11-17T10:00:00Z"));
}

#[test]
fn a_refusal_to_collect_waits_for_the_retailer_and_is_not_silence() {
    let story = Story::domestic(Preset::Sorted).scan(State::CarrierRefusedToCollect, "2026-11-16T18:30:00Z");
    assert_eq!(story.judge("2026-11-17T18:00:00Z"), Judgement::default());
}

#[test]
fn silence_is_a_day_at_home_and_three_days_abroad() {
    let scan = "2026-11-17T10:00:00Z";
    let home = Story::domestic(Preset::Sorted).scan(State::InTransit, scan);
    assert!(!home.missing("2026-11-18T10:00:00Z"));
    let facts = home.facts("2026-11-18T10:00:00.001Z");
    assert_eq!((facts.missing_since, facts.missing_reason.as_deref()), (Some(at("2026-11-18T10:00:00Z")), Some("silence")));
    let abroad =
        Story::new(Preset::Sorted, json!({"origin": {"country": "GB"}, "destination": {"country": "IE"}})).scan(State::InTransit, scan);
    assert!(!abroad.missing("2026-11-20T10:00:00Z"));
    assert!(abroad.missing("2026-11-20T10:01:00Z"));
    let unknown = Story::new(Preset::Sorted, json!({"destination": {"country": "GB"}})).scan(State::InTransit, scan);
    assert!(!unknown.missing("2027-11-20T10:01:00Z"));
    let found = home.scan(State::ForInformation, "2026-11-18T12:00:00Z");
    assert!(!found.missing("2026-11-18T13:00:00Z"));
}

#[test]
fn a_label_printed_on_friday_night_collected_monday_and_scanned_monday_evening_is_never_flagged() {
    // By the retailer's own hand-over, and by the site's collection time alone.
    let told = json!({"tracking_number": "X1", "site": "dc1", "handed_over_at": "2026-11-23T18:00:00Z", "origin": {"country": "GB"}, "destination": {"country": "GB"}});
    let site = json!({"tracking_number": "X1", "site": "dc1", "origin": {"country": "GB"}, "destination": {"country": "GB"}});
    for registration in [told, site] {
        let story = Story::new(Preset::UkRetail, registration)
            .with(json!({"collection_times": {"dc1": "18:00"}}))
            .registered("2026-11-20T22:00:00Z")
            .scan(State::Dispatched, "2026-11-20T22:05:00Z");
        let scanned = |now: &str| story.clone().scan(State::CollectedByCarrier, "2026-11-23T21:00:00Z").missing(now);
        for now in ["2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z", "2026-11-23T06:00:00Z", "2026-11-23T20:59:00Z", "2026-11-24T05:59:00Z"]
        {
            assert!(!story.missing(now), "{now}");
        }
        for now in ["2026-11-23T21:00:00Z", "2026-11-24T06:00:00Z", "2026-11-24T20:00:00Z"] {
            assert!(!scanned(now), "{now}");
        }
        // The same never scanned is flagged on Tuesday morning.
        assert_eq!(story.life(), ["Tue 24 06:00 missing"]);
    }
}

#[test]
fn a_parcel_three_days_in_a_locker_is_never_missing() {
    for preset in [Preset::Sorted, Preset::UkRetail] {
        let mut story = Story::domestic(preset);
        story.registration.destination = serde_json::from_value(json!({"kind": "locker", "country": "GB"})).unwrap();
        let story = story.scan(State::OutForDelivery, "2026-11-17T08:00:00Z").scan(State::ReadyForCollection, "2026-11-17T12:00:00Z");
        assert_eq!(story.life(), [] as [&str; 0]);
    }
}

#[test]
fn an_agreed_day_is_waited_for_and_then_silence_counts() {
    let mut story = Story::domestic(Preset::Sorted).scan(State::OutForDelivery, "2026-11-17T08:00:00Z");
    story = story.scan(State::DeliveryRescheduled, "2026-11-17T12:00:00Z");
    assert_eq!(story.life(), ["Sat 21 12:00 missing"]);
    story.journey.agreed_until = Some(at("2026-11-19T17:00:00Z"));
    assert_eq!(story.life(), ["Fri 20 17:00 missing"]);
    story.journey.agreed_until = Some(at("2026-12-10T17:00:00Z"));
    assert_eq!(story.life(), ["Fri 11 17:00 missing"]);
}

#[test]
fn while_the_carriers_feed_is_down_nothing_new_is_missing() {
    let scanned = || Story::domestic(Preset::Sorted).scan(State::InTransit, "2026-11-17T10:00:00Z");
    let open = scanned().with(json!({"feed_down": [{"from": "2026-11-18T04:00:00Z"}]}));
    assert_eq!(open.judge("2026-11-25T10:00:00Z"), Judgement::default());
    let over = scanned().with(json!({"feed_down": [{"from": "2026-11-18T04:00:00Z", "until": "2026-11-18T20:00:00Z"}]}));
    assert_eq!(over.life(), ["Thu 19 02:00 missing"]);
    let too_late = scanned().with(json!({"feed_down": [{"from": "2026-11-18T11:00:00Z"}]}));
    assert!(too_late.missing("2026-11-18T12:00:00Z"), "a flag already raised stays");
}

/// A scan on Tuesday at ten is missed on Wednesday at ten.
#[test]
fn an_outage_counts_from_its_beginning_but_takes_back_no_flag_that_was_up_when_it_was_noticed() {
    let down =
        |from: &str, noticed: Option<&str>, until: Option<&str>| Outage { from: at(from), until: until.map(at), noticed: noticed.map(at) };
    let judged = |outages: &[Outage]| {
        let mut story = Story::domestic(Preset::Sorted).scan(State::InTransit, "2026-11-17T10:00:00Z");
        story.settings.feed_down = outages.to_vec();
        story.life()
    };
    let noticed = |at| down("2026-11-18T04:00:00Z", Some(at), Some("2026-11-18T20:00:00Z"));
    assert_eq!(judged(&[noticed("2026-11-18T09:59:00Z")]), ["Thu 19 02:00 missing"], "six hours were left");
    assert_eq!(judged(&[noticed("2026-11-18T10:00:00Z")]), ["Wed 18 10:00 missing"]);
    // The same time is not taken off twice, set by hand or noticed, whatever overlaps.
    let by_hand = down("2026-11-18T02:00:00Z", None, Some("2026-11-18T08:00:00Z"));
    assert_eq!(judged(&[by_hand, noticed("2026-11-18T06:00:00Z")]), ["Thu 19 04:00 missing"], "eight hours were left");
    assert_eq!(judged(&[by_hand, by_hand, noticed("2026-11-18T15:00:00Z")]), ["Thu 19 04:00 missing"], "by then it was not missing yet");
    let long_after = down("2026-11-18T05:00:00Z", Some("2026-11-18T17:00:00Z"), None);
    assert_eq!(judged(&[by_hand, long_after]), ["Wed 18 16:00 missing"], "set by hand it counts, noticed too late it does not");
}

#[test]
fn a_day_promised_is_over_at_midnight_and_a_scan_told_late_takes_lateness_back() {
    let story = Story::domestic(Preset::Sorted).promised(json!({"end": "2026-11-18"})).scan(State::OutForDelivery, "2026-11-18T08:00:00Z");
    assert!(!story.facts("2026-11-18T23:59:59Z").late());
    let facts = story.facts("2026-11-19T00:00:00Z");
    assert_eq!(facts.late_since, Some(at("2026-11-19T00:00:00Z")));
    assert_eq!(facts.hours_late(at("2026-11-19T06:30:00Z")), Some(6.5));
    let in_time = story.clone().scan(State::Delivered, "2026-11-18T17:00:00Z");
    assert!(!in_time.facts("2026-11-19T06:00:00Z").late());
    let after = story.scan(State::Delivered, "2026-11-19T10:00:00Z").facts("2026-11-25T00:00:00Z");
    assert_eq!(after.hours_late(at("2026-11-25T00:00:00Z")), Some(10.0));
}

#[test]
fn ready_to_collect_keeps_the_promise_at_a_shop_but_not_at_home() {
    let mut story = Story::domestic(Preset::Sorted).promised(json!({"end": "2026-11-18"}));
    story.registration.destination = serde_json::from_value(json!({"kind": "shop", "country": "GB"})).unwrap();
    let shop = story.scan(State::ReadyForCollection, "2026-11-18T12:00:00Z");
    assert!(!shop.facts("2026-11-20T00:00:00Z").late());
    let home =
        Story::domestic(Preset::Sorted).promised(json!({"end": "2026-11-18"})).scan(State::ReadyForCollection, "2026-11-18T12:00:00Z");
    assert!(home.facts("2026-11-20T00:00:00Z").late());
}

#[test]
fn a_parcel_that_ended_before_the_promise_is_never_late_and_one_that_ended_after_it_stays_so() {
    let story = || Story::domestic(Preset::Sorted).promised(json!({"end": "2026-11-18"})).scan(State::InTransit, "2026-11-17T08:00:00Z");
    let lost = story().scan(State::Lost, "2026-11-18T08:00:00Z");
    assert_eq!(lost.judge("2026-11-18T09:00:00Z"), Judgement::default());
    let returned = story().scan(State::ReturnedToSender, "2026-11-20T12:00:00Z").facts("2026-12-01T00:00:00Z");
    assert_eq!(returned.hours_late(at("2026-12-01T00:00:00Z")), Some(36.0));
    assert!(!returned.may_be_missing());
}

#[test]
fn a_window_ends_at_its_end_and_a_delivery_at_that_very_moment_is_in_time() {
    let story = || Story::domestic(Preset::Sorted).promised(json!({"start": "2026-11-18T10:00:00Z", "end": "2026-11-18T12:00:00Z"}));
    assert!(!story().facts("2026-11-18T12:00:00Z").late());
    assert!(story().facts("2026-11-18T12:00:00.001Z").late());
    assert!(!story().scan(State::Delivered, "2026-11-18T12:00:00Z").facts("2026-11-19T00:00:00Z").late());
    assert!(!story().scan(State::Delivered, "2026-11-18T09:00:00Z").facts("2026-11-19T00:00:00Z").early);
}

#[test]
fn a_new_promise_in_the_future_clears_lateness() {
    let story = Story::domestic(Preset::Sorted).promised(json!({"end": "2026-11-18"})).scan(State::InTransit, "2026-11-19T08:00:00Z");
    assert!(story.facts("2026-11-19T09:00:00Z").late());
    assert!(!story.promised(json!({"end": "2026-11-21"})).facts("2026-11-19T09:00:00Z").late());
}

#[test]
fn only_a_delivery_before_the_agreed_day_or_time_is_early() {
    let delivered = |promise: Value| {
        let story = Story::domestic(Preset::Sorted).promised(promise).scan(State::Delivered, "2026-11-17T12:00:00Z");
        story.facts("2026-11-17T12:00:00Z").early
    };
    assert!(delivered(json!({"end": "2026-11-18", "kind": "on_day"})));
    assert!(!delivered(json!({"end": "2026-11-17", "kind": "on_day"})));
    assert!(!delivered(json!({"end": "2026-11-18"})));
    assert!(delivered(json!({"start": "2026-11-17T13:00:00Z", "end": "2026-11-17T14:00:00Z", "kind": "timed"})));
    assert!(!delivered(json!({"start": "2026-11-17T13:00:00Z", "end": "2026-11-17T14:00:00Z"})));
}

#[test]
fn not_out_for_delivery_by_eleven_on_the_promised_day_is_at_risk_until_it_is_late() {
    let story = || Story::domestic(Preset::UkRetail).promised(json!({"end": "2026-11-18"})).scan(State::InTransit, "2026-11-17T20:00:00Z");
    assert_eq!(story().life(), ["Wed 18 11:00 at risk", "Wed 18 20:00 missing+at risk", "Thu 19 00:00 late+missing"]);
    let out = story().scan(State::OutForDelivery, "2026-11-18T08:00:00Z");
    assert_eq!(out.life(), ["Thu 19 00:00 late", "Thu 19 08:00 late+missing"]);
    let delivered = story().scan(State::Delivered, "2026-11-18T10:00:00Z");
    assert_eq!(delivered.life(), [] as [&str; 0]);
    assert!(!Story::domestic(Preset::Sorted).promised(json!({"end": "2026-11-18"})).facts("2026-11-18T12:00:00Z").at_risk);
}

#[test]
fn the_shopper_is_reminded_two_days_before_and_on_the_day_before_the_last_day() {
    let ready = || {
        let mut story = Story::domestic(Preset::Sorted);
        story.registration.destination = serde_json::from_value(json!({"kind": "locker", "country": "GB"})).unwrap();
        story.scan(State::ReadyForCollection, "2026-11-17T12:00:00Z")
    };
    let reminders = |story: &Story| {
        let due = story.judge("2027-01-01T00:00:00Z").reminders;
        due.into_iter().map(|(kind, at)| format!("{kind} {}", at.strftime("%a %d %H:%M"))).collect::<Vec<_>>()
    };
    let story = ready();
    assert_eq!(story.case(at("2026-11-18T00:00:00Z"), act_by), Some(at("2026-11-24T12:00:00Z")));
    assert_eq!(reminders(&story), ["collect_reminder Sun 22 09:00", "final_collect_reminder Mon 23 09:00"]);
    assert_eq!(story.judge("2026-11-18T00:00:00Z").next_check_at, Some(at("2026-11-22T09:00:00Z")));
    assert_eq!(story.judge("2026-11-22T09:00:00Z").reminders.len(), 1);
    let mut short = ready();
    short.journey.act_by = Some(at("2026-11-20T00:00:00Z")); // the end of the 19th
    assert_eq!(reminders(&short), ["final_collect_reminder Wed 18 09:00"]);
    assert_eq!(reminders(&ready().with(json!({"act_by_default_days": 0}))), [] as [&str; 0]);
    let collected = ready().scan(State::CollectedByShopper, "2026-11-18T10:00:00Z");
    assert_eq!(reminders(&collected), [] as [&str; 0]);
}

#[test]
fn evaluation_rests_a_week_after_the_last_word_but_never_before_the_promise_is_judged() {
    let rest = |story: &Story| story.case(at("2026-11-17T10:00:00Z"), rests_at).map(|t| t.to_string()).unwrap_or_default();
    let story = Story::domestic(Preset::Sorted).scan(State::InTransit, "2026-11-17T10:00:00Z");
    assert_eq!(rest(&story), "2026-11-24T10:00:00Z");
    let mut story = story.promised(json!({"end": "2026-12-24"}));
    assert_eq!(rest(&story), "2026-12-25T00:00:00Z");
    story.kept_awake = true;
    assert_eq!(rest(&story), "");
    story.kept_awake = false;
    let story = story.scan(State::Delivered, "2026-11-18T10:00:00Z");
    assert_eq!(rest(&story), "2026-11-21T10:00:00Z");
    let abroad = Story::new(Preset::Sorted, json!({"origin": {"country": "GB"}, "destination": {"country": "IE"}}));
    assert_eq!(rest(&abroad.scan(State::InTransit, "2026-11-17T10:00:00Z")), "2026-11-27T10:00:00Z");
}

#[test]
fn an_order_not_despatched_by_its_day_is_overdue_since_that_midnight() {
    let zone = TimeZone::get("Europe/London").unwrap();
    let promise: Promise = serde_json::from_value(json!({"end": "2026-11-23"})).unwrap(); // a Monday
    let judge = |despatch_by: Option<&str>, preset: Preset, handed_over: bool, now: &str| {
        let (since, next) = not_despatched(&OrderCase {
            despatch_by,
            promised: Some(&promise),
            service: None,
            handed_over,
            cancelled: false,
            country: Some("GB"),
            settings: preset.settings(),
            calendars: Calendars::built_in(),
            zone: &zone,
            now: at(now),
        });
        (since.map(|t| t.to_string()), next.map(|t| t.to_string()))
    };
    let day = |t: &str| Some(t.to_owned());
    assert_eq!(judge(Some("2026-11-19"), Preset::Sorted, false, "2026-11-19T12:00:00Z"), (None, day("2026-11-20T00:00:00Z")));
    assert_eq!(judge(Some("2026-11-19"), Preset::Sorted, false, "2026-11-20T00:00:00Z"), (day("2026-11-20T00:00:00Z"), None));
    assert_eq!(judge(Some("2026-11-19"), Preset::Sorted, true, "2026-11-21T00:00:00Z"), (None, None));
    assert_eq!(judge(None, Preset::Sorted, false, "2026-11-19T12:00:00Z"), (None, day("2026-11-23T00:00:00Z")));
    // Carriers work on Saturday, not on Sunday: it must leave by Saturday.
    assert_eq!(judge(None, Preset::UkRetail, false, "2026-11-19T12:00:00Z"), (None, day("2026-11-22T00:00:00Z")));
}

#[test]
fn a_carrier_that_tells_days_only_is_silent_from_the_end_of_the_day_it_told() {
    let mut story = Story::domestic(Preset::Sorted);
    let mut event = TrackingEvent::new("X1", "evri", State::InTransit);
    event.moment = Some(Moment::on_day(jiff::civil::date(2026, 11, 17), &story.zone, TimeBasis::Assumed));
    story.journey = fold(&story.registration, &[event]);
    assert_eq!(story.life(), ["Thu 19 00:00 missing"]);
}

#[test]
fn a_scan_without_a_date_is_a_scan() {
    let mut story = Story::domestic(Preset::Sorted);
    story.journey = fold(&story.registration, &[TrackingEvent::new("X1", "evri", State::InTransit)]);
    assert_eq!(story.judge("2026-12-17T00:00:00Z"), Judgement::default());
}

#[test]
fn a_delivery_told_twice_and_out_of_order_is_judged_as_one_told_once() {
    let story = Story::domestic(Preset::Sorted).promised(json!({"end": "2026-11-18"}));
    let event = |state, at: &str| {
        let moment = Some(Moment::instant(at.parse().unwrap()));
        TrackingEvent { moment, ..TrackingEvent::new("X1", "evri", state) }
    };
    let (out, done) = (event(State::OutForDelivery, "2026-11-19T08:00:00Z"), event(State::Delivered, "2026-11-19T12:00:00Z"));
    let judged =
        |events: &[TrackingEvent]| Story { journey: fold(&story.registration, events), ..story.clone() }.judge("2026-11-20T00:00:00Z");
    let once = judged(&[out.clone(), done.clone()]);
    assert_eq!(once.facts.hours_late(at("2026-11-20T00:00:00Z")), Some(12.0));
    assert_eq!(once, judged(&[done.clone(), out.clone(), done]));
}
