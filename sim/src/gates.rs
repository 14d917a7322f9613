//! Requests that wait until a test lets them go: to look at a client in the middle of its work, however slow the machine is.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::route::Route;

#[derive(Debug, Default)]
pub(crate) struct Gates(Mutex<Vec<Gate>>);

#[derive(Debug)]
struct Gate {
    route: Route,
    /// How many have come to it.
    waiting: u64,
    open: watch::Sender<bool>,
}

impl Gates {
    /// Requests of this kind wait from now on.
    pub(crate) fn close(&self, route: Route) {
        let open = watch::Sender::new(false);
        let waiting = 0;
        self.with(|gates| {
            gates.push(Gate {
                route,
                waiting,
                open,
            });
        });
    }

    /// Those that wait go on, and later ones no longer wait.
    pub(crate) fn open(&self, route: Route) {
        self.with(|gates| {
            for gate in gates.extract_if(.., |gate| gate.route == route) {
                gate.open.send_replace(true);
            }
        });
    }

    pub(crate) fn waiting(&self, route: Route) -> u64 {
        self.with(|gates| {
            let of_route = gates.iter().filter(|gate| gate.route == route);
            of_route.map(|gate| gate.waiting).sum()
        })
    }

    /// Waits for as long as a request of this kind has to.
    pub(crate) async fn pass(&self, route: Route) {
        let gate = self.with(|gates| {
            let gate = gates.iter_mut().find(|gate| gate.route == route)?;
            gate.waiting += 1;
            Some(gate.open.subscribe())
        });
        if let Some(mut gate) = gate {
            // A gate that is gone holds nobody up.
            _ = gate.wait_for(|is_open| *is_open).await;
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<Gate>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
