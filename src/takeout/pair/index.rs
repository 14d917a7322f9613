//! The sidecars of a folder by what they may be the sidecars of.

use unicode_normalization::UnicodeNormalization;

use crate::takeout::name::{MEDIA_STEM, MediaName, SidecarName, cut, fold, plain, split_extension};
use crate::takeout::pair::Named;
use crate::takeout::pair::table::Table;

/// Each by a media file's name without its counter, and the counter.
pub(super) struct Index {
    exact: Table,
    folded: Table,
    titles: Table,
    stems: Table,
}

impl Index {
    pub(super) fn new(sidecars: &[Named<'_>]) -> Self {
        let mut index = Self {
            exact: Table::default(),
            folded: Table::default(),
            titles: Table::default(),
            stems: Table::default(),
        };
        for (at, named) in sidecars.iter().enumerate() {
            let Some(parsed) = SidecarName::parse(named.name) else {
                continue;
            };
            let whole = SidecarName::uncounted(named.name).filter(|_| parsed.counter.is_some());
            for (parsed, is_counted) in [(Some(&parsed), true), (whole.as_ref(), false)] {
                let Some(parsed) = parsed else { continue };
                for base in &parsed.bases {
                    index.exact.push(&nfc(base), parsed.counter, at);
                    index.folded.push(&fold(base), parsed.counter, at);
                    if is_counted {
                        let stem = split_extension(base).0;
                        index.stems.push(&fold(stem), parsed.counter, at);
                    }
                }
            }
            if !named.sidecar.title.is_empty() {
                let key = title_key(&named.sidecar.title);
                index.titles.push(&key, parsed.counter, at);
            }
        }
        for table in [
            &mut index.exact,
            &mut index.folded,
            &mut index.titles,
            &mut index.stems,
        ] {
            table.sort();
        }
        index
    }

    pub(super) fn exact(&self, base: &str, counter: Option<u32>) -> Vec<usize> {
        self.exact.get(&nfc(base), counter).collect()
    }

    pub(super) fn folded(&self, base: &str, counter: Option<u32>) -> Vec<usize> {
        self.folded.get(&fold(base), counter).collect()
    }

    /// Those whose title, with this counter, would have given this name.
    pub(super) fn titled(&self, name: &MediaName) -> Vec<usize> {
        let key = title_key(&name.base());
        self.titles.get(&key, name.counter).collect()
    }

    /// Those of a file with this stem, whatever its extension.
    pub(super) fn of_stem(&self, stem: &str, counter: Option<u32>) -> Vec<usize> {
        self.stems.get(&fold(stem), counter).collect()
    }
}

fn title_key(title: &str) -> String {
    let (stem, extension) = split_extension(title);
    plain(&format!("{}{extension}", cut(stem, MEDIA_STEM)))
}

fn nfc(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.nfc().collect()
}
