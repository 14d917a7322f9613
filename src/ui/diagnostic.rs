//! An error as the person sees it: what failed, why, and what to do next.

use std::error::Error as _;
use std::fmt::Write;

use crate::error::Error;
use crate::ui::{Ui, escape};

/// The error with its causes, each once, and the hint below.
pub(crate) fn render(ui: Ui, error: &Error) -> String {
    let mut text = format!("{} {}", ui.red("error:"), escape(&error.to_string()));
    let mut last = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // A transparent layer says what the one below says.
        if cause_text != last {
            text.push_str(": ");
            text.push_str(&escape(&cause_text));
        }
        last = cause_text;
        source = cause.source();
    }
    if let Some(hint) = error.hint() {
        let _ = write!(text, "\n{} {}", ui.bold("hint:"), escape(&hint));
    }
    text
}
