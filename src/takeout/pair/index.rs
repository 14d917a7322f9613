//! The sidecars of a folder by what they may be the sidecars of.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use crate::takeout::name::{MEDIA_STEM, MediaName, SidecarName, cut, fold, plain, split_extension};
use crate::takeout::pair::Named;

/// A media file's name without its counter, and the counter.
type Key = (String, Option<u32>);

pub(super) struct Index {
    exact: HashMap<Key, Vec<usize>>,
    folded: HashMap<Key, Vec<usize>>,
    titles: HashMap<Key, Vec<usize>>,
    stems: HashMap<Key, Vec<usize>>,
}

impl Index {
    pub(super) fn new(sidecars: &[Named<'_>]) -> Self {
        let mut index = Self {
            exact: HashMap::new(),
            folded: HashMap::new(),
            titles: HashMap::new(),
            stems: HashMap::new(),
        };
        for (at, named) in sidecars.iter().enumerate() {
            let Some(parsed) = SidecarName::parse(named.name) else {
                continue;
            };
            let whole = SidecarName::uncounted(named.name).filter(|_| parsed.counter.is_some());
            for (parsed, is_counted) in [(Some(&parsed), true), (whole.as_ref(), false)] {
                let Some(parsed) = parsed else { continue };
                for base in &parsed.bases {
                    push(&mut index.exact, (nfc(base), parsed.counter), at);
                    push(&mut index.folded, (fold(base), parsed.counter), at);
                    if is_counted {
                        let stem = split_extension(base).0;
                        push(&mut index.stems, (fold(stem), parsed.counter), at);
                    }
                }
            }
            if !named.sidecar.title.is_empty() {
                let key = title_key(&named.sidecar.title);
                push(&mut index.titles, (key, parsed.counter), at);
            }
        }
        index
    }

    pub(super) fn exact(&self, base: &str, counter: Option<u32>) -> Vec<usize> {
        get(&self.exact, nfc(base), counter)
    }

    pub(super) fn folded(&self, base: &str, counter: Option<u32>) -> Vec<usize> {
        get(&self.folded, fold(base), counter)
    }

    /// Those whose title, with this counter, would have given this name.
    pub(super) fn titled(&self, name: &MediaName) -> Vec<usize> {
        get(&self.titles, title_key(&name.base()), name.counter)
    }

    /// Those of a file with this stem, whatever its extension.
    pub(super) fn of_stem(&self, stem: &str, counter: Option<u32>) -> Vec<usize> {
        get(&self.stems, fold(stem), counter)
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

fn push(map: &mut HashMap<Key, Vec<usize>>, key: Key, at: usize) {
    let found = map.entry(key).or_default();
    if found.last() != Some(&at) {
        found.push(at);
    }
}

fn get(map: &HashMap<Key, Vec<usize>>, base: String, counter: Option<u32>) -> Vec<usize> {
    map.get(&(base, counter)).cloned().unwrap_or_default()
}
