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
mod status;
mod sync;
mod verify;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::archive::history::{self, Ended};
use crate::cli::{Cli, Cmd};
use crate::clock::Clock;
use crate::config::{self, Config, ConfigError};
use crate::env;
use crate::error::{Error, Exit};
use crate::http::Stop;
use crate::ui::{Ui, diagnostic};

use self::interrupt::Interrupts;

/// What every command has.
pub(crate) struct Context {
    pub(crate) ui: Ui,
    pub(crate) config: Config,
    pub(crate) stop: Stop,
    pub(crate) counts: Counts,
}

/// What a command has come to, in numbers, for the archive's history.
#[derive(Default)]
pub(crate) struct Counts(Mutex<BTreeMap<String, u64>>, Mutex<Option<i64>>);

impl Counts {
    /// Takes those that are not nothing.
    pub(crate) fn take<const N: usize>(&self, counts: [(&str, u64); N]) {
        let counted = counts.into_iter().filter(|(_, count)| *count > 0);
        let counted = counted.map(|(what, count)| (what.to_owned(), count));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(counted);
    }

    /// Notes which run of the index that is.
    pub(crate) fn of_run(&self, run: Option<i64>) {
        *self.1.lock().unwrap_or_else(PoisonError::into_inner) = run;
    }
}

/// Runs the command and says what went wrong, if anything did.
pub(crate) fn run(cli: Cli) -> Exit {
    let ui = Ui::new(
        &cli.global,
        std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
    )
    .for_root(config::named_root(&cli.global).as_deref());
    start_log(ui);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(
                ui,
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
                    &Error::Other(
                        anyhow::Error::new(error).context("could not listen for signals"),
                    ),
                );
            }
        };
        let result = dispatch(cli, ui, stop).await;
        let by_signal = |exit| match (exit, interrupts.signal()) {
            (Exit::Interrupted(_), Some(signal)) => Exit::Interrupted(signal),
            (exit, _) => exit,
        };
        by_signal(
            result.unwrap_or_else(|error| match by_signal(error.exit()) {
                // An interruption is what the person did; they need not be told.
                exit @ Exit::Interrupted(_) => {
                    say_as_json(ui, exit, &error);
                    exit
                }
                _ => fail(ui, &error),
            }),
        )
    });
    // Whatever still hangs in a system call on a dead disk must not keep the process.
    runtime.shutdown_background();
    exit
}

async fn dispatch(cli: Cli, ui: Ui, stop: Stop) -> Result<Exit, Error> {
    // Not for the demo, which has a root of its own.
    let context = || -> Result<Context, ConfigError> {
        let config = Config::resolve(&cli.global, |name| std::env::var(name).ok())?;
        let stop = stop.clone();
        let counts = Counts::default();
        Ok(Context {
            ui,
            config,
            stop,
            counts,
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
            demo::run(&args, typed.as_deref(), ui.for_root(None), stop).await
        }
    }
}

/// Runs a command that works on the archive, and remembers there how it ended.
async fn recorded(
    command: &str,
    context: &Context,
    run: impl Future<Output = Result<Exit, Error>>,
) -> Result<Exit, Error> {
    let clock = context.config.clock;
    let started = clock.now();
    let result = run.await;
    let paths = context.config.archive();
    if !paths.is_begun() {
        return result;
    }
    let counts = std::mem::take(
        &mut *context
            .counts
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner),
    );
    let (exit, error) = match &result {
        Ok(exit) => (*exit, None),
        Err(error) => (error.exit(), Some(error.to_string())),
    };
    let run = *context
        .counts
        .1
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let ended = Ended {
        run,
        command: command.to_owned(),
        started,
        ended: clock.now(),
        exit: exit.code(),
        error,
        counts,
    };
    // Where nothing can be written, there are louder signs of it.
    if let Err(error) = history::add(&paths.downloads, ended) {
        tracing::debug!(%error, "the end of the run could not be remembered");
    }
    result
}

fn fail(ui: Ui, error: &Error) -> Exit {
    ui.print(&diagnostic::render(ui, error));
    say_as_json(ui, error.exit(), error);
    error.exit()
}

/// A script that reads one object gets one, however the command ends.
fn say_as_json(ui: Ui, exit: Exit, error: &Error) {
    if ui.json {
        ui.object(
            serde_json::json!({ "exit": exit.code(), "error": error.to_string(), "hint": error.hint() }),
        );
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
