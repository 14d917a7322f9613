//! What a photo is, apart from any network, disk or clock: items, days, names, layouts, file structures.
//!
//! Everything here is pure: the same arguments give the same answer, so it is tested by tables and properties.

pub(crate) mod day;
pub(crate) mod inspect;
pub(crate) mod item;
pub(crate) mod layout;
pub(crate) mod naming;
pub(crate) mod zone;
