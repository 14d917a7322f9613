//! `gphotos-sim`: the simulated Google as a program, for demos, benchmarks and other people's clients.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Parser, ValueEnum};
use gphotos_sim::{Consent, Person, Pick, Seeded, Sim, World, zoo};

#[cfg(feature = "takeout")]
mod takeout_command;

/// Serves a simulated Google Photos on a loopback port until Ctrl-C
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8910)]
    port: u16,
    /// Number of ordinary items in the library
    #[arg(long, default_value_t = 200)]
    items: usize,
    /// Number of days over which the items are spread
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// Day of the first items, as YYYY-MM-DD
    #[arg(long, default_value = "2024-01-01")]
    start: NaiveDate,
    /// Bytes of each photo; 0 leaves photos as small as they are
    #[arg(long, default_value_t = 0)]
    photo_size: usize,
    /// How many of 100 items are videos
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=100))]
    video_share: u8,
    /// How many of 100 photos are motion photos
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=100))]
    motion_share: u8,
    /// Adds, on the first day, one of every kind of item that makes trouble
    #[arg(long)]
    zoo: bool,
    /// The same number gives the same library
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Milliseconds before the first byte of every answer
    #[arg(long)]
    latency_ms: Option<u64>,
    /// Bytes per second of each connection
    #[arg(long)]
    bandwidth: Option<u64>,
    /// What happens on the consent page
    #[arg(long, value_enum)]
    consent: Option<ConsentArg>,
    /// Everything is picked by itself after so many polls of a picking session; otherwise somebody has to open the
    /// session's page and press Done
    #[arg(long, value_name = "POLLS")]
    pick_after: Option<u32>,
    /// A world in JSON: switches and faults, such as `{"picker": {"max_sessions": 1}}`
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Where to write the OAuth client that signs in here
    #[arg(long, value_name = "PATH", default_value = "client_secret.json")]
    client_secret: PathBuf,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[cfg(feature = "takeout")]
    Takeout(takeout_command::TakeoutArgs),
    /// Writes a Google Takeout export; only in a build with `--features takeout`, which this one is not
    #[cfg(not(feature = "takeout"))]
    #[command(disable_help_flag = true)]
    Takeout {
        #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
        #[expect(dead_code, reason = "whatever is asked of it, the answer is the same")]
        rest: Vec<std::ffi::OsString>,
    },
}

/// How to have the writer of exports, which needs crates that a server does not.
#[cfg(not(feature = "takeout"))]
const WITHOUT_TAKEOUT: &str = "this gphotos-sim was built without the writer of Takeout exports
hint: `cargo run --release -p gphotos-sim --features takeout -- takeout --help`";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ConsentArg {
    /// The browser comes back at once
    Auto,
    /// A page with a box per scope and two buttons
    Form,
    /// The person presses Cancel
    Deny,
    /// The account is no test user: a page, and no way back
    TesterBlock,
    /// The person unticks reading the library and picking
    Untick,
}

#[tokio::main]
#[expect(clippy::print_stderr, reason = "the program's one place for errors")]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), String> {
    match &args.command {
        None => {}
        #[cfg(feature = "takeout")]
        Some(Command::Takeout(takeout)) => {
            let written = takeout.run()?;
            _ = std::io::stdout().write_all(written.as_bytes());
            return Ok(());
        }
        #[cfg(not(feature = "takeout"))]
        Some(Command::Takeout { .. }) => return Err(WITHOUT_TAKEOUT.to_owned()),
    }
    check_client_secret(&args.client_secret)?;
    let world = world(&args)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let sim = Sim::start_on(address, world).await.map_err(|error| {
        format!("could not listen on {address}: {error}\nhint: choose another port with --port, or --port 0 for any free one")
    })?;
    std::fs::write(&args.client_secret, sim.client_secret_json()).map_err(|error| {
        format!(
            "could not write {}: {error}\nhint: choose another place with --client-secret",
            args.client_secret.display()
        )
    })?;
    announce(&sim, &args.client_secret);
    tokio::signal::ctrl_c()
        .await
        .map_err(|error| format!("could not wait for Ctrl-C: {error}"))
}

fn world(args: &Args) -> Result<World, String> {
    let mut world = match &args.scenario {
        None => World::new(),
        Some(path) => read_scenario(path)?,
    };
    let seeded = Seeded {
        seed: args.seed,
        items: args.items,
        start: args.start,
        days: args.days,
        photo_size: args.photo_size,
        video_share_percent: args.video_share,
        motion_share_percent: args.motion_share,
    };
    world.items = seeded.items();
    if args.zoo {
        world.items.extend(zoo::zoo(args.start));
    }
    // A flag is said later than the file, so it wins.
    if let Some(latency_ms) = args.latency_ms {
        world.network.latency_ms = latency_ms;
    }
    if args.bandwidth.is_some() {
        world.network.bytes_per_second = args.bandwidth;
    }
    match args.consent {
        None => {}
        Some(ConsentArg::Auto) => world.oauth.consent = Consent::Auto,
        Some(ConsentArg::Form) => world.oauth.consent = Consent::Form,
        Some(ConsentArg::Deny) => world.oauth.consent = Consent::Deny,
        Some(ConsentArg::TesterBlock) => world.oauth.consent = Consent::TesterBlock,
        Some(ConsentArg::Untick) => {
            let scopes = [gphotos_sim::LIBRARY_READ_SCOPE, gphotos_sim::PICKER_SCOPE];
            world.oauth.consent = Consent::Untick(scopes.map(str::to_owned).to_vec());
        }
    }
    if let Some(after_polls) = args.pick_after {
        world.picker.person = Person::Picks {
            what: Pick::Everything,
            after_polls,
        };
    }
    Ok(world)
}

fn read_scenario(path: &Path) -> Result<World, String> {
    let hint = "hint: a scenario is JSON such as {\"faults\": [{\"on\": {\"path\": \"/lr/\"}, \"what\": {\"status\": {\"code\": 503}}}]}";
    let text = std::fs::read_to_string(path).map_err(|error| {
        format!(
            "could not read scenario {}: {error}\n{hint}",
            path.display()
        )
    })?;
    serde_json::from_str(&text).map_err(|error| {
        format!(
            "could not understand scenario {}: {error}\n{hint}",
            path.display()
        )
    })
}

/// A client file of the real Google must survive a slip of the fingers.
fn check_client_secret(path: &Path) -> Result<(), String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(format!(
                "could not read {}: {error}\nhint: choose another place with --client-secret",
                path.display()
            ));
        }
    };
    let client: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let is_ours = ["installed", "web"].iter().any(|kind| {
        client[kind]["token_uri"]
            .as_str()
            .and_then(|uri| url::Url::parse(uri).ok())
            .is_some_and(|uri| match uri.host() {
                Some(url::Host::Ipv4(address)) => address.is_loopback(),
                Some(url::Host::Ipv6(address)) => address.is_loopback(),
                Some(url::Host::Domain(name)) => name == "localhost",
                None => false,
            })
    });
    if is_ours {
        Ok(())
    } else {
        Err(format!(
            "{} exists and is not the client of a simulator; it is left alone\nhint: choose another place with --client-secret",
            path.display()
        ))
    }
}

/// Addresses to copy. A reader that has left does not stop the server.
fn announce(sim: &Sim, client_secret: &Path) {
    let text = format!(
        "Simulated Google Photos with {} items on {endpoint}\n\
         Redirected downloads come from {}\n\
         Sessions of the Picker API are at {picker}\n\
         OAuth client written to {}\n\n\
         For a client in another shell:\n\
         export GPHOTOS_DL_LIBRARY_ENDPOINT={endpoint}\n\
         export GPHOTOS_DL_PICKER_ENDPOINT={picker}\n\n\
         Ctrl-C ends it.\n",
        sim.world(|world| world.items.len()),
        sim.downloads_endpoint(),
        client_secret.display(),
        endpoint = sim.endpoint(),
        picker = sim.picker_endpoint(),
    );
    _ = std::io::stdout().write_all(text.as_bytes());
}
