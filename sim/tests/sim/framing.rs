//! Faults below HTTP, seen byte by byte.

use std::time::{Duration, Instant};

use gphotos_sim::{Fault, FaultKind, Framing, Item, Route, Sim, World};

use crate::client::google;
use crate::raw::{self, End, Wire};

const BYTES: &[u8] = b"0123456789";

async fn sim(what: FaultKind) -> (Sim, String) {
    let item = Item::photo(0, "a.jpg", "2024-03-09T06:15:42Z").with_bytes(BYTES);
    let id = item.id.clone();
    let sim = Sim::start(World::new().item(item).fail(Fault::new(what).path("/lr/")))
        .await
        .unwrap();
    let url = format!("{}=d", sim.base_url(&id));
    (sim, url)
}

/// What comes over the wire for ten bytes, and that the next request is answered as if nothing had been.
async fn wire(what: FaultKind) -> Wire {
    let (sim, url) = sim(what).await;
    let wire = raw::get(&sim, &url).await;
    let next = raw::get(&sim, &url).await;
    assert_eq!(
        (next.body(), next.end),
        (BYTES, End::Open),
        "the fault was for one request"
    );
    wire
}

#[tokio::test]
async fn resets() {
    let before = wire(FaultKind::ResetBeforeHeaders).await;
    assert_eq!((before.bytes.len(), before.end), (0, End::Reset));
    let within = wire(FaultKind::ResetAfter { bytes: 4 }).await;
    assert_eq!(within.header("content-length"), ["10"]);
    assert_eq!((within.body(), within.end), (&b"0123"[..], End::Reset));
    let after_headers = wire(FaultKind::ResetAfter { bytes: 0 }).await;
    assert!(after_headers.head().starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(
        (after_headers.body().len(), after_headers.end),
        (0, End::Reset)
    );
}

#[tokio::test]
async fn early_ends() {
    let before = wire(FaultKind::CloseBeforeHeaders).await;
    assert_eq!((before.bytes.len(), before.end), (0, End::Closed));
    let within = wire(FaultKind::CloseAfter { bytes: 9 }).await;
    assert_eq!(within.header("content-length"), ["10"]);
    assert_eq!(
        (within.body(), within.end),
        (&b"012345678"[..], End::Closed)
    );
}

#[tokio::test]
async fn truncation_that_looks_complete() {
    let length = wire(FaultKind::Truncate {
        bytes: 4,
        framing: Framing::Length,
    })
    .await;
    assert_eq!(length.header("content-length"), ["4"]);
    assert_eq!((length.body(), length.end), (&b"0123"[..], End::Open));
    let chunked = wire(FaultKind::Truncate {
        bytes: 4,
        framing: Framing::Chunked,
    })
    .await;
    assert_eq!(chunked.header("transfer-encoding"), ["chunked"]);
    assert_eq!(chunked.header("content-length"), Vec::<String>::new());
    assert_eq!(
        (chunked.body(), chunked.end),
        (&b"4\r\n0123\r\n0\r\n\r\n"[..], End::Open)
    );
}

#[tokio::test]
async fn json_may_be_cut() {
    let world = World::new().photo("a.jpg", "2024-03-09T06:15:42Z").fail(
        Fault::new(FaultKind::Truncate {
            bytes: 30,
            framing: Framing::Length,
        })
        .route(Route::List),
    );
    let google = google(world).await;
    let wire = raw::get_with(
        &google.sim,
        "/v1/mediaItems",
        &format!("authorization: Bearer {}\r\n", google.token),
    )
    .await;
    assert_eq!(wire.body().len(), 30);
    assert!(wire.body().starts_with(b"{\"mediaItems\""));
}

#[tokio::test]
async fn chunks_without_an_end() {
    let wire = wire(FaultKind::ChunkedWithoutEnd { bytes: 6 }).await;
    assert_eq!(wire.header("transfer-encoding"), ["chunked"]);
    assert_eq!(
        (wire.body(), wire.end),
        (&b"6\r\n012345\r\n"[..], End::Closed)
    );
}

#[tokio::test]
async fn lengths_that_lie() {
    let large = wire(FaultKind::WrongLength { delta: 5 }).await;
    assert_eq!(large.header("content-length"), ["15"]);
    assert_eq!((large.body(), large.end), (BYTES, End::Closed));
    let small = wire(FaultKind::WrongLength { delta: -5 }).await;
    assert_eq!(small.header("content-length"), ["5"]);
    assert_eq!((small.body(), small.end), (BYTES, End::Closed));
    let none = wire(FaultKind::NoLength).await;
    assert_eq!(none.header("content-length"), Vec::<String>::new());
    assert_eq!(none.header("transfer-encoding"), Vec::<String>::new());
    assert_eq!((none.body(), none.end), (BYTES, End::Closed));
    let two = wire(FaultKind::TwoLengths { delta: 1 }).await;
    assert_eq!(two.header("content-length"), ["10", "11"]);
    let absurd = wire(FaultKind::LengthText("9223372036854775808".to_owned())).await;
    assert_eq!(absurd.header("content-length"), ["9223372036854775808"]);
}

#[tokio::test]
async fn stalls() {
    for (what, sent) in [
        (FaultKind::StallBeforeHeaders { seconds: None }, None),
        (FaultKind::StallAfterHeaders { seconds: None }, Some(0)),
        (
            FaultKind::StallAfter {
                bytes: 4,
                seconds: None,
            },
            Some(4),
        ),
    ] {
        let wire = wire(what).await;
        assert_eq!(wire.end, End::Open);
        assert_eq!(wire.bytes.is_empty(), sent.is_none());
        assert_eq!(wire.body().len(), sent.unwrap_or(0));
    }
    let start = Instant::now();
    let for_a_time = wire(FaultKind::StallAfter {
        bytes: 4,
        seconds: Some(0.1),
    })
    .await;
    assert!(start.elapsed() >= Duration::from_millis(100));
    assert_eq!((for_a_time.body(), for_a_time.end), (BYTES, End::Closed));
}

#[tokio::test]
async fn a_drip() {
    let start = Instant::now();
    let wire = wire(FaultKind::Drip {
        bytes_per_second: 20.0,
    })
    .await;
    assert!(start.elapsed() >= Duration::from_millis(450));
    assert_eq!((wire.body(), wire.end), (BYTES, End::Closed));
}

#[tokio::test]
async fn raw_bytes() {
    let wire = wire(FaultKind::Raw(b"SSH-2.0-surprise\r\n".to_vec())).await;
    assert_eq!(
        (&wire.bytes[..], wire.end),
        (&b"SSH-2.0-surprise\r\n"[..], End::Closed)
    );
}

#[tokio::test]
async fn a_fault_leaves_other_requests_of_the_connection_alone() {
    let (sim, url) = sim(FaultKind::ResetAfter { bytes: 4 }).await;
    sim.world(|w| w.faults[0].on.nth = 3);
    let http = reqwest::Client::new();
    for _ in 0..2 {
        assert_eq!(
            http.get(&url).send().await.unwrap().bytes().await.unwrap(),
            BYTES
        );
    }
    assert!(http.get(&url).send().await.unwrap().bytes().await.is_err());
    assert_eq!(
        http.get(&url).send().await.unwrap().bytes().await.unwrap(),
        BYTES
    );
    assert_eq!(sim.stats().connections, 2);
}

#[tokio::test]
async fn the_second_host_fails_as_well() {
    let google = google(
        World::new()
            .video("b.mp4", "2024-03-09T06:15:42Z")
            .fail(Fault::new(FaultKind::ResetAfter { bytes: 100 }).path("/video-downloads/")),
    )
    .await;
    let to = crate::client::redirect_of(&google.bytes("b.mp4", "=dv").await);
    assert!(
        google
            .http
            .get(to.clone())
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .is_err()
    );
    assert!(
        google
            .http
            .get(to)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .is_ok()
    );
}
