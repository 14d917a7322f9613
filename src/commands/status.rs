//! `status`: what is held, what is owed, and whether the sign-in will last. It writes nothing and asks nobody.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::archive::checks::Checks;
use crate::archive::history::{self, Ended};
use crate::archive::look::{Gaze, Look, free_space};
use crate::archive::overview::RUNS;
use crate::archive::settings::{Settings, Wanted};
use crate::archive::{ArchiveError, Paths};
use crate::auth::Purpose;
use crate::auth::client_secret::ClientSecret;
use crate::auth::health::health;
use crate::auth::token_file::TokenFile;
use crate::commands::pick::kept::{Kept, KeptSession};
use crate::commands::{Context, opening};
use crate::error::{Error, Exit};
use crate::http::limit::{Used, quota_day};
use crate::ui::status::selections::Unfinished;
use crate::ui::status::{Holdings, Status};
use crate::ui::{Ui, status};

pub(crate) async fn run(context: &Context) -> Result<Exit, Error> {
    let Context {
        ui, config, stop, ..
    } = context;
    let (now, paths) = (config.clock.now(), config.archive());
    let (wanted, looked_at) = (config.wanted(), paths.clone());
    let (patience, told) = (config.clock.wait(PATIENCE), stop.clone());
    let seen = opening::apart(stop, move || {
        let look = Look::open_made(&looked_at, Gaze::Short, patience, &told);
        let seen = match look {
            Err(error @ ArchiveError::BeingMade(_)) => Ok(unmade(&error, &looked_at, &wanted)),
            Err(ArchiveError::LostIndex(_)) => see(None, &looked_at, &wanted),
            look => look.and_then(|look| see(look, &looked_at, &wanted)),
        };
        seen.map_err(|error| error.seen(&looked_at))
    });
    let Seen {
        checks,
        settings,
        settings_problem,
        holdings,
        used,
        quota_refused,
    } = seen.await?;
    let credentials = config.credentials();
    let client = ClientSecret::load(&credentials.join("client_secret.json")).ok();
    let client = client.map(|client| client.client_id);
    let tokens = Purpose::ALL.map(|purpose| TokenFile::in_folder(&credentials, purpose));
    let found = Status {
        downloads: paths.downloads.display().to_string(),
        settings,
        settings_problem,
        holdings,
        checks,
        selections: unfinished(&credentials),
        tokens: tokens
            .iter()
            .map(|file| health(file, client.as_deref(), now))
            .collect(),
        used,
        quota_refused,
        free: free_space(&config.root).ok(),
        now,
    };
    if ui.json {
        ui.object(status::to_json(&found));
    } else {
        Ui::data(
            ui.addressed(status::render(*ui, &found).trim_end())
                .as_ref(),
        );
    }
    Ok(Exit::Done)
}

/// The selections that `pick --resume` would go on with. A list that cannot be read is told by `pick`.
fn unfinished(credentials: &Path) -> Vec<Unfinished> {
    let kept = Kept::load(credentials).map_or_else(|_| Vec::new(), |kept| kept.sessions);
    let told = |session: KeptSession| Unfinished {
        begun: session.begun,
        expires: session.expires,
        fetched: session.fetched,
    };
    kept.into_iter().map(told).collect()
}

/// When Google said last that the quota of this day is used up.
fn refused_on(day: NaiveDate, ended: &[Ended]) -> Option<DateTime<Utc>> {
    let refused = ended.iter().filter_map(|run| run.quota_refused);
    refused.filter(|at| quota_day(*at) == day).max()
}

/// What archive and index tell.
struct Seen {
    checks: Checks,
    settings: Option<Settings>,
    settings_problem: Option<String>,
    holdings: Option<Holdings>,
    used: Used,
    quota_refused: Option<DateTime<Utc>>,
}

/// An archive is made in less than a second.
const PATIENCE: Duration = Duration::from_secs(1);

/// An archive of which there is nothing to be seen yet.
fn unmade(why: &ArchiveError, paths: &Paths, wanted: &Wanted) -> Seen {
    Seen {
        checks: Checks::load(&paths.downloads),
        settings: None,
        settings_problem: Some(why.to_string()),
        holdings: None,
        used: Used::none(quota_day(wanted.now)),
        quota_refused: None,
    }
}

fn see(look: Option<Look>, paths: &Paths, wanted: &Wanted) -> Result<Seen, ArchiveError> {
    let (settings, settings_problem) = Look::settings(look.as_ref(), paths, wanted);
    let zone = settings
        .as_ref()
        .map_or(Tz::UTC, |settings| settings.time_zone);
    let none_used = Used::none(quota_day(wanted.now));
    let ended = history::load(&paths.downloads);
    let quota_refused = refused_on(none_used.day, &ended);
    let mut checks = Checks::load(&paths.downloads);
    if let Some(look) = &look {
        look.leave_out_mended(paths, &mut checks.open);
    }
    let (holdings, used) = match look {
        Some(look) => {
            let holdings = Holdings {
                held: look.held(zone)?,
                owed: look.owed()?,
                failed: look.failed()?,
                doubtful: look.doubtful()?,
                pairs: look.pairs()?,
                runs: history::merge(look.runs()?, ended, RUNS),
                is_stale: look.is_stale,
            };
            (Some(holdings), look.quota(none_used)?)
        }
        None => (None, none_used),
    };
    Ok(Seen {
        checks,
        settings,
        settings_problem,
        holdings,
        used,
        quota_refused,
    })
}
