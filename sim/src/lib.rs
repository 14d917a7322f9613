//! sim
pub mod content;
pub mod item;
pub mod seeded;
pub mod zoo;
