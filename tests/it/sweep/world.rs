//! What is swept over: 24 items in several folders that bring everything along which can happen on the way to a name.

use std::fs;

use gphotos_sim::{Item, World, zoo};

use crate::support::TestEnv;

/// 24 items: clips, equal bytes, names that clash with each other and with somebody else's file, one in doubt.
pub(crate) fn library() -> World {
    let day = "2024-03-09".parse().expect("a day");
    let next = "2024-04-10".parse().expect("a day");
    let broken = Item::photo(90, DOUBTFUL, "2024-04-02T08:00:00Z");
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
pub(crate) fn somebody_elses_files(env: &TestEnv) {
    let folder = env.path("downloads/2024/03");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("taken.jpg"), "somebody else's").expect("written");
    fs::write(env.path("downloads/notes.txt"), "and this").expect("written");
}

/// What an archive needs that is only looked after.
pub(super) fn few() -> World {
    let day = "2024-03-09".parse().expect("a day");
    World::new()
        .photo("taken.jpg", "2024-05-01T12:00:00Z")
        .with_items(zoo::same_name(day).into_iter().take(2).collect())
        .with_items(zoo::motion_photo(day).into_iter().take(1).collect())
        .with_items(zoo::equal_bytes(day))
}

/// A complete archive.
pub(super) fn synced(env: &TestEnv) {
    somebody_elses_files(env);
    env.run(super::AT_EASE).assert_exit(0);
}

pub(super) fn without_an_index(env: &TestEnv) {
    synced(env);
    fs::remove_dir_all(env.path("downloads/.gphotos-dl/index")).expect("removed");
}

/// The next run renews the token first.
pub(super) fn with_an_old_token(env: &TestEnv) {
    synced(env);
    let path = env.path(TOKEN);
    let text = fs::read_to_string(&path).expect("a token");
    let mut token: serde_json::Value = serde_json::from_str(&text).expect("a token");
    token["expires_at"] = "2020-01-01T00:00:00Z".into();
    fs::write(path, token.to_string()).expect("written");
}

/// One bit of a file has turned, and its time has not.
pub(super) fn with_a_rotten_file(env: &TestEnv) {
    synced(env);
    let path = env.path(ROTTEN);
    let modified = fs::metadata(&path).and_then(|about| about.modified());
    let mut bytes = fs::read(&path).expect("read");
    bytes[700] ^= 1;
    fs::write(&path, bytes).expect("written");
    let file = fs::File::options().append(true).open(&path);
    let file = file.expect("opened");
    file.set_modified(modified.expect("a time")).expect("set");
}

pub(super) fn without_a_token(env: &TestEnv) {
    fs::remove_file(env.path(TOKEN)).expect("removed");
}

/// The one whose bytes end too early, however often one asks.
pub(super) const DOUBTFUL: &str = "cut.jpg";
pub(super) const ROTTEN: &str = "downloads/2024/05/taken.jpg";
const TOKEN: &str = "credentials/token_library.json";
