//! What a Takeout export says, without touching one: what its JSON means, which sidecar belongs to which file, which files
//! are one photo, and when it was taken. Pure: names and texts in, pairs and dates out.
//!
//! Google documents none of this. The rules are from what exports look like, collected from a dozen tools' tests; every one
//! of them has a case in `tests/`.

pub(crate) mod address;
pub(crate) mod folders;
pub(crate) mod json;
pub(crate) mod name;
pub(crate) mod pair;
mod parse;
pub(crate) mod plan;
mod surrogates;
pub(crate) mod taken;
pub(crate) mod words;
pub(crate) mod xmp;
