//! The authorization request: every parameter is looked at before a person is asked anything.
//!
//! What is wrong with it is said on a page in the browser and never reaches the client's listener.

use std::net::IpAddr;

use url::{Host, Url};

use crate::call::Call;
use crate::oauth::consent::page;
use crate::oauth::grants::{Pending, Proof};
use crate::oauth::scopes::{self, Refused};
use crate::oauth::{ClientType, LoopbackPath, Oauth};
use crate::reply::Reply;

/// The request as it waits for the person's answer.
pub(crate) fn check(oauth: &Oauth, call: &Call) -> Result<Pending, Reply> {
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

fn is_unreserved(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
