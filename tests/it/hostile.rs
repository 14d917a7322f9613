//! What a lying server or a curious neighbour may try, beyond what the other files provoke.

use std::fs;
use std::process::Command;

use gphotos_sim::{Fault, FaultKind, Item, World, zoo};

use crate::support::TestEnv;

const DAY: &str = "2024-03-09T12:00:00Z";

fn three() -> World {
    ["a.jpg", "b.jpg", "c.jpg"]
        .iter()
        .fold(World::new(), |world, name| world.photo(name, DAY))
}

#[test]
fn a_token_that_claims_to_live_for_ever_ends_no_listing_in_silence() {
    let answer = r#"{"access_token":"x","expires_in":9000000000000000,"token_type":"Bearer"}"#;
    let token = FaultKind::Body {
        status: 200,
        content_type: "application/json".to_owned(),
        text: answer.to_owned(),
    };
    let env = TestEnv::signed_in(three().fail(Fault::new(token).path("/token").nth(2)));
    env.google.expire_access_tokens();
    let output = env.sync(&[]);
    // The made-up token is refused once, then a real one comes: nothing is missing, or it is said.
    assert_eq!(output.exit == 0, env.archive().files.len() == 3, "{output}");
    assert!(!output.stderr.contains("panicked"), "{output}");
}

#[test]
fn files_that_only_look_like_lists_are_left_alone_and_not_waited_for() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let lists = env.path("media_items_list");
    let mine = [
        "item-list-mine.partial",
        "item-list-mine.csv.new",
        "item-list-mine.csv.partial",
    ];
    for name in mine {
        fs::write(lists.join(name), "precious").expect("written");
    }
    let look_alike = lists.join("item-list-20240101T000000Z.csv.partial");
    fs::write(&look_alike, "my,own,table\n1,2,3\n").expect("written");
    for name in [
        "item-list-20240102T000000Z.csv",
        "item-list-20240103T000000Z.csv.partial",
    ] {
        let made = Command::new("mkfifo").arg(lists.join(name)).status();
        assert!(made.expect("mkfifo runs").success());
    }
    env.run_or_kill(&["sync", "--since", "2024-01-01", "--window", "year"])
        .assert_exit(0);
    for name in mine {
        assert_eq!(
            fs::read_to_string(lists.join(name)).expect("still there"),
            "precious"
        );
    }
    assert!(look_alike.exists());
}

#[test]
fn folders_with_names_of_ours_stop_no_run_and_cost_no_list() {
    let env = TestEnv::signed_in(three());
    env.sync(&[]).assert_exit(0);
    let lists = env.path("media_items_list");
    let list = fs::read_dir(&lists).expect("lists").next();
    let list = fs::read(list.expect("a list").expect("an entry").path()).expect("read");
    let left = [
        "item-list-20240101T000000Z.csv",
        "item-list-20240102T000000Z.csv",
    ];
    for name in left {
        fs::write(lists.join(format!("{name}.partial")), &list).expect("written");
    }
    fs::create_dir(lists.join(left[0])).expect("made");
    fs::create_dir(lists.join(format!("{}.new", left[1]))).expect("made");
    fs::create_dir(env.path("downloads/.gphotos-dl/tmp/1-1.part")).expect("made");
    env.sync(&[]).assert_exit(0);
    for name in left {
        let kept = fs::read(lists.join(format!("{name}.partial"))).expect("still there");
        assert_eq!(kept, list);
    }
}

#[test]
fn a_file_that_rotted_is_no_twin_of_a_new_one() {
    let day = "2024-03-09".parse().expect("a day");
    let twins = zoo::equal_bytes(day);
    let env = TestEnv::signed_in(World::new().item(twins[0].clone()));
    env.sync(&[]).assert_exit(0);
    let (path, bytes) = env.archive().files.into_iter().next().expect("a file");
    fs::write(env.path("downloads").join(&path), vec![0; bytes.len()]).expect("rotted");
    env.google.world(|world| world.items.push(twins[1].clone()));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 2, "the good bytes are kept");
    assert!(archive.files.values().any(|kept| *kept == bytes));
}

#[test]
fn an_item_does_not_lose_its_bytes_when_its_twin_at_google_changes() {
    let day = "2024-03-09".parse().expect("a day");
    let twins = zoo::equal_bytes(day);
    let names: Vec<_> = twins
        .iter()
        .filter_map(|item| item.filename.clone())
        .collect();
    let env = TestEnv::signed_in(World::new().with_items(twins));
    env.sync(&[]).assert_exit(0);
    let (path, bytes) = env.archive().files.into_iter().next().expect("a file");
    fs::remove_file(env.path("downloads").join(path)).expect("removed");
    env.google.world(|world| {
        let other = Item::photo(9, &names[0], DAY);
        world.named(&names[0]).content = other.content;
    });
    env.sync(&["--restore"]).assert_exit(0);
    let archive = env.archive();
    assert!(
        archive.files.values().any(|kept| *kept == bytes),
        "{:?}",
        archive.paths()
    );
    archive.assert_true_to(&env.google);
}

#[test]
fn a_month_that_is_moved_away_in_the_middle_is_no_success() {
    let items = (0..40)
        .map(|n| Item::photo(n, &format!("{n:02}.jpg"), DAY))
        .collect();
    let slow = Fault::new(FaultKind::Delay { ms: 150 })
        .path("/lr/")
        .always();
    let env = TestEnv::signed_in(World::new().with_items(items).fail(slow));
    let run = env.spawn(&[
        "sync",
        "--since",
        "2024-01-01",
        "--window",
        "year",
        "--jobs",
        "1",
    ]);
    let month = env.path("downloads/2024/03");
    while !month.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    fs::rename(&month, env.path("elsewhere")).expect("moved");
    let output = env.finish(run);
    env.sync(&["--restore"]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 40, "{output}");
}
