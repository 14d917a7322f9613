//! The formats that the inspector tells apart, and what other parts of the program call them.

use std::fmt;

/// What the bytes are, whatever the name says: Google serves JPEG bytes under the name of a HEIC file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    Jpeg,
    Png,
    Gif,
    WebP,
    Heic,
    Avif,
    Tiff,
    Dng,
    Cr2,
    Cr3,
    Crw,
    Orf,
    Raf,
    Rw2,
    X3f,
    Bmp,
    Ico,
    Jp2,
    J2k,
    Jxl,
    Mp4,
    M4v,
    QuickTime,
    ThreeGp,
    Avi,
    Matroska,
    WebM,
    MpegTs,
    MpegPs,
    Asf,
    Flv,
}

/// Photo or video: which of the two ways to download an item its bytes belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FormatKind {
    Photo,
    Video,
}

impl Format {
    /// The usual extension, without its dot; a media extension in the sense of `naming`.
    pub(crate) fn extension(self) -> &'static str {
        self.facts().0
    }

    /// The media type registered with IANA, or the one in common use where none is.
    pub(crate) fn mime(self) -> &'static str {
        self.facts().1
    }

    pub(crate) fn kind(self) -> FormatKind {
        if self.mime().starts_with("video/") {
            FormatKind::Video
        } else {
            FormatKind::Photo
        }
    }

    fn facts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Jpeg => ("jpg", "image/jpeg", "JPEG"),
            Self::Png => ("png", "image/png", "PNG"),
            Self::Gif => ("gif", "image/gif", "GIF"),
            Self::WebP => ("webp", "image/webp", "WebP"),
            Self::Heic => ("heic", "image/heic", "HEIC"),
            Self::Avif => ("avif", "image/avif", "AVIF"),
            Self::Tiff => ("tif", "image/tiff", "TIFF"),
            Self::Dng => ("dng", "image/x-adobe-dng", "DNG"),
            Self::Cr2 => ("cr2", "image/x-canon-cr2", "Canon CR2"),
            Self::Cr3 => ("cr3", "image/x-canon-cr3", "Canon CR3"),
            Self::Crw => ("crw", "image/x-canon-crw", "Canon CRW"),
            Self::Orf => ("orf", "image/x-olympus-orf", "Olympus ORF"),
            Self::Raf => ("raf", "image/x-fuji-raf", "Fujifilm RAF"),
            Self::Rw2 => ("rw2", "image/x-panasonic-rw2", "Panasonic RW2"),
            Self::X3f => ("x3f", "image/x-sigma-x3f", "Sigma X3F"),
            Self::Bmp => ("bmp", "image/bmp", "BMP"),
            Self::Ico => ("ico", "image/x-icon", "ICO"),
            Self::J2k => ("j2k", "image/j2c", "JPEG 2000 codestream"),
            Self::Jp2 => ("jp2", "image/jp2", "JPEG 2000"),
            Self::Jxl => ("jxl", "image/jxl", "JPEG XL"),
            Self::Mp4 => ("mp4", "video/mp4", "MP4"),
            Self::M4v => ("m4v", "video/x-m4v", "M4V"),
            Self::QuickTime => ("mov", "video/quicktime", "QuickTime"),
            Self::ThreeGp => ("3gp", "video/3gpp", "3GP"),
            Self::Avi => ("avi", "video/x-msvideo", "AVI"),
            Self::Matroska => ("mkv", "video/x-matroska", "Matroska"),
            Self::WebM => ("webm", "video/webm", "WebM"),
            Self::MpegTs => ("mts", "video/mp2t", "MPEG transport stream"),
            Self::MpegPs => ("mpg", "video/mpeg", "MPEG program stream"),
            Self::Asf => ("wmv", "video/x-ms-wmv", "ASF"),
            Self::Flv => ("flv", "video/x-flv", "FLV"),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().2)
    }
}
