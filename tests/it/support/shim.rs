//! The shim between the program and the C library (`shim/`): made once by the C compiler that links Rust programs too.
//!
//! It counts every call that can change a file, and makes the one that a test names go wrong.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::sync::OnceLock;

use rustix::io::Errno;

/// The value for `LD_PRELOAD`.
pub(crate) fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/shim");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Made under a name of its own, so that test runs beside each other never see half of it.
        let (made, target) = (
            folder.join(format!("shim-{}.so", std::process::id())),
            folder.join("shim.so"),
        );
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let names = [
            "paths", "faults", "names", "writes", "reads", "syscall", "clock",
        ];
        let status = Command::new(compiler)
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&made)
            .args(names.map(|name| sources.join(name).with_extension("c")))
            .args(["-ldl", "-lpthread"])
            .status();
        assert!(status.expect("a C compiler").success(), "the shim compiles");
        fs::rename(&made, &target).expect("renamed");
        target
    })
}

/// One call that changes something, the same in every run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) call: String,
    /// Relative to the root, with what differs from run to run as `#`.
    pub(crate) path: String,
    /// Which of the calls of this name on this path, from 1; 0 for any.
    pub(crate) ordinal: u32,
}

/// What goes wrong, just before the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Kill,
    /// The program stands still before the call, until it is told to go on.
    Stop,
    /// Half of what is to be written, then death.
    Torn,
    /// What was not synced is lost, and the program with it. Needs [`Shim::mounts`].
    Power,
    TornPower,
    /// The call fails.
    Once(Errno),
    /// It fails, and so does every one after it.
    Sticky(Errno),
}

/// What is put between one run and the C library.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shim {
    variables: Vec<(&'static str, String)>,
    faults: Vec<String>,
}

impl Shim {
    /// Counts what happens in this folder.
    pub(crate) fn on(root: &Path) -> Self {
        let root = root.canonicalize().expect("the folder is there");
        Self::default().with("SHIM_ROOTS", &root.display().to_string())
    }

    /// Appends every key to a file; [`keys`] reads it.
    pub(crate) fn record(self, path: &Path) -> Self {
        self.with("SHIM_RECORD", &path.display().to_string())
    }

    pub(crate) fn fault(mut self, key: &Key, action: Action) -> Self {
        self.faults.push(format!("{key}|{action}"));
        self
    }

    /// A file that is there once a fault has struck.
    pub(crate) fn mark(self, path: &Path) -> Self {
        self.with("SHIM_MARK", &path.display().to_string())
    }

    /// The disks that lose their power.
    pub(crate) fn mounts(self, at: &[PathBuf]) -> Self {
        let at: Vec<_> = at.iter().map(|path| path.display().to_string()).collect();
        self.with("SHIM_MOUNT", &at.join(":"))
    }

    /// A file that lies on a bad sector.
    pub(crate) fn unreadable(self, path: &Path) -> Self {
        use std::os::unix::fs::MetadataExt;
        let file = fs::metadata(path).expect("a file");
        self.with("SHIM_UNREADABLE", &file.ino().to_string())
    }

    /// What the program is to get wrong, in the words of `shim.h`.
    pub(crate) fn lies(self, words: &str) -> Self {
        self.with("SHIM_AS", words)
    }

    pub(crate) fn apply<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("LD_PRELOAD", shim());
        if !self.faults.is_empty() {
            command.env("SHIM_FAULT", self.faults.join("\n"));
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)))
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }
}

impl Key {
    pub(crate) fn new(call: &str, path: &str, ordinal: u32) -> Self {
        Self {
            call: call.to_owned(),
            path: path.to_owned(),
            ordinal,
        }
    }
}

/// The keys that a run has recorded, in their order.
pub(crate) fn keys(record: &Path) -> Vec<Key> {
    let text = fs::read_to_string(record).expect("a record");
    let key = |line: &str| line.parse().unwrap_or_else(|()| panic!("no key: {line:?}"));
    text.lines().map(key).collect()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            call,
            path,
            ordinal,
        } = self;
        match ordinal {
            0 => write!(f, "{call}|{path}|*"),
            _ => write!(f, "{call}|{path}|{ordinal}"),
        }
    }
}

impl FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut fields = text.split('|');
        let key = (|| {
            let (call, path, ordinal) = (fields.next()?, fields.next()?, fields.next()?);
            let ordinal = match ordinal {
                "*" => 0,
                number => number.parse().ok()?,
            };
            Some(Self::new(call, path, ordinal))
        })();
        key.filter(|_| fields.next().is_none()).ok_or(())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill => f.write_str("kill"),
            Self::Stop => f.write_str("stop"),
            Self::Torn => f.write_str("torn"),
            Self::Power => f.write_str("power"),
            Self::TornPower => f.write_str("torn-power"),
            Self::Once(error) => write!(f, "errno={}", error.raw_os_error()),
            Self::Sticky(error) => write!(f, "sticky={}", error.raw_os_error()),
        }
    }
}

impl FromStr for Action {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |text: &str| text.parse().map(Errno::from_raw_os_error).map_err(drop);
        match text {
            "kill" => Ok(Self::Kill),
            "stop" => Ok(Self::Stop),
            "torn" => Ok(Self::Torn),
            "power" => Ok(Self::Power),
            "torn-power" => Ok(Self::TornPower),
            _ => match text.split_once('=').ok_or(())? {
                ("errno", error) => number(error).map(Self::Once),
                ("sticky", error) => number(error).map(Self::Sticky),
                _ => Err(()),
            },
        }
    }
}
