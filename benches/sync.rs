//! The speed of the program, as ratios: the release binary against the simulated Google, and beside it, in the same run on the
//! same machine, `curl --parallel` over the same addresses with as many connections. `cargo bench` prints the table;
//! `cargo bench -- small` measures one row of it.
//!
//! The simulator runs in this process and shares the machine with both sides of every pair.

mod checks;

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gphotos_sim::{Seeded, Sim, World};
use tempfile::TempDir;

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
        let run = bench.sync(library.days, JOBS);
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
    let first = bench.sync(library.days, JOBS);
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
    let runs: Vec<Run> = (0..ROUNDS)
        .map(|_| bench.sync(library.days, JOBS))
        .collect();
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

/// One root and the Google that fills it.
struct Bench {
    root: TempDir,
    google: Sim,
}

/// One run of the program.
struct Run {
    wall: Duration,
    peak_kib: u64,
    api_calls: u64,
    byte_requests: u64,
}

impl Bench {
    fn new(library: &Seeded, latency_ms: u64) -> Self {
        let world = World::new().with_items(library.items()).with(|world| {
            world.network.latency_ms = latency_ms;
            // Rounds must not run into the day's quota.
            world.quota.api_per_day = None;
            world.quota.media_per_day = None;
        });
        let google = Sim::start_blocking(world).expect("the simulator starts");
        // Beside the build, so on a real disk and not in a memory file system.
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let bench = Self { root, google };
        fs::create_dir_all(bench.path("credentials")).expect("a folder");
        fs::write(
            bench.path("credentials/client_secret.json"),
            bench.google.client_secret_json(),
        )
        .expect("written");
        bench.sign_in();
        bench
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    fn program(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gphotos-dl"));
        command
            .args(args)
            .env("GPHOTOS_DL_ROOT", self.root.path())
            .env("GPHOTOS_DL_LIBRARY_ENDPOINT", self.google.endpoint());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    }

    fn sign_in(&self) {
        use std::io::{BufRead, BufReader};
        let mut login = self
            .program(&["login", "--no-browser"])
            .spawn()
            .expect("the program starts");
        let mut address = String::new();
        BufReader::new(login.stdout.as_mut().expect("piped"))
            .read_line(&mut address)
            .expect("an address");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let visit = async {
            reqwest::Client::builder()
                .no_proxy()
                .build()?
                .get(address.trim())
                .send()
                .await
        };
        runtime.block_on(visit).expect("the sign-in page answers");
        assert!(login.wait().expect("ends").success(), "login");
    }

    fn sync(&self, days: u32, jobs: &str) -> Run {
        let until = START.parse::<chrono::NaiveDate>().expect("a date")
            + chrono::Days::new(u64::from(days) - 1);
        let until = until.to_string();
        let args = [
            "-q",
            "sync",
            "--since",
            START,
            "--until",
            &until,
            "--jobs",
            jobs,
            "--min-free",
            "0",
        ];
        // Counted apart from the run before.
        self.google.reset_stats();
        flush();
        let start = Instant::now();
        let mut child = self.program(&args).spawn().expect("the program starts");
        let (peak_kib, status) = watch(&mut child);
        let wall = start.elapsed();
        assert_eq!(status, Some(0), "sync");
        let stats = self.google.stats();
        let api_calls = stats.total() - stats.all_byte_requests();
        Run {
            wall,
            peak_kib,
            api_calls,
            byte_requests: stats.all_byte_requests(),
        }
    }

    /// The same bytes through curl, from a list of addresses that costs it nothing.
    fn curl(&self, flush_after: Flush) -> Duration {
        let folder = self.path("curl");
        fs::create_dir_all(&folder).expect("a folder");
        let ids: Vec<String> = self
            .google
            .world(|world| world.items.iter().map(|item| item.id.clone()).collect());
        let line = |(number, id): (usize, &String)| {
            format!(
                "url = \"{}=d\"\noutput = \"{}/{number}\"\n",
                self.google.base_url(id),
                folder.display()
            )
        };
        let list = self.path("curl.txt");
        fs::write(&list, ids.iter().enumerate().map(line).collect::<String>()).expect("written");
        flush();
        let start = Instant::now();
        let status = Command::new("curl")
            .args([
                "--silent",
                "--parallel",
                "--parallel-immediate",
                "--parallel-max",
                JOBS,
                "--noproxy",
                "*",
                "--config",
            ])
            .arg(&list)
            // Its progress line appears even when it is told to be silent.
            .stderr(Stdio::null())
            .status()
            .expect("curl runs");
        if flush_after == Flush::Yes {
            flush();
        }
        let wall = start.elapsed();
        assert!(status.success(), "curl");
        assert_eq!(count(&folder), ids.len(), "files that curl fetched");
        fs::remove_dir_all(folder).expect("removed");
        wall
    }

    fn files(&self) -> usize {
        let months = |year: &Path| {
            fs::read_dir(year).map_or(0, |months| {
                months.flatten().map(|month| count(&month.path())).sum()
            })
        };
        let years = fs::read_dir(self.path("downloads"))
            .expect("an archive")
            .flatten();
        years
            .filter(|year| year.file_name() != ".gphotos-dl")
            .map(|year| months(&year.path()))
            .sum::<usize>()
    }
}

/// Waits for the end, and returns the largest resident size that the kernel has counted, in KiB, and the exit code.
fn watch(child: &mut Child) -> (u64, Option<i32>) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Ok(text) = fs::read_to_string(&status)
            && let Some(line) = text.lines().find(|line| line.starts_with("VmHWM:"))
        {
            peak = line
                .split_whitespace()
                .nth(1)
                .and_then(|number| number.parse().ok())
                .unwrap_or(0)
                .max(peak);
        }
        if let Some(status) = child.try_wait().expect("waited") {
            return (peak, status.code());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn flush() {
    let _ = Command::new("sync").status();
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
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
