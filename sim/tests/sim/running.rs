//! Starting and stopping, the line, the counters.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use gphotos_sim::{Item, Route, Seeded, Sim, World, serve, zoo};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::client::{google, on_day};

const DAY: &str = "2024-03-09T06:15:42Z";

#[test]
fn a_plain_test_can_start_one() {
    let sim = Sim::start_blocking(World::new().photo("a.jpg", DAY)).unwrap();
    let address = sim.endpoint().strip_prefix("http://").unwrap().to_owned();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    stream
        .write_all(
            format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes(),
        )
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"));
    drop(sim);
    assert!(
        std::net::TcpStream::connect(&address).is_err(),
        "the port is free again"
    );
}

#[tokio::test]
async fn the_caller_may_own_the_port_and_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(listener, World::new(), stopped));
    assert_eq!(
        reqwest::get(format!("http://{address}/"))
            .await
            .unwrap()
            .status()
            .as_u16(),
        404
    );
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_client_file_names_this_server() {
    let google = google(World::new()).await;
    let file: Value = serde_json::from_str(&google.sim.client_secret_json()).unwrap();
    let client = &file["installed"];
    assert_eq!(client["auth_uri"], google.url("/o/oauth2/v2/auth"));
    assert_eq!(client["token_uri"], google.url("/token"));
    assert_eq!(client["redirect_uris"], json!(["http://localhost"]));
    assert!(
        client["client_id"]
            .as_str()
            .unwrap()
            .ends_with(".apps.googleusercontent.com")
    );
}

#[tokio::test]
async fn latency_is_waited_for_once_per_request() {
    let google = google(World::new()).await;
    google.sim.world(|w| w.network.latency_ms = 80);
    let start = Instant::now();
    google.get("/v1/mediaItems").await;
    assert!(
        (80..400).contains(&start.elapsed().as_millis()),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn bandwidth_is_limited_per_connection() {
    let world =
        World::new().item(Item::photo(0, "a.jpg", DAY).with_bytes(Bytes::from(vec![7; 60_000])));
    let google = google(world.with(|w| w.network.bytes_per_second = Some(100_000))).await;
    let start = Instant::now();
    assert_eq!(
        google
            .bytes("a.jpg", "=d")
            .await
            .bytes()
            .await
            .unwrap()
            .len(),
        60_000
    );
    assert!(
        (450..1500).contains(&start.elapsed().as_millis()),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn everything_is_counted() {
    let google = google(World::new().photo("a.jpg", DAY).video("b.mp4", DAY)).await;
    google.search(json!({})).await;
    google.search(on_day(2024, 3, 9)).await;
    google.search(json!({ "pageSize": -1 })).await;
    google.bytes("a.jpg", "=d").await;
    google.bytes("a.jpg", "").await;
    let to = crate::client::redirect_of(&google.bytes("b.mp4", "=dv").await);
    google.http.get(to).send().await.unwrap();

    let stats = google.sim.stats();
    assert_eq!(stats.count_with(Route::Search, 200), 2);
    assert_eq!(stats.count_with(Route::Search, 400), 1);
    assert_eq!(stats.count(Route::Search), 3);
    assert_eq!(stats.count(Route::Authorize), 1);
    assert_eq!(
        (stats.codes_issued, stats.exchanges, stats.refreshes),
        (1, 1, 0)
    );
    let (a, b) = (google.id("a.jpg"), google.id("b.mp4"));
    assert_eq!(stats.bytes[&a]["=d"], 1);
    assert_eq!(stats.bytes[&a][""], 1);
    assert_eq!(stats.byte_requests(&a), 2);
    assert_eq!(
        (stats.bytes[&b]["=dv"], stats.bytes[&b]["redirected"]),
        (1, 1)
    );
    assert_eq!(stats.all_byte_requests(), 4);
    assert_eq!(stats.api_calls.values().sum::<u64>(), 3);
    assert_eq!(stats.media_calls.values().sum::<u64>(), 3);
    assert_eq!(stats.total(), 3 + 2 + 4);
    assert_eq!(stats.in_flight_max, 1);
    google.sim.reset_stats();
    assert_eq!(google.sim.stats().total(), 0);
}

#[tokio::test]
async fn the_most_requests_at_a_time_are_remembered() {
    let google = google(World::new().photo("a.jpg", DAY)).await;
    google.sim.world(|w| w.network.latency_ms = 100);
    let one = || google.get("/v1/mediaItems");
    tokio::join!(one(), one(), one());
    assert_eq!(google.sim.stats().in_flight_max, 3);
}

#[tokio::test]
async fn the_world_changes_while_it_is_served() {
    let google = google(World::new().photo("a.jpg", DAY)).await;
    assert_eq!(google.names(on_day(2024, 3, 9)).await, ["a.jpg"]);
    google.sim.world(|w| {
        w.items
            .push(Item::photo(1, "b.jpg", "2024-03-09T07:00:00Z"));
    });
    assert_eq!(google.names(on_day(2024, 3, 9)).await, ["b.jpg", "a.jpg"]);
    google.sim.world(|w| {
        w.items
            .retain(|item| item.filename.as_deref() != Some("a.jpg"));
    });
    assert_eq!(google.names(on_day(2024, 3, 9)).await, ["b.jpg"]);
}

#[tokio::test]
async fn simulated_time_starts_and_moves_as_told() {
    let start = "2024-06-01T00:00:00Z"
        .parse::<chrono::DateTime<chrono::Utc>>()
        .unwrap();
    let google = google(World::new().with(|w| w.now = Some(start))).await;
    google.sim.advance(Duration::from_hours(1));
    let elapsed = (google.sim.now() - start).num_seconds();
    assert!((3600..3660).contains(&elapsed), "{elapsed}");
    let response = google.http.get(google.url("/")).send().await.unwrap();
    assert!(
        response.headers()["date"]
            .to_str()
            .unwrap()
            .starts_with("Sat, 01 Jun 2024 01:0")
    );
}

#[tokio::test]
async fn a_large_library_is_listed_whole_and_quickly() {
    let start = "2024-01-01".parse().unwrap();
    let seeded = Seeded {
        seed: 1,
        items: 20_000,
        start,
        days: 365,
        photo_size: 0,
        video_share_percent: 5,
        motion_share_percent: 5,
    };
    let google = google(World::new().with_items(seeded.items())).await;
    let began = Instant::now();
    let (mut path, mut seen) = ("/v1/mediaItems?pageSize=100".to_owned(), 0);
    loop {
        let (_, page) = google.get(&path).await;
        seen += page["mediaItems"].as_array().unwrap().len();
        match page["nextPageToken"].as_str() {
            Some(token) => path = format!("/v1/mediaItems?pageSize=100&pageToken={token}"),
            None => break,
        }
    }
    assert_eq!(seen, 20_000);
    // Below one second even for an unoptimised build; a scan of the library per page would take many.
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn the_zoo_is_served() {
    let animals = zoo::zoo("2024-03-09".parse().unwrap());
    let count = animals.len();
    let google = google(World::new().with_items(animals)).await;
    let mut seen = 0;
    for page in google
        .pages(json!({ "pageSize": 100, "filters": { "includeArchivedMedia": true } }))
        .await
    {
        seen += page.len();
    }
    assert_eq!(seen, count);
    assert_eq!(google.sim.truth().len(), count, "every id once");
}

#[tokio::test]
async fn the_world_may_change_at_a_certain_request() {
    let google = google(World::new().photo("a.jpg", DAY)).await;
    google.sim.before(Route::Search, 2, |w| w.items.clear());
    assert_eq!(google.names(json!({})).await, ["a.jpg"]);
    assert_eq!(google.names(json!({})).await.len(), 0);
}
