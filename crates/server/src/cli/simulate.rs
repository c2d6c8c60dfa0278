//! `simulate`: a world of parcels and carriers that does not exist, or one's own past told again, as JSON Lines or to a running server.

mod server;

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

use clap::{Args, builder::RangedU64ValueParser};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, date},
    tz::TimeZone,
};
use serde_json::json;
use whereabouts_domain::simulation::{Happening, Outage, Peak, Troubles, World, retold};

use super::{Failure, forecast};
use crate::{
    clock::Clock,
    demo::simulated::{self, Line, Times},
};

/// A Monday in autumn, on which every world that is written to a file begins unless one chooses.
const FIRST_DAY: Date = date(2026, 11, 2);
/// Carriers' numbers are enough for so many parcels of one seed.
const PARCELS_MAX: u64 = 2_500_000;
/// Columns of one's own past without which less can be told, and what.
const WANTED: [(&str, &str); 2] = [("carrier_ts", "no order has a parcel"), ("delivered_ts", "no parcel arrives, all of them are lost")];

fn thousandth() -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(0..=1000)
}

#[derive(Args)]
pub struct Simulate {
    /// The same number gives the same world
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The first day, YYYY-MM-DD [default: 2026-11-02 in a file, today on a server]
    #[arg(long)]
    from: Option<Date>,
    /// On so many days parcels are handed over
    #[arg(long, default_value_t = 14, value_parser = RangedU64ValueParser::<u32>::new().range(1..=3660))]
    days: u32,
    /// Parcels handed over on a working day
    #[arg(long, default_value_t = 200, value_parser = RangedU64ValueParser::<u32>::new().range(1..=1_000_000))]
    a_day: u32,
    /// Of a thousand collections and departures, so many nobody scans
    #[arg(long, default_value_t = Troubles::ordinary().unscanned, value_parser = thousandth())]
    unscanned: u32,
    /// Of a thousand scans, so many are told twice
    #[arg(long, default_value_t = Troubles::ordinary().twice, value_parser = thousandth())]
    twice: u32,
    /// Of a thousand scans, so many are told hours later
    #[arg(long, default_value_t = Troubles::ordinary().delayed, value_parser = thousandth())]
    delayed: u32,
    /// Of a thousand parcels, so many never come
    #[arg(long, default_value_t = Troubles::ordinary().lost, value_parser = thousandth())]
    lost: u32,
    /// For so many of a thousand parcels nobody opens the door at first
    #[arg(long, default_value_t = Troubles::ordinary().missed, value_parser = thousandth())]
    missed: u32,
    /// Depots' clocks are wrong by up to so many minutes
    #[arg(long, default_value_t = Troubles::ordinary().skew_minutes, value_parser = clap::value_parser!(i64).range(0..=1440))]
    skew: i64,
    /// A carrier tells nothing for some hours: CARRIER,YYYY-MM-DDTHH:MM,HOURS (may be repeated)
    #[arg(long, value_name = "CARRIER,TIME,HOURS", value_parser = outage)]
    outage: Vec<(String, DateTime, u32)>,
    /// For some days there is so many percent of the usual: YYYY-MM-DD,DAYS,PERCENT (may be repeated)
    #[arg(long, value_name = "DAY,DAYS,PERCENT", value_parser = peak)]
    peak: Vec<Peak>,
    /// One's own past instead of invented parcels: a file of orders as `forecast replay` reads it
    #[arg(long, conflicts_with_all = ["days", "a_day", "peak", "unscanned", "lost", "missed"])]
    orders: Option<PathBuf>,
    /// Where to write it [default: standard output]
    #[arg(long, conflicts_with = "to")]
    out: Option<PathBuf>,
    #[command(flatten)]
    server: server::Told,
}

fn outage(text: &str) -> Result<(String, DateTime, u32), String> {
    let parts: Vec<&str> = text.split(',').collect();
    let [carrier, from, hours] = parts[..] else { return Err("write CARRIER,YYYY-MM-DDTHH:MM,HOURS".into()) };
    if !simulated::carriers().iter().any(|c| c == carrier) {
        return Err(format!("`{carrier}` does not take part; {} do", simulated::carriers().join(", ")));
    }
    let from = from.parse().map_err(|_| format!("`{from}` is not a time YYYY-MM-DDTHH:MM"))?;
    Ok((carrier.into(), from, hours.parse().map_err(|_| format!("`{hours}` is not a number of hours"))?))
}

fn peak(text: &str) -> Result<Peak, String> {
    let parts: Vec<&str> = text.split(',').collect();
    let [from, days, percent] = parts[..] else { return Err("write YYYY-MM-DD,DAYS,PERCENT".into()) };
    let from: Date = from.parse().map_err(|_| format!("`{from}` is not a day YYYY-MM-DD"))?;
    let days: i64 = days.parse().ok().filter(|d| (1..=366).contains(d)).ok_or_else(|| format!("`{days}` is not 1 to 366 days"))?;
    let percent = percent.parse().ok().filter(|p| *p <= 10_000).ok_or_else(|| format!("`{percent}` is not 0 to 10000 percent"))?;
    Ok(Peak { from, until: from.saturating_add(jiff::Span::new().days(days)), percent })
}

impl Simulate {
    pub async fn run(self) -> Result<(), Failure> {
        let clock = Clock::new(0);
        let told = self.server.open(&clock).await?;
        let world = self.world(told.as_ref().map(server::Server::today))?;
        let parcels = match &self.orders {
            Some(path) => {
                let past = retold(&world, &forecast::read(path, &WANTED)?);
                if past.is_empty() {
                    return Err(Failure::BadInput(format!("{}: no order was handed over (carrier_ts)", path.display())));
                }
                past
            }
            None => Vec::new(),
        };
        let happenings: Box<dyn Iterator<Item = Happening>> = match &self.orders {
            Some(_) => Box::new(world.happenings(parcels.into_iter())),
            None => Box::new(world.happenings(world.parcels())),
        };
        match told {
            Some(server) => server.tell(&world, happenings, &clock).await,
            None => self.write(&world, happenings),
        }
    }

    /// `today`: where the world begins if nobody says.
    fn world(&self, today: Option<Date>) -> Result<World, Failure> {
        let zone = TimeZone::get("Europe/London").map_err(|e| Failure::Other(e.to_string()))?;
        let outages = self.outage.iter().map(|(carrier, from, hours)| {
            let from = zone.to_ambiguous_timestamp(*from).compatible().map_err(|e| Failure::BadArguments(e.to_string()))?;
            let until = from.checked_add(SignedDuration::from_hours(i64::from(*hours))).unwrap_or(Timestamp::MAX);
            Ok(Outage { carrier: carrier.clone(), from, until })
        });
        let troubles = Troubles {
            unscanned: self.unscanned,
            twice: self.twice,
            delayed: self.delayed,
            lost: self.lost,
            missed: self.missed,
            skew_minutes: self.skew,
            outages: outages.collect::<Result<_, Failure>>()?,
            peaks: self.peak.clone(),
        };
        let world = World {
            seed: self.seed,
            from: self.from.or(today).unwrap_or(FIRST_DAY),
            days: self.days,
            a_day: self.a_day,
            carriers: simulated::carriers(),
            towns: simulated::towns(),
            troubles,
            zone,
        };
        let parcels: u64 = world.days().map(|day| world.parcels_on(day)).sum();
        if parcels > PARCELS_MAX {
            let why =
                format!("{parcels} parcels are more than carriers' numbers are enough for ({PARCELS_MAX}): fewer days, or fewer a day");
            return Err(Failure::BadArguments(why));
        }
        Ok(world)
    }

    fn write(&self, world: &World, happenings: impl Iterator<Item = Happening>) -> Result<(), Failure> {
        let mut out: Box<dyn Write> = match &self.out {
            None => Box::new(BufWriter::new(std::io::stdout().lock())),
            Some(path) => {
                let file = File::create(path).map_err(|e| Failure::Other(format!("{}: {e}", path.display())))?;
                Box::new(BufWriter::new(file))
            }
        };
        match lines(world, happenings, &mut out) {
            Ok((parcels, payloads)) => {
                eprintln!("whereabouts: {parcels} parcels, {payloads} payloads of carriers");
                Ok(())
            }
            // A reader that has gone away is not an error.
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}

/// One JSON object a line, in the order of time. Answers how many parcels and payloads there were.
fn lines(world: &World, happenings: impl Iterator<Item = Happening>, out: &mut impl Write) -> std::io::Result<(u64, u64)> {
    let (mut parcels, mut payloads) = (0, 0);
    for happening in happenings {
        let at = happening.at.to_string();
        let line = match simulated::line(world, &happening, Times::AsTheyAre) {
            Some(Line::Registration(doc)) => {
                parcels += 1;
                json!({ "at": at, "registration": doc })
            }
            Some(Line::Payload { carrier, body }) => {
                payloads += 1;
                json!({ "at": at, "carrier": carrier, "payload": body })
            }
            None => continue,
        };
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok((parcels, payloads))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::Value;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        simulate: Simulate,
    }

    fn simulate(args: &[&str]) -> Simulate {
        Line::try_parse_from(["simulate"].iter().chain(args)).unwrap_or_else(|e| panic!("{e}")).simulate
    }

    fn told(args: &[&str]) -> Vec<Value> {
        let simulate = simulate(args);
        let world = simulate.world(None).unwrap();
        let mut out = Vec::new();
        lines(&world, world.happenings(world.parcels()), &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn the_same_seed_writes_the_same_bytes() {
        let args = ["--days", "3", "--a-day", "20", "--seed", "5"];
        assert_eq!(told(&args), told(&args));
        assert_ne!(told(&args), told(&["--days", "3", "--a-day", "20", "--seed", "6"]));
        assert_eq!(told(&args)[0]["registration"]["order_number"], "SIM-13500011", "on every machine");
    }

    #[test]
    fn an_outage_and_a_peak_are_read_and_what_cannot_be_is_named() {
        let all = told(&["--days", "2", "--a-day", "60", "--outage", "evri,2026-11-03T00:00,24", "--peak", "2026-11-03,1,200"]);
        assert_eq!(all.iter().filter(|line| line.get("registration").is_some()).count(), 60 + 120);
        let on_the_third = |carrier: &str| {
            all.iter().filter(|line| line["carrier"] == carrier && line["at"].as_str().unwrap().starts_with("2026-11-03")).count()
        };
        assert!(on_the_third("evri") == 0 && on_the_third("royalmail") > 10);
        for (args, why) in [
            (["--outage", "nobody,2026-11-03T00:00,24"], "`nobody` does not take part"),
            (["--outage", "evri,soon,24"], "`soon` is not a time"),
            (["--peak", "2026-11-03,0,200"], "`0` is not 1 to 366 days"),
            (["--lost", "1001"], "0..=1000"),
        ] {
            let error = Line::try_parse_from(["simulate"].iter().chain(&args)).err().unwrap().to_string();
            assert!(error.contains(why), "{error}");
        }
        let much = simulate(&["--days", "300", "--a-day", "100000"]).world(None);
        assert!(matches!(much, Err(Failure::BadArguments(why)) if why.contains("more than carriers' numbers are enough for")));
    }
}
