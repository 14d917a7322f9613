//! `sync`: copy everything that the Library API shows and that is not here yet.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use crate::archive::index::Sync;
use crate::archive::loss::Loss;
use crate::archive::{self, Archive};
use crate::auth::client_secret::ClientSecret;
use crate::auth::token_file::TokenFile;
use crate::auth::{AuthError, LIBRARY_SCOPE, Session};
use crate::cli::SyncArgs;
use crate::commands::Context;
use crate::commands::login::{self, Browser};
use crate::config::ConfigError;
use crate::error::{Error, Exit};
use crate::google::PhotosLibrary;
use crate::http::Http;
use crate::http::limit::{Quota, Used, quota_day};
use crate::source::library::Library;
use crate::sync as engine;
use crate::sync::SyncError;
use crate::sync::summary::Summary;
use crate::ui::{Ui, diagnostic, escape_json, progress, summary};

pub(crate) async fn run(args: &SyncArgs, context: &Context) -> Result<Exit, Error> {
    let ended = sync(args, context).await;
    if let Err(Error::Archive(error) | Error::Sync(SyncError::Archive(error))) = &ended {
        error.note(&context.config.archive());
    }
    ended
}

async fn sync(args: &SyncArgs, context: &Context) -> Result<Exit, Error> {
    let Context { ui, config, .. } = context;
    let now = config.clock.now();
    let request = args.request(now, config.reach)?;
    let client_file = config.credentials().join("client_secret.json");
    let client = ClientSecret::load(&client_file)?;
    // A token of Google's must not go to a simulator, nor the other way round.
    if client.reach != config.reach {
        return Err(ConfigError::MixedEndpoints(client_file).into());
    }
    let wanted = args.wanted(now);
    let nothing_used = Used::none(quota_day(now));
    let paths = config.archive();
    let loss = if args.restore {
        Loss::Accepted
    } else {
        Loss::Refused
    };

    let (session, summary) = if args.dry_run {
        let (mut reader, settings) = archive::look_only(&paths, &wanted, loss, &context.stop)?;
        if loss == Loss::Refused {
            reader.refuse_mass_loss(&paths.downloads, &context.stop)?;
        }
        let used = reader.quota(nothing_used)?;
        let (session, library) = sign_in(args.api_budget, context, client, used).await?;
        let reporter = reporter(context, args);
        let summary = engine::dry_run(&request, library, &settings, reader, reporter).await?;
        (session, summary)
    } else {
        let mut archive = Archive::open(paths, &wanted, loss, &context.stop)?;
        let mut reader = archive.reader()?;
        if loss == Loss::Refused {
            reader.refuse_mass_loss(&config.archive().downloads, &context.stop)?;
        }
        let used = archive
            .index
            .transact(Sync::Later, |rows| rows.quota(nothing_used))?;
        let (session, library) = sign_in(args.api_budget, context, client, used).await?;
        let reporter = reporter(context, args);
        let summary = engine::run(&request, library, archive, reader, reporter).await?;
        (session, summary)
    };
    if let Some(SyncError::Archive(error)) = &summary.ended_early {
        error.note(&config.archive());
    }
    Ok(conclude(*ui, summary, session.unsaved()))
}

/// The cached sign-in, or a new one where somebody is there to give it.
pub(super) async fn sign_in(
    api_budget: u32,
    context: &Context,
    client: ClientSecret,
    used: Used,
) -> Result<(Session, Library), Error> {
    let config = &context.config;
    let quota = Quota::new(used, api_budget);
    let http = Http::new(
        config.reach,
        config.patience,
        quota,
        config.clock,
        context.stop.clone(),
    )?;
    let file = TokenFile::in_folder(&config.credentials());
    if file.tighten().unwrap_or(false) {
        let path = file.path().display();
        context.ui.say(&format!(
            "{} others could read {path}; it is closed to them now",
            context.ui.yellow("warning")
        ));
    }
    let session = match Session::resume(client.clone(), file.clone(), LIBRARY_SCOPE, http.clone()) {
        Err(error @ AuthError::NotSignedIn(_)) => {
            let is_attended = std::io::stdin().is_terminal() && context.ui.terminal;
            if !is_attended {
                return Err(error.into());
            }
            let patience = Duration::from_mins(5);
            let token = login::sign_in(
                client.clone(),
                &file,
                &http,
                context.ui,
                &Browser::Opened,
                None,
                patience,
            )
            .await?;
            Session::new(client, file, token, http.clone())
        }
        session => session?,
    };
    let google = PhotosLibrary::new(http, session.clone(), config.library.clone());
    Ok((session, Library::new(google)))
}

fn reporter(context: &Context, args: &SyncArgs) -> Arc<dyn engine::event::Reporter> {
    if args.dry_run && !context.ui.json {
        Arc::new(progress::Plan::new(context.ui))
    } else {
        progress::reporter(context.ui)
    }
}

/// Says how it ended, and what that is as an exit code.
fn conclude(ui: Ui, mut summary: Summary, unsaved: Option<String>) -> Exit {
    let text = summary::render(ui, &summary);
    let is_whole = summary.is_whole();
    let ended = summary.ended_early.take().map(Error::from);
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
        Ui::data(&escape_json(&object));
    }
    match ended {
        Some(error) if matches!(error.exit(), Exit::Interrupted(_)) => {
            ui.say("Interrupted. Run the same command again: it goes on where this one ended.");
        }
        Some(error) => ui.print(&diagnostic::render(ui, &error)),
        None => {}
    }
    if let Some(why) = unsaved {
        warn_unsaved(ui, &why);
    }
    exit
}

/// Says that the next run may have to sign in again.
pub(super) fn warn_unsaved(ui: Ui, why: &str) {
    ui.print(&format!(
        "{} the refreshed sign-in could not be saved: {why}\n{} is the disk full or read-only? If the next run cannot sign in: `gphotos-dl login`",
        ui.red("error:"),
        ui.bold("hint:")
    ));
}
