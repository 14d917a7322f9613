//! Finding the parts of exports among what the user names.
//!
//! What looks like a part and cannot be read (empty, a link to nothing, a pipe, not ours to read) is a part all the same, a
//! damaged one: it is named at the end, and the others are imported. What is neither an archive nor called like one is named
//! as what it is.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use crate::source::takeout::part::{Kind, NO_ARCHIVE, Part, PartError, open};
use crate::source::takeout::part_name::export_of;
use crate::takeout::folders::is_photos;

/// The parts that the user means: archives, folders of archives, and extracted exports. Sorted by export and number, each once.
///
/// Fails where a path does not exist, and where there is nothing at all to be read.
pub(crate) fn find_parts(paths: &[PathBuf]) -> Result<Vec<Part>, PartError> {
    let mut parts = Vec::new();
    for path in paths {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => parts.append(&mut parts_in(path)?),
            Err(source) if is_missing(path) => {
                let path = path.clone();
                return Err(PartError::Unreadable { path, source });
            }
            _ => parts.push(archive(path)),
        }
    }
    parts.sort_by(|a, b| (&a.export, a.number, &a.path).cmp(&(&b.export, b.number, &b.path)));
    parts.dedup_by(|a, b| a.path == b.path);
    let is_no_part = |part: &Part| part.useless().is_some() && !looks_like_an_archive(&part.path);
    if let Some(first) = parts.first()
        && let Some(why) = first.useless()
        && parts.iter().all(is_no_part)
    {
        let (path, why) = (first.path.clone(), why.to_owned());
        return Err(PartError::Useless { path, why });
    }
    Ok(parts)
}

/// A link to nothing is there.
fn is_missing(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// The archives in a folder, and the folders in it that are extracted parts; of a folder without any, the folder itself.
fn parts_in(path: &Path) -> Result<Vec<Part>, PartError> {
    let listed = fs::read_dir(path).and_then(|entries| {
        let paths = entries.map(|entry| Ok(entry?.path()));
        paths.collect::<io::Result<Vec<PathBuf>>>()
    });
    let listed = match listed {
        Ok(listed) => listed,
        Err(error) => return Ok(vec![part(path, Kind::Useless(unreadable(&error)))]),
    };
    if listed.is_empty() {
        return Err(PartError::NothingThere {
            path: path.to_owned(),
        });
    }
    let is_folder =
        |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let mut parts: Vec<Part> = listed
        .iter()
        .filter(|inside| looks_like_an_archive(inside) && !inside.is_dir())
        .map(|inside| archive(inside))
        .collect();
    let extracted_parts = listed
        .iter()
        .filter(|inside| is_folder(&inside.join("Takeout")));
    parts.extend(extracted_parts.map(|inside| extracted(inside)));
    if parts.is_empty() {
        parts.push(extracted(path));
    } else if is_folder(&path.join("Takeout")) {
        parts.push(extracted(&path.join("Takeout")));
    }
    Ok(parts)
}

/// An extracted part, or an extracted export, or a folder in one. Whoever extracts a part often leaves the folder its name.
fn extracted(path: &Path) -> Part {
    let inside = place_in_export(path).unwrap_or_default();
    part(path, Kind::Folder { inside })
}

/// Where a folder stands in the export that it is a folder of: `Takeout`, `Takeout/Google Photos/Photos from 2020`.
fn place_in_export(path: &Path) -> Option<String> {
    if path.join("Takeout").is_dir() {
        return None;
    }
    let full = fs::canonicalize(path).ok()?;
    let names = full.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_str()),
        _ => None,
    });
    let names: Vec<&str> = names.collect::<Option<_>>()?;
    let at = names.iter().rposition(|name| *name == "Takeout")?;
    let below = &names[at + 1..];
    if let Some(product) = below.first() {
        // A folder of this name may be anybody's.
        let takeout = full.ancestors().nth(below.len())?;
        if !is_photos(product) && !takeout.join("archive_browser.html").is_file() {
            return None;
        }
    }
    Some(names[at..].join("/"))
}

fn archive(path: &Path) -> Part {
    let kind = kind_of(path).unwrap_or_else(|error| Kind::Useless(unreadable(&error)));
    part(path, kind)
}

fn part(path: &Path, kind: Kind) -> Part {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let (export, number) = export_of(name).unzip();
    Part {
        path: path.to_owned(),
        kind,
        export,
        number: number.flatten(),
        digest: std::sync::Arc::default(),
    }
}

/// Told by its first bytes, not by its name.
fn kind_of(path: &Path) -> io::Result<Kind> {
    let mut start = Vec::new();
    open(path)?.take(512).read_to_end(&mut start)?;
    Ok(match start.as_slice() {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
        [0x1f, 0x8b, ..] => Kind::Tar,
        bytes if bytes.get(257..262) == Some(b"ustar") => Kind::Tar,
        _ if !looks_like_an_archive(path) => Kind::Foreign,
        [] => Kind::Useless("it is empty".to_owned()),
        _ => Kind::Useless(NO_ARCHIVE.to_owned()),
    })
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is a link to something that is not there".to_owned(),
        _ if error.raw_os_error().is_none() => error.to_string(),
        _ => format!("it cannot be read ({error})"),
    }
}

fn looks_like_an_archive(path: &Path) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    [".zip", ".tgz", ".tar.gz", ".tar"]
        .iter()
        .any(|ending| name.ends_with(ending))
}
