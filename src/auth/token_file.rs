//! The cached token: one small JSON file, readable by its owner alone, always whole.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::auth::secret::Secret;
use crate::auth::{AuthError, Purpose};
use crate::durable::{self, Readers};

/// What a sign-in consists of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    /// The token is worthless with another client, so it is bound to this one.
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) access_token: Secret,
    pub(crate) refresh_token: Secret,
    pub(crate) expires_at: DateTime<Utc>,
    /// Seconds that the access token lives, as Google said.
    pub(crate) lifetime_s: i64,
    /// When the user consented: a project in "Testing" loses its refresh tokens 7 days after that.
    pub(crate) signed_in_at: DateTime<Utc>,
    /// When the refresh token itself dies, where Google says so (time-limited grants only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token_expires_at: Option<DateTime<Utc>>,
    /// That Google no longer takes it, until it does again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<Refused>,
}

/// Google's last word on a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) at: DateTime<Utc>,
    pub(crate) why: String,
}

/// Where the token is kept.
#[derive(Debug, Clone)]
pub(crate) struct TokenFile {
    path: PathBuf,
    purpose: Purpose,
}

impl TokenFile {
    pub(crate) fn in_folder(credentials: &Path, purpose: Purpose) -> Self {
        Self {
            path: credentials.join(purpose.file()),
            purpose,
        }
    }

    pub(crate) fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The token, if it belongs to this client and covers what it is for.
    pub(crate) fn load(&self, client_id: &str) -> Result<Token, AuthError> {
        let scope = self.purpose.scope();
        let not_signed_in = |why: String| Err(AuthError::NotSignedIn(why));
        let name = self.path.display();
        let text = match self.read() {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return not_signed_in(format!("there is no {name}"));
            }
            Err(error) => return not_signed_in(format!("could not read {name} ({error})")),
        };
        let Ok(token) = serde_json::from_str::<Token>(&text) else {
            return not_signed_in(format!("{name} is damaged"));
        };
        if token.client_id != client_id {
            return not_signed_in(format!("{name} belongs to another OAuth client"));
        }
        if !token.scope.split(' ').any(|granted| granted == scope) {
            return not_signed_in(format!("{name} was made for another permission"));
        }
        Ok(token)
    }

    /// Puts the token in place of the old one. Whenever the power goes, the file is the old one or the new one.
    pub(crate) fn save(&self, token: &Token) -> Result<(), AuthError> {
        self.replace(token).map_err(|source| AuthError::TokenFile {
            path: self.path.clone(),
            source,
        })
    }

    /// Writes down that Google does not take this token, unless another has come into its place meanwhile.
    pub(super) fn note_refusal(&self, token: &Token, refused: Refused) -> Result<(), AuthError> {
        match self.load_any() {
            Some(saved) if saved.refresh_token == token.refresh_token => self.save(&Token {
                refused: Some(refused),
                ..saved
            }),
            _ => Ok(()),
        }
    }

    /// Removes the token; it is no error that there is none.
    pub(crate) fn delete(&self) -> Result<(), AuthError> {
        // A save that was killed has left a token too.
        durable::sweep(&self.path);
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(AuthError::TokenFile {
                path: self.path.clone(),
                source: error,
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn read(&self) -> io::Result<String> {
        let file = durable::open_regular(&self.path)?;
        let mut text = String::new();
        file.take(64 << 10).read_to_string(&mut text)?;
        Ok(text)
    }

    /// Closes the file to everybody but its owner. Says whether others could read it.
    pub(crate) fn tighten(&self) -> io::Result<bool> {
        let file = match durable::open_regular(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            file => file?,
        };
        let is_open = file.metadata()?.permissions().mode() & 0o077 != 0;
        if is_open {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
        Ok(is_open)
    }

    /// Whether others than its owner could read it.
    pub(crate) fn is_open_to_others(&self) -> bool {
        let metadata = self.path.symlink_metadata();
        metadata.is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The token whosever it is, to be given up.
    pub(crate) fn load_any(&self) -> Option<Token> {
        serde_json::from_str(&self.read().ok()?).ok()
    }

    fn replace(&self, token: &Token) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        private_folder(folder)?;
        durable::replace(
            &self.path,
            Readers::Owner,
            &serde_json::to_vec_pretty(token)?,
        )
    }
}

/// A folder that only its owner can enter.
fn private_folder(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let permissions = fs::metadata(folder)?.permissions();
    // Not through a link: what it leads to may be shared on purpose.
    let is_link = folder.symlink_metadata()?.is_symlink();
    if permissions.mode() & 0o077 != 0 && !is_link {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token {
            client_id: "me".to_owned(),
            scope: format!("a {}", Purpose::Library.scope()),
            access_token: Secret::new("at".to_owned()),
            refresh_token: Secret::new("rt".to_owned()),
            expires_at: Utc::now(),
            lifetime_s: 3599,
            signed_in_at: Utc::now(),
            refresh_token_expires_at: None,
            refused: None,
        }
    }

    #[test]
    fn a_saved_token_is_private_and_bound_to_client_and_scope() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("credentials");
        let file = TokenFile::in_folder(&folder, Purpose::Library);
        file.save(&token()).expect("saved");
        let mode = |path: &Path| fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&file.path)), (0o700, 0o600));
        assert_eq!(
            file.load("me").expect("the token").access_token.reveal(),
            "at"
        );
        assert!(matches!(file.load("you"), Err(AuthError::NotSignedIn(_))));
        assert!(matches!(
            TokenFile {
                purpose: Purpose::Picker,
                ..file.clone()
            }
            .load("me"),
            Err(AuthError::NotSignedIn(_))
        ));
        assert_eq!(
            fs::read_dir(&folder).expect("a folder").count(),
            1,
            "no temporary file stays"
        );
    }

    #[test]
    fn an_open_token_is_closed_and_a_damaged_or_linked_one_is_not_used() {
        let root = tempfile::tempdir().expect("a folder");
        let file = TokenFile::in_folder(root.path(), Purpose::Library);
        file.save(&token()).expect("saved");
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(file.tighten().expect("tightened"));
        assert!(!file.tighten().expect("tightened"));
        file.load("me").expect("the token");
        assert_eq!(
            fs::metadata(&file.path)
                .expect("metadata")
                .permissions()
                .mode()
                & 0o777,
            0o600
        );
        fs::write(&file.path, "{").expect("written");
        assert!(file.load("me").is_err());
        fs::rename(&file.path, root.path().join("elsewhere")).expect("renamed");
        std::os::unix::fs::symlink("elsewhere", &file.path).expect("linked");
        assert!(file.load("me").is_err());
        file.delete().expect("deleted");
        assert!(root.path().join("elsewhere").exists());
    }
}
