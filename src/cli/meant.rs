//! Arguments that make no command, as far as they can be understood.

use std::ffi::OsString;

use clap::CommandFactory;

use crate::cli::Cli;

/// What can be told of arguments that make no command.
pub(crate) struct Meant {
    pub(crate) command: Option<String>,
    pub(crate) json: bool,
}

impl Meant {
    pub(crate) fn by(args: &[OsString]) -> Self {
        let typed = args.iter().skip(1).take_while(|arg| *arg != "--");
        let typed: Vec<_> = typed.filter_map(|arg| arg.to_str()).collect();
        let known = Cli::command();
        let is_command = |arg: &&&str| known.get_subcommands().any(|it| it.get_name() == **arg);
        Self {
            command: typed.iter().find(is_command).map(|arg| (*arg).to_owned()),
            json: typed.contains(&"--json"),
        }
    }
}
