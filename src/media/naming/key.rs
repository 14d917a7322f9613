//! Which file names could stand for one and the same item, whoever wrote the files.
//!
//! Separate from the frozen rules: nothing is ever named by a key, it only finds candidates, which then have to prove themselves.

use super::{ends_like_clash, extension, fold_key, portable};

/// Equal for names that differ only in what tools add where two files have one name: our own `~abcdef`, ` {id}` (rclone),
/// ` (1)` (gphotos-sync, browsers), `(1)` (Takeout). The rest is compared as file systems do that fold case and composition,
/// after the characters were replaced that no name of ours may have.
pub(crate) fn match_key(name: &str) -> String {
    let name = portable::clean(name);
    let (stem, extension) = extension::split_any(&name);
    let bare = without_mark(stem);
    fold_key(&format!("{bare}.{extension}"))
}

fn without_mark(stem: &str) -> &str {
    let marked = |open: char, close: char, is_mark: fn(&str) -> bool| {
        let (before, mark) = stem.strip_suffix(close)?.rsplit_once(open)?;
        is_mark(mark).then_some(before)
    };
    let is_number = |mark: &str| !mark.is_empty() && mark.bytes().all(|byte| byte.is_ascii_digit());
    // As long as an id; a shorter word in braces is part of the name.
    let is_id = |mark: &str| {
        mark.len() >= 20
            && mark
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let clash = || {
        ends_like_clash(stem)
            .then(|| stem.rsplit_once('~'))
            .flatten()
            .map(|(before, _)| before)
    };
    let bare = marked('(', ')', is_number)
        .or_else(|| marked('{', '}', is_id))
        .or_else(clash)
        .map(str::trim_end);
    bare.filter(|bare| !bare.is_empty()).unwrap_or(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_add_does_not_count() {
        let id = "AGj1epWx5cUeK2mJ9b0ZyQw7h3dR8tLnV4oP6sXaBfCkTgEi1uMqYvNrHl0wZjDc";
        for same in [
            "IMG_1.jpg",
            "img_1.JPG",
            "IMG_1(1).jpg",
            "IMG_1 (12).jpg",
            "IMG_1~abcdef.jpg",
            "IMG_1~abcdef-2.jpg",
            &format!("IMG_1 {{{id}}}.jpg"),
        ] {
            assert_eq!(match_key(same), match_key("IMG_1.jpg"), "{same}");
        }
        assert_eq!(match_key("Mu\u{308}tze.jpg"), match_key("M\u{fc}tze.jpg"));
        assert_eq!(match_key("a:b.jpg"), match_key("a_b.jpg"));
    }

    #[test]
    fn what_belongs_to_the_name_does() {
        for other in [
            "IMG_2.jpg",
            "IMG_1.png",
            "IMG_1.jpg.json",
            "IMG_1-edited.jpg",
            "IMG_1 (a).jpg",
            "IMG_1 {cat}.jpg",
            "IMG_1",
        ] {
            assert_ne!(match_key(other), match_key("IMG_1.jpg"), "{other}");
        }
        assert_ne!(match_key("(1).jpg"), match_key("(2).jpg"));
        assert_ne!(match_key("~abcdef.jpg"), match_key("~abcdeg.jpg"));
    }
}
