//! A small client: what the tests say to a simulator, and the sign-in that most of them need.

use gphotos_sim::{LIBRARY_READ_SCOPE, PICKER_SCOPE, Sim, World};
use reqwest::header::LOCATION;
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::{Value, json};
use url::Url;

/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:54321";

pub(crate) struct Google {
    pub(crate) sim: Sim,
    pub(crate) http: Client,
    pub(crate) token: String,
}

/// A running simulator and a client that is signed in to it.
pub(crate) async fn google(world: World) -> Google {
    let mut google = signed_out(world).await;
    let tokens = google.sign_in().await;
    tokens["access_token"]
        .as_str()
        .unwrap()
        .clone_into(&mut google.token);
    google
}

/// The same, signed in for the Picker instead of the Library.
pub(crate) async fn picker(world: World) -> Google {
    let mut google = signed_out(world).await;
    google.token = google.picker_token().await;
    google
}

pub(crate) async fn signed_out(world: World) -> Google {
    let http = Client::builder()
        .redirect(redirect::Policy::none())
        .no_gzip()
        .build()
        .unwrap();
    Google {
        sim: Sim::start(world).await.unwrap(),
        http,
        token: String::new(),
    }
}

impl Google {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sim.endpoint())
    }

    /// The parameters of a flawless authorization request.
    pub(crate) fn request(&self) -> Vec<(&'static str, String)> {
        [
            ("client_id", self.sim.world(|w| w.oauth.client_id.clone())),
            ("redirect_uri", REDIRECT.to_owned()),
            ("response_type", "code".to_owned()),
            ("scope", LIBRARY_READ_SCOPE.to_owned()),
            ("code_challenge", CHALLENGE.to_owned()),
            ("code_challenge_method", "S256".to_owned()),
            ("state", "xyz".to_owned()),
            ("access_type", "offline".to_owned()),
            ("prompt", "consent".to_owned()),
        ]
        .into()
    }

    /// The same with one parameter changed, or left out if the value is empty.
    pub(crate) fn request_with(&self, name: &str, value: &str) -> Vec<(&'static str, String)> {
        let changed = self
            .request()
            .into_iter()
            .map(|(key, old)| (key, if key == name { value.to_owned() } else { old }));
        changed.filter(|(_, value)| !value.is_empty()).collect()
    }

    pub(crate) async fn authorize(&self, request: &[(&str, String)]) -> Response {
        self.http
            .get(self.url("/o/oauth2/v2/auth"))
            .query(request)
            .send()
            .await
            .unwrap()
    }

    /// A code by automatic consent.
    pub(crate) async fn code(&self) -> String {
        query_of(&redirect_of(&self.authorize(&self.request()).await), "code").unwrap()
    }

    /// The form of a flawless exchange.
    pub(crate) fn exchange(&self, code: &str) -> Vec<(&'static str, String)> {
        let (id, secret) = self
            .sim
            .world(|w| (w.oauth.client_id.clone(), w.oauth.client_secret.clone()));
        [
            ("client_id", id),
            ("client_secret", secret),
            ("code", code.to_owned()),
            ("code_verifier", VERIFIER.to_owned()),
            ("grant_type", "authorization_code".to_owned()),
            ("redirect_uri", REDIRECT.to_owned()),
        ]
        .into()
    }

    pub(crate) fn refresh_form(&self, refresh_token: &str) -> Vec<(&'static str, String)> {
        let id = self.sim.world(|w| w.oauth.client_id.clone());
        [
            ("client_id", id),
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", refresh_token.to_owned()),
        ]
        .into()
    }

    pub(crate) async fn token_endpoint(&self, form: &[(&str, String)]) -> (StatusCode, Value) {
        answer(
            self.http
                .post(self.url("/token"))
                .form(form)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// The answer of the token endpoint to a whole consent.
    pub(crate) async fn sign_in(&self) -> Value {
        let form = self.exchange(&self.code().await);
        let (status, tokens) = self.token_endpoint(&form).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        tokens
    }

    /// An access token for the Picker.
    pub(crate) async fn picker_token(&self) -> String {
        let request = self.request_with("scope", PICKER_SCOPE);
        let code = query_of(&redirect_of(&self.authorize(&request).await), "code").unwrap();
        let (status, tokens) = self.token_endpoint(&self.exchange(&code)).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(
            self.http
                .get(self.url(path))
                .bearer_auth(&self.token)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn search(&self, body: Value) -> (StatusCode, Value) {
        let request = self
            .http
            .post(self.url("/v1/mediaItems:search"))
            .bearer_auth(&self.token)
            .json(&body);
        answer(request.send().await.unwrap()).await
    }

    /// Names of what a search for one page returns.
    pub(crate) async fn names(&self, body: Value) -> Vec<String> {
        let (status, answer) = self.search(body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        names(&answer)
    }

    /// Names page by page until there is no token.
    pub(crate) async fn pages(&self, mut body: Value) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        loop {
            let (status, answer) = self.search(body.clone()).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            pages.push(names(&answer));
            assert!(pages.len() < 50, "the listing does not end");
            match answer["nextPageToken"].as_str() {
                Some(token) => body["pageToken"] = token.into(),
                None => return pages,
            }
        }
    }

    pub(crate) fn id(&self, filename: &str) -> String {
        self.sim.world(|w| w.named(filename).id.clone())
    }

    /// A base URL with a suffix.
    pub(crate) fn bytes_url(&self, filename: &str, suffix: &str) -> String {
        format!("{}{suffix}", self.sim.base_url(&self.id(filename)))
    }

    pub(crate) async fn bytes(&self, filename: &str, suffix: &str) -> Response {
        self.http
            .get(self.bytes_url(filename, suffix))
            .send()
            .await
            .unwrap()
    }
}

pub(crate) async fn answer(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

pub(crate) fn names(answer: &Value) -> Vec<String> {
    let items = answer["mediaItems"].as_array().cloned().unwrap_or_default();
    items
        .iter()
        .map(|item| item["filename"].as_str().unwrap_or("(none)").to_owned())
        .collect()
}

pub(crate) fn redirect_of(response: &Response) -> Url {
    assert_eq!(response.status(), StatusCode::FOUND);
    Url::parse(response.headers()[LOCATION].to_str().unwrap()).unwrap()
}

pub(crate) fn query_of(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A search for one day.
pub(crate) fn on_day(year: i32, month: u32, day: u32) -> Value {
    json!({ "filters": { "dateFilter": { "dates": [{ "year": year, "month": month, "day": day }] } } })
}
