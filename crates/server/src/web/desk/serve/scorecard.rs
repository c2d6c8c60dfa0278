//! `GET /desk/scorecard?carrier=`

use axum::extract::RawQuery;
use jiff::civil::Date;
use whereabouts_domain::forecast::scorecard::{Days, Scorecard, Share};

use super::{Answer, Desk, wording};
use crate::{
    flow::grade::{self, Promises},
    following::carrier_name,
    web::desk::{
        frame::grouped,
        queue::Filter,
        scorecard::{LEFT, MomentLine, Plot, Point, PromiseLine, RIGHT, ScorecardView, height},
        shipment::Fact,
    },
};

/// More lines help nobody on a page; the API has them all.
const PROMISE_LINES: usize = 30;

pub async fn get(desk: Desk, RawQuery(raw): RawQuery) -> Answer {
    let query = raw.unwrap_or_default();
    let wanted = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "carrier").map(|(_, value)| value.into_owned());
    let read = desk.app.db.read().await?;
    let graded = grade::scorecards(&read, desk.retailer()).await?;
    let promises = grade::promises(&read, desk.retailer()).await?.map(|(_, g)| g.data).unwrap_or_default();
    drop(read);
    let mut view = ScorecardView {
        frame: desk.frame("Scorecard", "scorecard").await?,
        graded: String::new(),
        filters: Vec::new(),
        facts: Vec::new(),
        plots: Vec::new(),
        moments: Vec::new(),
        promises: promise_lines(&promises, wanted.as_deref()),
        empty: Some(ScorecardView::nothing()),
    };
    if let Some((at, graded)) = graded {
        view.graded = format!("Graded {}; what ended since {}", wording::day_and_clock(at, &desk.zone), day(graded.from));
        view.filters = filters(&graded.data, wanted.as_deref());
        let card = graded.data.iter().find(|card| card.carrier == wanted).filter(|card| card.parcels > 0);
        if let Some(card) = card {
            view.facts = facts(card);
            view.plots = plots(card);
            view.moments = moments(card);
            view.empty = None;
        }
    }
    desk.show(&view)
}

fn day(day: Date) -> String {
    day.strftime("%-d %b").to_string()
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "none yet".into(), |share| format!("{:.0} %", share * 100.0))
}

fn parcels(n: u32) -> String {
    super::plural(u64::from(n), "parcel", "parcels")
}

fn filters(cards: &[Scorecard], wanted: Option<&str>) -> Vec<Filter> {
    if cards.len() < 3 && wanted.is_none() {
        return Vec::new();
    }
    let filter = |card: &Scorecard| {
        let query = card.carrier.as_ref().map(|c| form_urlencoded::Serializer::new(String::new()).append_pair("carrier", c).finish());
        Filter {
            label: card.carrier.as_deref().map_or_else(|| "All carriers".into(), carrier_name),
            href: query.map_or_else(|| "/desk/scorecard".into(), |query| format!("/desk/scorecard?{query}")),
            chosen: card.carrier.as_deref() == wanted,
        }
    };
    cards.iter().map(filter).collect()
}

fn facts(card: &Scorecard) -> Vec<Fact> {
    let fact = |label, value: String, detail: String| Fact { label, value, detail, tone: "" };
    let days = |d: Option<f64>| d.map_or_else(|| "none yet".into(), |d| format!("{d:.1} days"));
    let share = |s: &Share, words: &str| s.share.map_or_else(|| "none yet".into(), |share| format!("{:.0} % {words}", share * 100.0));
    let risk = &card.at_risk;
    let lead = risk.lead_hours.map(|h| format!(", {h:.0} h before")).unwrap_or_default();
    let named = risk
        .recall
        .share
        .map_or_else(|| "nobody was late".into(), |s| format!("{:.0} % of {} late named{lead}", s * 100.0, risk.recall.of));
    let brier = &card.brier;
    vec![
        fact("Days that held", percent(card.hand_over.coverage), format!("of {}; meant for 80 %", parcels(card.hand_over.parcels))),
        fact("Off by", days(card.hand_over.error_days), "from the middle day told at the hand-over".into()),
        fact("At risk", share(&risk.precision, "were late"), format!("of {} named; {named}", risk.precision.of)),
        fact("May be missing", share(&card.may_be_missing, "never came"), format!("of {} that were said to be", card.may_be_missing.of)),
        fact(
            "Chances told",
            brier.score.map_or_else(|| "none yet".into(), |score| format!("{score:.3}")),
            brier
                .base
                .map_or_else(String::new, |base| format!("Brier, of {}; the same for all would be {base:.3}", parcels(brier.parcels))),
        ),
    ]
}

fn moments(card: &Scorecard) -> Vec<MomentLine> {
    let line = |moment, days: &Days| MomentLine {
        moment,
        parcels: grouped(u64::from(days.parcels)),
        held: percent(days.coverage),
        error: days.error_days.map_or_else(|| "none yet".into(), |d| format!("{d:.1} days")),
        width: days.width_days.map_or_else(|| "none yet".into(), |d| format!("{d:.1} days")),
    };
    let all = [
        ("First told", &card.first),
        ("At the hand-over", &card.hand_over),
        ("Last told", &card.last),
        ("The carrier's own, last", &card.carriers_own),
    ];
    all.into_iter().map(|(moment, days)| line(moment, days)).collect()
}

/// Larger where more parcels stand behind it, by area.
fn radius(parcels: u32, most: u32) -> f64 {
    let part = f64::from(parcels) / f64::from(most.max(1));
    ((2.5 + 3.5 * part.sqrt()) * 10.0).round() / 10.0
}

fn plots(card: &Scorecard) -> Vec<Plot> {
    let weeks: Vec<_> = card.weeks.iter().filter_map(|w| Some((w.from, w.parcels, w.coverage?))).collect();
    let most = weeks.iter().map(|w| w.1).max().unwrap_or(0);
    let across = |k: usize, of: usize| ((LEFT + (RIGHT - LEFT) * k as f64 / of.max(1) as f64) * 10.0).round() / 10.0;
    let by_week = weeks.iter().enumerate().map(|(k, (from, parcels, share))| Point {
        x: across(k, weeks.len() - 1),
        y: height(*share),
        radius: radius(*parcels, most),
        cells: [day(*from), grouped(u64::from(*parcels)), percent(Some(*share))],
    });
    let by_week: Vec<Point> = by_week.collect();
    let deciles: Vec<_> = card.deciles.iter().filter_map(|d| Some((d.parcels, d.told?, d.late?))).collect();
    let most = deciles.iter().map(|d| d.0).max().unwrap_or(0);
    let by_chance = deciles.iter().map(|(parcels, told, late)| Point {
        x: ((LEFT + (RIGHT - LEFT) * told) * 10.0).round() / 10.0,
        y: height(*late),
        radius: radius(*parcels, most),
        cells: [percent(Some(*told)), grouped(u64::from(*parcels)), percent(Some(*late))],
    });
    let by_chance: Vec<Point> = by_chance.collect();
    let mut plots = Vec::new();
    if let (Some(first), Some(last)) = (weeks.first(), weeks.last()) {
        plots.push(Plot {
            title: "Days that held, by week of arrival",
            about: format!(
                "{} weeks; in the last {} of {} arrived within the days told.",
                weeks.len(),
                percent(Some(last.2)),
                parcels(last.1)
            ),
            aim: (height(0.8), height(0.8)),
            points: by_week,
            head: ["Week from", "Parcels", "Held"],
            left: day(first.0),
            right: day(last.0),
        });
    }
    if !by_chance.is_empty() {
        plots.push(Plot {
            title: "Chance of being late: told, and come true",
            about: format!("{} groups of parcels by the chance that they were told; on the line both are alike.", by_chance.len()),
            aim: (height(0.0), height(1.0)),
            points: by_chance,
            head: ["Told", "Parcels", "Were late"],
            left: "0 %".into(),
            right: "100 % told".into(),
        });
    }
    plots
}

fn promise_lines(promises: &[Promises], wanted: Option<&str>) -> Vec<PromiseLine> {
    let mut sums: std::collections::BTreeMap<(&str, &str), (u32, u32)> = Default::default();
    for line in promises.iter().filter(|line| wanted.is_none_or(|wanted| wanted == line.carrier)) {
        let sum = sums.entry((&line.carrier, &line.service)).or_default();
        *sum = (sum.0 + line.parcels, sum.1 + line.kept);
    }
    let mut lines: Vec<_> = sums.into_iter().collect();
    lines.sort_by_key(|(_, (parcels, _))| std::cmp::Reverse(*parcels));
    let line = |((carrier, service), (parcels, kept)): ((&str, &str), (u32, u32))| PromiseLine {
        carrier: if carrier.is_empty() { "No carrier known".into() } else { carrier_name(carrier) },
        service: service.to_owned(),
        parcels: grouped(u64::from(parcels)),
        kept: percent(Some(f64::from(kept) / f64::from(parcels.max(1)))),
    };
    lines.into_iter().take(PROMISE_LINES).map(line).collect()
}
