//! A root on a disk of its own, or on two, whose power can be cut; prepared once and put back for every trial.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gphotos_sim::World;
use tempfile::TempDir;

use crate::support::{
    Action, Checker, CommandOutput, Disk, Key, Mounted, Shim, TestEnv, Truths, Violations, keys,
};
use crate::sweep::Beside;

/// What is run, and in what.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    /// Where a disk of its own begins, relative to the root, the outer ones first. None: all lies in a folder like any
    /// other, where nothing that was written can be lost.
    pub(crate) disks: &'static [&'static str],
    pub(crate) library: fn() -> World,
    /// What the root holds before.
    pub(crate) prepare: fn(&TestEnv),
    /// What lies beside the root, and how it is written there.
    pub(crate) export: Option<Beside>,
    pub(crate) args: &'static [&'static str],
}

/// Where an export lies, as seen from the folder in which the root is.
pub(crate) const BESIDE: &str = "beside";

/// One worker's own Google, and a place for its root.
pub(crate) struct Stage {
    scene: Scene,
    env: TestEnv,
    truths: Truths,
    place: TempDir,
    /// What is mounted, and the same as it was before anything happened.
    disks: Vec<(Disk, Disk)>,
    /// Words for the shim: what the program is to get wrong.
    lies: &'static str,
}

/// How one fault went.
pub(crate) struct Trial {
    pub(crate) struck: bool,
    pub(crate) violations: Violations,
    /// What the runs printed.
    pub(crate) output: String,
}

impl Stage {
    pub(crate) fn new(scene: Scene) -> Self {
        let mut env = TestEnv::signed_in((scene.library)());
        env.set("GPHOTOS_DL_TEST_CLOCK", "waits=0.001,batch=8");
        (scene.prepare)(&env);
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path().join("root");
        fs::create_dir(&root).expect("made");
        for at in scene.disks {
            fs::create_dir_all(env.path(at)).expect("made");
        }
        let disk = |at: &&str| {
            let disk = Disk::new();
            let mounted = disk.mount(&root);
            fs::remove_dir(root.join("lost+found")).expect("removed");
            copy(&env.path(at), &root);
            drop(mounted);
            (disk.copy(), disk)
        };
        let disks = scene.disks.iter().map(disk).collect();
        let mut truths = Truths::of(&env.google);
        if let Some((export, write)) = scene.export {
            let export = export();
            let beside = place.path().join(BESIDE);
            fs::create_dir(&beside).expect("made");
            write(&export, &beside);
            truths = truths.with_export(&export);
        }
        Self {
            truths,
            lies: "",
            scene,
            env,
            place,
            disks,
        }
    }

    /// The same, for another program or one that lies to the disk.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut TestEnv), lies: &'static str) -> Self {
        change(&mut self.env);
        self.lies = lies;
        self
    }

    /// Every call that an undisturbed run makes, in order. What only one of two makes depends on the machine's mood: a slow
    /// one commits sooner.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let (mut keys, again) = (self.record(), self.record());
        keys.retain(|key| again.contains(key));
        keys
    }

    fn record(&self) -> Vec<Key> {
        let notes = self.reset();
        let (_mounted, record) = (self.mount(), notes.path().join("record"));
        let _ = self.run(&self.shim().record(&record)).assert_exit(0);
        keys(&record)
    }

    /// A run that is disturbed, what is left of it, an undisturbed one, and what that has made of it. Where the fault has
    /// not struck, because the machine was too slow or too fast for it, once more.
    pub(crate) fn trial(&self, key: &Key, action: Action) -> Trial {
        let mut trial = self.try_once(key, action);
        for _ in 0..8 {
            if trial.struck {
                break;
            }
            trial = self.try_once(key, action);
        }
        trial
    }

    fn try_once(&self, key: &Key, action: Action) -> Trial {
        let notes = self.reset();
        let (mounted, mark) = (self.mount(), notes.path().join("mark"));
        let mut checker = Checker::of(&self.root(), self.truths.clone());
        let run = self.run(&self.shim().mark(&mark).fault(key, action));
        let mut output = format!("the disturbed run:\n{run}");
        // What the kernel has in memory goes; what the disk has got is all there is.
        drop(mounted);
        let _mounted = self.mount();
        let struck = fs::read_to_string(&mark).unwrap_or_default();
        assert!(!struck.contains("could not be"), "{struck}");
        let mut violations = checker.after_fault(run.exit);
        if violations.is_empty() {
            checker.remember();
            let run = self.run(&self.shim());
            violations = checker.after_clean_run(run.exit);
            output = format!("{output}\nthe run after it:\n{run}");
        }
        Trial {
            struck: !struck.is_empty(),
            violations,
            output,
        }
    }

    /// Puts everything back to where it was, and makes a folder for notes about what comes.
    fn reset(&self) -> TempDir {
        for (disk, before) in &self.disks {
            disk.become_copy_of(before);
        }
        if self.disks.is_empty() {
            let _ = fs::remove_dir_all(self.root());
            copy(self.env.root(), &self.root());
        }
        tempfile::tempdir().expect("a folder")
    }

    /// The innermost mount comes first, and is undone first.
    fn mount(&self) -> Vec<Mounted> {
        let places = self.mount_points();
        let disks = self.disks.iter().zip(places);
        let mut mounted: Vec<_> = disks.map(|((disk, _), at)| disk.mount(&at)).collect();
        mounted.reverse();
        mounted
    }

    fn mount_points(&self) -> Vec<PathBuf> {
        let places = self.scene.disks.iter();
        places.map(|at| self.root().join(at)).collect()
    }

    fn shim(&self) -> Shim {
        let shim = Shim::on(&self.root()).lies(self.lies);
        shim.mounts(&self.mount_points())
    }

    fn run(&self, shim: &Shim) -> CommandOutput {
        let root = self.root();
        let mut command = self.env.command(self.scene.args);
        command
            .env("GPHOTOS_DL_ROOT", &root)
            .env("HOME", &root)
            .current_dir(&root);
        let run = shim
            .apply(&mut command)
            .spawn()
            .expect("the program starts");
        self.env.finish(run)
    }

    fn root(&self) -> PathBuf {
        self.place.path().join("root")
    }
}

/// A copy that keeps modes and times.
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-aT").args([from, to]).status();
    assert!(status.expect("cp runs").success());
}
