//! One file that cannot be read, on a bad sector or for want of a right: whatever a run does, it is that file's trouble alone.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use gphotos_sim::{World, zoo};
use rusqlite::Connection;

use super::three;
use crate::support::{CommandOutput, Shim, TestEnv};

const B: &str = "2024/03/b.jpg";
const SYNC: [&str; 5] = ["sync", "--since", "2024-01-01", "--window", "year"];

/// Runs with a disk that cannot give back this file.
fn on_bad_disk(env: &TestEnv, file: &str, args: &[&str]) -> CommandOutput {
    let mut command = env.command(args);
    let shim = Shim::on(env.root()).unreadable(&env.path("downloads").join(file));
    env.finish(shim.apply(&mut command).spawn().expect("it starts"))
}

fn lose_index(env: &TestEnv) {
    fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    env.google.reset_stats();
}

fn loads(env: &TestEnv) -> u64 {
    env.google.stats().all_byte_requests()
}

fn index(env: &TestEnv) -> Connection {
    Connection::open(env.path("downloads/.gphotos-dl/index/index.db")).expect("opened")
}

fn close(env: &TestEnv, file: &str, mode: u32) {
    let path = env.path("downloads").join(file);
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("chmod");
}

#[test]
fn an_index_is_rebuilt_beside_it_and_it_is_named_and_kept() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let before = env.archive().files;
    lose_index(&env);
    on_bad_disk(&env, B, &SYNC)
        .assert_exit(0)
        .assert_says("1 files cannot be read");
    assert_eq!(loads(&env), 0, "nothing is fetched into its place");
    let verify = on_bad_disk(&env, B, &["verify", "--json"]).assert_exit(3);
    let told = verify.json();
    let found = &told["files"];
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found:#}");
    assert_eq!(found[0]["path"], B, "{found:#}");
    assert_eq!(found[0]["verdict"], "unreadable", "{found:#}");
    // Fetched anew, and what cannot be read is put aside.
    on_bad_disk(&env, B, &["verify", "--repair"]).assert_exit(0);
    let kept = env.path("downloads/.gphotos-dl/damaged");
    let kept = fs::read_dir(kept).expect("a folder").next().expect("one");
    assert!(kept.expect("an entry").path().join(B).is_file());
    assert_eq!(env.archive().files, before);
    env.run(&["verify"]).assert_exit(0);
}

#[test]
fn an_index_is_rebuilt_where_a_file_may_not_be_read() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let before = env.archive().files;
    lose_index(&env);
    close(&env, B, 0);
    let Some(output) = env.run_unprivileged(&SYNC) else {
        return;
    };
    output.assert_exit(0);
    let verify = env.run_unprivileged(&["verify", "--repair"]);
    let verify = verify.expect("as before").assert_exit(3);
    verify.assert_says("may this user read it?");
    close(&env, B, 0o644);
    assert_eq!(env.archive().files, before);
    env.run(&["verify"]).assert_exit(0);
    assert_eq!(loads(&env), 0);
}

/// A photo, two others, and one with the same bytes as the first.
fn twins() -> World {
    let twins = zoo::equal_bytes("2024-03-09".parse().expect("a day"));
    three().with(|world| {
        world.items.insert(0, twins[0].clone());
        world.items.push(twins[1].clone());
    })
}

#[test]
fn a_twin_of_it_gets_a_place_of_its_own_and_the_others_theirs() {
    let env = TestEnv::signed_in(twins());
    // Only the first is there yet.
    let later = env.google.world(|world| world.items.split_off(1));
    env.sync(&[]).assert_exit(0);
    env.google.world(|world| world.items.extend(later));
    let first = env.archive().paths()[0].to_owned();
    on_bad_disk(&env, &first, &SYNC).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 5);
    archive.assert_true_to(&env.google);
    env.google.reset_stats();
    on_bad_disk(&env, &first, &SYNC).assert_exit(0);
    assert_eq!(loads(&env), 0);
}

#[test]
fn a_foreign_file_of_its_name_that_may_not_be_read_stays_and_the_others_come() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let (bytes, path) = (
        fs::read(env.path("downloads").join(B)),
        env.path("downloads"),
    );
    let bytes = bytes.expect("read");
    fs::remove_dir_all(&path).expect("removed");
    fs::remove_dir_all(env.path("media_items_list")).expect("removed");
    fs::create_dir_all(path.join("2024/03")).expect("made");
    fs::write(path.join(B), &bytes).expect("written");
    close(&env, B, 0);
    let Some(output) = env.run_unprivileged(&SYNC) else {
        return;
    };
    output.assert_exit(0);
    close(&env, B, 0o644);
    assert_eq!(fs::read(path.join(B)).expect("read"), bytes);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 4);
    let row = archive.row("b.jpg");
    assert!(row["local_path"].starts_with("2024/03/b~"), "{row:#?}");
    fs::remove_file(path.join(B)).expect("removed");
    env.archive().assert_true_to(&env.google);
}

#[test]
fn an_announced_file_proves_nothing_and_its_item_is_fetched_beside_it() {
    for args in [&SYNC[..], &["verify", "--repair"]] {
        let env = TestEnv::signed_in(three());
        env.sync(&[]).assert_exit(0);
        let bytes = fs::read(env.path("downloads").join(B)).expect("read");
        // As a run leaves it that dies right after it has given the file its name.
        let index = index(&env);
        index
            .execute_batch(
                "UPDATE roles SET state = 'wanted' WHERE file = (SELECT file FROM files WHERE path LIKE '%/b.jpg');
                 UPDATE files SET state = 'announced', temp = '1-1.part' WHERE path LIKE '%/b.jpg';",
            )
            .expect("updated");
        drop(index);
        on_bad_disk(&env, B, args);
        on_bad_disk(&env, B, &SYNC).assert_exit(0);
        assert_eq!(
            fs::read(env.path("downloads").join(B)).expect("read"),
            bytes
        );
        let archive = env.archive();
        let row = archive.row("b.jpg");
        assert!(row["local_path"].starts_with("2024/03/b~"), "{row:#?}");
        on_bad_disk(&env, B, &["verify"]).assert_exit(0);
        fs::remove_file(env.path("downloads").join(B)).expect("removed");
        env.archive().assert_true_to(&env.google);
    }
}
