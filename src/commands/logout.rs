//! `logout`: revoke the sign-in at Google and delete it here.

use crate::auth::Purpose;
use crate::auth::client_secret::ClientSecret;
use crate::auth::flow::OAuth;
use crate::auth::token_file::{Token, TokenFile};
use crate::cli::LogoutArgs;
use crate::commands::{Context, sign_in_client};
use crate::error::{Error, Exit};
use crate::ui::Ui;

pub(crate) async fn run(args: &LogoutArgs, context: &Context) -> Result<Exit, Error> {
    let credentials = context.config.credentials();
    let purposes = match args.purpose {
        Some(purpose) => vec![purpose.into()],
        None => Purpose::ALL.to_vec(),
    };
    let (mut tokens, mut damaged) = (Vec::new(), false);
    for purpose in purposes {
        let file = TokenFile::in_folder(&credentials, purpose);
        let was_there = file.path().symlink_metadata().is_ok();
        let token = file.load_any();
        damaged |= was_there && token.is_none();
        // Deleted here first and in any case: a sign-in that is given up must not stay because Google could not be asked.
        file.delete()?;
        tokens.extend(token);
    }
    for token in &tokens {
        if let Err(error) = revoke(context, token).await {
            context.ui.print(
                "The sign-in is deleted here, but Google could not be told: remove the app at \
                 https://myaccount.google.com/permissions",
            );
            return Err(error);
        }
    }
    if !tokens.is_empty() {
        context
            .ui
            .say(
                "Signed out: Google has revoked the sign-in, and it is deleted here. Google ends every sign-in of this \
                 account with this OAuth client then, those of other roots too.",
            );
    }
    if damaged {
        context.ui.print(
            "The damaged sign-in is deleted here. Whether Google still takes it cannot be told: look at \
             https://myaccount.google.com/permissions",
        );
    } else if tokens.is_empty() {
        context.ui.say("There was no sign-in to give up.");
    }
    if let Some(purpose) = args.purpose.filter(|_| !tokens.is_empty()) {
        let others = Purpose::ALL
            .into_iter()
            .filter(|other| *other != purpose.into());
        for other in others {
            let path = TokenFile::in_folder(&credentials, other).path().to_owned();
            if path.exists() {
                context.ui.say(&format!(
                    "Google may have given up {} as well: it withdraws everything that the app was allowed.",
                    path.display()
                ));
            }
        }
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
