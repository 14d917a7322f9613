//! What Google has, or had.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use gphotos_sim::takeout::{Export, Identity, Kept, Role};
use gphotos_sim::{Digest, Sim};

/// Every whole answer that the simulator may have given, by item and role.
#[derive(Clone)]
pub(crate) struct Truths {
    known: BTreeMap<(String, String), Vec<Digest>>,
    /// What is there to be had now.
    expected: BTreeSet<(String, String)>,
    /// SHA-256, lower-case hexadecimal.
    whole: HashSet<String>,
    /// The JSON of exports, by the paths of their entries.
    texts: BTreeMap<String, Vec<u8>>,
    /// Titles of albums, and the ids of what is in them.
    albums: BTreeSet<(String, String)>,
}

impl Truths {
    /// Makes all bytes once: to be kept.
    pub(crate) fn of(google: &Sim) -> Self {
        let mut truths = Self {
            known: BTreeMap::new(),
            expected: BTreeSet::new(),
            whole: HashSet::new(),
            texts: BTreeMap::new(),
            albums: BTreeSet::new(),
        };
        truths.learn(google);
        truths
    }

    /// The same with an export that leaves nothing open.
    pub(crate) fn with_export(mut self, export: &Export) -> Self {
        for file in export.expected().files {
            if file.kept != Kept::Stored {
                continue;
            }
            let id = match file.item.certain().expect("one item") {
                Identity::Url(url) => url.rsplit('/').next().unwrap_or(url).to_owned(),
                Identity::Hash(sha256) => format!("sha256:{sha256}"),
            };
            let role = match file.role.certain().expect("one role") {
                Role::Original => "original",
                Role::Edited => "edited",
                Role::Motion => "motion",
            };
            self.albums
                .extend(file.albums.into_iter().map(|title| (title, id.clone())));
            let key = (id, role.to_owned());
            self.expected.insert(key.clone());
            self.whole.insert(file.sha256.clone());
            self.known.entry(key).or_default().push(Digest {
                sha256: file.sha256,
                size: file.size,
            });
        }
        let is_text = |path: &str| Path::new(path).extension() == Some("json".as_ref());
        let texts = export.files().iter().filter(|file| is_text(&file.path));
        self.texts
            .extend(texts.map(|file| (file.path.clone(), file.bytes.to_vec())));
        self
    }

    pub(super) fn learn(&mut self, google: &Sim) {
        self.expected.clear();
        for (id, truth) in google.truth().into_iter().chain(google.picked_truth()) {
            let original = [("original", truth.original)];
            let clip = truth.clip.map(|clip| ("motion", clip));
            for (role, digest) in original.into_iter().chain(clip) {
                let key = (id.clone(), role.to_owned());
                self.expected.insert(key.clone());
                self.whole.insert(digest.sha256.clone());
                let digests = self.known.entry(key).or_default();
                if !digests.contains(&digest) {
                    digests.push(digest);
                }
            }
        }
    }

    /// Nobody can have this item's bytes (a video in the making): a run that leaves it out is whole.
    pub(crate) fn without(mut self, id: &str) -> Self {
        self.expected.retain(|(expected, _)| expected != id);
        self
    }

    pub(super) fn expected(&self) -> impl Iterator<Item = (&(String, String), &Vec<Digest>)> {
        self.expected.iter().map(|key| (key, &self.known[key]))
    }

    pub(super) fn albums(&self) -> &BTreeSet<(String, String)> {
        &self.albums
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &String> {
        self.texts.keys()
    }

    pub(super) fn text(&self, entry: &str) -> Option<&Vec<u8>> {
        self.texts.get(entry)
    }

    pub(super) fn is_whole(&self, sha256: &str) -> bool {
        self.whole.contains(sha256)
    }

    pub(super) fn is_of(&self, id: &str, role: &str, sha256: &str) -> bool {
        let digests = self.known.get(&(id.to_owned(), role.to_owned()));
        digests.is_some_and(|all| all.iter().any(|digest| digest.sha256 == sha256))
    }
}
