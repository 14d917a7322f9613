//! The program, built with the feature `known-bad`.

fn main() -> std::process::ExitCode {
    gphotos_dl::main(std::env::args_os())
}
