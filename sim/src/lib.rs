//! sim
pub mod item;
