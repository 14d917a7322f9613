//! `gphotos-dl`: see the library for everything.

fn main() -> std::process::ExitCode {
    gphotos_dl::main(std::env::args_os())
}
