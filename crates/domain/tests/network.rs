//! A normal year of a parcel network in the United Kingdom, Easter and Christmas among it: nearly nobody may be flagged as missing.

use jiff::{
    Span, Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use serde_json::json;
use whereabouts_domain::{Case, Journey, Registration, State, calendar::Calendars, judge, settings::Preset};

const PARCELS: usize = 20_000;

/// A generator of our own (Knuth's constants), so that the year is the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as i64
    }
    fn in_thousand(&mut self, n: i64) -> bool {
        self.below(1000) < n
    }
}

struct Network {
    zone: TimeZone,
    chance: Chance,
    /// Of a thousand collections and departures, so many nobody scans.
    unscanned: i64,
}

impl Network {
    fn works(&self, day: Date) -> bool {
        Calendars::built_in().is_working_day(day, &["GB-ENG"])
    }
    fn next_working(&self, day: Date) -> Date {
        let mut day = day.tomorrow().unwrap();
        while !self.works(day) {
            day = day.tomorrow().unwrap();
        }
        day
    }
    /// Some minute from one hour of the day until before another.
    fn between(&mut self, day: Date, from_hour: i64, until_hour: i64) -> Timestamp {
        let minute = from_hour * 60 + self.chance.below((until_hour - from_hour) * 60);
        let clock = day.at(0, 0, 0, 0).checked_add(Span::new().minutes(minute)).unwrap();
        self.zone.to_ambiguous_timestamp(clock).compatible().unwrap()
    }

    /// One parcel: when it was handed over, and what the carrier said of it.
    fn parcel(&mut self, year: i16) -> (Timestamp, Vec<(Timestamp, State)>) {
        let mut day = date(year, 1, 1).checked_add(Span::new().days(self.chance.below(365))).unwrap();
        // The warehouse hands over on evenings from Monday to Friday.
        while !self.works(day) || day.weekday() == jiff::civil::Weekday::Saturday {
            day = day.tomorrow().unwrap();
        }
        let hand_over = self.between(day, 17, 19);
        let mut scans = vec![];
        if !self.chance.in_thousand(self.unscanned) {
            scans.push((self.between(day, 19, 24), State::CollectedByCarrier));
        }
        for _ in 0..self.chance.below(3) {
            day = self.next_working(day);
            scans.push((self.between(day, 1, 6), State::ArrivedAtHub));
            // Now and then a van leaves without being scanned.
            if !self.chance.in_thousand(self.unscanned) {
                scans.push((self.between(day, 17, 23), State::DepartedHub));
            }
        }
        day = self.next_working(day);
        scans.push((self.between(day, 2, 6), State::AtDeliveryDepot));
        scans.push((self.between(day, 6, 9), State::OutForDelivery));
        if self.chance.in_thousand(40) {
            scans.push((self.between(day, 9, 20), State::DeliveryFailed));
            day = self.next_working(day);
            scans.push((self.between(day, 6, 9), State::OutForDelivery));
        }
        scans.push((self.between(day, 9, 20), State::Delivered));
        (hand_over, scans)
    }
}

/// Whether the parcel was ever flagged: judged a moment before each thing that the carrier said.
fn was_flagged(preset: Preset, zone: &TimeZone, hand_over: Timestamp, scans: &[(Timestamp, State)]) -> bool {
    let registration = json!({"handed_over_at": hand_over.to_string(), "origin": {"country": "GB"}, "destination": {"country": "GB"}});
    let registration: Registration = serde_json::from_value(registration).unwrap();
    let mut journey = Journey::default();
    for (at, state) in scans {
        let case = Case {
            registration: &registration,
            journey: &journey,
            registered_at: hand_over,
            woken_at: None,
            kept_awake: false,
            settings: preset.settings(),
            calendars: Calendars::built_in(),
            zone,
            now: *at,
        };
        if judge(&case).facts.may_be_missing() {
            return true;
        }
        (journey.state, journey.waiting_on, journey.state_since) = (*state, state.info().waiting_on, Some(*at));
        journey.first_physical_at = journey.first_physical_at.or(Some(*at));
        journey.last_event_at = Some(*at);
    }
    false
}

/// Percent flagged in 2026: softly, softly around Easter and Christmas, and by a calendar that counts every hour.
fn flagged_percent(unscanned: i64) -> [f64; 3] {
    let mut network = Network { zone: TimeZone::get("Europe/London").unwrap(), chance: Chance(20261122), unscanned };
    let (mut softly, mut in_feasts, mut feast_parcels, mut strictly) = (0, 0, 0, 0);
    for _ in 0..PARCELS {
        let (hand_over, scans) = network.parcel(2026);
        let day = network.zone.to_datetime(hand_over).date();
        let feast = (date(2026, 3, 30)..=date(2026, 4, 8)).contains(&day) || day >= date(2026, 12, 20);
        let flagged = was_flagged(Preset::UkRetail, &network.zone, hand_over, &scans);
        softly += usize::from(flagged);
        in_feasts += usize::from(flagged && feast);
        feast_parcels += usize::from(feast);
        strictly += usize::from(was_flagged(Preset::Sorted, &network.zone, hand_over, &scans));
    }
    [(softly, PARCELS), (in_feasts, feast_parcels), (strictly, PARCELS)].map(|(n, of)| n as f64 * 100.0 / of as f64)
}

#[test]
fn easter_and_christmas_in_a_normal_network_flag_hardly_anybody() {
    let [softly, in_feasts, strictly] = flagged_percent(4);
    println!("uk_retail {softly:.2} %, at Easter and Christmas {in_feasts:.2} %, counting every hour {strictly:.2} %");
    assert!(softly < 0.5 && in_feasts < 0.5);
    assert!(strictly > softly * 10.0, "a calendar that counts every hour flags whoever waits over a weekend");
}

#[test]
fn a_network_that_scans_everything_flags_nobody_all_year() {
    let [softly, ..] = flagged_percent(0);
    assert_eq!(softly, 0.0);
}
