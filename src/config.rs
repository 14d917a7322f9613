//! What was typed, resolved once: absolute paths, endpoints, the clock. Only this module reads the environment.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use url::Url;

use crate::archive::Paths;
use crate::archive::settings::Wanted;
use crate::archive::store::PRIVATE;
use crate::cli::{GlobalArgs, SyncArgs};
use crate::clock::Clock;
use crate::env;
use crate::google::picker::PICKER_ENDPOINT;
use crate::google::{Api, LIBRARY_ENDPOINT};
use crate::http::media::is_loopback;
use crate::http::{Patience, Reach};
use crate::media::day::{self, DayRange};
use crate::media::layout::Layout;
use crate::sync::{Fetching, Request};

/// Why the arguments or the environment make no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("the root folder {} does not exist", .0.display())]
    RootMissing(PathBuf),
    #[error("the root {} is not a folder", .0.display())]
    RootIsNoFolder(PathBuf),
    #[error("{} cannot be the root: {why}", root.display())]
    RootUnfit { root: PathBuf, why: &'static str },
    #[error("there is no folder for your data on this system")]
    NoDataFolder,
    #[error("could not make the root folder {}", path.display())]
    RootNotMade {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("--since {since} lies after --until {until}")]
    EmptyRange { since: NaiveDate, until: NaiveDate },
    #[error("--since {0} lies in the future")]
    FutureSince(NaiveDate),
    #[error("{} and the endpoint of the {} are not of one kind: one is Google's, the other this machine's", client.display(), api.name())]
    MixedEndpoints { client: PathBuf, api: Api },
    #[error("{name} is not usable: {problem}")]
    Variable { name: &'static str, problem: String },
}

/// Everything but a command's own arguments.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) root: PathBuf,
    pub(crate) library: Url,
    pub(crate) reach: Reach,
    pub(crate) picker: Url,
    pub(crate) picker_reach: Reach,
    pub(crate) patience: Patience,
    pub(crate) clock: Clock,
}

impl Config {
    /// Resolves the global arguments against the environment. The root that is there for who names none is made, if
    /// `makes_root`: a command that only looks leaves nothing behind.
    pub(crate) fn resolve(
        args: &GlobalArgs,
        makes_root: bool,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let clock = match variable(env::TEST_CLOCK) {
            Some(text) => Clock::for_test(&text).ok_or_else(|| ConfigError::Variable {
                name: env::TEST_CLOCK,
                problem: "it is written offset=SECONDS,waits=FACTOR".to_owned(),
            })?,
            None => Clock::SYSTEM,
        };
        let endpoint = |name, google| endpoint(name, variable(name).as_deref(), google);
        let (library, reach) = endpoint(env::LIBRARY_ENDPOINT, LIBRARY_ENDPOINT)?;
        let (picker, picker_reach) = endpoint(env::PICKER_ENDPOINT, PICKER_ENDPOINT)?;
        let patience = Patience {
            idle: seconds(env::IDLE_TIMEOUT, &variable)?.unwrap_or(PATIENCE.idle),
            answer: seconds(env::API_TIMEOUT, &variable)?.unwrap_or(PATIENCE.answer),
        };
        Ok(Self {
            root: root(args.root.as_deref(), makes_root)?,
            library,
            reach,
            picker,
            picker_reach,
            patience,
            clock,
        })
    }

    pub(crate) fn credentials(&self) -> PathBuf {
        self.root.join("credentials")
    }

    /// What a command that only looks or mends wants of the archive: that it stays what it is.
    pub(crate) fn wanted(&self) -> Wanted {
        as_it_is(self.clock.now())
    }

    pub(crate) fn archive(&self) -> Paths {
        Paths {
            downloads: self.root.join("downloads"),
            manifests: self.root.join("media_items_list"),
        }
    }
}

/// What an archive should be like, if it is new.
pub(crate) fn wanted(layout: Option<Layout>, time_zone: Option<Tz>, now: DateTime<Utc>) -> Wanted {
    Wanted {
        layout,
        time_zone,
        ..as_it_is(now)
    }
}

/// Nothing is asked of an archive but to stay what it is.
fn as_it_is(now: DateTime<Utc>) -> Wanted {
    let machine = iana_time_zone::get_timezone()
        .ok()
        .and_then(|name| name.parse().ok());
    Wanted {
        layout: None,
        time_zone: None,
        default_time_zone: machine.unwrap_or(Tz::UTC),
        now,
    }
}

impl SyncArgs {
    /// What to sync, as of `now`.
    pub(crate) fn request(&self, now: DateTime<Utc>, reach: Reach) -> Result<Request, ConfigError> {
        let today = day::latest_today(now);
        if self.since > today {
            return Err(ConfigError::FutureSince(self.since));
        }
        let until = self.until.unwrap_or(today);
        let range = DayRange::new(self.since, until).ok_or(ConfigError::EmptyRange {
            since: self.since,
            until,
        })?;
        Ok(Request {
            range,
            open_end: self.until.is_none(),
            window: self.window,
            full_listing: !self.no_full_listing,
            list_jobs: usize::from(self.list_jobs),
            fetching: Fetching {
                jobs: usize::from(self.jobs),
                min_free: self.min_free,
                reach,
            },
        })
    }

    /// What the archive should be like, if it is new.
    pub(crate) fn wanted(&self, now: DateTime<Utc>) -> Wanted {
        Wanted {
            layout: self.layout.clone(),
            time_zone: self.time_zone,
            ..as_it_is(now)
        }
    }
}

/// A minute without a byte is a dead connection (hanging reads: gilesknap/gphotos-sync#234), and the API answers within
/// seconds or not at all.
pub(crate) const PATIENCE: Patience = Patience {
    idle: Duration::from_mins(1),
    answer: Duration::from_mins(1),
};

/// What a variable says of a deadline, if it is set.
fn seconds(
    name: &'static str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Duration>, ConfigError> {
    let Some(text) = variable(name) else {
        return Ok(None);
    };
    let seconds = text.parse().ok();
    seconds
        .filter(|seconds| (1..=3600).contains(seconds))
        .map(|seconds| Some(Duration::from_secs(seconds)))
        .ok_or_else(|| ConfigError::Variable {
            name,
            problem: "it is a number of seconds from 1 to 3600".to_owned(),
        })
}

/// The root that was given, where the program would not find it by itself: who is told to run a command must name it.
pub(crate) fn named_root(args: &GlobalArgs) -> Option<PathBuf> {
    let given = std::path::absolute(args.root.as_deref()?).ok()?;
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let found = unnamed_root().ok().and_then(|found| real(&found));
    let is_found = found.is_some() && found == real(&given);
    (!is_found).then_some(given)
}

/// The root where nobody names one.
fn unnamed_root() -> Result<PathBuf, ConfigError> {
    if Path::new("credentials").is_dir() {
        return Ok(PathBuf::from("."));
    }
    let folders = directories::ProjectDirs::from("", "", "gphotos-dl");
    let folders = folders.ok_or(ConfigError::NoDataFolder)?;
    Ok(folders.data_dir().to_owned())
}

fn root(given: Option<&Path>, makes_root: bool) -> Result<PathBuf, ConfigError> {
    let chosen = if let Some(root) = given {
        root.to_owned()
    } else {
        let path = unnamed_root()?;
        if makes_root {
            std::fs::create_dir_all(&path).map_err(|source| ConfigError::RootNotMade {
                path: path.clone(),
                source,
            })?;
        } else if !path.exists() {
            return Ok(path);
        }
        path
    };
    let absolute =
        std::path::absolute(&chosen).map_err(|_| ConfigError::RootMissing(chosen.clone()))?;
    // Resolved once: whatever a link in it points to later, this run stays where it began.
    let root = std::fs::canonicalize(&absolute).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotADirectory => ConfigError::RootIsNoFolder(absolute.clone()),
        _ => ConfigError::RootMissing(absolute),
    })?;
    if !root.is_dir() {
        return Err(ConfigError::RootIsNoFolder(root));
    }
    let unfit = |why| {
        Err(ConfigError::RootUnfit {
            root: root.clone(),
            why,
        })
    };
    if root.parent().is_none() {
        return unfit("it is the system's own");
    }
    if root.components().any(|name| name.as_os_str() == PRIVATE) {
        return unfit("it lies in what an archive keeps for itself");
    }
    Ok(root)
}

fn endpoint(
    name: &'static str,
    given: Option<&str>,
    google: &str,
) -> Result<(Url, Reach), ConfigError> {
    let problem = |problem: &str| ConfigError::Variable {
        name,
        problem: problem.to_owned(),
    };
    let text = given.unwrap_or(google);
    let url = Url::parse(text)
        .map_err(|_| problem("it is not an address such as http://127.0.0.1:8910"))?;
    match url.scheme() {
        // The access token goes there: whoever sets the environment must not be able to collect it.
        "https"
            if url
                .host_str()
                .is_some_and(|host| host.ends_with(".googleapis.com")) =>
        {
            Ok((url, Reach::Internet))
        }
        "http" if is_loopback(&url) => Ok((url, Reach::Loopback)),
        _ => Err(problem(
            "it must be https to Google, or http to a loopback address",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_in_the_clear_to_this_machine_only() {
        let endpoint = |given| endpoint(env::PICKER_ENDPOINT, given, PICKER_ENDPOINT);
        assert!(matches!(endpoint(None), Ok((_, Reach::Internet))));
        assert!(matches!(
            endpoint(Some("http://127.0.0.1:1")),
            Ok((_, Reach::Loopback))
        ));
        for bad in [
            "https://example.com",
            "http://example.com",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "x",
        ] {
            assert!(endpoint(Some(bad)).is_err(), "{bad}");
        }
    }
}
