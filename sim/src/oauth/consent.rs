//! The person's answer: a code or a refusal that comes back to the client, or a page on which the matter ends.

use std::fmt::Write as _;
use std::sync::PoisonError;
use std::time::Duration;

use hyper::StatusCode;
use url::Url;

use crate::call::{Call, first};
use crate::google::Google;
use crate::oauth::authorize::check;
use crate::oauth::grants::{Code, Pending, Proof};
use crate::oauth::{Consent, Oauth, RefreshTokens};
use crate::reply::{Reply, escape};
use crate::route::APPROVAL;
use crate::rules::Rule;

pub(crate) fn begin(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let oauth = google.stock().world.oauth.clone();
    let pending = check(&oauth, call)?;
    if pending.state.is_none() {
        google
            .offences
            .record(Rule::StateMissing, format!("{} {}", call.method, call.path));
    }
    if !matches!(pending.proof, Some(Proof::Sha256(_))) {
        google
            .offences
            .record(Rule::NoProofKey, format!("{} {}", call.method, call.path));
    }
    let mut reply = match &oauth.consent {
        Consent::Auto => allow(google, &oauth, pending),
        Consent::Untick(unticked) => {
            let scopes = pending
                .scopes
                .iter()
                .filter(|scope| !unticked.contains(scope))
                .cloned()
                .collect();
            allow(google, &oauth, Pending { scopes, ..pending })
        }
        Consent::Deny => deny(&pending),
        Consent::Form => form(google, &oauth, pending),
        Consent::TesterBlock => {
            return Err(page(
                403,
                "access_denied",
                "has not completed the Google verification process. The app is currently being tested, and can only be accessed by developer-approved testers.",
            ));
        }
        Consent::Page { status, error } => {
            return Err(page(*status, error, "cannot be used with this account."));
        }
    };
    reply.delay = Duration::from_millis(oauth.person_ms);
    Ok(reply)
}

/// The button of the consent page.
pub(crate) fn approve(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let form = call.form();
    let name = first(&form, "request").unwrap_or_default();
    let pending = google
        .grants
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take_pending(name);
    let pending = pending.ok_or_else(|| {
        page(
            400,
            "invalid_request",
            "sent a consent that nobody asked for, or sent it twice.",
        )
    })?;
    if first(&form, "decision") != Some("allow") {
        return Ok(deny(&pending));
    }
    let ticked = |scope: &String| {
        form.iter()
            .any(|(key, value)| key == "scope" && value == scope)
    };
    let scopes = pending
        .scopes
        .iter()
        .filter(|scope| ticked(scope))
        .cloned()
        .collect();
    let oauth = google.stock().world.oauth.clone();
    Ok(allow(google, &oauth, Pending { scopes, ..pending }))
}

fn allow(google: &Google, oauth: &Oauth, pending: Pending) -> Reply {
    if pending.scopes.is_empty() {
        return deny(&pending);
    }
    let scope = pending.scopes.join(" ");
    let mut grants = google.grants.lock().unwrap_or_else(PoisonError::into_inner);
    let with_refresh_token = match oauth.refresh_tokens {
        RefreshTokens::Always => true,
        RefreshTokens::FirstOrPrompted => pending.prompted || !grants.consented,
        RefreshTokens::Never => false,
    };
    grants.consented = true;
    let life_ms = i64::try_from(oauth.code_seconds * 1000).unwrap_or(i64::MAX / 2);
    let code = grants.issue_code(Code {
        redirect_uri: pending.redirect_uri.clone(),
        scopes: pending.scopes.into(),
        proof: pending.proof,
        with_refresh_token,
        expires_ms: google.clock.now_ms() + life_ms,
        used: false,
    });
    drop(grants);
    google.counters.change(|stats| stats.codes_issued += 1);
    let state = pending.state.as_deref().map(|state| ("state", state));
    // The order and the extra keys of real redirects: clients have to pick what they know.
    let rest = [
        ("iss", "https://accounts.google.com"),
        ("code", &code),
        ("scope", &scope),
        ("authuser", "0"),
        ("prompt", "consent"),
    ];
    back(&pending.redirect_uri, state.into_iter().chain(rest))
}

fn deny(pending: &Pending) -> Reply {
    let state = pending.state.as_deref().map(|state| ("state", state));
    back(
        &pending.redirect_uri,
        [("error", "access_denied")].into_iter().chain(state),
    )
}

fn back<'p>(redirect_uri: &str, parameters: impl Iterator<Item = (&'p str, &'p str)>) -> Reply {
    let Ok(mut url) = Url::parse(redirect_uri) else {
        return page(
            400,
            "redirect_uri_mismatch",
            "sent a redirect URI that is none.",
        );
    };
    url.query_pairs_mut().extend_pairs(parameters);
    Reply::redirect(StatusCode::FOUND, url.as_str())
}

fn form(google: &Google, oauth: &Oauth, pending: Pending) -> Reply {
    let mut boxes = String::new();
    for scope in pending.scopes.iter().map(|scope| escape(scope)) {
        _ = writeln!(
            boxes,
            "<p><label><input type=\"checkbox\" name=\"scope\" value=\"{scope}\" checked> {scope}</label>"
        );
    }
    let request = google
        .grants
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .wait_for(pending);
    let text = format!(
        "<h1>{} wants access to your (simulated) Google Account</h1>\n\
         <form method=\"post\" action=\"{APPROVAL}\">\n\
         <input type=\"hidden\" name=\"request\" value=\"{request}\">\n{boxes}\
         <p><button name=\"decision\" value=\"allow\">Allow</button>\n<button name=\"decision\" value=\"cancel\">Cancel</button>\n</form>",
        escape(&oauth.project_id)
    );
    Reply::html(
        StatusCode::OK,
        "Sign in - Google Accounts (simulated)",
        &text,
    )
}

/// A page on which the matter ends.
pub(crate) fn page(status: u16, error: &str, what: &str) -> Reply {
    let heading = format!("Error {status}: {error}");
    let text = format!(
        "<h1>Access blocked</h1>\n<p>This app {}\n<p>{}",
        escape(what),
        escape(&heading)
    );
    Reply::html(
        StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
        &heading,
        &text,
    )
}
