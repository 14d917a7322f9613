//! `demo`: the whole job against a simulated Google on a loopback port. The same code as for a real account, from the
//! sign-in on; only the browser is played, because there is nobody to press "Allow".

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use chrono::{Datelike, Days, NaiveDate};
use clap::Parser;
use gphotos_sim::{Pick, Seeded, Sim, World, zoo};

use crate::auth::Purpose;
use crate::auth::client_secret::ClientSecret;
use crate::auth::flow::OAuth;
use crate::auth::login::Login;
use crate::auth::token_file::TokenFile;
use crate::cli::{Cli, Cmd, DemoArgs};
use crate::clock::Clock;
use crate::commands::{Context, Interrupts, Record, pick, sign_in_client, sync};
use crate::config::{Config, ConfigError, PATIENCE};
use crate::error::{Error, Exit, quoted};
use crate::http::media::is_loopback;
use crate::http::{Reach, Stop};
use crate::ui::Ui;

const FOLDER: &str = "gphotos-dl-demo";
/// Enough to see that days are listed and files fetched at the same time.
const LATENCY_MS: u64 = 40;
const DAYS: u32 = 60;
/// Two pages and a bit.
const PICKED: usize = 230;

pub(crate) async fn run(
    args: &DemoArgs,
    root: Option<&Path>,
    ui: Ui,
    (stop, interrupts): (Stop, Interrupts),
) -> Result<Exit, Error> {
    let root = std::path::absolute(root.unwrap_or(Path::new(FOLDER)))
        .context("could not find the current folder")?;
    let root = prepare(root)?;
    let credentials = root.join("credentials");

    // Fixed days, so that a second demo finds the first one's files.
    let first = NaiveDate::from_ymd_opt(2024, 5, 1).unwrap_or_default();
    let google = Sim::start(world(args, first))
        .await
        .context("could not start the simulated Google")?;
    ui.say(&format!(
        "{} A simulated Google Photos listens on {}",
        ui.bold("1."),
        google.endpoint()
    ));
    let client_file = credentials.join("client_secret.json");
    std::fs::write(&client_file, google.client_secret_json())
        .with_context(|| format!("could not write {}", client_file.display()))?;

    let config = Config {
        root: root.clone(),
        library: google
            .endpoint()
            .parse()
            .context("could not read the simulator's address")?,
        reach: Reach::Loopback,
        picker: google
            .picker_endpoint()
            .parse()
            .context("could not read the simulator's address")?,
        picker_reach: Reach::Loopback,
        patience: PATIENCE,
        clock: Clock::SYSTEM,
    };
    let context = Context {
        ui,
        config,
        stop,
        interrupts,
        record: Record::default(),
    };
    ui.say(&format!(
        "{} Signing in through the loopback flow, with a browser that says yes to everything",
        ui.bold("2.")
    ));
    let purpose = if args.picker {
        Purpose::Picker
    } else {
        Purpose::Library
    };
    sign_in(&client_file, purpose, &context).await?;
    let exit = if args.picker {
        show_pick(&context).await?
    } else {
        show_sync(first, &context).await?
    };
    ui.say(&closing(ui, &root, purpose));
    Ok(exit)
}

async fn show_sync(first: NaiveDate, context: &Context) -> Result<Exit, Error> {
    let ui = context.ui;
    let (since, until) = (
        first.to_string(),
        (first + Days::new(DAYS.into())).to_string(),
    );
    ui.say(&format!(
        "{} gphotos-dl sync --since {since} --until {until}",
        ui.bold("3.")
    ));
    let cli = Cli::try_parse_from([
        "gphotos-dl",
        "sync",
        "--since",
        &since,
        "--until",
        &until,
        "--min-free",
        "0",
    ])
    .context("could not set up the demo")?;
    let Cmd::Sync(sync_args) = cli.command else {
        unreachable!("the arguments above are those of sync")
    };
    sync::run(&sync_args, context).await
}

async fn show_pick(context: &Context) -> Result<Exit, Error> {
    let ui = context.ui;
    ui.say(&format!(
        "{} gphotos-dl pick --no-browser\n   In a moment somebody selects the {PICKED} newest and presses Done.",
        ui.bold("3.")
    ));
    let cli = Cli::try_parse_from(["gphotos-dl", "pick", "--no-browser", "--min-free", "0"])
        .context("could not set up the demo")?;
    let Cmd::Pick(args) = cli.command else {
        unreachable!("the arguments above are those of pick")
    };
    pick::once(&args, false, context).await
}

/// An ordinary library, and one of every kind of item that goes wrong in lesser tools.
fn world(args: &DemoArgs, first: NaiveDate) -> World {
    let seeded = Seeded {
        seed: 2024,
        items: args.items as usize,
        start: first,
        days: DAYS,
        photo_size: 150_000,
        video_share_percent: 12,
        motion_share_percent: 8,
    };
    let day = first + Days::new(14);
    debug_assert_eq!(day.month(), first.month());
    let mut world = World::new().with_items(seeded.items());
    for species in [
        zoo::same_name,
        zoo::case_twins,
        zoo::path_escapes,
        zoo::emoji,
        zoo::undated,
        zoo::motion_photo,
        zoo::heic_with_jpeg_bytes,
    ] {
        world = world.with_items(species(day));
    }
    world.person_picks(Pick::Newest(PICKED), 2).with(|world| {
        world.network.latency_ms = LATENCY_MS;
        world.picker.poll_interval = Some("1s".to_owned());
    })
}

/// Makes the demo's folder, or takes one that an earlier demo has made. Returns it without links.
fn prepare(root: PathBuf) -> Result<PathBuf, Error> {
    let is_taken = root.symlink_metadata().is_ok();
    if is_taken && !root.is_dir() {
        return Err(ConfigError::RootIsNoFolder(root).into());
    }
    let credentials = root.join("credentials");
    if !is_of_a_demo(&credentials) && OWN.iter().any(|own| holds_something(&root.join(own))) {
        return Err(Error::DemoRootInUse(root));
    }
    let made = std::fs::create_dir_all(&credentials).and_then(|()| std::fs::canonicalize(&root));
    made.map_err(|source| {
        let path = root;
        match source.kind() {
            std::io::ErrorKind::NotADirectory => ConfigError::RootIsNoFolder(path).into(),
            _ => ConfigError::RootNotMade { path, source }.into(),
        }
    })
}

/// What an archive consists of.
const OWN: [&str; 4] = ["credentials", "downloads", "media_items_list", "albums"];

/// Whether these credentials were made for a simulator: nobody signs in to Google with them.
fn is_of_a_demo(credentials: &Path) -> bool {
    ClientSecret::load(&credentials.join("client_secret.json"))
        .is_ok_and(|client| is_loopback(&client.token_uri))
}

/// Whether there is anything at this path but an empty folder. What cannot be looked into may hold somebody's photos.
fn holds_something(path: &Path) -> bool {
    let is_there = path.symlink_metadata().is_ok();
    match std::fs::read_dir(path) {
        Ok(mut entries) => entries.any(|entry| {
            let is_ours = |entry: std::fs::DirEntry| entry.file_name() == ".gitignore";
            !entry.is_ok_and(is_ours)
        }),
        Err(_) => is_there,
    }
}

async fn sign_in(client_file: &Path, purpose: Purpose, context: &Context) -> Result<(), Error> {
    let client = ClientSecret::load(client_file)?;
    let http = sign_in_client(client.reach, context)?;
    let oauth = OAuth::new(client);
    let login = Login::open(&oauth, purpose.scope(), None).await?;
    let address = login.address().clone();
    let browser = tokio::spawn(async move {
        reqwest::Client::builder()
            .no_proxy()
            .build()?
            .get(address)
            .send()
            .await
    });
    let token = login.wait(&http, Duration::from_secs(30)).await?;
    browser.abort();
    TokenFile::in_folder(&context.config.credentials(), purpose).save(&token)?;
    Ok(())
}

fn closing(ui: Ui, root: &Path, purpose: Purpose) -> String {
    let command = match purpose {
        Purpose::Library => "gphotos-dl sync --since 2021-01-01",
        Purpose::Picker => "gphotos-dl pick",
    };
    let within = |folder: &str| quoted(&root.join(folder).display().to_string()).into_owned();
    format!(
        "{} Look around:\n     ls -R {downloads}\n     less {manifests}/*.csv\n   \
         Run the demo again: nothing is fetched twice. With your own account (README): `{command}`.",
        ui.bold("4."),
        downloads = within("downloads"),
        manifests = within("media_items_list")
    )
}
