//! File name extensions: which ones say "photo" or "video", and where a name divides into stem and extension.
//!
//! Separate from the other rules because this is the one list here that a reader may want to look something up in. Like all
//! of `naming` it is frozen: a longer list would give an item that arrives today another name than it had yesterday.

/// Extensions that stay as Google's name has them: the types Google Photos lists as accepted
/// (<https://support.google.com/googleone/answer/6193313>), their usual variants, camera raw formats, and what old phones
/// and camcorders wrote.
const MEDIA: &[&str] = &[
    // photos
    "jpg", "jpeg", "jpe", "jfif", "jif", "mpo", "png", "apng", "gif", "webp", "heic", "heif",
    "heics", "heifs", "hif", "avif", "avifs", "avci", "tif", "tiff", "bmp", "dib", "ico", "jxl",
    "jp2", "j2k", "jpf", "jpx", "jpm", "jxr", "insp", // camera raw
    "dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "orf", "ori", "rw2", "rwl",
    "raf", "raw", "srw", "pef", "ptx", "x3f", "3fr", "fff", "iiq", "mef", "mos", "mrw", "erf",
    "kdc", "dcr", "k25", "gpr", // videos
    "mp4", "m4v", "mov", "qt", "3gp", "3gpp", "3g2", "avi", "divx", "mkv", "webm", "mpg", "mpeg",
    "mpe", "m1v", "m2v", "vob", "mts", "m2ts", "m2t", "ts", "mmv", "mod", "tod", "wmv", "asf",
    "flv", "f4v", "ogv", "insv", "lrv", "dv",
];

/// True when a name ends in an extension that is never changed.
pub(crate) fn has_media_extension(name: &str) -> bool {
    split_media(name).is_some()
}

/// (stem, extension without its dot), when the extension is a media extension and something stands before it.
pub(super) fn split_media(name: &str) -> Option<(&str, &str)> {
    let (stem, extension) = name.rsplit_once('.')?;
    let known = MEDIA
        .iter()
        .any(|known| known.eq_ignore_ascii_case(extension));
    (known && !stem.is_empty()).then_some((stem, extension))
}

/// As [`split_media`], and for other names at a final dot followed by up to [`LONGEST`] ASCII letters or digits. The
/// extension is empty when there is none.
pub(super) fn split_any(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && is_plain(extension) => (stem, extension),
        _ => (name, ""),
    }
}

/// The extension to append to a name that has none: ASCII letters and digits only, lower case. Ours are constants; this
/// keeps a careless caller from undoing every rule above.
pub(super) fn plain(fallback: &str) -> String {
    let kept: String = fallback
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(LONGEST)
        .collect();
    if kept.is_empty() {
        "bin".to_owned()
    } else {
        kept.to_ascii_lowercase()
    }
}

/// Longer than every media extension, short enough to be no sentence.
const LONGEST: usize = 8;

fn is_plain(extension: &str) -> bool {
    (1..=LONGEST).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric())
}
