//! The scenes in which a mistake shows: each runs a program and returns what the checker says.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use gphotos_sim::{Content, Etag, Fault, FaultKind, Item, RangeSupport, Route, World};

use crate::power::stage::{Scene, Stage};
use crate::power::{self, APART, ONE};
use crate::support::{Action, Checker, CommandOutput, Key, Shim, TestEnv, Violations};

/// A program, with or without a mistake.
#[derive(Clone, Copy, Default)]
pub(super) struct Subject {
    /// Another one than the real one, and its mistake.
    program: Option<(&'static Path, &'static str)>,
    /// What the shim gets wrong for it.
    lie: &'static str,
}

impl Subject {
    pub(super) fn honest() -> Self {
        Self::default()
    }

    pub(super) fn with_flaw(program: &'static Path, flaw: &'static str) -> Self {
        let program = Some((program, flaw));
        Self { program, lie: "" }
    }

    pub(super) fn lying(lie: &'static str) -> Self {
        Self { program: None, lie }
    }

    fn change(&self, env: &mut TestEnv) {
        if let Some((program, flaw)) = self.program {
            env.use_program(program).set("GPHOTOS_DL_KNOWN_BAD", flaw);
        }
    }

    fn stage(&self, scene: Scene) -> Stage {
        Stage::new(scene).with(|env| self.change(env), self.lie)
    }

    fn signed_in(&self, world: World) -> TestEnv {
        let mut env = TestEnv::signed_in(world);
        self.change(&mut env);
        env
    }

    fn sync(&self, env: &TestEnv) -> CommandOutput {
        let mut command = env.command(&["sync", "--since", "2024-01-01", "--window", "year"]);
        let shim = Shim::on(env.root()).lies(self.lie);
        let run = shim
            .apply(&mut command)
            .spawn()
            .expect("the program starts");
        env.finish(run)
    }

    /// One sync that nothing disturbs.
    fn clean_sync(&self, env: &TestEnv) -> Violations {
        let checker = Checker::new(env.root(), &env.google);
        checker.after_clean_run(self.sync(env).exit)
    }
}

/// Death at every change that is made under a photo's own name.
pub(super) fn death_at_the_name(subject: &Subject) -> Violations {
    let stage = subject.stage(power::scene(&[]));
    let is_photo = |key: &Key| key.path.starts_with("downloads/2024/") && key.call != "mkdir";
    let keys = stage.keys().into_iter().filter(is_photo).take(9);
    first_wrong(
        &stage,
        keys.flat_map(|key| [(key.clone(), Action::Kill), (key, Action::Torn)]),
    )
}

pub(super) fn power_cuts_on_one_disk(subject: &Subject) -> Violations {
    power_cuts(&subject.stage(power::scene(&ONE)))
}

pub(super) fn power_cuts_on_disks_apart(subject: &Subject) -> Violations {
    power_cuts(&subject.stage(power::scene(&APART)))
}

/// At every flush from the last commit to the end, the last one first: by then nothing is fetched any more, whose own flush
/// might save what another has left out.
fn power_cuts(stage: &Stage) -> Violations {
    let keys = stage.keys();
    let is_list = |key: &Key| key.path.ends_with(".partial") && key.call == "fdatasync";
    let last_commit = keys.iter().rposition(is_list).expect("a commit");
    let keys = keys[last_commit..].iter().rev();
    let keys = keys.filter(|key| key.call.ends_with("sync"));
    first_wrong(stage, keys.map(|key| (key.clone(), Action::Power)))
}

/// What the first fault does that does anything.
fn first_wrong(stage: &Stage, faults: impl Iterator<Item = (Key, Action)>) -> Violations {
    let trials = faults.map(|(key, action)| stage.trial(&key, action).violations);
    trials
        .into_iter()
        .find(|wrong| !wrong.is_empty())
        .unwrap_or_default()
}

const NOON: &str = "2024-03-09T12:00:00Z";

/// Somebody else's file has a photo's name.
pub(super) fn a_name_that_is_taken(subject: &Subject) -> Violations {
    let env = subject.signed_in(World::new().photo("a.jpg", NOON).photo("b.jpg", NOON));
    fs::create_dir_all(env.path("downloads/2024/03")).expect("made");
    fs::write(env.path("downloads/2024/03/a.jpg"), "somebody else's").expect("written");
    subject.clean_sync(&env)
}

/// Somebody takes a photo's name between the listing and the commit.
pub(super) fn a_name_that_is_taken_meanwhile(subject: &Subject) -> Violations {
    let env = subject.signed_in(World::new().photo("a.jpg", NOON).photo("b.jpg", NOON));
    let checker = Arc::new(Mutex::new(Checker::new(env.root(), &env.google)));
    let (path, watching) = (env.path("downloads/2024/03"), checker.clone());
    env.google.before(Route::Bytes, 1, move |_| {
        fs::create_dir_all(&path).expect("made");
        fs::write(path.join("a.jpg"), "somebody else's").expect("written");
        watching.lock().expect("not poisoned").remember();
    });
    let exit = subject.sync(&env).exit;
    checker.lock().expect("not poisoned").after_clean_run(exit)
}

/// A link in place of a month leads out of the archive.
pub(super) fn a_planted_link(subject: &Subject) -> Violations {
    let env = subject.signed_in(World::new().photo("a.jpg", NOON));
    let outside = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(env.path("downloads/2024")).expect("made");
    std::os::unix::fs::symlink(outside.path(), env.path("downloads/2024/03")).expect("linked");
    let mut checker = Checker::new(env.root(), &env.google);
    checker.guard(outside.path());
    checker.after_fault(subject.sync(&env).exit)
}

pub(super) fn several_pages(subject: &Subject) -> Violations {
    let photo = |world: World, day: u32| {
        world.photo(&format!("{day}.jpg"), &format!("2024-03-{day}T12:00:00Z"))
    };
    let world = (10..20).fold(World::new(), photo);
    let env = subject.signed_in(world.with(|world| world.library.short_pages = Some(4)));
    subject.clean_sync(&env)
}

pub(super) fn a_photo_that_cannot_be_had(subject: &Subject) -> Violations {
    let world = World::new().photo("a.jpg", NOON).photo("b.jpg", NOON);
    let env =
        subject.signed_in(world.fail(Fault::new(FaultKind::status(500)).item("a.jpg").always()));
    let checker = Checker::new(env.root(), &env.google);
    checker.after_fault(subject.sync(&env).exit)
}

/// A large file breaks off, and what comes then is not the rest but all of it. Its format has no end that could be checked.
pub(super) fn a_film_that_comes_again_from_the_start(subject: &Subject) -> Violations {
    const PACKET: usize = 188;
    let mut packet = [0xFF; PACKET];
    packet[..4].copy_from_slice(&[0x47, 0x1F, 0xFF, 0x10]);
    let film = Item {
        content: Content::Raw(packet.repeat(70_000).into()),
        ..Item::video(1, "film.ts", NOON)
    };
    let cut = FaultKind::CloseAfter {
        bytes: 50_000 * PACKET,
    };
    let world = World::new()
        .item(film)
        .fail(Fault::new(cut).route(Route::Bytes));
    let env = subject.signed_in(world.with(|world| {
        world.media.etag = Etag::Strong;
        world.media.range = RangeSupport::Ignored;
        world.media.redirect_videos = false;
    }));
    subject.clean_sync(&env)
}
