//! The Picker API: sessions, listing, bytes, the page, and what clients should not do.

mod bytes;
mod faults;
mod items;
mod listing;
mod manners;
mod page;
mod person;
mod refusals;
mod sessions;

use gphotos_sim::World;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::client::{Google, answer};

const DAY: &str = "2024-03-09T06:15:42Z";

/// Three items; the video is the newest.
fn world() -> World {
    World::new()
        .photo("a.jpg", DAY)
        .photo("b.jpg", "2024-03-10T06:15:42Z")
        .video("c.mp4", "2024-03-11T06:15:42Z")
}

impl Google {
    /// One call of the Picker API with the client's token.
    async fn picking(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.sim.picker_endpoint());
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request.send().await.unwrap()).await
    }

    async fn create(&self, body: Option<Value>) -> (StatusCode, Value) {
        self.picking(Method::POST, "/v1/sessions", body).await
    }

    /// A session without wishes.
    async fn session(&self) -> String {
        let (status, session) = self.create(None).await;
        assert_eq!(status, StatusCode::OK, "{session}");
        session["id"].as_str().unwrap().to_owned()
    }

    /// A session in which these have been picked.
    async fn picked(&self, names: &[&str]) -> String {
        let session = self.session().await;
        self.sim.pick(&session, names);
        session
    }

    async fn poll(&self, session: &str) -> (StatusCode, Value) {
        self.picking(Method::GET, &format!("/v1/sessions/{session}"), None)
            .await
    }

    async fn delete(&self, session: &str) -> (StatusCode, Value) {
        self.picking(Method::DELETE, &format!("/v1/sessions/{session}"), None)
            .await
    }

    /// One page; `more` is appended to the query.
    async fn list(&self, session: &str, more: &str) -> (StatusCode, Value) {
        let path = format!("/v1/mediaItems?sessionId={session}{more}");
        self.picking(Method::GET, &path, None).await
    }

    /// The first item of a session with one picked item.
    async fn listed(&self, name: &str) -> Value {
        let session = self.picked(&[name]).await;
        let (status, page) = self.list(&session, "").await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page["mediaItems"][0].clone()
    }

    /// The base URL of an item that has just been picked.
    async fn picked_url(&self, name: &str) -> String {
        let item = self.listed(name).await;
        item["mediaFile"]["baseUrl"].as_str().unwrap().to_owned()
    }

    /// Bytes with the token, without following anything.
    async fn load(&self, url: &str) -> Response {
        let request = self.http.get(url).bearer_auth(&self.token);
        request.send().await.unwrap()
    }
}

fn filenames(page: &Value) -> Vec<&str> {
    let items = page["mediaItems"].as_array();
    items.map_or(Vec::new(), |items| {
        let names = items
            .iter()
            .map(|item| item["mediaFile"]["filename"].as_str());
        names.map(|name| name.unwrap_or("(none)")).collect()
    })
}

fn status_of(answer: &Value) -> &str {
    answer["error"]["status"].as_str().unwrap_or("(none)")
}

fn limit(count: &Value) -> Value {
    json!({ "pickingConfig": { "maxItemCount": count } })
}
