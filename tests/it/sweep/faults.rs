//! Which faults are tried at which call.

use rustix::io::Errno;

use crate::support::{Action, Key};

/// All that can happen at this call, or the share of it that a quick sweep tries: `turn` counts the calls, and spreads the
/// kinds over them.
pub(super) fn at(key: &Key, turn: usize, full: bool) -> Vec<Action> {
    let call = key.call.as_str();
    let mut actions = vec![Action::Kill];
    if ["write", "pwrite", "writev"].contains(&call) {
        actions.push(Action::Torn);
    }
    let (often, rare) = ([Errno::NOSPC, Errno::IO], others(call));
    if full {
        for error in often.iter().chain(rare) {
            actions.push(Action::Once(*error));
            if *error != Errno::INTR {
                actions.push(Action::Sticky(*error));
            }
        }
    } else if turn.is_multiple_of(2) {
        actions.extend([Action::Once(often[0]), Action::Sticky(often[1])]);
    } else {
        actions.extend([Action::Sticky(often[0]), Action::Once(often[1])]);
    }
    if !full && turn.is_multiple_of(4) {
        let error = rare[turn / 4 % rare.len()];
        let is_once = error == Errno::INTR || turn.is_multiple_of(8);
        actions.push(if is_once {
            Action::Once(error)
        } else {
            Action::Sticky(error)
        });
    }
    actions
}

/// What a call can return besides ENOSPC and EIO. EINTR is not for ever: a signal comes once.
fn others(call: &str) -> &'static [Errno] {
    match call {
        "open" => &[
            Errno::MFILE,
            Errno::ROFS,
            Errno::DQUOT,
            Errno::PERM,
            Errno::INTR,
        ],
        "write" | "pwrite" | "writev" => &[Errno::DQUOT, Errno::PERM, Errno::INTR, Errno::INVAL],
        "fsync" | "fdatasync" => &[Errno::INVAL, Errno::DQUOT, Errno::ROFS, Errno::INTR],
        "rename" | "link" => &[Errno::INVAL, Errno::PERM, Errno::ROFS, Errno::DQUOT],
        "mkdir" | "unlink" | "rmdir" | "symlink" => &[Errno::ROFS, Errno::PERM, Errno::DQUOT],
        "ftruncate" | "fallocate" => &[Errno::INVAL, Errno::PERM, Errno::INTR],
        _ => &[Errno::PERM, Errno::ROFS, Errno::INVAL],
    }
}
