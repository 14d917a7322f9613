//! What a test says to a running simulator about picking.

use std::collections::BTreeMap;

use crate::host::Host;
use crate::picker::done::press;
use crate::picker::sessions::Session;
use crate::picker::wire::time;
use crate::picker::{PickerSession, person};
use crate::sim::{Sim, Truth};

impl Sim {
    /// Picks these items (ids or filenames) in a session and presses Done, as a person does on its page. No items: Done
    /// with nothing.
    ///
    /// # Panics
    /// If there is no such session, if it is over or finished, if it does not allow so many items, or if there is no such
    /// item: a test that names something means something that exists.
    pub fn pick(&self, session: &str, items: &[&str]) {
        let ids: Vec<String> = {
            let stock = self.google.stock();
            let id = |name: &&str| match person::find(&stock.world, name) {
                Some(item) => item.id.clone(),
                None => panic!("the simulated library has no item {name:?}"),
            };
            items.iter().map(id).collect()
        };
        if let Err(refused) = press(&self.google, session, &ids) {
            panic!("session {session:?} does not take this: {refused:?}");
        }
    }

    /// Every picking session that was ever made, oldest first.
    pub fn sessions(&self) -> Vec<PickerSession> {
        let stock = self.google.stock();
        let sessions = self.google.sessions();
        let endpoint = self.google.endpoint(Host::Picker);
        let given = |id: &String| match stock.index().find(&stock.world, id) {
            Some(item) => stock.world.picker.id_of(item),
            None => id.clone(),
        };
        let snapshot = |session: &Session| PickerSession {
            id: session.id.clone(),
            picker_uri: session.uri(endpoint),
            max_items: session.max_items,
            expires: time(session.expires_ms),
            polls: session.polls,
            picked: session
                .picked
                .as_ref()
                .map(|ids| ids.iter().map(given).collect()),
            deleted: session.deleted,
        };
        sessions.all.iter().map(snapshot).collect()
    }

    /// Lets every session expire at this moment, without moving the clock.
    pub fn expire_sessions(&self) {
        let now = self.google.clock.now_ms();
        for session in &mut self.google.sessions().all {
            session.expires_ms = session.expires_ms.min(now);
        }
    }

    /// Sizes and hashes of what the Picker gives for everything that was ever picked, by the Picker's id. Makes all bytes
    /// once.
    pub fn picked_truth(&self) -> BTreeMap<String, Truth> {
        let items: BTreeMap<_, _> = {
            let stock = self.google.stock();
            let sessions = self.google.sessions();
            let picked = sessions.all.iter().filter_map(|it| it.picked.as_ref());
            picked
                .flatten()
                .filter_map(|id| stock.index().find(&stock.world, id))
                .map(|item| (stock.world.picker.id_of(item), item.clone()))
                .collect()
        };
        let truth = |(id, item): (String, crate::Item)| (id, Truth::of(&item));
        items.into_iter().map(truth).collect()
    }
}
