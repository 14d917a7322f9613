//! The tests that drive the real binary against the simulated Google. One binary: linking is what costs time.

mod layers;
mod support;
mod sync;
