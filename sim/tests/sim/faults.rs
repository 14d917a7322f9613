//! Faults that HTTP allows: other answers, wrong contents, delays. And which request a fault takes.

use std::time::{Duration, Instant};

use gphotos_sim::{ErrorBody, Fault, FaultKind, Item, RetryAfter, Route, World, WrongJson};
use reqwest::header::{CONTENT_ENCODING, CONTENT_RANGE, LOCATION, RANGE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::client::{Google, google};

const DAY: &str = "2024-03-09T06:15:42Z";

/// Ten known bytes under `a.jpg`, and another photo.
fn world() -> World {
    World::new()
        .item(Item::photo(0, "a.jpg", DAY).with_bytes(&b"0123456789"[..]))
        .photo("b.jpg", DAY)
}

async fn bytes_with(what: FaultKind) -> Response {
    let google = google(world().fail(Fault::new(what).path("/lr/"))).await;
    let response = google.bytes("a.jpg", "=d").await;
    assert_eq!(google.sim.stats().faults, 1);
    response
}

async fn listed_with(what: FaultKind) -> (StatusCode, Value) {
    google(world().fail(Fault::new(what).route(Route::List)))
        .await
        .get("/v1/mediaItems?pageSize=1")
        .await
}

async fn statuses(google: &Google, name: &str, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(google.bytes(name, "=d").await.status().as_u16());
    }
    statuses
}

#[tokio::test]
async fn a_fault_takes_the_requests_it_is_for() {
    let google = google(
        world().fail(
            Fault::new(FaultKind::status(500))
                .path("/lr/")
                .item("a.jpg")
                .nth(2)
                .times(2),
        ),
    )
    .await;
    assert_eq!(statuses(&google, "b.jpg", 3).await, [200; 3]);
    assert_eq!(
        statuses(&google, "a.jpg", 5).await,
        [200, 500, 500, 200, 200]
    );

    let by_id = Fault::new(FaultKind::status(503))
        .item(&google.id("b.jpg"))
        .suffix("=d")
        .always();
    google.sim.world(|w| w.faults = vec![by_id.clone()]);
    assert_eq!(statuses(&google, "b.jpg", 3).await, [503; 3]);
    assert_eq!(google.bytes("b.jpg", "").await.status(), StatusCode::OK);
    assert_eq!(
        google
            .get(&format!("/v1/mediaItems/{}", google.id("b.jpg")))
            .await
            .0,
        StatusCode::OK
    );
    assert_eq!(by_id.fired(), 3);
    google.sim.world(|w| w.faults.clear());
    assert_eq!(statuses(&google, "b.jpg", 1).await, [200]);
}

#[tokio::test]
async fn a_fault_may_count_for_each_item() {
    let google =
        google(world().fail(Fault::new(FaultKind::status(500)).path("/lr/").each_item())).await;
    assert_eq!(statuses(&google, "a.jpg", 2).await, [500, 200]);
    assert_eq!(statuses(&google, "b.jpg", 2).await, [500, 200]);
}

#[tokio::test]
async fn faults_take_turns_in_their_order() {
    let of = |code| Fault::new(FaultKind::status(code)).path("/lr/");
    let google = google(world().fail(of(500)).fail(of(502).times(2))).await;
    assert_eq!(statuses(&google, "a.jpg", 4).await, [500, 502, 502, 200]);
    assert_eq!(google.sim.stats().faults, 3);
}

#[tokio::test]
async fn a_fault_on_an_item_reaches_get_and_batch_get() {
    let google =
        google(world().fail(Fault::new(FaultKind::status(500)).item("a.jpg").always())).await;
    let id = google.id("a.jpg");
    assert_eq!(
        google.get(&format!("/v1/mediaItems/{id}")).await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(
        google
            .get(&format!("/v1/mediaItems:batchGet?mediaItemIds={id}"))
            .await
            .0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(google.get("/v1/mediaItems").await.0, StatusCode::OK);
}

#[tokio::test]
async fn faults_are_json_too() {
    let faults = json!([
        { "what": "reset_before_headers" },
        { "on": { "path": "/lr/", "suffix": "=dv", "item": "a.jpg", "nth": 2, "times": 3, "each_item": true }, "what": { "reset_after": { "bytes": 1000 } } },
        { "on": { "route": "batch_get", "times": "always" }, "what": { "status": { "code": 503, "body": "html", "retry_after": { "date_in": 60 } } } },
        { "what": { "status": { "code": 429, "retry_after": { "seconds": 30 } } } },
        { "what": { "status": { "code": 429, "body": "empty", "retry_after": { "text": "soon" } } } },
        { "what": "daily_quota" }, { "what": "minute_quota" }, { "what": "url_expired" },
        { "what": { "redirect": { "to": "http://169.254.169.254/" } } },
        { "what": { "token_error": { "error": "invalid_grant" } } },
        { "what": "html_ok" }, { "what": "json_ok" }, { "what": "empty_ok" },
        { "what": { "body": { "content_type": "text/plain", "text": "hello" } } },
        { "what": "close_before_headers" }, { "what": { "stall_before_headers": {} } },
        { "what": { "raw": "HTTP/1.1 200 OK\r\n\r\n" } }, { "what": { "raw": { "base64": "AAEC" } } },
        { "what": { "delay": { "ms": 10 } } }, { "what": { "close_after": { "bytes": 0 } } },
        { "what": { "truncate": { "bytes": 5, "framing": "chunked" } } }, { "what": { "truncate": { "bytes": 5 } } },
        { "what": { "chunked_without_end": { "bytes": 5 } } }, { "what": { "wrong_length": { "delta": -3 } } },
        { "what": { "length_text": "9223372036854775808" } }, { "what": "no_length" }, { "what": { "two_lengths": { "delta": 1 } } },
        { "what": { "stall_after_headers": { "seconds": 0.5 } } }, { "what": { "stall_after": { "bytes": 5 } } },
        { "what": { "drip": { "bytes_per_second": 0.03 } } }, { "what": { "header": { "name": "x", "value": "y" } } },
        { "what": "false_gzip" }, { "what": { "corrupt": { "at": 7 } } }, { "what": { "wrong_range": { "start": 1, "total": 0 } } },
        { "what": { "advance": { "seconds": 3600 } } }, { "what": "access_tokens_die" }, { "what": "revoke" },
        { "what": "same_page_token" }, { "what": { "base_url": "file:///etc/passwd" } },
        { "what": { "json": "media_items_is_text" } }, { "what": { "json": { "deep": { "levels": 100_000 } } } }
    ]);
    let world: World = serde_json::from_value(json!({
        "now": "2024-06-01T00:00:00Z",
        "oauth": { "consent": { "untick": ["x"] }, "expires_in_seconds": 2, "rotation": "drop_old" },
        "library": { "visible": false, "filter_zone": "item_local", "short_pages": 3 },
        "media": { "range": "ignored", "etag": "weak", "no_clip_status": 500 },
        "quota": { "api_per_day": 100, "resets_at": "utc" },
        "network": { "latency_ms": 50 },
        "faults": faults
    }))
    .unwrap();
    assert_eq!(world.faults.len(), 41);
    assert_eq!(world.faults[1].what, FaultKind::ResetAfter { bytes: 1000 });
    assert_eq!(world.faults[17].what, FaultKind::Raw(vec![0, 1, 2]));
    assert_eq!(world.library.short_pages, Some(3));
    let misspelt = serde_json::from_value::<World>(
        json!({ "faults": [{ "what": { "reset_after": { "byte": 1 } } }] }),
    );
    assert!(misspelt.unwrap_err().to_string().contains("byte"));
}

#[tokio::test]
async fn an_error_status_has_the_body_that_was_asked_for() {
    let (status, body) = listed_with(FaultKind::status(503)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body["error"]["status"], "UNAVAILABLE");
    let html = FaultKind::Status {
        code: 502,
        body: ErrorBody::Html,
        retry_after: None,
    };
    assert!(
        listed_with(html)
            .await
            .1
            .as_str()
            .unwrap()
            .contains("<html")
    );
    let empty = FaultKind::Status {
        code: 500,
        body: ErrorBody::Empty,
        retry_after: None,
    };
    assert_eq!(
        listed_with(empty).await,
        (StatusCode::INTERNAL_SERVER_ERROR, json!(""))
    );
}

#[tokio::test]
async fn retry_after_in_every_spelling() {
    let with = |retry_after| FaultKind::Status {
        code: 429,
        body: ErrorBody::Google,
        retry_after: Some(retry_after),
    };
    for (retry_after, expected) in [
        (RetryAfter::Seconds(30), "30"),
        (RetryAfter::Seconds(-5), "-5"),
        (RetryAfter::Text("soon".to_owned()), "soon"),
    ] {
        assert_eq!(
            bytes_with(with(retry_after)).await.headers()[RETRY_AFTER],
            expected
        );
    }
    let date = bytes_with(with(RetryAfter::DateIn(60))).await.headers()[RETRY_AFTER]
        .to_str()
        .unwrap()
        .to_owned();
    let date = chrono::DateTime::parse_from_rfc2822(&date)
        .unwrap()
        .to_utc();
    assert!(
        (55..=60).contains(&(date - chrono::Utc::now()).num_seconds()),
        "{date}"
    );
}

#[tokio::test]
async fn a_url_may_die_early() {
    let response = bytes_with(FaultKind::UrlExpired).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(response.text().await.unwrap().contains("<html"));
}

#[tokio::test]
async fn a_redirect_goes_anywhere() {
    let response = bytes_with(FaultKind::Redirect {
        to: "http://169.254.169.254/latest".to_owned(),
        code: 307,
    })
    .await;
    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(
        response.headers()[LOCATION],
        "http://169.254.169.254/latest"
    );
}

#[tokio::test]
async fn a_200_may_hold_anything() {
    for (what, contents) in [
        (FaultKind::HtmlOk, "<html"),
        (FaultKind::JsonOk, "\"INTERNAL\""),
        (FaultKind::EmptyOk, ""),
    ] {
        let response = bytes_with(what).await;
        assert_eq!(response.status(), StatusCode::OK);
        let text = response.text().await.unwrap();
        assert!(text.contains(contents), "{text}");
        assert_eq!(text.is_empty(), contents.is_empty());
    }
    let portal = FaultKind::Body {
        status: 511,
        content_type: "text/plain".to_owned(),
        text: "pay first".to_owned(),
    };
    assert_eq!(
        listed_with(portal).await,
        (
            StatusCode::NETWORK_AUTHENTICATION_REQUIRED,
            json!("pay first")
        )
    );
}

#[tokio::test]
async fn bytes_may_be_corrupt_or_said_to_be_compressed() {
    assert_eq!(
        bytes_with(FaultKind::Corrupt { at: 3 })
            .await
            .bytes()
            .await
            .unwrap(),
        &b"012\xcc456789"[..]
    );
    let response = bytes_with(FaultKind::FalseGzip).await;
    assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
    assert_eq!(response.bytes().await.unwrap(), "0123456789");
    let header = FaultKind::Header {
        name: "Content-Type".to_owned(),
        value: "text/plain".to_owned(),
    };
    assert_eq!(
        bytes_with(header).await.headers()["content-type"],
        "text/plain"
    );
}

#[tokio::test]
async fn a_part_may_be_another_one_than_it_says() {
    let google = google(
        world().fail(
            Fault::new(FaultKind::WrongRange {
                start: 1,
                total: 90,
            })
            .path("/lr/"),
        ),
    )
    .await;
    let response = google
        .http
        .get(google.bytes_url("a.jpg", "=d"))
        .header(RANGE, "bytes=4-")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()[CONTENT_RANGE], "bytes 5-10/100");
    assert_eq!(response.bytes().await.unwrap(), "456789");
}

#[tokio::test]
async fn an_answer_may_be_late() {
    let start = Instant::now();
    bytes_with(FaultKind::Delay { ms: 150 }).await;
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_page_token_may_repeat_for_ever() {
    let google = google(
        (0..9)
            .fold(World::new(), |world, n| world.photo(&n.to_string(), DAY))
            .fail(
                Fault::new(FaultKind::SamePageToken)
                    .route(Route::Search)
                    .always(),
            ),
    )
    .await;
    let (_, first) = google.search(json!({ "pageSize": 2 })).await;
    let token = &first["nextPageToken"];
    for _ in 0..5 {
        let (_, again) = google
            .search(json!({ "pageSize": 2, "pageToken": token }))
            .await;
        assert_eq!(&again["nextPageToken"], token);
    }
}

#[tokio::test]
async fn json_may_have_another_shape() {
    let with = |wrong| listed_with(FaultKind::Json(wrong));
    assert!(with(WrongJson::MediaItemsIsText).await.1["mediaItems"].is_string());
    assert_eq!(
        with(WrongJson::MediaItemsIsNull).await.1.get("mediaItems"),
        Some(&Value::Null)
    );
    assert_eq!(
        with(WrongJson::ItemWithoutId).await.1["mediaItems"][0].get("id"),
        None
    );
    assert_eq!(
        with(WrongJson::NullItem).await.1["mediaItems"][0],
        Value::Null
    );
    assert_eq!(with(WrongJson::TokenIsNumber).await.1["nextPageToken"], 7);
    assert_eq!(
        with(WrongJson::Huge { bytes: 100_000 }).await.1["mediaItems"][0]["description"]
            .as_str()
            .unwrap()
            .len(),
        100_000
    );
    let deep = with(WrongJson::Deep { levels: 1000 }).await.1;
    assert!(
        deep.as_str().unwrap().contains(&"[".repeat(1000)),
        "too deep for the test's own parser"
    );

    let google = google(
        world().fail(Fault::new(FaultKind::Json(WrongJson::DuplicateKeys)).route(Route::List)),
    )
    .await;
    let text = google
        .http
        .get(google.url("/v1/mediaItems"))
        .bearer_auth(&google.token)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert_eq!(text.matches("\"mediaItems\"").count(), 2);
}

#[tokio::test]
async fn a_base_url_may_point_elsewhere() {
    let (_, answer) = listed_with(FaultKind::BaseUrl("file:///etc/passwd".to_owned())).await;
    assert_eq!(answer["mediaItems"][0]["baseUrl"], "file:///etc/passwd");
}

#[tokio::test]
async fn time_may_pass_in_the_middle_of_a_run() {
    let google = google(
        world().fail(
            Fault::new(FaultKind::Advance { seconds: 3600 })
                .path("/lr/")
                .nth(2),
        ),
    )
    .await;
    let url = google.bytes_url("a.jpg", "=d");
    let status = || async {
        google
            .http
            .get(&url)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(
        [status().await, status().await, status().await],
        [200, 403, 403]
    );
    assert_eq!(
        google.get("/v1/mediaItems").await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn tokens_may_die_in_the_middle_of_a_run() {
    let on_list = |what, nth| Fault::new(what).route(Route::List).nth(nth);
    let world = world()
        .fail(on_list(FaultKind::AccessTokensDie, 2))
        .fail(on_list(FaultKind::Revoke, 2));
    let mut google = google(world).await;
    assert_eq!(google.get("/v1/mediaItems").await.0, StatusCode::OK);
    assert_eq!(
        google.get("/v1/mediaItems").await.0,
        StatusCode::UNAUTHORIZED
    );
    let tokens = google.sign_in().await;
    tokens["access_token"]
        .as_str()
        .unwrap()
        .clone_into(&mut google.token);
    assert_eq!(
        google.get("/v1/mediaItems").await.0,
        StatusCode::UNAUTHORIZED
    );
    let refresh = google.refresh_form(tokens["refresh_token"].as_str().unwrap());
    assert_eq!(
        google.token_endpoint(&refresh).await.1["error"],
        "invalid_grant"
    );
}
