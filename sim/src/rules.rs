//! Rules of the protocol that a client broke although it was answered.
//!
//! Google tolerates most of these, so a client would never notice; a test should.

use std::sync::{Mutex, PoisonError};

/// What should not have been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Base URLs of the Library API need no `Authorization`; sending it spreads the token.
    CredentialOnByteRequest,
    /// A credential followed a redirect to another host.
    CredentialAtSecondHost,
    /// A token in a query string ends in logs.
    CredentialInUrl,
    /// The authorization request had no `state`.
    StateMissing,
    /// The authorization request had no `code_challenge`, or a `plain` one.
    NoProofKey,
    /// An authorization code was sent twice.
    CodeReused,
    /// A page token was sent with other parameters than those it came from.
    PageTokenParametersChanged,
    /// More than 50 ids, or the same id twice, in one `batchGet`.
    BadBatch,
    /// The body of a `POST` to the API was not announced as JSON.
    NotAnnouncedAsJson,
    /// A credential was sent to a host that is not Google's.
    CredentialAtForeignHost,
    /// Bytes of a picked item were asked for without a token, although each request wants it.
    NoCredentialOnPickedBytes,
    /// A session was asked about sooner than `pollInterval` allows, twice in a row. Once is what a second run does that
    /// takes up the session of the first.
    PolledTooFast,
    /// A session was polled on, at the usual pace, although `timeoutIn` was `0s`.
    PolledAfterTheEnd,
    /// An int64 was sent as a number and not as the string that the reference wants.
    NumberForInt64,
    /// A session that the client had deleted itself, or its items.
    UsedAfterDelete,
    /// A session was deleted before everything picked in it had been fetched.
    DeletedBeforeFetched,
}

/// One offence, with the request that was it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRule {
    pub rule: Rule,
    /// Method and path, without query.
    pub request: String,
}

#[derive(Debug, Default)]
pub(crate) struct Offences(Mutex<Vec<BrokenRule>>);

impl Offences {
    pub(crate) fn record(&self, rule: Rule, request: String) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(BrokenRule { rule, request });
    }

    pub(crate) fn all(&self) -> Vec<BrokenRule> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
