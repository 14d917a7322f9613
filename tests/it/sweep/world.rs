//! What is swept over: 24 items in several folders that bring everything along which can happen on the way to a name.

use std::fs;

use gphotos_sim::{Item, World, zoo};

use crate::support::TestEnv;

/// 24 items: clips, equal bytes, names that clash with each other and with somebody else's file, one in doubt.
pub(super) fn library() -> World {
    let day = "2024-03-09".parse().expect("a day");
    let next = "2024-04-10".parse().expect("a day");
    let broken = Item::photo(90, "cut.jpg", "2024-04-02T08:00:00Z");
    let half = broken.original();
    let half = half.slice(..half.len() / 2);
    let world = World::new()
        .photo("taken.jpg", "2024-03-01T12:00:00Z")
        .video("VID_0001.mp4", "2024-03-02T12:00:00Z")
        .with_items(zoo::same_name(day).into_iter().take(3).collect())
        .with_items(zoo::motion_photo(day))
        .with_items(zoo::equal_bytes(next))
        .with_items(zoo::case_twins(next).into_iter().take(2).collect())
        .item(broken.with_bytes(half));
    (world.items.len()..24).fold(world, |world, number| {
        let name = format!("IMG_{number:04}.jpg");
        let month = 5 + number % 3;
        world.photo(&name, &format!("2024-{month:02}-07T10:00:{number:02}Z"))
    })
}

/// Somebody else's file under a name that a photo wants.
pub(super) fn somebody_elses_files(env: &TestEnv) {
    let folder = env.path("downloads/2024/03");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("taken.jpg"), "somebody else's").expect("written");
    fs::write(env.path("downloads/notes.txt"), "and this").expect("written");
}
