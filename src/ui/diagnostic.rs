//! An error as the person sees it: what failed, why, and what to do next.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::error::{Error, Exit};
use crate::ui::{Ui, escape};

/// The error with its causes, and the hint below.
pub(crate) fn render(ui: Ui, error: &Error) -> String {
    render_parts(ui, &error.told(), error.hint().as_deref())
}

/// The same of what is no error of one cause.
pub(crate) fn render_parts(ui: Ui, why: &str, hint: Option<&str>) -> String {
    let mut text = format!("{} {}", ui.red("error:"), escape(why));
    if let Some(hint) = hint {
        let _ = write!(text, "\n{} {}", ui.bold("hint:"), escape(hint));
    }
    text
}

/// As one object, for a command that has nothing else to tell.
pub(crate) fn to_json(command: Option<&str>, exit: Exit, why: &str, hint: Option<&str>) -> Value {
    json!({ "command": command, "exit": exit.code(), "error": why, "hint": hint })
}
