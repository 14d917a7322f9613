//! Answers in JSON that promise one thing and hold another.

use serde_json::{Value, json};

use crate::call::Call;
use crate::fault_kind::WrongJson;
use crate::reply::Reply;

/// The token that was sent comes back as the next one, for ever. The first page keeps its own.
pub(crate) fn same_page_token(call: &Call, reply: Reply) -> Reply {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let sent = call.query("pageToken").or(body["pageToken"].as_str());
    match sent {
        Some(token) => edit(reply, |answer| answer["nextPageToken"] = token.into()),
        None => reply,
    }
}

pub(crate) fn base_urls(reply: Reply, url: &str) -> Reply {
    edit(reply, |answer| replace(answer, url))
}

fn replace(value: &mut Value, url: &str) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "baseUrl" {
                    *value = url.into();
                } else {
                    replace(value, url);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, url)),
        _ => {}
    }
}

pub(crate) fn reshape(reply: Reply, wrong: WrongJson) -> Reply {
    match wrong {
        WrongJson::MediaItemsIsText => {
            edit(reply, |answer| answer["mediaItems"] = "none today".into())
        }
        WrongJson::MediaItemsIsNull => edit(reply, |answer| answer["mediaItems"] = Value::Null),
        WrongJson::ItemWithoutId => edit(reply, |answer| {
            if let Some(item) = first_item(answer).and_then(Value::as_object_mut) {
                item.remove("id");
            }
        }),
        WrongJson::NullItem => edit(reply, |answer| {
            if let Some(item) = first_item(answer) {
                *item = Value::Null;
            }
        }),
        WrongJson::IdIsNumber => edit(reply, |answer| {
            if let Some(item) = first_item(answer) {
                item["id"] = 7.into();
            }
        }),
        WrongJson::IdIsHalf => mark(reply, "/id", b"\\ud83d"),
        WrongJson::FilenameIsHalf => mark(reply, "/mediaFile/filename", b"\\ud83d"),
        WrongJson::FilenameIsNoText => mark(reply, "/mediaFile/filename", b"\xff"),
        WrongJson::TokenIsNumber => edit(reply, |answer| answer["nextPageToken"] = 7.into()),
        WrongJson::DuplicateKeys => {
            let body = String::from_utf8_lossy(&reply.body).into_owned();
            let fields = body.trim().trim_start_matches('{').trim_end_matches('}');
            with_body(reply, format!("{{{fields},{fields}}}"))
        }
        WrongJson::Deep { levels } => with_body(
            reply,
            format!(
                "{{\"mediaItems\":{}{}}}",
                "[".repeat(levels),
                "]".repeat(levels)
            ),
        ),
        WrongJson::Huge { bytes } => edit(reply, |answer| match first_item(answer) {
            Some(item) => item["description"] = "x".repeat(bytes).into(),
            None => {
                answer["mediaItems"] = json!([{ "id": "huge", "description": "x".repeat(bytes) }]);
            }
        }),
    }
}

/// Puts what no text may hold into the middle of a text of the first item.
fn mark(reply: Reply, pointer: &str, what: &[u8]) -> Reply {
    const HERE: &str = "~~here~~";
    let marked = edit(reply, |answer| {
        if let Some(text) = first_item(answer).and_then(|item| item.pointer_mut(pointer)) {
            *text = format!("{HERE}{}", text.as_str().unwrap_or_default()).into();
        }
    });
    let body = marked.body.clone();
    let Some(at) = body
        .windows(HERE.len())
        .position(|it| it == HERE.as_bytes())
    else {
        return marked;
    };
    let body = [&body[..at], what, &body[at + HERE.len()..]].concat();
    Reply {
        body: body.into(),
        ..marked
    }
}

/// Of a listing, of a `batchGet`, or the one item of a `get`.
fn first_item(answer: &mut Value) -> Option<&mut Value> {
    if answer.get("mediaItems").is_some() {
        return answer["mediaItems"].get_mut(0);
    }
    if answer.get("mediaItemResults").is_some() {
        return answer["mediaItemResults"].get_mut(0)?.get_mut("mediaItem");
    }
    answer.get("id").is_some().then_some(answer)
}

fn edit(reply: Reply, change: impl FnOnce(&mut Value)) -> Reply {
    match serde_json::from_slice::<Value>(&reply.body) {
        Ok(mut answer) if answer.is_object() => {
            change(&mut answer);
            with_body(reply, answer.to_string())
        }
        _ => reply,
    }
}

fn with_body(reply: Reply, body: String) -> Reply {
    Reply {
        body: body.into(),
        ..reply
    }
}
