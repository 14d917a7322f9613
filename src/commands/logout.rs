//! `logout`: revoke the sign-in at Google and delete it here.

use crate::auth::LIBRARY_SCOPE;
use crate::auth::client_secret::ClientSecret;
use crate::auth::flow::OAuth;
use crate::auth::token_file::TokenFile;
use crate::commands::{Context, sign_in_client};
use crate::error::{Error, Exit};

pub(crate) async fn run(context: &Context) -> Result<Exit, Error> {
    let credentials = context.config.credentials();
    let file = TokenFile::in_folder(&credentials);
    let client = ClientSecret::load(&credentials.join("client_secret.json"))?;
    let revoked = match file.load(&client.client_id, LIBRARY_SCOPE) {
        Ok(token) => {
            let http = sign_in_client(client.reach, context)?;
            Some(OAuth::new(client).revoke(&http, &token).await)
        }
        Err(_) => None,
    };
    // Deleted here in any case: a sign-in that was to be given up must not stay because Google could not be asked.
    file.delete()?;
    match revoked {
        None => context.ui.say("There was no sign-in to give up."),
        Some(Ok(())) => context
            .ui
            .say("Signed out: Google has revoked the sign-in, and it is deleted here."),
        Some(Err(error)) => {
            context.ui.print("The sign-in is deleted here, but Google could not be told: remove the app at https://myaccount.google.com/permissions");
            return Err(error.into());
        }
    }
    Ok(Exit::Done)
}
