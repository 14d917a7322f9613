//! The Library API (`photos/library/reference/rest`): listing, searching and getting what the app created.
//!
//! [`Library`] holds the switches for what Google does without saying so, and for what nobody could verify. The calls
//! are one file each by noun: requests for items, albums, dates, pages; `index` is why none of them scans the library.

mod albums;
pub(crate) mod dates;
mod fields;
pub(crate) mod index;
mod items;
pub(crate) mod pages;
mod search;
pub(crate) mod wire;

use std::collections::HashSet;

use serde::Deserialize;

use crate::call::Call;
use crate::google::Google;
use crate::reply::Reply;
use crate::route::Route;

/// How the Library API behaves.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent switch that a scenario names"
)]
pub struct Library {
    /// `false`: what an ordinary account sees since 2025-03-31, because no item was created by the app. Default `true`.
    pub visible: bool,
    /// `false`: the API is not enabled in the project, every call is refused with `SERVICE_DISABLED`. Default `true`.
    pub enabled: bool,
    /// By whose midnight a date filter cuts. Unverified; default [`FilterZone::Utc`].
    pub filter_zone: FilterZone,
    /// At most so many items per page, whatever `pageSize` says. Default: none.
    pub short_pages: Option<u32>,
    /// So many empty pages with a token before every page with items. Default 0.
    pub empty_pages: u32,
    /// A page begins with the last item of the page before. Default `false`.
    pub repeat_boundary: bool,
    /// The last items come with a token, and the page behind it is `{}`. Default `false`.
    pub empty_last_page: bool,
    /// How long a page token works, by the simulated clock. Undocumented; default: for ever.
    pub page_token_seconds: Option<u64>,
    /// Whether `pageSize` counts as a parameter that must not change between pages. Unverified; default `false`.
    pub page_size_bound: bool,
    /// What happens to a `pageSize` above the maximum. Default [`Oversize::Coerce`].
    pub oversized_page: Oversize,
    /// Whether `mediaItems.list` returns archived items. Unverified; default `true`.
    pub list_archived: bool,
    /// Order of `mediaItemResults`. Unverified; default [`BatchOrder::AsAsked`].
    pub batch_order: BatchOrder,
    /// Ids that make a whole `batchGet` answer 500.
    pub poisoned: HashSet<String>,
    /// Whether a poisoned id spoils `mediaItems.get` too. Default `true`.
    pub poison_single: bool,
    /// Whether a 403 for a missing scope carries `details`, as other Google APIs do. Unverified; default `false`.
    pub scope_details: bool,
}

impl Default for Library {
    fn default() -> Self {
        Self {
            visible: true,
            enabled: true,
            filter_zone: FilterZone::Utc,
            short_pages: None,
            empty_pages: 0,
            repeat_boundary: false,
            empty_last_page: false,
            page_token_seconds: None,
            page_size_bound: false,
            oversized_page: Oversize::Coerce,
            list_archived: true,
            batch_order: BatchOrder::AsAsked,
            poisoned: HashSet::new(),
            poison_single: true,
            scope_details: false,
        }
    }
}

/// By whose midnight a date filter cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterZone {
    /// The date of `creationTime` as listed.
    Utc,
    /// The date on the camera, by each item's own offset.
    ItemLocal,
}

/// What happens to a `pageSize` above the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oversize {
    Coerce,
    Reject,
}

/// Order of `mediaItemResults`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchOrder {
    AsAsked,
    Reversed,
    ById,
}

/// Answers one call that is signed in and within its quota.
pub(crate) fn answer(google: &Google, call: &Call) -> Reply {
    let answered = match call.route {
        Route::Search => search::search(google, call),
        Route::List => items::list(google, call),
        Route::Get => items::get(google, call),
        Route::BatchGet => items::batch_get(google, call),
        Route::Albums => albums::list(google, call),
        _ => albums::get(google, call),
    };
    let reply = answered.unwrap_or_else(|refusal| refusal);
    match call.query("fields") {
        Some(fields) => fields::only(reply, fields),
        None => reply,
    }
}
