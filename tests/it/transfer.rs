//! Transfers: whatever becomes of the bytes on their way, only whole files get a name.

use gphotos_sim::{Content, Fault, FaultKind, Framing, Item, World};

use crate::support::{CommandOutput, TestEnv};

/// A base URL, and where it sends videos to.
const BYTES: &str = "/lr/";
const DOWNLOADS: &str = "/video-downloads/";

/// A photo of some 8 KB, so that a cut in the middle is one.
fn photo(number: u64, name: &str) -> Item {
    Item {
        content: Content::Jpeg {
            seed: number,
            size: 8000,
        },
        ..Item::photo(number, name, "2024-03-09T12:00:00Z")
    }
}

fn video(number: u64, name: &str) -> Item {
    Item {
        content: Content::Mp4 {
            seed: number,
            size: 8000,
        },
        ..Item::video(number, name, "2024-03-09T12:00:00Z")
    }
}

/// One item for each fault, and two that nothing happens to.
fn world(faults: &[FaultKind], item: fn(u64, &str) -> Item, path: &str, always: bool) -> World {
    let mut world = World::new()
        .item(item(1000, "healthy-1.jpg"))
        .item(item(1001, "healthy-2.jpg"));
    for (number, kind) in (0..).zip(faults) {
        let name = name(number);
        let fault = Fault::new(kind.clone()).path(path).item(&name);
        world = world
            .item(item(number, &name))
            .fail(if always { fault.always() } else { fault });
    }
    world
}

fn name(number: u64) -> String {
    format!("{number:02}.jpg")
}

fn sync(env: &mut TestEnv) -> CommandOutput {
    env.set("GPHOTOS_DL_IDLE_TIMEOUT", "1");
    env.sync(&["--jobs", "32", "--no-full-listing"])
}

/// All that may pass. Those behind the last line fail an item where they stay, the others are kept as they came.
fn passing() -> Vec<FaultKind> {
    let mut all = vec![
        FaultKind::Truncate {
            bytes: 3000,
            framing: Framing::Length,
        },
        FaultKind::Truncate {
            bytes: 3000,
            framing: Framing::Chunked,
        },
        FaultKind::WrongLength { delta: -7 },
        FaultKind::Corrupt { at: 0 },
        FaultKind::NoLength,
        FaultKind::UrlExpired,
        FaultKind::status(408),
        FaultKind::MinuteQuota,
    ];
    all.extend(lasting().into_iter().map(|(kind, _)| kind));
    all
}

/// Faults, and what is said of an item to which each happens for ever.
fn lasting() -> Vec<(FaultKind, &'static str)> {
    let broke = "the connection broke";
    let late = "nothing arrived in time";
    let empty = |framing| FaultKind::Truncate { bytes: 0, framing };
    vec![
        (FaultKind::CloseAfter { bytes: 0 }, broke),
        (FaultKind::CloseAfter { bytes: 1 }, broke),
        (FaultKind::CloseAfter { bytes: 3000 }, broke),
        (FaultKind::CloseAfter { bytes: 7999 }, broke),
        (FaultKind::ChunkedWithoutEnd { bytes: 3000 }, broke),
        (FaultKind::ChunkedWithoutEnd { bytes: 100_000 }, broke),
        (FaultKind::WrongLength { delta: 7 }, broke),
        (FaultKind::LengthText("-1".to_owned()), broke),
        (FaultKind::LengthText("many".to_owned()), broke),
        (FaultKind::LengthText("9".repeat(30)), broke),
        (FaultKind::TwoLengths { delta: 7 }, broke),
        (FaultKind::ResetBeforeHeaders, broke),
        (FaultKind::CloseBeforeHeaders, broke),
        (FaultKind::ResetAfter { bytes: 0 }, broke),
        (FaultKind::ResetAfter { bytes: 3000 }, broke),
        (
            FaultKind::Raw(b"\0\x01 no HTTP at all\r\n\r\n".to_vec()),
            broke,
        ),
        (FaultKind::StallBeforeHeaders { seconds: None }, late),
        (FaultKind::StallAfterHeaders { seconds: None }, late),
        (
            FaultKind::StallAfter {
                bytes: 3000,
                seconds: None,
            },
            late,
        ),
        (
            FaultKind::Drip {
                bytes_per_second: 40.0,
            },
            "the bytes only trickle",
        ),
        (FaultKind::HtmlOk, "an HTML page"),
        (FaultKind::JsonOk, "JSON"),
        (FaultKind::EmptyOk, "an empty file"),
        (empty(Framing::Length), "an empty file"),
        (empty(Framing::Chunked), "an empty file"),
        (FaultKind::FalseGzip, "encoded as"),
        (
            FaultKind::Body {
                status: 206,
                content_type: "image/jpeg".to_owned(),
                text: "a part".to_owned(),
            },
            "a part",
        ),
        (FaultKind::status(500), "500"),
        (FaultKind::status(503), "503"),
    ]
}

#[test]
fn whatever_goes_wrong_once_is_mended_by_another_attempt() {
    for (item, path) in [
        (photo as fn(u64, &str) -> Item, BYTES),
        (video as fn(u64, &str) -> Item, DOWNLOADS),
    ] {
        let faults = passing();
        let mut env = TestEnv::signed_in(world(&faults, item, path, false));
        sync(&mut env).assert_exit(0);
        let archive = env.archive();
        assert_eq!(env.google.stats().faults, faults.len() as u64);
        assert_eq!(
            archive.statuses().get("downloaded"),
            Some(&(faults.len() + 2))
        );
        if path == BYTES {
            archive.assert_true_to(&env.google);
        } else {
            let truth = env.google.truth();
            for row in &archive.rows {
                assert_eq!(row["sha256"], truth[&row["id"]].original.sha256, "{row:#?}");
            }
        }
        assert_eq!(env.google.broken_rules(), []);
    }
}

#[test]
fn whatever_goes_wrong_for_ever_fails_its_item_with_the_cause_and_no_other() {
    for (item, path) in [
        (photo as fn(u64, &str) -> Item, BYTES),
        (video as fn(u64, &str) -> Item, DOWNLOADS),
    ] {
        let faults: Vec<_> = lasting().into_iter().map(|(kind, _)| kind).collect();
        let mut env = TestEnv::signed_in(world(&faults, item, path, true));
        let output = sync(&mut env).assert_exit(3);
        let archive = env.archive();
        for (number, (kind, cause)) in (0..).zip(lasting()) {
            let row = archive.row(&name(number));
            assert_eq!(row["status"], "failed", "{kind:?}: {row:#?}");
            assert!(row["detail"].contains(cause), "{kind:?}: {row:#?}");
            assert_eq!(row["local_path"], "", "{kind:?}");
        }
        assert!(
            output.stderr.contains("failed 2024/03/00.jpg: "),
            "{output}"
        );
        let healthy: Vec<_> = archive
            .files
            .keys()
            .filter(|it| it.contains("healthy"))
            .collect();
        assert_eq!(archive.files.len(), healthy.len());
        assert_eq!(healthy.len(), 2);
        assert_eq!(archive.temps, [""; 0]);
    }
}

#[test]
fn a_body_that_ends_with_its_connection_is_kept_only_if_its_structure_is_whole() {
    let whole = photo(0, "00.jpg").original();
    let mut cut =
        b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n\r\n".to_vec();
    cut.extend_from_slice(&whole[..whole.len() / 2]);
    let faults = [FaultKind::NoLength, FaultKind::Raw(cut)];
    let mut world = world(&faults, photo, BYTES, true);
    // Cut at first, whole from then on.
    world.faults[1].on.times = gphotos_sim::Times::Exactly(1);
    let mut env = TestEnv::signed_in(world);
    sync(&mut env).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(
        archive.row("00.jpg")["detail"],
        "the server did not say how long it is"
    );
    assert_eq!(archive.row("01.jpg")["detail"], "");
}

#[test]
fn the_word_of_a_header_counts_for_nothing_against_the_bytes() {
    let header = |name: &str, value: &str| FaultKind::Header {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let faults = [
        header("content-type", "text/html"),
        header("content-type", "application/json"),
        header(
            "content-disposition",
            "attachment;filename=\"../../evil.sh\"",
        ),
        header("content-encoding", "identity"),
    ];
    let mut env = TestEnv::signed_in(world(&faults, photo, BYTES, true));
    sync(&mut env).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.files.len(), 6);
}

#[test]
fn few_open_files_make_a_run_slower_and_lose_nothing() {
    let env =
        TestEnv::signed_in(World::new().with_items((0..40).map(|n| photo(n, &name(n))).collect()));
    let args = [
        "sync",
        "--since",
        "2024-03-01",
        "--window",
        "year",
        "--jobs",
        "64",
    ];
    let run = env.shell("ulimit -n 64", &args).spawn();
    env.finish(run.expect("it starts")).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 40);
    archive.assert_true_to(&env.google);
}
