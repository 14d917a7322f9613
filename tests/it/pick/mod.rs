//! `pick`: somebody selects in Google Photos, and what they select gets into the archive.

mod addresses;
mod browser;
mod chromium;
mod clock;
mod fewer;
mod gone;
mod kill;
mod listing;
mod person;
mod refusals;
mod remembered;
mod repair;
mod resume;
mod sameness;
mod several;
mod sign_in;
mod status;
mod transfer;
mod two_thousand;

use gphotos_sim::{FaultKind, Pick, World};

use crate::support::TestEnv;

/// Two photos and a film.
fn three() -> World {
    World::new()
        .photo("a.jpg", "2024-03-09T12:00:00Z")
        .photo("b.jpg", "2024-03-10T12:00:00Z")
        .video("c.mp4", "2024-04-11T12:00:00Z")
}

/// A root that is signed in for `pick`, and a Google where somebody selects everything after two polls.
pub(crate) fn everything(world: World) -> TestEnv {
    at_the_page(world.person_picks(Pick::Everything, 2))
}

/// The same where nobody has decided yet.
fn at_the_page(world: World) -> TestEnv {
    // The clients' waits are a thousandth, and the manners of polling with them.
    let env = TestEnv::new(world.with(|world| world.picker.waits = 0.001));
    env.sign_in_to_pick();
    env
}

/// An answer of Google's, word for word.
fn answer(status: u16, json: &serde_json::Value) -> FaultKind {
    FaultKind::Body {
        status,
        content_type: "application/json".to_owned(),
        text: json.to_string(),
    }
}

/// A refusal in Google's own envelope.
fn refusal(status: u16, name: &str, message: &str) -> FaultKind {
    let error = serde_json::json!({ "code": status, "status": name, "message": message });
    answer(status, &serde_json::json!({ "error": error }))
}

/// What is left of a selection comes with the next run, and the selection is given up then.
#[track_caller]
fn assert_resumed(env: &TestEnv) {
    env.run(&["pick", "--resume", "--no-browser"])
        .assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.paths().len(), 3);
    assert!(env.google.sessions()[0].deleted);
    assert_eq!(kept(env), [""; 0]);
    assert_eq!(env.google.broken_rules(), []);
}

/// The selections that are remembered.
fn kept(env: &TestEnv) -> Vec<String> {
    let path = env.path("credentials/picker_sessions.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        return Vec::new();
    };
    let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let sessions = file["sessions"].as_array().expect("a list");
    let id = |session: &serde_json::Value| session["id"].as_str().expect("an id").to_owned();
    sessions.iter().map(id).collect()
}
