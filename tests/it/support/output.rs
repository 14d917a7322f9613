//! What a run has printed, in a form that a snapshot can pin.

use std::fmt;
use std::path::Path;
use std::process::Output;

/// stdout, stderr and exit status, with what differs from run to run replaced.
pub(crate) struct CommandOutput {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The exit code, or 128 plus the signal that ended it.
    pub(crate) exit: i32,
}

impl CommandOutput {
    pub(super) fn new(output: Output, root: &Path) -> Self {
        use std::os::unix::process::ExitStatusExt;
        let exit = output
            .status
            .code()
            .unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("the program prints UTF-8");
            text.replace(&root.display().to_string(), "$ROOT")
        };
        Self {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            exit,
        }
    }

    /// Fails, showing everything, unless the program ended with this code.
    #[track_caller]
    pub(crate) fn assert_exit(self, code: i32) -> Self {
        assert_eq!(self.exit, code, "\n{self}");
        self
    }

    /// Fails, showing everything, unless stderr contains this.
    #[track_caller]
    pub(crate) fn assert_says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "does not say {text:?}:\n{self}");
        self
    }

    /// The one JSON object on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is not one JSON object ({error}):\n{self}"))
    }
}

impl fmt::Display for CommandOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}------- stderr -------\n{}[exit status: {}]",
            self.stdout, self.stderr, self.exit
        )
    }
}
