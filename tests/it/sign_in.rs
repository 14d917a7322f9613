//! How `sync` uses the sign-in: where it looks for it, when it renews it, and what it does without one.

mod absence;
mod refresh;
mod revocation;
mod token_file;

use std::fs;

use gphotos_sim::{Route, Stats, World};
use serde_json::Value;

use crate::support::TestEnv;

const TOKEN: &str = "credentials/token_library.json";

/// Photos over several years: windows enough for many listing requests at a time.
fn library() -> World {
    (0..24).fold(World::new(), |world, month| {
        let (year, month) = (2022 + month / 12, 1 + month % 12);
        world.photo(
            &format!("IMG_{year}{month:02}.jpg"),
            &format!("{year}-{month:02}-15T12:00:00Z"),
        )
    })
}

fn token(env: &TestEnv) -> Value {
    let text = fs::read_to_string(env.path(TOKEN)).expect("a token file");
    serde_json::from_str(&text).expect("a whole token file")
}

fn edit_token(env: &TestEnv, change: impl FnOnce(&mut Value)) {
    let mut token = token(env);
    change(&mut token);
    let text = serde_json::to_string(&token).expect("JSON");
    fs::write(env.path(TOKEN), text).expect("written");
}

fn refused_calls(stats: &Stats) -> u64 {
    stats.count_with(Route::Search, 401) + stats.count_with(Route::List, 401)
}
