//! Names of what is derived from the archive: folders of albums, and links in them. Not frozen: they are made anew at will.

use crate::media::naming::{MAX_BYTES, extension, portable};

/// A folder's name for any title.
pub(crate) fn folder_name(title: &str) -> String {
    let clean = portable::clean(title);
    let name = portable::cut(&clean, MAX_BYTES);
    if name.is_empty() {
        "Untitled".to_owned()
    } else if portable::is_device(name) {
        format!("_{name}")
    } else {
        name.to_owned()
    }
}

/// The name itself, then `IMG_1 (2).jpg`, `IMG_1 (3).jpg`, … without end.
pub(crate) fn numbered(name: &str) -> impl Iterator<Item = String> {
    let (stem, extension) = match extension::split_media(name) {
        Some((stem, extension)) => (stem, format!(".{extension}")),
        None => (name, String::new()),
    };
    let further = (2_u32..).map(move |number| format!("{stem} ({number}){extension}"));
    std::iter::once(name.to_owned()).chain(further)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_title_becomes_a_folder_and_any_name_can_be_numbered() {
        for (title, expected) in [
            ("Zoo 6/10/23", "Zoo 6_10_23"),
            ("../..", "_._"),
            ("  ", "Untitled"),
            ("...", "Untitled"),
            ("nul", "_nul"),
        ] {
            assert_eq!(folder_name(title), expected);
        }
        assert_eq!(folder_name(&"ä".repeat(200)).len(), MAX_BYTES);
        let three = |name| numbered(name).take(3).collect::<Vec<_>>();
        assert_eq!(three("a.b.jpg"), ["a.b.jpg", "a.b (2).jpg", "a.b (3).jpg"]);
        assert_eq!(three("Dr. No"), ["Dr. No", "Dr. No (2)", "Dr. No (3)"]);
    }
}
