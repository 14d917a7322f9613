//! `gphotos-dl` keeps a complete, provably intact copy of a Google Photos library on the user's own disk.
//!
//! One reading, from the outside in:
//!
//! - `cli` is what the user may type, `config` what it comes to, `env` every environment variable that counts;
//! - `commands` has one file per verb: it puts the parts together, calls them and answers with an exit code;
//! - `ui` is the only place that prints, `error` the only one that turns an error into an exit code and a hint;
//! - `sync` is the pipeline: list, compare, fetch, commit;
//! - `source` lists items, `archive` keeps files, and neither knows the other;
//! - `google` speaks the Library API, `auth` signs in, `http` sends, counts and waits;
//! - `takeout` is what an export says: its names, its sidecars and what goes together, pure as well;
//! - `media` is what a photo is: pure, without network, disk or clock.
//!
//! A module uses only what stands below it in this list; a test holds it to that. Nothing here is public but [`main`]:
//! the program is tested through its binary. (A build for the fuzz targets in `fuzz/` shows what those call as well.)

mod archive;
mod auth;
mod cli;
mod clock;
mod commands;
mod config;
mod durable;
mod env;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzz;
mod google;
mod http;
mod import;
mod known_bad;
mod media;
mod source;
mod sync;
mod takeout;
mod ui;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::error::Exit;

/// Runs the program with these arguments, the program's own name first.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match cli::Cli::read(args.iter().cloned()) {
        Ok(cli) => cli,
        Err(error) => {
            // Help asked for is no mistake; clap knows which stream is whose.
            let _ = error.print();
            if !error.use_stderr() {
                return Exit::Done.into();
            }
            ui::usage::say(&cli::Meant::by(&args), &error);
            return Exit::Usage.into();
        }
    };
    commands::run(cli).into()
}
