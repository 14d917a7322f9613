//! `logout`: revoke the sign-in at Google and delete it here.

use crate::auth::client_secret::ClientSecret;
use crate::auth::flow::OAuth;
use crate::auth::token_file::{Token, TokenFile};
use crate::commands::{Context, sign_in_client};
use crate::error::{Error, Exit};
use crate::ui::Ui;

pub(crate) async fn run(context: &Context) -> Result<Exit, Error> {
    let credentials = context.config.credentials();
    let file = TokenFile::in_folder(&credentials);
    let was_there = file.path().symlink_metadata().is_ok();
    let token = file.load_any();
    // Deleted here first and in any case: a sign-in that is given up must not stay because Google could not be asked.
    file.delete()?;
    if let Some(token) = token {
        if let Err(error) = revoke(context, &token).await {
            context.ui.print(
                "The sign-in is deleted here, but Google could not be told: remove the app at \
                 https://myaccount.google.com/permissions",
            );
            return Err(error);
        }
        context
            .ui
            .say("Signed out: Google has revoked the sign-in, and it is deleted here.");
    } else if was_there {
        context.ui.print(
            "The damaged sign-in is deleted here. Whether Google still takes it cannot be told: look at \
             https://myaccount.google.com/permissions",
        );
    } else {
        context.ui.say("There was no sign-in to give up.");
    }
    if context.ui.json {
        Ui::data(&serde_json::json!({ "command": "logout", "exit": 0 }).to_string());
    }
    Ok(Exit::Done)
}

/// Whichever client the token belongs to: revoking needs no more than the token.
async fn revoke(context: &Context, token: &Token) -> Result<(), Error> {
    let client = ClientSecret::load(&context.config.credentials().join("client_secret.json"))?;
    let http = sign_in_client(client.reach, context)?;
    Ok(OAuth::new(client).revoke(&http, token).await?)
}
