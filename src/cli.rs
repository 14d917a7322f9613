//! What the user may type. The doc comments are the help texts.
#![expect(
    clippy::doc_markdown,
    reason = "a terminal shows backticks as they are"
)]

mod help;
mod meant;

use std::ffi::OsString;
use std::path::PathBuf;

use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::archive::album_links::Links;
use crate::archive::checks::Sample;
use crate::auth::Purpose;
use crate::env;
use crate::import::sidecars::Sidecars;
use crate::media::day::{Window, parse_day};
use crate::media::layout::Layout;

use self::help::{AFTER_HELP, IMPORT_HELP, LOGIN_HELP, PICK_HELP, SYNC_HELP, VERIFY_HELP};
pub(crate) use self::meant::Meant;

/// Keeps a complete, provably intact copy of your Google Photos on your own disk.
///
/// Since 31 March 2025 Google's Library API shows an app only what that app itself has uploaded. `sync` copies exactly
/// that. `pick` copies whatever you select by hand. For everything else Google offers Takeout; see the README.
#[derive(Debug, Parser)]
#[command(name = "gphotos-dl", version, max_term_width = 100, arg_required_else_help = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Cmd,
}

impl Cli {
    /// Parses the command line, the program's own name first.
    pub(crate) fn read(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches_from(args)?;
        let mut cli = Self::from_arg_matches(&matches)?;
        let global = &mut cli.global;
        global.is_root_typed = matches.value_source("root") == Some(ValueSource::CommandLine);
        if global
            .root
            .as_ref()
            .is_some_and(|root| root.as_os_str().is_empty())
        {
            if global.is_root_typed {
                let why = "a value is required for '--root <DIR>' but none was supplied";
                return Err(Self::command().error(ErrorKind::InvalidValue, why));
            }
            // As shells and services write a variable that is not set.
            global.root = None;
        }
        Ok(cli)
    }
}

/// Flags of every command, accepted before and after it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// The folder that holds credentials/, downloads/ and media_items_list/. By default the current folder if it has
    /// credentials/, else a folder of your user account's data.
    #[arg(long, global = true, value_name = "DIR", env = env::ROOT, hide_env_values = true, value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub(crate) root: Option<PathBuf>,
    /// The root was typed, and does not come from the environment.
    #[arg(skip)]
    pub(crate) is_root_typed: bool,
    /// Print the result as one JSON object on stdout.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say more: -v logs requests, -vv everything.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing but errors.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", hide_possible_values = false)]
    pub(crate) color: ColorChoice,
    /// How progress and messages are written to stderr.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Progress for people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cmd {
    /// Sign in to Google and keep the sign-in.
    Login(LoginArgs),
    /// Revoke the sign-in at Google and delete it here.
    ///
    /// Google ends every sign-in of this account with this OAuth client then, those of other roots too.
    Logout(LogoutArgs),
    /// Copy everything that the Library API shows and that is not here yet.
    Sync(SyncArgs),
    /// Select photos in Google Photos, whatever put them there, and copy them.
    Pick(PickArgs),
    /// Take over what Google Takeout has exported: archives, or folders of them.
    Import(ImportArgs),
    /// Read every stored file again and tell which are damaged, changed or missing.
    Verify(VerifyArgs),
    /// Tell what is held, what is owed, and whether the sign-in will last. Needs no network.
    Status,
    /// Show the whole job against a simulated Google, in gphotos-dl-demo/; no account needed.
    #[cfg(feature = "demo")]
    Demo(DemoArgs),
}

impl Cmd {
    /// Its name, as it is typed.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Login(_) => "login",
            Self::Logout(_) => "logout",
            Self::Sync(_) => "sync",
            Self::Pick(_) => "pick",
            Self::Import(_) => "import",
            Self::Verify(_) => "verify",
            Self::Status => "status",
            #[cfg(feature = "demo")]
            Self::Demo(_) => "demo",
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = LOGIN_HELP)]
pub(crate) struct LoginArgs {
    /// Which command the sign-in is for: library is for `sync`, picker for `pick`.
    #[arg(long = "for", value_enum, default_value_t = For::Library, value_name = "API")]
    pub(crate) purpose: For,
    /// Do not open a browser: print the address alone on stdout, or with --json on stderr.
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Wait for the browser on this port of 127.0.0.1 instead of any free one.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// For a machine without a browser: sign in on any other one, then paste the address that it could not load.
    #[arg(long)]
    pub(crate) paste: bool,
    /// Give up after so many seconds, with or without a terminal.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: u64,
}

/// What a sign-in is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum For {
    Library,
    Picker,
}

impl From<For> for Purpose {
    fn from(purpose: For) -> Self {
        match purpose {
            For::Library => Self::Library,
            For::Picker => Self::Picker,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    /// Which sign-in to give up. By default every one.
    #[arg(long = "for", value_enum, value_name = "API")]
    pub(crate) purpose: Option<For>,
}

#[derive(Debug, Args)]
#[command(after_help = PICK_HELP)]
pub(crate) struct PickArgs {
    /// The most that can be selected in one go. By default as many as Google allows: 2,000.
    #[arg(long, value_name = "N", default_value_t = 2000, hide_default_value = true, value_parser = clap::value_parser!(u16).range(1..=2000))]
    pub(crate) max: u16,
    /// Do not open a browser: print the address alone on stdout, or with --json on stderr.
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Go on with what was selected, or being selected, when an earlier run ended: fetch all that is ready, or else wait for
    /// the first in which Done is pressed. Run it again for the others.
    #[arg(long, conflicts_with = "max")]
    pub(crate) resume: bool,
    /// Files to fetch at a time.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: u16,
    /// Stop before less than this is free on the disk.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = parse_size)]
    pub(crate) min_free: u64,
}

#[derive(Debug, Args)]
#[command(after_help = IMPORT_HELP)]
pub(crate) struct ImportArgs {
    /// Archives (.zip, .tgz), folders of archives, or folders that somebody has extracted. They are only read.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Print what would be stored, and change nothing. Each line ends in what its file is by name and size: `new`, `here`
    /// already, that of another line `again`, or `?` where only reading it tells.
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Keep what was in the trash, too.
    #[arg(long)]
    pub(crate) include_trashed: bool,
    /// What to write beside each photo: what the export says of it as XMP, or Google's own JSON. Never over a file of yours.
    #[arg(long, default_value = "xmp", value_parser = PossibleValuesParser::new(Sidecars::NAMES).try_map(|name| Sidecars::parse(&name).ok_or("no such sidecar")))]
    pub(crate) sidecar: Sidecars,
    /// How albums/ shows the photos of each album.
    #[arg(long, default_value = "symlink", value_parser = PossibleValuesParser::new(Links::NAMES).try_map(|name| Links::parse(&name).ok_or("no such link")))]
    pub(crate) albums: Links,
    /// Read archives again that a former import has read to their end, and put back what is missing or rotten since. A
    /// damaged file is kept in downloads/.gphotos-dl/damaged/; one that you have edited is left alone. Needed as well when
    /// most files are gone.
    #[arg(long)]
    pub(crate) reread: bool,
    /// Where files go in downloads/; fixed when the archive is made. {year}/{month}/{filename} by default, or `flat`.
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) layout: Option<Layout>,
    /// Whose calendar decides a photo's folder; fixed when the archive is made. The machine's own zone by default.
    #[arg(long, value_name = "NAME", value_parser = parse_zone)]
    pub(crate) time_zone: Option<Tz>,
    /// Stop before less than this is free on the disk.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = parse_size)]
    pub(crate) min_free: u64,
}

#[derive(Debug, Args)]
#[command(after_help = SYNC_HELP)]
pub(crate) struct SyncArgs {
    /// The first day to copy.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    pub(crate) since: NaiveDate,
    /// The last day to copy. By default today, wherever on Earth today is latest, and photos dated in the future too.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    pub(crate) until: Option<NaiveDate>,
    /// How much one listing request asks for; longer windows list the same items with fewer API calls.
    #[arg(long, default_value = "day", value_parser = PossibleValuesParser::new(Window::NAMES).try_map(|name| Window::parse(&name).ok_or("no such window")))]
    pub(crate) window: Window,
    /// Leave out the full listing, which finds what no date filter returns: undated, future-dated and fresh items.
    #[arg(long)]
    pub(crate) no_full_listing: bool,
    /// Print what would be fetched, and change nothing.
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Where files go in downloads/; fixed when the archive is made. {year}/{month}/{filename} by default, or `flat`.
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) layout: Option<Layout>,
    /// Whose calendar decides a photo's folder; fixed when the archive is made. The machine's own zone by default.
    #[arg(long, value_name = "NAME", value_parser = parse_zone)]
    pub(crate) time_zone: Option<Tz>,
    /// Files to fetch at a time.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: u16,
    /// Days to list at a time.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=16))]
    pub(crate) list_jobs: u16,
    /// API calls to spend a day, at most; Google allows a project 10,000.
    #[arg(long, value_name = "N", default_value_t = crate::http::limit::API_PER_DAY, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) api_budget: u32,
    /// Stop before less than this is free on the disk.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = parse_size)]
    pub(crate) min_free: u64,
    /// Fetch again even when most of the archive's files are missing.
    #[arg(long)]
    pub(crate) restore: bool,
}

#[derive(Debug, Args)]
#[command(after_help = VERIFY_HELP)]
pub(crate) struct VerifyArgs {
    /// Read only one part of the files, the next one each time: with 1/30 every night, each file is read once in 30
    /// nights. What was found damaged before is looked at each time, until it is put right.
    #[arg(long, value_name = "1/N", value_parser = parse_sample)]
    pub(crate) sample: Option<Sample>,
    /// Fetch again what is rotten or missing, into its place. The damaged file is kept in
    /// downloads/.gphotos-dl/damaged/.
    #[arg(long)]
    pub(crate) repair: bool,
    /// Name the files in downloads/ that the index does not know, a line each on stdout. They are counted in any case, and
    /// left alone.
    #[arg(long)]
    pub(crate) unknown: bool,
    /// Files to read at a time. By default as many as the machine has cores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// With --repair: stop before less than this is free on the disk.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = parse_size)]
    pub(crate) min_free: u64,
}

/// What `demo` takes.
#[cfg(feature = "demo")]
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many photos and videos the simulated library has, besides some dozens that are odd on purpose.
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) items: u32,
    /// Show `pick` instead of `sync`, with somebody who selects.
    #[arg(long)]
    pub(crate) picker: bool,
}

fn parse_sample(text: &str) -> Result<Sample, String> {
    text.parse().map_err(str::to_owned)
}

fn parse_zone(name: &str) -> Result<Tz, String> {
    name.parse()
        .map_err(|_| "a time zone is written as in Europe/Berlin or UTC".to_owned())
}

/// Bytes, with an optional unit: K, M, G, T mean powers of 1,024.
fn parse_size(text: &str) -> Result<u64, String> {
    let number_end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(number_end);
    let shift = match unit
        .trim()
        .to_ascii_uppercase()
        .trim_end_matches('B')
        .trim_end_matches('I')
    {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("a size is written as in 500M, 1GiB or 0".to_owned()),
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "a size starts with a whole number".to_owned())?;
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| "that is larger than any disk".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_typed_root_is_told_from_none_wherever_it_is_typed() {
        for (args, is_typed) in [
            (["gphotos-dl", "--root", "/a", "status"].as_slice(), true),
            (&["gphotos-dl", "status", "--root", "/a"], true),
            (&["gphotos-dl", "status"], false),
        ] {
            let cli = Cli::read(args.iter().map(OsString::from)).expect("parsed");
            assert_eq!(cli.global.is_root_typed, is_typed, "{args:?}");
        }
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("0", 0),
            ("512", 512),
            ("1k", 1 << 10),
            ("500M", 500 << 20),
            ("1GiB", 1 << 30),
            ("2 TB", 2 << 40),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for bad in ["", "G", "-1", "1.5G", "1X", "99999999T"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
