//! A photo as `=d` serves it: picture, EXIF, for motion photos the XMP that announces the clip, and padding up to the wanted size.
//!
//! Separate from the picture so that this file is about segments only. The small picture is encoded anew for every request and
//! the padding copied around it, which costs little more than the copy; nothing is cached, so a library of any size needs no memory.

use bytes::Bytes;

use super::exif::{self, Place};
use super::{filler, picture};
use crate::item::Item;

/// The file of `item`, exactly `size` bytes long unless the picture alone needs more (or up to three bytes less).
/// `clip_len`: bytes of the clip, if it is a motion photo. `place`: where it was taken, if the file says so.
pub(super) fn photo(
    item: &Item,
    fingerprint: u64,
    size: usize,
    clip_len: Option<usize>,
    place: Option<Place>,
) -> Bytes {
    let pixels = pixels(item);
    let encoded = picture::encode(fingerprint, pixels, QUALITY);
    let (jfif, rest) = encoded.split_at(JFIF_LEN);

    let mut out = Vec::with_capacity(size.max(encoded.len() + METADATA_ROOM));
    out.extend_from_slice(jfif);
    segment(&mut out, APP1, &exif::payload(item, pixels, place));
    if let Some(clip_len) = clip_len {
        segment(&mut out, APP1, motion_photo_xmp(clip_len).as_bytes());
    }
    let missing = size.saturating_sub(out.len() + rest.len());
    pad(&mut out, missing, fingerprint);
    out.extend_from_slice(rest);
    out.into()
}

/// Width and height of the picture: what is listed where a JPEG can be that large, else a small default.
pub(super) fn pixels(item: &Item) -> (u16, u16) {
    let side = |pixels: u32| {
        u16::try_from(pixels)
            .ok()
            .filter(|side| (1..=MAX_SIDE).contains(side))
    };
    item.dimensions
        .and_then(|(width, height)| Some((side(width)?, side(height)?)))
        .unwrap_or(DEFAULT_PIXELS)
}

/// Adds segments that every reader must skip, `missing` bytes in all.
fn pad(out: &mut Vec<u8>, mut missing: usize, fingerprint: u64) {
    while missing >= SEGMENT_HEAD {
        let mut take = missing.min(SEGMENT_HEAD + MAX_PAYLOAD);
        // What is left for the next segment must have room for its head.
        if (1..SEGMENT_HEAD).contains(&(missing - take)) {
            take -= SEGMENT_HEAD;
        }
        segment_head(out, APP15, take - SEGMENT_HEAD);
        filler::append(
            out,
            take - SEGMENT_HEAD,
            fingerprint.wrapping_add(missing as u64),
        );
        missing -= take;
    }
}

fn segment(out: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    segment_head(out, marker, payload.len());
    out.extend_from_slice(payload);
}

fn segment_head(out: &mut Vec<u8>, marker: u8, payload_len: usize) {
    let len = u16::try_from(payload_len + 2).expect("callers keep payloads within a segment");
    out.extend([0xff, marker]);
    out.extend(len.to_be_bytes());
}

/// [Motion photo format 1.0](https://developer.android.com/media/platform/motion-photo-format). The lengths describe the file as the
/// phone wrote it, with the clip at its end; Google serves the packet unchanged although the clip is then a download of its own.
fn motion_photo_xmp(clip_len: usize) -> String {
    format!(
        r#"http://ns.adobe.com/xap/1.0/{nul}<?xpacket begin="{bom}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about=""
  xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"
  xmlns:Container="http://ns.google.com/photos/1.0/container/"
  xmlns:Item="http://ns.google.com/photos/1.0/container/item/"
  GCamera:MotionPhoto="1"
  GCamera:MotionPhotoVersion="1"
  GCamera:MotionPhotoPresentationTimestampUs="500000">
  <Container:Directory><rdf:Seq>
   <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary" Item:Length="0" Item:Padding="0"/></rdf:li>
   <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="video/mp4" Item:Semantic="MotionPhoto" Item:Length="{clip_len}" Item:Padding="0"/></rdf:li>
  </rdf:Seq></Container:Directory>
 </rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"#,
        nul = '\0',
        bom = '\u{feff}',
    )
}

const QUALITY: u8 = 85;
/// For items without listed dimensions, and for those that no JPEG can have.
const DEFAULT_PIXELS: (u16, u16) = (64, 48);
/// The limit of libjpeg and of most other decoders.
const MAX_SIDE: u16 = 65_500;
/// Start of image and the JFIF segment, whose length is fixed when it carries no thumbnail.
const JFIF_LEN: usize = 2 + 18;
/// More than EXIF and XMP need, so that the buffer is allocated once.
const METADATA_ROOM: usize = 4096;
const APP1: u8 = 0xe1;
/// The one application segment that nobody has given a meaning.
const APP15: u8 = 0xef;
/// Marker and length.
const SEGMENT_HEAD: usize = 4;
const MAX_PAYLOAD: usize = 65_533;
