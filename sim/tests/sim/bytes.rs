//! Base URLs: suffixes, lifetimes, ranges, hosts.

use std::time::Duration;

use bytes::Bytes;
use gphotos_sim::{Content, Digest, Etag, Item, Kind, RangeSupport, Rule, VideoStatus, World};
use reqwest::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    IF_RANGE, RANGE,
};
use reqwest::{Response, StatusCode};

use crate::client::{Google, google, redirect_of};

const DAY: &str = "2024-03-09T06:15:42Z";

fn world() -> World {
    let motion = Item {
        content: Content::MotionPhoto { seed: 3, size: 0 },
        ..Item::photo(3, "motion.jpg", DAY)
    };
    World::new()
        .photo("a.jpg", DAY)
        .video("b.mp4", DAY)
        .item(motion)
}

fn content_type(response: &Response) -> &str {
    response.headers()[CONTENT_TYPE].to_str().unwrap()
}

async fn digest(response: Response) -> Digest {
    assert_eq!(response.status(), StatusCode::OK);
    Digest::of(&response.bytes().await.unwrap())
}

async fn ranged(google: &Google, range: &str) -> Response {
    google
        .http
        .get(google.bytes_url("a.jpg", "=d"))
        .header(RANGE, range)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn downloads_are_the_truth() {
    let google = google(world().with(|w| w.media.redirect_videos = false)).await;
    let truth = google.sim.truth();
    let of = |name: &str| &truth[&google.id(name)];
    assert_eq!(
        digest(google.bytes("a.jpg", "=d").await).await,
        of("a.jpg").original
    );
    assert_eq!(
        digest(google.bytes("b.mp4", "=dv").await).await,
        of("b.mp4").original
    );
    assert_eq!(
        digest(google.bytes("motion.jpg", "=d").await).await,
        of("motion.jpg").original
    );
    assert_eq!(
        Some(digest(google.bytes("motion.jpg", "=dv").await).await),
        of("motion.jpg").clip
    );
    assert_eq!(of("a.jpg").clip, None);
}

#[tokio::test]
async fn the_type_is_that_of_the_bytes() {
    let lying = Item {
        mime_type: Some("image/heif".to_owned()),
        ..Item::photo(9, "IMG_1.HEIC", DAY)
    };
    let google = google(
        world()
            .item(lying)
            .with(|w| w.media.redirect_videos = false),
    )
    .await;
    assert_eq!(
        content_type(&google.bytes("IMG_1.HEIC", "=d").await),
        "image/jpeg"
    );
    assert_eq!(
        content_type(&google.bytes("b.mp4", "=dv").await),
        "video/mp4"
    );
    assert_eq!(
        content_type(&google.bytes("motion.jpg", "=dv").await),
        "video/mp4"
    );
}

#[tokio::test]
async fn without_download_suffix_there_is_a_small_picture() {
    let google = google(world()).await;
    let original = &google.sim.truth()[&google.id("a.jpg")].original;
    for suffix in ["", "=w512-h512", "=w256-h256-c", "=w256-h256-no"] {
        let response = google.bytes("a.jpg", suffix).await;
        assert_eq!(content_type(&response), "image/jpeg");
        assert_ne!(&digest(response).await, original, "{suffix}");
    }
    assert_eq!(
        google.bytes("a.jpg", "=w99999").await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        google.bytes("a.jpg", "=x").await.status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn the_image_suffix_of_a_video_gives_a_picture() {
    let google = google(world()).await;
    let response = google.bytes("b.mp4", "=d").await;
    assert_eq!(content_type(&response), "image/jpeg");
    assert_ne!(
        digest(response).await,
        google.sim.truth()[&google.id("b.mp4")].original
    );
}

#[tokio::test]
async fn the_video_suffix_of_a_plain_photo_fails_as_set() {
    let google = google(world()).await;
    for status in [404, 400, 500] {
        google.sim.world(|w| w.media.no_clip_status = status);
        assert_eq!(google.bytes("a.jpg", "=dv").await.status().as_u16(), status);
    }
}

#[tokio::test]
async fn a_video_that_is_not_ready_fails() {
    let google = google(world()).await;
    for status in [VideoStatus::Processing, VideoStatus::Failed] {
        google
            .sim
            .world(|w| w.named("b.mp4").kind = Kind::Video(status));
        assert_eq!(
            google.bytes("b.mp4", "=dv").await.status(),
            StatusCode::NOT_FOUND
        );
    }
    google.sim.world(|w| w.media.not_ready_status = 500);
    assert_eq!(
        google.bytes("b.mp4", "=dv").await.status(),
        StatusCode::INTERNAL_SERVER_ERROR
    );
}

#[tokio::test]
async fn videos_come_from_a_second_host_that_ignores_ranges() {
    let google = google(world()).await;
    let to = redirect_of(&google.bytes("b.mp4", "=dv").await);
    assert!(to.as_str().starts_with(google.sim.downloads_endpoint()));
    assert_ne!(google.sim.downloads_endpoint(), google.sim.endpoint());
    let response = google
        .http
        .get(to.clone())
        .header(RANGE, "bytes=10-")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers().get(ACCEPT_RANGES), None);
    assert_eq!(
        digest(response).await,
        google.sim.truth()[&google.id("b.mp4")].original
    );

    google
        .sim
        .world(|w| w.media.range_on_downloads = RangeSupport::Honoured);
    let response = google
        .http
        .get(to.clone())
        .header(RANGE, "bytes=10-")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);

    let path = to.path().to_owned();
    assert_eq!(
        google
            .http
            .get(google.url(&path))
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::NOT_FOUND,
        "not on the first host"
    );
}

#[tokio::test]
async fn urls_die_after_an_hour_with_an_html_page() {
    let google = google(world()).await;
    let url = google.bytes_url("a.jpg", "=d");
    google.sim.advance(Duration::from_mins(59));
    assert_eq!(
        google.http.get(&url).send().await.unwrap().status(),
        StatusCode::OK
    );
    google.sim.advance(Duration::from_mins(1));
    let response = google.http.get(&url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(content_type(&response).starts_with("text/html"));
    assert!(response.text().await.unwrap().contains("<html"));
    assert_eq!(
        google.bytes("a.jpg", "=d").await.status(),
        StatusCode::OK,
        "a new URL"
    );

    google.sim.world(|w| w.media.base_url_seconds = 2);
    let url = google.bytes_url("a.jpg", "=d");
    google.sim.advance(Duration::from_secs(2));
    assert_eq!(
        google.http.get(&url).send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_made_up_url_is_forbidden_and_a_deleted_item_is_a_404_image() {
    let google = google(world()).await;
    let url = google.bytes_url("a.jpg", "=d");
    assert_eq!(
        google
            .http
            .get(google.url("/lr/made-up=d"))
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::FORBIDDEN
    );
    google.sim.world(|w| w.items.clear());
    let response = google.http.get(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(content_type(&response).starts_with("image/"));
    assert!(!response.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn ranges_are_honoured_or_ignored() {
    let google = google(
        World::new()
            .item(Item::photo(1, "a.jpg", DAY).with_bytes(Bytes::from_static(b"0123456789"))),
    )
    .await;
    let part = ranged(&google, "bytes=4-").await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers()[CONTENT_RANGE], "bytes 4-9/10");
    assert_eq!(part.bytes().await.unwrap(), "456789");
    let behind = ranged(&google, "bytes=10-").await;
    assert_eq!(behind.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(behind.headers()[CONTENT_RANGE], "bytes */10");

    google.sim.world(|w| w.media.range = RangeSupport::Ignored);
    let whole = ranged(&google, "bytes=4-").await;
    assert_eq!(whole.status(), StatusCode::OK);
    assert_eq!(whole.headers().get(CONTENT_RANGE), None);
    assert_eq!(whole.bytes().await.unwrap(), "0123456789");
}

#[tokio::test]
async fn a_range_holds_only_for_what_it_began_with() {
    let google = google(world().with(|w| w.media.etag = Etag::Strong)).await;
    let etag = google.bytes("a.jpg", "=d").await.headers()[ETAG].clone();
    let conditional = || {
        google
            .http
            .get(google.bytes_url("a.jpg", "=d"))
            .header(RANGE, "bytes=4-")
            .header(IF_RANGE, etag.clone())
            .send()
    };
    assert_eq!(
        conditional().await.unwrap().status(),
        StatusCode::PARTIAL_CONTENT
    );
    google
        .sim
        .world(|w| w.named("a.jpg").content = Content::Raw(Bytes::from_static(b"something else")));
    let changed = conditional().await.unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(changed.headers()[ETAG], etag);
}

#[tokio::test]
async fn validators_are_a_switch() {
    let google = google(world()).await;
    assert_eq!(google.bytes("a.jpg", "=d").await.headers().get(ETAG), None);
    google.sim.world(|w| w.media.etag = Etag::Weak);
    assert!(
        google.bytes("a.jpg", "=d").await.headers()[ETAG]
            .to_str()
            .unwrap()
            .starts_with("W/\"")
    );
}

#[tokio::test]
async fn a_download_names_its_file_if_told_to() {
    let google = google(World::new().photo("Größe \"1\".jpg", DAY)).await;
    let disposition =
        google.bytes("Größe \"1\".jpg", "=d").await.headers()[CONTENT_DISPOSITION].clone();
    assert!(
        disposition
            .to_str()
            .unwrap()
            .starts_with("attachment;filename=\"Gr__e _1_.jpg\";filename*=UTF-8''Gr%C3%B6"),
        "{disposition:?}"
    );
    google.sim.world(|w| w.media.content_disposition = false);
    assert_eq!(
        google
            .bytes("Größe \"1\".jpg", "=d")
            .await
            .headers()
            .get(CONTENT_DISPOSITION),
        None
    );
}

#[tokio::test]
async fn a_head_request_tells_the_size() {
    let google = google(world()).await;
    let response = google
        .http
        .head(google.bytes_url("a.jpg", "=d"))
        .send()
        .await
        .unwrap();
    let size = google.sim.truth()[&google.id("a.jpg")].original.size;
    assert_eq!(response.headers()[CONTENT_LENGTH], size.to_string());
    assert!(response.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_credential_on_a_byte_request_breaks_a_rule() {
    let google = google(world()).await;
    let with_token = |url: String| google.http.get(url).bearer_auth(&google.token).send();
    assert_eq!(
        with_token(google.bytes_url("a.jpg", "=d"))
            .await
            .unwrap()
            .status(),
        StatusCode::OK,
        "tolerated"
    );
    let to = redirect_of(&google.bytes("b.mp4", "=dv").await);
    with_token(to.into()).await.unwrap();
    google
        .http
        .get(google.url("/v1/mediaItems?access_token=secret"))
        .send()
        .await
        .unwrap();
    let rules: Vec<Rule> = google.sim.broken_rules().iter().map(|it| it.rule).collect();
    assert_eq!(
        rules,
        [
            Rule::CredentialOnByteRequest,
            Rule::CredentialAtSecondHost,
            Rule::CredentialInUrl
        ]
    );
}
