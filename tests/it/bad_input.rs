//! What people get wrong, and what they are told: what failed, on what, why, and what to do.

mod answers;
mod arguments;
mod client_file;
mod root;

use crate::support::{CommandOutput, TestEnv};

/// Fails unless the error has this exit code, names these things and ends in advice: our own hint, or clap's.
#[track_caller]
fn assert_refused(output: CommandOutput, exit: i32, names: &[&str]) -> CommandOutput {
    let mut output = output.assert_exit(exit);
    for name in names {
        output = output.assert_says(name);
    }
    let advises = ["hint:", "tip:", "For more information, try '--help'"]
        .iter()
        .any(|advice| output.stderr.contains(advice));
    assert!(advises, "no advice:\n{output}");
    assert!(!output.stderr.contains("panicked"), "{output}");
    assert_eq!(output.stdout, "", "stdout is for data");
    output
}

/// Nothing was asked of Google.
#[track_caller]
fn assert_untouched(env: &TestEnv) {
    assert_eq!(env.google.stats().total(), 0);
}
