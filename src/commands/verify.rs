//! `verify`: read every stored file again, tell which are not as they were stored, and fetch those again if asked to.

mod mend;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::archive::checks::{Checks, LastCheck, Problem, Slice};
use crate::archive::look::{Gaze, Look};
use crate::archive::loss::Loss;
use crate::archive::store::Store;
use crate::archive::verify::{self as engine, Check, Findings};
use crate::archive::way_back::WayBack;
use crate::archive::{Archive, ArchiveError, Paths};
use crate::auth::Purpose;
use crate::cli::VerifyArgs;
use crate::commands::conclude::{unsaved_text, warn_unsaved};
use crate::commands::verify::mend::Mend;
use crate::commands::{Context, opening};
use crate::error::{Error, Exit};
use crate::sync::repair::GONE;
use crate::sync::{SyncError, descriptors};
use crate::ui::checking::Checking;
use crate::ui::verify::{self, Checked};
use crate::ui::way_back::advice;
use crate::ui::{Ui, diagnostic, escape};

pub(crate) async fn run(args: &VerifyArgs, context: &Context) -> Result<Exit, Error> {
    let Context { ui, config, .. } = context;
    descriptors::require()?;
    let (started, paths) = (Instant::now(), config.archive());
    let checks = Checks::load(&paths.downloads);
    if let Some(problem) = &checks.problem {
        let warning = ui.yellow("warning");
        ui.print(&format!("{warning} {}; it is made anew", escape(problem)));
    }
    let now = config.clock.now();
    let slice = args
        .sample
        .map(|sample| checks.slice(&paths.downloads, sample, now));
    // Held from before the check until the last file is in place.
    let archive = if args.repair {
        Some(open(&paths, context).await?)
    } else {
        None
    };
    let (mended, unlisted) = archive.as_ref().map_or((None, None), |archive| {
        let recovered = &archive.recovered;
        (recovered.describe(), recovered.unreadable())
    });
    for text in mended.iter().chain(&unlisted) {
        ui.print(&format!("{} {}", ui.yellow("warning"), escape(text)));
    }
    let looked = tokio::task::block_in_place(|| check(args, &paths, slice, &checks, context));
    let Looked {
        findings,
        settings,
        is_stale,
    } = looked.map_err(|error| error.seen(&paths))?;
    if !findings.index.is_empty() {
        paths.suspect_index();
    }
    let mut checked = Checked {
        findings,
        slice,
        unremembered: None,
        mended,
        unlisted,
        settings,
        is_stale,
        elapsed: started.elapsed(),
        repair: None,
    };
    checked.unremembered = remember(&checks, &checked, &paths, context);
    let (mut ended, mut unsaved) = (None, None);
    if let Some(archive) = archive
        && checked.findings.damaged().next().is_some()
    {
        // Whatever comes of it, what was found is told and remembered.
        let mend = Mend::of(args, &checked.findings, archive, context).await;
        (checked.repair, ended, unsaved) = (mend.repair, mend.ended, mend.unsaved);
        if let Some(Error::Archive(error) | Error::Sync(SyncError::Archive(error))) = &ended {
            error.note(&paths);
        }
        let checks = Checks::load(&paths.downloads);
        checked.unremembered = remember(&checks, &checked, &paths, context);
    }
    let repaired = checked
        .repair
        .iter()
        .flat_map(|repair| repair.outcomes.values());
    context.record.count([
        ("repaired", repaired.flatten().count() as u64),
        ("damaged", checked.unrepaired().count() as u64),
    ]);
    let exit = match &ended {
        Some(error) => context.interrupts.exit(error),
        None if unsaved.is_some() => Exit::Storage,
        None if checked.is_whole() => Exit::Done,
        None => Exit::Incomplete,
    };
    let why = match (&ended, &unsaved) {
        (Some(error), _) => Some(error.told()),
        (None, Some(why)) => Some(unsaved_text(why)),
        (None, None) => verify::reason(&checked),
    };
    context.record.because(why.clone());
    tell(*ui, &checked, exit, (why, ended.as_ref()));
    if let Some(why) = unsaved {
        warn_unsaved(*ui, &why, Purpose::Library);
    }
    Ok(exit)
}

/// Says what was found and what became of it, and why that is no success.
fn tell(ui: Ui, checked: &Checked, exit: Exit, (why, ended): (Option<String>, Option<&Error>)) {
    tell_quietly(ui, checked);
    ui.say(&verify::render(ui, checked));
    if let Some(files) = checked.findings.unknown_files.as_ref().filter(|_| !ui.json) {
        for file in files {
            Ui::data(&escape(file));
        }
    }
    if ui.json {
        let mut object = verify::to_json(checked, exit.code());
        object["error"] = why.into();
        object["hint"] = ended.and_then(Error::hint).into();
        ui.object(object);
    }
    if let Some(why) = &checked.unremembered {
        // Whoever lets it run each night with `-q` must hear of it too.
        ui.print(&verify::render_unremembered(ui, checked.slice, why));
    }
    if let Some(text) = verify::render_forgotten(ui, &checked.findings.times) {
        ui.print(&text);
    }
    match ended {
        Some(error) if !matches!(error.exit(), Exit::Interrupted(_)) => {
            ui.print(&diagnostic::render(ui, error));
        }
        _ => {}
    }
}

/// What even `-q` is told when all is read. Damaged files were named as they were found.
fn tell_quietly(ui: Ui, checked: &Checked) {
    if !ui.quiet {
        return;
    }
    // What was found is said by now, and must not stand there as if it were so still.
    for path in checked.repaired() {
        ui.print(&format!("{} {}", ui.green("repaired"), escape(path)));
    }
    if let Some(text) = verify::unsaid(ui, checked) {
        ui.print(&text);
    }
}

/// What a check comes to, before anything is mended.
struct Looked {
    findings: Findings,
    /// What is wrong with the settings, without which a new file has no place.
    settings: Option<String>,
    is_stale: bool,
}

fn check(
    args: &VerifyArgs,
    paths: &Paths,
    slice: Option<Slice>,
    checks: &Checks,
    context: &Context,
) -> Result<Looked, ArchiveError> {
    let patience = context.config.clock.wait(PATIENCE);
    let look = Look::open_made(paths, Gaze::Long, patience, &context.stop)?;
    let look = look.ok_or_else(|| paths.no_index())?;
    let is_stale = look.is_stale;
    let (_, settings) = Look::settings(Some(&look), paths, &context.config.wanted());
    let store = Store::open_existing(&paths.downloads).map_err(|error| {
        ArchiveError::storage("open", paths.downloads.display().to_string(), error)
    })?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let progress = Checking::new(context.ui);
    let check = Check {
        paths,
        store: &store,
        holds_lock: args.repair,
        names_unknown: args.unknown,
        slice,
        open: &checks.open,
        jobs: descriptors::readers(args.jobs.map_or(cores, usize::from)),
        stop: &context.stop,
        tell: &|step| progress.step(step),
    };
    Ok(Looked {
        findings: engine::verify(look, &check)?,
        settings,
        is_stale,
    })
}

/// The archive with its lock. One that is not there is not made for the sake of repairing it.
async fn open(paths: &Paths, context: &Context) -> Result<Archive, Error> {
    // Of an archive that a run is just making, the lock is the answer.
    if !paths.is_begun() && !paths.is_at_work() {
        return Err(paths.no_index().into());
    }
    let wanted = context.config.wanted();
    let opened = opening::open(paths.clone(), wanted, Loss::Refused, &context.stop).await;
    opened.map(|(archive, _)| archive)
}

/// Notes the check for the next one. Returns why that could not be done, if so.
fn remember(
    checks: &Checks,
    checked: &Checked,
    paths: &Paths,
    context: &Context,
) -> Option<String> {
    let at = context.config.clock.now();
    let open = checked.unrepaired().map(|(finding, why)| {
        let is_gone = why == Some(GONE) || finding.way_back == Some(WayBack::Gone);
        let gone = is_gone.then(|| GONE.to_owned());
        let problem = Problem {
            verdict: finding.verdict.as_str().to_owned(),
            since: finding.known_since.unwrap_or(at),
            size: finding.verdict.size(),
            way_back: gone.or_else(|| advice(finding)),
            is_gone,
        };
        (finding.record.path.clone(), problem)
    });
    let mut open: BTreeMap<_, _> = open.collect();
    if !checked.findings.index.is_empty() {
        // With a damaged index, not every file was looked at.
        for (path, problem) in &checks.open {
            open.entry(path.clone()).or_insert_with(|| problem.clone());
        }
    }
    let check = LastCheck {
        at,
        slice: checked.slice.map(|slice| slice.to_string()),
        files: checked.findings.files,
        bytes: checked.findings.bytes,
        problems: checked.unrepaired().count() as u64,
        edited: checked.edited().count() as u64,
        edited_files: checked.edited().take(EDITED).map(str::to_owned).collect(),
    };
    let saved = checks.save(&paths.downloads, checked.slice, check, open);
    saved.err().map(|error| error.to_string())
}

/// An archive is made in less than a second; an index that is made anew from many files may take longer than anybody waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// Edited files whose names are remembered: as many as `status` shows.
const EDITED: usize = 5;
