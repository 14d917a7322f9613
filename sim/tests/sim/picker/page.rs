//! The page: a person with a browser and no script.

use gphotos_sim::{Item, Route, World};
use reqwest::StatusCode;
use serde_json::json;

use super::{DAY, filenames, limit, world};
use crate::client::{Google, picker};

impl Google {
    async fn page(&self, address: &str) -> (StatusCode, String) {
        let answer = self.http.get(address).send().await.unwrap();
        let status = answer.status();
        assert!(
            answer.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/html")
        );
        (status, answer.text().await.unwrap())
    }

    async fn done(&self, address: &str, names: &[&str]) -> (StatusCode, String) {
        let form: Vec<_> = names.iter().map(|name| ("item", self.id(name))).collect();
        let answer = self.http.post(address).form(&form).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
}

/// How many boxes there are, and how many of them are ticked.
fn boxes(page: &str) -> (usize, usize) {
    let boxes = page
        .matches("<input type=\"checkbox\" name=\"item\"")
        .count();
    (boxes, page.matches("\" checked>").count())
}

async fn address(google: &Google, most: &str) -> (String, String) {
    let (_, session) = google.create(Some(limit(&json!(most)))).await;
    let text = |name: &str| session[name].as_str().unwrap().to_owned();
    (text("id"), text("pickerUri"))
}

#[tokio::test]
async fn a_person_ticks_and_presses_done() {
    let google = picker(world()).await;
    let (session, address) = address(&google, "0").await;
    let (status, page) = google.page(&address).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(boxes(&page), (3, 0));
    assert!(page.contains("Select up to 2000 items"), "{page}");
    let place = |name: &str| page.find(name).unwrap();
    assert!(place("c.mp4") < place("b.jpg") && place("b.jpg") < place("a.jpg"));
    assert!(page.contains("(video, 2024-03-11 06:15)"));
    assert!(page.contains("<legend>") && page.contains("<label>") && page.contains("color-scheme"));
    assert!(!page.contains("<script"));

    let (status, thanks) = google.done(&address, &["a.jpg", "b.jpg", "a.jpg"]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        thanks.contains("2 items picked") && !thanks.contains("<script"),
        "{thanks}"
    );
    assert_eq!(google.poll(&session).await.1["mediaItemsSet"], true);
    let (_, list) = google.list(&session, "").await;
    assert_eq!(filenames(&list), ["a.jpg", "b.jpg"]);
    assert_eq!(google.sim.stats().count(Route::PickerDone), 1);
    assert_eq!(google.sim.broken_rules(), []);
}

#[tokio::test]
async fn the_tab_closes_itself_if_the_address_says_so() {
    let google = picker(world()).await;
    let (session, address) = address(&google, "0").await;
    let address = format!("{address}/autoclose");
    let (_, page) = google.page(&address).await;
    assert!(
        page.contains(&format!("action=\"/picker/{session}/autoclose\"")),
        "{page}"
    );
    let (status, thanks) = google.done(&address, &["a.jpg"]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(thanks.contains("1 item picked") && thanks.contains("window.close()"));
    assert_eq!(google.poll(&session).await.1["mediaItemsSet"], true);
}

#[tokio::test]
async fn everything_is_ticked_as_far_as_allowed_or_nothing() {
    let google = picker(world()).await;
    let (_, address) = address(&google, "2").await;
    let (_, page) = google.page(&format!("{address}?select=all")).await;
    assert_eq!(boxes(&page), (3, 2));
    let (_, page) = google.page(&format!("{address}?select=none")).await;
    assert_eq!(boxes(&page), (3, 0));
}

#[tokio::test]
async fn too_many_are_refused_and_stay_ticked() {
    let google = picker(world()).await;
    let (session, address) = address(&google, "1").await;
    let (status, page) = google.done(&address, &["a.jpg", "b.jpg"]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        page.contains("role=\"alert\"") && page.contains("at most 1"),
        "{page}"
    );
    assert_eq!(boxes(&page), (3, 2));
    assert_eq!(google.poll(&session).await.1.get("mediaItemsSet"), None);
    assert_eq!(google.done(&address, &["b.jpg"]).await.0, StatusCode::OK);
}

#[tokio::test]
async fn done_with_nothing_is_possible_or_not() {
    let google = picker(world().with(|w| w.picker.empty_selection = false)).await;
    let (session, address) = address(&google, "0").await;
    let (status, page) = google.done(&address, &[]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("Select at least one item"), "{page}");
    google.sim.world(|w| w.picker.empty_selection = true);
    assert_eq!(google.done(&address, &[]).await.0, StatusCode::OK);
    assert_eq!(google.poll(&session).await.1["mediaItemsSet"], true);
}

#[tokio::test]
async fn a_page_is_dead_after_done_delete_or_expiry() {
    let google = picker(world()).await;
    let finished = address(&google, "0").await;
    google.sim.pick(&finished.0, &["a.jpg"]);
    let deleted = address(&google, "0").await;
    google.delete(&deleted.0).await;
    let expired = address(&google, "0").await;
    google.sim.expire_sessions();
    let unknown = format!("{}/picker/nobody", google.sim.picker_endpoint());
    for (address, status, words) in [
        (deleted.1, StatusCode::GONE, "This session is over"),
        (expired.1, StatusCode::GONE, "This session is over"),
        (unknown, StatusCode::NOT_FOUND, "No such session"),
    ] {
        for (got, page) in [
            google.page(&address).await,
            google.done(&address, &["b.jpg"]).await,
        ] {
            assert_eq!(got, status);
            assert!(page.contains(words), "{page}");
        }
    }
    let again = address(&google, "0").await;
    google.sim.pick(&again.0, &["a.jpg"]);
    let (status, page) = google.done(&again.1, &["b.jpg"]).await;
    assert_eq!(status, StatusCode::GONE);
    assert!(page.contains("You have already picked"), "{page}");
    let (_, list) = google.list(&again.0, "").await;
    assert_eq!(filenames(&list), ["a.jpg"], "the first Done counts");
}

#[tokio::test]
async fn names_cannot_break_the_page() {
    let nasty = "<script>alert('x')</script>\"><img src=x onerror=y>&amp;.jpg";
    let nameless = Item {
        filename: None,
        created: None,
        ..Item::photo(8, "none", DAY)
    };
    let google = picker(World::new().photo(nasty, DAY).item(nameless)).await;
    let (_, address) = address(&google, "0").await;
    let (_, page) = google.page(&address).await;
    assert!(
        !page.contains("<script") && !page.contains("<img src=x"),
        "{page}"
    );
    assert!(page.contains("&lt;script&gt;alert") && page.contains("&amp;amp;.jpg"));
    assert!(page.contains("without a name <small>(no date)"));
    let path = format!("{}/picker/%22%3E%3Cb%3E", google.sim.picker_endpoint());
    assert!(!google.page(&path).await.1.contains("<b>"));
}

#[tokio::test]
async fn small_pictures_are_shown_while_somebody_picks() {
    let google = picker(world()).await;
    let (session, address) = address(&google, "0").await;
    let (_, page) = google.page(&address).await;
    let from = page.find("<img src=\"").unwrap() + 10;
    let path = page[from..].split('"').next().unwrap();
    let url = format!("{}{path}", google.sim.picker_endpoint());
    let picture = google.http.get(&url).send().await.unwrap();
    assert_eq!(picture.status(), StatusCode::OK);
    assert_eq!(picture.headers()["content-type"], "image/jpeg");
    google.sim.pick(&session, &[]);
    let picture = google.http.get(&url).send().await.unwrap();
    assert_eq!(picture.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn ids_that_nobody_has_are_passed_over() {
    let google = picker(world()).await;
    let (session, address) = address(&google, "0").await;
    let form = [("item", "nobody"), ("other", "x")];
    let answer = google.http.post(&address).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(google.list(&session, "").await, (StatusCode::OK, json!({})));
}
