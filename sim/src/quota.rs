//! Quotas, and how Google says that one is used up (`photos/overview/api-limits-quotas`).
//!
//! API calls and loads of bytes are counted apart, and so are the two APIs: the Picker's limits are per minute only. The day's counters start again at midnight; whose midnight is not
//! documented, hence [`Midnight`]. Per-minute read limits exist but no number is published: off unless set.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use serde::Deserialize;

use crate::oauth::Api;
use crate::reply::Reply;
use crate::route::Route;

/// How many calls are allowed. `None`: no limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quota {
    /// Documented: 10,000.
    pub api_per_day: Option<u64>,
    /// Documented: 75,000.
    pub media_per_day: Option<u64>,
    /// Undocumented.
    pub api_per_minute: Option<u64>,
    /// Undocumented.
    pub media_per_minute: Option<u64>,
    /// Of the Picker API, which shares nothing with the Library's. Documented: 100,000.
    pub picker_api_per_minute: Option<u64>,
    /// Loads of picked items. Documented: 1,000,000.
    pub picker_media_per_minute: Option<u64>,
    /// Unverified; default [`Midnight::Pacific`].
    pub resets_at: Midnight,
    /// What an exhausted media quota looks like. Unverified; default [`MediaRefusal::Html`], like every other error of that host.
    pub media_refusal: MediaRefusal,
    /// `Retry-After` on per-minute refusals, in seconds. Undocumented and never reported; default none.
    pub retry_after_seconds: Option<u64>,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            api_per_day: Some(10_000),
            media_per_day: Some(75_000),
            api_per_minute: None,
            media_per_minute: None,
            picker_api_per_minute: Some(100_000),
            picker_media_per_minute: Some(1_000_000),
            resets_at: Midnight::Pacific,
            media_refusal: MediaRefusal::Html,
            retry_after_seconds: None,
        }
    }
}

/// When a new quota day begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Midnight {
    /// Pacific standard time, without summer time.
    Pacific,
    Utc,
}

/// The body of a 429 for bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaRefusal {
    Html,
    /// The body that the API sends.
    Json,
}

/// Which budget a call draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Budget {
    Api,
    Media,
    PickerApi,
    PickerMedia,
}

impl Budget {
    /// What a request to `route` draws on; where nothing is drawn on, what its refusal would look like.
    pub(crate) fn of(route: Route) -> Self {
        match route {
            Route::Bytes | Route::Download => Self::Media,
            Route::PickedBytes | Route::PickedDownload => Self::PickerMedia,
            Route::CreateSession | Route::GetSession | Route::DeleteSession | Route::ListPicked => {
                Self::PickerApi
            }
            _ => Self::Api,
        }
    }

    fn api(self) -> Api {
        match self {
            Self::Api | Self::Media => Api::Library,
            Self::PickerApi | Self::PickerMedia => Api::Picker,
        }
    }

    fn is_media(self) -> bool {
        matches!(self, Self::Media | Self::PickerMedia)
    }
}

/// How often each budget was drawn on in the current day and minute.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    api: Window,
    media: Window,
    picker_api: Window,
    picker_media: Window,
}

#[derive(Debug, Default)]
struct Window {
    day: NaiveDate,
    in_day: u64,
    minute: i64,
    in_minute: u64,
}

impl Quota {
    /// Counts one call and refuses it if it is one too many.
    pub(crate) fn draw(
        &self,
        budget: Budget,
        drawn: &mut Drawn,
        now: DateTime<Utc>,
    ) -> Result<(), Reply> {
        let (window, per_day, per_minute) = match budget {
            Budget::Api => (&mut drawn.api, self.api_per_day, self.api_per_minute),
            Budget::Media => (&mut drawn.media, self.media_per_day, self.media_per_minute),
            Budget::PickerApi => (&mut drawn.picker_api, None, self.picker_api_per_minute),
            Budget::PickerMedia => (&mut drawn.picker_media, None, self.picker_media_per_minute),
        };
        let (day, minute) = (self.day(now), now.timestamp().div_euclid(60));
        if window.day != day {
            (window.day, window.in_day) = (day, 0);
        }
        if window.minute != minute {
            (window.minute, window.in_minute) = (minute, 0);
        }
        if per_day.is_some_and(|limit| window.in_day >= limit) {
            return Err(self.refusal(budget, Limit::Day));
        }
        if per_minute.is_some_and(|limit| window.in_minute >= limit) {
            return Err(self.refusal(budget, Limit::Minute));
        }
        window.in_day += 1;
        window.in_minute += 1;
        Ok(())
    }

    /// The quota day of a moment.
    pub(crate) fn day(&self, now: DateTime<Utc>) -> NaiveDate {
        match (self.resets_at, FixedOffset::west_opt(8 * 3600)) {
            (Midnight::Pacific, Some(pacific)) => now.with_timezone(&pacific).date_naive(),
            _ => now.date_naive(),
        }
    }

    pub(crate) fn refusal(&self, budget: Budget, limit: Limit) -> Reply {
        let reply = if budget.is_media() && self.media_refusal == MediaRefusal::Html {
            Reply::html_error(StatusCode::TOO_MANY_REQUESTS)
        } else {
            let limit = match limit {
                Limit::Day => "All requests per day",
                Limit::Minute => "All requests per minute per user",
            };
            Reply::error(
                StatusCode::TOO_MANY_REQUESTS,
                &format!(
                    "Quota exceeded for quota metric 'All requests' and limit '{limit}' of service '{}' for consumer 'project_number:111'.",
                    budget.api().service()
                ),
            )
        };
        match self.retry_after_seconds.filter(|_| limit == Limit::Minute) {
            Some(seconds) => reply.with(RETRY_AFTER, &seconds.to_string()),
            None => reply,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Day,
    Minute,
}
