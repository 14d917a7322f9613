//! The end of a run that fetches: what it says, and what that is as an exit code.

use crate::auth::Purpose;
use crate::commands::Context;
use crate::error::{Error, Exit};
use crate::sync::summary::Summary;
use crate::ui::{Ui, diagnostic, summary};

/// Says how it ended. `unsaved` is why a refreshed sign-in could not be kept, if so.
pub(super) fn conclude(
    context: &Context,
    mut summary: Summary,
    unsaved: Option<&str>,
    purpose: Purpose,
) -> Exit {
    let ui = context.ui;
    let totals = &summary.totals;
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    context.counts.take([
        ("downloaded", count(totals.downloaded)),
        ("linked", count(totals.linked)),
        ("adopted", count(totals.adopted)),
        ("failed", count(totals.failed_new + totals.failed_known)),
    ]);
    let text = summary::render(ui, &summary);
    let is_whole = summary.is_whole();
    let ended = summary.ended_early.take().map(|error| match purpose {
        Purpose::Library => Error::from(error),
        Purpose::Picker => Error::Picking(Box::new(error.into())),
    });
    let exit = match &ended {
        Some(error) => error.exit(),
        None if unsaved.is_some() => Exit::Storage,
        None if is_whole => Exit::Done,
        None if summary.dry_run && summary.totals.unlisted.is_empty() => Exit::Done,
        None => Exit::Incomplete,
    };
    ui.say(&text);
    if ui.json {
        let mut object = summary::to_json(&summary, exit.code());
        object["ended_early"] = ended.as_ref().map(ToString::to_string).into();
        ui.object(object);
    }
    match ended {
        Some(error) if matches!(error.exit(), Exit::Interrupted(_)) => match purpose {
            Purpose::Library => {
                ui.say("Interrupted. Run the same command again: it goes on where this one ended.");
            }
            Purpose::Picker => ui.say("Interrupted."),
        },
        Some(error) => ui.print(&diagnostic::render(ui, &error)),
        None => {}
    }
    if let Some(why) = unsaved {
        warn_unsaved(ui, why, purpose);
    }
    exit
}

/// Says that the next run may have to sign in again.
pub(super) fn warn_unsaved(ui: Ui, why: &str, purpose: Purpose) {
    ui.print(&format!(
        "{} the refreshed sign-in could not be saved: {why}\n{} is the disk full or read-only? If the next run cannot sign in: `{}`",
        ui.red("error:"),
        ui.bold("hint:"),
        purpose.login()
    ));
}
