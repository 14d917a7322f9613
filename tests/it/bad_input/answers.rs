//! Answers of the Library API that are refusals, nonsense, or none of its own.

use gphotos_sim::{Fault, FaultKind, Item, Kind, Route, World, WrongJson};

use super::assert_refused;
use crate::support::{CommandOutput, TestEnv};

fn three_photos() -> World {
    World::new()
        .photo("IMG_1.jpg", "2024-03-09T06:15:42Z")
        .photo("IMG_2.jpg", "2024-03-10T06:15:42Z")
        .photo("IMG_3.jpg", "2024-04-11T06:15:42Z")
}

fn always(what: FaultKind) -> Fault {
    Fault::new(what).path("/v1/").always()
}

fn body(status: u16, text: &str) -> FaultKind {
    FaultKind::Body {
        status,
        content_type: "application/json; charset=UTF-8".to_owned(),
        text: text.to_owned(),
    }
}

fn sync(world: World) -> (TestEnv, CommandOutput) {
    let env = TestEnv::signed_in(world);
    let output = env.sync(&[]);
    (env, output)
}

#[test]
fn an_api_that_is_not_enabled_comes_with_the_link_that_enables_it() {
    let (env, output) = sync(three_photos().with(|world| world.library.enabled = false));
    assert_refused(
        output,
        1,
        &[
            "not enabled",
            "hint:",
            "https://console.developers.google.com/apis/api/photoslibrary.googleapis.com/overview?project=111",
        ],
    );
    assert!(env.google.stats().api_calls.is_empty(), "no quota is drawn");
    // Older answers had the sentence alone.
    let text = r#"{"error":{"code":403,"status":"PERMISSION_DENIED","message":"Photos Library API has not been used in project 111 before or it is disabled."}}"#;
    let (_, output) = sync(three_photos().fail(always(body(403, text))));
    let link = "https://console.cloud.google.com/apis/library/photoslibrary.googleapis.com";
    assert_refused(output, 1, &["not enabled", "hint:", link]);
}

#[test]
fn a_scope_that_google_finds_too_narrow_needs_a_new_sign_in() {
    let sentence = "Request had insufficient authentication scopes.";
    for details in [
        "",
        r#","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]"#,
    ] {
        let text = format!(
            r#"{{"error":{{"code":403,"message":"{sentence}","status":"PERMISSION_DENIED"{details}}}}}"#
        );
        let (env, output) = sync(three_photos().fail(always(body(403, &text))));
        assert_refused(
            output,
            4,
            &["scope", sentence, "hint:", "`gphotos-dl login`"],
        );
        assert_eq!(env.google.stats().all_byte_requests(), 0);
    }
}

#[test]
fn a_web_page_in_googles_place_is_recognised() {
    for fault in [
        Fault::new(FaultKind::HtmlOk).path("/v1/").always(),
        Fault::new(FaultKind::HtmlOk).route(Route::Search).always(),
    ] {
        let (_, output) = sync(three_photos().fail(fault));
        assert_refused(output, 3, &["web page", "not listed", "hint:"]);
    }
}

#[test]
fn a_web_page_for_a_moment_is_no_more_than_a_delay() {
    let page = Fault::new(FaultKind::HtmlOk).path("/v1/").nth(2).times(3);
    let (env, output) = sync(three_photos().fail(page));
    output.assert_exit(0);
    assert_eq!(env.archive().files.len(), 3);
}

#[test]
fn json_of_another_shape_is_never_an_empty_library() {
    for wrong in [
        WrongJson::MediaItemsIsText,
        WrongJson::MediaItemsIsNull,
        WrongJson::TokenIsNumber,
        WrongJson::DuplicateKeys,
        WrongJson::Deep { levels: 100_000 },
        WrongJson::Huge { bytes: 20 << 20 },
    ] {
        // Answers of megabytes take their time: one day of the walk is enough to tell.
        let first = Fault::new(FaultKind::Json(wrong)).route(Route::Search);
        let env = TestEnv::signed_in(three_photos().fail(first.always()));
        let day = "2024-03-10";
        let args = ["sync", "--since", day, "--until", day, "--no-full-listing"];
        let output = env.run(&args).assert_exit(3);
        assert!(output.stderr.contains("not listed"), "{wrong:?}:\n{output}");
        assert!(
            output.stderr.contains("Google's answer")
                || output.stderr.contains("the answer is larger"),
            "{wrong:?}:\n{output}"
        );
        // Whatever it was, the next run asks again and mends it.
        env.google.world(|world| world.faults.clear());
        env.run(&args).assert_exit(0);
        assert_eq!(env.archive().files.len(), 1, "{wrong:?}");
    }
}

#[test]
fn answers_that_are_no_listing_are_never_an_empty_library() {
    for text in [
        "",
        "null",
        "[]",
        "7",
        "\"\"",
        "[{\"mediaItems\":[]}]",
        "{\"mediaItems\":{}}",
    ] {
        let (_, output) = sync(three_photos().fail(always(body(200, text))));
        assert!(output.exit == 3, "{text:?}:\n{output}");
        assert!(output.stderr.contains("not listed"), "{text:?}:\n{output}");
    }
}

#[test]
fn an_error_with_status_200_is_no_empty_library() {
    let (_, output) = sync(three_photos().fail(always(FaultKind::JsonOk)));
    output.assert_exit(3).assert_says("not listed");
}

#[test]
fn an_item_with_nothing_but_an_id_is_fetched() {
    let bare = Item {
        filename: None,
        mime_type: None,
        created: None,
        dimensions: None,
        description: None,
        kind: Kind::Photo,
        ..Item::photo(9, "unused.jpg", "2024-03-09T06:15:42Z")
    };
    let id = bare.id.clone();
    let (env, output) = sync(three_photos().item(bare));
    output.assert_exit(0);
    let archive = env.archive();
    let row = archive
        .rows
        .iter()
        .find(|row| row["id"] == id)
        .expect("a row");
    assert_eq!(row["status"], "downloaded");
    assert_eq!(archive.files.len(), 4);
}

#[test]
fn an_item_without_an_id_is_reported_and_the_others_are_fetched() {
    for wrong in [WrongJson::ItemWithoutId, WrongJson::NullItem] {
        let fault = Fault::new(FaultKind::Json(wrong))
            .route(Route::List)
            .always();
        let (env, output) = sync(three_photos().fail(fault));
        output
            .assert_exit(3)
            .assert_says("not listed")
            .assert_says("without an id");
        assert_eq!(env.archive().files.len(), 3, "{wrong:?}");
    }
}

#[test]
fn page_tokens_that_never_end_are_noticed() {
    let world = three_photos()
        .with(|world| world.library.short_pages = Some(1))
        .fail(always(FaultKind::SamePageToken));
    let (env, output) = sync(world);
    output
        .assert_exit(3)
        .assert_says("not listed")
        .assert_says("page token");
    assert!(env.google.stats().count(Route::Search) < 200);
    assert!(env.google.stats().count(Route::List) < 200);
}
