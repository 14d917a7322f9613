//! What to do about an error, in commands where there is one.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::archive::ArchiveError;
use crate::archive::batch::is_fault_of_the_disk;
use crate::archive::intruder::NOWHERE;
use crate::auth::AuthError;
use crate::auth::client_secret::Problem;
use crate::config::ConfigError;
use crate::error::{Error, quoted};
use crate::google::picker::PickerError;
use crate::google::{Api, GoogleError};
use crate::http::retry::Failure;
use crate::import::ImportError;
use crate::source::takeout::PartError;
use crate::sync::SyncError;

impl Error {
    /// What to do next, in commands where there is one.
    pub(crate) fn hint(&self) -> Option<String> {
        self.hint_in(&SYNC)
    }

    /// The same, for an error on the way of `pick`.
    pub(crate) fn hint_of_pick(&self) -> Option<String> {
        self.hint_in(&PICK)
    }

    fn hint_in(&self, words: &Words) -> Option<String> {
        match self {
            Self::Picking(error) => error.hint_in(&PICK),
            Self::Config(error) => Some(config_hint(error)),
            Self::Auth(error) => auth_hint(error, words),
            Self::Archive(error)
            | Self::Sync(SyncError::Archive(error)) => archive_hint(error, words),
            Self::Import(ImportError::Archive(error)) => archive_hint(error, &IMPORT),
            Self::Import(error) => import_hint(error),
            Self::Sync(SyncError::Google(error)) => google_hint(error, words),
            Self::Sync(SyncError::TooFewDescriptors { .. }) => Some(
                "allow more: `ulimit -n 1024` in the shell, `LimitNOFILE=1024` in a service of systemd".to_owned(),
            ),
            Self::Http(_)
            | Self::Sync(SyncError::Stopped | SyncError::Internal)
            | Self::Other(_) => None,
            #[cfg(feature = "demo")]
            Self::DemoRootInUse(_) => Some(
                "give the demo a folder of its own: `gphotos-dl --root /tmp/demo demo`".to_owned(),
            ),
        }
    }
}

/// What hints call the commands that they mean.
struct Words {
    login: &'static str,
    /// How to go on after a run that did not end.
    again: &'static str,
    /// How everything comes back that is gone as a whole.
    restore: &'static str,
}

const SYNC: Words = Words {
    login: "gphotos-dl login",
    again: "run the same command again",
    restore: "To fetch everything again: `gphotos-dl sync --since YYYY-MM-DD --restore`",
};
const IMPORT: Words = Words {
    restore: "To put back what the parts hold: `gphotos-dl import --reread ~/Downloads/takeout-*.zip`",
    ..SYNC
};
const PICK: Words = Words {
    login: "gphotos-dl login --for picker",
    again: "run `gphotos-dl pick --resume`",
    restore: SYNC.restore,
};

fn import_hint(error: &ImportError) -> Option<String> {
    let text = match error {
        ImportError::Part(part) => match part {
            PartError::Unreadable { .. } => "check the path, and whether you may read it",
            PartError::Useless { .. } | PartError::NothingThere { .. } => {
                "name the archives that Takeout gave you: `gphotos-dl import ~/Downloads/takeout-*.zip`"
            }
            PartError::Implausible { .. } => {
                "leave this file out: no export of photos is like that"
            }
        },
        ImportError::Itself { .. } => {
            "move the export out of the archive, or the archive out of the export; archives (.zip, .tgz) may lie anywhere"
        }
        ImportError::NoPhotos(_) => {
            "order an export of Google Photos at https://takeout.google.com"
        }
        ImportError::TooLarge { .. } => {
            "free some space, or import fewer parts at a time: what is imported may be deleted"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn config_hint(error: &ConfigError) -> String {
    match error {
        ConfigError::RootMissing(path) => format!(
            "is the disk mounted? For a new archive: `mkdir -p {}`",
            word(path)
        ),
        ConfigError::RootIsNoFolder(_)
        | ConfigError::RootUnfit { .. }
        | ConfigError::NoDataFolder
        | ConfigError::RootNotMade { .. } => "name a folder with `--root DIR`".to_owned(),
        ConfigError::EmptyRange { since, until } => {
            format!("swap them: `--since {until} --until {since}`")
        }
        ConfigError::FutureSince(_) => {
            "`--since` is the first day to copy, for example `--since 2021-01-01`".to_owned()
        }
        ConfigError::MixedEndpoints { api, .. } => format!(
            "with a simulator set {0}, with Google `unset {0}`",
            match api {
                Api::Library => crate::env::LIBRARY_ENDPOINT,
                Api::Picker => crate::env::PICKER_ENDPOINT,
            }
        ),
        ConfigError::Variable { name, .. } => format!("`unset {name}`, or correct it"),
    }
}

fn auth_hint(error: &AuthError, words: &Words) -> Option<String> {
    let (command, login) = (words.login, format!("run `{}`", words.login));
    let text = match error {
        AuthError::ClientFile { path, problem } => match problem {
            Problem::Missing => format!(
                "download the OAuth client (type \"Desktop app\") from the Google Cloud console and save it as {}; the README shows \
                 each step. Without an account: `gphotos-dl demo`",
                path.display()
            ),
            Problem::Misnamed(found) => format!("`mv {} {}`", word(found), word(path)),
            Problem::Unreadable(_) => format!("`chmod u+r {}`", word(path)),
            _ => "create an OAuth client of the type \"Desktop app\" at https://console.cloud.google.com/auth/clients, download \
                  its JSON and put it there"
                .to_owned(),
        },
        AuthError::NotSignedIn(_) => login,
        AuthError::Pasted(_) => format!("run `{command} --paste` and paste the whole address"),
        AuthError::ScopeMissing(_) => format!("{login} and leave the box on Google's page ticked"),
        AuthError::NoRefreshToken => {
            format!("remove the app at https://myaccount.google.com/permissions, then {login}")
        }
        AuthError::Expired(_) => format!(
            "{login}. A project whose publishing status is \"Testing\" loses its sign-in every 7 days: publish it at \
             https://console.cloud.google.com/auth/audience"
        ),
        AuthError::Denied(_) => format!("{login} and choose \"Allow\""),
        AuthError::TimedOut(_) => format!("if Google's page showed an error: \"access_denied\" means that your account is no test user (add it, or \
             publish the app); \"redirect_uri_mismatch\" that the client is not of the type \"Desktop app\". If the browser is on \
             another machine: `{command} --paste`"),
        AuthError::Listen { .. } => "choose another port with `--port`, or none".to_owned(),
        AuthError::Refused(_) => "is credentials/client_secret.json the file of a client that still exists? Download it again if not".to_owned(),
        AuthError::TokenFile { .. } => "is the disk full or read-only?".to_owned(),
        AuthError::Http(Failure::Connect(_) | Failure::Transfer(_)) => "is this machine online? Does a firewall or proxy stand in between?".to_owned(),
        AuthError::Http(Failure::Stopped) => return None,
        AuthError::Http(_) => {
            "Google's sign-in service, or a proxy before it, is out of order; try again in some minutes".to_owned()
        }
    };
    Some(text)
}

fn google_hint(error: &GoogleError, words: &Words) -> Option<String> {
    let again = words.again;
    let text = match error {
        GoogleError::Auth(error) => return auth_hint(error, words),
        GoogleError::Picker(error) => return Some(picker_hint(error)),
        GoogleError::Quota(_) => "Google's count starts again at midnight Pacific time; run the same command then, and it goes on where it \
             ended. `--window month` needs far fewer calls, and a lower `--api-budget` may be the limit"
            .to_owned(),
        GoogleError::QuotaRefused(_) => "Google's count starts again at midnight Pacific time; run the same command then, and it goes on where it \
             ended. Whatever else uses the same Google Cloud project counts too; `--window month` needs far fewer calls"
            .to_owned(),
        GoogleError::TooMany(_) => {
            format!("{again} in some hours, perhaps with fewer `--jobs`; it goes on where it ended")
        }
        GoogleError::NotEnabled { api, activate } => format!(
            "enable it at {} and try again in a few minutes{}",
            activate.as_deref().unwrap_or(api.console()),
            match api {
                Api::Library => "",
                Api::Picker => ". It is not the \"Google Picker API\", which belongs to Drive",
            }
        ),
        GoogleError::ScopeInsufficient(_) => format!("run `{}` again and leave the box on Google's page ticked", words.login),
        GoogleError::Offline(_) => format!("what was fetched is safe; {again} when the network is back"),
        GoogleError::Untrusted(_) => format!(
            "is this machine's clock right? A proxy that reads along, as some companies have, needs its CA in the file that \
             SSL_CERT_FILE names; anybody else must not. Then {again}"
        ),
        GoogleError::Shape(_) => "a network's login page or a proxy may answer in Google's place; try again from another network".to_owned(),
        GoogleError::PageToken | GoogleError::NotFound(_) | GoogleError::Failed(_) | GoogleError::Stopped => return None,
    };
    Some(text)
}

/// A path, for a shell.
fn word(path: &Path) -> String {
    quoted(&path.display().to_string()).into_owned()
}

fn picker_hint(error: &PickerError) -> String {
    match error {
        PickerError::NoAccount => {
            "open https://photos.google.com once with the account that you signed in with, or sign in with another: \
             `gphotos-dl login --for picker`"
        }
        PickerError::TooManySessions => {
            "`gphotos-dl pick --resume` finishes what was selected before, and gives it up at Google; others end by themselves \
             after some days"
        }
        PickerError::SessionGone => {
            "run `gphotos-dl pick` and select again; what is here already is not fetched twice"
        }
        PickerError::NotDone | PickerError::TimedOut => {
            "press Done there, then run `gphotos-dl pick --resume`; or begin anew with `gphotos-dl pick`"
        }
        PickerError::NothingSelected => {
            "run `gphotos-dl pick` again, tick photos on Google's page, and press Done"
        }
    }
    .to_owned()
}

fn archive_hint(error: &ArchiveError, words: &Words) -> Option<String> {
    let again = words.again;
    if error.is_damage() {
        return Some(format!(
            "what was committed is safe; {again}, and it rebuilds the index in downloads/.gphotos-dl/index from the manifests \
             and the files"
        ));
    }
    let text = match error {
        ArchiveError::Locked { .. } => {
            "wait until it has ended; `pgrep -a gphotos-dl` shows it".to_owned()
        }
        ArchiveError::BeingMade(_) => {
            "try again in a minute; `pgrep -a gphotos-dl` shows the run".to_owned()
        }
        ArchiveError::Storage { source, .. } if is_fault_of_the_disk(source) => {
            format!("is the disk full, read-only or unplugged? What was committed is safe; {again}")
        }
        ArchiveError::Storage { doing, .. } if doing.starts_with("read") || *doing == "look at" => {
            format!("may this user read it? What was committed is safe; {again}")
        }
        ArchiveError::Storage { .. } => {
            format!("may this user write there? What was committed is safe; {again}")
        }
        ArchiveError::LowSpace { .. } => format!("make room, or allow less with `--min-free 100M`; then {again}: it goes on where it ended"),
        ArchiveError::MassLoss { .. } => format!("is the disk mounted? {}", words.restore),
        ArchiveError::Intruder { path, is, .. } => {
            let away = word(&path.with_added_extension("away"));
            if *is == NOWHERE {
                return Some(format!(
                    "is the disk mounted that it leads to? If that is gone for good: `mv {} {away}`, and what belongs there is made anew",
                    word(path)
                ));
            }
            format!("move it away: `mv {} {away}`; what belongs there is made anew", word(path))
        }
        ArchiveError::Vanished => format!("nothing is lost: {again}, and it finds again what was fetched"),
        ArchiveError::Moved(_) => format!("nothing is lost: {again} where it is now (`--root DIR`), and it finds again what was fetched"),
        ArchiveError::NoIndex(_) => "is the disk mounted? Whatever fetches makes an archive, and brings a lost index back: `gphotos-dl import \
             ~/Downloads/takeout-*.zip` what Takeout has exported, `gphotos-dl pick` what you select, `gphotos-dl sync --since \
             YYYY-MM-DD` what this app has uploaded"
            .to_owned(),
        ArchiveError::LostIndex(_) => "is the disk mounted? If it is, `gphotos-dl verify --repair` rebuilds the index from the manifests and the \
             files, without the network; so does the next `gphotos-dl sync --since YYYY-MM-DD`, `pick` or `import`"
            .to_owned(),
        ArchiveError::OlderIndex { .. } => "the next run that fetches brings it into today's shape".to_owned(),
        ArchiveError::NewerIndex { .. } => "use the newer gphotos-dl".to_owned(),
        ArchiveError::Settings { hint, .. } | ArchiveError::OtherSettings { hint, .. } => {
            (*hint).to_owned()
        }
        ArchiveError::UnusableIndex(_) => "the next `gphotos-dl sync --since YYYY-MM-DD` (or `pick`, or `import`), or `gphotos-dl verify --repair` without the \
             network, moves it aside and makes it anew from the manifests and the files; nothing is fetched twice"
            .to_owned(),
        ArchiveError::Index(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                format!("another program has downloads/.gphotos-dl/index/index.db open; close it and {again}")
            }
            _ => format!("is the disk full, read-only or unplugged? What was committed is safe; {again}"),
        },
        ArchiveError::ImpossibleIndex(_)
        | ArchiveError::Manifest { .. }
        | ArchiveError::CommitterGone
        | ArchiveError::PlannerGone
        | ArchiveError::Stopped => return None,
    };
    Some(text)
}
