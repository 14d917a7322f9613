//! The bytes of every form of file: the simulator's own photos and films, and small files of the other kinds that people keep.
//!
//! Separate from the shot so that formats are met in one place. A form that is said to be decodable is; the others have the
//! structure by which a reader recognises them, and noise inside.

use std::io::Write as _;

use bytes::Bytes;
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use flate2::{Compression, Crc, write::ZlibEncoder};

use super::quicktime;
use super::shot::{Embedded, Form, Role, Shot};
use crate::content::splitmix::{SplitMix64, hash};
use crate::content::{exif_block, forget_offset};
use crate::item::{Content, Item, Kind, VideoStatus};

impl Shot {
    /// The file of one role: equal shots give equal bytes, and no two roles share any.
    pub fn bytes(&self, role: Role) -> Bytes {
        match role {
            Role::Original => make(&self.form, self, "original", self.embedded),
            Role::Edited if self.form.is_video() => make(&self.form, self, "edited", self.embedded),
            Role::Edited => make(&Form::Jpeg, self, "edited", self.embedded),
            Role::Motion => {
                let at = self.taken.map_or(Embedded::Nothing, Embedded::QuickTime);
                make(
                    &Form::Mp4,
                    &Shot {
                        size: 0,
                        ..self.clone()
                    },
                    "motion",
                    at,
                )
            }
        }
    }
}

fn make(form: &Form, shot: &Shot, what: &str, embedded: Embedded) -> Bytes {
    let seed = hash(shot.key, what);
    let size = shot.size;
    let item = |kind, content| item(seed, kind, embedded, content);
    match form {
        Form::Jpeg => {
            let photo = item(Kind::Photo, Content::Jpeg { seed, size }).original();
            without_offset(photo, embedded)
        }
        Form::MotionJpeg => {
            let item = item(Kind::Photo, Content::MotionPhoto { seed, size });
            let mut bytes = item.original().to_vec();
            bytes.extend_from_slice(&item.clip().unwrap_or_default());
            without_offset(bytes.into(), embedded)
        }
        Form::Mp4 | Form::Mov => {
            let content = Content::Mp4 { seed, size };
            let clip = item(Kind::Video(VideoStatus::Ready), content)
                .clip()
                .unwrap_or_default();
            let mut film = clip.to_vec();
            if *form == Form::Mov {
                quicktime::brand(&mut film);
            }
            if let Embedded::QuickTimeKeys {
                local,
                offset_minutes,
            } = embedded
            {
                quicktime::creation_date(&mut film, local, offset_minutes);
            }
            film.into()
        }
        Form::Dng => {
            let mut bytes = exif_block(&item(Kind::Photo, Content::Jpeg { seed, size }));
            bytes.extend(noise(seed, 800));
            bytes.into()
        }
        Form::Heic => heic(seed),
        Form::Png => png(seed),
        Form::Gif => gif(seed),
        Form::Webp => webp(seed),
        Form::Pdf => format!("%PDF-1.4\n% {seed:016x}\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n").into(),
        Form::Bytes(bytes) => bytes.clone(),
    }
}

fn item(seed: u64, kind: Kind, embedded: Embedded, content: Content) -> Item {
    let (created, utc_offset_minutes) = instant(embedded);
    Item {
        id: format!("takeout-{seed:016x}"),
        filename: None,
        mime_type: None,
        created,
        utc_offset_minutes,
        fresh: false,
        archived: false,
        description: None,
        kind,
        dimensions: (kind == Kind::Photo).then_some((96, 64)),
        camera: Some(("Acme".to_owned(), "A1".to_owned())),
        content,
    }
}

fn instant(embedded: Embedded) -> (Option<DateTime<Utc>>, i32) {
    let utc =
        |local: NaiveDateTime, minutes: i32| (local - Duration::minutes(minutes.into())).and_utc();
    match embedded {
        Embedded::Nothing => (None, 0),
        Embedded::QuickTime(at) => (Some(at), 0),
        Embedded::QuickTimeKeys {
            local,
            offset_minutes,
        } => (Some(utc(local, offset_minutes)), offset_minutes),
        Embedded::Exif {
            local,
            offset_minutes,
        } => {
            let offset = offset_minutes.unwrap_or(0);
            (Some(utc(local, offset)), offset)
        }
    }
}

fn without_offset(photo: Bytes, embedded: Embedded) -> Bytes {
    if !matches!(
        embedded,
        Embedded::Exif {
            offset_minutes: None,
            ..
        }
    ) {
        return photo;
    }
    let mut bytes = photo.to_vec();
    forget_offset(&mut bytes);
    bytes.into()
}

fn heic(seed: u64) -> Bytes {
    let mut out = Vec::new();
    quicktime::push_box(&mut out, *b"ftyp", b"heic\0\0\0\0mif1heic");
    let mut meta = vec![0; 4];
    quicktime::push_box(
        &mut meta,
        *b"hdlr",
        b"\0\0\0\0\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0",
    );
    quicktime::push_box(&mut out, *b"meta", &meta);
    quicktime::push_box(&mut out, *b"mdat", &noise(seed, 900));
    out.into()
}

fn png(seed: u64) -> Bytes {
    let mut rows = Vec::new();
    for row in noise(seed, 64).chunks(8) {
        rows.push(0);
        rows.extend_from_slice(row);
    }
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(&rows).expect("memory takes every byte");
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &[0, 0, 0, 8, 0, 0, 0, 8, 8, 0, 0, 0, 0]);
    chunk(
        &mut out,
        *b"IDAT",
        &zlib.finish().expect("memory takes every byte"),
    );
    chunk(&mut out, *b"IEND", &[]);
    out.into()
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], payload: &[u8]) {
    let len = u32::try_from(payload.len()).expect("chunks are small");
    out.extend(len.to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend_from_slice(payload);
    let mut crc = Crc::new();
    crc.update(&out[start..]);
    out.extend(crc.sum().to_be_bytes());
}

/// One pixel, with the seed in a comment.
fn gif(seed: u64) -> Bytes {
    let mut out = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x21\xfe\x10".to_vec();
    out.extend(format!("{seed:016x}").bytes());
    out.extend(b"\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b");
    out.into()
}

/// One lossless pixel, with the seed in a chunk that readers skip.
fn webp(seed: u64) -> Bytes {
    let mut body = b"WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0".to_vec();
    body.extend(b"SEED\x08\0\0\0");
    body.extend(seed.to_le_bytes());
    let mut out = b"RIFF".to_vec();
    out.extend(u32::try_from(body.len()).unwrap_or_default().to_le_bytes());
    out.extend(body);
    out.into()
}

pub(super) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut numbers = SplitMix64::new(seed);
    let mut bytes: Vec<u8> = (0..len.div_ceil(8))
        .flat_map(|_| numbers.next_u64().to_le_bytes())
        .collect();
    bytes.truncate(len);
    bytes
}
