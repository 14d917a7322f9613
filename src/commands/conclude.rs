//! The end of a run that fetches: what it says, and what that is as an exit code.

use crate::auth::Purpose;
use crate::commands::Context;
use crate::error::{Error, Exit};
use crate::sync::summary::Summary;
use crate::ui::summary::shortfall;
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
    context.record.count([
        ("downloaded", count(totals.downloaded)),
        ("linked", count(totals.linked)),
        ("adopted", count(totals.adopted)),
        ("failed", count(totals.failed_new + totals.failed_known)),
    ]);
    context.record.quota_refused(summary.quota_refused);
    ui.say(&summary::render(ui, &summary));
    let mut object = summary::to_json(&summary);
    let is_whole = summary.is_whole();
    // The alarm and the like are told by the text above, unless nobody wants to read that.
    let unsaid = if ui.quiet {
        shortfall::unsaid(ui, &summary)
    } else {
        Vec::new()
    };
    let (missing, is_alarming) = (shortfall::reason(&summary), summary.is_alarming());
    let ended = summary.ended_early.take().map(|error| match purpose {
        Purpose::Library => Error::from(error),
        Purpose::Picker => Error::Picking(Box::new(error.into())),
    });
    let exit = match &ended {
        Some(error) => context.interrupts.exit(error),
        None if unsaved.is_some() => Exit::Storage,
        None if is_whole => Exit::Done,
        None if summary.dry_run && summary.totals.unlisted.is_empty() => Exit::Done,
        None => Exit::Incomplete,
    };
    let (why, hint) = match (&ended, unsaved) {
        _ if exit == Exit::Done => (None, None),
        (Some(error), _) => (Some(error.told()), error.hint()),
        (None, Some(why)) => (Some(unsaved_text(why)), Some(unsaved_hint(purpose))),
        (None, None) => (missing, is_alarming.then(|| shortfall::WHOSE.to_owned())),
    };
    context.record.because(why.clone());
    if ui.json {
        object["exit"] = exit.code().into();
        object["error"] = why.into();
        object["hint"] = hint.into();
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
        None if exit != Exit::Done => unsaid.iter().for_each(|text| ui.print(text)),
        None => {}
    }
    if let Some(why) = unsaved {
        warn_unsaved(ui, why, purpose);
    }
    exit
}

/// Says that the next run may have to sign in again.
pub(super) fn warn_unsaved(ui: Ui, why: &str, purpose: Purpose) {
    let hint = unsaved_hint(purpose);
    ui.print(&diagnostic::render_parts(
        ui,
        &unsaved_text(why),
        Some(&hint),
    ));
}

pub(super) fn unsaved_text(why: &str) -> String {
    format!("the refreshed sign-in could not be saved: {why}")
}

fn unsaved_hint(purpose: Purpose) -> String {
    format!(
        "is the disk full or read-only? If the next run cannot sign in: `{}`",
        purpose.login()
    )
}
