//! The `fields` parameter: an answer cut down to what its mask names (`photos/library/guides/access-media-items`).
//!
//! The syntax is that of all Google APIs: `a,b(c,d/e)`, with `*` for any name.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde_json::{Map, Value};

use crate::reply::Reply;

/// Names to keep, and what to keep below them. Nothing below: all of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Mask(BTreeMap<String, Mask>);

/// Errors are sent whole.
pub(crate) fn only(reply: Reply, fields: &str) -> Reply {
    if reply.status != StatusCode::OK {
        return reply;
    }
    let mut rest = fields;
    match (
        Mask::parse(&mut rest),
        serde_json::from_slice::<Value>(&reply.body),
    ) {
        (Some(mask), Ok(answer)) if rest.is_empty() => Reply {
            body: mask.apply(answer).to_string().into(),
            ..reply
        },
        _ => Reply::bad_request(&format!(
            "Request contains an invalid argument. Invalid field selection {fields}"
        )),
    }
}

impl Mask {
    /// Takes one list of names from the front of `rest`.
    fn parse(rest: &mut &str) -> Option<Self> {
        let mut mask = Self::default();
        loop {
            let (name, below) = Self::parse_one(rest)?;
            mask.0.entry(name).or_default().0.extend(below.0);
            match rest.strip_prefix(',') {
                Some(after) => *rest = after,
                None => return Some(mask),
            }
        }
    }

    fn parse_one(rest: &mut &str) -> Option<(String, Self)> {
        let end = rest.find([',', '(', ')', '/']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        *rest = after;
        if name.is_empty() {
            return None;
        }
        let mut below = Self::default();
        if let Some(after) = rest.strip_prefix('/') {
            *rest = after;
            let (name, mask) = Self::parse_one(rest)?;
            below.0.insert(name, mask);
        } else if let Some(after) = rest.strip_prefix('(') {
            *rest = after;
            below = Self::parse(rest)?;
            *rest = rest.strip_prefix(')')?;
        }
        Some((name.to_owned(), below))
    }

    fn apply(&self, value: Value) -> Value {
        if self.0.is_empty() {
            return value;
        }
        match value {
            Value::Array(values) => values.into_iter().map(|value| self.apply(value)).collect(),
            Value::Object(fields) => {
                let kept = fields.into_iter().filter_map(|(name, value)| {
                    let below = self.0.get(&name).or_else(|| self.0.get("*"))?;
                    Some((name, below.apply(value)))
                });
                Value::Object(kept.collect::<Map<_, _>>())
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn masked(fields: &str) -> Option<Value> {
        let answer = json!({ "a": [{ "b": 1, "c": { "d": 2, "e": 3 } }], "t": "x" });
        let mut rest = fields;
        Mask::parse(&mut rest)
            .filter(|_| rest.is_empty())
            .map(|mask| mask.apply(answer))
    }

    #[test]
    fn a_mask_keeps_what_it_names() {
        for (fields, expected) in [
            ("t", json!({ "t": "x" })),
            ("a/b,t", json!({ "a": [{ "b": 1 }], "t": "x" })),
            ("a(b,c/d)", json!({ "a": [{ "b": 1, "c": { "d": 2 } }] })),
            ("a/c", json!({ "a": [{ "c": { "d": 2, "e": 3 } }] })),
            (
                "*",
                json!({ "a": [{ "b": 1, "c": { "d": 2, "e": 3 } }], "t": "x" }),
            ),
            ("absent", json!({})),
        ] {
            assert_eq!(masked(fields), Some(expected), "{fields}");
        }
    }

    #[test]
    fn nonsense_is_no_mask() {
        for fields in ["", ",", "a(", "a)", "a(b", "a/", "a,,b"] {
            assert_eq!(masked(fields), None, "{fields}");
        }
    }
}
