//! Two faults at a time. Those that pass must be gone within the run; of all others the next run must know what to do:
//! after at most one clean run the archive is Google's, and no exit code ever claimed more than was there.

use gphotos_sim::{
    Content, Etag, Fault, FaultKind, Framing, Item, RangeSupport, Route, World, WrongJson,
};

use crate::support::{CommandOutput, TestEnv};

mod lasting;
mod passing;

const MIB: usize = 1 << 20;
const NOON: &str = "2024-03-09T12:00:00Z";

fn photo(number: usize, day: usize) -> Item {
    let number = number as u64;
    let created = format!("2024-{:02}-{:02}T12:00:00Z", 1 + day / 28, 1 + day % 28);
    Item {
        content: Content::Jpeg {
            seed: number,
            size: 8000,
        },
        ..Item::photo(number, &format!("{number:03}.jpg"), &created)
    }
}

/// Every pair of what may happen to a load, in both orders, each to an item of its own.
#[test]
fn of_two_loads_that_fail_the_third_is_kept() {
    let kinds = [
        FaultKind::CloseAfter { bytes: 0 },
        FaultKind::CloseAfter { bytes: 4000 },
        FaultKind::ResetAfter { bytes: 4000 },
        FaultKind::ResetBeforeHeaders,
        FaultKind::ChunkedWithoutEnd { bytes: 4000 },
        FaultKind::Truncate {
            bytes: 4000,
            framing: Framing::Chunked,
        },
        FaultKind::Corrupt { at: 0 },
        FaultKind::TwoLengths { delta: 1 },
        FaultKind::FalseGzip,
        FaultKind::HtmlOk,
        FaultKind::JsonOk,
        FaultKind::EmptyOk,
        FaultKind::UrlExpired,
        FaultKind::MinuteQuota,
        FaultKind::status(500),
        FaultKind::status(408),
    ];
    let mut world = World::new();
    let mut pairs = 0;
    for first in &kinds {
        for second in &kinds {
            let seen_by_structure = |kind: &FaultKind| {
                matches!(kind, FaultKind::Truncate { .. } | FaultKind::Corrupt { .. })
            };
            // The same broken bytes twice are how Google has them: `doubt` is about that.
            if first == second && seen_by_structure(first) {
                continue;
            }
            let item = photo(pairs, 0);
            for kind in [first, second] {
                world = world.fail(Fault::new(kind.clone()).item(&item.id).route(Route::Bytes));
            }
            world = world.item(item);
            pairs += 1;
        }
    }
    let env = TestEnv::signed_in(world);
    env.sync(&["--no-full-listing"]).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.files.len(), pairs);
    assert_eq!(env.google.stats().faults, 2 * pairs as u64);
    assert_eq!(env.google.broken_rules(), []);
}

/// Every pair of what may happen to a page, in both orders, each to a day of its own.
#[test]
fn of_two_pages_that_fail_the_third_is_read() {
    let kinds = [
        FaultKind::CloseAfter { bytes: 100 },
        FaultKind::ResetBeforeHeaders,
        FaultKind::ChunkedWithoutEnd { bytes: 100 },
        FaultKind::Truncate {
            bytes: 300,
            framing: Framing::Length,
        },
        FaultKind::FalseGzip,
        FaultKind::HtmlOk,
        FaultKind::EmptyOk,
        FaultKind::JsonOk,
        FaultKind::Json(WrongJson::MediaItemsIsText),
        FaultKind::AccessTokensDie,
        FaultKind::MinuteQuota,
        FaultKind::status(503),
    ];
    let mut world = World::new();
    let mut day = 0;
    for first in &kinds {
        for second in &kinds {
            // A token that dies as soon as it is made is none: that is an answer, and ends the run.
            if first == second && *first == FaultKind::AccessTokensDie {
                continue;
            }
            for kind in [first, second] {
                let nth = u32::try_from(day).expect("small") + 1;
                world = world.fail(Fault::new(kind.clone()).route(Route::Search).nth(nth));
            }
            world = world.item(photo(day, day));
            day += 1;
        }
    }
    let env = TestEnv::signed_in(world);
    let args = ["--no-full-listing", "--list-jobs", "1"];
    env.sync_days("2024-01-01", "2024-06-30", &args)
        .assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.files.len(), day);
}

fn on(kind: FaultKind, route: Route) -> Fault {
    Fault::new(kind).route(route)
}

fn cut(bytes: usize) -> FaultKind {
    FaultKind::CloseAfter { bytes }
}

/// A film of 12 MiB under a strong validator, a photo with its clip, a still, and a day of 110 photos in two pages.
fn library() -> World {
    let film = Item {
        content: Content::Mp4 {
            seed: 1,
            size: 12 * MIB,
        },
        ..Item::video(1, "film.mp4", NOON)
    };
    let motion = Item {
        content: Content::MotionPhoto { seed: 2, size: 0 },
        ..Item::photo(2, "motion.jpg", "2024-03-10T12:00:00Z")
    };
    World::new()
        .item(film)
        .item(motion)
        .photo("still.jpg", "2024-03-11T12:00:00Z")
        .with_items((100..130).map(|number| photo(number, 0)).collect())
        .with(|world| {
            world.media.etag = Etag::Strong;
            world.media.range_on_downloads = RangeSupport::Honoured;
            world.library.short_pages = Some(20);
        })
}

const FILES: usize = 3 + 30 + 1;

/// Runs against a library with these faults, then once without them.
fn survive(name: &str, faults: Vec<Fault>, change: fn(&mut World)) -> CommandOutput {
    let mut env = TestEnv::signed_in(library().with(change));
    env.google.world(|world| world.faults = faults);
    env.set("GPHOTOS_DL_IDLE_TIMEOUT", "1");
    env.set("GPHOTOS_DL_API_TIMEOUT", "1");
    let args = ["sync", "--since", "2024-01-01", "--window", "month"];
    let output = env.run_or_kill(&args);
    let archive = env.archive();
    let is_whole = archive.files.len() == FILES;
    // Without a sign-in nothing more is asked for, and the other fault may not get its turn.
    let least = if output.exit == 4 { 1 } else { 2 };
    assert!(env.google.stats().faults >= least, "{name}: {output}");
    assert!(output.exit != 0 || is_whole, "{name}: {output}");
    assert!([0, 1, 3, 4, 5].contains(&output.exit), "{name}: {output}");
    env.google.world(|world| {
        world.faults.clear();
        world.library.page_token_seconds = None;
    });
    if output.exit == 4 {
        env.sign_in();
    }
    let clean = env.run_or_kill(&args);
    assert_eq!(clean.exit, 0, "{name}: {clean}");
    let archive = env.archive();
    assert_eq!(archive.files.len(), FILES, "{name}");
    archive.assert_true_to(&env.google);
    assert_eq!(env.google.broken_rules(), [], "{name}");
    output
}
