//! Small file systems of their own, each in an image file and mounted through a loop device: what has a plug to pull.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// An ext4 file system in a file.
pub(crate) struct Disk {
    folder: TempDir,
}

/// A mounted [`Disk`]. Dropping it unmounts, also when a test fails, and gives the loop device back.
pub(crate) struct Mounted {
    /// Who does that, as soon as its input ends: also when the tests are killed.
    keeper: Child,
}

/// Why this machine cannot mount images, if it cannot. Found out once, by mounting one.
pub(crate) fn no_disks() -> Option<&'static str> {
    static WHY: OnceLock<Option<String>> = OnceLock::new();
    WHY.get_or_init(|| {
        if !rustix::process::geteuid().is_root() {
            return Some("mounting needs root".to_owned());
        }
        let place = tempfile::tempdir().expect("a folder");
        let tried = Disk::try_new().and_then(|disk| disk.try_mount(place.path()));
        tried.err()
    })
    .as_deref()
}

impl Disk {
    /// An empty file system, where [`no_disks`] has no objection.
    pub(crate) fn new() -> Self {
        Self::try_new().expect("a file system")
    }

    fn try_new() -> Result<Self, String> {
        // In memory where there is such a place: what counts is what the loop device was given, not where it keeps it.
        let memory = Path::new("/dev/shm");
        let folder = tempfile::Builder::new()
            .prefix("gphotos-dl-disk-")
            .tempdir_in(memory)
            .or_else(|_| tempfile::tempdir())
            .map_err(|error| error.to_string())?;
        let disk = Self { folder };
        let file = fs::File::create(disk.image()).map_err(|error| error.to_string())?;
        file.set_len(SIZE).map_err(|error| error.to_string())?;
        let mut make = Command::new("mkfs.ext4");
        make.args(["-q", "-F", "-b", "1024", "-N", "4000", "-J", "size=4"]);
        // Nothing is written later in the background: a copy of the image is the same disk.
        make.args(["-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard"]);
        run(make.arg(disk.image()))?;
        Ok(disk)
    }

    /// The same file system once more. Must not be mounted.
    pub(crate) fn copy(&self) -> Self {
        let folder = self.folder.path().parent().unwrap_or(Path::new("/tmp"));
        let folder = tempfile::Builder::new()
            .prefix("gphotos-dl-disk-")
            .tempdir_in(folder)
            .expect("a folder");
        let copy = Self { folder };
        copy.become_copy_of(self);
        copy
    }

    /// Becomes as another one is. Neither may be mounted.
    pub(crate) fn become_copy_of(&self, other: &Self) {
        // A file of its own: whoever still has the old one mounted, in a namespace of theirs, does not write into this one.
        let _ = fs::remove_file(self.image());
        let mut copied = Command::new("cp");
        copied.args(["--sparse=always"]);
        run(copied.args([other.image(), self.image()])).expect("copied");
    }

    /// Mounts it over a folder, whose own contents are out of sight meanwhile.
    pub(crate) fn mount(&self, at: &Path) -> Mounted {
        self.try_mount(at).expect("mounted")
    }

    fn try_mount(&self, at: &Path) -> Result<Mounted, String> {
        // `mount -o loop` would take a loop device that another namespace still has mounted, with all that it forgot.
        let mut attach = Command::new("losetup");
        let device = run(attach.args(["--find", "--show"]).arg(self.image()))?;
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, &device])
            .arg(self.folder.path())
            .stdin(Stdio::piped())
            .spawn();
        let mounted = Mounted {
            keeper: keeper.map_err(|error| error.to_string())?,
        };
        let mut mount = Command::new("mount");
        // The journal waits to be asked, instead of saving every 5 seconds what nobody has synced.
        mount.args(["-t", "ext4", "-o", "noatime,commit=600"]);
        run(mount.arg(&device).arg(at))?;
        Ok(mounted)
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }
}

/// Bytes; an image is sparse, so that it costs what is used of it.
const SIZE: u64 = 48 << 20;

/// Waits for a word or for the end of whoever would have said it; without the word, the disk is of no use any more. What is
/// mounted inside must go first, and somebody may be looking at it this moment, as indexers do.
const KEEPER: &str = r#"
    trap '' TERM INT HUP
    read -r word
    for try in 1 2 3 4 5 6 7 8 9; do
        umount "$0" 2>/dev/null && break
        grep -q "^$0 " /proc/mounts || break
        sleep 0.1
    done
    ! grep -q "^$0 " /proc/mounts || umount -l "$0"
    losetup --detach "$0" 2>/dev/null
    test "$word" || rm -r "$1"
"#;

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.stdin.take() {
            let _ = keeper.write_all(b"keep\n");
        }
        let _ = self.keeper.wait();
    }
}

/// What a command printed, or complained about.
fn run(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(format!("{name}: {}", text(&output.stderr)))
}
