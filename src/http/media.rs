//! Fetching bytes: where they may come from, and what a transfer owes us before it counts as complete.
//!
//! A base URL and everything it redirects to is data from the network. Bytes come from Google's media hosts over `https`,
//! or, when the program talks to a simulator, from a loopback address; nothing else is ever asked, so that a hostile
//! listing cannot make this machine knock on its neighbours.

use std::time::Instant;

use bytes::Bytes;
use reqwest::{header, redirect};
use url::{Host, Url};

use crate::http::limit::Lane;
use crate::http::retry::{Failure, Status};
use crate::http::{Http, Reach};

/// A transfer under way.
pub(crate) struct Body {
    http: Http,
    answer: reqwest::Response,
    announced: Option<u64>,
    /// Whether HTTP itself says where the body ends. Without that, a broken connection looks like an end.
    pub(crate) is_framed: bool,
    received: u64,
    /// The start of the current rate window, and what had been received then.
    window: (Instant, u64),
}

impl Http {
    /// Asks for the bytes at `address`, without any credential: the address itself is the key
    /// (<https://developers.google.com/photos/library/guides/access-media-items>).
    pub(crate) async fn bytes(&self, reach: Reach, address: &str) -> Result<Body, Failure> {
        let url = Url::parse(address)
            .map_err(|_| Failure::Unusable("the address of its bytes is not a URL".to_owned()))?;
        if !may_serve_bytes(reach, &url) {
            let host = url.host_str().unwrap_or("no host");
            return Err(Failure::Refused(format!(
                "its bytes are at {host}, which is not a media host of Google's"
            )));
        }
        self.admit(Lane::Bytes).await?;
        tracing::debug!(host = url.host_str(), "request for bytes");
        let request = self
            .shared
            .media
            .get(url)
            .header(header::ACCEPT_ENCODING, "identity");
        // Under way, so it may end within the grace that an interruption leaves.
        let answer = tokio::select! {
            answer = request.send() => answer.map_err(Failure::from),
            () = self.stop.now.cancelled() => return Err(Failure::Stopped),
        };
        let answer = self.note(Lane::Bytes, answer)?;
        if let Some(status) = Status::of(&answer, self.clock.now()) {
            // Bodies of refusals are HTML or even images; only a short one can be Google's JSON.
            let body = self.or_stop(super::limited(answer, 64 << 10)).await?;
            let body: Vec<u8> = body.unwrap_or_default();
            return Err(self.refused(Lane::Bytes, status.with_body(&body)));
        }
        if answer.status().as_u16() != 200 {
            return Err(Failure::Unusable(
                "the server sent a part where the whole was asked for".to_owned(),
            ));
        }
        if let Some(encoding) = answer
            .headers()
            .get(header::CONTENT_ENCODING)
            .filter(|value| *value != "identity")
        {
            return Err(Failure::Unusable(format!(
                "the bytes came encoded as {encoding:?}"
            )));
        }
        let announced = announced_length(&answer)?;
        let is_framed = announced.is_some() || is_chunked(&answer)?;
        Ok(Body {
            http: self.clone(),
            answer,
            announced,
            is_framed,
            received: 0,
            window: (Instant::now(), 0),
        })
    }
}

impl Body {
    /// The next bytes, or `None` when the transfer is complete: framing kept, and as long as announced.
    ///
    /// A connection that falls silent, or that trickles below the minimum rate, is an error; there is no deadline for
    /// the whole, because a video may take an hour.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        let chunk = tokio::select! {
            chunk = self.answer.chunk() => chunk?,
            () = self.http.stop.now.cancelled() => return Err(Failure::Stopped),
        };
        match chunk {
            Some(bytes) => {
                self.received += bytes.len() as u64;
                self.check_rate()?;
                self.http.note(Lane::Bytes, Ok(()))?;
                match self.announced {
                    Some(announced) if self.received > announced => Err(Failure::Transfer(
                        format!("{announced} bytes were announced and more came"),
                    )),
                    _ => Ok(Some(bytes)),
                }
            }
            None => match self.announced {
                Some(announced) if self.received != announced => Err(Failure::Transfer(format!(
                    "{announced} bytes were announced and {} came",
                    self.received
                ))),
                _ => Ok(None),
            },
        }
    }

    fn check_rate(&mut self) -> Result<(), Failure> {
        let (start, then) = self.window;
        let idle = self.http.shared.idle;
        if start.elapsed() < idle {
            return Ok(());
        }
        if self.received - then < MIN_RATE * idle.as_secs() {
            return Err(Failure::Transfer("the bytes only trickle".to_owned()));
        }
        self.window = (Instant::now(), self.received);
        Ok(())
    }
}

/// Bytes a second, averaged over one idle deadline: a tenth of the slowest mobile link.
const MIN_RATE: u64 = 1 << 10;
/// Google redirects a video once; more than a handful is a loop.
const MAX_REDIRECTS: usize = 5;

/// Whether the body comes in chunks. With any other coding HTTP says nothing of where the body ends, whatever the header
/// pretends.
fn is_chunked(answer: &reqwest::Response) -> Result<bool, Failure> {
    let mut codings = answer.headers().get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(false),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(true),
        _ => Err(Failure::Unusable(
            "the bytes came in a transfer coding that nobody asked for".to_owned(),
        )),
    }
}

/// The announced length, when there is exactly one.
fn announced_length(answer: &reqwest::Response) -> Result<Option<u64>, Failure> {
    let mut values = answer.headers().get_all(header::CONTENT_LENGTH).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    let length = first.to_str().ok().and_then(|text| text.parse().ok());
    match length {
        Some(length) if values.all(|other| other == first) => Ok(Some(length)),
        _ => Err(Failure::Unusable(
            "the answer contradicts itself about its length".to_owned(),
        )),
    }
}

/// Follows a redirect only to a host that may serve bytes.
pub(crate) fn redirects(reach: Reach) -> redirect::Policy {
    redirect::Policy::custom(move |attempt| {
        if attempt.previous().len() > MAX_REDIRECTS {
            attempt.error("the server redirects in circles")
        } else if may_serve_bytes(reach, attempt.url()) {
            attempt.follow()
        } else {
            let host = attempt.url().host_str().unwrap_or("no host").to_owned();
            attempt.error(format!(
                "the server redirects to {host}, which is not a media host of Google's"
            ))
        }
    })
}

fn may_serve_bytes(reach: Reach, url: &Url) -> bool {
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    match (reach, url.scheme(), url.host()) {
        (_, "https", Some(Host::Domain(host))) => {
            host.ends_with(".googleusercontent.com") && url.port().is_none()
        }
        (Reach::Loopback, "http", _) => is_loopback(url),
        _ => false,
    }
}

/// Whether the address is this machine itself, by number or by the reserved name.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_from_google_or_from_a_simulator_and_from_nowhere_else() {
        let may = |reach, text: &str| may_serve_bytes(reach, &Url::parse(text).expect("a URL"));
        for good in [
            "https://lh3.googleusercontent.com/lr/a=d",
            "https://video-downloads.googleusercontent.com/x",
        ] {
            assert!(
                may(Reach::Internet, good) && may(Reach::Loopback, good),
                "{good}"
            );
        }
        for bad in [
            "http://lh3.googleusercontent.com/lr/a",
            "https://googleusercontent.com.evil.example/a",
            "https://evilgoogleusercontent.com/a",
            "https://user@lh3.googleusercontent.com/a",
            "https://lh3.googleusercontent.com:8443/a",
            "https://169.254.169.254/latest",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
        ] {
            assert!(
                !may(Reach::Internet, bad) && !may(Reach::Loopback, bad),
                "{bad}"
            );
        }
        assert!(
            may(Reach::Loopback, "http://127.0.0.1:8080/lr/a")
                && !may(Reach::Internet, "http://127.0.0.1:8080/lr/a")
        );
    }
}
