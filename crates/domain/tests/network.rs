//! A normal year of a parcel network in the United Kingdom, Easter and Christmas among it: nearly nobody may be flagged as missing, neither by the
//! clock nor by what the year before taught, and who is lost is flagged sooner by that.

use jiff::{Span, Timestamp, civil::date, tz::TimeZone};
use serde_json::json;
use whereabouts_domain::{
    Case, Journey, Registration, State,
    calendar::Calendars,
    forecast::{
        gaps::{Followed, Home, Norms, Reach, Word, learn},
        patience::Patience,
    },
    judge,
    settings::Preset,
    simulation::{Parcel, Troubles, World},
};

/// Handed over on a working day.
const PARCELS_A_DAY: u32 = 80;

/// What a carrier said, and when.
type Scans = Vec<(Timestamp, State)>;

/// A year of Royal Mail to sixty towns. Of a thousand collections and departures so many are not scanned, and of a thousand parcels so many are lost.
fn year(seed: u64, year: i16, a_day: u32, unscanned: u32, lost: u32) -> World {
    World {
        seed,
        zone: TimeZone::get("Europe/London").unwrap(),
        from: date(year, 1, 1),
        days: 365,
        a_day,
        carriers: vec!["royalmail".into()],
        towns: 60,
        troubles: Troubles { unscanned, lost, missed: 40, ..Troubles::default() },
    }
}

fn scans(parcel: &Parcel) -> Scans {
    parcel.scans.iter().map(|scan| (scan.at, scan.state)).collect()
}

fn is_feast(world: &World, parcel: &Parcel) -> bool {
    let day = world.zone.to_datetime(parcel.handed_over_at).date();
    (date(2026, 3, 30)..=date(2026, 4, 8)).contains(&day) || day >= date(2026, 12, 20)
}

/// A journey by road, walked scan by scan.
struct Road<'a> {
    registration: Registration,
    journey: Journey,
    preset: Preset,
    zone: &'a TimeZone,
    hand_over: Timestamp,
    patience: Option<&'a Patience>,
}

impl<'a> Road<'a> {
    fn new(preset: Preset, zone: &'a TimeZone, hand_over: Timestamp, patience: Option<&'a Patience>) -> Road<'a> {
        let registration = json!({"handed_over_at": hand_over.to_string(), "origin": {"country": "GB"}, "destination": {"country": "GB"}});
        let registration = serde_json::from_value(registration).unwrap();
        Road { registration, journey: Journey::default(), preset, zone, hand_over, patience }
    }
    /// Since when it is flagged at a moment.
    fn flagged_since(&self, now: Timestamp) -> Option<Timestamp> {
        judge(&Case {
            registration: &self.registration,
            journey: &self.journey,
            registered_at: self.hand_over,
            woken_at: None,
            kept_awake: false,
            settings: self.preset.settings(),
            calendars: Calendars::built_in(),
            zone: self.zone,
            patience: self.patience,
            now,
        })
        .facts
        .missing_since
    }
    fn scan(&mut self, at: Timestamp, state: State) {
        let journey = &mut self.journey;
        (journey.state, journey.waiting_on, journey.state_since) = (state, state.info().waiting_on, Some(at));
        journey.first_physical_at = journey.first_physical_at.or(Some(at));
        journey.last_event_at = Some(at);
        journey.ended_at = journey.ended_at.or(state.is_delivered().then_some(at));
    }
    /// Whether it was ever flagged: judged a moment before each thing that the carrier said.
    fn was_flagged(mut self, scans: &[(Timestamp, State)]) -> bool {
        scans.iter().any(|(at, state)| {
            let flagged = self.flagged_since(*at).is_some();
            self.scan(*at, *state);
            flagged
        })
    }
    /// Since when it is flagged if nothing comes after these scans.
    fn lost_after(mut self, scans: &[(Timestamp, State)]) -> Timestamp {
        scans.iter().for_each(|(at, state)| self.scan(*at, *state));
        let last = scans.last().map_or(self.hand_over, |scan| scan.0);
        self.flagged_since(last.checked_add(Span::new().hours(24 * 60)).unwrap()).expect("silence for ever is noticed")
    }
}

fn was_flagged(preset: Preset, zone: &TimeZone, hand_over: Timestamp, scans: &[(Timestamp, State)]) -> bool {
    Road::new(preset, zone, hand_over, None).was_flagged(scans)
}

/// Percent flagged in 2026: softly, softly around Easter and Christmas, and by a calendar that counts every hour.
fn flagged_percent(unscanned: u32) -> [f64; 3] {
    let world = year(20_261_122, 2026, PARCELS_A_DAY, unscanned, 0);
    let (mut parcels, mut softly, mut in_feasts, mut feast_parcels, mut strictly) = (0, 0, 0, 0, 0);
    for parcel in world.parcels() {
        let was_flagged = |preset| was_flagged(preset, &world.zone, parcel.handed_over_at, &scans(&parcel));
        let (flagged, feast) = (was_flagged(Preset::UkRetail), is_feast(&world, &parcel));
        parcels += 1;
        softly += usize::from(flagged);
        in_feasts += usize::from(flagged && feast);
        feast_parcels += usize::from(feast);
        strictly += usize::from(was_flagged(Preset::Sorted));
    }
    [(softly, parcels), (in_feasts, feast_parcels), (strictly, parcels)].map(|(n, of)| n as f64 * 100.0 / of as f64)
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

/// One of a thousand is lost on its way.
const LOST_OF_THOUSAND: u32 = 1;
/// So many parcels a day of one year teach, and so many of the next are judged.
const EARLIER_A_DAY: u32 = 24;
const LATER_A_DAY: u32 = 40;

/// What parcels of a year taught by its end.
fn taught(world: &World) -> Norms {
    let follow = |parcel: Parcel| Followed {
        carrier: "royalmail".into(),
        reach: Reach::Domestic,
        lane: None,
        handed_over: Some(parcel.handed_over_at),
        registered_at: parcel.handed_over_at,
        nations: vec!["GB-ENG".into()],
        zone: world.zone.clone(),
        words: parcel.scans.iter().map(|scan| Word { at: scan.at, received_at: scan.at, state: scan.state }).collect(),
    };
    let followed: Vec<Followed> = world.parcels().map(follow).collect();
    let now = world.from.checked_add(Span::new().days(364)).unwrap().at(22, 0, 0, 0).to_zoned(world.zone.clone()).unwrap().timestamp();
    learn(&followed, &Home { calendars: Calendars::built_in(), zone: &world.zone, nation: "GB-ENG" }, now)
}

#[test]
fn what_last_year_taught_flags_fewer_than_the_clock_and_the_lost_sooner() {
    for unscanned in [4, 20] {
        let norms = taught(&year(7, 2025, EARLIER_A_DAY, unscanned, LOST_OF_THOUSAND));
        let patience = norms.patience("royalmail", Reach::Domestic, None).expect("a year teaches enough");
        for (stage, norm) in &patience.0 {
            println!("{stage:?}: {}; flagged after {:.1} h, of {}", norm.words(*stage), norm.flagged_after(), norm.learnt_from);
        }
        let learnt = Some(patience);
        let (mut parcels, mut by_history, mut by_clock, mut in_feasts, mut feast_parcels) = (0, 0, 0, 0, 0);
        let mut hours_sooner = Vec::new();
        let world = year(8, 2026, LATER_A_DAY, unscanned, 0);
        for parcel in world.parcels() {
            let scans = scans(&parcel);
            let road = |patience| Road::new(Preset::UkRetail, &world.zone, parcel.handed_over_at, patience);
            let (flagged, feast) = (road(learnt).was_flagged(&scans), is_feast(&world, &parcel));
            parcels += 1;
            by_history += usize::from(flagged);
            by_clock += usize::from(road(None).was_flagged(&scans));
            in_feasts += usize::from(flagged && feast);
            feast_parcels += usize::from(feast);
            // Each parcel once more as if it had been lost somewhere.
            let told = parcel.serial as usize % scans.len();
            let (clock, history) = (road(None).lost_after(&scans[..told]), road(learnt).lost_after(&scans[..told]));
            hours_sooner.push((clock.as_millisecond() - history.as_millisecond()) as f64 / 3_600_000.0);
        }
        hours_sooner.sort_by(f64::total_cmp);
        let (median, worst) = (hours_sooner[parcels / 2], hours_sooner[parcels / 20]);
        let of_ten_thousand = |n: usize, of: usize| n as f64 * 10_000.0 / of as f64;
        let [history, clock] = [by_history, by_clock].map(|n| of_ten_thousand(n, parcels));
        println!(
            "{unscanned} of 1,000 unscanned: false flags per 10,000: history {history:.1} (feasts {:.1}), clock {clock:.1}; \
             the lost are flagged {median:.1} h sooner in the median (1 of 20 by {worst:.1} h)",
            of_ten_thousand(in_feasts, feast_parcels)
        );
        assert!(history <= clock && history < 50.0 && of_ten_thousand(in_feasts, feast_parcels) < 50.0);
        assert!(median > 0.0);
    }
}
