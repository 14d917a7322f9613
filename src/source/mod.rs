//! Where items come from over the wire: what lists them, and what gives an item a fresh address when the old one has died.

pub(crate) mod library;
