//! As many as Google allows.

use gphotos_sim::{Route, Seeded, World};

use super::everything;

#[test]
fn two_thousand_items_come_in_twenty_pages() {
    let seeded = Seeded {
        seed: 9,
        items: 2100,
        start: "2022-01-01".parse().expect("a date"),
        days: 700,
        photo_size: 0,
        video_share_percent: 0,
        motion_share_percent: 0,
    };
    let env = everything(World::new().with_items(seeded.items()));
    env.run(&["pick", "--no-browser", "--jobs", "16"])
        .assert_exit(0)
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
