//! Readers that are not ours: a crate, and the programs of the machine where it has them.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use flate2::read::{DeflateDecoder, GzDecoder};

/// Names and bytes of a zip, as the crate `rawzip` reads them: by the directory, checksums verified.
pub(super) fn zip(path: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
    let archive = rawzip::ZipArchive::from_file(File::open(path).unwrap(), &mut buffer).unwrap();
    let mut records = Vec::new();
    let mut entries = archive.entries(&mut buffer);
    while let Some(entry) = entries.next_entry().unwrap() {
        records.push((
            entry.file_path().as_ref().to_vec(),
            entry.wayfinder(),
            entry.compression_method(),
        ));
    }
    assert_eq!(records.len() as u64, archive.entries_hint());
    records
        .into_iter()
        .map(|(name, wayfinder, method)| {
            let entry = archive.get_entry(wayfinder).unwrap();
            let mut bytes = Vec::new();
            if method == rawzip::CompressionMethod::DEFLATE {
                let inflate = DeflateDecoder::new(entry.reader());
                entry
                    .verifying_reader(inflate)
                    .read_to_end(&mut bytes)
                    .unwrap();
            } else {
                entry
                    .verifying_reader(entry.reader())
                    .read_to_end(&mut bytes)
                    .unwrap();
            }
            (name, bytes)
        })
        .collect()
}

/// Names and bytes of a tgz, as the crate `tar` reads them.
pub(super) fn tgz(path: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(path).unwrap()));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.path_bytes().to_vec(), bytes)
    });
    let entries = entries.collect();
    // The crate stops at the end of the tar; the checksum of the whole comes behind it.
    archive.into_inner().read_to_end(&mut Vec::new()).unwrap();
    entries
}

/// What a program says, if the machine has it; it must not fail.
pub(super) fn program(name: &str, arguments: &[&str], archive: &Path) -> Option<String> {
    let output = match Command::new(name).args(arguments).arg(archive).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        output => output.unwrap(),
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{name} {arguments:?}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(text)
}

/// Python's `zipfile`, which decodes names by the flag: the names it sees, after it has read every byte.
pub(super) fn python_names(archive: &Path) -> Option<Vec<String>> {
    const SCRIPT: &str = "import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
sys.stdout.buffer.write('\\n'.join(archive.namelist()).encode())";
    let text = program("python3", &["-c", SCRIPT], archive)?;
    Some(text.lines().map(str::to_owned).collect())
}
