//! A file of orders played again in the order in which things happened, through the same forecaster as production.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime},
};

use super::{FOLLOWED_DAYS, Forecast, Forecaster, Known, Moment, Tuning, Unit};

/// A history may tell of its last purchase's delivery so many days later.
const TOLD_AFTER_MAX_DAYS: i64 = 120;

/// One order as a file tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    pub order: String,
    pub purchased: DateTime,
    pub handed_over: Option<DateTime>,
    pub delivered: Option<DateTime>,
    /// Where only the whole days of 24 hours from purchase to delivery are told.
    pub whole_days: Option<i32>,
    /// What became of it is not told: it was on its way when whoever wrote the file looked last.
    pub is_cut_off: bool,
    pub known: Known,
}

/// Columns that a file must have.
pub const NEEDED: [&str; 2] = ["order_id", "purchase_ts"];
/// Columns without which a replay learns or says less, and what for.
pub const WANTED: [(&str, &str); 3] = [
    ("carrier_ts", "there are no forecasts at hand-over"),
    ("delivered_ts", "nothing is learnt but from days_floor"),
    ("estimated_date", "no lateness is foretold"),
];

impl History {
    /// Reads one row; `cell` gives the text of a column, nothing where the file has none. Errors name the column and the text.
    pub fn read<'a>(cell: impl Fn(&str) -> Option<&'a str>) -> Result<History, String> {
        let text = |name: &str| cell(name).map(str::trim).filter(|text| !text.is_empty());
        let moment = |name: &str| match text(name) {
            None => Ok(None),
            Some(told) => {
                read_moment(told).map(Some).ok_or_else(|| format!("{name} is `{told}`, not a date or a time YYYY-MM-DD HH:MM:SS"))
            }
        };
        let number = |name: &str| match text(name) {
            None => Ok(None),
            Some(told) => {
                told.parse().ok().filter(|n: &f64| n.is_finite()).map(Some).ok_or_else(|| format!("{name} is `{told}`, not a number"))
            }
        };
        let owned = |name: &str| text(name).map(str::to_owned);
        let known = Known {
            promised_on: moment("estimated_date")?.map(DateTime::date),
            despatch_by: moment("shipping_limit_ts")?,
            carrier: owned("carrier"),
            origin: owned("s_state"),
            destination: owned("c_state"),
            place: owned("c_city"),
            sender: owned("seller_id"),
            freight: number("freight")?,
            weight: number("weight_g")?,
        };
        let is_censored = text("censored").is_some_and(|told| matches!(told, "1" | "1.0" | "true" | "True"));
        let (delivered, whole_days) = (moment("delivered_ts")?, number("days_floor")?);
        let whole_days = whole_days.filter(|days| (0.0..=3650.0).contains(days)).map(|days| days as i32);
        Ok(History {
            order: owned("order_id").ok_or("order_id is empty")?,
            purchased: moment("purchase_ts")?.ok_or("purchase_ts is empty")?,
            handed_over: moment("carrier_ts")?,
            is_cut_off: is_censored && delivered.is_none() && whole_days.is_none(),
            delivered,
            whole_days,
            known,
        })
    }

    /// When it arrived, as far as it is told, and from when on that is known.
    fn arrival(&self) -> Option<(DateTime, DateTime)> {
        if let Some(at) = self.delivered {
            return Some((at, at.max(self.purchased)));
        }
        let days = self.whole_days?;
        let begun = self.purchased.checked_add(days.days()).ok()?;
        let over = begun.checked_add(1.day()).ok()?;
        // Somewhere within these 24 hours: in the afternoon, when most parcels come.
        let afternoon = begun.date().at(17, 30, 0, 0);
        let at = if afternoon >= begun { afternoon } else { afternoon.checked_add(1.day()).ok()? };
        Some((at, over))
    }

    /// Without a promise and a delivery's time, only whole days are told, and those late.
    fn is_told_late(&self) -> bool {
        self.known.promised_on.is_none()
    }
}

fn read_moment(told: &str) -> Option<DateTime> {
    let wall_clock = told.get(..19).unwrap_or(told);
    wall_clock.replace(' ', "T").parse::<DateTime>().ok().or_else(|| told.parse::<Date>().ok().map(|day| day.at(0, 0, 0, 0)))
}

/// One forecast of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'a> {
    pub order: &'a str,
    pub moment: Moment,
    pub at: DateTime,
    pub forecast: Forecast,
}

impl Row<'_> {
    pub const HEADER: &'static str = "order_id,moment,at,median_days,low80_days,high80_days,low90_days,high90_days,p_late";

    /// The columns of [`Row::HEADER`].
    pub fn cells(&self) -> [String; 9] {
        let days = |value: Option<f64>| value.map(|v| format!("{v:.3}")).unwrap_or_default();
        let (likely, wide) = (self.forecast.likely, self.forecast.wide);
        [
            self.order.to_owned(),
            self.moment.to_string(),
            self.at.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            days(self.forecast.median),
            days(likely.map(|i| i.0)),
            days(likely.map(|i| i.1)),
            days(wide.map(|i| i.0)),
            days(wide.map(|i| i.1)),
            self.forecast.p_late.map(|p| format!("{p:.6}")).unwrap_or_default(),
        ]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happened {
    Purchase,
    HandOver,
    Delivery,
}

/// The last day of which a history tells anything; a date that lies absurdly far after the last purchase is not believed.
fn end_of<'a>(histories: impl Iterator<Item = &'a History> + Clone) -> Option<Date> {
    let bought = histories.clone().map(|h| h.purchased.date()).max()?;
    let told = histories.flat_map(|h| [h.handed_over, h.arrival().map(|(_, told)| told)]).flatten().map(DateTime::date);
    let latest = bought.saturating_add(TOLD_AFTER_MAX_DAYS.days());
    Some(told.filter(|day| *day <= latest).fold(bought, Date::max))
}

/// Which orders are told of no more from a day on: those of `warm` after it ends, those that are told to be cut off after the last of them was
/// heard of, and all of them after the end of everything.
fn followed_until(all: &[(&History, bool)]) -> Vec<(Date, Vec<usize>)> {
    let group = |is_in: &dyn Fn(&History, bool) -> bool| {
        let members = || all.iter().enumerate().filter(|(_, (history, is_scored))| is_in(history, *is_scored));
        let end = end_of(members().map(|(_, (history, _))| *history))?;
        Some((end, members().map(|(k, _)| k).collect()))
    };
    [group(&|_, is_scored| !is_scored), group(&|history, _| history.is_cut_off), group(&|_, _| true)].into_iter().flatten().collect()
}

/// Plays orders again. `warm` is history that is learnt from but not forecast; an order that stands in both is taken from `orders`. What became of
/// the others after `warm` ends is not told, so they are followed no further.
pub fn replay<'a>(warm: &'a [History], orders: &'a [History], unit: Unit, tuning: Tuning, each: impl FnMut(Row<'a>)) {
    play(warm, orders, unit, tuning, None, each);
}

/// What is known in the evening of a day to whoever followed all these orders: nothing that happened later is learnt.
pub fn learn(orders: &[History], unit: Unit, tuning: Tuning, until: Date) -> Foresight {
    let mut forecaster = play(&[], orders, unit, tuning, Some(until), |_| ());
    forecaster.let_go();
    Foresight(forecaster)
}

/// What was learnt, for asking.
pub struct Foresight(Forecaster);

impl Foresight {
    /// See [`Forecaster::foresee`].
    pub fn foresee(&self, known: &Known, purchased: DateTime, handed_over: Option<DateTime>, now: DateTime) -> Forecast {
        self.0.foresee(known, purchased, handed_over, now)
    }

    /// See [`Forecaster::effects`].
    pub fn effects(&self) -> usize {
        self.0.effects()
    }

    /// How many arrivals taught it, however long ago.
    pub fn arrivals(&self) -> u32 {
        self.0.arrivals()
    }
}

fn play<'a>(
    warm: &'a [History],
    orders: &'a [History],
    unit: Unit,
    tuning: Tuning,
    until: Option<Date>,
    mut each: impl FnMut(Row<'a>),
) -> Forecaster {
    let scored: BTreeSet<&str> = orders.iter().map(|o| o.order.as_str()).collect();
    let all: Vec<(&History, bool)> =
        warm.iter().filter(|w| !scored.contains(w.order.as_str())).map(|w| (w, false)).chain(orders.iter().map(|o| (o, true))).collect();
    let mut events: Vec<(DateTime, Happened, usize)> = Vec::with_capacity(all.len() * 3);
    for (k, (history, _)) in all.iter().enumerate() {
        events.push((history.purchased, Happened::Purchase, k));
        events.extend(history.handed_over.map(|at| (at.max(history.purchased), Happened::HandOver, k)));
        events.extend(history.arrival().map(|(_, told)| (told, Happened::Delivery, k)));
    }
    events.retain(|(at, _, _)| until.is_none_or(|until| at.date() <= until));
    events.sort_unstable();
    let mut followed_until = if until.is_none() { followed_until(&all) } else { Vec::new() };

    let mut forecaster = Forecaster::new(unit, tuning);
    let mut handed_over: BTreeMap<Date, Vec<usize>> = BTreeMap::new();
    let mut events = events.into_iter().peekable();
    let Some(&(first, _, _)) = events.peek() else { return forecaster };
    let mut day = first.date();
    let mut last = day;
    loop {
        for (_, orders) in followed_until.extract_if(.., |(end, _)| *end < day) {
            orders.into_iter().for_each(|k| forecaster.lost_sight(k as u64));
        }
        while let Some((at, what, k)) = events.next_if(|(at, _, _)| at.date() <= day) {
            let (history, is_scored) = all[k];
            let id = k as u64;
            let moment = match what {
                Happened::Purchase => {
                    forecaster.purchased(id, at, history.known.clone(), history.is_told_late());
                    Some(Moment::Purchase)
                }
                Happened::HandOver => {
                    forecaster.handed_over(id, at);
                    handed_over.entry(day).or_default().push(k);
                    Some(Moment::HandOver)
                }
                Happened::Delivery => {
                    if let Some((at, _)) = history.arrival() {
                        forecaster.delivered(id, at);
                    }
                    None
                }
            };
            if let Some(moment) = moment {
                let forecast = forecaster.forecast(id, moment, at);
                if is_scored {
                    each(Row { order: &history.order, moment, at, forecast });
                }
            }
        }
        forecaster.close_day(day);
        let evening = day.at(23, 59, 59, 0);
        for days in 1..=FOLLOWED_DAYS {
            let Ok(then) = day.checked_sub(i64::from(days).days()) else { continue };
            for &k in handed_over.get(&then).into_iter().flatten() {
                if !forecaster.is_open(k as u64) {
                    continue;
                }
                let (history, is_scored) = all[k];
                let forecast = forecaster.forecast(k as u64, Moment::After(days), evening);
                if is_scored {
                    each(Row { order: &history.order, moment: Moment::After(days), at: evening, forecast });
                }
            }
        }
        // Open parcels are followed on when nothing more is told, and days on which nothing is open are left out.
        let next = events.peek().map(|(at, _, _)| at.date());
        last = next.unwrap_or(last);
        let Ok(tomorrow) = day.tomorrow() else { break };
        day = match next {
            Some(next) if !forecaster.follows_anything() => next,
            None if until.is_none() && day >= last.saturating_add(i64::from(FOLLOWED_DAYS).days()) => break,
            _ => tomorrow,
        };
        if until.is_some_and(|until| day > until) {
            break;
        }
    }
    forecaster
}
