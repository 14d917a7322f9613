//! Where and how often something goes wrong, as data; what goes wrong is a [`FaultKind`].
//!
//! A test builds faults in Rust, a scenario file states the same in JSON:
//! `{"on": {"path": "/lr/", "nth": 2, "times": 3}, "what": {"reset_after": {"bytes": 1000}}}`.
//! How a fault is carried out is the business of `sabotage`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Deserializer};

use crate::call::Call;
use crate::fault_kind::FaultKind;
use crate::route::Route;

/// One thing that goes wrong at certain requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    #[serde(default)]
    pub on: Matcher,
    pub what: FaultKind,
    #[serde(skip)]
    counts: Arc<Mutex<Counts>>,
}

/// Which requests a fault is for. Without any field: the next request.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
    /// How the path begins: `/v1/mediaItems:search`, `/lr/`, `/video-downloads/`, `/token`.
    pub path: Option<String>,
    /// One kind of call, where the beginning of a path says too little.
    pub route: Option<Route>,
    /// Id or filename of an item that the request is about (bytes, `get`, `batchGet`).
    pub item: Option<String>,
    /// How the path ends: `=d`, `=dv`.
    pub suffix: Option<String>,
    /// The first matching request that fails, counted from 1.
    pub nth: u32,
    /// How many fail from there on.
    pub times: Times,
    /// Count for each item by itself: "the first load of every photo".
    pub each_item: bool,
}

/// How often a fault takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    Exactly(u32),
    /// In JSON: `"always"`.
    Always,
}

/// An item that a request is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'s> {
    pub(crate) id: &'s str,
    pub(crate) filename: Option<&'s str>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Matching requests so far; by item id if the fault counts so, else under the empty id.
    seen: HashMap<String, u32>,
    fired: u32,
}

impl Fault {
    /// At the next request, once. Narrow it down with the builders.
    pub fn new(what: FaultKind) -> Self {
        Self {
            on: Matcher::default(),
            what,
            counts: Arc::default(),
        }
    }

    #[must_use]
    pub fn path(mut self, prefix: &str) -> Self {
        self.on.path = Some(prefix.to_owned());
        self
    }

    #[must_use]
    pub fn route(mut self, route: Route) -> Self {
        self.on.route = Some(route);
        self
    }

    #[must_use]
    pub fn item(mut self, id_or_filename: &str) -> Self {
        self.on.item = Some(id_or_filename.to_owned());
        self
    }

    #[must_use]
    pub fn suffix(mut self, suffix: &str) -> Self {
        self.on.suffix = Some(suffix.to_owned());
        self
    }

    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.on.nth = nth;
        self
    }

    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.on.times = Times::Exactly(times);
        self
    }

    #[must_use]
    pub fn always(mut self) -> Self {
        self.on.times = Times::Always;
        self
    }

    #[must_use]
    pub fn each_item(mut self) -> Self {
        self.on.each_item = true;
        self
    }

    /// How often it took effect. A clone shares the count, so a test can keep one.
    pub fn fired(&self) -> u32 {
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fired
    }

    /// Counts a matching request and says whether it is one that fails.
    pub(crate) fn is_due(&self, call: &Call, items: &[Subject<'_>]) -> bool {
        let on = &self.on;
        let about = |wanted: &String| {
            items
                .iter()
                .any(|item| item.id == wanted || item.filename == Some(wanted))
        };
        let matches = on
            .path
            .as_ref()
            .is_none_or(|prefix| call.path.starts_with(prefix.as_str()))
            && on
                .suffix
                .as_ref()
                .is_none_or(|suffix| call.path.ends_with(suffix.as_str()))
            && on.route.is_none_or(|route| call.route == route)
            && on.item.as_ref().is_none_or(about);
        if !matches {
            return false;
        }
        let counted = items
            .first()
            .filter(|_| on.each_item)
            .map_or("", |item| item.id);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = counts.seen.entry(counted.to_owned()).or_default();
        *seen += 1;
        let due = match on.times {
            Times::Always => *seen >= on.nth,
            Times::Exactly(times) => (on.nth..on.nth.saturating_add(times)).contains(seen),
        };
        counts.fired += u32::from(due);
        due
    }
}

impl Default for Matcher {
    fn default() -> Self {
        Self {
            path: None,
            route: None,
            item: None,
            suffix: None,
            nth: 1,
            times: Times::Exactly(1),
            each_item: false,
        }
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Spelling {
            Number(u32),
            Word(String),
        }
        match Spelling::deserialize(from)? {
            Spelling::Number(times) => Ok(Self::Exactly(times)),
            Spelling::Word(word) if word == "always" => Ok(Self::Always),
            Spelling::Word(word) => Err(serde::de::Error::custom(format!(
                "{word:?} is neither a number nor \"always\""
            ))),
        }
    }
}
