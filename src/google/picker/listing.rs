//! The answer of `mediaItems.list`, read element by element: one that makes no sense is named and passed over, and spoils
//! no other (<https://developers.google.com/photos/picker/reference/rest/v1/mediaItems/list>).

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::google::picker::item::PickedItem;
use crate::google::{Page, Unusable};

/// One page. Nothing left, or nothing selected, is `{}`; a list that is null is taken for that.
#[derive(Debug, Deserialize)]
#[serde(try_from = "AnyListing")]
pub(super) struct Listing {
    items: Vec<Value>,
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnyListing {
    #[serde(default)]
    media_items: Option<Vec<Value>>,
    #[serde(default)]
    next_page_token: Value,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl TryFrom<AnyListing> for Listing {
    type Error = String;

    /// An object with other things only, such as an error under status 200, is no listing at all.
    fn try_from(any: AnyListing) -> Result<Self, String> {
        let items = any.media_items.unwrap_or_default();
        let next = match any.next_page_token {
            Value::Null => None,
            Value::String(token) => Some(token).filter(|token| !token.is_empty()),
            Value::Number(token) => Some(token.to_string()),
            _ => return Err("a page token is neither text nor number".to_owned()),
        };
        match any.others.keys().next() {
            Some(key) if items.is_empty() && next.is_none() => {
                Err(format!("a listing has no {key:?}"))
            }
            _ => Ok(Self { items, next }),
        }
    }
}

impl Listing {
    pub(super) fn read(self, now: DateTime<Utc>) -> Page {
        let (mut items, mut unusable) = (Vec::new(), Vec::new());
        for (index, element) in self.items.into_iter().enumerate() {
            let name = name(&element);
            let read = serde_json::from_value::<PickedItem>(element);
            match read
                .map_err(|_| "it is no item")
                .and_then(|item| item.into_item(now))
            {
                Ok(item) => items.push(item),
                Err(why) => unusable.push(Unusable {
                    position: index + 1,
                    name,
                    why,
                }),
            }
        }
        Page {
            items,
            next: self.next,
            unusable,
        }
    }
}

/// What a person may know an element by.
fn name(element: &Value) -> Option<String> {
    let name = element.pointer("/mediaFile/filename")?.as_str()?;
    Some(name.chars().take(LONGEST_NAME).collect())
}

/// As many characters of a name as a line has room for.
const LONGEST_NAME: usize = 80;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: Value) -> Option<Page> {
        let listing: Listing = serde_json::from_value(json).ok()?;
        Some(listing.read(Utc::now()))
    }

    #[test]
    fn a_bad_element_is_named_and_spoils_no_other() {
        let page = read(json!({ "mediaItems": [
            { "id": "A" }, null, "text", { "id": 7, "mediaFile": { "filename": "seven.jpg" } }, { "id": "" }, {},
            { "id": "x".repeat(2000) }, { "id": "a\u{fffd}b" }, { "id": "B" },
        ] }))
        .expect("a page");
        let ids: Vec<_> = page.items.iter().map(|item| item.id.0.as_str()).collect();
        assert_eq!(ids, ["A", "B"]);
        let odd: Vec<_> = page
            .unusable
            .iter()
            .map(|it| (it.position, it.why))
            .collect();
        assert_eq!(
            odd,
            [
                (2, "it is no item"),
                (3, "it is no item"),
                (4, "its id is no text"),
                (5, "it has no id"),
                (6, "it has no id"),
                (7, "its id is too long"),
                (8, "its id cannot be read"),
            ]
        );
        assert_eq!(page.unusable[2].name.as_deref(), Some("seven.jpg"));
    }

    #[test]
    fn nothing_is_an_empty_page_and_something_else_is_none() {
        for blank in [
            json!({}),
            json!({ "mediaItems": null }),
            json!({ "mediaItems": [], "nextPageToken": "" }),
            json!({ "mediaItems": null, "nextPageToken": null }),
        ] {
            let page = read(blank).expect("a page");
            assert!(page.items.is_empty() && page.next.is_none());
        }
        let next =
            |token: Value| read(json!({ "nextPageToken": token })).and_then(|page| page.next);
        assert_eq!(next(json!("t")).as_deref(), Some("t"));
        assert_eq!(next(json!(7)).as_deref(), Some("7"));
        for other in [
            json!({ "error": { "code": 500 } }),
            json!({ "mediaItems": "none today" }),
            json!({ "mediaItems": {} }),
            json!({ "nextPageToken": true }),
        ] {
            assert!(read(other.clone()).is_none(), "{other}");
        }
    }
}
