//! `verify --repair`, after the check: what can be put right is.

use crate::archive::Archive;
use crate::archive::index::Sync;
use crate::archive::verify::Findings;
use crate::auth::Session;
use crate::auth::client_secret::ClientSecret;
use crate::cli::VerifyArgs;
use crate::commands::{Context, sync};
use crate::config::ConfigError;
use crate::error::Error;
use crate::google::Api;
use crate::http::Http;
use crate::http::limit::{API_PER_DAY, Used, quota_day};
use crate::source::library::Library;
use crate::sync::Fetching;
use crate::sync::event::Event;
use crate::sync::repair::{self, Plan};
use crate::ui::verify::Repaired;
use crate::ui::{counted, progress};

/// How a repair went.
#[derive(Default)]
pub(super) struct Mend {
    /// Absent where it could not even begin.
    pub(super) repair: Option<Repaired>,
    /// What has ended it before everything was done.
    pub(super) ended: Option<Error>,
    /// Why a refreshed sign-in could not be kept, if so.
    pub(super) unsaved: Option<String>,
}

/// Files that are fetched at a time, as `sync` does by default.
const JOBS: usize = 8;

impl Mend {
    /// Puts right what can be. An error is part of how it went: what the check has found must not be lost with it.
    pub(super) async fn of(
        args: &VerifyArgs,
        findings: &Findings,
        archive: Archive,
        context: &Context,
    ) -> Self {
        let mut mend = Self::default();
        if let Err(error) = mend.carry_out(args, findings, archive, context).await {
            mend.ended = Some(error);
        }
        mend
    }

    async fn carry_out(
        &mut self,
        args: &VerifyArgs,
        findings: &Findings,
        mut archive: Archive,
        context: &Context,
    ) -> Result<(), Error> {
        let Context { ui, config, .. } = context;
        let downloads = archive.paths.downloads.clone();
        let reader = archive.reader()?;
        let plan = Plan::of(&findings.findings, &reader)?;
        let none_used = Used::none(quota_day(config.clock.now()));
        let used = archive
            .index
            .transact(Sync::Later, |rows| rows.quota(none_used))?;
        let http = sync::http(API_PER_DAY, context, used)?;
        let (mut session, mut library) = (None, None);
        if plan.asks_google() {
            ui.say(&format!("Fetching {} again", counted(plan.owed(), "file")));
            match sign_in(context, &http).await {
                Ok(signed_in) => (session, library) = (Some(signed_in.0), Some(signed_in.1)),
                // What needs nobody to be asked is done all the same.
                Err(error) => self.ended = Some(error),
            }
        }
        let fetching = Fetching {
            jobs: JOBS,
            min_free: args.min_free,
            reach: config.reach,
        };
        let reporter = progress::reporter(*ui);
        let told = reporter.clone();
        http.on_silence(move |text| told.event(&Event::Warning { text }));
        let repair = repair::run(plan, library, &http, fetching, archive, reader, reporter).await?;
        context.record.of_run(repair.run);
        context.record.quota_refused(http.quota().refused());
        self.ended = self.ended.take().or(repair.ended_early.map(Error::from));
        self.unsaved = session.and_then(|session: Session| session.unsaved());
        self.repair = Some(Repaired {
            outcomes: repair.outcomes,
            manifest: repair.manifest,
            aside: repair
                .aside
                .iter()
                .map(|folder| downloads.join(folder))
                .collect(),
            is_cut: self.ended.is_some(),
        });
        Ok(())
    }
}

async fn sign_in(context: &Context, http: &Http) -> Result<(Session, Library), Error> {
    let config = &context.config;
    let client_file = config.credentials().join("client_secret.json");
    let client = ClientSecret::load(&client_file)?;
    // A token of Google's must not go to a simulator, nor the other way round.
    if client.reach != config.reach {
        let (client, api) = (client_file, Api::Library);
        return Err(ConfigError::MixedEndpoints { client, api }.into());
    }
    sync::sign_in(context, client, http.clone()).await
}
