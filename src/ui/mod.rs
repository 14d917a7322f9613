//! The only module that prints. stdout carries data, stderr everything that is said to a person.

pub(crate) mod checking;
mod command;
mod count;
pub(crate) mod diagnostic;
mod escape;
pub(crate) mod import;
pub(crate) mod importing;
mod json_lines;
pub(crate) mod planned;
pub(crate) mod progress;
pub(crate) mod qr;
mod reading;
mod skew;
pub(crate) mod status;
pub(crate) mod summary;
pub(crate) mod usage;
pub(crate) mod verify;
pub(crate) mod waiting;
pub(crate) mod way_back;

use std::borrow::Cow;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;

use serde_json::Value;

use crate::cli::{ColorChoice, GlobalArgs, LogFormat};

pub(crate) use count::{counted, plural};
pub(crate) use escape::{escape, escape_json};

/// How much and in which form this run talks.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one answer about the two streams"
)]
pub(crate) struct Ui {
    pub(crate) quiet: bool,
    pub(crate) verbose: u8,
    pub(crate) json: bool,
    pub(crate) log_format: LogFormat,
    pub(crate) color: bool,
    /// stderr is a terminal.
    pub(crate) terminal: bool,
    /// What names the archive in commands, where it is not found without.
    pub(crate) root: &'static str,
}

impl Ui {
    pub(crate) fn new(args: &GlobalArgs, no_color: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        let color = match args.color {
            ColorChoice::Auto => terminal && !no_color,
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        Self {
            quiet: args.quiet,
            verbose: args.verbose,
            json: args.json,
            log_format: args.log_format,
            color,
            terminal,
            root: "",
        }
    }

    /// Names this root in every command that is said from here on.
    pub(crate) fn for_root(self, root: Option<&Path>) -> Self {
        // Once a process, and for as long as it lives.
        let root = root.map_or("", |root| Box::leak(command::option(root).into_boxed_str()));
        Self { root, ..self }
    }

    /// A text whose commands name the archive.
    pub(crate) fn addressed(self, text: &str) -> Cow<'_, str> {
        command::addressed(text, self.root)
    }

    /// A line of data, for whoever reads stdout. That nobody does any more is no error of ours.
    pub(crate) fn data(line: &str) {
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }

    /// One object of data. What it says to a person names the archive.
    pub(crate) fn object(self, mut object: Value) {
        command::addressed_object(&mut object, self.root);
        Self::data(&escape_json(&object));
    }

    /// Something for the person, unless they asked for silence.
    pub(crate) fn say(self, text: &str) {
        if !self.quiet {
            self.print(text);
        }
    }

    /// Something that even `-q` does not keep back: an error.
    pub(crate) fn print(self, text: &str) {
        let text = &self.addressed(text);
        let mut err = io::stderr().lock();
        let _ = match self.log_format {
            LogFormat::Text => writeln!(err, "{text}"),
            LogFormat::Json => writeln!(err, "{}", escape_json(&json_lines::message(text))),
        };
    }

    /// A line of the log in JSON.
    pub(crate) fn print_json(line: &serde_json::Value) {
        let _ = writeln!(io::stderr().lock(), "{}", escape_json(line));
    }

    /// An address that somebody may open elsewhere, alone on a line of stdout, so that a script can take it. Where stdout
    /// is for one JSON object, it is on stderr.
    pub(crate) fn address(self, address: &str) {
        match (self.json, self.log_format) {
            (false, _) => Self::data(address),
            (true, LogFormat::Text) => _ = writeln!(io::stderr().lock(), "{address}"),
            (true, LogFormat::Json) => {
                Self::print_json(&serde_json::json!({ "event": "open", "address": address }));
            }
        }
    }

    /// Asks on the terminal and reads one line.
    pub(crate) fn ask(question: &str) -> io::Result<String> {
        // Not locked while it is read: somebody else may have to say why it is no longer waited for.
        write!(io::stderr(), "{question} ")?;
        io::stderr().flush()?;
        let mut line = String::new();
        // An address is a few hundred characters; whoever pipes a gigabyte in does not get it read.
        io::BufReader::new(io::stdin().take(64 << 10)).read_line(&mut line)?;
        Ok(line)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    pub(crate) fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    pub(crate) fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
