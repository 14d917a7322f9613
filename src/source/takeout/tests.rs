//! Readers against archives made by another library, and against what damage and malice make of them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::*;

/// Everything that a walk says.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    files: BTreeMap<String, Vec<u8>>,
    damaged: Vec<String>,
    skipped: Vec<(String, Skip)>,
}

impl Visitor for Seen {
    type Error = Infallible;

    fn wants(&mut self, _: &Entry) -> Result<bool, Infallible> {
        Ok(true)
    }

    fn read(&mut self, entry: &Entry, bytes: &mut dyn Read) -> Result<(), Unread<Infallible>> {
        let mut read = Vec::new();
        bytes.read_to_end(&mut read).map_err(Unread::Damaged)?;
        self.files.insert(entry.path.clone(), read);
        Ok(())
    }

    fn damaged(&mut self, entry: &Entry, _: &str) -> Result<(), Infallible> {
        self.damaged.push(entry.path.clone());
        Ok(())
    }

    fn skipped(&mut self, path: &str, why: Skip) -> Result<(), Infallible> {
        self.skipped.push((path.to_owned(), why));
        Ok(())
    }
}

fn walk(path: &Path) -> (Seen, Integrity) {
    let mut seen = Seen::default();
    let parts = find_parts(&[path.to_owned()]).expect("a part");
    assert_eq!(parts.len(), 1);
    let integrity = parts[0]
        .walk(&mut seen)
        .unwrap_or_else(|error| panic!("{error:?}"));
    (seen, integrity)
}

/// Bytes that deflate to about half.
fn bytes_of(number: u8, length: usize) -> Vec<u8> {
    let mut state = u64::from(number) + 1;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 60) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn files() -> BTreeMap<String, Vec<u8>> {
    (0..6)
        .map(|number| {
            let path = format!("Takeout/Google Photos/Photos from 2020/IMG_{number}.jpg");
            (path, bytes_of(number, 3000 + 777 * usize::from(number)))
        })
        .collect()
}

/// With data descriptors, as this writer always does.
fn zip(files: &BTreeMap<String, Vec<u8>>, method: CompressionMethod) -> Vec<u8> {
    let mut out = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut out);
    for (path, bytes) in files {
        let (mut entry, config) = archive
            .new_file(path)
            .compression_method(method)
            .start()
            .expect("an entry");
        let descriptor = if method == CompressionMethod::STORE {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(bytes).expect("written");
            writer.finish().expect("finished").1
        } else {
            let encoder =
                flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::fast());
            let mut writer = config.wrap(encoder);
            writer.write_all(bytes).expect("written");
            let (encoder, descriptor) = writer.finish().expect("finished");
            encoder.finish().expect("finished");
            descriptor
        };
        entry.finish(descriptor).expect("finished");
    }
    archive.finish().expect("finished");
    out
}

fn tgz(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut builder = tar::Builder::new(encoder);
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder
            .append_data(&mut header, path, bytes.as_slice())
            .expect("appended");
    }
    builder
        .into_inner()
        .and_then(flate2::write::GzEncoder::finish)
        .expect("finished")
}

fn put(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("written");
    path
}

#[test]
fn every_kind_of_part_gives_the_same_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = files();
    let parts = [
        put(
            &folder,
            "stored.zip",
            &zip(&files, CompressionMethod::STORE),
        ),
        put(
            &folder,
            "deflated.zip",
            &zip(&files, CompressionMethod::DEFLATE),
        ),
        put(&folder, "parts.tgz", &tgz(&files)),
        folder.path().join("extracted"),
    ];
    for (path, bytes) in &files {
        let path = parts[3].join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    }
    for part in parts {
        let (seen, integrity) = walk(&part);
        assert_eq!(
            (seen.files, integrity),
            (files.clone(), Integrity::Whole),
            "{}",
            part.display()
        );
    }
}

#[test]
fn a_part_that_was_cut_gives_what_is_whole_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = files();
    for (name, whole) in [
        ("stored.zip", zip(&files, CompressionMethod::STORE)),
        ("deflated.zip", zip(&files, CompressionMethod::DEFLATE)),
        ("parts.tgz", tgz(&files)),
    ] {
        let mut most = 0;
        for cut in (200..whole.len()).step_by(611) {
            let (seen, integrity) = walk(&put(&folder, name, &whole[..cut]));
            assert!(
                matches!(integrity, Integrity::Damaged { .. }),
                "{name} cut at {cut}"
            );
            for (path, bytes) in &seen.files {
                assert_eq!(files.get(path), Some(bytes), "{name} cut at {cut}: {path}");
            }
            assert!(
                seen.files.len() >= most,
                "{name} cut at {cut} gives less than before"
            );
            most = seen.files.len();
        }
        assert!(most >= files.len() - 1, "{name} gives {most} files at most");
    }
}

#[test]
fn a_flipped_bit_costs_one_file_of_a_zip() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = files();
    let mut bytes = zip(&files, CompressionMethod::STORE);
    let victim = files.keys().nth(2).expect("a file");
    let start = bytes
        .windows(16)
        .position(|window| window == &files[victim][..16])
        .expect("its bytes");
    bytes[start + 100] ^= 1;
    let (seen, integrity) = walk(&put(&folder, "flipped.zip", &bytes));
    assert_eq!(seen.damaged, [victim.as_str()]);
    assert_eq!(seen.files.len(), files.len() - 1);
    assert!(matches!(integrity, Integrity::Damaged { what, .. } if what.contains("checksum")));
}

#[test]
fn entries_that_share_bytes_are_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let files: BTreeMap<_, _> = files().into_iter().take(2).collect();
    let mut bytes = zip(&files, CompressionMethod::STORE);
    // The second directory entry points to the first local header (offset 42 of its fixed part, APPNOTE.TXT 4.3.12).
    let second = bytes
        .windows(4)
        .enumerate()
        .filter(|(_, window)| *window == b"PK\x01\x02")
        .nth(1)
        .expect("an entry")
        .0;
    bytes[second + 42..second + 46].fill(0);
    let (seen, integrity) = walk(&put(&folder, "bomb.zip", &bytes));
    assert_eq!(seen.files, BTreeMap::new());
    assert!(seen.skipped.iter().all(|(_, why)| *why == Skip::Overlaps) && seen.skipped.len() == 2);
    assert!(matches!(integrity, Integrity::Damaged { .. }));
}

#[test]
fn a_size_that_lies_costs_the_file_and_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = files();
    let whole = zip(&files, CompressionMethod::DEFLATE);
    let entry = whole
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .expect("an entry");
    for lie in [-1_i32, 1] {
        let mut bytes = whole.clone();
        let size = u32::from_le_bytes(*bytes[entry + 24..].first_chunk().expect("a size"));
        bytes[entry + 24..entry + 28].copy_from_slice(&size.wrapping_add_signed(lie).to_le_bytes());
        let (seen, _) = walk(&put(&folder, "lying.zip", &bytes));
        assert_eq!((seen.damaged.len(), seen.files.len()), (1, files.len() - 1));
    }
}

#[test]
fn what_claims_to_be_far_more_than_it_is_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bytes = zip(&files(), CompressionMethod::DEFLATE);
    let entry = bytes
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .expect("an entry");
    bytes[entry + 24..entry + 28].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    let (seen, integrity) = walk(&put(&folder, "bomb.zip", &bytes));
    let why: Vec<Skip> = seen.skipped.iter().map(|(_, why)| *why).collect();
    assert_eq!(
        (why, seen.files.len()),
        (vec![Skip::Bomb], files().len() - 1)
    );
    assert!(matches!(integrity, Integrity::Damaged { .. }));
}

#[test]
fn links_are_named_and_not_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("extracted");
    fs::create_dir(&root).expect("made");
    fs::write(root.join("a.jpg"), "a").expect("written");
    std::os::unix::fs::symlink("/etc/passwd", root.join("b.jpg")).expect("linked");
    std::os::unix::fs::symlink("/etc", root.join("c")).expect("linked");
    let (seen, integrity) = walk(&root);
    assert_eq!(seen.files.keys().collect::<Vec<_>>(), ["a.jpg"]);
    let skipped = [
        ("b.jpg".to_owned(), Skip::NotAFile),
        ("c".to_owned(), Skip::NotAFile),
    ];
    assert_eq!(
        (seen.skipped, integrity),
        (skipped.to_vec(), Integrity::Whole)
    );

    let mut builder = tar::Builder::new(Vec::new());
    for (kind, name) in [
        (tar::EntryType::Symlink, "s.jpg"),
        (tar::EntryType::Link, "h.jpg"),
        (tar::EntryType::Fifo, "f.jpg"),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_link_name("/etc/passwd").expect("set");
        builder
            .append_data(&mut header, name, &b""[..])
            .expect("appended");
    }
    let (seen, _) = walk(&put(
        &folder,
        "links.tar",
        &builder.into_inner().expect("finished"),
    ));
    assert_eq!((seen.files.len(), seen.skipped.len()), (0, 3));
}

#[test]
fn parts_are_found_in_folders_and_told_from_other_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let zip = zip(&files(), CompressionMethod::STORE);
    put(&folder, "takeout-20240525T201456Z-002.zip", &zip);
    put(&folder, "takeout-20240525T201456Z-001.zip", &zip);
    // Somebody has begun to unpack.
    let unpacked = folder.path().join("takeout-20240525T201456Z-003");
    fs::create_dir_all(unpacked.join("Takeout/Google Photos")).expect("made");
    put(&folder, "notes.zip", b"not an archive");
    let notes = put(&folder, "notes.txt", b"notes");
    let parts = find_parts(&[folder.path().to_owned(), folder.path().to_owned()]).expect("parts");
    let numbers: Vec<_> = parts.iter().map(|part| part.number).collect();
    // The first is no archive, whatever its name says.
    assert_eq!(numbers, [None, Some(1), Some(2), Some(3)]);
    assert!(parts[0].useless().is_some() && parts[1].useless().is_none());
    assert_ne!(parts[1].fingerprint(), None);
    assert!(matches!(
        find_parts(&[notes]),
        Err(PartError::Useless { .. })
    ));
    let empty = tempfile::tempdir().expect("a folder");
    assert!(matches!(
        find_parts(&[empty.path().to_owned()]),
        Err(PartError::NothingThere { .. })
    ));
    assert!(matches!(
        find_parts(&[empty.path().join("x")]),
        Err(PartError::Unreadable { .. })
    ));
}
