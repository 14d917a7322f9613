//! `mediaItems:search` (`photos/library/reference/rest/v1/mediaItems/search`): what may be asked, and what may not be combined.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::call::Call;
use crate::google::Google;
use crate::library::dates::{Date, DateRange};
use crate::library::index::{self, MediaType, Selection};
use crate::library::items;
use crate::library::pages::Paging;
use crate::reply::Reply;
use crate::rules::Rule;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Request {
    album_id: Option<String>,
    #[serde(deserialize_with = "number_or_text")]
    page_size: Option<i64>,
    page_token: Option<String>,
    filters: Option<Filters>,
    order_by: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Filters {
    date_filter: Option<DateFilter>,
    content_filter: Option<ContentFilter>,
    media_type_filter: Option<MediaTypeFilter>,
    feature_filter: Option<FeatureFilter>,
    include_archived_media: bool,
    /// Without effect: the scope that is left shows app-created items only.
    #[serde(rename = "excludeNonAppCreatedData")]
    _exclude_non_app_created_data: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DateFilter {
    dates: Vec<Date>,
    ranges: Vec<DateRange>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct ContentFilter {
    included_content_categories: Vec<Category>,
    excluded_content_categories: Vec<Category>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Category {
    None,
    Landscapes,
    Receipts,
    Cityscapes,
    Landmarks,
    Selfies,
    People,
    Pets,
    Weddings,
    Birthdays,
    Documents,
    Travel,
    Animals,
    Food,
    Sport,
    Night,
    Performances,
    Whiteboards,
    Screenshots,
    Utility,
    Arts,
    Crafts,
    Fashion,
    Houses,
    Gardens,
    Flowers,
    Holidays,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct MediaTypeFilter {
    media_types: Vec<MediaTypeName>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum MediaTypeName {
    AllMedia,
    Video,
    Photo,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct FeatureFilter {
    included_features: Vec<Feature>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Feature {
    None,
    Favorites,
}

pub(crate) fn search(google: &Google, call: &Call) -> Result<Reply, Reply> {
    if !call
        .header("content-type")
        .is_some_and(|it| it.starts_with("application/json"))
    {
        google.offences.record(
            Rule::NotAnnouncedAsJson,
            format!("{} {}", call.method, call.path),
        );
    }
    let request = Request::read(&call.body)
        .map_err(|error| Reply::bad_request(&format!("Invalid JSON payload received. {error}")))?;
    let selection = request.selection()?;
    let token = request
        .page_token
        .as_deref()
        .filter(|token| !token.is_empty());
    items::listing(
        google,
        &selection,
        Paging {
            size: request.page_size,
            token,
            default: 25,
            max: 100,
        },
    )
}

impl Request {
    fn read(body: &[u8]) -> serde_json::Result<Self> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        // By way of an object, because a struct could be read from an array as well.
        serde_json::from_value(Value::Object(serde_json::from_slice(body)?))
    }

    fn selection(&self) -> Result<Selection, Reply> {
        let order = self.order_by.as_deref().filter(|order| !order.is_empty());
        if let Some(album) = self.album_id.as_deref().filter(|album| !album.is_empty()) {
            return match (&self.filters, order) {
                (None, None) => Ok(Selection::Album(album.to_owned())),
                _ => Err(Reply::bad_request(
                    "Album ID and filters cannot be set in the same request.",
                )),
            };
        }
        let nothing = Filters::default();
        let filters = self.filters.as_ref().unwrap_or(&nothing);
        let search = filters.search()?;
        let oldest_first = match order {
            None | Some("MediaMetadata.creation_time desc") => false,
            Some("MediaMetadata.creation_time") => true,
            Some(_) => return Err(Reply::bad_request("Invalid order_by field.")),
        };
        if order.is_some() {
            if search.dates.is_empty() {
                return Err(Reply::bad_request("Ordering requires a date filter."));
            }
            if filters.content_filter.is_some()
                || filters.media_type_filter.is_some()
                || filters.feature_filter.is_some()
            {
                return Err(Reply::bad_request(
                    "Ordering cannot be combined with other filters than the date filter.",
                ));
            }
        }
        Ok(Selection::Search(index::Search {
            oldest_first,
            ..search
        }))
    }
}

impl Filters {
    fn search(&self) -> Result<index::Search, Reply> {
        let mut dates = Vec::new();
        if let Some(filter) = &self.date_filter {
            if filter.dates.len() > 5 || filter.ranges.len() > 5 {
                return Err(Reply::bad_request(
                    "A date filter can have at most 5 dates and 5 date ranges.",
                ));
            }
            let rules = filter
                .dates
                .iter()
                .map(|date| date.rule())
                .chain(filter.ranges.iter().map(|range| range.rule()));
            dates = rules
                .collect::<Result<_, _>>()
                .map_err(|message| Reply::bad_request(&message))?;
        }
        let media = match self
            .media_type_filter
            .as_ref()
            .map_or(&[][..], |filter| &filter.media_types)
        {
            [] | [MediaTypeName::AllMedia] => MediaType::All,
            [MediaTypeName::Photo] => MediaType::Photo,
            [MediaTypeName::Video] => MediaType::Video,
            _ => {
                return Err(Reply::bad_request(
                    "A media type filter must have exactly one media type.",
                ));
            }
        };
        Ok(index::Search {
            dates,
            media,
            impossible: self.impossible()?,
            archived: self.include_archived_media,
            oldest_first: false,
        })
    }

    /// No simulated item has a content category or is a favourite.
    fn impossible(&self) -> Result<bool, Reply> {
        let mut impossible = false;
        if let Some(filter) = &self.content_filter {
            if filter.included_content_categories.len() > 10
                || filter.excluded_content_categories.len() > 10
            {
                return Err(Reply::bad_request(
                    "A content filter can have at most 10 included and 10 excluded categories.",
                ));
            }
            impossible |= filter
                .included_content_categories
                .iter()
                .any(|category| *category != Category::None);
        }
        if let Some(filter) = &self.feature_filter {
            impossible |= filter.included_features.contains(&Feature::Favorites);
        }
        Ok(impossible)
    }
}

/// Google's own samples write `"pageSize": "100"`; proto3 JSON accepts both.
fn number_or_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum NumberOrText {
        Number(i64),
        Text(String),
    }
    match Option::<NumberOrText>::deserialize(from)? {
        None => Ok(None),
        Some(NumberOrText::Number(number)) => Ok(Some(number)),
        Some(NumberOrText::Text(text)) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}
