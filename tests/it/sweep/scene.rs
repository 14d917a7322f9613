//! One workload of the sweep: a root that was prepared once, copied for every fault.

use std::cell::OnceCell;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use gphotos_sim::World;
use gphotos_sim::takeout::Export;
use tempfile::TempDir;

use super::whole::Whole;
use crate::support::{
    Action, Checker, CommandOutput, Key, Shim, TestEnv, Truths, Violations, first_line, keys, visit,
};

/// What is done in a prepared root, and disturbed.
#[derive(Clone, Copy)]
pub(super) struct Scene {
    pub(super) name: &'static str,
    pub(super) library: fn() -> World,
    /// What the root holds before. It is signed in.
    pub(super) prepare: fn(&TestEnv),
    /// The run that is disturbed.
    pub(super) args: &'static [&'static str],
    /// What lies beside the root, where a run finds it as [`BESIDE`], and how it is written there.
    pub(super) export: Option<Beside>,
    /// The runs that bring everything into order in this root.
    pub(super) heals: fn(&Path) -> Heals,
    /// A file that was damaged before, by the disk: it alone may be what it is, until it has been repaired.
    pub(super) rotten: Option<&'static str>,
    /// How the paths begin whose calls are disturbed.
    pub(super) within: &'static str,
    /// Everything is there already: whatever goes wrong, nothing is to be fetched.
    pub(super) is_held: bool,
    /// So many files are one commit.
    pub(super) batch: usize,
    /// Where the quick sweep is to be quicker than elsewhere: at each call one fault.
    pub(super) is_sampled: bool,
    /// What must hold as soon as the disturbed run has ended, besides what the checker asks.
    pub(super) at_once: fn(&Stage, &Checker) -> Violations,
    /// What must hold of the root when everything is in order again.
    pub(super) in_the_end: fn(&Stage, &Path) -> Violations,
}

/// An export, and how it is written into a folder.
pub(crate) type Beside = (fn() -> Export, fn(&Export, &Path));
/// One run after another.
pub(super) type Heals = &'static [&'static [&'static str]];
/// The folder that nothing may change, from where the program runs.
pub(super) const BESIDE: &str = "beside";

/// One worker's own Google and prepared root.
pub(super) struct Stage {
    pub(super) scene: Scene,
    pub(super) env: TestEnv,
    truths: Truths,
    trials: AtomicUsize,
    /// What a run comes to that nothing disturbs.
    pub(super) whole: OnceCell<Whole>,
    /// None of ours: nothing in it may ever change.
    canary: TempDir,
}

/// How one fault went, or several, each in a run of its own.
pub(super) struct Trial {
    /// How many of them struck.
    pub(super) struck: usize,
    /// How the disturbed runs ended.
    pub(super) exits: Vec<i32>,
    pub(super) violations: Violations,
    /// What the runs printed.
    pub(super) output: String,
}

impl Stage {
    pub(super) fn new(scene: Scene) -> Self {
        let mut env = TestEnv::signed_in((scene.library)());
        env.set(
            "GPHOTOS_DL_TEST_CLOCK",
            &format!("waits=0.001,batch={}", scene.batch),
        );
        // The long variant asks for more in one day than Google allows.
        env.google.world(|world| {
            world.quota.api_per_day = None;
            world.quota.media_per_day = None;
        });
        (scene.prepare)(&env);
        let canary = tempfile::tempdir().expect("a folder");
        fs::write(canary.path().join("canary"), "sings").expect("written");
        let mut truths = Truths::of(&env.google);
        if let Some((export, write)) = scene.export {
            let export = export();
            write(&export, canary.path());
            truths = truths.with_export(&export);
        }
        Self {
            scene,
            env,
            truths,
            trials: AtomicUsize::new(0),
            whole: OnceCell::new(),
            canary,
        }
    }

    /// Every call that the undisturbed run makes, in order. What only one of two runs does is left out: files of an export are
    /// made durable beside each other, and how many pages the index writes depends on random names too.
    pub(super) fn keys(&self, args: &[&str]) -> Vec<Key> {
        let (mut keys, again) = (self.record(args), self.record(args));
        keys.retain(|key| again.contains(key));
        keys
    }

    fn record(&self, args: &[&str]) -> Vec<Key> {
        let folder = self.copy();
        let record = folder.path().join("record");
        let shim = Shim::on(&folder.path().join("root")).record(&record);
        let run = self.run(folder.path(), args, Some(&shim));
        let _ = run.assert_exit(0);
        let mut keys = keys(&record);
        keys.retain(|key| key.path.starts_with(self.scene.within));
        keys
    }

    /// A trial; where the fault has not struck, because the machine was too slow or too fast for it, another.
    pub(super) fn persist(&self, key: &Key, action: Action) -> Trial {
        let fault = [(key.clone(), action)];
        let mut trial = self.trial(self.scene.args, &fault);
        for _ in 0..12 {
            if trial.struck > 0 || !trial.violations.is_empty() {
                break;
            }
            trial = self.trial(self.scene.args, &fault);
        }
        trial
    }

    /// For each fault a run that it disturbs and what is left of it; one undisturbed run, and what that has made of it.
    pub(super) fn trial(&self, args: &[&str], faults: &[(Key, Action)]) -> Trial {
        let folder = self.copy();
        let (root, mark) = (folder.path().join("root"), folder.path().join("mark"));
        let mut checker = Checker::of(&root, self.truths.clone());
        checker.guard(self.canary.path());
        if let Some(path) = self.scene.rotten {
            checker.let_go(path);
        }
        let (mut violations, mut output) = (Violations::new(), Vec::new());
        let (mut struck, mut exits) = (0, Vec::new());
        self.env.google.reset_stats();
        for (key, action) in faults {
            let shim = Shim::on(&root).mark(&mark).fault(key, *action);
            let run = self.run(folder.path(), args, Some(&shim));
            let name = self
                .scene
                .rotten
                .and_then(|path| path.strip_prefix("downloads/"));
            let found = checker.after_fault(run.exit).into_iter();
            violations.extend(found.filter(|what| !name.is_some_and(|name| what.contains(name))));
            violations.extend(checker.of_output(&run.to_string()));
            violations.extend((self.scene.at_once)(self, &checker));
            if !self.keeps_rotten(&root) {
                violations.push("I3: the damaged bytes are gone".to_owned());
            }
            output.push(format!("disturbed by {key}|{action}:\n{run}"));
            exits.push(run.exit);
            if fs::remove_file(&mark).is_ok() {
                struck += 1;
            }
            checker.remember();
            if let Some(path) = self.scene.rotten {
                checker.let_go(path);
            }
        }
        if violations.is_empty() {
            let mut exit = 0;
            for heal in (self.scene.heals)(&root) {
                let run = self.run(folder.path(), heal, None);
                exit = exit.max(run.exit);
                output.push(format!("the run after it:\n{run}"));
            }
            violations = checker.after_clean_run(exit);
            violations.extend((self.scene.in_the_end)(self, &root));
            if !self.keeps_rotten(&root) {
                violations.push("I3: the damaged bytes are gone".to_owned());
            }
            let loads = self.env.google.stats().all_byte_requests();
            if self.scene.is_held && loads > 0 {
                violations.push(format!("I10: bytes were asked for {loads} times"));
            }
            // Not every time: it is two runs more, and what the first of them finds is nearly always the same.
            let trials = self.trials.fetch_add(1, Ordering::Relaxed);
            let is_job = ["sync", "pick", "import"].contains(&self.scene.args[0]);
            if is_job && trials.is_multiple_of(DEEP) {
                violations.extend(self.look_deeper(&folder, &checker));
            }
        }
        Trial {
            struck,
            exits,
            violations,
            output: output.join("\n\n"),
        }
    }

    pub(super) fn copy(&self) -> TempDir {
        let folder = tempfile::Builder::new()
            .prefix("gphotos-dl-sweep-")
            .tempdir_in(memory())
            .expect("a folder");
        copy(self.env.root(), &folder.path().join("root"));
        symlink(self.canary.path(), folder.path().join(BESIDE)).expect("linked");
        folder
    }

    pub(super) fn run(&self, folder: &Path, args: &[&str], shim: Option<&Shim>) -> CommandOutput {
        let mut command = self.command(folder, args);
        if let Some(shim) = shim {
            shim.apply(&mut command);
        }
        let mut run = command.spawn().expect("the program starts");
        if args[0] == "login" {
            // Nothing is printed by one that dies before.
            let address = first_line(&mut run);
            if address.starts_with("http") {
                visit(&address);
            }
        }
        self.env.finish(run)
    }

    /// A run in a copy of the root.
    pub(super) fn command(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = self.env.command(args);
        command
            .env("GPHOTOS_DL_ROOT", folder.join("root"))
            .env("HOME", folder)
            .current_dir(folder);
        // Only plain http is spoken here, and reading all the roots of trust is a fifth of the time that a run takes.
        if let Some(certificate) = one_certificate() {
            command.env("SSL_CERT_FILE", certificate);
        }
        command
    }
}

fn one_certificate() -> Option<PathBuf> {
    let mut entries = fs::read_dir("/etc/ssl/certs").ok()?.flatten();
    let path = entries.find(|entry| entry.path().extension() == Some("0".as_ref()));
    Some(path?.path())
}

/// After every so many faults, the second run and the rebuilding are looked at too.
const DEEP: usize = 16;

/// A copy that keeps modes and times.
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(status.expect("cp runs").success());
}

/// In memory where that can be had: what is synced there is not waited for, and a kill loses nothing that it would keep on
/// a disk. What a disk loses is what the power cuts are for.
fn memory() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    }
}
