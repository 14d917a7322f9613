//! `login`: sign in to Google and keep the sign-in.

use std::io::IsTerminal;
use std::time::Duration;

use crate::auth::client_secret::ClientSecret;
use crate::auth::flow::OAuth;
use crate::auth::login::Login;
use crate::auth::token_file::{Token, TokenFile};
use crate::auth::{AuthError, Purpose, Session};
use crate::cli::LoginArgs;
use crate::commands::{Context, sign_in_client};
use crate::error::{Error, Exit};
use crate::http::Http;
use crate::http::retry::Failure;
use crate::ui::Ui;
use crate::ui::waiting::lasting;

/// How the address gets to a browser, and the answer back.
pub(crate) enum Browser {
    /// Opened here.
    Opened,
    /// Opened by whoever reads the address.
    Printed,
    /// On another machine: the address that it could not load is pasted.
    Pasted,
}

pub(crate) async fn run(args: &LoginArgs, context: &Context) -> Result<Exit, Error> {
    let client = ClientSecret::load(&context.config.credentials().join("client_secret.json"))?;
    let http = sign_in_client(client.reach, context)?;
    let browser = match (args.paste, args.no_browser) {
        (true, _) => Browser::Pasted,
        (false, true) => Browser::Printed,
        (false, false) => Browser::Opened,
    };
    let purpose = args.purpose.into();
    let file = TokenFile::in_folder(&context.config.credentials(), purpose);
    sign_in(
        client,
        &file,
        &http,
        context.ui,
        &browser,
        args.port,
        Duration::from_secs(args.timeout),
    )
    .await?;
    if context.ui.json {
        Ui::data(
            &serde_json::json!({ "command": "login", "exit": 0, "scope": purpose.scope() })
                .to_string(),
        );
    }
    context.ui.say(&format!(
        "{} The sign-in is kept in {}. Next: `{}`",
        context.ui.green("Signed in."),
        context.config.credentials().display(),
        match purpose {
            Purpose::Library => "gphotos-dl sync --since 2021-01-01",
            Purpose::Picker => "gphotos-dl pick",
        }
    ));
    Ok(Exit::Done)
}

/// The cached sign-in, or a new one where somebody is there to give it.
pub(super) async fn session(
    purpose: Purpose,
    client: ClientSecret,
    http: &Http,
    context: &Context,
) -> Result<Session, AuthError> {
    let file = TokenFile::in_folder(&context.config.credentials(), purpose);
    if file.tighten().unwrap_or(false) {
        let path = file.path().display();
        context.ui.say(&format!(
            "{} others could read {path}; it is closed to them now",
            context.ui.yellow("warning")
        ));
    }
    match Session::resume(client.clone(), file.clone(), http.clone()) {
        Err(AuthError::NotSignedIn(_)) if is_attended(context.ui) => {
            let (browser, patience) = (Browser::Opened, Duration::from_mins(5));
            let ui = context.ui;
            let token = sign_in(client.clone(), &file, http, ui, &browser, None, patience).await?;
            Ok(Session::new(client, file, token, http.clone()))
        }
        session => session,
    }
}

/// Whether somebody sits there who can be asked.
pub(super) fn is_attended(ui: Ui) -> bool {
    std::io::stdin().is_terminal() && ui.terminal
}

/// Signs in and saves the token.
pub(crate) async fn sign_in(
    client: ClientSecret,
    file: &TokenFile,
    http: &Http,
    ui: Ui,
    browser: &Browser,
    port: Option<u16>,
    patience: Duration,
) -> Result<Token, AuthError> {
    let oauth = OAuth::new(client);
    let login = Login::open(&oauth, file.purpose().scope(), port).await?;
    let address = login.address().to_string();
    let token = match browser {
        Browser::Opened => {
            ui.say(&format!(
                "Sign in with your browser, within {}. If it does not open, open this address in it:\n\n  {address}\n",
                lasting(patience)
            ));
            open_browser(address);
            login.wait(http, patience).await?
        }
        Browser::Printed => {
            ui.say(&format!(
                "Within {}, open this address in a browser that can reach this machine's loopback (see `gphotos-dl login --help`):",
                lasting(patience)
            ));
            ui.address(&address);
            login.wait(http, patience).await?
        }
        Browser::Pasted => {
            ui.say(&format!(
                "1. Open this address in any browser, on any machine, and allow the access:\n\n  {address}\n\n\
                 2. The browser then fails to load a page at 127.0.0.1: that is as it should be.\n\
                 3. Copy the whole address of that failed page and paste it here, within {}.",
                lasting(patience)
            ));
            let pasted = tokio::time::timeout(patience, paste(login, http, ui));
            pasted
                .await
                .unwrap_or(Err(AuthError::TimedOut(patience.as_secs())))?
        }
    };
    file.save(&token)?;
    Ok(token)
}

/// Asks for the address until it is the right one, a few times: what is typed after a refusal would land in the shell,
/// code and all.
async fn paste(login: Login<'_>, http: &Http, ui: Ui) -> Result<Token, AuthError> {
    let mut tries = 1;
    loop {
        let line = read_line(http).await?;
        match login.code_from(&line) {
            Ok(code) => return login.exchange(http, code).await,
            Err(error @ AuthError::Pasted(_)) if tries < PASTES => {
                ui.print(&format!("{error}; try again"));
            }
            Err(error) => return Err(error),
        }
        tries += 1;
    }
}

const PASTES: u32 = 3;

async fn read_line(http: &Http) -> Result<String, AuthError> {
    let asked = tokio::task::spawn_blocking(move || Ui::ask("Address:"));
    let line = tokio::select! {
        line = asked => line.map_err(|error| error.to_string()).and_then(|line| line.map_err(|error| error.to_string())),
        () = http.stop.soon.cancelled() => return Err(Failure::Stopped.into()),
    };
    match line {
        Ok(line) if !line.trim().is_empty() => Ok(line),
        Ok(_) => Err(AuthError::Pasted("nothing was pasted".to_owned())),
        Err(error) => Err(AuthError::Pasted(error)),
    }
}

/// On a thread of its own, because some openers wait until the browser is closed. The address is printed anyway.
pub(super) fn open_browser(address: String) {
    std::thread::spawn(move || {
        if let Err(error) = webbrowser::open(&address) {
            tracing::debug!(%error, "no browser could be opened");
        }
    });
}
