//! `verify`: read every stored file again, and tell which are not as they were stored.

use std::time::Instant;

use chrono_tz::Tz;

use crate::archive::checks::{Checks, LastCheck, Slice};
use crate::archive::look::{Gaze, Look};
use crate::archive::settings::{Settings, Wanted};
use crate::archive::store::Store;
use crate::archive::verify::{self as engine, Check, Findings};
use crate::archive::{ArchiveError, Paths};
use crate::cli::VerifyArgs;
use crate::commands::Context;
use crate::error::{Error, Exit};
use crate::ui::checking::Checking;
use crate::ui::verify::{self, Checked};
use crate::ui::{Ui, escape_json};

#[expect(clippy::unused_async, reason = "repairing will wait for the network")]
pub(crate) async fn run(args: &VerifyArgs, context: &Context) -> Result<Exit, Error> {
    let Context { ui, config, .. } = context;
    let (started, paths) = (Instant::now(), config.archive());
    let checks = Checks::load(&paths.downloads);
    let slice = args.sample.map(|sample| checks.slice(sample));
    let settings = settings_problem(&paths, context);
    let (findings, is_stale) = tokio::task::block_in_place(|| check(args, &paths, slice, context))?;
    let check = LastCheck {
        at: config.clock.now(),
        slice: slice.map(|slice| slice.to_string()),
        files: findings.files,
        bytes: findings.bytes,
        problems: findings.damaged().count() as u64,
    };
    let unremembered = checks.save(&paths.downloads, slice, check).err();
    let checked = Checked {
        findings,
        slice,
        unremembered: unremembered.map(|error| error.to_string()),
        settings,
        is_stale,
        elapsed: started.elapsed(),
    };
    let exit = if checked.is_whole() {
        Exit::Done
    } else {
        Exit::Incomplete
    };
    ui.say(&verify::render(*ui, &checked));
    if ui.json {
        Ui::data(&escape_json(&verify::to_json(&checked, exit.code())));
    }
    Ok(exit)
}

fn check(
    args: &VerifyArgs,
    paths: &Paths,
    slice: Option<Slice>,
    context: &Context,
) -> Result<(Findings, bool), ArchiveError> {
    let look = Look::open(&paths.index(), Gaze::Long)?;
    let look = look.ok_or_else(|| ArchiveError::NoIndex(paths.downloads.clone()))?;
    let is_stale = look.is_stale;
    let store = Store::open_existing(&paths.downloads).map_err(|error| {
        ArchiveError::storage("open", paths.downloads.display().to_string(), error)
    })?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let progress = Checking::new(context.ui);
    let check = Check {
        store: &store,
        slice,
        jobs: args.jobs.map_or(cores, usize::from),
        stop: &context.stop,
        tell: &|step| progress.step(step),
    };
    Ok((engine::verify(look, &check)?, is_stale))
}

/// What is wrong with the settings, without which a new file has no place.
fn settings_problem(paths: &Paths, context: &Context) -> Option<String> {
    let wanted = Wanted {
        layout: None,
        time_zone: None,
        default_time_zone: Tz::UTC,
        now: context.config.clock.now(),
    };
    match Settings::load(&paths.manifests, &wanted) {
        Ok(Some(_)) => None,
        Ok(None) => Some(format!(
            "there is no archive.json in {}",
            paths.manifests.display()
        )),
        Err(error) => Some(error.to_string()),
    }
}
