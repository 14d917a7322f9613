//! Why an archive is not whole: in one line for `status` and scripts, and what of it is no file.

use std::fmt::Write;

use crate::ui::verify::Checked;
use crate::ui::{Ui, counted, escape};

/// Why it is not whole, in one line; `None` where it is.
pub(crate) fn reason(checked: &Checked) -> Option<String> {
    let damaged = checked.unrepaired().count();
    let unwalked = checked.findings.unwalked.len();
    let damage = (damaged > 0).then(|| format!("{} damaged", counted(damaged, "file")));
    let index = (!checked.findings.index.is_empty()).then(|| "the index is damaged".to_owned());
    let walk = (unwalked > 0).then(|| format!("{} not looked into", counted(unwalked, "folder")));
    let unlisted = checked.unlisted.clone();
    let parts = [damage, index, walk, unlisted, checked.settings.clone()];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What no line has said while it went on, for whoever asked for nothing but errors.
pub(crate) fn unsaid(ui: Ui, checked: &Checked) -> Option<String> {
    let mut text = String::new();
    write(&mut text, ui, checked);
    let text = text.trim_end().to_owned();
    (!text.is_empty()).then_some(text)
}

/// What is wrong besides files.
pub(super) fn write(text: &mut String, ui: Ui, checked: &Checked) {
    for problem in &checked.findings.index {
        let _ = writeln!(text, "  {} {}", ui.red("index:"), escape(problem));
    }
    if !checked.findings.index.is_empty() {
        let _ = writeln!(
            text,
            "  {} `gphotos-dl verify --repair` moves the index aside and brings it back from the manifests and the files, and so does \
             the next run that fetches, such as `gphotos-dl sync --since YYYY-MM-DD`",
            ui.bold("hint:")
        );
    }
    if let Some(problem) = &checked.settings {
        let _ = writeln!(text, "  {} {}", ui.red("settings:"), escape(problem));
    }
    for folder in &checked.findings.unwalked {
        let _ = writeln!(text, "  {} {}", ui.red("not looked into:"), escape(folder));
    }
}
