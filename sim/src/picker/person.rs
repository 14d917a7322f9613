//! The person who picks: a real one at the page, or a stated one for tests that have nobody.

use std::cmp::Reverse;

use serde::Deserialize;

use crate::item::Item;
use crate::world::World;

/// Who picks in every session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// Whoever opens the page, or [`Sim::pick`](crate::Sim::pick); without either, nobody ever finishes.
    AtThePage,
    /// Somebody picks this and presses Done, after the client has asked in vain so many times.
    Picks {
        what: Pick,
        #[serde(default)]
        after_polls: u32,
    },
}

/// What somebody picks; never more than the session allows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    Everything,
    /// So many of the newest.
    Newest(usize),
    /// These items, by id or filename.
    These(Vec<String>),
    /// Done is pressed all the same.
    Nothing,
}

impl Pick {
    /// Ids of items, in the order in which they are picked.
    pub(crate) fn choose(&self, world: &World, most: usize) -> Vec<String> {
        let newest = |count: usize| {
            let ids = newest_first(world).into_iter().map(|item| item.id.clone());
            ids.take(count).collect()
        };
        match self {
            Self::Everything => newest(most),
            Self::Newest(count) => newest(most.min(*count)),
            Self::These(names) => {
                let found = names.iter().filter_map(|name| find(world, name));
                found.map(|item| item.id.clone()).take(most).collect()
            }
            Self::Nothing => Vec::new(),
        }
    }
}

/// By id or filename.
pub(crate) fn find<'w>(world: &'w World, name: &str) -> Option<&'w Item> {
    let named = |item: &&Item| item.filename.as_deref() == Some(name);
    world
        .items
        .iter()
        .find(|item| item.id == name)
        .or_else(|| world.items.iter().find(named))
}

/// As the page shows them: most recent first (reference §5.2), undated ones at the end.
pub(crate) fn newest_first(world: &World) -> Vec<&Item> {
    let mut items: Vec<&Item> = world.items.iter().collect();
    items.sort_by_key(|item| Reverse(item.created));
    items
}
