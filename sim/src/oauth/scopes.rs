//! The scopes that a client may ask for (`photos/overview/authorization`, `photos/support/updates`).

use crate::oauth::RemovedScopes;

/// What every reading call of the Library API wants.
pub const LIBRARY_READ_SCOPE: &str =
    "https://www.googleapis.com/auth/photoslibrary.readonly.appcreateddata";

/// What every call of the Picker API and every load of a picked item wants.
pub const PICKER_SCOPE: &str = "https://www.googleapis.com/auth/photospicker.mediaitems.readonly";

const PREFIX: &str = "https://www.googleapis.com/auth/";
const CURRENT: [&str; 4] = [
    "photospicker.mediaitems.readonly",
    "photoslibrary.appendonly",
    "photoslibrary.readonly.appcreateddata",
    "photoslibrary.edit.appcreateddata",
];
/// Gone since 2025-03-31.
const REMOVED: [&str; 3] = [
    "photoslibrary.readonly",
    "photoslibrary.sharing",
    "photoslibrary",
];
const SIGN_IN: [&str; 5] = [
    "openid",
    "email",
    "profile",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
];

/// Why a set of scopes cannot be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// `invalid_scope`.
    Unknown,
    /// `invalid_request`: Photos and Drive do not go together.
    Mixed,
}

pub(crate) fn check(scopes: &[String], removed: RemovedScopes) -> Result<(), Refused> {
    let is_drive = |scope: &String| scope.starts_with("https://www.googleapis.com/auth/drive");
    if scopes.iter().any(is_drive)
        && scopes
            .iter()
            .any(|scope| scope.starts_with("https://www.googleapis.com/auth/photoslibrary"))
    {
        return Err(Refused::Mixed);
    }
    let known = |scope: &String| {
        let photos = scope.strip_prefix(PREFIX).unwrap_or_default();
        CURRENT.contains(&photos)
            || SIGN_IN.contains(&scope.as_str())
            || is_drive(scope)
            || (REMOVED.contains(&photos) && removed == RemovedScopes::Consented)
    };
    if scopes.iter().all(known) {
        Ok(())
    } else {
        Err(Refused::Unknown)
    }
}
