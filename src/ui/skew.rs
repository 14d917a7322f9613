//! A machine whose clock is wrong, by what Google says of the time.

use chrono::TimeDelta;
use indicatif::HumanDuration;

/// Less is what clocks without a time server come to. It is also far less than moves the day with which a run without
/// `--until` ends, or the hour for which a sign-in lasts: whoever hears of it has time to put it right.
const LEAST: TimeDelta = TimeDelta::minutes(5);

/// That this machine's clock is off, where it is by so much that somebody should know.
pub(crate) fn skew(ahead: TimeDelta) -> Option<String> {
    if !is_off(ahead) {
        return None;
    }
    let by = HumanDuration(ahead.abs().to_std().unwrap_or_default());
    let side = if ahead < TimeDelta::zero() {
        "behind"
    } else {
        "ahead of"
    };
    Some(format!(
        "this machine's clock is {by} {side} Google's; put it right, or the times that are written down are wrong"
    ))
}

/// Seconds by which it is ahead, where it is off.
pub(crate) fn seconds(ahead: TimeDelta) -> Option<i64> {
    is_off(ahead).then(|| ahead.num_seconds())
}

fn is_off(ahead: TimeDelta) -> bool {
    ahead.abs() > LEAST
}
