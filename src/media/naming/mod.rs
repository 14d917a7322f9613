//! Names of files on disk: Google's `filename` in, a name that every file system accepts out. **Rules v1, frozen.**
//!
//! Separate because an archive lives for decades: a name depends on nothing but its item, and a later version of this
//! program must give an old item its old name. `tests.rs` pins every rule by a golden table; new rules would be a v2 beside this.
//!
//! 1. Text is NFC. Characters that show nothing are left out; separators, control characters, `< > : " | ? *`, line
//!    separators, noncharacters and U+F000-F0FF become `_` (`portable`).
//! 2. White space at both ends and dots at the end go. A leading dot becomes `_`: no hidden files, and `.gphotos-dl` is ours.
//!    A leading `-` stays: it is an ordinary character in every file system, and only a careless shell command minds.
//! 3. Nothing left, or no name at all: `item-` and the id, every character of it outside `A-Z a-z 0-9 _ -` being `_`, at most 100.
//! 4. A media extension is never changed, nor is its case. Any other name gets the caller's extension appended, unless it has it.
//! 5. At most [`MAX_BYTES`] bytes. What is too long loses the end of its stem, never its extension, and never half a letter.
//! 6. A Windows device name (`CON`, `nul.jpg`, `COM¹`) gets a leading `_`.
//! 7. A stem that ends like a clash name (`~` and a tag) gets a final `_`, so that no item can take the name which
//!    another one's clash will need.
//! 8. A clash name is stem, `~`, tag, from the second attempt on `-2`, `-3`, …, extension. The tag is made of the item's identity
//!    alone ([`tag`]), so that no order of arrival makes two items swap names.
//!
//! That names are unique is the index's promise, kept with [`fold_key`]; these rules make clashes rare and lasting.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE32_NOPAD;

mod extension;
mod key;
mod numbered;
mod portable;
#[cfg(test)]
mod tests;

pub(crate) use extension::has_media_extension;
pub(crate) use key::match_key;
pub(crate) use numbered::{folder_name, numbered};
pub(crate) use portable::{clean as clean_component, fold_key, is_device};

/// Every file system allows 255 (bytes or UTF-16 units). eCryptfs leaves 143 of them, and a file in the making wants a suffix.
pub(crate) const MAX_BYTES: usize = 140;

const TAG_LENGTH: usize = 6;

/// The name for an item's file. `fallback` is the extension of what the bytes are, for names without a media extension.
pub(crate) fn file_name(filename: Option<&str>, id: &str, fallback: &str) -> String {
    let mut name = portable::clean(filename.unwrap_or_default());
    if name.is_empty() {
        name = name_from_id(id);
    }
    if let Some((stem, extension)) = extension::split_media(&name) {
        return assemble(stem, extension);
    }
    let fallback = extension::plain(fallback);
    match extension::split_any(&name) {
        (stem, extension) if extension.eq_ignore_ascii_case(&fallback) => assemble(stem, extension),
        _ => assemble(&name, &fallback),
    }
}

/// The name an item gets when `name` is taken: `IMG_1~abcdef.jpg`, then `IMG_1~abcdef-2.jpg`, and so on.
pub(crate) fn clash_name(name: &str, tag: &str, attempt: u32) -> String {
    let (stem, extension) = extension::split_any(name);
    let mark = match attempt {
        0 => format!("~{tag}"),
        _ => format!("~{tag}-{}", u64::from(attempt) + 1),
    };
    let dot = if extension.is_empty() { "" } else { "." };
    let room = MAX_BYTES.saturating_sub(mark.len() + dot.len() + extension.len());
    format!("{}{mark}{dot}{extension}", portable::cut(stem, room))
}

/// Six characters `a-z 2-7` that stand for one file of one item: the first 30 bits, in lower-case base32, of the SHA-256 of
/// the three texts as netstrings, `<length in bytes>:<text>,`. To check one by hand:
/// `printf '7:library,3:abc,8:original,' | sha256sum | xxd -r -p | base32 | cut -c1-6 | tr A-Z a-z`.
pub(crate) fn tag(source: &str, id: &str, role: &str) -> String {
    let (source_len, id_len, role_len) = (source.len(), id.len(), role.len());
    let identity = format!("{source_len}:{source},{id_len}:{id},{role_len}:{role},");
    let hash = BASE32_NOPAD.encode(digest(&SHA256, identity.as_bytes()).as_ref());
    hash[..TAG_LENGTH].to_ascii_lowercase()
}

/// The name of a motion photo's clip: its still's name with another extension, `PXL_1.MP.jpg` → `PXL_1.MP.mp4`.
pub(crate) fn clip_name(still: &str, extension: &str) -> String {
    let stem = extension::split_media(still).map_or(still, |(stem, _)| stem);
    let extension = extension::plain(extension);
    let room = MAX_BYTES - 1 - extension.len();
    format!("{}.{extension}", portable::cut(stem, room))
}

/// True for names that cameras give to stills with a moving part: `MVIMG_….jpg` (Pixel 2 and 3), `….MP.jpg` (later Pixels; also
/// `….MP~2.jpg` after an edit, `….MP.COVER.jpg` beside a raw file, and the bare `….MP` of exports). The format's own rule is
/// a stem ending in `MP` (<https://developer.android.com/media/platform/motion-photo-format>, "filename pattern"); a letter before
/// it is not accepted here, since `CAMP.jpg` is a picture of a tent.
pub(crate) fn says_motion(name: &str) -> bool {
    let stem = extension::split_media(name).map_or(name, |(stem, _)| stem);
    if stem
        .get(..6)
        .is_some_and(|start| start.eq_ignore_ascii_case("MVIMG_"))
    {
        return true;
    }
    let stem = stem.strip_suffix(".COVER").unwrap_or(stem);
    let stem = strip_counter(stem);
    match stem.strip_suffix("MP") {
        Some(before) => before
            .chars()
            .next_back()
            .is_some_and(|c| !c.is_alphabetic()),
        None => false,
    }
}

/// Rules 5, 6 and 7, for a stem that obeys the others.
fn assemble(stem: &str, extension: &str) -> String {
    let room = MAX_BYTES - 1 - extension.len();
    let mut stem = portable::cut(stem, room).to_owned();
    if portable::is_device(&stem) {
        stem.insert(0, '_');
        stem.truncate(portable::cut(&stem, room).len());
    }
    if ends_like_clash(&stem) {
        stem.truncate(portable::cut(&stem, room - 1).len());
        stem.push('_');
    }
    format!("{stem}.{extension}")
}

fn name_from_id(id: &str) -> String {
    let keep = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    let id: String = id.chars().take(100).map(keep).collect();
    format!("item-{id}")
}

/// True for a stem ending in `~`, a tag and perhaps `-` and a number, in any spelling that [`fold_key`] takes for one.
fn ends_like_clash(stem: &str) -> bool {
    let key = fold_key(stem);
    let Some((_, mark)) = key.rsplit_once('~') else {
        return false;
    };
    let (tag, number) = mark.split_once('-').unwrap_or((mark, "2"));
    let is_tag =
        tag.len() == TAG_LENGTH && tag.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'));
    is_tag && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

/// `PXL_1.MP~2` → `PXL_1.MP`, `PXL_1.MP(3)` → `PXL_1.MP`: the counters of edited copies and of exports.
fn strip_counter(stem: &str) -> &str {
    let bare = stem
        .trim_end_matches(')')
        .trim_end_matches(|c: char| c.is_ascii_digit());
    bare.strip_suffix(['~', '(']).unwrap_or(stem)
}
