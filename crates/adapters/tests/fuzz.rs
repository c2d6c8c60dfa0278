//! Payloads torn, doubled and spliced at random, given to every adapter: none may panic, none may take long.
//! Deterministic: the same seed walks the same way. `WHEREABOUTS_FUZZ_SECONDS` says for how long (the short default is for
//! a plain `cargo test -- --ignored`), `WHEREABOUTS_FUZZ_SEED` where to begin. `cargo xtask fuzz` runs it optimised.

#![expect(clippy::disallowed_methods, reason = "how long a parser takes is measured by the machine's clock")]

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use whereabouts_adapters::carrier::{ALL, Carrier, Payload, Shape};

/// Unoptimised and on a busy machine everything is slower.
const SLOWEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 4 } else { 1 });
const LARGEST: usize = 256 * 1024;
const NOT_EVEN_CLOSE: &[&[u8]] = &[b"", b"{}", b"[]", b"null", b"<a/>", b"\xef\xbb\xbf{\"a\":[]}", b"number;code\n1;2\n", b"\xff\xfe\x00"];
/// What parsers stumble over: ends, escapes, numbers at the edge, impossible dates.
const SNIPPETS: &[&[u8]] = &[
    b"null",
    b"\"\"",
    b"{}",
    b"[]",
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b"0",
    b"true",
    b"2026-02-30T25:61:61",
    b"0000-00-00",
    b"31/12/9999 24:00",
    b"+14:59",
    b"Z",
    b"\\u0000",
    b"\xf0\x9f\x93\xa6",
    b"\xc3",
    b"<![CDATA[",
    b"</",
    b"&#x110000;",
    b"&amp;",
    b"\r\n",
    b"\"",
    b",",
    b":",
];

#[test]
#[ignore = "runs for as long as it is told; `cargo xtask test --only fuzz`"]
fn no_torn_payload_makes_an_adapter_panic_or_dawdle() {
    let seconds = number("WHEREABOUTS_FUZZ_SECONDS", 2);
    let mut chance = Chance(number("WHEREABOUTS_FUZZ_SEED", 1) | 1);
    let seeds = seeds();
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut tried = 0_u64;
    while Instant::now() < until {
        let body = torn(&seeds, &mut chance);
        give(&body);
        tried += 1;
    }
    eprintln!("{tried} payloads torn from {} seeds, each given to {} adapters", seeds.len(), ALL.len());
}

#[test]
fn no_seed_as_it_stands_makes_an_adapter_panic_or_dawdle() {
    for seed in seeds() {
        give(&seed);
    }
}

/// Gives one payload to everything that reads payloads.
fn give(body: &[u8]) {
    let payload = Payload::of(body);
    watched("detect", body, || {
        let _ = whereabouts_adapters::detect(&payload);
    });
    let shape = Shape::of(&payload);
    for carrier in ALL {
        let id = carrier.card().id;
        watched(id, body, || read(*carrier, &payload, &shape));
    }
}

fn read(carrier: &dyn Carrier, payload: &Payload, shape: &Shape) {
    let _ = carrier.detect(payload, shape);
    let _ = whereabouts_adapters::parse(carrier, payload);
    let _ = carrier.verify(payload, "secret", Timestamp::UNIX_EPOCH);
    // What a payload says may be asked back as a number.
    let number: String = String::from_utf8_lossy(payload.body).chars().take(40).collect();
    let _ = carrier.recognise(&number);
    let _ = carrier.tracking_url(&number);
}

/// Runs it; on a panic or a dawdle keeps the payload in the temporary folder and says where.
fn watched(who: &str, body: &[u8], run: impl FnOnce()) {
    let since = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(run));
    let took = since.elapsed();
    if outcome.is_ok() && took <= SLOWEST {
        return;
    }
    let kept = env::temp_dir().join(format!("whereabouts-fuzz-{who}"));
    fs::write(&kept, body).unwrap();
    let fault = if outcome.is_err() { "panicked".to_string() } else { format!("took {took:?}") };
    panic!("{who} {fault}; the payload is kept in {}", kept.display());
}

/// One or several seeds, changed in a few places.
fn torn(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut body = chance.pick(seeds).clone();
    for _ in 0..=chance.below(6) {
        let at = chance.below(body.len() + 1);
        let length = chance.below(32).min(body.len() - at);
        match chance.below(8) {
            0 => body.truncate(at),
            1 => drop(body.drain(at..at + length)),
            2 => {
                let again = body[at..at + length].to_vec();
                body.splice(at..at, again);
            }
            3 => drop(body.splice(at..at + length, chance.pick(SNIPPETS).iter().copied())),
            4 if at < body.len() => body[at] = chance.next() as u8,
            5 if at < body.len() => body[at] ^= 1 << chance.below(8),
            6 => {
                let other = chance.pick(seeds);
                let from = chance.below(other.len() + 1);
                body.truncate(at);
                body.extend_from_slice(&other[from..]);
            }
            _ => drop(body.splice(at..at, chance.pick(SNIPPETS).iter().copied())),
        }
        body.truncate(LARGEST);
    }
    body
}

/// Our own payloads, those of the shared folder where it is there, and a few that are nobody's.
fn seeds() -> Vec<Vec<u8>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = env::var_os("WHEREABOUTS_SHARED").map_or_else(|| here.join("../../../shared"), PathBuf::from).join("fixtures");
    if !shared.exists() {
        eprintln!("skipped: the payloads of {} (no such folder)", shared.display());
    }
    let mut files = Vec::new();
    for folder in [here.join("fixtures"), shared] {
        files_below(&folder, &mut files);
    }
    files.sort();
    let read = files.iter().flat_map(|f| payloads(f)).filter(|b| b.len() <= LARGEST);
    NOT_EVEN_CLOSE.iter().map(|b| b.to_vec()).chain(read).collect()
}

/// A file is a payload; a file of variants holds many, each between its name and its timeline.
fn payloads(file: &Path) -> Vec<Vec<u8>> {
    let Ok(body) = fs::read(file) else { return Vec::new() };
    if !file.parent().is_some_and(|folder| folder.ends_with("variants")) {
        return vec![body];
    }
    let text = String::from_utf8_lossy(&body);
    let parts = text.split("== ").skip(1).filter_map(|part| part.split_once('\n'));
    parts.map(|(_, rest)| rest.split("\n--").next().unwrap_or_default().as_bytes().to_vec()).collect()
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().map_or(default, |v| v.parse().unwrap_or_else(|_| panic!("{name} wants a number, not `{v}`")))
}

/// xorshift64*, from Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled" (2016).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 8
    }
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
