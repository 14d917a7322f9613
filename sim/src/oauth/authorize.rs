//! The authorization request and the consent page.
//!
//! Errors of the request are pages in the browser and never reach the client's listener; only the person's answer does.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::Duration;

use hyper::StatusCode;
use url::{Host, Url};

use crate::call::{Call, first};
use crate::google::Google;
use crate::oauth::grants::{Code, Pending, Proof};
use crate::oauth::scopes::{self, Refused};
use crate::oauth::{ClientType, Consent, LoopbackPath, Oauth, RefreshTokens};
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

fn check(oauth: &Oauth, call: &Call) -> Result<Pending, Reply> {
    let invalid = |what: &str| page(400, "invalid_request", what);
    let required = |name: &str| {
        call.query(name).ok_or_else(|| {
            invalid(&format!(
                "sent a request without the required parameter: {name}"
            ))
        })
    };
    if required("client_id")? != oauth.client_id {
        return Err(page(
            401,
            "invalid_client",
            "was not found: the OAuth client does not exist.",
        ));
    }
    let redirect_uri = required("redirect_uri")?.to_owned();
    check_redirect(oauth, &redirect_uri)?;
    if required("response_type")? != "code" {
        return Err(page(
            400,
            "unsupported_response_type",
            "asked for a response type that desktop clients do not have.",
        ));
    }
    let scopes: Vec<String> = required("scope")?
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    scopes::check(&scopes, oauth.removed_scopes).map_err(|refused| match refused {
        Refused::Unknown => page(
            400,
            "invalid_scope",
            "asked for a scope that is unknown, malformed or no longer available.",
        ),
        Refused::Mixed => invalid("asked for scopes that cannot be requested together."),
    })?;
    let proof = match (
        call.query("code_challenge"),
        call.query("code_challenge_method"),
    ) {
        (None, None) => None,
        (Some(challenge), Some("S256")) if challenge.len() == 43 && is_unreserved(challenge) => {
            Some(Proof::Sha256(challenge.to_owned()))
        }
        (Some(challenge), None | Some("plain"))
            if (43..=128).contains(&challenge.len()) && is_unreserved(challenge) =>
        {
            Some(Proof::Plain(challenge.to_owned()))
        }
        _ => {
            return Err(invalid(
                "sent a code challenge that does not fit its method.",
            ));
        }
    };
    if !matches!(call.query("access_type"), None | Some("offline" | "online")) {
        return Err(invalid("sent an unknown access_type."));
    }
    let prompts: Vec<&str> = call
        .query("prompt")
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    if !prompts
        .iter()
        .all(|prompt| matches!(*prompt, "none" | "consent" | "select_account"))
    {
        return Err(invalid("sent an unknown prompt."));
    }
    Ok(Pending {
        redirect_uri,
        state: call.query("state").map(str::to_owned),
        scopes,
        proof,
        prompted: prompts.contains(&"consent"),
    })
}

fn check_redirect(oauth: &Oauth, redirect_uri: &str) -> Result<(), Reply> {
    let mismatch = || {
        page(
            400,
            "redirect_uri_mismatch",
            "sent a redirect URI that is not registered for this client.",
        )
    };
    if redirect_uri.starts_with("urn:ietf:wg:oauth:2.0:oob") || redirect_uri == "oob" {
        return Err(page(
            400,
            "invalid_request",
            "uses the out-of-band flow, which has been blocked.",
        ));
    }
    if let ClientType::Web { redirect_uris } = &oauth.client_type {
        return if redirect_uris.iter().any(|it| it == redirect_uri) {
            Ok(())
        } else {
            Err(mismatch())
        };
    }
    let url = Url::parse(redirect_uri).map_err(|_| mismatch())?;
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let path_allowed = oauth.loopback_path == LoopbackPath::Any || url.path() == "/";
    if url.scheme() == "http"
        && loopback
        && path_allowed
        && url.query().is_none()
        && url.fragment().is_none()
    {
        Ok(())
    } else {
        Err(mismatch())
    }
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
fn page(status: u16, error: &str, what: &str) -> Reply {
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

fn is_unreserved(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
