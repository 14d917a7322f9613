//! The checker itself: a good archive passes, and one thing made wrong is found, by the name of its invariant.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use gphotos_sim::{World, zoo};
use rusqlite::Connection;

use crate::support::{Checker, Held, Snapshot, TestEnv, Truths, Violations, assert_clean};

const DAY: &str = "2024-03-09T12:00:00Z";

fn library() -> World {
    let day = "2024-03-10".parse().expect("a day");
    World::new()
        .photo("a.jpg", DAY)
        .photo("b.jpg", DAY)
        .with_items(zoo::motion_photo(day))
        .with_items(zoo::equal_bytes(day))
}

/// A good archive with somebody else's file in it, and who has watched it from the start.
fn good() -> (TestEnv, Checker, tempfile::TempDir) {
    let env = TestEnv::signed_in(library());
    fs::create_dir_all(env.path("downloads")).expect("made");
    fs::write(env.path("downloads/notes.txt"), "mine").expect("written");
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("canary"), "sings").expect("written");
    let mut checker = Checker::new(env.root(), &env.google);
    checker.guard(outside.path());
    env.sync(&[]).assert_exit(0);
    checker.remember();
    (env, checker, outside)
}

fn execute(env: &TestEnv, sql: &str) {
    let index = env.path("downloads/.gphotos-dl/index/index.db");
    let connection = Connection::open(index).expect("opened");
    connection
        .execute_batch(&format!("PRAGMA ignore_check_constraints = ON; {sql}"))
        .expect("executed");
    // Or a log would be left, which is something else.
    let mode = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| {
        row.get::<_, String>(0)
    });
    assert_eq!(mode.expect("a mode"), "delete");
}

fn list(env: &TestEnv) -> std::path::PathBuf {
    env.path("media_items_list")
        .join(env.archive().newest_list())
}

/// Exactly the invariants that these sentences name.
fn named(violations: &Violations) -> Vec<&str> {
    let mut names: Vec<_> = violations
        .iter()
        .map(|text| text.split(':').next().expect("a name"))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[track_caller]
fn assert_found(violations: &Violations, invariant: &str, what: &str) {
    let found = named(violations);
    assert!(
        found.contains(&invariant),
        "{what}: {invariant} is not among {violations:#?}"
    );
}

#[test]
fn a_good_archive_passes() {
    let (env, mut checker, _outside) = good();
    assert_clean(&checker.after_fault(0), "after a fault");
    assert_clean(&checker.after_clean_run(0), "after a run");
    let before = Snapshot::of(env.root());
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    let loads = env.google.stats().all_byte_requests();
    assert_clean(&checker.after_idle_run(&before, loads), "idle");
    let held = Held::read(env.root()).expect("an index");
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    env.sync(&[]).assert_exit(0);
    let loads = env.google.stats().all_byte_requests();
    assert_clean(&checker.after_rebuild(&held, loads), "rebuilt");
    assert_clean(&checker.after_clean_run(0), "rebuilt");
    env.google.world(|world| {
        let late = World::new().photo("late.jpg", DAY).items;
        world.items.extend(late);
    });
    checker.learn(&env.google);
    assert_found(&checker.after_clean_run(0), "I5", "a new item");
    env.sync(&[]).assert_exit(0);
    assert_clean(&checker.after_clean_run(0), "grown");
}

type Damage = (&'static str, &'static str, fn(&TestEnv, &Path));

/// What is wrong at any moment.
const DAMAGES: &[Damage] = &[
    ("I1", "a file that nobody has", |env, _| {
        fs::write(env.path("downloads/2024/03/c.jpg"), "half").expect("written");
    }),
    ("I1", "a file that is another item's", |env, _| {
        execute(
            env,
            "UPDATE roles SET file = (SELECT file FROM files WHERE path LIKE '%/a.jpg')
             WHERE file = (SELECT file FROM files WHERE path LIKE '%/b.jpg')",
        );
    }),
    ("I2", "a file that is gone", |env, _| {
        fs::remove_file(env.path("downloads/2024/03/a.jpg")).expect("removed");
    }),
    ("I2", "a file of other bytes", |env, _| {
        let path = env.path("downloads/2024/03/a.jpg");
        let mut bytes = fs::read(&path).expect("read");
        bytes[500] ^= 1;
        fs::write(path, bytes).expect("written");
    }),
    ("I2", "done before it is stored", |env, _| {
        execute(env, "UPDATE files SET state = 'announced'");
    }),
    ("I2", "a list that names what is not there", |env, _| {
        let list = list(env);
        let text = fs::read_to_string(&list).expect("read");
        fs::remove_file(&list).expect("removed");
        let name = list.with_extension("csv.partial");
        fs::write(name, text.replace("2024/03/a.jpg", "2024/03/z.jpg")).expect("written");
    }),
    ("I2", "a torn index", |env, _| {
        let index = env.path("downloads/.gphotos-dl/index/index.db");
        let bytes = fs::read(&index).expect("read");
        fs::write(index, &bytes[..bytes.len() / 2]).expect("written");
    }),
    ("I3", "somebody else's file is gone", |env, _| {
        fs::remove_file(env.path("downloads/notes.txt")).expect("removed");
    }),
    ("I3", "somebody else's file has other times", |env, _| {
        let file = fs::File::options()
            .append(true)
            .open(env.path("downloads/notes.txt"));
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        file.expect("opened").set_modified(long_ago).expect("set");
    }),
    ("I3", "ours was replaced by its like", |env, _| {
        let path = env.path("downloads/2024/03/a.jpg");
        fs::copy(&path, env.path("copy")).expect("copied");
        fs::rename(env.path("copy"), path).expect("renamed");
    }),
    ("I3", "a complete list was written to", |env, _| {
        let mut text = fs::read(list(env)).expect("read");
        text.extend(b"\n");
        fs::write(list(env), text).expect("written");
    }),
    ("I4", "something new outside", |_, outside| {
        fs::write(outside.join("new"), "").expect("written");
    }),
    ("I4", "another mode outside", |_, outside| {
        let open = fs::Permissions::from_mode(0o777);
        fs::set_permissions(outside.join("canary"), open).expect("changed");
    }),
    ("I8", "another place", |env, _| {
        fs::rename(
            env.path("downloads/2024/03/a.jpg"),
            env.path("downloads/2024/03/z.jpg"),
        )
        .expect("renamed");
        execute(
            env,
            "UPDATE files SET path = '2024/03/z.jpg' WHERE path = '2024/03/a.jpg'",
        );
    }),
    ("I8", "two names that are one", |env, _| {
        execute(
            env,
            "UPDATE files SET path = '2024/03/A.JPG' WHERE path = '2024/03/b.jpg'",
        );
    }),
    ("I9", "a temporary file of nobody's", |env, _| {
        fs::write(env.path("downloads/.gphotos-dl/tmp/x.tmp"), "").expect("written");
    }),
    ("I11", "a token in the index", |env, _| {
        let token = fs::read_to_string(env.path("credentials/token_library.json"));
        let token: serde_json::Value =
            serde_json::from_str(&token.expect("read")).expect("a token");
        let token = token["refresh_token"].as_str().expect("text");
        execute(env, &format!("UPDATE items SET description = '{token}'"));
    }),
    ("I11", "a photo's address in the index", |env, _| {
        let address = env.google.base_url("x");
        execute(env, &format!("UPDATE items SET description = '{address}'"));
    }),
    ("I11", "a token that others may read", |env, _| {
        let open = fs::Permissions::from_mode(0o644);
        fs::set_permissions(env.path("credentials/token_library.json"), open).expect("changed");
    }),
    ("I12", "half a token", |env, _| {
        let path = env.path("credentials/token_library.json");
        let text = fs::read_to_string(&path).expect("read");
        fs::write(path, &text[..text.len() / 2]).expect("written");
    }),
];

#[test]
fn what_is_wrong_is_found_at_any_moment() {
    for (invariant, what, damage) in DAMAGES {
        let (env, checker, outside) = good();
        damage(&env, outside.path());
        assert_found(&checker.after_fault(137), invariant, what);
    }
}

/// What is wrong only once an undisturbed run has ended.
const LEFT: &[Damage] = &[
    ("I5", "an item that is not held", |env, _| {
        execute(
            env,
            "DELETE FROM roles WHERE file = (SELECT file FROM files WHERE path LIKE '%/a.jpg')",
        );
    }),
    ("I5", "a list that leaves one out", |env, _| {
        let text = fs::read_to_string(list(env)).expect("read");
        let lines = text.split_inclusive('\n');
        let rest: String = lines
            .filter(|line| !line.contains("2024/03/a.jpg"))
            .collect();
        fs::write(list(env), rest).expect("written");
    }),
    ("I7", "an item that is forgotten", |env, _| {
        execute(env, "DELETE FROM roles; DELETE FROM items");
    }),
    ("I7", "an item that is still wanted", |env, _| {
        execute(
            env,
            "UPDATE roles SET state = 'wanted' WHERE role = 'motion'",
        );
    }),
    ("I7", "a failure without a cause", |env, _| {
        execute(env, "UPDATE roles SET state = 'failed', cause = NULL");
    }),
    ("I9", "a temporary file", |env, _| {
        fs::write(env.path("downloads/.gphotos-dl/tmp/1-2.part"), "").expect("written");
    }),
    ("I9", "a temporary file beside photos", |env, _| {
        fs::write(env.path("downloads/2024/03/.gpdl-1-2.part"), "").expect("written");
    }),
    ("I9", "an announced row", |env, _| {
        execute(env, "UPDATE files SET state = 'announced'");
    }),
    ("I9", "an unfinished list", |env, _| {
        let name = "media_items_list/item-list-20200101T000000Z.csv.partial";
        fs::write(env.path(name), "").expect("written");
    }),
    ("I9", "a token in the making", |env, _| {
        fs::write(env.path("credentials/.token_library.json.7.new"), "").expect("written");
    }),
    ("I13", "an exit of 0 without everything", |env, _| {
        execute(env, "UPDATE roles SET state = 'failed', cause = 'x'");
    }),
];

#[test]
fn what_is_wrong_is_found_after_a_run() {
    for (invariant, what, damage) in LEFT {
        let (env, checker, outside) = good();
        damage(&env, outside.path());
        assert_found(&checker.after_clean_run(0), invariant, what);
    }
}

#[test]
fn what_a_person_did_is_no_fault_of_ours() {
    let (env, mut checker, _outside) = good();
    fs::remove_file(env.path("downloads/2024/03/a.jpg")).expect("removed");
    checker.let_go("downloads/2024/03/a.jpg");
    env.sync(&[]).assert_exit(0);
    assert_clean(&checker.after_clean_run(0), "fetched again");
    let late = World::new().photo("late.jpg", DAY).items.remove(0);
    let id = late.id.clone();
    env.google.world(|world| world.items.push(late));
    let truths = Truths::of(&env.google);
    let strict = Checker::of(env.root(), truths.clone());
    assert_found(&strict.after_clean_run(0), "I5", "not fetched yet");
    let lenient = Checker::of(env.root(), truths.without(&id));
    assert_clean(&lenient.after_clean_run(0), "not to be had");
}

#[test]
fn other_ways_to_be_wrong_are_found() {
    let (env, checker, _outside) = good();
    assert_found(&checker.after_fault(101), "I13", "a panic");
    assert_found(&checker.after_clean_run(1), "I5", "a clean run that failed");
    let before = Snapshot::of(env.root());
    assert_found(&checker.after_idle_run(&before, 1), "I6", "a load");
    fs::write(env.path("downloads/new.jpg"), "").expect("written");
    assert_found(&checker.after_idle_run(&before, 0), "I6", "a new file");
    let held = Held::read(env.root()).expect("an index");
    assert_found(&checker.after_rebuild(&held, 1), "I10", "a load");
    execute(&env, "UPDATE roles SET state = 'wanted'");
    assert_found(&checker.after_rebuild(&held, 0), "I10", "less than before");
    let lock = fs::File::open(env.path("downloads/.gphotos-dl/lock")).expect("a lock");
    lock.lock().expect("locked");
    assert_found(&checker.after_fault(0), "I15", "a lock that is held");
    let token = fs::read_to_string(env.path("credentials/token_library.json"));
    assert_found(&checker.of_output(&token.expect("read")), "I11", "printed");
}
