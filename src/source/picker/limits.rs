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

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::media::item::{Kind, MediaItem, SourceName};

    /// A page with these items, and a token that no page had before.
    fn page(number: usize, ids: &[usize]) -> Page {
        let item = |id: &usize| MediaItem {
            id: MediaItemId(id.to_string()),
            source: SourceName::Picker,
            filename: None,
            mime_type: None,
            created: Some(Utc::now()),
            kind: Kind::Photo,
            dimensions: None,
            camera_make: None,
            camera_model: None,
            description: None,
            product_url: None,
            url: None,
        };
        Page {
            items: ids.iter().map(item).collect(),
            next: Some(number.to_string()),
            unusable: Vec::new(),
        }
    }

    /// How many pages are taken.
    fn taken(most: usize, ids: impl Fn(usize) -> Vec<usize>) -> usize {
        let mut limits = Limits::of(most);
        let goes_on = |number: &usize| {
            let mut page = page(*number, &ids(*number));
            limits.admit(&mut page).is_ok()
        };
        (1..100_000).take_while(goes_on).count()
    }

    #[test]
    fn no_list_goes_on_for_ever_whatever_it_brings() {
        assert_eq!(taken(2000, |_| vec![]), MAX_BARREN);
        assert_eq!(taken(2000, |_| vec![1]), MAX_BARREN + 1);
        assert_eq!(taken(2000, |number| vec![number % 3]), MAX_BARREN + 3);
        // Ever new ones.
        assert_eq!(taken(2000, |number| vec![number]), 2000);
        assert_eq!(taken(5, |number| vec![2 * number, 2 * number + 1]), 2);
        // One now and then.
        assert_eq!(taken(2000, |number| vec![number / 100]), MAX_PAGES - 1);
    }

    #[test]
    fn what_goes_beyond_is_left_out_and_what_comes_again_is_not() {
        let mut limits = Limits::of(3);
        let mut first = page(1, &[1, 2]);
        assert!(limits.admit(&mut first).is_ok());
        let mut second = page(2, &[2, 3, 4, 5]);
        assert!(limits.admit(&mut second).is_err());
        let ids: Vec<_> = second.items.iter().map(|item| item.id.0.as_str()).collect();
        assert_eq!(ids, ["2", "3"]);
    }
}
