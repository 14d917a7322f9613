//! What Google has of an item, and what it says of it: the bytes count.

use gphotos_sim::{Digest, Fault, FaultKind, Item, Kind, Media, Route, VideoStatus, World, zoo};

use crate::support::TestEnv;

const DAY: &str = "2024-03-09";

fn day() -> chrono::NaiveDate {
    DAY.parse().expect("a day")
}

#[test]
fn a_video_comes_through_the_second_host_or_straight() {
    for redirect_videos in [true, false] {
        let world = World::new().video("film.mp4", "2024-03-09T12:00:00Z");
        let world = world.with(|world| world.media.redirect_videos = redirect_videos);
        let env = TestEnv::signed_in(world);
        env.sync(&[]).assert_exit(0);
        let archive = env.archive();
        assert_eq!(archive.paths(), ["2024/03/film.mp4"]);
        archive.assert_true_to(&env.google);
        let stats = env.google.stats();
        assert_eq!(stats.count(Route::Download), u64::from(redirect_videos));
        assert_eq!(env.google.broken_rules(), []);
    }
}

#[test]
fn a_video_in_the_making_is_skipped_without_blame_and_fetched_when_it_is_ready() {
    let film = Item {
        kind: Kind::Video(VideoStatus::Processing),
        ..Item::video(1, "film.mp4", "2024-03-09T12:00:00Z")
    };
    let env = TestEnv::signed_in(World::new().item(film));
    let output = env.sync(&[]).assert_exit(0);
    let output = output.assert_says("Google is still processing this video");
    assert!(!output.stderr.contains("failed"), "{output}");
    let archive = env.archive();
    assert_eq!(archive.row("film.mp4")["status"], "skipped");
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    env.google
        .world(|world| world.named("film.mp4").kind = Kind::Video(VideoStatus::Ready));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.row("film.mp4")["status"], "downloaded");
    archive.assert_true_to(&env.google);
}

#[test]
fn a_video_that_google_could_not_process_is_a_failure_that_is_known_the_next_time() {
    let film = Item {
        kind: Kind::Video(VideoStatus::Failed),
        ..Item::video(1, "film.mp4", "2024-03-09T12:00:00Z")
    };
    let world = World::new()
        .item(film)
        .photo("photo.jpg", "2024-03-09T12:00:00Z");
    let env = TestEnv::signed_in(world);
    env.sync(&[])
        .assert_exit(3)
        .assert_says("Google could not process this video");
    let archive = env.archive();
    assert_eq!(archive.row("film.mp4")["status"], "failed");
    assert_eq!(archive.paths(), ["2024/03/photo.jpg"]);
    let again = env.sync(&["--json"]).assert_exit(3);
    assert_eq!(again.json()["totals"]["failed_known"], 1, "{again}");
    assert_eq!(again.json()["totals"]["failed_new"], 0, "{again}");
    env.google
        .world(|world| world.named("film.mp4").kind = Kind::Video(VideoStatus::Ready));
    env.sync(&[]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
}

#[test]
fn fields_that_google_leaves_out_lose_no_item() {
    let items = [zoo::missing_fields(day()), zoo::neither_kind(day())].concat();
    let count = items.len();
    let env = TestEnv::signed_in(World::new().with_items(items));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.rows.len(), count);
    archive.assert_true_to(&env.google);
    for row in archive.rows.iter().filter(|row| row["filename"].is_empty()) {
        let path = &row["local_path"];
        let extension = if row["kind"] == "video" {
            ".mp4"
        } else {
            ".jpg"
        };
        assert!(
            path.contains("/item-AGph") && path.ends_with(extension),
            "{path}"
        );
    }
}

#[test]
fn no_preview_is_ever_kept() {
    let items = [
        zoo::missing_fields(day()),
        zoo::neither_kind(day()),
        zoo::contradicting_names(day()),
        zoo::wrong_dimensions(day()),
        zoo::motion_photo(day()),
    ]
    .concat();
    let previews: Vec<_> = items.iter().map(|it| Digest::of(&it.preview())).collect();
    let env = TestEnv::signed_in(World::new().with_items(items));
    env.sync(&[]).assert_exit(0);
    for (path, bytes) in env.archive().files {
        assert!(!previews.contains(&Digest::of(&bytes.into())), "{path}");
    }
    let stats = env.google.stats();
    let suffixes: Vec<_> = stats.bytes.values().flat_map(|it| it.keys()).collect();
    assert!(
        suffixes
            .iter()
            .all(|it| ["=d", "=dv", "redirected"].contains(&it.as_str()))
    );
}

#[test]
fn bytes_that_contradict_their_name_keep_it_and_are_noted() {
    let items = [
        zoo::heic_with_jpeg_bytes(day()),
        zoo::contradicting_names(day()),
    ]
    .concat();
    let env = TestEnv::signed_in(World::new().with_items(items));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    for (name, note) in [
        ("IMG_5000.HEIC", "the bytes are JPEG"),
        ("DSC_5001.DNG", "the bytes are JPEG"),
        ("00003.MTS", "the bytes are MP4"),
        ("clip.jpg", "the bytes are MP4"),
    ] {
        let row = archive.row(name);
        assert_eq!(row["local_path"], format!("2024/03/{name}"));
        assert_eq!(row["detail"], note, "{name}");
    }
    assert_eq!(
        archive.row("IMG_5002.MOV")["detail"],
        "",
        "one container, two names"
    );
}

#[test]
fn another_size_in_pixels_is_noted_and_no_reason_to_doubt() {
    let env = TestEnv::signed_in(World::new().with_items(zoo::wrong_dimensions(day())));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(
        archive.row("IMG_5003.jpg")["detail"],
        "96×64 pixels instead of the listed 4032×3024"
    );
    assert_eq!(env.google.stats().count(Route::Bytes), 1);
}

#[test]
fn a_picture_in_place_of_a_video_is_no_video() {
    // Google's `=d` of a video is a picture of it: here even `=dv` is one.
    let thumbnail = Item::video(1, "film.mp4", "2024-03-09T12:00:00Z").preview();
    let film = Item::video(1, "film.mp4", "2024-03-09T12:00:00Z").with_bytes(thumbnail);
    let world = World::new().item(film).with(|world| {
        world.media = Media {
            redirect_videos: false,
            ..Media::default()
        };
    });
    let env = TestEnv::signed_in(world);
    env.sync(&[])
        .assert_exit(3)
        .assert_says("a picture instead of the video");
    assert_eq!(env.archive().row("film.mp4")["status"], "failed");
    assert!(env.archive().files.is_empty());
}

#[test]
fn an_id_is_opaque_whatever_it_holds() {
    let ids = [
        "quotes'\"`",
        "two\nlines",
        "../../escaped",
        "a/b?c#d&e=f%2f",
        "'; DROP TABLE items; --",
        "=1+1",
        "snow ☃ man",
        &"x".repeat(1000),
    ];
    let item = |(number, id): (u64, &&str)| Item {
        id: (*id).to_owned(),
        filename: None,
        ..Item::photo(number, "", "2024-03-09T12:00:00Z")
    };
    let items = (0..).zip(&ids).map(item).collect();
    // Every address is refused once, so that each id is asked for by itself, too.
    let refused = Fault::new(FaultKind::UrlExpired).path("/lr/").each_item();
    let env = TestEnv::signed_in(World::new().with_items(items).fail(refused));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), ids.len());
    let truth = env.google.truth();
    for row in &archive.rows {
        let id = row["id"].strip_prefix('\'').unwrap_or(&row["id"]);
        assert_eq!(row["sha256"], truth[id].original.sha256, "{id:?}");
        assert!(row["local_path"].starts_with("2024/03/item-"), "{row:#?}");
    }
    env.google.reset_stats();
    env.sync(&[]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
}

#[test]
fn an_id_of_ten_kilobytes_is_not_googles_and_hides_no_other_item() {
    let huge = Item {
        id: "x".repeat(10_000),
        ..Item::photo(1, "huge.jpg", "2024-03-09T12:00:00Z")
    };
    let world = World::new()
        .item(huge)
        .photo("other.jpg", "2024-03-09T12:00:00Z");
    let env = TestEnv::signed_in(world);
    env.sync(&[]).assert_exit(3).assert_says("not listed");
    assert_eq!(env.archive().paths(), ["2024/03/other.jpg"]);
}
