//! The tests that drive the real binary against the simulated Google. One binary: linking is what costs time.

mod addresses;
mod bad_input;
mod doubt;
mod full_listing;
mod help;
mod layers;
mod listing;
mod login;
mod logout;
mod media;
mod motion;
mod paging;
mod quota;
mod retry;
mod secrets;
mod sign_in;
mod state;
mod storage;
mod support;
mod sync;
mod transfer;
