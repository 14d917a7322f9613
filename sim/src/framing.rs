//! Answers as they stand on the wire, with whatever framing they are told to claim.
//!
//! Separate from `sabotage` because this is the one place that writes HTTP by hand.

use bytes::Bytes;
use hyper::header::{CONNECTION, HeaderValue};

use crate::reply::Reply;

/// Status line and headers, with `framing` in the place of the honest length.
pub(crate) fn head(reply: &Reply, framing: &str) -> Bytes {
    let reason = reply.status.canonical_reason().unwrap_or("Unknown");
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", reply.status.as_str()).into_bytes();
    for (name, value) in reply
        .headers
        .iter()
        .filter(|(name, _)| **name != CONNECTION)
    {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(HeaderValue::as_bytes(value));
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(framing.as_bytes());
    head.extend_from_slice(b"\r\n");
    head.into()
}

/// One chunk, which is not the last.
pub(crate) fn chunk(bytes: &Bytes) -> Bytes {
    let size = format!("{:x}\r\n", bytes.len());
    [size.as_bytes(), bytes, b"\r\n"].concat().into()
}
