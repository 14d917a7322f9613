//! The Picker API (`photos/picker/reference/rest`): a person picks on a page, a client polls, lists, fetches and deletes.
//!
//! [`Picker`] holds the switches for what Google does without saying so, and for what nobody could verify. "Reference" in
//! this module is `google-photos-api.md`; each constant names its section.

mod bytes;
mod calls;
mod done;
mod handle;
mod list;
mod page;
mod person;
mod rules;
pub(crate) mod sessions;
mod wire;

use serde::Deserialize;

pub(crate) use bytes::{answer as bytes, foreign, item_of};
pub(crate) use page::answer as page;
pub use person::{Person, Pick};
pub use sessions::PickerSession;

use crate::call::Call;
use crate::content::splitmix::{hash, media_item_id};
use crate::google::Google;
use crate::item::Item;
use crate::library::Oversize;
use crate::library::pages::Habits;
use crate::reply::Reply;
use crate::route::Route;

/// How the Picker API behaves, and the person in front of its page.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent switch that a scenario names"
)]
pub struct Picker {
    /// Who picks. Default [`Person::AtThePage`].
    pub person: Person,
    /// `false`: the API is not enabled in the project, every call is refused with `SERVICE_DISABLED`. Default `true`.
    pub enabled: bool,
    /// `false`: the user has no active Google Photos account, so no session can be made (reference §5.2). Default `true`.
    pub has_account: bool,
    /// So many living sessions per user; one more is `RESOURCE_EXHAUSTED` (reference §5.2). The number is not published;
    /// default: no limit.
    pub max_sessions: Option<usize>,
    /// How long a session, its items and their URLs live. Undocumented, "7 days" by hearsay (reference §5.1); default
    /// 604,800.
    pub session_seconds: u64,
    /// `pollInterval`, word for word, so that it can be nonsense. The reference (§5.1, §5.2) gives only the form; default
    /// `5s`. `None`: left out.
    pub poll_interval: Option<String>,
    /// `timeoutIn` of a new session; it counts down to `0s` (reference §5.1 gives the meaning of `0s` only). The length is
    /// invented there too; default 1800. `None`: left out.
    pub timeout_seconds: Option<u64>,
    /// Whether `timeoutIn` counts down, or is the same at every poll until it is over. Unverified; default `true`.
    pub timeout_counts_down: bool,
    /// Whether `mediaItemsSet` is written out while it is `false`. Both are seen (reference §5.1); default `false`.
    pub writes_false: bool,
    /// How an unknown, deleted or expired session is refused. Unverified (reference §5.2); default [`Gone::NotFound`].
    pub gone: Gone,
    /// Whether Done without a selection is possible. Not documented; default `true`.
    pub empty_selection: bool,
    /// Whether base URLs still work once their session has been deleted. Unverified (reference §5.2); default `false`.
    pub urls_survive_delete: bool,
    /// Status for bytes asked for without a token. Unverified, 401 or 403 (reference §4.2); default 403.
    pub no_token_status: u16,
    /// Status for bytes asked for with a token that is dead. Unverified (reference §4.2); default 401.
    pub dead_token_status: u16,
    /// Where downloads are redirected. Default [`Redirects::Videos`], as reported for the Library (reference §4.5).
    pub redirects: Redirects,
    /// Whether the second host wants the token as well. Unverified, a signed URL is expected (reference §4.2); default
    /// `false`.
    pub second_host_wants_token: bool,
    /// Whether ids are those of the Library API. Unverified (reference §5.3); default `true`.
    pub library_ids: bool,
    /// `false`: no item has a `filename`, as in the reference of 2024 (reference §5.3). Default `true`.
    pub filenames: bool,
    /// Where camera fields are. Sources disagree (reference §5.3); default [`CameraIn::Metadata`].
    pub camera: CameraIn,
    /// How numbers are written. Default [`Numbers::AsDocumented`].
    pub numbers: Numbers,
    /// Items carry `id` and `mediaFile.baseUrl` and nothing else, all that a client may require (reference §5.3).
    /// Default `false`.
    pub sparse: bool,
    /// As [`Library::short_pages`](crate::Library::short_pages). Default: none.
    pub short_pages: Option<u32>,
    /// So many pages without items but with a token before every page with items (reference §5.2). Default 0.
    pub empty_pages: u32,
    /// A page begins with the last item of the page before. Default `false`.
    pub repeat_boundary: bool,
    /// The last items come with a token, and the page behind it is `{}`. Default `false`.
    pub empty_last_page: bool,
    /// What comes after the last item. Default [`Endless::Never`].
    pub endless: Endless,
    /// Whoever picks may pick more than the session allows, which no Google does. Default `false`.
    pub overfull: bool,
    /// How long a page token works, by the simulated clock. Undocumented; default: for ever.
    pub page_token_seconds: Option<u64>,
    /// By which factor the clients under test shorten their waits: the rules about polling shorten the intervals as much.
    /// Default 1.
    pub waits: f64,
}

impl Default for Picker {
    fn default() -> Self {
        Self {
            person: Person::AtThePage,
            enabled: true,
            has_account: true,
            max_sessions: None,
            session_seconds: 7 * 24 * 3600,
            poll_interval: Some("5s".to_owned()),
            timeout_seconds: Some(1800),
            timeout_counts_down: true,
            writes_false: false,
            gone: Gone::NotFound,
            empty_selection: true,
            urls_survive_delete: false,
            no_token_status: 403,
            dead_token_status: 401,
            redirects: Redirects::Videos,
            second_host_wants_token: false,
            library_ids: true,
            filenames: true,
            camera: CameraIn::Metadata,
            numbers: Numbers::AsDocumented,
            sparse: false,
            short_pages: None,
            empty_pages: 0,
            repeat_boundary: false,
            empty_last_page: false,
            endless: Endless::Never,
            overfull: false,
            page_token_seconds: None,
            waits: 1.0,
        }
    }
}

/// How a session that is not there is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// 404 `NOT_FOUND`.
    NotFound,
    /// 400 `INVALID_ARGUMENT`.
    InvalidArgument,
    /// 400 `FAILED_PRECONDITION`, which also means that the person has not finished.
    FailedPrecondition,
}

/// How a list goes on after its last item, each page with a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endless {
    /// Not at all.
    Never,
    /// With pages without items, for ever.
    Empty,
    /// With the same items from the first one on, again and again.
    Again,
    /// With the same again, each time under ids that nobody has seen.
    Fresh,
}

/// Where downloads of picked items are redirected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redirects {
    /// Nowhere.
    Never,
    /// Videos, to the second host.
    Videos,
    /// Everything, to another address of the same host, which wants the token again.
    SameHost,
    /// Everything, to the second host.
    SecondHost,
    /// Everything, to a host that is not Google's.
    Foreign,
}

/// Where `cameraMake` and `cameraModel` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CameraIn {
    /// On `mediaFileMetadata`, as the reference pages say.
    Metadata,
    /// Inside `photoMetadata` or `videoMetadata`, as a client reads them.
    Kind,
    Nowhere,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbers {
    /// `width` and `height` are numbers, `maxItemCount` is a string (reference §5.1, §5.3).
    AsDocumented,
    Strings,
    Numbers,
}

impl Picker {
    /// The id under which the Picker gives an item.
    pub(crate) fn id_of(&self, item: &Item) -> String {
        if self.library_ids {
            item.id.clone()
        } else {
            media_item_id(hash(0, &format!("picked {}", item.id)))
        }
    }
}

impl From<&Picker> for Habits {
    fn from(picker: &Picker) -> Self {
        Self {
            short_pages: picker.short_pages,
            empty_pages: picker.empty_pages,
            repeat_boundary: picker.repeat_boundary,
            empty_last_page: picker.empty_last_page,
            endless: picker.endless == Endless::Empty,
            page_token_seconds: picker.page_token_seconds,
            page_size_bound: false,
            // Reference §5.2.
            oversized_page: Oversize::Coerce,
        }
    }
}

/// Answers one call that is signed in and within its quota.
pub(crate) fn answer(google: &Google, call: &Call) -> Reply {
    let answered = match call.route {
        Route::CreateSession => calls::create(google, call),
        Route::GetSession => calls::get(google, call),
        Route::DeleteSession => calls::delete(google, call),
        _ => list::list(google, call),
    };
    answered.unwrap_or_else(|refusal| refusal)
}
