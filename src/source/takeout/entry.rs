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
    /// A symbolic or hard link: what it stands for may be nowhere else in the export.
    NotAFile,
    /// A device, a pipe, a socket: none of them holds bytes.
    Device,
    /// It has none, or one that leads nowhere.
    NoName,
    Encrypted,
    /// Packed by a method other than stored and deflated.
    UnknownMethod,
    /// It shares bytes with another entry: a trick of archives that unpack to far more than they are.
    Overlaps,
    /// It is packed more strongly than any photo can be.
    Bomb,
    /// It stands behind the end of a tar archive, where no reader looks.
    Behind,
}

impl Skip {
    /// For messages and for the balance sheet.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::NotAFile => "not a regular file",
            Self::Device => "a device or a pipe",
            Self::NoName => "it has no name",
            Self::Encrypted => "it is encrypted",
            Self::UnknownMethod => "packed by a method that exports do not use",
            Self::Overlaps => "it shares bytes with another entry",
            Self::Bomb => "it unpacks to more than a photo can",
            Self::Behind => {
                "it is not read: two archives in one file? Unpack it and import the folder"
            }
        }
    }

    /// Whether it may have been a photo, which the archive is now without.
    pub(crate) fn is_loss(self) -> bool {
        self != Self::Device
    }

    /// Whether no export is packed like that, and its part may be had in a better state.
    pub(crate) fn is_damage(self) -> bool {
        !matches!(
            self,
            Self::NotAFile | Self::Device | Self::NoName | Self::Behind
        )
    }
}

/// No path of an export is longer than this many bytes; a longer one keeps its first folders and its last name.
const MAX_PATH: usize = 4096;
const KEPT_FOLDERS: usize = 3;
/// Bytes of each of these: what a file system takes.
const MAX_NAME: usize = 255;

/// The path of an entry from its name in the archive: what leads out of an export or into a folder of somebody's machine is
/// left out of it, because the bytes may be a photo all the same, and no name of an entry ever becomes a path. `Err` where
/// nothing is left; it gives the name for messages.
pub(super) fn path_of(name: &[u8]) -> Result<String, String> {
    let name = cp437::decode(name);
    let bytes = name.as_bytes();
    let has_drive =
        bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    let rest = if has_drive { &name[2..] } else { &name };
    let is_of_windows =
        has_drive || rest.starts_with('\\') || rest.split(['/', '\\']).any(|part| part == "..");
    let separators: &[char] = if is_of_windows { &['/', '\\'] } else { &['/'] };
    let parts: Vec<String> = rest
        .split(separators)
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .map(|part| part.replace('\0', "_"))
        .collect();
    if parts.is_empty() {
        return Err(name);
    }
    let path = parts.join("/");
    if path.len() <= MAX_PATH {
        return Ok(path);
    }
    let (last, folders) = parts
        .split_last()
        .map_or(("", &[][..]), |(last, folders)| (last.as_str(), folders));
    let kept = folders.iter().take(KEPT_FOLDERS);
    let kept = kept.map(String::as_str).chain([last]).map(shortened);
    Ok(kept.collect::<Vec<_>>().join("/"))
}

/// A name of no more than [`MAX_NAME`] bytes, with its extension.
fn shortened(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let extension = match name.rfind('.') {
        Some(at) if name.len() - at <= LONGEST_EXTENSION => &name[at..],
        _ => "",
    };
    let mut end = MAX_NAME - extension.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", &name[..end])
}

/// Bytes, with the dot.
const LONGEST_EXTENSION: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_and_nothing_is_lost_for_its_name() {
        for (name, expected) in [
            ("/etc/x", "etc/x"),
            ("../x", "x"),
            ("a/../../x", "a/x"),
            ("a/..", "a"),
            ("C:\\x", "x"),
            ("c:x", "x"),
            ("\\\\host\\share", "host/share"),
            ("a\\..\\..\\x", "a/x"),
            ("a\\b", "a\\b"),
            ("a\0b", "a_b"),
            ("./Takeout//a.jpg", "Takeout/a.jpg"),
            ("Takeout/..a/b..", "Takeout/..a/b.."),
        ] {
            assert_eq!(
                path_of(name.as_bytes()),
                Ok(expected.to_owned()),
                "{name:?}"
            );
        }
        for name in ["", ".", "//", "..", "C:"] {
            assert!(path_of(name.as_bytes()).is_err(), "{name:?}");
        }
        let long = format!("a/b/{}写.jpg", "c/".repeat(3000) + &"é".repeat(300));
        let path = path_of(long.as_bytes()).expect("a path");
        assert!(
            path.starts_with("a/b/c/é") && path.ends_with("é.jpg"),
            "{path}"
        );
        assert!(path.len() < 300);
    }
}
