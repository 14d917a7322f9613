//! Paging (`photos/library/guides/list`): a token says where to go on and for which parameters it was made.
//!
//! The position is an offset, so items that appear while a client pages shift the rest, as in a real library.

use hyper::StatusCode;

use crate::google::Google;
use crate::library::{Library, Oversize};
use crate::reply::Reply;
use crate::rules::Rule;

/// What a client said about paging.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging<'c> {
    pub(crate) size: Option<i64>,
    pub(crate) token: Option<&'c str>,
    /// `pageSize` when none is given, and the most that one may ask for.
    pub(crate) default: usize,
    pub(crate) max: usize,
}

/// The switches that paging asks, of whichever API.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a view of switches that are independent of each other"
)]
pub(crate) struct Habits {
    pub(crate) short_pages: Option<u32>,
    pub(crate) empty_pages: u32,
    pub(crate) repeat_boundary: bool,
    pub(crate) empty_last_page: bool,
    /// After the last item come empty pages with ever new tokens.
    pub(crate) endless: bool,
    pub(crate) page_token_seconds: Option<u64>,
    pub(crate) page_size_bound: bool,
    pub(crate) oversized_page: Oversize,
}

impl From<&Library> for Habits {
    fn from(library: &Library) -> Self {
        Self {
            short_pages: library.short_pages,
            empty_pages: library.empty_pages,
            repeat_boundary: library.repeat_boundary,
            empty_last_page: library.empty_last_page,
            endless: false,
            page_token_seconds: library.page_token_seconds,
            page_size_bound: library.page_size_bound,
            oversized_page: library.oversized_page,
        }
    }
}

/// One page of a list of positions.
#[derive(Debug)]
pub(crate) struct Page<'p> {
    pub(crate) positions: &'p [u32],
    pub(crate) next: Option<String>,
}

#[derive(Debug, Clone, Copy)]
struct Token {
    parameters: u64,
    offset: u32,
    /// Empty pages already shown at this offset.
    empties: u32,
    issued_ms: i64,
}

/// The page that `paging` asks for. `parameters` is a hash of everything else in the request.
pub(crate) fn turn<'p>(
    google: &Google,
    habits: Habits,
    paging: Paging<'_>,
    parameters: u64,
    all: &'p [u32],
) -> Result<Page<'p>, Reply> {
    let size = paging.size(habits)?;
    let parameters = if habits.page_size_bound {
        parameters ^ (size as u64).rotate_left(17)
    } else {
        parameters
    };
    let (offset, empties) = match paging.token {
        Some(token) => accept(google, habits, token, parameters)?,
        None => (0, 0),
    };
    let offset = (offset as usize).min(all.len());
    let token = |offset: usize, empties| {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        Some(
            Token {
                parameters,
                offset,
                empties,
                issued_ms: google.clock.now_ms(),
            }
            .seal(google),
        )
    };
    if offset < all.len() && empties < habits.empty_pages {
        return Ok(Page {
            positions: &[],
            next: token(offset, empties + 1),
        });
    }
    let take = habits
        .short_pages
        .map_or(size, |most| size.min(most as usize))
        .max(1);
    let start = if habits.repeat_boundary {
        offset.saturating_sub(1)
    } else {
        offset
    };
    let end = (start + take).max(offset + 1).min(all.len());
    let more = end < all.len() || (habits.empty_last_page && offset < all.len()) || habits.endless;
    Ok(Page {
        positions: &all[start.min(end)..end],
        next: if more { token(end, 0) } else { None },
    })
}

impl Paging<'_> {
    fn size(self, habits: Habits) -> Result<usize, Reply> {
        match self.size.unwrap_or(0) {
            0 => Ok(self.default),
            size if size < 0 => Err(Reply::bad_request("Page size must not be negative.")),
            size => match usize::try_from(size).unwrap_or(usize::MAX) {
                size if size <= self.max => Ok(size),
                _ if habits.oversized_page == Oversize::Coerce => Ok(self.max),
                _ => Err(Reply::bad_request(&format!(
                    "Page size must not be greater than {}.",
                    self.max
                ))),
            },
        }
    }
}

/// A query parameter that holds a number.
pub(crate) fn number(text: Option<&str>) -> Result<Option<i64>, Reply> {
    text.map(|text| {
        text.parse().map_err(|_| {
            Reply::bad_request(&format!(
                "Invalid value at 'page_size' (TYPE_INT32), \"{text}\""
            ))
        })
    })
    .transpose()
}

fn accept(
    google: &Google,
    habits: Habits,
    sealed: &str,
    parameters: u64,
) -> Result<(u32, u32), Reply> {
    let token = google
        .seal
        .open(sealed)
        .and_then(|inner| Token::read(&inner))
        .ok_or_else(|| Reply::bad_request("Invalid page token."))?;
    if token.parameters != parameters {
        google
            .offences
            .record(Rule::PageTokenParametersChanged, "page token".to_owned());
        return Err(Reply::error(
            StatusCode::BAD_REQUEST,
            "When using a page token, you must use the same parameters as the previous request.",
        ));
    }
    let age = u64::try_from(google.clock.now_ms() - token.issued_ms).unwrap_or(0);
    if habits
        .page_token_seconds
        .is_some_and(|life| age >= life * 1000)
    {
        return Err(Reply::bad_request("The page token has expired."));
    }
    Ok((token.offset, token.empties))
}

impl Token {
    fn seal(self, google: &Google) -> String {
        let mut inner = [0; 25];
        inner[0] = b'P';
        inner[1..9].copy_from_slice(&self.parameters.to_be_bytes());
        inner[9..13].copy_from_slice(&self.offset.to_be_bytes());
        inner[13..17].copy_from_slice(&self.empties.to_be_bytes());
        inner[17..].copy_from_slice(&self.issued_ms.to_be_bytes());
        google.seal.close(&inner)
    }

    fn read(inner: &[u8]) -> Option<Self> {
        (inner.len() == 25 && inner[0] == b'P').then_some(())?;
        Some(Self {
            parameters: u64::from_be_bytes(inner[1..9].try_into().ok()?),
            offset: u32::from_be_bytes(inner[9..13].try_into().ok()?),
            empties: u32::from_be_bytes(inner[13..17].try_into().ok()?),
            issued_ms: i64::from_be_bytes(inner[17..].try_into().ok()?),
        })
    }
}
