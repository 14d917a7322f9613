//! What may lie where in a root, who may read it, and what must not stand in it.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Violations;
use super::disk::strays;

/// I9, at any moment: whatever lies in the folders that are ours alone has a name of ours.
pub(super) fn check(root: &Path, wrong: &mut Violations) {
    let mut odd = |folder: &str, is_ours: fn(&str) -> bool| {
        for name in names(&root.join(folder)) {
            if !is_ours(&name) {
                wrong.push(format!("I9: nobody knows what {folder}/{name} is"));
            }
        }
    };
    odd("downloads/.gphotos-dl", |name| {
        matches!(
            name,
            "index" | "tmp" | "lock" | "damaged" | "verify.json" | "runs.json"
        ) || is_new_of(name, "verify.json")
            || is_new_of(name, "runs.json")
    });
    odd("downloads/.gphotos-dl/index", |name| {
        name.starts_with("index.")
    });
    odd("downloads/.gphotos-dl/tmp", is_temp);
    odd("media_items_list", |name| {
        name == "archive.json"
            || is_new_of(name, "archive.json")
            || is_record(name)
            || name.starts_with("item-list-") && is_list(name)
    });
    odd("credentials", |name| {
        let replaced = [
            "token_library.json",
            "token_picker.json",
            "picker_sessions.json",
        ];
        name == "client_secret.json"
            || replaced
                .iter()
                .any(|own| name == *own || is_new_of(name, own))
    });
}

/// I9, after an undisturbed run: nothing is left of what was under way.
pub(super) fn check_tidy(root: &Path, wrong: &mut Violations) {
    for stray in strays(root) {
        wrong.push(format!("I9: {stray} is left"));
    }
    for folder in [
        "downloads/.gphotos-dl",
        "downloads/.gphotos-dl/tmp",
        "downloads/.gphotos-dl/index",
        "media_items_list",
        "credentials",
    ] {
        for name in names(&root.join(folder)) {
            let is_litter = [".part", ".partial", ".new", "-wal", "-shm", "-journal"]
                .iter()
                .any(|end| name.ends_with(end));
            if is_litter {
                wrong.push(format!("I9: {folder}/{name} is left"));
            }
        }
    }
}

/// I15: nobody holds the lock once the run has ended, however it has.
pub(super) fn check_lock(root: &Path, wrong: &mut Violations) {
    for path in ["downloads", "downloads/.gphotos-dl/lock"] {
        let lock = File::open(root.join(path));
        if lock.is_ok_and(|lock| lock.try_lock().is_err()) {
            wrong.push(format!("I15: {path} is locked, and by nobody who lives"));
        }
    }
}

/// I12: each token is whole and its owner's alone, or there is none; the same of the selections that are not finished.
pub(super) fn check_token(root: &Path, wrong: &mut Violations) {
    for name in [
        "token_library.json",
        "token_picker.json",
        "picker_sessions.json",
    ] {
        check_private(&root.join("credentials").join(name), name, wrong);
    }
}

fn check_private(path: &Path, name: &str, wrong: &mut Violations) {
    let Ok(text) = fs::read_to_string(path) else {
        return;
    };
    let file: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let is_whole = file.is_some_and(|file| {
        let says = |field: &&str| file[field].as_str().is_some_and(|text| !text.is_empty());
        if name == "picker_sessions.json" {
            return file["sessions"].is_array();
        }
        let fields = ["client_id", "scope", "access_token", "refresh_token"];
        fields.iter().all(says)
    });
    if !is_whole {
        wrong.push(format!("I12: {name} is torn"));
    }
    let mode = fs::metadata(path).expect("metadata").permissions().mode();
    if mode & 0o077 != 0 {
        wrong.push(format!("I11: others may read {name} ({mode:o})"));
    }
}

/// What is to be found in no file but those that hold it: the tokens, the client's secret, the sessions' ids.
pub(super) fn secrets(root: &Path) -> Vec<String> {
    let mut secrets = Vec::new();
    for name in HOLDERS {
        let text = fs::read_to_string(root.join("credentials").join(name)).unwrap_or_default();
        let file: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let fields = [
            &file["access_token"],
            &file["refresh_token"],
            &file["installed"]["client_secret"],
        ];
        let texts = fields.iter().filter_map(|field| field.as_str());
        secrets.extend(texts.map(str::to_owned));
        let sessions = file["sessions"].as_array().into_iter().flatten();
        let ids = sessions.filter_map(|session| session["id"].as_str());
        secrets.extend(ids.map(str::to_owned));
    }
    secrets
}

/// I11: neither a secret nor the address of a photo stands in any file of the archive.
pub(super) fn check_secrets(root: &Path, secrets: &[String], wrong: &mut Violations) {
    let mut folders = vec![
        root.join("downloads/.gphotos-dl"),
        root.join("media_items_list"),
    ];
    while let Some(folder) = folders.pop() {
        for name in names(&folder) {
            let path = folder.join(&name);
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // A file in the making is a photo.
            let Ok(bytes) =
                fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            else {
                continue;
            };
            if secrets.iter().any(|secret| bytes.contains(secret.as_str())) {
                wrong.push(format!("I11: {name} holds a secret"));
            }
            if bytes.contains("http://127.0.0.1") || bytes.contains("googleusercontent.com/") {
                wrong.push(format!("I11: {name} holds the address of a photo"));
            }
        }
    }
}

const HOLDERS: [&str; 4] = [
    "client_secret.json",
    "token_library.json",
    "token_picker.json",
    "picker_sessions.json",
];

/// `takeout-<export>.jsonl`.
pub(super) fn is_record(name: &str) -> bool {
    name.starts_with("takeout-") && Path::new(name).extension() == Some("jsonl".as_ref())
}

/// `<run>-<number>.part`.
pub(super) fn is_temp(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = name
        .strip_suffix(".part")
        .and_then(|stem| stem.split_once('-'));
    parts.is_some_and(|(run, number)| digits(run) && digits(number))
}

/// `.<name>.<process>.new`.
fn is_new_of(name: &str, whole: &str) -> bool {
    let process = name
        .strip_prefix(&format!(".{whole}."))
        .and_then(|rest| rest.strip_suffix(".new"));
    process.is_some_and(|process| process.parse::<u32>().is_ok())
}

fn is_list(name: &str) -> bool {
    [".csv", ".csv.partial", ".csv.new"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}
