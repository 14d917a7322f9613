//! How much one selection can be: a list that goes beyond is not followed for ever, whatever it brings.

use std::collections::HashSet;

use indicatif::HumanCount;

use crate::google::Page;
use crate::google::picker::MOST_ITEMS;
use crate::media::item::MediaItemId;

/// The pages of one listing so far, against what they may come to.
#[derive(Debug)]
pub(super) struct Limits {
    /// So many items can have been selected.
    most: usize,
    seen: HashSet<MediaItemId>,
    unusable: usize,
    tokens: HashSet<String>,
    pages: usize,
    barren: usize,
}

/// 80 empty pages in a row have been seen (gilesknap/gphotos-sync#179).
const MAX_BARREN: usize = 500;
/// Each item on a page of its own, and an empty page before each.
const MAX_PAGES: usize = 2 * MOST_ITEMS;

impl Limits {
    pub(super) fn of(most: usize) -> Self {
        Self {
            most,
            seen: HashSet::new(),
            unusable: 0,
            tokens: HashSet::new(),
            pages: 0,
            barren: 0,
        }
    }

    /// Takes note of a page and leaves on it what is within the limits. Says why no page may follow, if so.
    pub(super) fn admit(&mut self, page: &mut Page) -> Result<(), String> {
        self.pages += 1;
        let (listed, before) = (page.items.len(), self.count());
        page.items.retain(|item| {
            // A page may begin with the last item of the one before.
            self.seen.contains(&item.id)
                || self.seen.len() + self.unusable < self.most && self.seen.insert(item.id.clone())
        });
        let room = self.most - self.count();
        let is_beyond = page.items.len() < listed || page.unusable.len() > room;
        page.unusable.truncate(room);
        self.unusable += page.unusable.len();
        self.barren = if self.count() > before {
            0
        } else {
            self.barren + 1
        };
        if is_beyond {
            return Err(format!(
                "Google lists more than the {} items that can be selected at a time; what goes beyond is not fetched",
                HumanCount(self.most as u64)
            ));
        }
        let Some(next) = &page.next else {
            return Ok(());
        };
        let why = if !self.tokens.insert(next.clone()) {
            "Google repeats a page token, so the list would never end"
        } else if self.barren > MAX_BARREN || self.pages >= MAX_PAGES {
            "Google sends page after page with nothing new"
        } else {
            return Ok(());
        };
        Err(why.to_owned())
    }

    fn count(&self) -> usize {
        self.seen.len() + self.unusable
    }
}
