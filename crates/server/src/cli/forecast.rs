//! `forecast replay`: a file of orders played again in the order of time, through the forecaster of production.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand, ValueEnum};
use flate2::read::MultiGzDecoder;
use whereabouts_domain::forecast::{
    self, Tuning,
    replay::{self, History, Row},
};

use super::Failure;

#[derive(Args)]
pub struct Forecast {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say of past orders what would have been said of them at purchase, at hand-over and on the days after
    Replay(Replay),
}

#[derive(Args)]
struct Replay {
    /// The orders (CSV, may be gzipped): order_id, purchase_ts, carrier_ts, delivered_ts, estimated_date, …
    #[arg(long)]
    orders: PathBuf,
    /// Where to write the forecasts (CSV)
    #[arg(long)]
    out: PathBuf,
    /// How days are counted
    #[arg(long, value_enum, default_value_t = Unit::Dates)]
    unit: Unit,
    /// Orders that are learnt from first and not forecast
    #[arg(long)]
    warm: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Unit {
    /// Differences of calendar dates
    Dates,
    /// Whole days of 24 hours
    #[value(name = "whole-24h")]
    Whole24h,
}

/// So many forecasts lie between two lines of progress.
const PROGRESS_EVERY: u64 = 50_000;
const GZIP: [u8; 2] = [0x1f, 0x8b];

impl Forecast {
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Replay(replay) => replay.run(),
        }
    }
}

impl Replay {
    fn run(self) -> Result<(), Failure> {
        let orders = read(&self.orders, &replay::WANTED)?;
        let warm = self.warm.as_deref().map(|warm| read(warm, &replay::WANTED)).transpose()?.unwrap_or_default();
        let unit = match self.unit {
            Unit::Dates => forecast::Unit::Dates,
            Unit::Whole24h => forecast::Unit::Whole24Hours,
        };
        let unwritten = |error: csv::Error| Failure::Other(format!("{}: {error}", self.out.display()));
        let mut out = csv::Writer::from_path(&self.out).map_err(unwritten)?;
        out.write_record(Row::HEADER.split(',')).map_err(unwritten)?;
        let (mut written, mut trouble) = (0_u64, None);
        replay::replay(&warm, &orders, unit, Tuning::default(), |row| {
            if trouble.is_none() {
                trouble = out.write_record(row.cells()).err();
                written += 1;
                if written.is_multiple_of(PROGRESS_EVERY) {
                    eprintln!("whereabouts: {written} forecasts, {}", row.at.date());
                }
            }
        });
        trouble.map_or(Ok(()), |error| Err(unwritten(error)))?;
        out.flush().map_err(|error| unwritten(error.into()))?;
        eprintln!("whereabouts: {written} forecasts for {} orders in {}", orders.len(), self.out.display());
        Ok(())
    }
}

/// Reads a file of orders. What stands twice is taken as the last row tells it; columns that are wanted and missing are named, with what for.
pub(super) fn read(path: &Path, wanted: &[(&str, &str)]) -> Result<Vec<History>, Failure> {
    let named = |why: String| Failure::BadInput(format!("{}: {why}", path.display()));
    let mut file = File::open(path).map_err(|e| named(e.to_string()))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|e| named(e.to_string()))?;
    let is_packed = bytes.starts_with(&GZIP);
    let plain: Box<dyn Read> = if is_packed { Box::new(MultiGzDecoder::new(&bytes[..])) } else { Box::new(&bytes[..]) };
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(BufReader::new(plain));
    let header = table.headers().map_err(|e| named(e.to_string()))?.clone();
    let columns: HashMap<&str, usize> =
        header.iter().enumerate().map(|(k, name)| (name.trim().trim_start_matches('\u{feff}'), k)).collect();
    for needed in replay::NEEDED {
        if !columns.contains_key(needed) {
            let all = replay::NEEDED.join(" and ");
            return Err(named(format!("has no column `{needed}`; name the columns in the first line, at least {all}")));
        }
    }
    for (wanted, without) in wanted {
        if !columns.contains_key(wanted) {
            eprintln!("whereabouts: {} has no column `{wanted}`: {without}", path.display());
        }
    }
    let mut orders: Vec<History> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (k, record) in table.records().enumerate() {
        let record = record.map_err(|e| named(e.to_string()))?;
        let history = History::read(|name| columns.get(name).and_then(|k| record.get(*k)));
        let history = history.map_err(|why| named(format!("row {}: {why}", k + 2)))?;
        match places.get(&history.order) {
            Some(&place) => orders[place] = history,
            None => {
                places.insert(history.order.clone(), orders.len());
                orders.push(history);
            }
        }
    }
    Ok(orders)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn run(orders: &Path, warm: Option<&Path>) -> Result<Vec<String>, Failure> {
        let out = orders.with_extension("out.csv");
        let replay = Replay { orders: orders.into(), out: out.clone(), unit: Unit::Dates, warm: warm.map(Path::to_path_buf) };
        Forecast { command: Command::Replay(replay) }.run()?;
        Ok(std::fs::read_to_string(out).unwrap().lines().map(str::to_owned).collect())
    }

    const HEADER: &str = "order_id,purchase_ts,carrier_ts,delivered_ts,estimated_date,colour\n";

    #[test]
    fn a_file_is_replayed_packed_or_not_and_what_is_not_known_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let past =
            file(folder.path(), "past.csv", &format!("{HEADER}p,2026-03-02 09:00:00,2026-03-03,2026-03-06 12:00:00,2026-03-12,red\n"));
        let text =
            format!("{HEADER}a,2026-04-01 09:00:00,2026-04-02 18:00:00,2026-04-04 10:00:00,2026-04-09,red\nb,2026-04-01 10:00:00,,,,\n");
        let orders = file(folder.path(), "orders.csv", &text);
        let lines = run(&orders, Some(&past)).unwrap();
        assert_eq!(lines[0], "order_id,moment,at,median_days,low80_days,high80_days,low90_days,high90_days,p_late");
        let starts: Vec<&str> = lines[1..].iter().map(|line| &line[..line.find('T').unwrap()]).collect();
        assert_eq!(starts, ["a,purchase,2026-04-01", "b,purchase,2026-04-01", "a,handover,2026-04-02", "a,handover+1,2026-04-03"]);
        assert!(lines[2].ends_with(',') && !lines[1].ends_with(','), "only a promise can be broken: {lines:?}");
        // Without history nothing is claimed.
        assert_eq!(run(&orders, None).unwrap()[1], "a,purchase,2026-04-01T09:00:00,,,,,,");

        let packed = folder.path().join("orders.csv.gz");
        let mut gzip = flate2::write::GzEncoder::new(File::create(&packed).unwrap(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        gzip.finish().unwrap();
        assert_eq!(run(&packed, Some(&past)).unwrap(), lines);
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_row_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let bad = |text: &str| match run(&file(folder.path(), "o.csv", text), None) {
            Err(Failure::BadInput(why)) => why,
            other => panic!("{other:?}"),
        };
        assert!(
            bad("order,when\n1,2\n")
                .ends_with("has no column `order_id`; name the columns in the first line, at least order_id and purchase_ts")
        );
        let why = bad(&format!("{HEADER}a,2026-04-01 09:00:00,,,,\nb,soon,,,,\n"));
        assert!(why.ends_with("row 3: purchase_ts is `soon`, not a date or a time YYYY-MM-DD HH:MM:SS"), "{why}");
        assert!(matches!(run(&folder.path().join("none.csv"), None), Err(Failure::BadInput(_))));
    }
}
