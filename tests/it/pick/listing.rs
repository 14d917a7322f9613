//! The list of what was selected: every page of it, in whatever form, and not for ever.

use gphotos_sim::{
    CameraIn, Endless, Fault, FaultKind, Kind, Numbers, Route, VideoStatus, WrongJson,
};

use super::{everything, kept, three};
use crate::support::TestEnv;

fn assert_all(env: &TestEnv) {
    env.run_or_kill(&["pick", "--no-browser"]).assert_exit(0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert_eq!(archive.paths().len(), 3);
    assert!(env.google.sessions()[0].deleted);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn short_empty_and_repeated_pages_lose_nothing() {
    assert_all(&everything(three().with(|world| {
        world.picker.short_pages = Some(1);
        world.picker.empty_pages = 3;
        world.picker.repeat_boundary = true;
        world.picker.empty_last_page = true;
    })));
}

#[test]
fn an_endless_list_ends_and_what_it_had_is_kept() {
    // With nothing, and with the same again in ever other pages.
    for (endless, pages) in [(Endless::Empty, None), (Endless::Again, Some(2))] {
        let env = everything(three().with(|world| {
            world.picker.endless = endless;
            world.picker.short_pages = pages;
        }));
        env.run_or_kill(&["pick", "--no-browser"])
            .assert_exit(3)
            .assert_says("could not list selection 1")
            .assert_says("with nothing new")
            .assert_says("run `gphotos-dl pick --resume` later");
        assert_eq!(env.archive().paths().len(), 3);
        assert!(!env.google.sessions()[0].deleted);
        assert_eq!(kept(&env).len(), 1);
        assert!(env.google.stats().count(Route::ListPicked) < 600);
    }
}

#[test]
fn a_list_of_ever_new_items_ends_at_what_the_selection_may_hold() {
    let env = everything(three().with(|world| world.picker.endless = Endless::Fresh));
    env.run_or_kill(&["pick", "--no-browser", "--max", "10"])
        .assert_exit(3)
        .assert_says("more than the 10 items that can be selected")
        .assert_says("pick --resume");
    // What is within the limit is here, each of the three under several ids.
    let archive = env.archive();
    assert_eq!((archive.rows.len(), archive.paths().len()), (10, 3));
    assert!(!archive.statuses().contains_key("failed"));
    assert!(!env.google.sessions()[0].deleted);
    assert_eq!(kept(&env).len(), 1);
}

#[test]
fn a_bad_element_is_named_and_spoils_no_other() {
    for (wrong, why) in [
        (WrongJson::ItemWithoutId, "it has no id"),
        (WrongJson::NullItem, "it is no item"),
        (WrongJson::IdIsNumber, "its id is no text"),
        (WrongJson::IdIsHalf, "its id cannot be read"),
    ] {
        let fault = Fault::new(FaultKind::Json(wrong)).route(Route::ListPicked);
        let env = everything(three().fail(fault.always()));
        env.run(&["pick", "--no-browser"])
            .assert_exit(3)
            .assert_says("failed item 1 on page 1 of selection 1")
            .assert_says(why)
            .assert_says("pick --resume");
        assert_eq!(env.archive().paths().len(), 2, "{wrong:?}");
        assert!(!env.google.sessions()[0].deleted, "{wrong:?}");
        env.google.world(|world| world.faults.clear());
        env.run(&["pick", "--resume", "--no-browser"])
            .assert_exit(0);
        let archive = env.archive();
        archive.assert_true_to(&env.google);
        assert_eq!(archive.paths().len(), 3, "{wrong:?}");
        assert!(env.google.sessions()[0].deleted);
    }
}

#[test]
fn a_list_that_makes_no_sense_is_refused_and_its_selection_kept() {
    for wrong in [
        FaultKind::Json(WrongJson::MediaItemsIsText),
        FaultKind::Json(WrongJson::DuplicateKeys),
        FaultKind::Json(WrongJson::Deep { levels: 100_000 }),
        FaultKind::Json(WrongJson::Huge { bytes: 20 << 20 }),
        FaultKind::HtmlOk,
        FaultKind::JsonOk,
        FaultKind::EmptyOk,
    ] {
        let fault = Fault::new(wrong.clone()).route(Route::ListPicked);
        let env = everything(three().fail(fault.always()));
        env.run_or_kill(&["pick", "--no-browser"])
            .assert_exit(3)
            .assert_says("could not list selection 1")
            .assert_says("pick --resume");
        assert!(!env.google.sessions()[0].deleted, "{wrong:?}");
        env.google.world(|world| world.faults.clear());
        env.run(&["pick", "--resume", "--no-browser"])
            .assert_exit(0);
        assert_eq!(env.archive().paths().len(), 3, "{wrong:?}");
        assert!(env.google.sessions()[0].deleted);
    }
}

#[test]
fn a_name_that_is_no_text_spoils_nothing() {
    for wrong in [WrongJson::FilenameIsHalf, WrongJson::FilenameIsNoText] {
        let fault = Fault::new(FaultKind::Json(wrong)).route(Route::ListPicked);
        let env = everything(three().fail(fault.always()));
        env.run(&["pick", "--no-browser"]).assert_exit(0);
        let archive = env.archive();
        assert_eq!(archive.paths().len(), 3, "{wrong:?}");
        assert!(archive.names().iter().any(|name| name.contains('\u{fffd}')));
        assert!(env.google.sessions()[0].deleted);
    }
}

#[test]
fn a_list_that_is_null_is_empty() {
    let null = Fault::new(FaultKind::Json(WrongJson::MediaItemsIsNull)).route(Route::ListPicked);
    assert_all(&everything(
        three()
            .with(|world| world.picker.empty_last_page = true)
            .fail(null.nth(2)),
    ));
}

#[test]
fn a_page_token_that_is_a_number_is_sent_back() {
    let number = Fault::new(FaultKind::Json(WrongJson::TokenIsNumber)).route(Route::ListPicked);
    let world = three().with(|world| world.picker.short_pages = Some(1));
    // Google does not know it, and the list begins anew.
    assert_all(&everything(world.clone().fail(number.clone())));
    let env = everything(world.fail(number.always()));
    env.run_or_kill(&["pick", "--no-browser"])
        .assert_exit(3)
        .assert_says("no longer accepts the page token");
    assert_eq!(env.archive().paths().len(), 1);
    assert!(!env.google.sessions()[0].deleted);
    assert_eq!(kept(&env).len(), 1);
}

#[test]
fn a_page_token_that_comes_again_ends_the_list() {
    let page = |id: &str| {
        serde_json::json!({ "mediaItems": [{ "id": id, "mediaFile": {} }], "nextPageToken": "again" }).to_string()
    };
    let again = FaultKind::Body {
        status: 200,
        content_type: "application/json".to_owned(),
        text: page("x"),
    };
    let fault = Fault::new(again).route(Route::ListPicked).always();
    let env = everything(three().fail(fault));
    env.run_or_kill(&["pick", "--no-browser"])
        .assert_exit(3)
        .assert_says("repeats a page token");
}

#[test]
fn a_page_token_that_has_expired_means_the_first_page_again() {
    let env = everything(three().with(|world| {
        world.picker.short_pages = Some(1);
        world.picker.page_token_seconds = Some(60);
    }));
    let late = Fault::new(FaultKind::Advance { seconds: 120 });
    env.google
        .world(|world| world.faults.push(late.route(Route::ListPicked).nth(2)));
    assert_all(&env);
}

#[test]
fn numbers_are_read_in_every_form_and_camera_fields_in_every_place() {
    for numbers in [Numbers::AsDocumented, Numbers::Strings, Numbers::Numbers] {
        for camera in [CameraIn::Metadata, CameraIn::Kind, CameraIn::Nowhere] {
            let env = everything(three().with(|world| {
                world.picker.numbers = numbers;
                world.picker.camera = camera;
                let item = world.named("a.jpg");
                item.camera = Some(("Acme".to_owned(), "A1".to_owned()));
            }));
            let wanted = env.google.world(|world| world.named("a.jpg").dimensions);
            env.run(&["pick", "--no-browser", "--max", "2000"])
                .assert_exit(0);
            let archive = env.archive();
            let row = archive.row("a.jpg");
            let (width, height) = wanted.expect("pixels");
            assert_eq!(
                (&row["width"], &row["height"]),
                (&width.to_string(), &height.to_string())
            );
            let make = if camera == CameraIn::Nowhere {
                ""
            } else {
                "Acme"
            };
            assert_eq!(row["camera_make"], make, "{numbers:?} {camera:?}");
        }
    }
}

#[test]
fn without_filenames_the_id_and_the_bytes_make_the_name() {
    let env = everything(three().with(|world| world.picker.filenames = false));
    assert_all(&env);
    let paths = env.archive();
    let endings: Vec<_> = paths
        .paths()
        .iter()
        .map(|path| path.rsplit_once('.').expect("an ending").1)
        .map(str::to_owned)
        .collect();
    assert_eq!(endings, ["jpg", "jpg", "mp4"]);
}

#[test]
fn an_id_and_an_address_are_enough() {
    let env = everything(
        gphotos_sim::World::new()
            .photo("a.jpg", "2024-03-09T12:00:00Z")
            .photo("b.jpg", "2024-03-10T12:00:00Z")
            .photo("c.jpg", "2024-03-11T12:00:00Z")
            .with(|world| world.picker.sparse = true),
    );
    assert_all(&env);
}

#[test]
fn a_video_in_the_making_is_looked_at_again() {
    let env = everything(three().with(|world| {
        world.named("c.mp4").kind = Kind::Video(VideoStatus::Processing);
    }));
    env.google.before(Route::ListPicked, 3, |world| {
        world.named("c.mp4").kind = Kind::Video(VideoStatus::Ready);
    });
    assert_all(&env);
    assert_eq!(env.google.stats().count(Route::ListPicked), 3);
}

#[test]
fn a_video_that_stays_in_the_making_is_reported_and_its_selection_kept() {
    let env = everything(three().with(|world| {
        world.named("c.mp4").kind = Kind::Video(VideoStatus::Processing);
    }));
    env.run(&["pick", "--no-browser"])
        .assert_exit(0)
        .assert_says("still processing")
        .assert_says("pick --resume");
    let archive = env.archive();
    assert_eq!(archive.row("c.mp4")["status"], "skipped");
    assert_eq!(archive.paths().len(), 2);
    assert!(!env.google.sessions()[0].deleted);
    env.google
        .world(|world| world.named("c.mp4").kind = Kind::Video(VideoStatus::Ready));
    env.run(&["pick", "--resume", "--no-browser"])
        .assert_exit(0);
    assert_eq!(env.archive().paths().len(), 3);
    assert!(env.google.sessions()[0].deleted);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn a_video_that_google_could_not_process_is_a_failure() {
    let env = everything(three().with(|world| {
        world.named("c.mp4").kind = Kind::Video(VideoStatus::Failed);
    }));
    env.run(&["pick", "--no-browser"])
        .assert_exit(3)
        .assert_says("could not process");
    assert_eq!(env.archive().row("c.mp4")["status"], "failed");
}

#[test]
fn a_list_that_is_not_there_yet_is_asked_for_again() {
    let not_yet = FaultKind::Body {
        status: 400,
        content_type: "application/json".to_owned(),
        text: serde_json::json!({ "error": { "code": 400, "status": "FAILED_PRECONDITION", "message": "Not finished." } })
            .to_string(),
    };
    let fault = Fault::new(not_yet).route(Route::ListPicked).times(3);
    assert_all(&everything(three().fail(fault)));
}
