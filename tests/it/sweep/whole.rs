//! What an import comes to that nothing disturbs, as sentences that can be compared: bytes, index, list, record.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use gphotos_sim::Digest;
use serde_json::Value;

use super::scene::Stage;
use crate::support::{Archive, Held, Violations};

/// One archive.
pub(super) struct Whole(BTreeSet<String>);

/// Whether an archive that was disturbed and mended is as one that nothing has disturbed.
pub(super) fn is_the_same(stage: &Stage, root: &Path) -> Violations {
    let whole = stage.whole.get_or_init(|| {
        let folder = stage.copy();
        let _ = stage
            .run(folder.path(), stage.scene.args, None)
            .assert_exit(0);
        Whole::read(&folder.path().join("root"))
    });
    let mended = Whole::read(root);
    let lost = whole.0.difference(&mended.0);
    let lost = lost.map(|what| format!("I5: an undisturbed run has {what}"));
    let new = mended.0.difference(&whole.0);
    let new = new.map(|what| format!("I5: an undisturbed run has not {what}"));
    lost.chain(new).collect()
}

impl Whole {
    fn read(root: &Path) -> Self {
        let mut said = BTreeSet::new();
        let archive = Archive::read(root);
        // Files are made durable beside each other: which of two of one name comes first, and keeps it bare, is chance. Each is
        // in the folder of its month all the same.
        for (path, bytes) in &archive.files {
            let digest = Digest::of(&bytes.clone().into()).sha256;
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            said.insert(format!("{digest} in {folder}"));
        }
        let held = Held::read(root).expect("an index");
        for (id, role, sha256) in held.done_set() {
            said.insert(format!("{sha256} as {role} of {id}"));
        }
        for (title, id) in held.albums() {
            said.insert(format!("{id} in the album {title:?}"));
        }
        for mut row in archive.rows {
            // What a run has stored is to the next one what was there.
            row.remove("status");
            row.remove("local_path");
            said.insert(format!("in its list {row:?}"));
        }
        let (mut times, mut parts) = (BTreeMap::<String, u32>::new(), BTreeMap::new());
        for name in archive
            .lists
            .iter()
            .filter(|name| name.starts_with("takeout-"))
        {
            let text = fs::read(root.join("media_items_list").join(name)).expect("a record");
            for line in text.split_inclusive(|byte| *byte == b'\n') {
                // What was cut is no line.
                let Ok(line) = serde_json::from_slice::<Value>(line) else {
                    continue;
                };
                if let Some(part) = line["finished_part"].as_str() {
                    // The last one is what holds.
                    parts.insert(part.to_owned(), line);
                } else {
                    *times.entry(format!("{name} with {line}")).or_default() += 1;
                }
            }
        }
        said.extend(parts.values().map(|line| format!("the part {line}")));
        said.extend(
            times
                .into_iter()
                .map(|(line, n)| format!("{n} times {line}")),
        );
        Self(said)
    }
}
