//! Arguments that make no command, for a script that reads one object.

use crate::cli::Meant;
use crate::error::Exit;
use crate::ui::{Ui, diagnostic, escape_json};

/// Says it on stdout, where JSON was asked for; a person has been told.
pub(crate) fn say(meant: &Meant, error: &clap::Error) {
    if !meant.json {
        return;
    }
    let text = error.render().to_string();
    // What follows a blank line is advice.
    let first = text.trim_start().split("\n\n").next().unwrap_or_default();
    let why = first.strip_prefix("error: ").unwrap_or(first);
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    let hint = match &meant.command {
        Some(command) => format!("`gphotos-dl {command} --help` says what it takes"),
        None => "`gphotos-dl --help` names the commands".to_owned(),
    };
    let object = diagnostic::to_json(meant.command.as_deref(), Exit::Usage, &why, Some(&hint));
    Ui::data(&escape_json(&object));
}
