//! `sync`: copy everything that the Library API shows and that is not here yet.

use std::sync::Arc;

use crate::archive::index::Sync;
use crate::archive::loss::Loss;
use crate::auth::client_secret::ClientSecret;
use crate::auth::{Purpose, Session};
use crate::cli::SyncArgs;
use crate::commands::conclude::conclude;
use crate::commands::{Context, login, opening};
use crate::config::ConfigError;
use crate::error::{Error, Exit};
use crate::google::{Api, PhotosLibrary};
use crate::http::Http;
use crate::http::limit::{Quota, Used, quota_day};
use crate::source::library::Library;
use crate::sync as engine;
use crate::sync::SyncError;
use crate::sync::event::Reporter;
use crate::ui::progress::{self, Plan, PlanList};

pub(crate) async fn run(args: &SyncArgs, context: &Context) -> Result<Exit, Error> {
    let ended = sync(args, context).await;
    if let Err(Error::Archive(error) | Error::Sync(SyncError::Archive(error))) = &ended {
        error.note(&context.config.archive());
    }
    ended
}

async fn sync(args: &SyncArgs, context: &Context) -> Result<Exit, Error> {
    let config = &context.config;
    let now = config.clock.now();
    let request = args.request(now, config.reach)?;
    let client_file = config.credentials().join("client_secret.json");
    let client = ClientSecret::load(&client_file)?;
    // A token of Google's must not go to a simulator, nor the other way round.
    if client.reach != config.reach {
        let (client, api) = (client_file, Api::Library);
        return Err(ConfigError::MixedEndpoints { client, api }.into());
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
        let (mut reader, settings) = opening::look_only(paths, wanted, loss, &context.stop).await?;
        let used = reader.quota(nothing_used)?;
        let http = http(args.api_budget, context, used)?;
        let (session, library) = sign_in(context, client, http).await?;
        let list = Arc::new(PlanList::new(context.ui));
        let reporter: Arc<dyn Reporter> = if context.ui.json {
            list.clone()
        } else {
            Arc::new(Plan::new(context.ui))
        };
        let mut summary = engine::dry_run(&request, library, &settings, reader, reporter).await?;
        summary.planned = list.take();
        (session, summary)
    } else {
        if !paths.is_begun() {
            prove_sign_in(
                context,
                &client,
                http(args.api_budget, context, nothing_used)?,
            )
            .await?;
        }
        let (mut archive, reader) = opening::open(paths, wanted, loss, &context.stop).await?;
        let used = archive
            .index
            .transact(Sync::Later, |rows| rows.quota(nothing_used))?;
        let http = http(args.api_budget, context, used)?;
        let (session, library) = sign_in(context, client, http).await?;
        let reporter = progress::reporter(context.ui);
        let summary = engine::run(&request, library, archive, reader, reporter).await?;
        (session, summary)
    };
    context.record.of_run(summary.run);
    if let Some(SyncError::Archive(error)) = &summary.ended_early {
        error.note(&config.archive());
    }
    Ok(conclude(
        context,
        summary,
        session.unsaved().as_deref(),
        Purpose::Library,
    ))
}

/// Sees to it that there is a sign-in that works: nobody is left with an empty archive for want of one.
async fn prove_sign_in(context: &Context, client: &ClientSecret, http: Http) -> Result<(), Error> {
    let session = login::session(Purpose::Library, client.clone(), &http, context).await?;
    session.access_token().await?;
    Ok(())
}

/// The client for everything that a run asks Google for, with what the day's quota leaves it.
pub(super) fn http(api_budget: u32, context: &Context, used: Used) -> Result<Http, Error> {
    let config = &context.config;
    let quota = Quota::new(used, api_budget);
    Ok(Http::new(
        config.reach,
        config.patience,
        quota,
        config.clock,
        context.stop.clone(),
    )?)
}

/// The cached sign-in, or a new one where somebody is there to give it.
pub(super) async fn sign_in(
    context: &Context,
    client: ClientSecret,
    http: Http,
) -> Result<(Session, Library), Error> {
    let session = login::session(Purpose::Library, client, &http, context).await?;
    let google = PhotosLibrary::new(http, session.clone(), context.config.library.clone());
    Ok((session, Library::new(google)))
}
