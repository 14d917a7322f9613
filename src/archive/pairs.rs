//! One photo through two sources: as Google serves it to programs, and as an export has it. The bytes differ, so both are kept,
//! and here they are told to be one photo.
//!
//! By name, second and, of photos, pixels; and only where no third file could be meant.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::params;
use serde::Serialize;

use crate::archive::ArchiveError;
use crate::archive::index::Rows;
use crate::archive::look::Look;
use crate::media::item::SourceName;
use crate::media::naming;

/// An original of one item, and what it is compared by.
#[derive(Debug, Clone)]
struct Side {
    item: i64,
    file: i64,
    of_export: bool,
    name: String,
    is_video: bool,
    /// The longer side and the shorter one: some write down how a photo is turned, others turn it.
    pixels: Option<(u32, u32)>,
}

/// Pairs that are known.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Pairs {
    pub(crate) count: u64,
    /// The first of them.
    pub(crate) first: Vec<Pair>,
}

/// One photo that is here twice.
#[derive(Debug, Serialize)]
pub(crate) struct Pair {
    /// As Google serves it, below `downloads/`.
    pub(crate) copy: String,
    /// As the export has it.
    pub(crate) original: String,
}

/// More than a screen holds can be asked for otherwise.
const SHOWN: usize = 20;

impl Rows<'_> {
    /// Finds all pairs anew. Costs one pass over the items, and nothing where there is only one kind of source.
    pub(crate) fn pair_up(&self) -> Result<(), ArchiveError> {
        let mut known = self.known_pairs()?;
        let has = |sources: &[SourceName]| -> Result<bool, ArchiveError> {
            let mut statement = self
                .transaction
                .prepare_cached("SELECT 1 FROM items WHERE source = ?1")?;
            for source in sources {
                if statement.exists([source.as_str()])? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let has_both =
            has(&[SourceName::Takeout])? && has(&[SourceName::Library, SourceName::Picker])?;
        if has_both {
            let mut second = None;
            let mut group = Vec::new();
            let mut statement = self.transaction.prepare(ORIGINALS)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let created: i64 = row.get(0)?;
                let next = Some(created.div_euclid(1000));
                if next != second {
                    self.note_pairs(&std::mem::take(&mut group), &mut known)?;
                    second = next;
                }
                group.push(side(row)?);
            }
            self.note_pairs(&group, &mut known)?;
        }
        // What is left is a pair no more.
        let mut forget = self
            .transaction
            .prepare_cached("DELETE FROM pairs WHERE copy = ?1")?;
        for copy in known.keys() {
            forget.execute([copy])?;
        }
        Ok(())
    }

    fn known_pairs(&self) -> Result<HashMap<i64, i64>, ArchiveError> {
        let mut statement = self
            .transaction
            .prepare("SELECT copy, original FROM pairs")?;
        let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(pairs.collect::<Result<_, _>>()?)
    }

    fn note_pairs(
        &self,
        group: &[Side],
        known: &mut HashMap<i64, i64>,
    ) -> Result<(), ArchiveError> {
        for (copy, original) in pairs_of(group) {
            if known.remove(&copy) != Some(original) {
                self.transaction
                    .prepare_cached(
                        "INSERT OR REPLACE INTO pairs (copy, original) VALUES (?1, ?2)",
                    )?
                    .execute(params![copy, original])?;
            }
        }
        Ok(())
    }
}

impl Look {
    /// The photos that are here twice; none in an index of a time that did not look for them.
    pub(crate) fn pairs(&self) -> Result<Pairs, ArchiveError> {
        let is_known = self
            .connection
            .prepare("SELECT 1 FROM sqlite_schema WHERE name = 'pairs'")?
            .exists([])?;
        if !is_known {
            return Ok(Pairs::default());
        }
        let count = "SELECT count(DISTINCT original) FROM pairs";
        let count = self.connection.query_row(count, [], |row| row.get(0))?;
        let mut statement = self.connection.prepare(
            "SELECT min(copied.path), kept.path FROM pairs
             JOIN roles AS theirs ON theirs.item = copy AND theirs.role = 'original'
             JOIN files AS copied ON copied.file = theirs.file
             JOIN roles AS ours ON ours.item = original AND ours.role = 'original'
             JOIN files AS kept ON kept.file = ours.file
             GROUP BY original ORDER BY kept.path LIMIT ?1",
        )?;
        let first = statement.query_map([SHOWN], |row| {
            Ok(Pair {
                copy: row.get(0)?,
                original: row.get(1)?,
            })
        })?;
        let first = first.collect::<Result<_, _>>()?;
        Ok(Pairs { count, first })
    }
}

/// Every original that is here and has a date, in the order of the dates.
const ORIGINALS: &str =
    "SELECT created, item, file, source = 'takeout', coalesce(filename, ''), kind = 'video',
        coalesce(items.width, files.width), coalesce(items.height, files.height)
     FROM items JOIN roles USING (item) JOIN files USING (file)
     WHERE role = 'original' AND roles.state = 'done' AND files.state = 'stored' AND created IS NOT NULL
     ORDER BY created, item";

fn side(row: &rusqlite::Row<'_>) -> rusqlite::Result<Side> {
    let (width, height) = (row.get::<_, Option<u32>>(6)?, row.get::<_, Option<u32>>(7)?);
    let pixels = width.zip(height);
    Ok(Side {
        item: row.get(1)?,
        file: row.get(2)?,
        of_export: row.get(3)?,
        name: row.get(4)?,
        is_video: row.get(5)?,
        pixels: pixels.map(|(width, height)| (width.max(height), width.min(height))),
    })
}

/// Name, whether it is a video, and a photo's sides.
type Likeness = (String, bool, Option<(u32, u32)>);

/// The pairs among items of one second: copy and original. What two items share is one file and no third.
fn pairs_of(group: &[Side]) -> Vec<(i64, i64)> {
    if !group.iter().any(|side| side.of_export) || group.iter().all(|side| side.of_export) {
        return Vec::new();
    }
    let mut alike: BTreeMap<Likeness, Vec<&Side>> = BTreeMap::new();
    for side in group {
        // A photo of which nobody knows how large it is could be any.
        if side.is_video || side.pixels.is_some() {
            let pixels = side.pixels.filter(|_| !side.is_video);
            let key = (naming::match_key(&side.name), side.is_video, pixels);
            alike.entry(key).or_default().push(side);
        }
    }
    let mut pairs = Vec::new();
    for sides in alike.values() {
        let files = |of_export| -> BTreeSet<i64> {
            let sides = sides.iter().filter(|side| side.of_export == of_export);
            sides.map(|side| side.file).collect()
        };
        let (copies, originals) = (files(false), files(true));
        if copies.len() != 1 || originals.len() != 1 || copies == originals {
            continue;
        }
        let original = sides.iter().find(|side| side.of_export);
        for copy in sides.iter().filter(|side| !side.of_export) {
            pairs.extend(original.map(|original| (copy.item, original.item)));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(item: i64, of_export: bool, name: &str) -> Side {
        Side {
            item,
            file: item,
            of_export,
            name: name.to_owned(),
            is_video: false,
            pixels: Some((64, 48)),
        }
    }

    #[test]
    fn a_copy_and_an_original_are_one_photo() {
        for (copy, original) in [
            ("IMG_1.jpg", "IMG_1.jpg"),
            ("IMG_1.jpg", "img_1(1).JPG"),
            ("Mu\u{308}tze.jpg", "M\u{fc}tze.jpg"),
        ] {
            let group = [side(1, false, copy), side(2, true, original)];
            assert_eq!(pairs_of(&group), [(1, 2)], "{copy} {original}");
        }
        let film = |item, of_export, pixels| Side {
            is_video: true,
            pixels,
            ..side(item, of_export, "a.mp4")
        };
        let films = [film(1, false, Some((1280, 720))), film(2, true, None)];
        assert_eq!(pairs_of(&films), [(1, 2)]);
    }

    #[test]
    fn what_differs_or_could_be_another_is_not() {
        let copy = side(1, false, "IMG_1.jpg");
        let original = side(2, true, "IMG_1.jpg");
        let other = |change: fn(&mut Side)| {
            let mut changed = original.clone();
            change(&mut changed);
            changed
        };
        for group in [
            vec![copy.clone(), other(|side| side.name = "IMG_2.jpg".into())],
            vec![copy.clone(), other(|side| side.is_video = true)],
            vec![copy.clone(), other(|side| side.pixels = Some((64, 49)))],
            vec![copy.clone(), other(|side| side.pixels = None)],
            vec![copy.clone(), side(3, false, "IMG_1.jpg")],
            // Two that it could be, on either side.
            vec![
                copy.clone(),
                original.clone(),
                side(3, true, "IMG_1(1).jpg"),
            ],
            vec![
                copy.clone(),
                side(3, false, "IMG_1 (1).jpg"),
                original.clone(),
            ],
            // Equal bytes are stored once, and are no pair.
            vec![copy.clone(), other(|side| side.file = 1)],
        ] {
            assert_eq!(pairs_of(&group), [], "{group:?}");
        }
    }

    #[test]
    fn items_that_share_a_file_are_no_rivals() {
        let of_file = |item, of_export, file| Side {
            file,
            ..side(item, of_export, "IMG_1.jpg")
        };
        let group = [
            of_file(1, false, 7),
            of_file(2, false, 7),
            of_file(3, true, 8),
            of_file(4, true, 8),
        ];
        assert_eq!(pairs_of(&group), [(1, 3), (2, 3)]);
    }
}
