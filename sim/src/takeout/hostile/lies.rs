//! Archives whose records contradict each other or the data, and those that unpack to more than any disk holds.

use flate2::{Compress, Compression, Crc, FlushCompress};

use super::super::expect::Reading;
use super::super::expected::{Class, Reason};
use super::super::zip::{DEFLATED, DESCRIPTOR, ZipStyle};
use super::{Hostile, Trap, photo};

pub(super) fn all() -> Vec<Hostile> {
    vec![
        duplicates(),
        overlap(),
        sizes(),
        checksum(),
        unsupported(),
        bomb(64),
    ]
}

/// Either is right for an entry that cannot be told from another: what it shows exists once.
const AMBIGUOUS: [Class; 4] = [
    Class::MediaStored,
    Class::Duplicate,
    Class::Skipped(Reason::Ambiguous),
    Class::Skipped(Reason::Damaged),
];
/// The checksum tells that the data is true, the size that it is not.
const LYING: [Class; 2] = [Class::Skipped(Reason::Damaged), Class::MediaStored];
const DAMAGED: [Class; 1] = [Class::Skipped(Reason::Damaged)];

fn duplicates() -> Hostile {
    let mut trap = Trap::new();
    for content in ["one", "two", "two"] {
        trap.bad("twice.jpg", photo(content), &AMBIGUOUS, |_| {});
    }
    trap.spring(
        "duplicates",
        "three entries of one name, two of them equal",
        false,
    )
}

/// As in the bomb without recursion (Fifield 2019): many directory records for one stretch of data.
fn overlap() -> Hostile {
    let mut trap = Trap::new();
    let mut start = None;
    for n in 0..500 {
        trap.bad(
            &format!("shared {n}.jpg"),
            photo("shared"),
            &AMBIGUOUS,
            |entry| {
                entry.only_in_directory = n > 0;
                entry.offset = start;
            },
        );
        // The first one's data follows the four honest entries.
        start = start.or(Some(trap.zip.end() - entry_len(&trap)));
    }
    trap.spring(
        "overlap",
        "500 entries whose data is one and the same",
        true,
    )
}

/// Bytes of the last file's local header and data.
fn entry_len(trap: &Trap) -> u64 {
    let last = trap.export.files().last().expect("one was just added");
    (30 + last.path.len() + last.bytes.len()) as u64
}

fn sizes() -> Hostile {
    let mut trap = Trap::in_style(ZipStyle {
        deflated: true,
        ..ZipStyle::default()
    });
    trap.bad("claims less.jpg", photo("less"), &LYING, |entry| {
        entry.size = 10;
    });
    trap.bad("claims more.jpg", photo("more"), &LYING, |entry| {
        entry.size += 10;
    });
    trap.bad(
        "claims 1 TB.jpg",
        photo("tera"),
        &[DAMAGED[0], Class::Skipped(Reason::Bomb)],
        |entry| {
            entry.size = 1 << 40;
            entry.zip64 = true;
        },
    );
    trap.bad("data past the end.jpg", photo("past"), &DAMAGED, |entry| {
        entry.compressed_size = 1 << 30;
    });
    trap.bad("says nothing.jpg", photo("nothing"), &DAMAGED, |entry| {
        entry.size = 0;
        entry.compressed_size = 0;
    });
    trap.bad("elsewhere.jpg", photo("elsewhere"), &DAMAGED, |entry| {
        entry.offset = Some(1 << 40);
    });
    trap.bad("another name.jpg", photo("name"), &AMBIGUOUS, |entry| {
        entry.local_name = b"Takeout/Google Photos/Photos from 2020/local.jpg".to_vec();
    });
    trap.spring("sizes", "sizes and offsets that are not true", true)
}

fn checksum() -> Hostile {
    let mut trap = Trap::new();
    trap.bad("flipped.jpg", photo("flipped"), &DAMAGED, |entry| {
        let middle = entry.data.len() / 2;
        entry.data[middle] ^= 1;
    });
    trap.bad("descriptor.jpg", photo("descriptor"), &DAMAGED, |entry| {
        entry.flags |= DESCRIPTOR;
        entry.crc ^= 1;
    });
    trap.bad("no deflate.jpg", photo("no deflate"), &DAMAGED, |entry| {
        entry.method = DEFLATED;
    });
    trap.spring(
        "checksum",
        "data that does not agree with its checksum",
        true,
    )
}

fn unsupported() -> Hostile {
    let mut trap = Trap::new();
    let skipped = [Class::Skipped(Reason::Unsupported)];
    trap.bad("encrypted.jpg", photo("encrypted"), &skipped, |entry| {
        entry.flags |= 1;
    });
    trap.bad("method 99.jpg", photo("method"), &skipped, |entry| {
        entry.method = 99;
    });
    trap.spring(
        "unsupported",
        "an encrypted entry and one of an unknown method",
        true,
    )
}

/// One entry, true in every field, that unpacks to so many MiB of zeros, about a thousand times what it takes.
pub fn bomb(mebibytes: u64) -> Hostile {
    let mut trap = Trap::new();
    let allowed = [Class::Skipped(Reason::Bomb)];
    let (data, crc) = zeros(mebibytes);
    trap.bad("bomb.jpg", Vec::new(), &allowed, |entry| {
        entry.method = DEFLATED;
        entry.compressed_size = data.len() as u64;
        entry.size = mebibytes * MEBIBYTE as u64;
        entry.data = data;
        entry.crc = crc;
    });
    trap.spring(
        "bomb",
        "an entry that unpacks to a thousand times its size",
        true,
    )
}

/// So many entries that are each no more than a large picture of one colour, and together more than any export unpacks to.
/// Nothing of such an archive is read.
pub fn bombs(entries: usize) -> Hostile {
    let mut trap = Trap::new();
    let allowed = [Class::Skipped(Reason::Bomb)];
    let (data, crc) = zeros(48);
    for n in 0..entries {
        trap.bad(&format!("bomb {n}.jpg"), Vec::new(), &allowed, |entry| {
            entry.method = DEFLATED;
            entry.compressed_size = data.len() as u64;
            entry.size = 48 * MEBIBYTE as u64;
            entry.data.clone_from(&data);
            entry.crc = crc;
        });
    }
    let reading = Reading {
        gone: (0..trap.export.files().len()).collect(),
        ..Reading::default()
    };
    let expected = trap.export.expected_of(&reading);
    let about = "many entries that unpack to a thousand times their size together";
    Hostile {
        expected,
        ..trap.spring("bombs", about, true)
    }
}

/// A deflate stream of zeros: one flushed block per MiB, the same bytes each time. With its checksum.
pub(super) fn zeros(mebibytes: u64) -> (Vec<u8>, u32) {
    let block = vec![0; MEBIBYTE];
    let mut deflate = Compress::new(Compression::best(), false);
    let mut once = Vec::with_capacity(64 * 1024);
    deflate
        .compress_vec(&block, &mut once, FlushCompress::Full)
        .expect("the buffer holds what 1 MiB of zeros needs");
    let mut of_block = Crc::new();
    of_block.update(&block);
    let mut crc = Crc::new();
    let mut data = Vec::new();
    for _ in 0..mebibytes {
        data.extend_from_slice(&once);
        crc.combine(&of_block);
    }
    // The last block, empty.
    data.extend([3, 0]);
    (data, crc.sum())
}

const MEBIBYTE: usize = 1 << 20;
