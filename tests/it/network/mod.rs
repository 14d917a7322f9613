//! The network at its worst, by the rows of the fault matrix.

mod listing;
mod pairs;
mod resume;
mod transfer;
