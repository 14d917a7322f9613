//! One root, one simulated Google, and what a run of the program there costs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use gphotos_sim::{Seeded, Sim, World};
use tempfile::TempDir;

use super::{Flush, JOBS};

/// One root and the Google that fills it.
pub(super) struct Bench {
    root: TempDir,
    pub(super) google: Sim,
}

/// One run of the program.
pub(super) struct Run {
    pub(super) wall: Duration,
    pub(super) peak_kib: u64,
    pub(super) api_calls: u64,
    pub(super) byte_requests: u64,
}

impl Bench {
    pub(super) fn new(library: &Seeded, latency_ms: u64) -> Self {
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

    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    pub(super) fn program(&self, args: &[&str]) -> Command {
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

    /// One run over the whole library.
    pub(super) fn sync(&self, library: &Seeded) -> Run {
        self.measure(&mut self.sync_command(library, library.start))
    }

    pub(super) fn sync_command(&self, library: &Seeded, since: NaiveDate) -> Command {
        let until = library.start + Days::new(u64::from(library.days) - 1);
        let mut command = self.program(&["-q", "sync", "--jobs", JOBS, "--min-free", "0"]);
        command
            .args(["--since", &since.to_string()])
            .args(["--until", &until.to_string()]);
        command
    }

    pub(super) fn measure(&self, command: &mut Command) -> Run {
        // Counted apart from the run before.
        self.google.reset_stats();
        flush();
        let start = Instant::now();
        let mut child = command.spawn().expect("the program starts");
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
    pub(super) fn curl(&self, flush_after: Flush) -> Duration {
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

    pub(super) fn files(&self) -> usize {
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
pub(super) fn watch(child: &mut Child) -> (u64, Option<i32>) {
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

pub(super) fn flush() {
    let _ = Command::new("sync").status();
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}
