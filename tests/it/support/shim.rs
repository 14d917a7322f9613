//! The shim between the program and the C library (`shim.c`): made once by the C compiler that links Rust programs too.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The value for `LD_PRELOAD`.
pub(crate) fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/shim.c");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Made under a name of its own, so that test runs beside each other never see half of it.
        let (made, target) = (
            folder.join(format!("shim-{}.so", std::process::id())),
            folder.join("shim.so"),
        );
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let status = Command::new(compiler)
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&made, &source])
            .status();
        assert!(status.expect("a C compiler").success(), "the shim compiles");
        std::fs::rename(&made, &target).expect("renamed");
        target
    })
}
