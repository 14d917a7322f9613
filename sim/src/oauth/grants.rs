//! Codes and tokens that have been handed out, and until when they are good.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aws_lc_rs::rand;
use data_encoding::BASE64URL_NOPAD;

pub(crate) type Scopes = Arc<[String]>;

/// Google keeps so many live refresh tokens per account and client, and drops the oldest without a word.
const LIVE_REFRESH_TOKENS: usize = 100;

#[derive(Debug, Default)]
pub(crate) struct Grants {
    pending: HashMap<String, Pending>,
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    /// Tokens that are good for the APIs and no longer for bytes.
    without_bytes: HashSet<String>,
    /// Oldest first.
    refresh: Vec<Refresh>,
    /// Whether this account has said yes before.
    pub(crate) consented: bool,
}

/// A consent page that waits for its button.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) proof: Option<Proof>,
    pub(crate) prompted: bool,
}

/// `code_challenge` and how it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof {
    Sha256(String),
    Plain(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Scopes,
    pub(crate) proof: Option<Proof>,
    pub(crate) with_refresh_token: bool,
    pub(crate) expires_ms: i64,
    pub(crate) used: bool,
}

#[derive(Debug)]
struct Access {
    scopes: Scopes,
    expires_ms: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Refresh {
    token: String,
    pub(crate) scopes: Scopes,
    pub(crate) expires_ms: Option<i64>,
}

impl Grants {
    pub(crate) fn wait_for(&mut self, pending: Pending) -> String {
        let name = random("", 24);
        self.pending.insert(name.clone(), pending);
        name
    }

    pub(crate) fn take_pending(&mut self, name: &str) -> Option<Pending> {
        self.pending.remove(name)
    }

    pub(crate) fn issue_code(&mut self, code: Code) -> String {
        let name = random("4/0A", 48);
        self.codes.insert(name.clone(), code);
        name
    }

    pub(crate) fn code(&mut self, name: &str) -> Option<&mut Code> {
        self.codes.get_mut(name)
    }

    pub(crate) fn issue_access(&mut self, scopes: Scopes, expires_ms: i64) -> String {
        let token = random("ya29.a0A", 120);
        self.access
            .insert(token.clone(), Access { scopes, expires_ms });
        token
    }

    pub(crate) fn issue_refresh(&mut self, scopes: Scopes, expires_ms: Option<i64>) -> String {
        let token = random("1//0", 60);
        self.refresh.push(Refresh {
            token: token.clone(),
            scopes,
            expires_ms,
        });
        if self.refresh.len() > LIVE_REFRESH_TOKENS {
            self.refresh.remove(0);
        }
        token
    }

    pub(crate) fn refresh(&self, token: &str, now_ms: i64) -> Option<Refresh> {
        let alive =
            |it: &&Refresh| it.token == token && it.expires_ms.is_none_or(|end| now_ms < end);
        self.refresh.iter().find(alive).cloned()
    }

    pub(crate) fn drop_refresh(&mut self, token: &str) {
        self.refresh.retain(|it| it.token != token);
    }

    pub(crate) fn scopes_of(&self, access_token: &str, now_ms: i64) -> Option<Scopes> {
        self.access
            .get(access_token)
            .filter(|it| now_ms < it.expires_ms)
            .map(|it| Arc::clone(&it.scopes))
    }

    pub(crate) fn knows(&self, token: &str) -> bool {
        self.access.contains_key(token) || self.refresh.iter().any(|it| it.token == token)
    }

    /// Revoking any token takes everything back that the person gave to the project.
    pub(crate) fn forget_all(&mut self) {
        self.access.clear();
        self.refresh.clear();
        self.consented = false;
    }

    /// From now on no access token that is out is good for bytes.
    pub(crate) fn close_bytes(&mut self) {
        self.without_bytes.extend(self.access.keys().cloned());
    }

    pub(crate) fn is_good_for_bytes(&self, access_token: &str) -> bool {
        !self.without_bytes.contains(access_token)
    }

    pub(crate) fn forget_access(&mut self) {
        self.access.clear();
    }
}

fn random(prefix: &str, bytes: usize) -> String {
    let mut noise = vec![0; bytes];
    // Without randomness a test would show tokens that repeat, which is better than none.
    _ = rand::fill(&mut noise);
    format!("{prefix}{}", BASE64URL_NOPAD.encode(&noise))
}
