//! The speed of the program, as ratios: the release binary against the simulated Google, and beside it, in the same run on the
//! same machine, `curl --parallel` over the same addresses with as many connections. `cargo bench` prints the table;
//! `cargo bench -- small` measures one row of it, and so do `large`, `again`, `verify`, `status`, `durability` and
//! `import`.
//! `cargo bench -- million` takes minutes and 3 GB of disk, and is measured only when it is asked for.
//!
//! The simulator runs in this process and shares the machine with both sides of every pair.

mod checks;
mod durability;
mod import;
mod million;
mod runs;
#[expect(
    dead_code,
    reason = "the tests use the rest; here it only leaves syncing out"
)]
#[path = "../tests/it/support/shim.rs"]
mod shim;

use std::fmt::Display;
use std::process::{Command, Stdio};
use std::time::Duration;

use gphotos_sim::Seeded;

use runs::{Bench, Run};

const ROUNDS: usize = 3;
const LATENCY_MS: u64 = 50;
const JOBS: &str = "16";
const START: &str = "2022-01-01";

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let curl = Command::new("curl")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !curl {
        say("curl is not on this machine: rows without a raw limit");
    }
    say(format!(
        "{:<44} {:>9} {:>9} {:>7} {:>8} {:>7} {:>7}",
        "work", "ours", "limit", "ratio", "peak RSS", "API", "bytes"
    ));
    if is_wanted("small") {
        first_sync(
            "small",
            "(a) 2,000 files of 100 KB, 365 days",
            &library(2_000, 365, 100_000),
            curl,
            Flush::No,
        );
    }
    if is_wanted("large") {
        first_sync(
            "large",
            "(b) 300 files of 5 MB, 60 days, then sync",
            &library(300, 60, 5_000_000),
            curl,
            Flush::Yes,
        );
    }
    if is_wanted("again") {
        second_run();
    }
    if is_wanted("verify") {
        checks::verify();
    }
    if is_wanted("status") {
        checks::status();
    }
    if is_wanted("durability") {
        durability::all();
    }
    if is_wanted("import") {
        import::all();
    }
    if wanted.iter().any(|word| word == "million") {
        million::all();
    }
}

/// Whether the raw limit ends with a flush of everything to disk, as ours does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flush {
    Yes,
    No,
}

fn library(items: usize, days: u32, photo_size: usize) -> Seeded {
    let start = START.parse().expect("a date");
    Seeded {
        seed: 1,
        items,
        start,
        days,
        photo_size,
        video_share_percent: 0,
        motion_share_percent: 0,
    }
}

fn first_sync(name: &str, title: &str, library: &Seeded, curl: bool, flush: Flush) {
    let (mut ours, mut limits, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..ROUNDS {
        let bench = Bench::new(library, LATENCY_MS);
        let run = bench.sync(library);
        assert_eq!(bench.files(), library.items, "{name}: files in the archive");
        let limit = curl.then(|| bench.curl(flush));
        if let Some(limit) = limit {
            limits.push(limit);
            ratios.push(run.wall.as_secs_f64() / limit.as_secs_f64());
        }
        ours.push(run.wall);
        last = Some(run);
    }
    let run = last.expect("at least one round");
    row(
        title,
        median(ours),
        (!limits.is_empty()).then(|| median(limits)),
        (!ratios.is_empty()).then(|| median(ratios)),
        &run,
    );
}

fn second_run() {
    let library = library(20_000, 1_000, 0);
    let bench = Bench::new(&library, 0);
    let first = bench.sync(&library);
    row(
        "    (c, before) first sync of 20,000 small files",
        first.wall,
        None,
        None,
        &first,
    );
    bench
        .google
        .world(|world| world.network.latency_ms = LATENCY_MS);
    // The default number of days in flight, and nothing but their latency.
    let limit = Duration::from_millis(u64::from(library.days) / 4 * LATENCY_MS);
    let runs: Vec<Run> = (0..ROUNDS).map(|_| bench.sync(&library)).collect();
    for run in &runs {
        assert_eq!(
            run.byte_requests, 0,
            "a run with nothing new asks for no bytes"
        );
    }
    let wall = median(runs.iter().map(|run| run.wall).collect());
    let worst = runs
        .iter()
        .max_by_key(|run| run.peak_kib)
        .expect("at least one round");
    let ratio = wall.as_secs_f64() / limit.as_secs_f64();
    row(
        "(c) second run, 20,000 items, 1,000 days",
        wall,
        Some(limit),
        Some(ratio),
        worst,
    );
}

fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("comparable"));
    values[values.len() / 2]
}

fn row(title: &str, ours: Duration, limit: Option<Duration>, ratio: Option<f64>, run: &Run) {
    let seconds = |wall: Duration| format!("{:.2} s", wall.as_secs_f64());
    say(format!(
        "{title:<44} {:>9} {:>9} {:>7} {:>8} {:>7} {:>7}",
        seconds(ours),
        limit.map_or("-".to_owned(), seconds),
        ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
        format!("{} MiB", run.peak_kib >> 10),
        run.api_calls,
        run.byte_requests,
    ));
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn say(text: impl Display) {
    println!("{text}");
}
