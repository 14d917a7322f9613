//! Signing in, start to finish: one authorization, through the loopback listener or a pasted address.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use url::Url;

use crate::auth::flow::{OAuth, Pending, Redirect};
use crate::auth::secret::Secret;
use crate::auth::token_file::Token;
use crate::auth::{AuthError, loopback};
use crate::http::Http;
use crate::http::retry::Failure;

/// An authorization for which the listener is already open, so the address can be shown.
pub(crate) struct Login<'a> {
    oauth: &'a OAuth,
    pending: Pending,
    listener: TcpListener,
}

impl<'a> Login<'a> {
    /// Opens the listener: on `port`, or on any free one.
    pub(crate) async fn open(
        oauth: &'a OAuth,
        scope: &str,
        port: Option<u16>,
    ) -> Result<Self, AuthError> {
        let port = port.unwrap_or(0);
        let listen = |source| AuthError::Listen { port, source };
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .map_err(listen)?;
        let bound = listener.local_addr().map_err(listen)?.port();
        Ok(Self {
            oauth,
            pending: oauth.begin(bound, scope),
            listener,
        })
    }

    /// Where the user signs in.
    pub(crate) fn address(&self) -> &Url {
        &self.pending.address
    }

    /// Waits for the browser to come back.
    pub(crate) async fn wait(self, http: &Http, patience: Duration) -> Result<Token, AuthError> {
        let pending = Arc::new(self.pending);
        let code = tokio::select! {
            code = loopback::wait_for_code(&self.listener, pending.clone()) => code?,
            () = tokio::time::sleep(patience) => return Err(AuthError::TimedOut(patience.as_secs())),
            () = http.stop.soon.cancelled() => return Err(Failure::Stopped.into()),
        };
        drop(self.listener);
        self.oauth.finish(http, &pending, code).await
    }

    /// Exchanges a code that was found by other means than the listener.
    pub(crate) async fn exchange(self, http: &Http, code: Secret) -> Result<Token, AuthError> {
        self.oauth.finish(http, &self.pending, code).await
    }

    /// The code in the address that the browser could not load, as the user pasted it.
    pub(crate) fn code_from(&self, text: &str) -> Result<Secret, AuthError> {
        let text = text.trim().trim_matches(['"', '\'', '<', '>']);
        let url = Url::parse(text).map_err(|_| {
            AuthError::Pasted("it is not an address that starts with http://127.0.0.1".to_owned())
        })?;
        match self.pending.read(&url) {
            Redirect::Code(code) => Ok(code),
            Redirect::Refused(error) => Err(AuthError::Denied(error)),
            Redirect::Foreign => Err(AuthError::Pasted(
                "it does not belong to this sign-in".to_owned(),
            )),
        }
    }
}
