//! The tests that drive the real binary against the simulated Google. One binary: linking is what costs time.

mod addresses;
mod doubt;
mod full_listing;
mod layers;
mod listing;
mod login;
mod media;
mod motion;
mod paging;
mod quota;
mod retry;
mod state;
mod storage;
mod support;
mod sync;
mod transfer;
