//! Programs with a known mistake each, and what notices them. A check that nothing ever fails would prove nothing.
//!
//! Six mistakes are made by the program itself, in a build of its own with the feature `known-bad` (`src/known_bad.rs`), four
//! by the shim between the program and the C library. Each must be caught in a scene in which the real program is clean.

mod scenes;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::known_bad::scenes::Subject;
use crate::support::{Violations, no_disks, say, skipped};

type Scene = fn(&Subject) -> Violations;

/// Mistakes of the program's own, and where they show.
const OWN: [(&str, Scene); 6] = [
    ("DirectWrite", scenes::death_at_the_name),
    ("RowBeforeBytes", scenes::death_at_the_name),
    ("TrustsExists", scenes::a_name_that_is_taken),
    (
        "AppendsOn200",
        scenes::a_film_that_comes_again_from_the_start,
    ),
    ("SkipsLastPage", scenes::several_pages),
    ("FailedAsDone", scenes::a_photo_that_cannot_be_had),
];

/// Mistakes that the shim makes for it.
const OF_THE_SHIM: [(&str, Scene); 4] = [
    ("nofsync", scenes::power_cuts_on_one_disk),
    ("nodirsync", scenes::power_cuts_on_disks_apart),
    ("replace-rename", scenes::a_name_that_is_taken_meanwhile),
    ("follow-links", scenes::a_planted_link),
];

/// What only a power cut shows.
const OF_POWER: [&str; 2] = ["nofsync", "nodirsync"];

#[test]
fn every_known_mistake_is_caught_and_the_real_program_makes_none() {
    let own = OWN.map(|(flaw, scene)| (Subject::with_flaw(program(), flaw), flaw, scene));
    let lying = OF_THE_SHIM.map(|(lie, scene)| (Subject::lying(lie), lie, scene));
    let mut caught = 0;
    for (subject, name, scene) in own.into_iter().chain(lying) {
        if let Some(why) = no_disks().filter(|_| OF_POWER.contains(&name)) {
            skipped(&format!("known-bad {name}: {why}"));
            continue;
        }
        let honest = scene(&Subject::honest());
        assert!(honest.is_empty(), "the real program: {honest:#?}");
        let violations = scene(&subject);
        let by: BTreeSet<_> = violations
            .iter()
            .filter_map(|violation| violation.split_once(':'))
            .map(|(invariant, _)| invariant)
            .collect();
        assert!(!by.is_empty(), "{name} was not caught");
        let by: Vec<_> = by.into_iter().collect();
        say(&format!("caught: {name} by {}", by.join(", ")));
        caught += 1;
    }
    say(&format!("PROOF known-bad: {caught} of 10 variants caught"));
}

/// The program with the feature, built beside the real one from the same dependencies.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_BIN_EXE_gphotos-dl")).parent();
        let folder = folder.expect("a folder");
        let profile = match folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(name) => name,
        };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args([
                "build",
                "--quiet",
                "--locked",
                "--offline",
                "--example",
                "known-bad",
            ])
            .args([
                "--features",
                "known-bad",
                "--profile",
                profile,
                "--target-dir",
            ])
            .arg(folder.parent().expect("a folder"))
            .status();
        assert!(built.expect("cargo runs").success(), "it compiles");
        folder.join("examples/known-bad")
    })
}
