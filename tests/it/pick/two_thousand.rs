//! As many as Google allows, and one more.

use gphotos_sim::{Route, Seeded, World};

use super::{everything, kept};

fn library() -> World {
    let seeded = Seeded {
        seed: 9,
        items: 2100,
        start: "2022-01-01".parse().expect("a date"),
        days: 700,
        photo_size: 0,
        video_share_percent: 0,
        motion_share_percent: 0,
    };
    World::new().with_items(seeded.items())
}

#[test]
fn two_thousand_items_come_in_twenty_pages() {
    let env = everything(library());
    env.run(&["pick", "--no-browser", "--jobs", "16"])
        .assert_exit(0)
        .assert_says("up to 2,000 items")
        .assert_says("2,000  items listed");
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.rows.len(), 2000);
    let stats = env.google.stats();
    assert_eq!(stats.count(Route::ListPicked), 20);
    assert_eq!(stats.count(Route::PickedBytes), 2000);
    assert!(env.google.sessions()[0].deleted);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn one_more_than_google_allows_is_not_taken_for_whole() {
    let env = everything(library().with(|world| {
        world.items.truncate(2001);
        world.picker.overfull = true;
    }));
    env.run(&["pick", "--no-browser", "--jobs", "16"])
        .assert_exit(3)
        .assert_says("more than the 2,000 items that can be selected at a time");
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.rows.len(), 2000);
    assert_eq!(env.google.stats().count(Route::PickedBytes), 2000);
    assert!(!env.google.sessions()[0].deleted);
    assert_eq!(kept(&env).len(), 1);
}
