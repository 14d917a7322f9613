//! The tests that drive the real binary against the simulated Google. One binary: linking is what costs time.

mod full_listing;
mod layers;
mod listing;
mod login;
mod paging;
mod support;
mod sync;
