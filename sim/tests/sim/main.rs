//! The simulator over real sockets: at least one assertion for every behaviour that a client may be tested against.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod albums;
mod bytes;
mod client;
mod consent;
mod faults;
mod framing;
mod items;
mod paging;
mod picker;
mod program;
mod quota;
mod raw;
mod refusals;
mod running;
mod search;
#[cfg(feature = "takeout")]
mod takeout;
mod tokens;
