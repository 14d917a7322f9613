//! One file per verb. Each puts the parts together, calls them, and answers with an exit code.

mod conclude;
#[cfg(feature = "demo")]
mod demo;
mod import;
mod interrupt;
mod login;
mod logout;
mod opening;
mod pick;
mod record;
mod status;
mod sync;
mod verify;

use crate::cli::{Cli, Cmd};
use crate::clock::Clock;
use crate::config::{self, Config, ConfigError};
use crate::env;
use crate::error::{Error, Exit};
use crate::http::Stop;
use crate::ui::{Ui, diagnostic};

use self::interrupt::Interrupts;
use self::record::{Record, recorded};

/// What every command has.
pub(crate) struct Context {
    pub(crate) ui: Ui,
    pub(crate) config: Config,
    pub(crate) stop: Stop,
    pub(crate) interrupts: Interrupts,
    pub(crate) record: Record,
}

/// Runs the command and says what went wrong, if anything did.
pub(crate) fn run(cli: Cli) -> Exit {
    let ui = Ui::new(
        &cli.global,
        std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
    )
    .for_root(config::named_root(&cli.global).as_deref());
    start_log(ui);
    let command = cli.command.name();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(
                ui,
                command,
                &Error::Other(anyhow::Error::new(error).context("could not start the runtime")),
            );
        }
    };
    let exit = runtime.block_on(async {
        let stop = Stop::default();
        let interrupts = match Interrupts::listen(&stop, ui) {
            Ok(interrupts) => interrupts,
            Err(error) => {
                return fail(
                    ui,
                    command,
                    &Error::Other(
                        anyhow::Error::new(error).context("could not listen for signals"),
                    ),
                );
            }
        };
        let result = dispatch(cli, ui, stop, &interrupts).await;
        result.unwrap_or_else(|error| match interrupts.exit(&error) {
            // An interruption is what the person did; they need not be told.
            exit @ Exit::Interrupted(_) => {
                say_as_json(ui, command, exit, &error);
                exit
            }
            _ => fail(ui, command, &error),
        })
    });
    // Whatever still hangs in a system call on a dead disk must not keep the process.
    runtime.shutdown_background();
    exit
}

async fn dispatch(cli: Cli, ui: Ui, stop: Stop, interrupts: &Interrupts) -> Result<Exit, Error> {
    let makes_root = match &cli.command {
        Cmd::Sync(args) => !args.dry_run,
        Cmd::Import(args) => !args.dry_run,
        Cmd::Logout(_) | Cmd::Verify(_) | Cmd::Status => false,
        _ => true,
    };
    // Not for the demo, which has a root of its own.
    let context = || -> Result<Context, ConfigError> {
        let config = Config::resolve(&cli.global, makes_root, |name| std::env::var(name).ok())?;
        let stop = stop.clone();
        let record = Record::default();
        Ok(Context {
            ui,
            config,
            stop,
            interrupts: interrupts.clone(),
            record,
        })
    };
    match cli.command {
        Cmd::Login(args) => login::run(&args, &context()?).await,
        Cmd::Logout(args) => logout::run(&args, &context()?).await,
        Cmd::Pick(args) => {
            let context = context()?;
            recorded("pick", &context, Box::pin(pick::run(&args, &context))).await
        }
        Cmd::Sync(args) if args.dry_run => sync::run(&args, &context()?).await,
        Cmd::Sync(args) => {
            let context = context()?;
            recorded("sync", &context, Box::pin(sync::run(&args, &context))).await
        }
        Cmd::Import(args) if args.dry_run => import::run(&args, &context()?).await,
        Cmd::Import(args) => {
            let context = context()?;
            recorded("import", &context, Box::pin(import::run(&args, &context))).await
        }
        Cmd::Verify(args) if args.repair => {
            let context = context()?;
            recorded(
                "verify --repair",
                &context,
                Box::pin(verify::run(&args, &context)),
            )
            .await
        }
        Cmd::Verify(args) => verify::run(&args, &context()?).await,
        Cmd::Status => status::run(&context()?).await,
        #[cfg(feature = "demo")]
        Cmd::Demo(args) => {
            // Nobody who has set the environment for their archive means it to be filled with demo pictures.
            let typed = cli.global.root.filter(|_| cli.global.is_root_typed);
            let orders = (stop, interrupts.clone());
            demo::run(&args, typed.as_deref(), ui.for_root(None), orders).await
        }
    }
}

fn fail(ui: Ui, command: &str, error: &Error) -> Exit {
    ui.print(&diagnostic::render(ui, error));
    say_as_json(ui, command, error.exit(), error);
    error.exit()
}

/// A script that reads one object gets one, however the command ends.
fn say_as_json(ui: Ui, command: &str, exit: Exit, error: &Error) {
    if ui.json {
        let hint = error.hint();
        ui.object(diagnostic::to_json(
            Some(command),
            exit,
            &error.told(),
            hint.as_deref(),
        ));
    }
}

/// The developer's log, off unless asked for.
fn start_log(ui: Ui) {
    use tracing_subscriber::EnvFilter;
    let filter = match (ui.verbose, std::env::var(env::LOG).ok()) {
        (_, Some(filter)) => EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("off")),
        (0, None) => return,
        (1, None) => EnvFilter::new("gphotos_dl=debug"),
        // Not the libraries: they would log addresses of photos and tokens.
        (_, None) => EnvFilter::new("gphotos_dl=trace"),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A log that nobody can read is no reason to panic.
        .log_internal_errors(false)
        .with_ansi(ui.color);
    match ui.log_format {
        crate::cli::LogFormat::Text => log.compact().init(),
        crate::cli::LogFormat::Json => log.json().init(),
    }
}

/// A client for talking to the sign-in service alone, which has no daily quota.
fn sign_in_client(
    reach: crate::http::Reach,
    context: &Context,
) -> Result<crate::http::Http, Error> {
    use crate::http::limit::{Quota, Used, quota_day};
    let clock: Clock = context.config.clock;
    let quota = Quota::new(Used::none(quota_day(clock.now())), u32::MAX);
    Ok(crate::http::Http::new(
        reach,
        context.config.patience,
        quota,
        clock,
        context.stop.clone(),
    )?)
}
