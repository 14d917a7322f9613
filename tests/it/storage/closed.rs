//! Permission that is taken away while a run works: of the archive as a whole, or of one folder in it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use gphotos_sim::takeout::{Format, Library, ZipStyle};
use gphotos_sim::{Route, World};

use super::three;
use crate::pick;
use crate::support::{Action, CommandOutput, Key, Shim, Signal, Snapshot, TestEnv, signal, until};

fn change(rights: &str, path: &Path) {
    let status = Command::new("chmod")
        .args(["-R", rights])
        .arg(path)
        .status();
    assert!(status.expect("chmod runs").success());
}

/// One file at a time, each a commit.
fn one_by_one(env: &mut TestEnv) {
    env.set("GPHOTOS_DL_TEST_CLOCK", "waits=0.001,batch=1");
}

#[track_caller]
fn assert_closed(output: CommandOutput) {
    let output = output
        .assert_exit(7)
        .assert_says("could not write to $ROOT/downloads")
        .assert_says("Permission denied")
        .assert_says("hint: may this user write there?");
    assert!(!output.stderr.contains("failed"), "{output}");
}

/// Runs this, closes a folder before the second file comes, and runs it again with the folder open.
fn close_during(mut env: TestEnv, route: Route, closed: &str, args: &[&str], again: &[&str]) {
    one_by_one(&mut env);
    let folder = env.path(closed);
    let closing = folder.clone();
    env.google
        .before(route, 2, move |_| change("a-w", &closing));
    let Some(output) = env.run_unprivileged(args) else {
        return;
    };
    assert_closed(output);
    change("u+w", &folder);
    let between = Snapshot::of(env.root());
    let output = env.run_unprivileged(again).expect("as before");
    let output = output.assert_exit(0);
    let lost = between.losses(&Snapshot::of(env.root()));
    assert!(lost.is_empty(), "{lost:?}\n{output}");
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.archive().files.len(), 3);
}

const SYNC: [&str; 9] = [
    "sync",
    "--since",
    "2024-01-01",
    "--window",
    "year",
    "--jobs",
    "1",
    "--layout",
    "flat",
];

#[test]
fn an_archive_that_is_closed_during_a_sync_ends_it_and_the_next_one_goes_on() {
    for (closed, args) in [
        ("downloads", &SYNC[..7]),
        ("downloads", &SYNC),
        ("downloads/.gphotos-dl/tmp", &SYNC[..7]),
    ] {
        let env = TestEnv::signed_in(three());
        close_during(env, Route::Bytes, closed, args, args);
    }
}

#[test]
fn an_archive_that_is_closed_during_a_pick_ends_it_and_the_rest_is_kept() {
    let env = pick::everything(three());
    let resume = ["pick", "--no-browser", "--resume"];
    close_during(env, Route::PickedBytes, "downloads", &resume[..2], &resume);
}

/// Its own folder alone is closed, and not those in it.
#[test]
fn a_folder_in_which_no_year_can_be_made_ends_the_run() {
    let mut env = TestEnv::signed_in(
        World::new()
            .photo("a.jpg", "2024-03-09T12:00:00Z")
            .photo("b.jpg", "2023-03-09T12:00:00Z"),
    );
    one_by_one(&mut env);
    let downloads = env.path("downloads");
    let closing = downloads.clone();
    env.google.before(Route::Bytes, 1, move |_| {
        fs::set_permissions(closing, Permissions::from_mode(0o555)).expect("changed");
    });
    let Some(output) = env.run_unprivileged(&SYNC[..7]) else {
        return;
    };
    assert_closed(output);
    fs::set_permissions(&downloads, Permissions::from_mode(0o755)).expect("changed");
    let output = env.run_unprivileged(&SYNC[..7]).expect("as before");
    output.assert_exit(0);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_month_that_is_closed_fails_its_own_items_only() {
    let env = TestEnv::signed_in(three());
    let month = env.path("downloads/2024/03");
    fs::create_dir_all(&month).expect("made");
    fs::set_permissions(&month, Permissions::from_mode(0o555)).expect("changed");
    let Some(output) = env.run_unprivileged(&SYNC[..7]) else {
        return;
    };
    output.assert_exit(3).assert_says("Permission denied");
    let archive = env.archive();
    assert_eq!(archive.paths(), ["2024/04/c.jpg"]);
    assert_eq!(archive.row("a.jpg")["status"], "failed");
    assert_eq!(archive.temps, [""; 0]);
    change("u+w", &month);
    let output = env.run_unprivileged(&SYNC[..7]).expect("as before");
    output.assert_exit(0);
    env.archive().assert_true_to(&env.google);
}

/// An import that stands still before its first photo gets its name: the folder of that, and the run.
fn importing(env: &TestEnv) -> Option<(PathBuf, Child)> {
    let library = Library {
        seed: 3,
        items: 6,
        ..Library::default()
    };
    let folder = env.path("parts");
    fs::create_dir(&folder).expect("made");
    let format = Format::Zip(ZipStyle::default());
    library.export().write(&folder, format).expect("written");
    // Where the first photo goes is known from a run that is not disturbed.
    let record = env.path("record");
    let other = TestEnv::new(World::new());
    let args = ["import", "--time-zone", "UTC", folder.to_str()?];
    let shim = Shim::on(other.root()).record(&record);
    let run = shim.apply(&mut other.command(&args)).spawn();
    other.finish(run.expect("it starts")).assert_exit(0);
    let keys = crate::support::keys(&record);
    let is_photo = |key: &&Key| key.call == "rename" && key.path.starts_with("downloads/2");
    let key = keys.iter().find(is_photo).expect("a photo is stored");
    let mark = env.path("mark");
    let shim = Shim::on(env.root()).fault(key, Action::Stop).mark(&mark);
    let run = env.spawn_unprivileged(shim.apply(&mut env.command(&args)))?;
    until("a photo is about to get its name", || mark.exists());
    let month = env.path(&key.path);
    Some((month.parent().expect("a folder").to_owned(), run))
}

#[test]
fn an_archive_that_is_closed_during_an_import_ends_it_and_the_next_one_goes_on() {
    let env = TestEnv::new(World::new());
    let Some((_, run)) = importing(&env) else {
        return;
    };
    change("a-w", &env.path("downloads"));
    signal(&run, Signal::CONT);
    let output = env.finish(run).assert_exit(7);
    output
        .assert_says("could not write to $ROOT/downloads")
        .assert_says("Permission denied");
    change("u+w", &env.path("downloads"));
    let between = Snapshot::of(env.root());
    let parts = env.path("parts");
    let args = ["import", "--json", parts.to_str().expect("text")];
    let told = env.run_unprivileged(&args).expect("as before");
    let told = told.assert_exit(0).json();
    assert_eq!(told["balance"]["entries"], told["accounted"]);
    let lost = between.losses(&Snapshot::of(env.root()));
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn a_month_that_is_closed_during_an_import_fails_its_own_files_only() {
    let env = TestEnv::new(World::new());
    let Some((month, run)) = importing(&env) else {
        return;
    };
    change("a-w", &month);
    signal(&run, Signal::CONT);
    env.finish(run)
        .assert_exit(3)
        .assert_says("could not be stored");
    let stored = env.archive().files.len();
    assert!(stored > 0, "the other months are written to");
    change("u+w", &month);
    let parts = env.path("parts");
    let args = ["import", parts.to_str().expect("text")];
    let output = env.run_unprivileged(&args).expect("as before");
    output.assert_exit(0);
    assert!(env.archive().files.len() > stored);
}
