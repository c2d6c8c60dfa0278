//! How fast payloads are read, adapter by adapter, on one core: `cargo xtask bench --only adapters [--quick]`. Each adapter
//! reads its own payloads, ours and the recorded ones where they are there; the last line finds the dialect first, as the hook does.

#![expect(clippy::disallowed_methods, reason = "a benchmark is measured by the machine's clock, the product is not")]

use std::{
    env, fs,
    hint::black_box,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use whereabouts_adapters::{
    carrier::{ALL, Payload},
    detect, parse,
};

fn main() {
    let is_quick = env::args().any(|arg| arg == "--quick");
    let turn = Duration::from_millis(if is_quick { 20 } else { 1000 });
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = env::var_os("WHEREABOUTS_SHARED").map_or_else(|| here.join("../../../shared"), PathBuf::from);
    println!("{:<24} {:>8} {:>10} {:>14} {:>10}", "adapter", "payloads", "bytes each", "payloads/s", "MB/s");
    let mut all = Vec::new();
    let mut unread = Vec::new();
    for carrier in ALL {
        let id = carrier.card().id;
        let mut bodies = bodies_of(&here.join("fixtures").join(id));
        bodies.extend(bodies_of(&shared.join("fixtures").join(id)));
        if bodies.is_empty() {
            unread.push(id);
            continue;
        }
        line(id, &bodies, turn, |payload| drop(black_box(parse(*carrier, payload))));
        all.append(&mut bodies);
    }
    line("all, dialect found first", &all, turn * 5, |payload| {
        black_box(detect(payload));
    });
    if !unread.is_empty() {
        println!("no payloads of their own: {}", unread.join(", "));
    }
}

/// Reads the payloads in turn until the time is over, whole rounds only.
fn line(name: &str, bodies: &[Vec<u8>], turn: Duration, read: impl Fn(&Payload)) {
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    let round = || bodies.iter().for_each(|body| read(&Payload::of(black_box(body))));
    round();
    let since = Instant::now();
    let mut rounds = 0_u32;
    while rounds == 0 || since.elapsed() < turn {
        round();
        rounds += 1;
    }
    let seconds = since.elapsed().as_secs_f64();
    let (payloads, read) = (bodies.len() as f64 * f64::from(rounds), bytes as f64 * f64::from(rounds));
    println!("{name:<24} {:>8} {:>10} {:>14.0} {:>10.1}", bodies.len(), bytes / bodies.len(), payloads / seconds, read / seconds / 1e6);
}

fn bodies_of(folder: &Path) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut payloads: Vec<PathBuf> =
        files.filter(|path| path.is_file() && path.extension().is_some_and(|e| e != "txt" && e != "md")).collect();
    payloads.sort();
    payloads.iter().filter_map(|path| fs::read(path).ok()).collect()
}
