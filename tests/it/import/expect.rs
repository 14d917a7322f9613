//! Whether an archive and a balance sheet are what must come of an export, in the generator's own words.
//!
//! Looks at the disk, at the newest list and at what the run has printed, with no code of the importer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use gphotos_sim::Digest;
use gphotos_sim::takeout::{Class, Dated, Expected, ExpectedFile, Identity, Kept, Reason, Role};
use serde_json::Value;

use crate::support::{Archive, Row};

/// What is wrong after one import into an empty archive, one sentence each.
pub(super) fn differences(archive: &Archive, said: &Value, expected: &Expected) -> Vec<String> {
    let mut wrong = Vec::new();
    let disk: BTreeMap<&str, String> = archive
        .files
        .iter()
        .map(|(path, bytes)| {
            let digest = Digest::of(&bytes.clone().into());
            (path.as_str(), digest.sha256)
        })
        .collect();
    nothing_else(&disk, expected, &mut wrong);
    let (mut files, mut rows) = (Files::new(), Rows::new());
    for file in &expected.files {
        files.entry(&file.sha256).or_default().push(file);
    }
    for row in &archive.rows {
        rows.entry(&row["sha256"]).or_default().push(row);
        let candidates = files.get(row["sha256"].as_str());
        row_is_true(row, &disk, candidates, expected, &mut wrong);
    }
    let stored = expected.stored();
    for file in &expected.files {
        let rows = rows.get(file.sha256.as_str());
        let is_elsewhere = stored.contains(file.sha256.as_str());
        file_is_there(file, rows, is_elsewhere, &mut wrong);
    }
    match sheet(&said["balance"]) {
        Ok(sheet) => wrong.extend(expected.check(&sheet).err()),
        Err(why) => wrong.push(why),
    }
    let parts = said["exports"].as_array().into_iter().flatten();
    let parts = parts.flat_map(|export| export["parts"].as_array().into_iter().flatten());
    let entries: u64 = parts
        .filter_map(|part| part["balance"]["entries"].as_u64())
        .sum();
    if entries != expected.entries.len() as u64 {
        wrong.push(format!("the parts have {entries} entries together"));
    }
    wrong
}

/// By SHA-256.
type Files<'a> = BTreeMap<&'a str, Vec<&'a ExpectedFile>>;
type Rows<'a> = BTreeMap<&'a str, Vec<&'a Row>>;

/// Every file on disk has bytes of the export, and no other file has the same. An XMP beside its photo is derived.
fn nothing_else(disk: &BTreeMap<&str, String>, expected: &Expected, wrong: &mut Vec<String>) {
    let allowed = expected.stored();
    let mut seen = BTreeMap::new();
    for (path, sha256) in disk {
        let is_derived = path
            .strip_suffix(".xmp")
            .is_some_and(|photo| disk.contains_key(photo));
        if is_derived {
            continue;
        }
        if !allowed.contains(sha256.as_str()) && !expected.tolerated.contains(sha256) {
            wrong.push(format!("{path} should not be there"));
        }
        if let Some(twin) = seen.insert(sha256, path) {
            wrong.push(format!("{path} and {twin} have the same bytes"));
        }
    }
}

fn row_is_true(
    row: &Row,
    disk: &BTreeMap<&str, String>,
    candidates: Option<&Vec<&ExpectedFile>>,
    expected: &Expected,
    wrong: &mut Vec<String>,
) {
    let path = row["local_path"].as_str();
    if disk.get(path) != Some(&row["sha256"]) {
        wrong.push(format!("not what is on disk: {row:?}"));
    }
    let is_known = candidates.is_some_and(|files| files.iter().any(|file| is_of(row, file)));
    if !is_known && !expected.tolerated.contains(&row["sha256"]) {
        wrong.push(format!("no file of the export is this: {row:?}"));
    }
}

fn file_is_there(
    file: &ExpectedFile,
    rows: Option<&Vec<&Row>>,
    is_elsewhere: bool,
    wrong: &mut Vec<String>,
) {
    let same = || rows.into_iter().flatten().copied();
    let rows: Vec<&Row> = same().filter(|row| is_of(row, file)).collect();
    if file.kept != Kept::Stored {
        if !rows.is_empty() && !is_elsewhere {
            wrong.push(format!("kept all the same: {:?}", file.paths));
        }
        return;
    }
    let Some(row) = rows.first() else {
        let with_bytes: Vec<String> = same()
            .map(|row| format!("{} of {}", row["role"], row["id"]))
            .collect();
        wrong.push(format!(
            "not there: {:?} as {:?} of {:?}; the bytes are {with_bytes:?}",
            file.paths, file.role, file.item
        ));
        return;
    };
    if rows.len() > 1 && file.item.0.len() == 1 && file.role.0.len() == 1 {
        wrong.push(format!("there {} times: {:?}", rows.len(), file.paths));
    }
    let albums: BTreeSet<String> = row["albums"]
        .split("; ")
        .filter(|title| !title.is_empty())
        .map(str::to_owned)
        .collect();
    if albums != file.albums {
        wrong.push(format!(
            "{:?} is in {albums:?}, not in {:?}",
            file.paths, file.albums
        ));
    }
    let created = row["creation_time"].as_str();
    if !file.date.0.iter().any(|dated| is_date(dated, created)) {
        wrong.push(format!(
            "{:?} is dated {created:?} ({}), not {:?}",
            file.paths, row["detail"], file.date.0
        ));
    }
    if row["description"].trim() != file.description.trim() {
        wrong.push(format!(
            "{:?} is described as {:?}, not {:?}",
            file.paths, row["description"], file.description
        ));
    }
}

/// Whether a row says: these bytes, as this part of this item.
fn is_of(row: &Row, file: &ExpectedFile) -> bool {
    let role = match row["role"].split('.').next() {
        Some("original") => Role::Original,
        Some("edited") => Role::Edited,
        Some("motion") => Role::Motion,
        _ => return false,
    };
    let id = row["id"].as_str();
    let is_id = |identity: &Identity| match identity {
        Identity::Url(url) => url.rsplit('/').next() == Some(id),
        Identity::Hash(hash) => id.strip_prefix("sha256:") == Some(hash),
    };
    row["source"] == "takeout"
        && row["sha256"] == file.sha256
        && file.role.allows(&role)
        && file.item.0.iter().any(is_id)
}

fn is_date(dated: &Dated, created: &str) -> bool {
    let right = [
        dated.at,
        dated
            .local
            .map(|local| local.and_utc())
            .filter(|_| dated.at.is_none()),
    ];
    let created: Option<DateTime<Utc>> = created.parse().ok();
    match created {
        None => right == [None, None],
        Some(created) => right
            .iter()
            .flatten()
            .any(|right| right.timestamp() == created.timestamp()),
    }
}

/// The printed balance sheet in the generator's classes.
fn sheet(balance: &Value) -> Result<BTreeMap<Class, usize>, String> {
    let mut sheet = BTreeMap::new();
    let count = |value: &Value| {
        let count = value.as_u64().ok_or_else(|| format!("no number: {value}"));
        count.map(|count| usize::try_from(count).expect("a number of entries"))
    };
    for (name, class) in [
        ("media_stored", Class::MediaStored),
        ("duplicates", Class::Duplicate),
        ("companions", Class::Companion),
        ("metadata_used", Class::MetadataUsed),
        ("metadata_unused", Class::MetadataUnused),
        ("special", Class::Special),
        ("other_products", Class::OtherProduct),
    ] {
        sheet.insert(class, count(&balance[name])?);
    }
    for (name, value) in balance["skipped"].as_object().into_iter().flatten() {
        let reason = match name.as_str() {
            "in the trash" => Reason::Trashed,
            "it has no name" => Reason::UnsafePath,
            "not a regular file" | "a device or a pipe" => Reason::NotAFile,
            "damaged" => Reason::Damaged,
            "it shares bytes with another entry" => Reason::Ambiguous,
            "it unpacks to more than a photo can" => Reason::Bomb,
            "it is encrypted" | "packed by a method that exports do not use" => Reason::Unsupported,
            other => return Err(format!("no reason that is known: {other}")),
        };
        *sheet.entry(Class::Skipped(reason)).or_default() += count(value)?;
    }
    Ok(sheet)
}
