//! Payloads torn, doubled, spliced and blown up at random, given to every adapter: none may panic, take long or use much
//! memory. One target for each wire form, seeded with the payloads of that form, and one over all of them. Deterministic: the same seed walks the same way. `WHEREABOUTS_FUZZ_SECONDS` says for how long (the short default is for
//! a plain `cargo test -- --ignored`), `WHEREABOUTS_FUZZ_SEED` where to begin. `cargo xtask fuzz` runs it optimised.

#![expect(clippy::disallowed_methods, reason = "how long a parser takes is measured by the machine's clock")]

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use peak_alloc::PeakAlloc;
use whereabouts_adapters::{
    carrier::{ALL, Carrier, Payload, Shape},
    mapping::{self, guess, outline::Outline},
};

/// Unoptimised and on a busy machine everything is slower.
const SLOWEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 40 } else { 3 });
const LARGEST: usize = 256 * 1024;
/// What a hook accepts …
const MEBIBYTE: usize = 1024 * 1024;
/// … and what reading it may cost at most, beside the payload itself.
const DEAREST: usize = 64 * MEBIBYTE;
/// Unoptimised, a quarter of it shows the same in bearable time.
const SHARE: usize = if cfg!(debug_assertions) { 4 } else { 1 };
/// One payload in so many is blown up to a mebibyte.
const BLOWN_UP: usize = 200;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Memory is counted for the whole process, so one target runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
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

/// The time told is shared by the targets.
fn tear(name: &str, is_seed: fn(&[u8]) -> bool) {
    const TARGETS: u64 = 5;
    let _alone = alone();
    let share = Duration::from_millis(number("WHEREABOUTS_FUZZ_SECONDS", 5) * 1000 / TARGETS);
    let mut chance = Chance(number("WHEREABOUTS_FUZZ_SEED", 1) | 1);
    let seeds: Vec<Vec<u8>> = seeds().into_iter().filter(|seed| is_seed(seed)).collect();
    assert!(!seeds.is_empty(), "no seed for {name}");
    let (mut tried, mut dearest) = (0_u64, 0);
    while worked() < share {
        let body = torn(&seeds, &mut chance);
        let cost = give(&body);
        if cost > DEAREST {
            keep("memory", &body, &format!("{} MiB were needed", cost / MEBIBYTE));
        }
        dearest = dearest.max(cost);
        tried += 1;
    }
    eprintln!(
        "{name}: {tried} payloads in {:.0} s torn from {} seeds, each given to {} adapters; the dearest took {} KiB",
        worked().as_secs_f32(),
        seeds.len(),
        ALL.len(),
        dearest / 1024
    );
}

fn begins(body: &[u8], with: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    body.first().is_some_and(|first| with.contains(first))
}

fn is_edi(body: &[u8]) -> bool {
    ["ISA", "GS", "ST", "UNA", "UNB", "UNH"].iter().any(|tag| body.trim_ascii_start().starts_with(tag.as_bytes()))
}

#[test]
#[ignore = "runs for as long as it is told; `cargo xtask test --only fuzz`"]
fn torn_json_harms_nobody() {
    tear("JSON", |body| begins(body, b"{["));
}

#[test]
#[ignore = "runs for as long as it is told; `cargo xtask test --only fuzz`"]
fn torn_xml_harms_nobody() {
    tear("XML and SOAP", |body| begins(body, b"<"));
}

#[test]
#[ignore = "runs for as long as it is told; `cargo xtask test --only fuzz`"]
fn torn_edi_harms_nobody() {
    tear("X12 and EDIFACT", is_edi);
}

#[test]
#[ignore = "runs for as long as it is told; `cargo xtask test --only fuzz`"]
fn torn_tables_harm_nobody() {
    tear("CSV", |body| !begins(body, b"{[<") && !is_edi(body) && body.contains(&b'\n'));
}

#[test]
#[ignore = "runs for as long as it is told; `cargo xtask test --only fuzz`"]
fn nothing_torn_makes_an_adapter_panic_or_dawdle() {
    tear("everything", |_| true);
}

/// What costs most by the byte: nothing but marks, the shortest objects, elements, segments and lines.
#[test]
fn a_mebibyte_of_anything_costs_at_most_sixty_four() {
    let _alone = alone();
    let event = r#"{"tracking_number":"X","tag":"x","checkpoints":[{"tag":"x"}]},"#;
    let units = [
        ("[", "{},", "{}]"),
        ("[", "{\"\":0},", "0]"),
        ("[", "[0],", "0]"),
        ("[", "0,", "0]"),
        ("[", "\"\",", "0]"),
        ("[", event, "0]"),
        ("{\"meta\":{\"code\":200},\"data\":{\"trackings\":[", event, "{}]}}"),
        ("{\"tracking_code\":\"X\",\"tracking_details\":[", "{\"status\":\"x\"},", "{}]}"),
        ("<a>", "<a/>", "</a>"),
        ("<a>", "<a b=\"\"/>", "</a>"),
        ("<a>", "<a><b/></a>", "</a>"),
        ("<a>", "x<a/>", "</a>"),
        ("<a ", "", "/>"),
        ("UNA:+.? 'UNH+1+IFTSTA'CNI+1+X'", "STS++1'", "UNT'"),
        ("UNA:+.? 'UNH+1+IFTSTA'CNI+1+X'", "STS+1+109+39'DTM+334:20261103090000:204'\n", "UNT'"),
        ("UNB'UNH+1+IFTSTA'", "+", "'"),
        ("UNB'UNH+1+IFTSTA'", ":'", "'"),
        ("ST*214*1~B10*X~LX~", "AT7*D1~", "SE~"),
        ("ST*214*1~B10*X~LX*1~\n", "AT7*D1*NS***20260302*2359*LT~MS1*XX*NU*C~\n", "SE~"),
        ("ST*214*1~B10*X~", "LX~", "SE~"),
        ("ST*214*1~B10*X~", "*", "~"),
        ("ST*214*1~\n", "*1000000000000054*REF-2*CPCC~\nL11*9999*86~\nAT7*ZZ*AO***20260302*2359*LT~\nMS1*X*NU*CA~\n", "SE*1*1~"),
        ("number,time,status\n", "X,,a\n", ""),
        ("number,time,status\n", "XXXXXXXX,2026-01-01,aaa\n", ""),
        ("number,time,status\n", ",\n", ""),
        ("1Z12345E0205271688 | 2ails\n", "\"No such tracking number\"\n $}\n}\n", ""),
        ("number,time,status", ",", "\n"),
        ("", "\n", ""),
    ];
    let mut dear = String::new();
    for (front, unit, end) in units {
        let times = (MEBIBYTE / SHARE - front.len() - end.len()) / unit.len().max(1);
        let body = format!("{front}{}{end}", unit.repeat(times)).into_bytes();
        let payload = Payload::of(&body);
        let mut cost = watched("detect", &body, || {
            let _ = whereabouts_adapters::detect(&payload);
        });
        for carrier in ALL {
            cost = cost.max(watched(carrier.card().id, &body, || drop(whereabouts_adapters::parse(*carrier, &payload))));
        }
        // It reads no more than so many scans, however long the payload is.
        let mapped = watched("mapping", &body, || map(&payload));
        if mapped > DEAREST {
            dear += &format!("{front}{unit}…{end} costs the mapping {} KiB\n", mapped / 1024);
        }
        if cost > DEAREST / SHARE {
            dear += &format!("{front}{unit}…{end} costs {} KiB\n", cost / 1024);
        }
    }
    assert!(dear.is_empty(), "\n{dear}");
}

/// Our own payloads, in which each list's first item is repeated until the payload is a mebibyte.
#[test]
fn a_long_history_is_read_at_a_bearable_price() {
    let _alone = alone();
    let mut dear = String::new();
    for carrier in ALL {
        let id = carrier.card().id;
        let mut files = Vec::new();
        files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(id), &mut files);
        let blown_up =
            files.iter().filter_map(|file| serde_json::from_slice(&fs::read(file).unwrap()).ok()).filter_map(|mut v: serde_json::Value| {
                let list = longest_list(&mut v)?;
                let item = list[0].clone();
                let size = item.to_string().len() + 1;
                list.resize(MEBIBYTE / SHARE * 9 / 10 / size, item);
                Some(v.to_string().into_bytes())
            });
        for body in blown_up.filter(|body| body.len() < MEBIBYTE).take(1) {
            let payload = Payload::of(&body);
            let cost = watched(id, &body, || drop(whereabouts_adapters::parse(*carrier, &payload)));
            if cost > DEAREST / SHARE {
                dear += &format!("{id} needs {} KiB for {} KiB\n", cost / 1024, body.len() / 1024);
            }
        }
    }
    assert!(dear.is_empty(), "\n{dear}");
}

/// The innermost list of objects on the first way down: a list of parcels holds the lists of scans.
fn longest_list(value: &mut serde_json::Value) -> Option<&mut Vec<serde_json::Value>> {
    use serde_json::Value::{Array, Object};
    let holds_list = |item: &serde_json::Value| item.as_object().is_some_and(|o| o.values().any(|v| v.is_array() && v[0].is_object()));
    match value {
        Object(map) => map.values_mut().find_map(longest_list),
        Array(list) => match list.iter().position(holds_list) {
            Some(at) => longest_list(&mut list[at]),
            None if list.first().is_some_and(serde_json::Value::is_object) => Some(list),
            None => None,
        },
        _ => None,
    }
}

#[test]
fn no_seed_as_it_stands_makes_an_adapter_panic_or_dawdle() {
    let _alone = alone();
    // Each takes as long as ninety adapters, each of which then tries its guess: without optimisation one in so many; the long run takes all.
    for seed in seeds().iter().step_by(16) {
        give(seed);
    }
}

/// Gives one payload to everything that reads payloads; says what the dearest of them needed.
fn give(body: &[u8]) -> usize {
    let payload = Payload::of(body);
    let mut dearest = watched("detect", body, || {
        let _ = whereabouts_adapters::detect(&payload);
    });
    let shape = Shape::of(&payload);
    for carrier in ALL {
        let id = carrier.card().id;
        dearest = dearest.max(watched(id, body, || read(*carrier, &payload, &shape)));
    }
    dearest = dearest.max(watched("mapping", body, || map(&payload)));
    dearest
}

/// As the assistant does with a payload that nobody knows: what stands where, a proposal, its reading.
fn map(payload: &Payload) {
    if let Ok(outline) = Outline::of(payload) {
        let _ = mapping::read(&guess::mapping(&outline), payload);
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

/// Processor time of this thread so far: the machine may have stood still, or done something else. Where no kernel counts it, time by the clock.
fn worked() -> Duration {
    thread_local!(static BEGUN: Instant = Instant::now());
    let counted = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = counted.as_deref().and_then(|text| text.split_whitespace().next()).and_then(|n| n.parse().ok());
    nanoseconds.map_or_else(|| BEGUN.with(Instant::elapsed), Duration::from_nanos)
}

/// Runs it; on a panic or a dawdle keeps the payload and says where. Returns the bytes that it held at most.
fn watched(who: &str, body: &[u8], mut run: impl FnMut()) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let since = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(&mut run));
    let is_slow = since.elapsed() > SLOWEST;
    let cost = MEMORY.peak_usage().saturating_sub(before);
    if outcome.is_err() {
        keep(who, body, "panicked");
    }
    if is_slow {
        // By the clock, which goes on while others are served: once more, by what the processor did.
        let begun = worked();
        run();
        let took = worked() - begun;
        if took > SLOWEST {
            keep(who, body, &format!("took {took:?}"));
        }
    }
    cost
}

fn keep(who: &str, body: &[u8], fault: &str) -> ! {
    let kept = env::temp_dir().join(format!("whereabouts-fuzz-{who}"));
    fs::write(&kept, body).unwrap();
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
    if chance.below(BLOWN_UP) == 0 { blown_up(body, chance) } else { body }
}

/// A piece of it, repeated in its place up to a mebibyte.
fn blown_up(mut body: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    let at = chance.below(body.len() + 1);
    let piece = body[at..at + chance.below(400).min(body.len() - at)].to_vec();
    if !piece.is_empty() && body.len() < MEBIBYTE {
        let again = piece.repeat((MEBIBYTE - body.len()) / piece.len());
        body.splice(at..at, again);
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
