//! The token endpoint: codes and refresh tokens against access tokens, and revocation.

use std::sync::PoisonError;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use hyper::StatusCode;
use serde_json::{Value, json};

use crate::call::{Call, first};
use crate::google::Google;
use crate::oauth::grants::{Proof, Scopes};
use crate::oauth::{Oauth, Rotation};
use crate::reply::Reply;
use crate::rules::Rule;

type Form = [(String, String)];

pub(crate) fn token(google: &Google, call: &Call) -> Result<Reply, Reply> {
    if !call
        .header("content-type")
        .is_some_and(|it| it.starts_with("application/x-www-form-urlencoded"))
    {
        return Err(error("invalid_request", "Invalid content type."));
    }
    let oauth = google.stock().world.oauth.clone();
    let form = call.form();
    check_client(&oauth, &form)?;
    match first(&form, "grant_type") {
        Some("authorization_code") => exchange(google, &oauth, &form),
        Some("refresh_token") => refresh(google, &oauth, &form),
        Some(other) => Err(error(
            "unsupported_grant_type",
            &format!("Invalid grant_type: {other}"),
        )),
        None => Err(error(
            "invalid_request",
            "Missing required parameter: grant_type",
        )),
    }
}

pub(crate) fn revoke(google: &Google, call: &Call) -> Result<Reply, Reply> {
    let form = call.form();
    let token = first(&form, "token")
        .or(call.query("token"))
        .ok_or_else(|| error("invalid_request", "Missing required parameter: token"))?;
    let mut grants = google.grants.lock().unwrap_or_else(PoisonError::into_inner);
    if !grants.knows(token) {
        return Err(error("invalid_token", "Token expired or revoked"));
    }
    grants.forget_all();
    Ok(Reply::json(StatusCode::OK, &json!({})))
}

fn check_client(oauth: &Oauth, form: &Form) -> Result<(), Reply> {
    let refused = |description| {
        Err(Reply::oauth_error(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            description,
            None,
        ))
    };
    match first(form, "client_id") {
        None => {
            return Err(error(
                "invalid_request",
                "Missing required parameter: client_id",
            ));
        }
        Some(id) if id != oauth.client_id => return refused("The OAuth client was not found."),
        Some(_) => {}
    }
    // The secret of a desktop client is optional; a wrong one is wrong all the same.
    match first(form, "client_secret") {
        Some(secret) if secret != oauth.client_secret => refused("Unauthorized"),
        _ => Ok(()),
    }
}

fn exchange(google: &Google, oauth: &Oauth, form: &Form) -> Result<Reply, Reply> {
    let name = first(form, "code")
        .ok_or_else(|| error("invalid_request", "Missing required parameter: code"))?;
    let now = google.clock.now_ms();
    let mut grants = google.grants.lock().unwrap_or_else(PoisonError::into_inner);
    let code = grants
        .code(name)
        .ok_or_else(|| error("invalid_grant", "Malformed auth code."))?;
    if code.used {
        google
            .offences
            .record(Rule::CodeReused, "POST /token".to_owned());
        return Err(error("invalid_grant", "Bad Request"));
    }
    // Whatever comes of it: a code is looked at once.
    code.used = true;
    if now >= code.expires_ms {
        return Err(error("invalid_grant", "Bad Request"));
    }
    if first(form, "redirect_uri") != Some(&code.redirect_uri) {
        return Err(error("invalid_grant", "Bad Request"));
    }
    check_proof(code.proof.as_ref(), first(form, "code_verifier"))?;
    let (scopes, with_refresh_token) = (Scopes::clone(&code.scopes), code.with_refresh_token);
    let access_token = grants.issue_access(
        Scopes::clone(&scopes),
        now + life_ms(oauth.expires_in_seconds),
    );
    let mut answer = answer(oauth, &scopes, &access_token);
    if with_refresh_token {
        let life = oauth.refresh_token_seconds;
        answer["refresh_token"] = grants
            .issue_refresh(scopes, life.map(|life| now + life_ms(life)))
            .into();
        if let Some(life) = life {
            answer["refresh_token_expires_in"] = life.into();
        }
    }
    drop(grants);
    google.counters.change(|stats| stats.exchanges += 1);
    Ok(Reply::json(StatusCode::OK, &answer))
}

fn refresh(google: &Google, oauth: &Oauth, form: &Form) -> Result<Reply, Reply> {
    let token = first(form, "refresh_token").ok_or_else(|| {
        error(
            "invalid_request",
            "Missing required parameter: refresh_token",
        )
    })?;
    let now = google.clock.now_ms();
    let mut grants = google.grants.lock().unwrap_or_else(PoisonError::into_inner);
    let old = grants
        .refresh(token, now)
        .ok_or_else(|| error("invalid_grant", "Token has been expired or revoked."))?;
    let access_token = grants.issue_access(
        Scopes::clone(&old.scopes),
        now + life_ms(oauth.expires_in_seconds),
    );
    let mut answer = answer(oauth, &old.scopes, &access_token);
    if let Some(end) = old.expires_ms {
        answer["refresh_token_expires_in"] = ((end - now) / 1000).into();
    }
    if oauth.rotation != Rotation::Never {
        answer["refresh_token"] = grants.issue_refresh(old.scopes, old.expires_ms).into();
    }
    if oauth.rotation == Rotation::DropOld {
        grants.drop_refresh(token);
    }
    drop(grants);
    google.counters.change(|stats| stats.refreshes += 1);
    Ok(Reply::json(StatusCode::OK, &answer))
}

fn check_proof(proof: Option<&Proof>, verifier: Option<&str>) -> Result<(), Reply> {
    let (challenge, made) = match (proof, verifier) {
        (None, _) => return Ok(()),
        (Some(_), None) => return Err(error("invalid_grant", "Missing code verifier.")),
        (Some(Proof::Plain(challenge)), Some(verifier)) => (challenge, verifier.to_owned()),
        (Some(Proof::Sha256(challenge)), Some(verifier)) => (
            challenge,
            BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref()),
        ),
    };
    let well_formed = verifier.is_some_and(|it| (43..=128).contains(&it.len()));
    if *challenge == made && well_formed {
        Ok(())
    } else {
        Err(error("invalid_grant", "Invalid code verifier."))
    }
}

fn answer(oauth: &Oauth, scopes: &Scopes, access_token: &str) -> Value {
    json!({
        "access_token": access_token,
        "expires_in": oauth.expires_in_seconds,
        "scope": scopes.join(" "),
        "token_type": "Bearer",
    })
}

fn life_ms(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000))
        .unwrap_or(i64::MAX / 4)
        .min(i64::MAX / 4)
}

fn error(error: &str, description: &str) -> Reply {
    Reply::oauth_error(StatusCode::BAD_REQUEST, error, description, None)
}
