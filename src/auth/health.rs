//! Whether a sign-in will last: what its file tells without asking Google.

use std::io;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::auth::Purpose;
use crate::auth::token_file::{Refused, Token, TokenFile};

/// A token file, as it is now.
#[derive(Debug, Serialize)]
pub(crate) struct Health {
    pub(crate) file: String,
    /// What it is for.
    #[serde(rename = "for")]
    pub(crate) purpose: Purpose,
    pub(crate) state: State,
    /// When the person consented.
    pub(crate) signed_in_at: Option<DateTime<Utc>>,
    /// When Google last took it.
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    /// When it dies, where Google has said so.
    pub(crate) dies_at: Option<DateTime<Utc>>,
    /// What Google said of it last, where that was a refusal.
    pub(crate) refused: Option<Refused>,
    pub(crate) warnings: Vec<String>,
}

/// What can be said of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    SignedIn,
    Absent,
    Unreadable,
    Damaged,
    /// Past the date that Google gave.
    Expired,
    /// Google has said that it does not take it any more.
    Refused,
}

/// A project in "Testing" loses its sign-ins after this
/// (<https://developers.google.com/identity/protocols/oauth2#expiration>).
const TESTING: TimeDelta = TimeDelta::days(7);
/// How long before its end a sign-in is warned of.
const SOON: TimeDelta = TimeDelta::days(2);
/// Google drops a sign-in that was not used for six months (same page).
const IDLE: TimeDelta = TimeDelta::days(182);

/// Looks at a token file. `client` is the id of the client that will use it, where that is known.
pub(crate) fn health(file: &TokenFile, client: Option<&str>, now: DateTime<Utc>) -> Health {
    let login = file.purpose().login();
    let mut health = Health {
        purpose: file.purpose(),
        file: file.path().display().to_string(),
        state: State::Absent,
        signed_in_at: None,
        last_used_at: None,
        dies_at: None,
        refused: None,
        warnings: Vec::new(),
    };
    let text = match file.read() {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return health,
        Err(error) => {
            health.state = State::Unreadable;
            health.warnings.push(format!("could not be read: {error}"));
            return health;
        }
    };
    if file.is_open_to_others() {
        let warning = "others than its owner can read it; the next run closes it to them";
        health.warnings.push(warning.to_owned());
    }
    let Ok(token) = serde_json::from_str::<Token>(&text) else {
        health.state = State::Damaged;
        health.warnings.push(format!("is damaged: run `{login}`"));
        return health;
    };
    if client.is_some_and(|client| client != token.client_id) {
        let warning = format!("belongs to another OAuth client: run `{login}`");
        health.warnings.push(warning);
    }
    let used = token.expires_at - TimeDelta::seconds(token.lifetime_s);
    health.state = State::SignedIn;
    health.signed_in_at = Some(token.signed_in_at);
    health.last_used_at = Some(used);
    health.dies_at = token.refresh_token_expires_at;
    if token.refresh_token_expires_at.is_some_and(|end| end <= now) {
        health.state = State::Expired;
    }
    if let Some(Refused { at, why }) = &token.refused {
        health.state = State::Refused;
        let at = at.format("%Y-%m-%d %H:%M UTC");
        let warning = format!("Google refused it on {at} ({why}): run `{login}`");
        health.warnings.push(warning);
        health.refused.clone_from(&token.refused);
    }
    health.warnings.extend(end(&token, used, now, login));
    health
}

/// What is to be said about its end.
fn end(token: &Token, used: DateTime<Utc>, now: DateTime<Utc>, login: &str) -> Option<String> {
    let day = |moment: DateTime<Utc>| moment.format("%Y-%m-%d").to_string();
    let publish =
        "publish the project at https://console.cloud.google.com/auth/audience and sign in again";
    if let Some(end) = token.refresh_token_expires_at {
        return match end - now {
            left if left <= TimeDelta::zero() => {
                Some(format!("expired on {}: run `{login}`", day(end)))
            }
            left if left <= SOON => Some(format!("expires on {}: run `{login}` before", day(end))),
            _ => None,
        };
    }
    if now - used >= IDLE - SOON {
        return Some(format!(
            "was last used on {}; Google drops what is not used for six months",
            day(used)
        ));
    }
    // Taken after its seventh day: this project is not in "Testing".
    let end = token.signed_in_at + TESTING;
    if used > end {
        return None;
    }
    if now >= end {
        Some(format!(
            "if the project's publishing status is \"Testing\", it died on {}: then {publish}",
            day(end)
        ))
    } else if end - now <= SOON {
        Some(format!(
            "if the project's publishing status is \"Testing\", it dies on {}: then {publish}",
            day(end)
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::secret::Secret;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}T12:00:00Z").parse().expect("a moment")
    }

    fn token(used: &str, dies: Option<&str>) -> Token {
        Token {
            client_id: "me".to_owned(),
            scope: "a".to_owned(),
            access_token: Secret::new("at".to_owned()),
            refresh_token: Secret::new("rt".to_owned()),
            expires_at: at(used) + TimeDelta::seconds(3599),
            lifetime_s: 3599,
            signed_in_at: at("2024-03-01"),
            refresh_token_expires_at: dies.map(at),
            refused: None,
        }
    }

    #[test]
    fn an_end_is_announced_two_days_before() {
        for (used, dies, now, says) in [
            ("2024-03-01", None, "2024-03-05", None),
            (
                "2024-03-04",
                None,
                "2024-03-06",
                Some("it dies on 2024-03-08"),
            ),
            (
                "2024-03-04",
                None,
                "2024-03-09",
                Some("it died on 2024-03-08"),
            ),
            ("2024-03-09", None, "2024-03-09", None),
            ("2024-03-09", None, "2024-08-01", None),
            (
                "2024-03-09",
                None,
                "2024-09-06",
                Some("last used on 2024-03-09"),
            ),
            ("2024-03-01", Some("2024-06-01"), "2024-03-09", None),
            (
                "2024-03-01",
                Some("2024-06-01"),
                "2024-05-30",
                Some("expires on 2024-06-01"),
            ),
            (
                "2024-03-01",
                Some("2024-06-01"),
                "2024-06-02",
                Some("expired on 2024-06-01"),
            ),
        ] {
            let said = end(&token(used, dies), at(used), at(now), "gphotos-dl login");
            match says {
                None => assert_eq!(said, None, "{now}"),
                Some(says) => assert!(
                    said.as_ref().is_some_and(|said| said.contains(says)),
                    "{now}: {said:?}"
                ),
            }
        }
    }
}
