//! A client without any idea of HTTP: what really came over the wire, and how it ended.

use std::io::ErrorKind;
use std::time::Duration;

use gphotos_sim::Sim;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
    /// Nothing more for a while, and the connection is still there.
    Open,
}

/// What one request got.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
}

/// How long nothing has to come until it counts as nothing.
const PATIENCE: Duration = Duration::from_millis(250);

/// Sends `GET url` and reads until the connection ends or nothing more comes.
pub(crate) async fn get(sim: &Sim, url: &str) -> Wire {
    get_with(sim, url, "").await
}

/// The same with more header lines, each ended by CRLF.
pub(crate) async fn get_with(sim: &Sim, url: &str, headers: &str) -> Wire {
    let address = sim.endpoint().strip_prefix("http://").unwrap();
    let path = url.strip_prefix(sim.endpoint()).unwrap_or(url);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let end = match timeout(PATIENCE, stream.read(&mut part)).await {
            Err(_) => End::Open,
            Ok(Ok(0)) => End::Closed,
            Ok(Ok(n)) => {
                bytes.extend_from_slice(&part[..n]);
                continue;
            }
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionReset => End::Reset,
            Ok(Err(error)) => panic!("the connection ended oddly: {error}"),
        };
        return Wire { bytes, end };
    }
}

impl Wire {
    /// Everything before the body.
    pub(crate) fn head(&self) -> String {
        String::from_utf8_lossy(&self.bytes[..self.split()]).into_owned()
    }

    /// As framed, not decoded.
    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.split()..]
    }

    /// Every value of one header.
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let head = self.head();
        let values = head.lines().filter_map(|line| line.split_once(": "));
        values
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .collect()
    }

    fn split(&self) -> usize {
        self.bytes
            .windows(4)
            .position(|it| it == b"\r\n\r\n")
            .map_or(self.bytes.len(), |at| at + 4)
    }
}
