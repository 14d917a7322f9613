//! What `status` says of the sign-ins.

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};

use crate::auth::Purpose;
use crate::auth::health::{Health, State};
use crate::ui::status::day;
use crate::ui::{Ui, counted, escape};

pub(super) fn write(text: &mut String, ui: Ui, tokens: &[Health], now: DateTime<Utc>) {
    let _ = writeln!(text, "{}", ui.bold("Sign-in"));
    for token in tokens {
        write_one(text, ui, token, now);
    }
}

fn write_one(text: &mut String, ui: Ui, token: &Health, now: DateTime<Utc>) {
    let file = escape(&token.file);
    let state = match token.state {
        State::SignedIn => ui.green("signed in"),
        State::Absent => format!("not signed in: `{}`", token.purpose.login()),
        State::Unreadable => ui.red("cannot be read"),
        State::Damaged => ui.red("damaged"),
        State::Expired => ui.red("expired"),
        State::Refused => format!("{}, signed in", ui.red("refused")),
    };
    let what = match token.purpose {
        Purpose::Library => "library, for `sync`:",
        Purpose::Picker => "picker, for `pick`:",
    };
    let _ = write!(text, "  {what:<20} {state}");
    if let Some(since) = token.signed_in_at {
        let age = (now - since).max(TimeDelta::zero()).num_days();
        let age = match age {
            0 => "today".to_owned(),
            _ => format!("{} ago", counted(age, "day")),
        };
        let _ = write!(text, " on {}, {age}", day(since));
    }
    let _ = writeln!(text, " ({file})");
    for warning in &token.warnings {
        let _ = writeln!(text, "    {} {}", ui.yellow("warning"), escape(warning));
    }
}
