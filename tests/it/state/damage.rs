//! An index that cannot be used: found out at the start, moved aside, and made anew without fetching anything again.

use std::fs;
use std::path::PathBuf;

use gphotos_sim::World;

use super::three;
use crate::support::TestEnv;

fn index(env: &TestEnv) -> PathBuf {
    env.path("downloads/.gphotos-dl/index/index.db")
}

/// The names of what was moved aside for this reason.
fn aside(env: &TestEnv, why: &str) -> Vec<String> {
    let names = fs::read_dir(env.path("downloads/.gphotos-dl/index")).expect("a folder");
    let names = names.map(|entry| {
        entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("text")
    });
    let mut names: Vec<_> = names
        .filter(|name| name.starts_with(&format!("index.{why}-")))
        .collect();
    names.sort();
    names
}

/// Damages the index of a whole archive, and sees to it that a run mends that without a load.
fn assert_mended(env: &TestEnv, what: &str, damage: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let before = env.archive();
    let whole = fs::read(index(env)).expect("read");
    let damaged = damage(whole.clone());
    let is_changed = damaged != whole;
    fs::write(index(env), &damaged).expect("written");
    for list in fs::read_dir(env.path("downloads/.gphotos-dl/index")).expect("a folder") {
        let path = list.expect("an entry").path();
        // What is looked at here is the rebuild, not the copies.
        if path.to_string_lossy().contains("backup-") {
            fs::remove_file(path).expect("removed");
        }
    }
    env.google.reset_stats();
    let moved = aside(env, "damaged").len();
    let output = env.sync(&[]).assert_exit(0);
    assert_eq!(
        env.google.stats().all_byte_requests(),
        0,
        "{what}: {output}"
    );
    let after = env.archive();
    assert_eq!(after.files, before.files, "{what}");
    assert_eq!(
        after.statuses().get("present"),
        Some(&after.rows.len()),
        "{what}: {output}"
    );
    if is_changed && !damaged.is_empty() {
        let names = aside(env, "damaged");
        if names.len() > moved {
            assert!(
                output.stderr.contains("the index was damaged"),
                "{what}: {output}"
            );
            let folder = env.path("downloads/.gphotos-dl/index");
            let is_kept =
                |name: &String| fs::read(folder.join(name)).is_ok_and(|bytes| bytes == damaged);
            assert!(names.iter().any(is_kept), "{what}: kept as it was");
        } else {
            // A page that nothing depends on.
            assert!(sound(&index(env)), "{what}");
        }
    }
}

fn sound(path: &std::path::Path) -> bool {
    let connection = rusqlite::Connection::open(path).expect("a database");
    let verdict: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("a verdict");
    verdict == "ok"
}

#[test]
fn every_page_overwritten_zeroed_or_swapped_is_mended() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let pages = fs::read(index(&env)).expect("read").len() / PAGE;
    assert!(pages > 10, "{pages}");
    for page in 0..pages {
        let range = page * PAGE..(page + 1) * PAGE;
        assert_mended(&env, &format!("page {page} zeroed"), |mut bytes| {
            bytes[range.clone()].fill(0);
            bytes
        });
        assert_mended(&env, &format!("page {page} overwritten"), |mut bytes| {
            let noise = (0_u8..251).cycle().map(|byte| byte.wrapping_mul(37) ^ 0x5a);
            bytes
                .iter_mut()
                .skip(range.start)
                .take(PAGE)
                .zip(noise)
                .for_each(|(to, noise)| *to = noise);
            bytes
        });
        let next = (page + 1) % pages;
        assert_mended(
            &env,
            &format!("pages {page} and {next} swapped"),
            |mut bytes| {
                for at in 0..PAGE {
                    bytes.swap(page * PAGE + at, next * PAGE + at);
                }
                bytes
            },
        );
    }
}

/// Bytes, unless the database is told otherwise.
const PAGE: usize = 4096;

#[test]
fn an_index_cut_anywhere_is_mended() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let size = fs::read(index(&env)).expect("read").len();
    let pages = (1..size / PAGE).map(|page| page * PAGE);
    for cut in [0, 1, 99, 100, 101, PAGE - 1, PAGE + 1]
        .into_iter()
        .chain(pages)
    {
        assert_mended(&env, &format!("cut to {cut} bytes"), |mut bytes| {
            bytes.truncate(cut);
            bytes
        });
    }
    assert_mended(&env, "no database", |_| b"this is no database".repeat(400));
}

#[test]
fn a_damage_that_shows_only_later_ends_the_run_and_the_next_one_mends_it() {
    let env = TestEnv::signed_in(World::new());
    // More than what is looked through at every start.
    env.sync(&[]).assert_exit(0);
    {
        let mut connection = rusqlite::Connection::open(index(&env)).expect("a database");
        let transaction = connection.transaction().expect("begun");
        for number in 0..40_000 {
            let filler = format!("{number:0200}");
            transaction
                .execute(
                    "INSERT INTO items (source, id, filename, kind, fingerprint, first_listed) VALUES ('library', ?1, ?2, 'photo', 0, 0)",
                    [&format!("other-{number:06}"), &filler],
                )
                .expect("inserted");
        }
        transaction.commit().expect("committed");
    }
    let day = "2024-03-09T12:00:00Z";
    env.google.world(|world| {
        for name in ["a.jpg", "b.jpg"] {
            let number = world.items.len() as u64 + 1;
            world
                .items
                .push(gphotos_sim::Item::photo(number, name, day));
        }
    });
    env.sync(&[]).assert_exit(0);
    let before = env.archive();
    assert_eq!(before.files.len(), 2);
    let mut bytes = fs::read(index(&env)).expect("read");
    assert!(bytes.len() > 8 << 20, "{}", bytes.len());
    // By which items are looked up.
    let lost: i64 = {
        let connection = rusqlite::Connection::open(index(&env)).expect("a database");
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_items_1'";
        connection
            .query_row(sql, [], |row| row.get(0))
            .expect("a page")
    };
    let at = (usize::try_from(lost).expect("a page") - 1) * PAGE;
    bytes[at..at + PAGE].fill(0);
    fs::write(index(&env), bytes).expect("written");
    env.sync(&[])
        .assert_exit(7)
        .assert_says("could not use the index")
        .assert_says("rebuilds the index");
    env.google.reset_stats();
    env.sync(&[])
        .assert_exit(0)
        .assert_says("the index was damaged");
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    assert_eq!(env.archive().files, before.files);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn a_plan_sees_through_a_damaged_index_and_leaves_it_alone() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let whole = fs::read(index(&env)).expect("read");
    for cut in [50, PAGE, whole.len() / 2] {
        fs::write(index(&env), &whole[..cut]).expect("written");
        let plan = env.sync(&["--dry-run"]).assert_exit(0);
        assert_eq!(plan.stdout, "", "nothing would be fetched");
        assert_eq!(fs::read(index(&env)).expect("read"), whole[..cut]);
        assert_eq!(aside(&env, "damaged"), [""; 0]);
    }
}
