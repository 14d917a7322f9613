//! What an error means to whoever ran the program: the exit code, and what to do next. Nowhere else is either decided.

mod hint;
mod shell;

use std::process::ExitCode;

use crate::archive::ArchiveError;
use crate::auth::AuthError;
use crate::config::ConfigError;
use crate::google::GoogleError;
use crate::http::retry::Failure;
use crate::import::ImportError;
use crate::import::catalog::CatalogError;
use crate::sync::SyncError;

pub(crate) use shell::quoted;

/// Anything that ends a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Sync(#[from] SyncError),
    #[error(transparent)]
    Http(#[from] Failure),
    /// Any of these on the way of `pick`, which has a sign-in of its own and goes on in another way.
    #[error(transparent)]
    Picking(Box<Self>),
    #[cfg(feature = "demo")]
    #[error("{} holds an archive, or credentials, that are not the demo's", .0.display())]
    DemoRootInUse(std::path::PathBuf),
    /// Set-up where no caller decides anything.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// The program's answer to whoever called it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Failed,
    Usage,
    /// Some items failed, or the archive is not whole.
    Incomplete,
    SignIn,
    Quota,
    Locked,
    Storage,
    /// By this signal.
    Interrupted(u8),
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::SignIn => 4,
            Self::Quota => 5,
            Self::Locked => 6,
            Self::Storage => 7,
            Self::Interrupted(signal) => 128 + signal,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

impl Error {
    /// What went wrong, with its causes, each once.
    pub(crate) fn told(&self) -> String {
        let mut last = self.to_string();
        let mut text = last.clone();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // A transparent layer says what the one below says.
            if cause_text != last {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            last = cause_text;
            source = cause.source();
        }
        text
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Config(error) => match error {
                ConfigError::RootMissing(_)
                | ConfigError::RootIsNoFolder(_)
                | ConfigError::RootNotMade { .. } => Exit::Storage,
                ConfigError::NoDataFolder | ConfigError::MixedEndpoints { .. } => Exit::Failed,
                ConfigError::RootUnfit { .. }
                | ConfigError::EmptyRange { .. }
                | ConfigError::FutureSince(_)
                | ConfigError::Variable { .. } => Exit::Usage,
            },
            Self::Auth(error) => auth_exit(error),
            Self::Archive(error)
            | Self::Sync(SyncError::Archive(error))
            | Self::Import(ImportError::Archive(error)) => archive_exit(error),
            Self::Import(error) => match error {
                ImportError::Stopped | ImportError::Catalog(CatalogError::Stopped) => INTERRUPTED,
                ImportError::TooLarge { .. } | ImportError::Catalog(CatalogError::Spool(_)) => {
                    Exit::Storage
                }
                _ => Exit::Failed,
            },
            Self::Sync(SyncError::Google(error)) => match error {
                GoogleError::Auth(error) => auth_exit(error),
                GoogleError::ScopeInsufficient(_) => Exit::SignIn,
                GoogleError::Quota(_) | GoogleError::QuotaRefused(_) | GoogleError::TooMany(_) => {
                    Exit::Quota
                }
                GoogleError::Stopped => INTERRUPTED,
                GoogleError::Picker(_)
                | GoogleError::NotEnabled { .. }
                | GoogleError::Offline(_)
                | GoogleError::Untrusted(_)
                | GoogleError::PageToken
                | GoogleError::NotFound(_)
                | GoogleError::Shape(_)
                | GoogleError::Failed(_) => Exit::Failed,
            },
            Self::Sync(SyncError::Stopped) | Self::Http(Failure::Stopped) => INTERRUPTED,
            Self::Picking(error) => error.exit(),
            #[cfg(feature = "demo")]
            Self::DemoRootInUse(_) => Exit::Usage,
            Self::Sync(SyncError::Internal | SyncError::TooFewDescriptors { .. })
            | Self::Http(_)
            | Self::Other(_) => Exit::Failed,
        }
    }
}

/// The signal is known to the command, which puts it in.
const INTERRUPTED: Exit = Exit::Interrupted(2);

fn auth_exit(error: &AuthError) -> Exit {
    match error {
        AuthError::NotSignedIn(_)
        | AuthError::ScopeMissing(_)
        | AuthError::NoRefreshToken
        | AuthError::Expired(_)
        | AuthError::Denied(_)
        | AuthError::TimedOut(_)
        | AuthError::Pasted(_) => Exit::SignIn,
        AuthError::TokenFile { .. } => Exit::Storage,
        AuthError::Http(Failure::Stopped) => INTERRUPTED,
        AuthError::ClientFile { .. }
        | AuthError::Listen { .. }
        | AuthError::Refused(_)
        | AuthError::Http(_) => Exit::Failed,
    }
}

fn archive_exit(error: &ArchiveError) -> Exit {
    match error {
        ArchiveError::Locked { .. } | ArchiveError::BeingMade(_) => Exit::Locked,
        ArchiveError::OtherSettings { .. } => Exit::Usage,
        ArchiveError::NewerIndex { .. }
        | ArchiveError::OlderIndex { .. }
        | ArchiveError::CommitterGone
        | ArchiveError::PlannerGone => Exit::Failed,
        ArchiveError::Stopped => INTERRUPTED,
        ArchiveError::Settings { .. }
        | ArchiveError::Storage { .. }
        | ArchiveError::LowSpace { .. }
        | ArchiveError::Intruder { .. }
        | ArchiveError::MassLoss { .. }
        | ArchiveError::Vanished
        | ArchiveError::Moved(_)
        | ArchiveError::Index(_)
        | ArchiveError::UnusableIndex(_)
        | ArchiveError::ImpossibleIndex(_)
        | ArchiveError::NoIndex(_)
        | ArchiveError::LostIndex(_)
        | ArchiveError::Manifest { .. } => Exit::Storage,
    }
}
