//! The hosts of the simulated Google, each on a port of its own, and one that is not Google's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The hosts that a client may meet. Here: four ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Host {
    /// Sign-in, Library API, and base URLs: accounts, photoslibrary, oauth2 and lh3 at Google.
    Main,
    /// photospicker, and the page on photos.google.com.
    Picker,
    /// video-downloads.
    Downloads,
    /// Nobody's. It is `0.0.0.0`, which reaches this machine although it is no loopback address, so a client that trusts
    /// loopback in tests can still tell it apart.
    Foreign,
}

/// `http://ADDRESS` of each host.
#[derive(Debug)]
pub(crate) struct Endpoints {
    main: String,
    picker: String,
    downloads: String,
    foreign: String,
}

impl Endpoints {
    /// `listens` says where a host listens.
    pub(crate) fn new(listens: impl Fn(Host) -> SocketAddr) -> Self {
        let url = |host| format!("http://{}", listens(host));
        let foreign = listens(Host::Foreign);
        let unspecified: IpAddr = match foreign.ip() {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        Self {
            main: url(Host::Main),
            picker: url(Host::Picker),
            downloads: url(Host::Downloads),
            foreign: format!("http://{}", SocketAddr::new(unspecified, foreign.port())),
        }
    }

    pub(crate) fn of(&self, host: Host) -> &str {
        match host {
            Host::Main => &self.main,
            Host::Picker => &self.picker,
            Host::Downloads => &self.downloads,
            Host::Foreign => &self.foreign,
        }
    }
}
