//! The simulator over real sockets: at least one assertion for every behaviour that a client may be tested against.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod client;
mod first;
