//! The commands that messages name. Each is to work as it stands, wherever it is pasted: so it names the archive that the
//! message is about, where the program would not find that by itself.

use std::borrow::Cow;
use std::path::Path;

use serde_json::Value;

use crate::error::quoted;
use crate::ui::escape;

/// The option that names this root, for a shell.
pub(super) fn option(root: &Path) -> String {
    format!("--root {} ", escape(&quoted(&root.display().to_string())))
}

/// Puts the option into every command of ours that the text names in backquotes, but for those that name a root already, and
/// for `demo`, which has a root of its own.
pub(super) fn addressed<'a>(text: &'a str, option: &str) -> Cow<'a, str> {
    if option.is_empty() || !text.contains(OURS) {
        return text.into();
    }
    let mut pieces = text.split(OURS);
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        whole.push_str(OURS);
        if !["--root ", "demo"].iter().any(|own| piece.starts_with(own)) {
            whole.push_str(option);
        }
        whole.push_str(piece);
    }
    whole.into()
}

/// The same of what an object says to a person. Its other texts are data.
pub(super) fn addressed_object(value: &mut Value, option: &str) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                if SAID.contains(&key.as_str()) {
                    address_texts(value, option);
                } else {
                    addressed_object(value, option);
                }
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| addressed_object(value, option)),
        _ => {}
    }
}

fn address_texts(value: &mut Value, option: &str) {
    match value {
        Value::String(text) => *text = addressed(text, option).into_owned(),
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| address_texts(value, option)),
        _ => {}
    }
}

const OURS: &str = "`gphotos-dl ";
/// The keys of texts that name commands.
const SAID: [&str; 5] = ["hint", "repair", "settings_problem", "warnings", "way_back"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_command_names_the_archive_once() {
        let option = option(Path::new("/mnt/my photos"));
        for (text, expected) in [
            (
                "run `gphotos-dl login`",
                "run `gphotos-dl --root '/mnt/my photos' login`",
            ),
            (
                "`gphotos-dl pick`, or `gphotos-dl sync --since 2021-01-01`",
                "`gphotos-dl --root '/mnt/my photos' pick`, or `gphotos-dl --root '/mnt/my photos' sync --since 2021-01-01`",
            ),
            ("`gphotos-dl demo`", "`gphotos-dl demo`"),
            (
                "`gphotos-dl --root /tmp/demo demo`",
                "`gphotos-dl --root /tmp/demo demo`",
            ),
            (
                "the newer gphotos-dl is not called",
                "the newer gphotos-dl is not called",
            ),
        ] {
            assert_eq!(addressed(text, &option), expected);
            assert_eq!(addressed(text, ""), text);
        }
    }

    #[test]
    fn of_an_object_only_what_is_said_to_a_person_is_touched() {
        let mut object = json!({ "hint": "`gphotos-dl login`", "files": [{ "path": "`gphotos-dl x`", "warnings": ["`gphotos-dl y`"] }] });
        addressed_object(&mut object, "--root /a ");
        let expected = json!({ "hint": "`gphotos-dl --root /a login`", "files": [{ "path": "`gphotos-dl x`", "warnings": ["`gphotos-dl --root /a y`"] }] });
        assert_eq!(object, expected);
    }
}
