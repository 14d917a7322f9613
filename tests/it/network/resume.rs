//! D09-D12: what a cut leaves of a large file is gone on with where the server proves that the rest belongs to it, and
//! otherwise the file comes from its first byte. Whatever happens, the bytes in the archive are Google's.

use std::fs;
use std::path::PathBuf;

use gphotos_sim::{Content, Etag, Fault, FaultKind, Item, RangeSupport, Route, World};

use crate::support::{Signal, TestEnv, signal, until};

const MIB: usize = 1 << 20;
/// Of the film. A part is worth keeping from 8 MiB on.
const SIZE: usize = 14 * MIB;

fn film(size: usize) -> Item {
    Item {
        content: Content::Mp4 { seed: 1, size },
        ..Item::video(1, "film.mp4", "2024-03-09T12:00:00Z")
    }
}

/// A Google that knows ranges and strong validators, and a small photo beside the film.
fn world(fault: FaultKind) -> World {
    World::new()
        .item(film(SIZE))
        .photo("small.jpg", "2024-03-09T12:00:00Z")
        .with(|world| {
            world.media.etag = Etag::Strong;
            world.media.redirect_videos = false;
        })
        .fail(Fault::new(fault).item("film.mp4").route(Route::Bytes))
}

fn cut(mib: usize) -> FaultKind {
    FaultKind::CloseAfter { bytes: mib * MIB }
}

/// Whole answers, and parts, that the server has sent of bytes.
fn answers(env: &TestEnv) -> (u64, u64) {
    let stats = env.google.stats();
    (
        stats.count_with(Route::Bytes, 200) + stats.count_with(Route::Download, 200),
        stats.count_with(Route::Bytes, 206) + stats.count_with(Route::Download, 206),
    )
}

fn assert_true(env: &TestEnv) {
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.files.len(), 2);
    assert_eq!(env.google.broken_rules(), []);
}

/// The parts that the last run has left.
fn left(env: &TestEnv) -> Vec<PathBuf> {
    let temps = env.path("downloads/.gphotos-dl/tmp");
    let temps = fs::read_dir(temps).expect("a folder");
    temps.map(|entry| entry.expect("an entry").path()).collect()
}

/// A run that ends with a part of the film kept, because every attempt was cut and nothing came of the rest.
fn broken_off() -> TestEnv {
    let env = TestEnv::signed_in(
        world(cut(10)).fail(
            Fault::new(FaultKind::ResetBeforeHeaders)
                .item("film.mp4")
                .route(Route::Bytes)
                .always(),
        ),
    );
    env.sync(&[]).assert_exit(3);
    assert_eq!(left(&env).len(), 1);
    env.google.world(|world| world.faults.clear());
    env.google.reset_stats();
    env
}

#[test]
fn d09_a_cut_film_goes_on_where_it_broke_off() {
    let env = TestEnv::signed_in(world(cut(10)));
    env.sync(&[]).assert_exit(0);
    // The cut one and the photo; the rest of the film.
    assert_eq!(answers(&env), (2, 1));
    assert_true(&env);
}

#[test]
fn d09_a_film_that_is_cut_again_and_again_needs_no_byte_twice() {
    let again = Fault::new(cut(1)).item("film.mp4").route(Route::Bytes);
    let env = TestEnv::signed_in(world(cut(9)).fail(again.times(3)));
    env.sync(&[]).assert_exit(0);
    assert_eq!(answers(&env), (2, 4));
    assert_true(&env);
}

#[test]
fn d09_nothing_is_gone_on_with_below_8_mib_or_without_a_strong_validator() {
    type Change = fn(&mut World);
    let weak: Change = |world| world.media.etag = Etag::Weak;
    let none: Change = |world| world.media.etag = Etag::None;
    let chunked: Change = |world| {
        world.faults[0].what = FaultKind::ChunkedWithoutEnd { bytes: 10 * MIB };
    };
    let early: Change = |world| world.faults[0].what = cut(7);
    for (name, change) in [
        ("weak", weak),
        ("none", none),
        ("no length", chunked),
        ("early", early),
    ] {
        let env = TestEnv::signed_in(world(cut(10)).with(change));
        env.sync(&[]).assert_exit(0);
        assert_eq!(answers(&env), (3, 0), "{name}");
        assert_true(&env);
    }
}

#[test]
fn d09_d10_d11_d12_whatever_does_not_fit_is_begun_again() {
    let header = |name: &str, value: &str| FaultKind::Header {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let total = film(SIZE).clip().expect("a film").len();
    let cases = [
        ("D10 another start", FaultKind::WrongRange { start: 1, total: 0 }),
        ("D10 another end", FaultKind::WrongRange { start: -4096, total: 0 }),
        ("D10 another total", FaultKind::WrongRange { start: 0, total: 5 }),
        ("D10 no range at all", header("content-range", "")),
        ("D11 another validator", header("etag", "\"other\"")),
        ("D11 a weak validator", header("etag", "W/\"weak\"")),
        ("D12 nothing there", FaultKind::status(416)),
        (
            "D12 of another length",
            FaultKind::Raw(
                format!("HTTP/1.1 416 No\r\nContent-Range: bytes */{total}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .into_bytes(),
            ),
        ),
        (
            "D10 other bytes than announced",
            FaultKind::Raw(
                format!("HTTP/1.1 206 Part\r\nContent-Range: bytes 7-9/{total}\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
                    .into_bytes(),
            ),
        ),
    ];
    for (name, fault) in cases {
        let second = Fault::new(fault).item("film.mp4").route(Route::Bytes);
        let env = TestEnv::signed_in(world(cut(10)).fail(second.clone()));
        env.sync(&[]).assert_exit(0);
        assert_eq!(second.fired(), 1, "{name}");
        assert_eq!(
            answers(&env).0,
            3,
            "{name}: {:?}",
            env.google.stats().requests
        );
        assert_true(&env);
    }
}

#[test]
fn d09_a_server_that_answers_with_the_whole_is_taken_at_its_word() {
    let env =
        TestEnv::signed_in(world(cut(10)).with(|world| world.media.range = RangeSupport::Ignored));
    env.sync(&[]).assert_exit(0);
    assert_eq!(answers(&env), (3, 0));
    assert_true(&env);
}

#[test]
fn d11_a_film_that_changes_between_its_parts_is_never_mixed() {
    let env = TestEnv::signed_in(world(cut(10)));
    env.google.before(Route::Bytes, 2, |world| {
        world.named("film.mp4").content = Content::Mp4 {
            seed: 2,
            size: SIZE,
        };
    });
    env.sync(&["--jobs", "1"]).assert_exit(0);
    assert_eq!(answers(&env), (3, 0));
    assert_true(&env);
}

#[test]
fn a_part_is_kept_for_the_next_run_and_gone_on_with() {
    let env = broken_off();
    let part = fs::read(&left(&env)[0]).expect("a part");
    assert!((9 * MIB..=10 * MIB).contains(&part.len()), "{}", part.len());
    assert!(film(SIZE).clip().expect("a film").starts_with(&part));
    env.sync(&[]).assert_exit(0);
    assert_eq!(answers(&env), (0, 1));
    assert_true(&env);
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 1);
}

#[test]
fn a_part_that_is_not_what_was_written_is_never_gone_on_with() {
    type Spoil = fn(&PathBuf);
    let shorter: Spoil = |part| {
        let file = fs::File::options().write(true).open(part).expect("opened");
        file.set_len(9 * MIB as u64).expect("cut");
    };
    let other: Spoil = |part| {
        let mut bytes = fs::read(part).expect("a part");
        bytes[5 * MIB] ^= 1;
        fs::write(part, bytes).expect("written");
    };
    let link: Spoil = |part| {
        let aside = part.with_file_name("aside");
        fs::rename(part, &aside).expect("renamed");
        std::os::unix::fs::symlink(&aside, part).expect("linked");
    };
    let second_name: Spoil = |part| {
        fs::hard_link(part, part.with_file_name("aside")).expect("linked");
    };
    let gone: Spoil = |part| fs::remove_file(part).expect("removed");
    for (name, spoil) in [
        ("shorter", shorter),
        ("other bytes", other),
        ("a link", link),
        ("a second name", second_name),
        ("gone", gone),
    ] {
        let env = broken_off();
        let part = left(&env).remove(0);
        spoil(&part);
        let aside = part.with_file_name("aside");
        let before = fs::read(&aside).ok();
        env.sync(&[]).assert_exit(0);
        assert_eq!(answers(&env), (1, 0), "{name}");
        assert_eq!(fs::read(&aside).ok(), before, "{name}");
        let _ = fs::remove_file(aside);
        assert_true(&env);
    }
}

#[test]
fn what_was_written_after_the_last_promise_is_cut_off_and_fetched_again() {
    let env = broken_off();
    let part = left(&env).remove(0);
    let mut bytes = fs::read(&part).expect("a part");
    bytes.extend_from_slice(&[0; 12_345]);
    fs::write(&part, bytes).expect("written");
    env.sync(&[]).assert_exit(0);
    assert_eq!(answers(&env), (0, 1));
    assert_true(&env);
}

#[test]
fn d11_a_film_that_changes_between_two_runs_comes_from_its_first_byte() {
    let env = broken_off();
    env.google.world(|world| {
        world.named("film.mp4").content = Content::Mp4 {
            seed: 2,
            size: SIZE,
        };
    });
    env.sync(&[]).assert_exit(0);
    assert_eq!(answers(&env), (1, 0));
    assert_true(&env);
}

#[test]
fn a_part_that_nobody_wants_or_that_is_a_week_old_is_removed() {
    let mut env = broken_off();
    env.google.world(|world| world.media.etag = Etag::None);
    // Not wanted by this run, and kept for another.
    let other_days = [
        "sync",
        "--since",
        "2025-01-01",
        "--no-full-listing",
        "--window",
        "year",
    ];
    env.run(&other_days).assert_exit(0);
    assert_eq!(left(&env).len(), 1);
    env.in_hours(8 * 24);
    env.run(&other_days).assert_exit(0);
    assert_eq!(left(&env).len(), 0);

    let env = broken_off();
    env.google.before(Route::Bytes, 1, |world| {
        world
            .items
            .retain(|item| item.filename.as_deref() != Some("film.mp4"));
    });
    // Deleted between listing and loading: an answer, and the part is of no use any more.
    env.sync(&[]).assert_exit(3);
    assert_eq!(env.archive().temps, [""; 0]);
}

#[test]
fn a_run_that_is_killed_or_stopped_leaves_its_part_to_the_next() {
    for end in [Signal::KILL, Signal::TERM] {
        let stall = FaultKind::StallAfter {
            bytes: 12 * MIB,
            seconds: None,
        };
        let env = TestEnv::signed_in(world(stall));
        let run = env.spawn(&["sync", "--since", "2024-01-01", "--window", "year"]);
        until("a part is on disk", || {
            let temps = fs::read_dir(env.path("downloads/.gphotos-dl/tmp"));
            temps.is_ok_and(|mut temps| {
                temps.any(|entry| {
                    entry.is_ok_and(|entry| {
                        entry.metadata().is_ok_and(|it| it.len() >= 11 * MIB as u64)
                    })
                })
            })
        });
        signal(&run, end);
        let exit = if end == Signal::KILL { 137 } else { 143 };
        env.finish(run).assert_exit(exit);
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        let (_, parts) = answers(&env);
        assert_eq!(parts, 1, "{end:?}");
        assert_true(&env);
    }
}

#[test]
fn d12_a_film_that_was_all_there_when_its_run_died_is_only_asked_after() {
    let small = Fault::new(FaultKind::StallBeforeHeaders { seconds: None });
    let env = TestEnv::signed_in(world(FaultKind::Delay { ms: 0 }).fail(small.item("small.jpg")));
    let run = env.spawn(&["sync", "--since", "2024-01-01", "--window", "year"]);
    // A batch waits two seconds for more before it is committed.
    until("all of the film is durable", || has_whole_part(&env));
    signal(&run, Signal::KILL);
    env.finish(run).assert_exit(137);
    env.google.world(|world| world.faults.clear());
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(answers(&env), (1, 0), "the photo");
    assert_eq!(env.google.stats().count_with(Route::Bytes, 416), 1);
    assert_true(&env);
}

fn has_whole_part(env: &TestEnv) -> bool {
    let index = env.path("downloads/.gphotos-dl/index/index.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let Ok(index) = rusqlite::Connection::open_with_flags(index, flags) else {
        return false;
    };
    let whole = "SELECT EXISTS (SELECT 1 FROM partials WHERE size = total)";
    index
        .query_row(whole, [], |row| row.get(0))
        .unwrap_or(false)
}
