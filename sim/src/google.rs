//! The simulated Google itself: the world, the time, the tokens it has issued, and one door for every request.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use hyper::StatusCode;

use crate::call::Call;
use crate::clock::Clock;
use crate::fault::Subject;
use crate::fault_kind::FaultKind;
use crate::gates::Gates;
use crate::hooks::Hooks;
use crate::host::{Endpoints, Host};
use crate::library::index::Index;
use crate::media::Ticket;
use crate::oauth::{Api, Grants};
use crate::picker::sessions::Sessions;
use crate::quota::{Budget, Drawn};
use crate::reply::Reply;
use crate::route::Route;
use crate::rules::{Offences, Rule};
use crate::sabotage::{Delivery, deliver};
use crate::seal::Seal;
use crate::stats::Counters;
use crate::world::World;
use crate::{library, media, oauth, picker};

#[derive(Debug)]
pub(crate) struct Google {
    stock: RwLock<Stock>,
    pub(crate) clock: Clock,
    pub(crate) seal: Seal,
    pub(crate) counters: Counters,
    pub(crate) offences: Offences,
    pub(crate) grants: Mutex<Grants>,
    pub(crate) hooks: Hooks,
    pub(crate) gates: Gates,
    drawn: Mutex<Drawn>,
    sessions: Mutex<Sessions>,
    endpoints: Endpoints,
}

/// The world and what is derived from it.
#[derive(Debug)]
pub(crate) struct Stock {
    pub(crate) world: World,
    index: OnceLock<Index>,
}

impl Stock {
    pub(crate) fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(&self.world))
    }
}

impl Google {
    pub(crate) fn new(world: World, endpoints: Endpoints) -> Self {
        Self {
            clock: Clock::starting_at(world.now),
            stock: RwLock::new(Stock {
                world,
                index: OnceLock::new(),
            }),
            seal: Seal::default(),
            counters: Counters::default(),
            offences: Offences::default(),
            grants: Mutex::default(),
            hooks: Hooks::default(),
            gates: Gates::default(),
            drawn: Mutex::default(),
            sessions: Mutex::default(),
            endpoints,
        }
    }

    pub(crate) fn stock(&self) -> RwLockReadGuard<'_, Stock> {
        self.stock.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Taken after `stock` where both are held.
    pub(crate) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn endpoint(&self, host: Host) -> &str {
        self.endpoints.of(host)
    }

    /// Whatever changes, the index is made anew at the next request.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut stock = self.stock.write().unwrap_or_else(PoisonError::into_inner);
        stock.index.take();
        change(&mut stock.world)
    }

    pub(crate) fn base_url(&self, id: &str) -> String {
        media::base_url(self, id)
    }

    /// From a request to what is sent, waiting included.
    pub(crate) async fn answer(self: &Arc<Self>, call: Call) -> Delivery {
        self.note_offences(&call);
        self.note_bytes(&call);
        self.gates.pass(call.route).await;
        for change in self.hooks.due(call.route) {
            self.change(change);
        }
        let latency = Duration::from_millis(self.stock().world.network.latency_ms);
        let fault = self.fault(&call);
        if fault.is_some() {
            self.counters.change(|stats| stats.faults += 1);
        }
        let delivery = deliver(self, &call, fault.as_ref());
        let delay = latency + delivery.delay();
        self.counters.answered(call.route, delivery.status());
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        delivery
    }

    /// The honest answer.
    pub(crate) fn handle(self: &Arc<Self>, call: &Call) -> Reply {
        match call.route {
            Route::Unknown => Reply::html_error(StatusCode::NOT_FOUND),
            Route::Authorize | Route::Approve | Route::Token | Route::Revoke => {
                oauth::answer(self, call)
            }
            Route::Bytes => self
                .draw(Budget::Media)
                .map_or_else(|refusal| refusal, |()| media::answer(self, call)),
            // The load was counted where it was redirected.
            Route::Download => media::answer(self, call),
            Route::PickedBytes => self
                .draw(Budget::PickerMedia)
                .map_or_else(|refusal| refusal, |()| picker::bytes(self, call)),
            Route::PickedDownload => picker::bytes(self, call),
            Route::PickerPage | Route::PickerDone | Route::PickerPreview => {
                picker::page(self, call)
            }
            Route::Foreign => picker::foreign(),
            Route::CreateSession | Route::GetSession | Route::DeleteSession | Route::ListPicked => {
                self.admit(call, Api::Picker)
                    .map_or_else(|refusal| refusal, |()| picker::answer(self, call))
            }
            Route::Search
            | Route::List
            | Route::Get
            | Route::BatchGet
            | Route::Albums
            | Route::Album => self
                .admit(call, Api::Library)
                .map_or_else(|refusal| refusal, |()| library::answer(self, call)),
        }
    }

    fn admit(&self, call: &Call, api: Api) -> Result<(), Reply> {
        oauth::authorise(self, call, api).and_then(|()| self.draw(Budget::of(call.route)))
    }

    fn draw(&self, budget: Budget) -> Result<(), Reply> {
        let now = self.clock.now();
        let stock = self.stock();
        let quota = &stock.world.quota;
        let day = quota.day(now);
        self.counters.change(|stats| match budget {
            Budget::Api => *stats.api_calls.entry(day).or_default() += 1,
            Budget::Media => *stats.media_calls.entry(day).or_default() += 1,
            Budget::PickerApi => stats.picker_calls += 1,
            Budget::PickerMedia => stats.picker_media_calls += 1,
        });
        quota.draw(
            budget,
            &mut self.drawn.lock().unwrap_or_else(PoisonError::into_inner),
            now,
        )
    }

    /// The first fault that is due at this request.
    fn fault(&self, call: &Call) -> Option<FaultKind> {
        let stock = self.stock();
        if stock.world.faults.is_empty() {
            return None;
        }
        let items = self.subjects(&stock, call);
        stock
            .world
            .faults
            .iter()
            .find(|fault| fault.is_due(call, &items))
            .map(|fault| fault.what.clone())
    }

    /// The items that a request is about.
    fn subjects<'s>(&self, stock: &'s Stock, call: &Call) -> Vec<Subject<'s>> {
        let world = &stock.world;
        let find = |id: &str| stock.index().find(world, id);
        let items: Vec<_> = match call.route {
            Route::Get => find(&call.rest).into_iter().collect(),
            Route::BatchGet => call
                .query
                .iter()
                .filter(|(key, _)| key == "mediaItemIds")
                .filter_map(|(_, id)| find(id))
                .collect(),
            _ if call.route.is_media() => {
                let found = self
                    .ticketed(call)
                    .and_then(|item| stock.index().find_hashed(world, item));
                found.into_iter().collect()
            }
            _ => Vec::new(),
        };
        items
            .into_iter()
            .map(|item| Subject {
                id: &item.id,
                filename: item.filename.as_deref(),
            })
            .collect()
    }

    /// Counted before anything goes wrong: a load that fails is one as well.
    fn note_bytes(&self, call: &Call) {
        if !call.route.is_media() {
            return;
        }
        let Some(item) = self.ticketed(call) else {
            return;
        };
        let stock = self.stock();
        if let Some(item) = stock.index().find_hashed(&stock.world, item) {
            let suffix = match call.host {
                Host::Downloads => "redirected",
                _ => call.rest.find('=').map_or("", |at| &call.rest[at..]),
            };
            let picked = matches!(call.route, Route::PickedBytes | Route::PickedDownload);
            if picked {
                let id = stock.world.picker.id_of(item);
                self.counters.asked_for_bytes(true, &id, suffix);
            } else {
                self.counters.asked_for_bytes(false, &item.id, suffix);
            }
        }
    }

    /// The hash of the item whose bytes a request is about.
    fn ticketed(&self, call: &Call) -> Option<u64> {
        match call.route {
            Route::PickedBytes | Route::PickedDownload => picker::item_of(self, call),
            _ => Ticket::of(self, call).0.map(|ticket| ticket.item),
        }
    }

    fn note_offences(&self, call: &Call) {
        let credential =
            call.headers.contains_key("authorization") || call.headers.contains_key("cookie");
        let in_url = [
            "access_token",
            "refresh_token",
            "client_secret",
            "oauth_token",
        ]
        .iter()
        .any(|name| call.query(name).is_some());
        if call.headers.contains_key("authorization") {
            self.counters
                .change(|stats| *stats.bearers.entry(call.host).or_default() += 1);
        }
        let rule = match (call.host, call.route) {
            (Host::Foreign, _) if credential || in_url => Rule::CredentialAtForeignHost,
            // The Picker's wants the token on every request, this host's perhaps among them.
            (Host::Downloads, Route::PickedDownload) if !in_url => return,
            (Host::Downloads, _) if credential || in_url => Rule::CredentialAtSecondHost,
            (Host::Main, Route::Bytes) if credential => Rule::CredentialOnByteRequest,
            (Host::Main, Route::PickedBytes) if !credential => Rule::NoCredentialOnPickedBytes,
            (Host::Main | Host::Picker, _) if in_url => Rule::CredentialInUrl,
            _ => return,
        };
        self.offences
            .record(rule, format!("{} {}", call.method, call.path));
    }
}
