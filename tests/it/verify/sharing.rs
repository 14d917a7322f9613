//! Files that several items have, and what takes another place than the damaged file's.

use std::fs;

use gphotos_sim::{Content, Fault, FaultKind, Item, Route, World, zoo};

use super::repair::{assert_whole, put_aside, repair};
use super::{DAY, found, rot, synced, three, verify};
use crate::support::TestEnv;

/// Two items, one file, which is rotten.
fn shared() -> (TestEnv, String) {
    let day = "2024-03-09".parse().expect("a day");
    let env = synced(World::new().with_items(zoo::equal_bytes(day)));
    let path = env.archive().paths()[0].to_owned();
    rot(&env.path("downloads").join(&path), 700);
    (env, path)
}

#[test]
fn a_file_that_two_items_share_is_repaired_for_both() {
    let day = "2024-03-09".parse().expect("a day");
    for is_other in [false, true] {
        let env = synced(World::new().with_items(zoo::equal_bytes(day)));
        let shared = env.archive().paths()[0].to_owned();
        rot(&env.path("downloads").join(&shared), 700);
        if is_other {
            env.google.world(|world| {
                for (seed, item) in (50..).zip(&mut world.items) {
                    item.content = Content::Jpeg { seed, size: 0 };
                }
            });
        }
        repair(&env, 0);
        assert_whole(&env);
    }
}

/// What one of them cannot give any more, the other does.
#[test]
fn the_second_owner_is_asked_when_the_first_has_nothing() {
    for number in 0..2 {
        let (env, path) = shared();
        let name = env.google.world(|world| {
            let item = world.items.remove(number);
            item.filename.expect("a name")
        });
        repair(&env, 0);
        assert_eq!(put_aside(&env).len(), 1, "{name}");
        assert_eq!(found(&verify(&env, 0)), [""; 0], "{name}");
        assert_eq!(env.archive().paths(), [path], "{name}");

        let (env, _) = shared();
        let down = Fault::new(FaultKind::status(500)).route(Route::Bytes);
        env.google
            .world(|world| world.faults.push(down.item(&name).always()));
        repair(&env, 0);
        env.google.world(|world| world.faults.clear());
        assert_whole(&env);
    }
}

/// Other bytes for one of them are no reason to take the damaged file from the other.
#[test]
fn the_damaged_file_stays_for_whoever_got_nothing_in_its_place() {
    for number in 0..2 {
        let (env, path) = shared();
        let damaged = fs::read(env.path("downloads").join(&path)).expect("read");
        let name = env.google.world(|world| {
            world.items[1 - number].content = Content::Jpeg { seed: 50, size: 0 };
            world.items[number].filename.clone().expect("a name")
        });
        let down = Fault::new(FaultKind::status(500)).route(Route::Bytes);
        env.google
            .world(|world| world.faults.push(down.item(&name).always()));
        let told = repair(&env, 3);
        assert_eq!(found(&told), [format!("rot {path}")], "{name}");
        let why = told["files"][0]["repair"].as_str().expect("a reason");
        assert!(why.contains("500"), "{name}: {why}");
        assert!(put_aside(&env).is_empty(), "{name}");
        let archive = env.archive();
        assert_eq!(archive.files[&path], damaged, "{name}");
        assert_eq!(archive.files.len(), 2, "{name}");
        env.google.world(|world| world.faults.clear());
        repair(&env, 0);
        assert_whole(&env);
    }
}

#[test]
fn a_file_that_looked_broken_when_it_came_is_repaired_with_the_same_bytes() {
    let whole = Item::photo(1, "odd.jpg", DAY);
    let photo = Item {
        // A picture that was cut when somebody uploaded it.
        content: Content::Raw(whole.original().slice(..900)),
        ..whole
    };
    let env = synced(World::new().item(photo));
    let before = env.archive();
    let detail = before.row("odd.jpg")["detail"].clone();
    assert!(detail.contains("came the same twice"), "{detail}");
    rot(&env.path("downloads/2024/03/odd.jpg"), 700);
    repair(&env, 0);
    let after = env.archive();
    assert_eq!(after.files, before.files);
    assert_eq!(after.row("odd.jpg")["detail"], detail);
    assert_eq!(env.google.stats().all_byte_requests(), 1, "once is proof");
    assert_whole(&env);
}

#[test]
fn a_file_whose_place_is_taken_is_repaired_under_another_name() {
    for is_folder in [true, false] {
        let env = synced(three());
        let path = env.path("downloads/2024/03/b.jpg");
        fs::remove_file(&path).expect("removed");
        if is_folder {
            fs::create_dir(&path).expect("made");
        } else {
            std::os::unix::fs::symlink("a.jpg", &path).expect("linked");
        }
        let output = env.run(&["verify", "--repair"]).assert_exit(0);
        let place = env.archive().row("b.jpg")["local_path"].clone();
        assert!(place.starts_with("2024/03/b~"), "{place}");
        output
            .assert_says("Verified the archive: whole again")
            .assert_says(&format!("2024/03/b.jpg is {place} now"));
        assert_eq!(found(&verify(&env, 0)), [""; 0]);
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        assert_eq!(env.google.stats().all_byte_requests(), 0);
    }
}

/// An answer for a list of items may leave one out for a reason that passes: that is not to say that it is gone.
#[test]
fn an_item_that_could_not_be_asked_for_is_not_called_gone() {
    let env = synced(three());
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    for route in [Route::BatchGet, Route::Get] {
        let down = Fault::new(FaultKind::status(500)).route(route).always();
        env.google.world(|world| world.faults.push(down));
    }
    let told = repair(&env, 3);
    let why = told["files"][0]["repair"].as_str().expect("a reason");
    assert!(why.contains("500") && !why.contains("no longer"), "{why}");
}
