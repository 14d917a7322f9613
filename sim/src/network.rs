//! The line between client and server: how far and how wide.

use serde::Deserialize;

/// Latency and bandwidth of every connection.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// Waited before the first byte of every answer.
    pub latency_ms: u64,
    /// Of each connection, towards the client. `None`: as fast as the machine. Read when a connection opens.
    pub bytes_per_second: Option<u64>,
}
