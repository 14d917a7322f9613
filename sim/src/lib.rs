//! A simulated Google Photos on a loopback port: OAuth, the Library API, the Picker API, bytes, and everything that goes wrong with them.
//!
//! A product of its own: it behaves as Google's pages say, ugly parts included, and is never bent to please a client.
//! Where the pages are silent, a switch offers each possibility and documents its default.
//!
//! - [`World`] is plain data: items and albums, switches ([`Oauth`], [`Library`], [`Picker`], [`Media`], [`Quota`], [`Network`]) and
//!   [`Fault`]s. A scenario file is a world in JSON.
//! - [`Sim`] is a running simulator: addresses, clock, statistics, and the [`BrokenRule`]s of its clients.
//! - [`serve`] is the same without a handle.
//!
//! ```
//! use gphotos_sim::{Fault, FaultKind, Sim, World};
//!
//! let world = World::new()
//!     .photo("IMG_1.jpg", "2024-03-09T06:15:42Z")
//!     .fail(Fault::new(FaultKind::ResetAfter { bytes: 1000 }).path("/lr/").each_item());
//! let sim = Sim::start_blocking(world)?;
//! assert!(sim.endpoint().starts_with("http://127.0.0.1:"));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A request passes `serve` (connections) → `google` (the one door: latency, faults, quotas) → `oauth`, `library`, `picker`
//! or `media` (the honest answer) → `sabotage` (what becomes of it) → `faulty_io` (bytes that HTTP would not allow).

pub mod content;
pub mod item;
pub mod seeded;
#[cfg(feature = "takeout")]
pub mod takeout;
pub mod zoo;

mod call;
mod clock;
mod fault;
mod fault_kind;
mod faulty_io;
mod framing;
mod gates;
mod google;
mod hooks;
mod host;
mod library;
mod media;
mod network;
mod oauth;
mod picker;
mod quota;
mod reply;
mod route;
mod rules;
mod sabotage;
mod script;
mod seal;
mod serve;
mod sim;
mod spoilt_json;
mod stats;
mod world;

pub use fault::{Fault, Matcher, Times};
pub use fault_kind::{ErrorBody, FaultKind, Framing, RetryAfter, WrongJson};
pub use host::Host;
pub use item::{Content, Item, Kind, VideoStatus};
pub use library::{BatchOrder, FilterZone, Library, Oversize};
pub use media::{Etag, Media, RangeSupport};
pub use network::Network;
pub use oauth::{
    ClientType, Consent, LIBRARY_READ_SCOPE, LoopbackPath, Oauth, PICKER_SCOPE, RefreshTokens,
    RemovedScopes, Rotation,
};
pub use picker::{
    CameraIn, Endless, Gone, Numbers, Person, Pick, Picker, PickerSession, Redirects,
};
pub use quota::{MediaRefusal, Midnight, Quota};
pub use route::Route;
pub use rules::{BrokenRule, Rule};
pub use seeded::Seeded;
pub use serve::serve;
pub use sim::{Digest, Sim, Truth};
pub use stats::Stats;
pub use world::{Album, World};
