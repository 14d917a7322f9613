//! The OAuth exchanges themselves: authorization address, code for token, refresh, revocation. Pure address building on
//! one side, single requests with retries on the other; who listens and who opens a browser is not known here.

use std::pin::Pin;
use std::time::Duration;

use chrono::TimeDelta;
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, EndpointNotSet, EndpointSet, ExtraTokenFields,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError,
    RevocationUrl, Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::auth::AuthError;
use crate::auth::client_secret::ClientSecret;
use crate::auth::secret::Secret;
use crate::auth::token_file::Token;
use crate::http::retry::{self, Failure, Retry, Status};
use crate::http::{Http, jitter};

/// Google's extra field: how long the *refresh* token lives, sent only for time-limited grants.
#[derive(Debug, Serialize, Deserialize)]
struct GoogleFields {
    refresh_token_expires_in: Option<u64>,
}
impl ExtraTokenFields for GoogleFields {}

type Answer = StandardTokenResponse<GoogleFields, BasicTokenType>;
type Client = oauth2::Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointSet,
>;

/// The OAuth client of this installation.
pub(crate) struct OAuth {
    client: Client,
}

/// An authorization that has been asked for and not answered yet.
pub(crate) struct Pending {
    /// Where the user signs in.
    pub(crate) address: Url,
    redirect: RedirectUrl,
    state: CsrfToken,
    verifier: PkceCodeVerifier,
    scope: String,
}

/// What came back through the redirect.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    Code(Secret),
    /// `error=…`, for example `access_denied` when the user pressed Cancel.
    Refused(String),
    /// No `state`, or not ours: somebody else's request, or an old tab.
    Foreign,
}

impl OAuth {
    pub(crate) fn new(secret: ClientSecret) -> Self {
        let client = oauth2::Client::new(ClientId::new(secret.client_id))
            .set_auth_uri(AuthUrl::from_url(secret.auth_uri))
            .set_token_uri(TokenUrl::from_url(secret.token_uri))
            .set_revocation_url(RevocationUrl::from_url(secret.revoke_uri))
            .set_auth_type(oauth2::AuthType::RequestBody);
        let client = match secret.secret {
            Some(secret) => {
                client.set_client_secret(oauth2::ClientSecret::new(secret.reveal().to_owned()))
            }
            None => client,
        };
        Self { client }
    }

    /// Prepares a sign-in that comes back to `http://127.0.0.1:port/`.
    pub(crate) fn begin(&self, port: u16, scope: &str) -> Pending {
        let redirect = format!("http://127.0.0.1:{port}/");
        let redirect = Url::parse(&redirect).map_or_else(
            |_| unreachable!("a port makes a URL"),
            RedirectUrl::from_url,
        );
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state) = self
            .client
            .authorize_url(CsrfToken::new_random)
            .add_scope(Scope::new(scope.to_owned()))
            .set_pkce_challenge(challenge)
            .set_redirect_uri(std::borrow::Cow::Borrowed(&redirect))
            // Both together make Google send a refresh token every time, not only on the first consent.
            .add_extra_param("access_type", "offline")
            .add_extra_param("prompt", "consent")
            .url();
        Pending {
            address,
            redirect,
            state,
            verifier,
            scope: scope.to_owned(),
        }
    }

    /// Exchanges the code for a token.
    pub(crate) async fn finish(
        &self,
        http: &Http,
        pending: &Pending,
        code: Secret,
    ) -> Result<Token, AuthError> {
        let answer = self
            .client
            .exchange_code(AuthorizationCode::new(code.reveal().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.secret().clone()))
            .set_redirect_uri(std::borrow::Cow::Borrowed(&pending.redirect))
            // A code works once: sent again after a broken answer it would only be refused.
            .request_async(&sender(http))
            .await
            .map_err(explain)?;
        // No scope in the answer means: as asked for (RFC 6749, section 5.1).
        let granted = answer.scopes().map(|scopes| {
            scopes
                .iter()
                .map(|scope| scope.as_str())
                .collect::<Vec<_>>()
        });
        if let Some(granted) = &granted
            && !granted.contains(&pending.scope.as_str())
        {
            return Err(AuthError::ScopeMissing(pending.scope.clone()));
        }
        let refresh = answer.refresh_token().ok_or(AuthError::NoRefreshToken)?;
        let now = http.clock.now();
        let lifetime = lifetime(&answer);
        let refresh_life = answer
            .extra_fields()
            .refresh_token_expires_in
            .and_then(|s| i64::try_from(s).ok());
        Ok(Token {
            client_id: self.client.client_id().to_string(),
            scope: granted.map_or_else(|| pending.scope.clone(), |granted| granted.join(" ")),
            access_token: Secret::new(answer.access_token().secret().clone()),
            refresh_token: Secret::new(refresh.secret().clone()),
            expires_at: now + lifetime,
            lifetime_s: lifetime.num_seconds(),
            signed_in_at: now,
            refresh_token_expires_at: refresh_life
                .and_then(TimeDelta::try_seconds)
                .and_then(|life| now.checked_add_signed(life)),
            refused: None,
        })
    }

    /// A fresh token in place of an old one.
    pub(crate) async fn refresh(&self, http: &Http, old: &Token) -> Result<Token, AuthError> {
        let refresh = RefreshToken::new(old.refresh_token.reveal().to_owned());
        let mut attempt = 1;
        let answer = loop {
            let answer = self
                .client
                .exchange_refresh_token(&refresh)
                .request_async(&sender(http))
                .await;
            let error = match answer {
                Ok(answer) => break answer,
                Err(error) => explain(error),
            };
            let AuthError::Http(failure) = &error else {
                return Err(error);
            };
            match retry::decide(failure, attempt, jitter()) {
                Retry::After(wait) => http.wait(wait).await?,
                Retry::GiveUp => return Err(error),
            }
            attempt += 1;
        };
        let lifetime = lifetime(&answer);
        Ok(Token {
            access_token: Secret::new(answer.access_token().secret().clone()),
            // Google usually sends none: then the old one stays good.
            refresh_token: answer.refresh_token().map_or_else(
                || old.refresh_token.clone(),
                |token| Secret::new(token.secret().clone()),
            ),
            expires_at: http.clock.now() + lifetime,
            lifetime_s: lifetime.num_seconds(),
            refused: None,
            ..old.clone()
        })
    }

    /// Revokes the sign-in: this kills the token pair and every permission that the user gave the project.
    pub(crate) async fn revoke(&self, http: &Http, token: &Token) -> Result<(), AuthError> {
        let body = [("token", token.refresh_token.reveal())];
        let request = http
            .api()
            .post(self.client.revocation_url().url().clone())
            .form(&body);
        let answer = request.send().await.map_err(Failure::from)?;
        match Status::of(&answer, http.clock.now()) {
            None => Ok(()),
            // Already revoked or expired: what was wanted is so.
            Some(status) if status.code == 400 => Ok(()),
            Some(status) => Err(Failure::Status(Box::new(status)).into()),
        }
    }
}

impl Pending {
    /// Reads the query of a redirect. Google adds keys of its own (`iss`, `authuser`, `prompt`), which are ignored.
    pub(crate) fn read(&self, url: &Url) -> Redirect {
        let value = |key: &str| {
            url.query_pairs()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value.into_owned())
        };
        if value("state").as_deref() != Some(self.state.secret()) {
            return Redirect::Foreign;
        }
        match (value("code"), value("error")) {
            (_, Some(error)) => Redirect::Refused(error),
            (Some(code), None) if !code.is_empty() => Redirect::Code(Secret::new(code)),
            _ => Redirect::Foreign,
        }
    }
}

/// A day at most: what a server says is added to the clock, and must not carry it off the calendar.
fn lifetime(answer: &Answer) -> TimeDelta {
    let said = answer.expires_in().unwrap_or(Duration::from_secs(3599));
    TimeDelta::seconds(
        i64::try_from(said.as_secs())
            .unwrap_or(i64::MAX)
            .min(24 * 3600),
    )
}

type Sending = Pin<Box<dyn Future<Output = Result<oauth2::HttpResponse, Failure>> + Send>>;

/// Sends what the crate `oauth2` has composed. Its own client would bring a second HTTP stack.
fn sender(http: &Http) -> impl Fn(oauth2::HttpRequest) -> Sending {
    let http = http.clone();
    move |request| Box::pin(send(http.clone(), request))
}

async fn send(http: Http, request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse, Failure> {
    let request = reqwest::Request::try_from(request)?;
    let answer = http.api().execute(request).await?;
    if let Some(status) = Status::of(&answer, http.clock.now())
        .filter(|status| status.code == 429 || status.code >= 500)
    {
        return Err(Failure::Status(Box::new(status)));
    }
    let mut response = oauth2::HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    response.headers_mut().clone_from(answer.headers());
    *response.body_mut() = crate::http::limited(answer, 1 << 20).await?;
    Ok(response)
}

fn explain(error: RequestTokenError<Failure, BasicErrorResponse>) -> AuthError {
    match error {
        RequestTokenError::ServerResponse(answer) => {
            let text = match answer.error_description() {
                Some(description) => format!("{}: {description}", answer.error()),
                None => answer.error().to_string(),
            };
            match answer.error() {
                BasicErrorResponseType::InvalidGrant => AuthError::Expired(text),
                _ => AuthError::Refused(text),
            }
        }
        RequestTokenError::Request(failure) => AuthError::Http(failure),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => AuthError::Http(
            Failure::Unusable("the sign-in service sent something that is not a token".to_owned()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Reach;

    fn pending() -> Pending {
        let url = |text: &str| Url::parse(text).expect("a URL");
        let client = ClientSecret {
            client_id: "me".to_owned(),
            secret: None,
            auth_uri: url("https://accounts.google.com/o/oauth2/v2/auth"),
            token_uri: url("https://oauth2.googleapis.com/token"),
            revoke_uri: url("https://oauth2.googleapis.com/revoke"),
            reach: Reach::Internet,
        };
        OAuth::new(client).begin(4711, "scope-a")
    }

    #[test]
    fn the_address_carries_everything_that_google_wants() {
        let pending = pending();
        let query: std::collections::HashMap<_, _> =
            pending.address.query_pairs().into_owned().collect();
        let of = |key: &str| query[key].as_str();
        assert_eq!(
            (of("client_id"), of("response_type"), of("scope")),
            ("me", "code", "scope-a")
        );
        assert_eq!(of("redirect_uri"), "http://127.0.0.1:4711/");
        assert_eq!(
            (of("code_challenge_method"), of("access_type"), of("prompt")),
            ("S256", "offline", "consent")
        );
        assert_eq!(of("code_challenge").len(), 43);
        assert!(of("state").len() >= 16);
    }

    #[test]
    fn only_our_own_state_is_heard() {
        let pending = pending();
        let read = |query: &str| {
            pending.read(&Url::parse(&format!("http://127.0.0.1:4711/?{query}")).expect("a URL"))
        };
        let state = pending.state.secret();
        assert_eq!(
            read(&format!("state={state}&code=4/0A&scope=x&iss=y")),
            Redirect::Code(Secret::new("4/0A".to_owned()))
        );
        assert_eq!(
            read(&format!("error=access_denied&state={state}")),
            Redirect::Refused("access_denied".to_owned())
        );
        assert_eq!(read("state=other&code=4/0A"), Redirect::Foreign);
        assert_eq!(read("code=4/0A"), Redirect::Foreign);
        assert_eq!(read(&format!("state={state}")), Redirect::Foreign);
    }
}
