//! Changes of the world at a certain request, for what must happen in the middle of a client's run.
//!
//! A client under test is a process of its own: nothing outside knows when it is between two pages. The server does.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::route::Route;
use crate::world::World;

type Change = Box<dyn FnOnce(&mut World) + Send>;

#[derive(Default)]
pub(crate) struct Hooks(Mutex<Vec<Hook>>);

struct Hook {
    route: Route,
    /// Requests until it is due.
    left: u32,
    change: Change,
}

impl Hooks {
    /// `nth` counts from now, the next request being the first.
    pub(crate) fn add(&self, route: Route, nth: u32, change: Change) {
        let hook = Hook {
            route,
            left: nth.max(1),
            change,
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(hook);
    }

    /// The changes that are due at this request.
    pub(crate) fn due(&self, route: Route) -> Vec<Change> {
        let mut hooks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for hook in hooks.iter_mut().filter(|hook| hook.route == route) {
            hook.left -= 1;
        }
        let due = hooks.extract_if(.., |hook| hook.left == 0);
        due.map(|hook| hook.change).collect()
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hooks").finish_non_exhaustive()
    }
}
