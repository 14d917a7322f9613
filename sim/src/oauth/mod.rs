//! OAuth 2.0 for desktop clients (`identity/protocols/oauth2/native-app`): consent, code, tokens, revocation.
//!
//! What a person does on Google's page is a switch here ([`Consent`]); what nobody could verify is one too.

mod authorize;
mod consent;
mod grants;
mod scopes;
mod token;

use std::sync::{Arc, PoisonError};

use hyper::StatusCode;
use hyper::header::WWW_AUTHENTICATE;
use serde::Deserialize;
use serde_json::json;

pub(crate) use grants::{Grants, Scopes};
pub use scopes::{LIBRARY_READ_SCOPE, PICKER_SCOPE};

use crate::call::Call;
use crate::google::Google;
use crate::reply::Reply;
use crate::route::Route;

/// The client, the person in front of the browser, and how long tokens live.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Oauth {
    pub client_id: String,
    pub client_secret: String,
    pub project_id: String,
    /// Default [`ClientType::Desktop`].
    pub client_type: ClientType,
    /// Default [`Consent::Auto`].
    pub consent: Consent,
    /// How long the person takes before the browser goes on. Default 0.
    pub person_ms: u64,
    /// `expires_in` of access tokens. Google's is 3599 most of the time.
    pub expires_in_seconds: u64,
    /// `refresh_token_expires_in`, and when the refresh token dies; a project in Testing has 604799. Default: neither.
    pub refresh_token_seconds: Option<u64>,
    /// When the answer to a code carries a refresh token. Sources disagree; default [`RefreshTokens::Always`].
    pub refresh_tokens: RefreshTokens,
    /// Whether a refresh brings a new refresh token. Default [`Rotation::Never`].
    pub rotation: Rotation,
    /// How long an authorization code lives. Default 600.
    pub code_seconds: u64,
    /// What asking for a removed Photos scope leads to. Unverified; default [`RemovedScopes::Consented`].
    pub removed_scopes: RemovedScopes,
    /// Whether a loopback redirect may have a path. Unverified; default [`LoopbackPath::Any`].
    pub loopback_path: LoopbackPath,
}

impl Default for Oauth {
    fn default() -> Self {
        Self {
            client_id: "111222333444-simulated.apps.googleusercontent.com".to_owned(),
            client_secret: "GOCSPX-simulated".to_owned(),
            project_id: "simulated-photos".to_owned(),
            client_type: ClientType::Desktop,
            consent: Consent::Auto,
            person_ms: 0,
            expires_in_seconds: 3599,
            refresh_token_seconds: None,
            refresh_tokens: RefreshTokens::Always,
            rotation: Rotation::Never,
            code_seconds: 600,
            removed_scopes: RemovedScopes::Consented,
            loopback_path: LoopbackPath::Any,
        }
    }
}

/// How the OAuth client is registered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// Any loopback redirect.
    Desktop,
    /// Only these redirects, to the letter.
    Web { redirect_uris: Vec<String> },
}

/// What happens on the consent page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// The browser comes back at once with a code.
    Auto,
    /// A page with a box per scope and two buttons.
    Form,
    /// The person presses Cancel.
    Deny,
    /// The person unticks these scopes.
    Untick(Vec<String>),
    /// The account is no test user of a project in Testing: a page, and never a redirect.
    TesterBlock,
    /// Another of the pages that end the matter, such as 403 `admin_policy_enforced`.
    Page { status: u16, error: String },
}

/// When a code brings a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshTokens {
    /// As the page for installed apps says.
    Always,
    /// As the page for web servers says: the first time, or with `prompt=consent`.
    FirstOrPrompted,
    Never,
}

/// What a refresh does to the refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    Never,
    /// A new one comes, the old one stays good.
    KeepOld,
    /// A new one comes, the old one is dead.
    DropOld,
}

/// What becomes of `photoslibrary.readonly` and its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovedScopes {
    /// Consent works, every call is refused for its scope.
    Consented,
    /// A page with `invalid_scope`.
    Invalid,
}

/// What a loopback redirect may look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoopbackPath {
    Any,
    /// Nothing or `/` behind the port.
    RootOnly,
}

pub(crate) fn answer(google: &Arc<Google>, call: &Call) -> Reply {
    let answered = match call.route {
        Route::Authorize => consent::begin(google, call),
        Route::Approve => consent::approve(google, call),
        Route::Token => token::token(google, call),
        _ => token::revoke(google, call),
    };
    answered.unwrap_or_else(|refusal| refusal)
}

/// An API that a project has to enable, with a scope of its own. A token of one does not serve the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Library,
    Picker,
}

impl Api {
    /// As the console spells it.
    fn title(self) -> &'static str {
        match self {
            Self::Library => "Photos Library API",
            Self::Picker => "Photos Picker API",
        }
    }

    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::Library => "photoslibrary.googleapis.com",
            Self::Picker => "photospicker.googleapis.com",
        }
    }

    fn scope(self) -> &'static str {
        match self {
            Self::Library => LIBRARY_READ_SCOPE,
            Self::Picker => PICKER_SCOPE,
        }
    }
}

/// What the bearer token of a request is good for; `None` without a token or with a dead one.
pub(crate) fn scopes_of(google: &Google, call: &Call) -> Option<Scopes> {
    let now = google.clock.now_ms();
    let grants = google.grants.lock().unwrap_or_else(PoisonError::into_inner);
    call.bearer().and_then(|token| grants.scopes_of(token, now))
}

/// Whether a call to an API may go on.
pub(crate) fn authorise(google: &Google, call: &Call, api: Api) -> Result<(), Reply> {
    let scopes = scopes_of(google, call).ok_or_else(unauthenticated)?;
    let world = &google.stock().world;
    let enabled = match api {
        Api::Library => world.library.enabled,
        Api::Picker => world.picker.enabled,
    };
    if !enabled {
        return Err(service_disabled(api));
    }
    if scopes.iter().any(|scope| scope == api.scope()) {
        return Ok(());
    }
    let message = "Request had insufficient authentication scopes.";
    Err(if world.library.scope_details {
        let reason = json!([{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "domain": "googleapis.com", "metadata": { "service": api.service() }
        }]);
        Reply::error_with_details(StatusCode::FORBIDDEN, message, &reason)
    } else {
        Reply::error(StatusCode::FORBIDDEN, message)
    })
}

fn unauthenticated() -> Reply {
    Reply::error(
        StatusCode::UNAUTHORIZED,
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
    )
    .with(WWW_AUTHENTICATE, "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"")
}

fn service_disabled(api: Api) -> Reply {
    let (title, service) = (api.title(), api.service());
    let url =
        format!("https://console.developers.google.com/apis/api/{service}/overview?project=111");
    let message = format!(
        "{title} has not been used in project 111 before or it is disabled. Enable it by visiting {url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
    );
    let details = json!([
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED", "domain": "googleapis.com",
            "metadata": { "service": service, "consumer": "projects/111", "activationUrl": url }
        },
        { "@type": "type.googleapis.com/google.rpc.LocalizedMessage", "locale": "en-US", "message": message },
        {
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [{ "description": "Google developers console API activation", "url": url }]
        }
    ]);
    Reply::error_with_details(StatusCode::FORBIDDEN, &message, &details)
}
