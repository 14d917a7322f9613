//! One entry of a part.

use crate::source::takeout::cp437;

/// A file in a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where it stands in the export, with `/`; relative, without `.` and `..`.
    pub(crate) path: String,
    /// Bytes, as the part says. Reading more than that is an error.
    pub(crate) size: u64,
    /// The checksum of its bytes, where the part says one.
    pub(crate) crc: Option<u32>,
    /// Its place in the part, from 0: the same at every walk.
    pub(crate) ordinal: u64,
    /// What the archive calls it in another place, where it has two names for it: then neither can be believed.
    pub(crate) other_name: Option<String>,
    /// When it was last changed, in seconds since 1970. Of a file of an export this is when it was exported: never a photo's
    /// date.
    pub(crate) modified: Option<i64>,
}

impl Entry {
    /// Why its name is not to be believed.
    pub(crate) fn doubt(&self) -> Option<String> {
        let other = self.other_name.as_ref()?;
        Some(format!(
            "its name is damaged: the archive also calls it {other}"
        ))
    }
}

/// Why an entry is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Skip {
    /// A symbolic or hard link, a device, a pipe.
    NotAFile,
    /// Its name would lead out of the export.
    UnsafePath,
    Encrypted,
    /// Packed by a method other than stored and deflated.
    UnknownMethod,
    /// It shares bytes with another entry: a trick of archives that unpack to far more than they are.
    Overlaps,
    /// It is packed more strongly than any photo can be.
    Bomb,
}

impl Skip {
    /// For messages and for the balance sheet.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::NotAFile => "not a regular file",
            Self::UnsafePath => "its name leads out of the export",
            Self::Encrypted => "it is encrypted",
            Self::UnknownMethod => "packed by a method that exports do not use",
            Self::Overlaps => "it shares bytes with another entry",
            Self::Bomb => "it unpacks to more than a photo can",
        }
    }

    /// Whether it may have been a photo, which the archive is now without.
    pub(crate) fn is_loss(self) -> bool {
        !matches!(self, Self::NotAFile | Self::UnsafePath)
    }
}

/// No path of an export is longer than this many bytes.
const MAX_PATH: usize = 4096;
/// Characters of a name that is told and not used.
const TOLD: usize = 300;

/// The path of an entry from its name in the archive; `Err` gives the name for messages, or its beginning.
pub(super) fn path_of(name: &[u8]) -> Result<String, String> {
    let name = cp437::decode(name);
    let bytes = name.as_bytes();
    let has_drive =
        bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    let is_unsafe = name.starts_with('/')
        || name.starts_with('\\')
        || has_drive
        || name.contains('\0')
        || name.len() > MAX_PATH
        || name.split(['/', '\\']).any(|part| part == "..");
    if is_unsafe {
        let end = name.char_indices().nth(TOLD).map(|(end, _)| end);
        return Err(end.map_or(name.clone(), |end| format!("{}…", &name[..end])));
    }
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    if parts.is_empty() {
        return Err(name);
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_out_is_no_path() {
        for name in [
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a/..",
            "C:\\x",
            "c:x",
            "\\\\host\\share",
            "a\\..\\..\\x",
            "a\0b",
            "",
            ".",
            "//",
        ] {
            assert!(path_of(name.as_bytes()).is_err(), "{name:?}");
        }
        assert_eq!(path_of(b"./Takeout//a.jpg"), Ok("Takeout/a.jpg".to_owned()));
        assert_eq!(
            path_of("Takeout/..a/b..".as_bytes()),
            Ok("Takeout/..a/b..".to_owned())
        );
        assert!(path_of("x/".repeat(3000).as_bytes()).is_err());
    }
}
