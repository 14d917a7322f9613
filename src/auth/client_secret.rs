//! `client_secret.json`, the user's own OAuth client as downloaded from the Google Cloud console.
//!
//! The file decides where codes and tokens are sent, so its endpoints are not believed blindly: a file of Google's gets
//! today's endpoints whatever it says, a loopback address is a simulator, anything else is refused.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use crate::auth::AuthError;
use crate::auth::secret::Secret;
use crate::http::Reach;
use crate::http::media::is_loopback;

/// An OAuth client of the type "Desktop app".
#[derive(Debug, Clone)]
pub(crate) struct ClientSecret {
    pub(crate) client_id: String,
    pub(crate) secret: Option<Secret>,
    pub(crate) auth_uri: Url,
    pub(crate) token_uri: Url,
    pub(crate) revoke_uri: Url,
    pub(crate) reach: Reach,
}

/// What is wrong with the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("there is no such file")]
    Missing,
    #[error("there is no such file, but there is {}", .0.display())]
    Misnamed(PathBuf),
    #[error("could not read it ({0})")]
    Unreadable(String),
    #[error("it is not a small regular file")]
    NotAFile,
    #[error("it is not JSON ({0})")]
    NotJson(String),
    #[error(
        "it holds a client of the type \"Web application\"; only a \"Desktop app\" client can sign in from a program"
    )]
    Web,
    #[error("it holds a service account key; the Photos APIs do not support service accounts")]
    ServiceAccount,
    #[error(
        "it has no \"installed\" object, so it is not an OAuth client of the type \"Desktop app\""
    )]
    NotAClient,
    #[error("its \"{field}\" is missing or not usable")]
    Field { field: &'static str },
    #[error("its \"{field}\" points to {host}, which is neither Google nor this machine")]
    ForeignEndpoint { field: &'static str, host: String },
}

impl ClientSecret {
    pub(crate) fn load(path: &Path) -> Result<Self, AuthError> {
        read(path)
            .map_err(|problem| match (problem, as_downloaded(path)) {
                (Problem::Missing, Some(found)) => Problem::Misnamed(found),
                (problem, _) => problem,
            })
            .and_then(|text| Self::parse(&text))
            .map_err(|problem| AuthError::ClientFile {
                path: path.to_owned(),
                problem,
            })
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        // Editors on Windows like to put a byte order mark in front.
        let text = text.trim_start_matches('\u{feff}');
        let file: serde_json::Value =
            serde_json::from_str(text).map_err(|error| Problem::NotJson(error.to_string()))?;
        if file.get("type").and_then(|kind| kind.as_str()) == Some("service_account") {
            return Err(Problem::ServiceAccount);
        }
        let Some(installed) = file.get("installed") else {
            return Err(if file.get("web").is_some() {
                Problem::Web
            } else {
                Problem::NotAClient
            });
        };
        let installed = Installed::deserialize(installed).map_err(|_| Problem::NotAClient)?;
        let client_id = installed.client_id.filter(|id| !id.trim().is_empty());
        let client_id = client_id.ok_or(Problem::Field { field: "client_id" })?;
        let auth = endpoint(
            "auth_uri",
            installed.auth_uri.as_deref(),
            "https://accounts.google.com/o/oauth2/v2/auth",
        )?;
        let token = endpoint(
            "token_uri",
            installed.token_uri.as_deref(),
            "https://oauth2.googleapis.com/token",
        )?;
        if is_loopback(&auth) != is_loopback(&token) {
            return Err(Problem::Field { field: "token_uri" });
        }
        let revoke_uri = token
            .join("revoke")
            .map_err(|_| Problem::Field { field: "token_uri" })?;
        let reach = if is_loopback(&token) {
            Reach::Loopback
        } else {
            Reach::Internet
        };
        let secret = installed
            .client_secret
            .filter(|secret| !secret.is_empty())
            .map(Secret::new);
        Ok(Self {
            client_id,
            secret,
            auth_uri: auth,
            token_uri: token,
            revoke_uri,
            reach,
        })
    }
}

/// The only file beside `path` that has the name that Google's console gives: `client_secret_….json`.
fn as_downloaded(path: &Path) -> Option<PathBuf> {
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("client_secret_") && name.ends_with(".json")
    };
    let entries = std::fs::read_dir(path.parent()?).ok()?.flatten();
    let mut found = entries.map(|entry| entry.path()).filter(is_it);
    found.next().filter(|_| found.next().is_none())
}

/// A downloaded file is about 400 bytes.
const MAX_SIZE: u64 = 64 << 10;

fn read(path: &Path) -> Result<String, Problem> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Problem::Missing,
        _ => Problem::Unreadable(error.to_string()),
    };
    // Asked before opening: opening a pipe would wait for its writer.
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() || metadata.len() > MAX_SIZE {
        return Err(Problem::NotAFile);
    }
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX_SIZE).read_to_string(&mut text))
        .map_err(unreadable)?;
    Ok(text)
}

fn endpoint(field: &'static str, given: Option<&str>, googles: &str) -> Result<Url, Problem> {
    let url = Url::parse(given.unwrap_or(googles)).map_err(|_| Problem::Field { field })?;
    let host = url.host_str().unwrap_or_default();
    if is_loopback(&url) && url.scheme() == "http" {
        Ok(url)
    } else if host == "google.com"
        || host.ends_with(".google.com")
        || host.ends_with(".googleapis.com")
    {
        Url::parse(googles).map_err(|_| Problem::Field { field })
    } else {
        Err(Problem::ForeignEndpoint {
            field,
            host: host.to_owned(),
        })
    }
}

#[derive(Deserialize)]
struct Installed {
    client_id: Option<String>,
    client_secret: Option<String>,
    auth_uri: Option<String>,
    token_uri: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ClientSecret, Problem> {
        ClientSecret::parse(text)
    }

    #[test]
    fn googles_file_gets_todays_endpoints() {
        let file = r#"{"installed":{"client_id":"1-a.apps.googleusercontent.com","client_secret":"s",
            "auth_uri":"https://accounts.google.com/o/oauth2/auth","token_uri":"https://oauth2.googleapis.com/token"}}"#;
        let client = parse(&format!("\u{feff}{file}")).expect("a client");
        assert_eq!(
            client.auth_uri.as_str(),
            "https://accounts.google.com/o/oauth2/v2/auth"
        );
        assert_eq!(
            client.revoke_uri.as_str(),
            "https://oauth2.googleapis.com/revoke"
        );
        assert_eq!(client.reach, Reach::Internet);
        assert!(!format!("{client:?}").contains("\"s\""));
    }

    #[test]
    fn a_loopback_file_is_a_simulator() {
        let file = r#"{"installed":{"client_id":"x","auth_uri":"http://127.0.0.1:8910/o/oauth2/v2/auth","token_uri":"http://127.0.0.1:8910/token"}}"#;
        let client = parse(file).expect("a client");
        assert_eq!(client.revoke_uri.as_str(), "http://127.0.0.1:8910/revoke");
        assert_eq!(client.reach, Reach::Loopback);
    }

    #[test]
    fn other_files_are_told_apart() {
        let with_token_uri =
            |uri: &str| format!(r#"{{"installed":{{"client_id":"x","token_uri":"{uri}"}}}}"#);
        assert!(matches!(parse("{"), Err(Problem::NotJson(_))));
        assert!(matches!(parse(r#"{"web":{}}"#), Err(Problem::Web)));
        assert!(matches!(
            parse(r#"{"type":"service_account"}"#),
            Err(Problem::ServiceAccount)
        ));
        assert!(matches!(
            parse(r#"{"installed":3}"#),
            Err(Problem::NotAClient)
        ));
        assert!(matches!(parse("[]"), Err(Problem::NotAClient)));
        assert!(matches!(
            parse(r#"{"installed":{}}"#),
            Err(Problem::Field { field: "client_id" })
        ));
        for uri in [
            "https://evil.example/token",
            "http://10.0.0.1/token",
            "https://oauth2.googleapis.com.evil.example/",
        ] {
            assert!(
                matches!(
                    parse(&with_token_uri(uri)),
                    Err(Problem::ForeignEndpoint { .. })
                ),
                "{uri}"
            );
        }
        assert!(matches!(
            parse(&with_token_uri("http://127.0.0.1/token")),
            Err(Problem::Field { field: "token_uri" })
        ));
    }
}
