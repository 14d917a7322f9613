//! A repair of a film that is broken off, and the next one.

use gphotos_sim::{Content, Etag, Fault, FaultKind, Item, Route, World};

use super::repair::{assert_whole, put_aside, repair};
use super::{rot, synced};
use crate::support::{Signal, TestEnv, signal, until};

const MIB: usize = 1 << 20;
/// A part is worth keeping from 8 MiB on.
const SIZE: usize = 14 * MIB;

fn world() -> World {
    let film = Item {
        content: Content::Mp4 {
            seed: 1,
            size: SIZE,
        },
        ..Item::video(1, "film.mp4", "2024-03-09T12:00:00Z")
    };
    World::new().item(film).with(|world| {
        world.media.etag = Etag::Strong;
        world.media.redirect_videos = false;
    })
}

/// Whether so much of a file is in the making.
fn has_part(env: &TestEnv, size: usize) -> bool {
    let temps = std::fs::read_dir(env.path("downloads/.gphotos-dl/tmp"));
    temps.expect("a folder").flatten().any(|entry| {
        let metadata = entry.metadata();
        metadata.is_ok_and(|it| it.len() >= size as u64)
    })
}

#[test]
fn a_repair_that_was_killed_or_stopped_goes_on_where_it_broke_off() {
    for end in [Signal::KILL, Signal::TERM] {
        let env = synced(world());
        rot(&env.path("downloads/2024/03/film.mp4"), 9 * MIB);
        let stall = FaultKind::StallAfter {
            bytes: 12 * MIB,
            seconds: None,
        };
        let stall = Fault::new(stall).item("film.mp4").route(Route::Bytes);
        env.google.world(|world| world.faults.push(stall));
        let run = env.spawn(&["verify", "--repair"]);
        until("a part is on disk", || has_part(&env, 11 * MIB));
        signal(&run, end);
        let exit = if end == Signal::KILL { 137 } else { 143 };
        env.finish(run).assert_exit(exit);
        if end == Signal::TERM {
            let status = env.run(&["status", "--json"]).assert_exit(0).json();
            assert_eq!(status["runs"][0]["exit"], exit, "{status:#}");
        }
        assert!(put_aside(&env).is_empty());
        env.google.world(|world| world.faults.clear());
        // A run in between has no use for it, and leaves it.
        env.sync(&[]).assert_exit(0);
        env.google.reset_stats();
        repair(&env, 0);
        let stats = env.google.stats();
        assert_eq!(stats.count_with(Route::Bytes, 206), 1, "{end:?}");
        assert_eq!(stats.count_with(Route::Bytes, 200), 0, "{end:?}");
        assert_eq!(put_aside(&env).len(), 1);
        assert_whole(&env);
        assert!(!has_part(&env, 0), "{end:?}");
    }
}
