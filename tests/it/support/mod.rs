//! A root folder, a simulated Google and the real binary, with nothing of the machine's own environment in between.

mod archive;
mod browser;
mod checker;
mod chromium;
mod dice;
mod disk;
mod live;
mod login;
mod mounts;
mod output;
mod shim;
mod terminal;
mod version_1;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gphotos_sim::{Sim, World};
use tempfile::TempDir;

pub(crate) use archive::{Archive, Row};
pub(crate) use browser::{Visit, redirect_of, submit, visit};
pub(crate) use checker::{Checker, Held, Snapshot, Truths, Violations, assert_clean};
pub(crate) use chromium::Chromium;
pub(crate) use dice::Dice;
pub(crate) use disk::{Disk, Mounted, no_disks};
pub(crate) use live::{Signal, ends, signal, until, until_says};
pub(crate) use login::Login;
pub(crate) use output::CommandOutput;
pub(crate) use shim::{Action, Key, Shim, keys, shim};
pub(crate) use terminal::on_terminal;
pub(crate) use version_1::back_to_version_1;

/// One user's root, and the Google they talk to.
pub(crate) struct TestEnv {
    root: TempDir,
    pub(crate) google: Sim,
    variables: Vec<(String, String)>,
    program: PathBuf,
}

impl TestEnv {
    /// A root with nothing but `client_secret.json`.
    pub(crate) fn new(world: World) -> Self {
        let root = tempfile::Builder::new()
            .prefix("gphotos-dl-test-")
            .tempdir()
            .expect("a folder");
        let google = Sim::start_blocking(world).expect("the simulator starts");
        let env = Self {
            root,
            google,
            variables: Vec::new(),
            program: env!("CARGO_BIN_EXE_gphotos-dl").into(),
        };
        std::fs::create_dir_all(env.path("credentials")).expect("a folder");
        std::fs::write(
            env.path("credentials/client_secret.json"),
            env.google.client_secret_json(),
        )
        .expect("written");
        env
    }

    /// The same after a successful `login`; the statistics start afterwards.
    pub(crate) fn signed_in(world: World) -> Self {
        let env = Self::new(world);
        env.sign_in();
        env.google.reset_stats();
        env
    }

    /// Sets a variable for every later run.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs another program instead of the real one.
    pub(crate) fn use_program(&mut self, program: &Path) -> &mut Self {
        program.clone_into(&mut self.program);
        self
    }

    /// Signs in with a browser that does what the world's consent says.
    pub(crate) fn sign_in(&self) {
        let mut login = self.spawn(&["login", "--no-browser"]);
        let address = first_line(&mut login);
        visit(&address);
        self.finish(login).assert_exit(0);
    }

    /// Signs in for `pick` in the same way, and starts the statistics afterwards.
    pub(crate) fn sign_in_to_pick(&self) {
        let mut login = self.spawn(&["login", "--for", "picker", "--no-browser"]);
        let address = first_line(&mut login);
        visit(&address);
        self.finish(login).assert_exit(0);
        self.google.reset_stats();
    }

    /// Moves *now* of every later run, and keeps waits short.
    pub(crate) fn in_hours(&mut self, hours: i64) -> &mut Self {
        let clock = format!("offset={},waits=0.001", hours * 3600);
        self.set("GPHOTOS_DL_TEST_CLOCK", &clock)
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    /// What the run has left on disk.
    pub(crate) fn archive(&self) -> Archive {
        Archive::read(self.root())
    }

    /// Runs the program to its end, without a terminal.
    #[must_use]
    pub(crate) fn run(&self, args: &[&str]) -> CommandOutput {
        self.finish(self.spawn(args))
    }

    /// `sync --since 2000-01-01 --window year`, plus what the test wants: few calls, everything in range.
    #[must_use]
    pub(crate) fn sync(&self, args: &[&str]) -> CommandOutput {
        let mut all = vec!["sync", "--since", "2000-01-01", "--window", "year"];
        all.extend(args);
        self.run(&all)
    }

    /// `sync` day by day over these days.
    pub(crate) fn sync_days(&self, since: &str, until: &str, args: &[&str]) -> CommandOutput {
        let mut all = vec!["sync", "--since", since, "--until", until];
        all.extend(args);
        self.run(&all)
    }

    /// Starts the program, for tests that do something while it runs.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).spawn().expect("the program starts")
    }

    /// The command, for tests that want it otherwise.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(args)
            .env_clear()
            .env("HOME", self.root.path())
            .env("PATH", "/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("GPHOTOS_DL_ROOT", self.root.path())
            .env("GPHOTOS_DL_LIBRARY_ENDPOINT", self.google.endpoint())
            .env("GPHOTOS_DL_PICKER_ENDPOINT", self.google.picker_endpoint())
            // Waits between attempts shrink to a thousandth; sockets keep their deadlines.
            .env("GPHOTOS_DL_TEST_CLOCK", "waits=0.001")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.root.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program where it might wait for ever. Ended from outside, it has exit code 137.
    #[must_use]
    pub(crate) fn run_or_kill(&self, args: &[&str]) -> CommandOutput {
        let mut child = self.spawn(args);
        ends(&mut child);
        self.finish(child)
    }

    /// Runs the program so that permissions hold for it, which they do not for root: then as nobody, to whom the root
    /// folder is given. `None`, said aloud, where that user cannot run the program.
    pub(crate) fn run_unprivileged(&self, args: &[&str]) -> Option<CommandOutput> {
        let run = self.spawn_unprivileged(&mut self.command(args));
        run.map(|run| self.finish(run))
    }

    /// Starts it so.
    pub(crate) fn spawn_unprivileged(&self, command: &mut Command) -> Option<Child> {
        use std::os::unix::process::CommandExt;
        const NOBODY: u32 = 65_534;
        if rustix::process::geteuid().is_root() {
            let given = Command::new("chown")
                .args(["-R", &format!("{NOBODY}:{NOBODY}")])
                .arg(self.root.path())
                .status();
            assert!(given.expect("chown runs").success());
            command.uid(NOBODY).gid(NOBODY);
        }
        match command.spawn() {
            Ok(child) => Some(child),
            Err(error) => {
                skipped(&format!(
                    "an unprivileged user cannot run the program ({error})"
                ));
                None
            }
        }
    }

    /// The command after a line of shell, such as `umask 000`.
    pub(crate) fn shell(&self, line: &str, args: &[&str]) -> Command {
        let inner = self.command(args);
        let mut outer = Command::new("/bin/sh");
        outer
            .args(["-c", &format!("{line}; exec \"$0\" \"$@\"")])
            .arg(inner.get_program())
            .args(inner.get_args())
            .env_clear()
            .envs(
                inner
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir(self.root.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        outer
    }

    /// Waits for the end of what [`TestEnv::spawn`] started.
    #[must_use]
    pub(crate) fn finish(&self, child: Child) -> CommandOutput {
        let output = child.wait_with_output().expect("the program ends");
        CommandOutput::new(output, self.root.path())
    }
}

/// The first line that the program prints on stdout; the rest stays to be read.
pub(crate) fn first_line(child: &mut Child) -> String {
    use std::io::Read;
    let stdout = child.stdout.as_mut().expect("stdout is piped");
    let mut line = Vec::new();
    let mut byte = [0];
    while stdout.read_exact(&mut byte).is_ok() && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    String::from_utf8(line).expect("text")
}

/// Says aloud that this machine cannot show what a test wants to see.
#[expect(
    clippy::print_stderr,
    reason = "a test that passes unseen would look like one that ran"
)]
pub(crate) fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}

/// Says something that whoever runs the tests may want to quote.
#[expect(clippy::print_stderr, reason = "figures that nobody sees are none")]
pub(crate) fn say(what: &str) {
    eprintln!("{what}");
}

/// Whether the long variant of the proof is wanted: everything instead of a selection.
pub(crate) fn is_full() -> bool {
    std::env::var("GPHOTOS_DL_PROOF").is_ok_and(|proof| proof == "full")
}
