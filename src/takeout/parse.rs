//! JSON by its grammar alone, which allows any number and any depth: what no value can hold costs nothing but itself.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// The value of a text; `None` where it is no JSON.
pub(super) fn parse(bytes: &[u8]) -> Option<Value> {
    let text: &RawValue = serde_json::from_slice(bytes).ok()?;
    Some(held(text.get(), LEVELS))
}

/// Below so many, nothing of an export is of use to us: `people` is a list of objects with texts.
const LEVELS: u32 = 4;

/// Without what no value can hold, such as `1e999` and what is nested deeply: null stands in its place.
fn held(text: &str, levels: u32) -> Value {
    if let Ok(value) = serde_json::from_str(text) {
        return value;
    }
    if levels == 0 {
        return Value::Null;
    }
    let below = |text: &RawValue| held(text.get(), levels - 1);
    if let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) {
        let fields = fields.into_iter();
        return fields.map(|(name, text)| (name, below(text))).collect();
    }
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(items) => items.into_iter().map(below).collect(),
        Err(_) => Value::Null,
    }
}
