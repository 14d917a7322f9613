//! Which faults are tried at which call.

use rustix::io::Errno;

use crate::support::{Action, Key};

/// How much of it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    Everything,
    /// Death at every call, and of the errors a share.
    Quick,
    /// At each call one of them, and of the many that write the index's log every third.
    Sample,
}

/// All that can happen at this call, or the share of it that is tried: `turn` counts the calls, and spreads the kinds over
/// them.
pub(super) fn at(key: &Key, turn: usize, effort: Effort) -> Vec<Action> {
    let call = key.call.as_str();
    let is_write = ["write", "pwrite", "writev"].contains(&call);
    let (often, rare) = ([Errno::NOSPC, Errno::IO], others(call));
    let full = effort == Effort::Everything;
    if effort == Effort::Sample {
        if key.path.ends_with("index.db-wal") && !turn.is_multiple_of(3) {
            return Vec::new();
        }
        return vec![match turn % 8 {
            1 | 5 if is_write => Action::Torn,
            2 => Action::Once(often[0]),
            4 => Action::Sticky(often[1]),
            6 => Action::Sticky(often[0]),
            7 if turn % 16 == 15 => Action::Once(rare[turn / 16 % rare.len()]),
            7 => Action::Once(often[1]),
            _ => Action::Kill,
        }];
    }
    let mut actions = vec![Action::Kill];
    if is_write {
        actions.push(Action::Torn);
    }
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
