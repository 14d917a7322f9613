//! The one place that reads the time and the one that waits, so that a test can move the first and shorten the second.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// The time of day, and waiting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    offset: TimeDelta,
    waits: f64,
    batch: Option<usize>,
}

impl Clock {
    /// The machine's own clock.
    pub(crate) const SYSTEM: Self = Self {
        offset: TimeDelta::zero(),
        waits: 1.0,
        batch: None,
    };

    /// A clock for tests, written `offset=SECONDS,waits=FACTOR` (either may be left out): *now* is moved by the offset,
    /// and waits between attempts are multiplied by the factor. `batch=COUNT` lets things wait for so many of their kind and
    /// for no time, so that a few files are several commits, the same ones on a slow machine as on a fast one. Socket
    /// deadlines are never changed.
    pub(crate) fn for_test(text: &str) -> Option<Self> {
        let mut clock = Self::SYSTEM;
        for part in text.split(',').filter(|part| !part.is_empty()) {
            match part.split_once('=')? {
                ("offset", seconds) => {
                    clock.offset = TimeDelta::try_seconds(seconds.parse().ok()?)?;
                }
                ("waits", factor) => {
                    clock.waits = factor
                        .parse()
                        .ok()
                        .filter(|factor| (0.0..=1.0).contains(factor))?;
                }
                ("batch", count) => {
                    clock.batch = Some(count.parse().ok().filter(|count| *count > 0)?);
                }
                _ => return None,
            }
        }
        Some(clock)
    }

    pub(crate) fn now(self) -> DateTime<Utc> {
        Utc::now() + self.offset
    }

    /// A wait between attempts as this clock has it.
    pub(crate) fn wait(self, wait: Duration) -> Duration {
        wait.mul_f64(self.waits)
    }

    /// How many of a kind are waited for, as this clock has it.
    pub(crate) fn batch(self, count: usize) -> usize {
        self.batch.map_or(count, |batch| batch.min(count))
    }

    /// How long they are waited for; none: until they are there, or nothing comes any more.
    pub(crate) fn batch_age(self, age: Duration) -> Option<Duration> {
        self.batch.is_none().then_some(age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_clock_moves_now_and_shortens_waits() {
        let clock = Clock::for_test("offset=-86400,waits=0.01").expect("a clock");
        assert!(clock.now() < Utc::now() - TimeDelta::hours(23));
        assert_eq!(
            clock.wait(Duration::from_secs(30)),
            Duration::from_millis(300)
        );
        let clock = Clock::for_test("batch=8").expect("a clock");
        assert_eq!((clock.batch(64), Clock::SYSTEM.batch(64)), (8, 64));
        let age = Duration::from_secs(2);
        assert_eq!(
            (clock.batch_age(age), Clock::SYSTEM.batch_age(age)),
            (None, Some(age))
        );
        for bad in [
            "batch=0", "offset", "offset=x", "waits=2", "waits=-1", "speed=3",
        ] {
            assert!(Clock::for_test(bad).is_none(), "{bad}");
        }
    }
}
