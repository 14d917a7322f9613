//! The address of a photo in Google Photos, and what of it tells one from another.

/// The tail of `https://photos.google.com/photo/AF1Qip…`; of any other address, all of it.
pub(crate) fn id_of(url: &str) -> &str {
    let tail = url
        .strip_prefix("https://photos.google.com/")
        .and_then(|path| path.rsplit('/').next());
    tail.filter(|tail| !tail.is_empty()).unwrap_or(url)
}
