//! What is shipped holds no writer of archives: the feature is on for tests only.

use std::process::Command;

#[test]
fn the_program_as_built_by_default_does_without_the_feature() {
    // `-e normal` leaves development dependencies out, as a build of the program alone does (resolver 3).
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--package",
            "gphotos-dl",
            "--edges",
            "normal",
        ])
        .args(["--invert", "gphotos-sim", "--format", "{p} [{f}]"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let simulator = text
        .lines()
        .find(|line| line.starts_with("gphotos-sim "))
        .unwrap();
    assert!(simulator.ends_with("[]"), "{simulator}");
}
