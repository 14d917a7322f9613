//! Small files that are replaced as a whole: whenever the power goes, the file is the old one or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner alone (0600), from the moment it exists.
    Owner,
    /// Whom the umask lets.
    Umask,
}

/// Puts `bytes` in place of whatever `path` holds.
pub(crate) fn replace(path: &Path, readers: Readers, bytes: &[u8]) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = folder.join(format!(".{name}.{}.new", std::process::id()));
    sweep(path);
    let result = write(&new, readers, bytes)
        .and_then(|()| fs::rename(&new, path))
        .and_then(|()| File::open(folder)?.sync_all());
    if result.is_err() {
        let _ = fs::remove_file(&new);
    }
    result
}

/// Removes what a process that was killed while it replaced `path` has left beside it. Only names of our own pattern and
/// regular files; not those of a process that may still be at it.
pub(crate) fn sweep(path: &Path) {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Whatever cannot be looked at or removed is no reason not to go on: it is only untidy.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let maker = entry.file_name().to_str().and_then(|found| {
            let number = found
                .strip_prefix(&format!(".{name}."))?
                .strip_suffix(".new")?;
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            rustix::process::Pid::from_raw(number.parse().ok().filter(|_| digits)?)
        });
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if let Some(maker) = maker.filter(|_| is_file)
            && rustix::process::test_kill_process(maker) == Err(rustix::io::Errno::SRCH)
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Opens a regular file for reading: no link is followed, and no pipe is waited for.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(NO_WAIT)
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// The text of a small file; one of more than `most` bytes is none.
pub(crate) fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let mut text = String::new();
    let count = open_regular(path)?
        .take(most + 1)
        .read_to_string(&mut text)?;
    if count as u64 > most {
        let why = format!("it is larger than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok(text)
}

fn write(new: &Path, readers: Readers, bytes: &[u8]) -> io::Result<()> {
    // Left by a process of the same number that died; nobody else makes this name.
    let _ = fs::remove_file(new);
    let mode = if readers == Readers::Owner {
        0o600
    } else {
        0o666
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .custom_flags(NO_FOLLOW)
        .open(new)?;
    if readers == Readers::Owner {
        // A file system with its own ideas may have added bits.
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// For opening by path what must not be a link.
pub(crate) const NO_FOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
/// For opening by path what must not be a link and may turn out to be a pipe, which is not waited for.
pub(crate) const NO_WAIT: i32 = NO_FOLLOW | rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
