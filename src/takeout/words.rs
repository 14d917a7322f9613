//! The words that Google appends to the name of an edited version, in every language in which exports were seen. A hint
//! only: an edited version in another language is kept all the same, as a photo of its own.

use crate::takeout::name::{MediaName, fold, units};

/// After a `-`: collected from the tests and tables of six tools. Compared in NFC and without regard to case.
const EDITED: [&str; 27] = [
    "edited",
    "effects",
    "smile",
    "mix",
    "bearbeitet",
    "modifié",
    "ha editado",
    "editado",
    "editada",
    "editat",
    "modificato",
    "bewerkt",
    "edytowane",
    "upraveno",
    "upravené",
    "измененный",
    "отредактировано",
    "відредаговано",
    "düzenlendi",
    "muokattu",
    "redigerad",
    "redigeret",
    "編集済み",
    "편집됨",
    "已修改",
    "编辑",
    "已編輯",
];

/// The stem of what an edited version was made from, if the name says that it is one: `IMG_1-edited` is made from `IMG_1`.
/// Where the stem is as long as Google lets it be, the word may be cut as well, down to its dash.
pub(crate) fn unedited(name: &MediaName) -> Option<&str> {
    let (before, word) = name.stem.rsplit_once('-')?;
    if before.is_empty() {
        return None;
    }
    let word = fold(word);
    let is_full = units(&name.stem) >= crate::takeout::name::MEDIA_STEM;
    let says_edited = |edited: &&str| {
        let edited = fold(edited);
        word == edited || (is_full && !word.is_empty() && edited.starts_with(&word))
    };
    EDITED.iter().any(says_edited).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_version_is_known_by_its_word() {
        for (name, expected) in [
            ("IMG_1-edited.jpg", Some("IMG_1")),
            ("IMG_1-EDITED(1).jpg", Some("IMG_1")),
            ("IMG_1-modifié.jpg", Some("IMG_1")),
            ("IMG_1-modifie\u{301}.jpg", Some("IMG_1")),
            ("IMG_1-ed.jpg", None),
            ("-edited.jpg", None),
            ("IMG_1-editedly.jpg", None),
            // 47 units: the word was cut.
            (
                "Con Yoli por Málaga en el piso nuevo_001-ha edi.JPG",
                Some("Con Yoli por Málaga en el piso nuevo_001"),
            ),
        ] {
            assert_eq!(unedited(&MediaName::parse(name)), expected, "{name}");
        }
    }
}
