//! From page to page of a listing, to its end and not for ever.

use std::collections::HashSet;

use crate::google::Page;
use crate::media::item::MediaItemId;

/// The pages of one listing so far.
#[derive(Debug, Default)]
pub(super) struct Paging {
    tokens: HashSet<String>,
    last_ids: Vec<MediaItemId>,
    barren: u32,
    /// Items without an id.
    pub(super) unusable: usize,
}

/// How a listing starts over, at most so often, when Google no longer takes a page token.
pub(super) const MAX_RESTARTS: u32 = 3;
/// 80 empty pages in a row have been seen (gilesknap/gphotos-sync#179).
const MAX_BARREN: u32 = 500;

impl Paging {
    /// Takes note of a page. Says what would make the listing endless.
    pub(super) fn turn(&mut self, page: &Page) -> Result<(), &'static str> {
        self.unusable += page.unusable.len();
        let ids: Vec<_> = page.items.iter().map(|item| item.id.clone()).collect();
        self.barren = if ids.is_empty() || ids == self.last_ids {
            self.barren + 1
        } else {
            0
        };
        self.last_ids = ids;
        match &page.next {
            Some(next) if !self.tokens.insert(next.clone()) => {
                Err("Google repeats a page token, so the listing would never end")
            }
            Some(_) if self.barren > MAX_BARREN => {
                Err("Google sends page after page with nothing new")
            }
            _ => Ok(()),
        }
    }
}
