//! Finding items without looking at all of them.
//!
//! Built once from the world and thrown away when the world changes. A selection (what a search asks for) is computed
//! once and kept for its further pages, so a page costs the same in a library of 20 or of 20,000 items.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Datelike;

use crate::item::{Item, Kind};
use crate::library::FilterZone;
use crate::library::dates::DateRule;
use crate::world::World;

/// What a listing returns, apart from paging.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Selection {
    /// `mediaItems.list`.
    Everything,
    Album(String),
    Search(Search),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Search {
    /// Ored. Empty: no date filter.
    pub(crate) dates: Vec<DateRule>,
    pub(crate) media: MediaType,
    /// A content or feature filter that no simulated item can satisfy.
    pub(crate) impossible: bool,
    pub(crate) archived: bool,
    pub(crate) oldest_first: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MediaType {
    All,
    Photo,
    Video,
}

/// Positions in `World::items`.
pub(crate) type Positions = Arc<[u32]>;

#[derive(Debug)]
pub(crate) struct Index {
    by_id: HashMap<u64, u32>,
    /// Newest first; items without a date at the end.
    newest_first: Vec<u32>,
    /// Place in `newest_first`, by position in the world.
    rank: Vec<u32>,
    /// Items that a date filter may return, by civil second in the filter's zone, oldest first.
    dated: Vec<(i64, u32)>,
    /// Creation times in UTC, oldest first: how many of them lie in the past is part of a kept selection's key.
    times: Vec<i64>,
    kept: Mutex<HashMap<(Selection, usize), Positions>>,
}

/// Kept selections before starting again: a walk over 20 years of single days fits.
const KEPT: usize = 16_384;

impl Index {
    pub(crate) fn of(world: &World) -> Self {
        let position = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let by_id = world
            .items
            .iter()
            .enumerate()
            .map(|(n, item)| (id_hash(&item.id), position(n)))
            .collect();
        let mut newest_first: Vec<u32> = (0..position(world.items.len())).collect();
        newest_first.sort_by_key(|&n| (std::cmp::Reverse(world.items[n as usize].created), n));
        let mut rank = vec![0; newest_first.len()];
        for (place, &n) in newest_first.iter().enumerate() {
            rank[n as usize] = position(place);
        }
        let civil = |item: &Item| {
            let offset = match world.library.filter_zone {
                FilterZone::Utc => 0,
                FilterZone::ItemLocal => i64::from(item.utc_offset_minutes) * 60,
            };
            Some(item.created?.timestamp() + offset)
        };
        let mut dated: Vec<(i64, u32)> = world
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| !item.fresh)
            .filter_map(|(n, item)| Some((civil(item)?, position(n))))
            .collect();
        dated.sort_unstable();
        let mut times: Vec<i64> = world
            .items
            .iter()
            .filter_map(|item| Some(item.created?.timestamp()))
            .collect();
        times.sort_unstable();
        Self {
            by_id,
            newest_first,
            rank,
            dated,
            times,
            kept: Mutex::default(),
        }
    }

    pub(crate) fn find<'w>(&self, world: &'w World, id: &str) -> Option<&'w Item> {
        self.find_hashed(world, id_hash(id))
            .filter(|item| item.id == id)
    }

    /// By the hash of an id, which is what a base URL carries.
    pub(crate) fn find_hashed<'w>(&self, world: &'w World, hash: u64) -> Option<&'w Item> {
        world.items.get(*self.by_id.get(&hash)? as usize)
    }

    /// Everything that `selection` returns at `now`, in its order.
    pub(crate) fn select(&self, world: &World, selection: &Selection, now: i64) -> Positions {
        let past = self.times.partition_point(|&time| time <= now);
        let key = (selection.clone(), past);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(positions) = kept.get(&key) {
            return Arc::clone(positions);
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        let positions: Positions = self.compute(world, selection, now).into();
        kept.insert(key, Arc::clone(&positions));
        positions
    }

    fn compute(&self, world: &World, selection: &Selection, now: i64) -> Vec<u32> {
        let item = |n: &u32| &world.items[*n as usize];
        let search = match selection {
            Selection::Everything => {
                let listed = |n: &u32| world.library.list_archived || !item(n).archived;
                return self.newest_first.iter().copied().filter(listed).collect();
            }
            Selection::Album(id) => {
                let album = world.albums.iter().find(|album| album.id == *id);
                let positions = album
                    .into_iter()
                    .flat_map(|album| &album.item_ids)
                    .filter_map(|id| self.by_id.get(&id_hash(id)));
                return positions.copied().collect();
            }
            Selection::Search(search) => search,
        };
        let mut found = if search.dates.is_empty() {
            self.newest_first.clone()
        } else {
            let mut found = self.dated_in(&search.dates);
            found.retain(|n| {
                item(n)
                    .created
                    .is_some_and(|created| created.timestamp() <= now)
            });
            found.sort_unstable_by_key(|&n| self.rank[n as usize]);
            found.dedup();
            found
        };
        found.retain(|n| {
            (search.archived || !item(n).archived)
                && search.media.admits(item(n).kind)
                && !search.impossible
        });
        if search.oldest_first {
            found.reverse();
        }
        found
    }

    /// Items on the dates, in no order, possibly twice.
    fn dated_in(&self, rules: &[DateRule]) -> Vec<u32> {
        let mut found = Vec::new();
        for rule in rules {
            match rule {
                DateRule::Seconds { from, to } => {
                    let start = self.dated.partition_point(|(second, _)| second < from);
                    let end = self.dated.partition_point(|(second, _)| second < to);
                    found.extend(self.dated[start..end.max(start)].iter().map(|(_, n)| *n));
                }
                // Only this rare form looks at every item.
                DateRule::EveryYear { from, to } => found.extend(
                    self.dated
                        .iter()
                        .filter(|(second, _)| {
                            chrono::DateTime::from_timestamp(*second, 0).is_some_and(|day| {
                                (*from..=*to).contains(&(day.month(), day.day()))
                            })
                        })
                        .map(|(_, n)| *n),
                ),
            }
        }
        found
    }
}

impl MediaType {
    fn admits(self, kind: Kind) -> bool {
        match self {
            Self::All => true,
            Self::Photo => kind == Kind::Photo,
            Self::Video => matches!(kind, Kind::Video(_)),
        }
    }
}

/// Stable between runs of one build, which is all that a short-lived URL needs.
pub(crate) fn id_hash(id: &str) -> u64 {
    hash_of(&id)
}

pub(crate) fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
