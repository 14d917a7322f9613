//! `pick`: a person selects in Google Photos, and what they select is copied.

pub(super) mod kept;
mod person;
mod selecting;

use std::pin::pin;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use crate::archive::ArchiveError;
use crate::archive::index::Sync;
use crate::archive::loss::Loss;
use crate::auth::client_secret::ClientSecret;
use crate::auth::{Purpose, Session};
use crate::cli::PickArgs;
use crate::commands::conclude::conclude;
use crate::commands::{Context, login, opening};
use crate::config::ConfigError;
use crate::error::{Error, Exit};
use crate::google::picker::{PhotosPicker, PickerError};
use crate::google::{Api, GoogleError};
use crate::http::Http;
use crate::http::limit::{Quota, Used, quota_day};
use crate::source::picker::Picked;
use crate::sync as engine;
use crate::sync::summary::Summary;
use crate::sync::{Fetching, SyncError};
use crate::ui::waiting::minute;
use crate::ui::{Ui, counted, progress};

use self::kept::Kept;
use self::selecting::Selecting;

pub(crate) async fn run(args: &PickArgs, context: &Context) -> Result<Exit, Error> {
    let mut resume = args.resume;
    loop {
        // Whoever has nothing to go on with is told how to begin.
        let kept = Kept::load(&context.config.credentials());
        let is_idle = resume && kept.is_ok_and(|kept| kept.sessions.is_empty());
        let exit = once(args, resume, context).await?;
        if exit != Exit::Done || is_idle || !wants_more(context).await {
            return Ok(exit);
        }
        resume = false;
    }
}

/// One selection, or what is left of earlier ones, from beginning to end.
pub(super) async fn once(args: &PickArgs, resume: bool, context: &Context) -> Result<Exit, Error> {
    let picked = pick(args, resume, context).await;
    if let Err(Error::Archive(error) | Error::Sync(SyncError::Archive(error))) = &picked {
        error.note(&context.config.archive());
    }
    picked.map_err(|error| Error::Picking(Box::new(error)))
}

async fn pick(args: &PickArgs, resume: bool, context: &Context) -> Result<Exit, Error> {
    let Context { ui, config, .. } = context;
    let client_file = config.credentials().join("client_secret.json");
    let client = ClientSecret::load(&client_file)?;
    // A token of Google's must not go to a simulator, nor the other way round.
    if client.reach != config.picker_reach {
        let (client, api) = (client_file, Api::Picker);
        return Err(ConfigError::MixedEndpoints { client, api }.into());
    }
    let kept = Kept::load(&config.credentials())?;
    if kept.was_damaged {
        ui.print(&format!(
            "{} the list of unfinished selections is damaged and is made anew",
            ui.yellow("warning")
        ));
    }
    if resume && kept.sessions.is_empty() {
        ui.say("There is no selection to go on with. `gphotos-dl pick` begins one.");
        return Ok(nothing_to_do(*ui));
    }
    let nothing_used = Used::none(quota_day(config.clock.now()));
    let http = |used| {
        let (patience, stop) = (config.patience, context.stop.clone());
        Http::new(
            config.picker_reach,
            patience,
            Quota::picker(used),
            config.clock,
            stop,
        )
    };
    let paths = config.archive();
    // Nobody is left with an empty archive for want of a sign-in.
    if !paths.is_begun() {
        let http = http(nothing_used)?;
        let session = login::session(Purpose::Picker, client.clone(), &http, context).await?;
        session.access_token().await?;
    }
    // Before anybody selects: what would go wrong with the archive does so now.
    let (mut archive, reader) =
        opening::open(paths, config.wanted(), Loss::Refused, &context.stop).await?;
    let used = archive
        .index
        .transact(Sync::Later, |rows| rows.quota(nothing_used))?;
    // Under the lock that the archive has: no other run changes it now.
    let mut kept = Kept::load(&config.credentials())?;
    let http = http(used)?;
    let session = login::session(Purpose::Picker, client, &http, context).await?;
    let google = PhotosPicker::new(http, session.clone(), config.picker.clone());
    let selecting = Selecting {
        google: &google,
        args,
        ui: *ui,
        zone: config.wanted().default_time_zone,
    };
    let selected = if resume {
        selecting.resume(&mut kept).await
    } else {
        selecting.begin(&mut kept).await
    };
    let mut selected = selected.inspect_err(|error| tell_kept(*ui, &kept, error))?;
    if selected.ready.is_empty() {
        ui.say("Everything that was selected is here.");
        return Ok(nothing_to_do(*ui));
    }
    let ids: Vec<_> = selected.ready.iter().map(|it| it.session.clone()).collect();
    let unfetched = selected.unfetched();
    let (picked, listed) = Picked::new(google.clone(), selected.ready);
    let fetching = Fetching {
        jobs: usize::from(args.jobs),
        min_free: args.min_free,
        reach: config.picker_reach,
    };
    let reporter = progress::reporter(*ui);
    let fetched = engine::pick(
        fetching,
        picked.clone(),
        unfetched,
        archive,
        reader,
        reporter,
    );
    let (mut summary, noted) = noting(fetched, listed, &mut kept).await?;
    context.record.of_run(summary.run);
    let (mut settled, gone) = (summary.settled(), picked.gone().await);
    // What is fetched is told, whatever becomes of the list.
    if let Err(error) = noted.and_then(|()| kept.settle(&settled, &gone)) {
        summary.ended_early.get_or_insert(error.into());
        // What is not noted as fetched is asked for again, and must be there then.
        settled.clear();
    }
    if let Some(SyncError::Archive(error)) = &summary.ended_early {
        error.note(&config.archive());
    }
    let is_over = |id| settled.contains(id) || gone.contains(id);
    let is_empty = summary.is_empty() && summary.unfetched().is_empty();
    let ended = if is_empty && summary.ended_early.is_none() && ids.iter().all(is_over) {
        Err(refused(PickerError::NothingSelected))
    } else {
        Ok(end(context, summary, &session, &kept, &ids))
    };
    tell_google(&google, &mut kept, &settled).await;
    ended
}

/// Gives up at Google what is here. Last of all: nobody is to wait for what Google says to it.
async fn tell_google(google: &PhotosPicker, kept: &mut Kept, settled: &[String]) {
    for id in settled {
        if let Err(error) = give_up(google, kept, id).await {
            tracing::debug!(%error, "the selection is given up, and that could not be noted");
        }
    }
}

/// Writes down, while it is fetched, how many items each selection has: that outlives this run, so that a later list with
/// fewer is not taken for all.
async fn noting(
    fetched: impl Future<Output = Result<Summary, ArchiveError>>,
    mut listed: mpsc::UnboundedReceiver<(String, usize)>,
    kept: &mut Kept,
) -> Result<(Summary, Result<(), ArchiveError>), ArchiveError> {
    let (mut fetched, mut noted) = (pin!(fetched), Ok(()));
    loop {
        tokio::select! {
            biased;
            Some((id, items)) = listed.recv() => noted = noted.and(kept.listed(&id, items)),
            summary = &mut fetched => return summary.map(|summary| (summary, noted)),
        }
    }
}

/// Where Google cannot be told now, the next `pick --resume` does so; the selection ends by itself anyway.
async fn give_up(google: &PhotosPicker, kept: &mut Kept, id: &str) -> Result<(), Error> {
    match google.delete(id).await {
        Ok(()) | Err(GoogleError::Picker(PickerError::SessionGone)) => Ok(kept.forget(id)?),
        Err(error) => {
            tracing::debug!(%error, "the selection could not be deleted");
            if kept.find(id).is_some_and(|it| it.is_over(now(google))) {
                kept.forget(id)?;
            }
            Ok(())
        }
    }
}

/// By Google's clock, where this machine's is wrong.
fn now(google: &PhotosPicker) -> DateTime<Utc> {
    google.http().clock.now() - google.http().ahead()
}

/// Says how it ended.
fn end(
    context: &Context,
    summary: Summary,
    session: &Session,
    kept: &Kept,
    ids: &[String],
) -> Exit {
    let ui = context.ui;
    let leaves = !summary.unfetched().is_empty();
    let exit = conclude(
        context,
        summary,
        session.unsaved().as_deref(),
        Purpose::Picker,
    );
    let left = kept
        .sessions
        .iter()
        .filter(|session| !session.fetched && (leaves || ids.contains(&session.id)));
    let left: Vec<_> = left.collect();
    if let Some(first) = left.first() {
        let zone = context.config.wanted().default_time_zone;
        let until = first.expires.map_or(String::new(), |expires| {
            format!(" until {}", minute(expires.with_timezone(&zone)))
        });
        let what = match left.len() {
            1 => "the selection".to_owned(),
            many => counted(many, "selection"),
        };
        ui.say(&format!(
            "Google keeps {what}{until}: `gphotos-dl pick --resume` fetches the rest."
        ));
    }
    exit
}

fn nothing_to_do(ui: Ui) -> Exit {
    if ui.json {
        ui.object(serde_json::json!({ "command": "pick", "exit": 0 }));
    }
    Exit::Done
}

/// Says how to go on, where the error does not.
fn tell_kept(ui: Ui, kept: &Kept, error: &Error) {
    if kept.sessions.iter().all(|session| session.fetched) {
        return;
    }
    if matches!(error.exit(), Exit::Interrupted(_)) {
        ui.say("Interrupted. `gphotos-dl pick --resume` goes on with this selection.");
    } else if !error
        .hint_of_pick()
        .is_some_and(|hint| hint.contains("pick --resume"))
    {
        ui.say("Google keeps the selection: `gphotos-dl pick --resume` goes on with it.");
    }
}

/// Asks, where somebody can be asked.
async fn wants_more(context: &Context) -> bool {
    let ui = context.ui;
    if !login::is_attended(ui) || ui.json || ui.quiet {
        return false;
    }
    let asked = tokio::task::spawn_blocking(|| Ui::ask("Select more? [y/N]"));
    tokio::select! {
        line = asked => matches!(line, Ok(Ok(line)) if line.trim().eq_ignore_ascii_case("y")),
        () = context.stop.soon.cancelled() => false,
    }
}

fn google(error: GoogleError) -> Error {
    match error {
        GoogleError::Stopped => SyncError::Stopped.into(),
        other => SyncError::Google(other).into(),
    }
}

fn refused(error: PickerError) -> Error {
    google(error.into())
}
