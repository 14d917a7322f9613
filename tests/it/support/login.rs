//! A `login --no-browser` that waits for its browser, for tests that play the browser by hand.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Child;

use url::Url;

use super::{CommandOutput, TestEnv, first_line};

/// A sign-in under way. Dropped before its end, it is killed: a failed test leaves nothing behind.
pub(crate) struct Login<'e> {
    env: &'e TestEnv,
    child: Option<Child>,
    /// Where the person signs in, as printed.
    pub(crate) address: String,
}

impl<'e> Login<'e> {
    /// `login --no-browser` and what else the test wants, up to the printed address.
    #[track_caller]
    pub(crate) fn start(env: &'e TestEnv, args: &[&str]) -> Self {
        let mut all = vec!["login", "--no-browser"];
        all.extend(args);
        Self::of(env, env.spawn(&all))
    }

    /// Any command that prints the address first.
    #[track_caller]
    pub(crate) fn of(env: &'e TestEnv, mut child: Child) -> Self {
        let address = first_line(&mut child);
        let login = Self {
            env,
            child: Some(child),
            address,
        };
        if Url::parse(&login.address).is_err() {
            let address = login.address.clone();
            panic!("no address but {address:?}:\n{}", login.finish());
        }
        login
    }

    pub(crate) fn query(&self) -> BTreeMap<String, String> {
        let address = Url::parse(&self.address).expect("an address");
        address.query_pairs().into_owned().collect()
    }

    pub(crate) fn state(&self) -> String {
        self.query()["state"].clone()
    }

    /// Where the program listens for the browser.
    pub(crate) fn listener(&self) -> SocketAddr {
        let redirect = Url::parse(&self.query()["redirect_uri"]).expect("an address");
        let port = redirect.port().expect("a port");
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// An address at the listener with this path and query.
    pub(crate) fn at_listener(&self, target: &str) -> String {
        format!("http://{}{target}", self.listener())
    }

    pub(crate) fn child(&self) -> &Child {
        self.child.as_ref().expect("running")
    }

    /// Waits for the end. stdout is what came after the address.
    #[must_use]
    pub(crate) fn finish(mut self) -> CommandOutput {
        let child = self.child.take().expect("running");
        self.env.finish(child)
    }
}

impl Drop for Login<'_> {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
