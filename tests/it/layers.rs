//! The layer table: a module uses only modules to its right. Kept here so that an arrow in the wrong direction is a red
//! test and not a matter of taste.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Every module, and how far down it stands. A module may use those with a larger number, and its own; neighbours on one
/// level do not know each other.
const LAYERS: [(&str, u8); 20] = [
    ("lib", 0),
    ("commands", 1),
    // Not in the program: what the fuzz targets call.
    ("fuzz", 1),
    // These look down on everything that they show, explain or configure.
    ("ui", 2),
    ("error", 3),
    ("config", 4),
    ("cli", 5),
    ("env", 6),
    ("sync", 7),
    ("import", 7),
    ("source", 8),
    ("archive", 8),
    ("google", 9),
    ("auth", 10),
    ("http", 11),
    ("takeout", 11),
    ("media", 12),
    ("clock", 13),
    ("durable", 13),
    // Asked wherever a mistake could be made.
    ("known_bad", 14),
];

/// `media` does no I/O: nothing of these may appear in it.
const IMPURE: [&str; 5] = ["std::fs", "std::net", "tokio::", "reqwest::", "Utc::now"];

#[test]
fn modules_use_only_what_stands_below_them() {
    let layers: BTreeMap<&str, u8> = LAYERS.into();
    let mut seen = 0;
    for (file, module, text) in sources() {
        let own = layers
            .get(module.as_str())
            .unwrap_or_else(|| panic!("{file}: the layer table does not know {module:?}"));
        for used in used_modules(&text) {
            let Some(other) = layers.get(used.as_str()) else {
                panic!("{file} uses crate::{used}, which the layer table does not know")
            };
            let may = other > own || used == module;
            assert!(may, "{file}: `{module}` must not use `{used}`");
            seen += 1;
        }
    }
    assert!(
        seen > 100,
        "the scan has found {seen} uses, so it does not see them"
    );
}

#[test]
fn media_is_pure() {
    for (file, module, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for impure in IMPURE.iter().filter(|_| module == "media") {
            assert!(!code.contains(impure), "{file} contains {impure}");
        }
    }
}

#[test]
fn only_google_and_its_source_know_the_api() {
    for (file, module, text) in sources() {
        let is_allowed = matches!(
            module.as_str(),
            "google" | "source" | "commands" | "sync" | "error" | "config"
        );
        assert!(
            is_allowed || !used_modules(&text).contains(&"google".to_owned()),
            "{file} uses crate::google"
        );
        assert!(
            module == "google" || !text.contains("google::wire"),
            "{file} uses the wire types"
        );
    }
}

/// Every source file, the module that it belongs to, and its text.
fn sources() -> Vec<(String, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path
                    .strip_prefix(&src)
                    .expect("inside")
                    .display()
                    .to_string();
                let module = relative
                    .split('/')
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches(".rs")
                    .to_owned();
                let module = if module == "main" {
                    "lib".to_owned()
                } else {
                    module
                };
                files.push((relative, module, fs::read_to_string(&path).expect("text")));
            }
        }
    }
    assert!(files.len() > 30, "the scan has found {} files", files.len());
    files
}

/// The first segments of all `crate::` paths, also inside braces; comments do not count.
fn used_modules(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut modules = Vec::new();
    for rest in code.split("crate::").skip(1) {
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for word in list.split_inclusive(['{', '}', ',', ':']) {
                let is_part_of_name = |c: &char| c.is_alphanumeric() || *c == '_';
                let name: String = word
                    .trim_start()
                    .chars()
                    .take_while(is_part_of_name)
                    .collect();
                if depth == 0 && start && !name.is_empty() {
                    modules.push(name);
                }
                start = word.ends_with(',');
                depth += i32::from(word.ends_with('{')) - i32::from(word.ends_with('}'));
                if depth < 0 {
                    break;
                }
            }
        } else {
            modules.push(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
        }
    }
    modules
}
