//! `verify`: read every stored file again, tell which are not as they were stored, and fetch those again if asked to.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use crate::archive::checks::{Checks, LastCheck, Slice};
use crate::archive::index::Sync;
use crate::archive::look::{Gaze, Look};
use crate::archive::loss::Loss;
use crate::archive::store::Store;
use crate::archive::verify::{self as engine, Check, Findings};
use crate::archive::{Archive, ArchiveError, Paths};
use crate::auth::Purpose;
use crate::auth::client_secret::ClientSecret;
use crate::cli::VerifyArgs;
use crate::commands::conclude::warn_unsaved;
use crate::commands::{Context, opening, sync};
use crate::config::ConfigError;
use crate::error::{Error, Exit};
use crate::google::Api;
use crate::http::limit::{API_PER_DAY, Used, quota_day};
use crate::sync::repair;
use crate::ui::checking::Checking;
use crate::ui::verify::{self, Checked, Repaired};
use crate::ui::{Ui, diagnostic, escape, escape_json, progress};

pub(crate) async fn run(args: &VerifyArgs, context: &Context) -> Result<Exit, Error> {
    let Context { ui, config, .. } = context;
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
    let looked = tokio::task::block_in_place(|| check(args, &paths, slice, context));
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
        settings,
        is_stale,
        elapsed: started.elapsed(),
        repair: None,
    };
    let mut ended = None;
    let mut unsaved = None;
    if let Some(archive) = archive
        && checked.findings.damaged().next().is_some()
    {
        let (repaired, early, session) = mend(&checked.findings, archive, context).await?;
        checked.repair = Some(repaired);
        ended = early;
        unsaved = session;
    }
    let check = LastCheck {
        at: config.clock.now(),
        slice: slice.map(|slice| slice.to_string()),
        files: checked.findings.files,
        bytes: checked.findings.bytes,
        problems: checked.unrepaired().count() as u64,
    };
    let saved = checks.save(&paths.downloads, slice, check);
    checked.unremembered = saved.err().map(|error| error.to_string());
    let exit = match &ended {
        Some(error) => error.exit(),
        None if unsaved.is_some() => Exit::Storage,
        None if checked.is_whole() => Exit::Done,
        None => Exit::Incomplete,
    };
    ui.say(&verify::render(*ui, &checked));
    if ui.json {
        Ui::data(&escape_json(&verify::to_json(&checked, exit.code())));
    }
    if let Some(why) = &checked.unremembered {
        // Whoever lets it run each night with `-q` must hear of it too.
        ui.print(&verify::render_unremembered(*ui, slice, why));
    }
    match ended {
        Some(error) if !matches!(error.exit(), Exit::Interrupted(_)) => {
            ui.print(&diagnostic::render(*ui, &error));
        }
        _ => {}
    }
    if let Some(why) = unsaved {
        warn_unsaved(*ui, &why, Purpose::Library);
    }
    Ok(exit)
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
    context: &Context,
) -> Result<Looked, ArchiveError> {
    let look = look(paths, Gaze::Long)?;
    let is_stale = look.is_stale;
    let (_, settings) = Look::settings(Some(&look), paths, &context.config.wanted());
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
    Ok(Looked {
        findings: engine::verify(look, &check)?,
        settings,
        is_stale,
    })
}

fn look(paths: &Paths, gaze: Gaze) -> Result<Look, ArchiveError> {
    Look::open(paths, gaze)?.ok_or_else(|| ArchiveError::NoIndex(paths.downloads.clone()))
}

/// The archive with its lock. One that is not there is not made for the sake of repairing it.
async fn open(paths: &Paths, context: &Context) -> Result<Archive, ArchiveError> {
    if !paths.index().exists() {
        return Err(ArchiveError::NoIndex(paths.downloads.clone()));
    }
    let wanted = context.config.wanted();
    let opened = opening::open(paths.clone(), wanted, Loss::Refused, &context.stop).await;
    opened.map(|(archive, _)| archive)
}

/// Fetches again what can be, and looks at the result once more.
async fn mend(
    findings: &Findings,
    mut archive: Archive,
    context: &Context,
) -> Result<(Repaired, Option<Error>, Option<String>), Error> {
    let Context { ui, config, stop } = context;
    let (paths, store) = (archive.paths.clone(), archive.store.clone());
    let client_file = config.credentials().join("client_secret.json");
    let client = ClientSecret::load(&client_file)?;
    if client.reach != config.reach {
        let (client, api) = (client_file, Api::Library);
        return Err(ConfigError::MixedEndpoints { client, api }.into());
    }
    let none_used = Used::none(quota_day(config.clock.now()));
    let used = archive
        .index
        .transact(Sync::Later, |rows| rows.quota(none_used))?;
    let (session, library) = sync::sign_in(API_PER_DAY, context, client, used).await?;
    let reader = archive.reader()?;
    let reporter = progress::reporter(*ui);
    let repair = repair::run(
        &findings.findings,
        library,
        config.reach,
        archive,
        reader,
        reporter,
    )
    .await?;
    let mut outcomes = repair.outcomes;
    tokio::task::block_in_place(|| confirm(&mut outcomes, &paths, &store, stop))?;
    let aside = paths.downloads.join(repair.aside);
    let repaired = Repaired {
        outcomes,
        manifest: repair.manifest,
        aside: Path::new(&aside).exists().then_some(aside),
        is_cut: repair.ended_early.is_some(),
    };
    Ok((
        repaired,
        repair.ended_early.map(Error::from),
        session.unsaved(),
    ))
}

/// Believes no repair that the disk does not bear out.
fn confirm(
    outcomes: &mut HashMap<i64, Result<repair::Done, String>>,
    paths: &Paths,
    store: &Store,
    stop: &crate::http::Stop,
) -> Result<(), ArchiveError> {
    let done = outcomes.iter().filter(|(_, outcome)| outcome.is_ok());
    let files: Vec<i64> = done.map(|(file, _)| *file).collect();
    let look = look(paths, Gaze::Short)?;
    let whole = engine::recheck(&look.connection, store, &files, stop)?;
    for (file, _) in files.iter().zip(whole).filter(|(_, is_whole)| !is_whole) {
        outcomes.insert(*file, Err("it is not in its place after all".to_owned()));
    }
    Ok(())
}
