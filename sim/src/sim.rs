//! The handle to a running simulator: its addresses, its world, its clock, and what it has seen.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::google::Google;
use crate::host::Host;
use crate::item::{Content, Item};
use crate::oauth::ClientType;
use crate::route::Route;
use crate::rules::BrokenRule;
use crate::serve;
use crate::stats::Stats;
use crate::world::World;

/// A simulated Google on a loopback port. Dropping it ends it.
#[derive(Debug)]
pub struct Sim {
    pub(crate) google: Arc<Google>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What a faithful copy of an item consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// The item's own file: what `=dv` gives for a video, and `=d` for everything else.
    pub original: Digest,
    /// What `=dv` gives for a motion photo.
    pub clip: Option<Digest>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    pub size: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
}

impl Sim {
    /// Starts on a free port of 127.0.0.1, on the current Tokio runtime.
    pub async fn start(world: World) -> io::Result<Self> {
        Self::start_on(SocketAddr::from(([127, 0, 0, 1], 0)), world).await
    }

    /// Starts on a given address, on the current Tokio runtime.
    pub async fn start_on(address: SocketAddr, world: World) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let (google, hosts) = serve::open(listener, world).await?;
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(serve::run(Arc::clone(&google), hosts, stopped));
        Ok(Self {
            google,
            stop: Some(stop),
            thread: None,
        })
    }

    /// Starts on a free port of 127.0.0.1, with a thread and a runtime of its own.
    pub fn start_blocking(world: World) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let (google, hosts) = runtime.block_on(async {
            let listener = TcpListener::bind(address).await?;
            serve::open(listener, world).await
        })?;
        let (stop, stopped) = oneshot::channel();
        let run = serve::run(Arc::clone(&google), hosts, stopped);
        let thread = std::thread::Builder::new()
            .name("gphotos-sim".to_owned())
            .spawn(move || {
                runtime.block_on(run);
                // Requests that stall on purpose would hold up an orderly end.
                runtime.shutdown_background();
            })?;
        Ok(Self {
            google,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`; a client appends `/v1/mediaItems:search` and so on.
    pub fn endpoint(&self) -> &str {
        self.google.endpoint(Host::Main)
    }

    /// The second host, to which `=dv` redirects.
    pub fn downloads_endpoint(&self) -> &str {
        self.google.endpoint(Host::Downloads)
    }

    /// Where the Picker API and its page are; a client appends `/v1/sessions` and so on.
    pub fn picker_endpoint(&self) -> &str {
        self.google.endpoint(Host::Picker)
    }

    /// A host that is not Google's and reads along; see [`Host::Foreign`].
    pub fn foreign_endpoint(&self) -> &str {
        self.google.endpoint(Host::Foreign)
    }

    /// The file that the Google console would let one download.
    pub fn client_secret_json(&self) -> String {
        let endpoint = self.endpoint();
        let oauth = &self.google.stock().world.oauth;
        let (kind, redirect_uris) = match &oauth.client_type {
            ClientType::Desktop => ("installed", vec!["http://localhost".to_owned()]),
            ClientType::Web { redirect_uris } => ("web", redirect_uris.clone()),
        };
        let client = json!({
            "client_id": oauth.client_id,
            "project_id": oauth.project_id,
            "auth_uri": format!("{endpoint}/o/oauth2/v2/auth"),
            "token_uri": format!("{endpoint}/token"),
            "auth_provider_x509_cert_url": format!("{endpoint}/oauth2/v1/certs"),
            "client_secret": oauth.client_secret,
            "redirect_uris": redirect_uris,
        });
        format!("{:#}\n", json!({ kind: client }))
    }

    /// Reads or changes the world while it is served. No request is answered meanwhile, and the handle's other methods
    /// would wait for ever inside `change`.
    pub fn world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        self.google.change(change)
    }

    /// Changes the world just before the `nth` request of this kind from now on is answered.
    pub fn before(&self, route: Route, nth: u32, change: impl FnOnce(&mut World) + Send + 'static) {
        self.google.hooks.add(route, nth, Box::new(change));
    }

    /// Lets requests of this kind wait, until [`Sim::open`].
    pub fn close(&self, route: Route) {
        self.google.gates.close(route);
    }

    /// Lets them go on.
    pub fn open(&self, route: Route) {
        self.google.gates.open(route);
    }

    /// How many requests of this kind have come to wait since [`Sim::close`].
    pub fn waiting(&self, route: Route) -> u64 {
        self.google.gates.waiting(route)
    }

    /// Lets simulated time pass: base URLs, tokens and quota days grow older at once.
    pub fn advance(&self, by: Duration) {
        self.google.clock.advance(by);
    }

    /// What the simulated clock shows.
    pub fn now(&self) -> DateTime<Utc> {
        self.google.clock.now()
    }

    /// Takes back every token, as a person does at the account's permissions page.
    pub fn revoke_all(&self) {
        self.google
            .grants
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .forget_all();
    }

    /// Makes every access token invalid; refresh tokens stay good.
    pub fn expire_access_tokens(&self) {
        self.google
            .grants
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .forget_access();
    }

    /// A base URL of an item, as a listing at this moment would give it.
    pub fn base_url(&self, id: &str) -> String {
        self.google.base_url(id)
    }

    pub fn stats(&self) -> Stats {
        self.google.counters.snapshot()
    }

    /// Counts from zero again, for instance between two runs of a client. Quotas keep what was drawn.
    pub fn reset_stats(&self) {
        self.google.counters.reset();
    }

    /// What clients did although they should not have.
    pub fn broken_rules(&self) -> Vec<BrokenRule> {
        self.google.offences.all()
    }

    /// Sizes and hashes of everything, by item id. Makes all bytes once.
    pub fn truth(&self) -> BTreeMap<String, Truth> {
        // Copied, because others wait for the library while the bytes are made.
        let items = self.google.stock().world.items.clone();
        items
            .into_iter()
            .map(|item| (item.id.clone(), Truth::of(&item)))
            .collect()
    }
}

impl Truth {
    pub(crate) fn of(item: &Item) -> Self {
        match (&item.content, item.clip()) {
            (Content::Mp4 { .. }, Some(film)) => Self {
                original: Digest::of(&film),
                clip: None,
            },
            (Content::MotionPhoto { .. }, clip) => Self {
                original: Digest::of(&item.original()),
                clip: clip.as_ref().map(Digest::of),
            },
            _ => Self {
                original: Digest::of(&item.original()),
                clip: None,
            },
        }
    }
}

impl Digest {
    pub fn of(bytes: &Bytes) -> Self {
        Self {
            size: bytes.len() as u64,
            sha256: HEXLOWER.encode(digest(&SHA256, bytes).as_ref()),
        }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An error means that it has ended by itself.
            _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}
