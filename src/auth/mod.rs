//! Signing in to Google and staying signed in.
//!
//! A run owns one [`Session`]: it hands out access tokens and refreshes them, once, however many requests ask. Signing in
//! is the loopback flow for installed apps (RFC 8252) with PKCE:
//! <https://developers.google.com/identity/protocols/oauth2/native-app>.

pub(crate) mod client_secret;
pub(crate) mod flow;
pub(crate) mod health;
pub(crate) mod login;
mod loopback;
pub(crate) mod secret;
pub(crate) mod token_file;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use chrono::TimeDelta;
use serde::Serialize;

use crate::auth::client_secret::ClientSecret;
use crate::auth::flow::OAuth;
use crate::auth::secret::Secret;
use crate::auth::token_file::{Refused, Token, TokenFile};
use crate::http::Http;
use crate::http::retry::Failure;

/// What a sign-in is for. Each has a permission and a token file of its own: who wants only the one need not grant the
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Purpose {
    /// `sync`.
    Library,
    /// `pick`.
    Picker,
}

impl Purpose {
    pub(crate) const ALL: [Self; 2] = [Self::Library, Self::Picker];

    /// The only scope that is needed. The Library's: what this app uploaded itself, which is all that that API shows since
    /// 31 March 2025 (<https://developers.google.com/photos/support/updates>). The Picker's: what a person selects.
    pub(crate) fn scope(self) -> &'static str {
        match self {
            Self::Library => {
                "https://www.googleapis.com/auth/photoslibrary.readonly.appcreateddata"
            }
            Self::Picker => "https://www.googleapis.com/auth/photospicker.mediaitems.readonly",
        }
    }

    /// The command that signs in.
    pub(crate) fn login(self) -> &'static str {
        match self {
            Self::Library => "gphotos-dl login",
            Self::Picker => "gphotos-dl login --for picker",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Library => "token_library.json",
            Self::Picker => "token_picker.json",
        }
    }
}

/// Why there is no access token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    #[error("could not use the OAuth client in {}: {problem}", path.display())]
    ClientFile {
        path: PathBuf,
        problem: client_secret::Problem,
    },
    #[error("not signed in: {0}")]
    NotSignedIn(String),
    #[error("Google did not grant the permission that was asked for ({0})")]
    ScopeMissing(String),
    #[error("Google sent no refresh token, so this sign-in would die within the hour")]
    NoRefreshToken,
    #[error("the sign-in is no longer valid: {0}")]
    Expired(String),
    #[error("the sign-in was refused ({0})")]
    Denied(String),
    #[error("nobody signed in within {0} second{plural}", plural = if *.0 == 1 { "" } else { "s" })]
    TimedOut(u64),
    #[error("could not use the pasted address: {0}")]
    Pasted(String),
    #[error("could not listen on 127.0.0.1:{port}")]
    Listen { port: u16, source: std::io::Error },
    #[error("Google's token endpoint refused: {0}")]
    Refused(String),
    #[error("could not change the token in {}", path.display())]
    TokenFile {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("could not talk to Google's sign-in service")]
    Http(#[from] Failure),
}

/// A sign-in that lasts as long as the run. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Session {
    shared: Arc<Shared>,
}

struct Shared {
    oauth: OAuth,
    http: Http,
    file: TokenFile,
    /// Held during a refresh, so that everyone who asks meanwhile gets its result.
    token: tokio::sync::Mutex<Token>,
    /// Why Google no longer takes the refresh token: it need not be told twice.
    dead: OnceLock<String>,
    /// Why the newest token could not be kept, if so: the run goes on with it, and says so at its end.
    unsaved: std::sync::Mutex<Option<String>>,
}

impl Session {
    /// The cached sign-in of this client.
    pub(crate) fn resume(
        client: ClientSecret,
        file: TokenFile,
        http: Http,
    ) -> Result<Self, AuthError> {
        let token = file.load(&client.client_id)?;
        Ok(Self::new(client, file, token, http))
    }

    pub(crate) fn new(client: ClientSecret, file: TokenFile, token: Token, http: Http) -> Self {
        let shared = Shared {
            oauth: OAuth::new(client),
            http,
            file,
            token: tokio::sync::Mutex::new(token),
            dead: OnceLock::new(),
            unsaved: std::sync::Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// An access token that is good for a while yet.
    pub(crate) async fn access_token(&self) -> Result<Secret, AuthError> {
        let mut token = self.shared.token.lock().await;
        // Early by a tenth of its life, five minutes at most: a token that dies on the way costs a request.
        let margin = TimeDelta::seconds((token.lifetime_s / 10).clamp(0, 300));
        if self.shared.http.clock.now() >= token.expires_at - margin {
            self.refresh(&mut token).await?;
        }
        Ok(token.access_token.clone())
    }

    /// A token to use instead of one that the server did not accept: refreshed once, whoever else was refused too.
    pub(crate) async fn replace(&self, refused: &Secret) -> Result<Secret, AuthError> {
        let mut token = self.shared.token.lock().await;
        if token.access_token == *refused {
            self.refresh(&mut token).await?;
        }
        Ok(token.access_token.clone())
    }

    /// Writes down, for `status`, that Google does not take what this sign-in gives.
    pub(crate) async fn note_refusal(&self, why: &str) {
        let token = self.shared.token.lock().await;
        self.note_refusal_of(&token, why);
    }

    fn note_refusal_of(&self, token: &Token, why: &str) {
        let refused = Refused {
            at: self.shared.http.clock.now(),
            why: why.to_owned(),
        };
        // The run ends with the same words, so nobody misses them.
        if let Err(error) = self.shared.file.note_refusal(token, refused) {
            tracing::debug!(%error, "the refusal could not be remembered");
        }
    }

    /// Why the newest token could not be saved, if it could not.
    pub(crate) fn unsaved(&self) -> Option<String> {
        self.shared.unsaved.lock().ok()?.clone()
    }

    async fn refresh(&self, token: &mut Token) -> Result<(), AuthError> {
        let shared = &self.shared;
        // Another run may have refreshed meanwhile, and Google may have replaced the refresh token: the file has the newest.
        if let Some(saved) = shared.file.load_any()
            && saved.client_id == token.client_id
            && saved.access_token != token.access_token
            && saved.expires_at > shared.http.clock.now() + TimeDelta::minutes(1)
        {
            *token = saved;
            return Ok(());
        }
        if let Some(why) = shared.dead.get() {
            return Err(AuthError::Expired(why.clone()));
        }
        let refreshed = shared.oauth.refresh(&shared.http, token).await;
        if let Err(AuthError::Expired(why)) = &refreshed {
            shared.dead.get_or_init(|| why.clone());
            self.note_refusal_of(token, why);
        }
        *token = refreshed?;
        if let Err(error) = shared.file.save(token)
            && let Ok(mut unsaved) = shared.unsaved.lock()
        {
            tracing::warn!(%error, "the refreshed token could not be saved");
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            *unsaved = Some(format!("{error}: {}", cause.unwrap_or_default()));
        }
        Ok(())
    }
}
