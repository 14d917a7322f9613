//! One workload of the sweep: a root that was prepared once, copied for every fault.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gphotos_sim::World;
use tempfile::TempDir;

use crate::support::{
    Action, Checker, CommandOutput, Key, Shim, TestEnv, Truths, Violations, keys,
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
    /// The run that brings everything into order.
    pub(super) heals: &'static [&'static str],
}

/// One worker's own Google and prepared root.
pub(super) struct Stage {
    scene: Scene,
    env: TestEnv,
    truths: Truths,
    /// None of ours: nothing in it may ever change.
    canary: TempDir,
}

/// How one fault went.
pub(super) struct Trial {
    /// Whether the fault struck.
    pub(super) struck: bool,
    pub(super) violations: Violations,
    /// What the runs printed.
    pub(super) output: String,
}

impl Stage {
    pub(super) fn new(scene: Scene) -> Self {
        let mut env = TestEnv::signed_in((scene.library)());
        env.set(
            "GPHOTOS_DL_TEST_CLOCK",
            &format!("waits=0.001,batch={BATCH}"),
        );
        (scene.prepare)(&env);
        let canary = tempfile::tempdir().expect("a folder");
        fs::write(canary.path().join("canary"), "sings").expect("written");
        let truths = Truths::of(&env.google);
        Self {
            scene,
            env,
            truths,
            canary,
        }
    }

    /// Every call that the undisturbed run makes, in order.
    pub(super) fn keys(&self) -> Vec<Key> {
        let root = self.copy();
        let record = root.path().join("record");
        let shim = Shim::on(&root.path().join("root")).record(&record);
        let run = self.run(root.path(), self.scene.args, Some(&shim));
        let _ = run.assert_exit(0);
        keys(&record)
    }

    /// A trial; where the fault has not struck, because the machine was too slow or too fast for it, another.
    pub(super) fn persist(&self, key: &Key, action: Action) -> Trial {
        let fault = [(key.clone(), action)];
        let mut trial = self.trial(&fault);
        for _ in 0..3 {
            if trial.struck || !trial.violations.is_empty() {
                break;
            }
            trial = self.trial(&fault);
        }
        trial
    }

    /// One disturbed run, what is left of it, one undisturbed run, and what that has made of it.
    pub(super) fn trial(&self, faults: &[(Key, Action)]) -> Trial {
        let folder = self.copy();
        let (root, mark) = (folder.path().join("root"), folder.path().join("mark"));
        let mut checker = Checker::of(&root, self.truths.clone());
        checker.guard(self.canary.path());
        let faults = faults.iter();
        let shim = faults.fold(Shim::on(&root).mark(&mark), |shim, (key, action)| {
            shim.fault(key, *action)
        });
        let run = self.run(folder.path(), self.scene.args, Some(&shim));
        let mut violations = checker.after_fault(run.exit);
        violations.extend(checker.of_output(&run.to_string()));
        let mut output = vec![format!("the disturbed run:\n{run}")];
        let struck = mark.exists();
        if violations.is_empty() {
            checker.remember();
            let run = self.run(folder.path(), self.scene.heals, None);
            violations = checker.after_clean_run(run.exit);
            output.push(format!("the run after it:\n{run}"));
        }
        Trial {
            struck,
            violations,
            output: output.join("\n\n"),
        }
    }

    fn copy(&self) -> TempDir {
        let folder = tempfile::Builder::new()
            .prefix("gphotos-dl-sweep-")
            .tempdir_in(memory())
            .expect("a folder");
        copy(self.env.root(), &folder.path().join("root"));
        folder
    }

    fn run(&self, folder: &Path, args: &[&str], shim: Option<&Shim>) -> CommandOutput {
        let root = folder.join("root");
        let mut command: Command = self.env.command(args);
        command
            .env("GPHOTOS_DL_ROOT", &root)
            .env("HOME", folder)
            .current_dir(&root);
        if let Some(shim) = shim {
            shim.apply(&mut command);
        }
        self.env
            .finish(command.spawn().expect("the program starts"))
    }
}

/// So many files are one commit.
const BATCH: usize = 8;

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
