//! Fetching bytes: where they may come from, and what a transfer owes us before it counts as complete.
//!
//! A base URL and everything it redirects to is data from the network. Bytes come from Google's media hosts over `https`,
//! or, when the program talks to a simulator, from a loopback address; nothing else is ever asked, so that a hostile
//! listing cannot make this machine knock on its neighbours.

use std::time::Instant;

use bytes::Bytes;
use reqwest::header;
use url::{Host, Url};

use crate::http::limit::Lane;
use crate::http::resume::{self, Held, Rest};
use crate::http::retry::{Failure, Status};
use crate::http::{Http, Reach};
use crate::known_bad::{self, Flaw};

/// A transfer under way.
pub(crate) struct Body {
    http: Http,
    /// `None` when nothing is left to come.
    answer: Option<reqwest::Response>,
    /// Bytes that are still to come in this answer.
    announced: Option<u64>,
    /// Where in the file this answer begins: 0, or where what was held ends.
    pub(crate) start: u64,
    /// The validator of the file, if it is a strong one.
    pub(crate) etag: Option<String>,
    /// Whether HTTP itself says where the body ends. Without that, a broken connection looks like an end.
    pub(crate) is_framed: bool,
    received: u64,
    /// The start of the current rate window, and what had been received then.
    window: (Instant, u64),
}

impl Http {
    /// Asks for the bytes at `address`. To the Library's the address itself is the key
    /// (<https://developers.google.com/photos/library/guides/access-media-items>); the Picker's want a token too, `bearer`.
    ///
    /// With a part of them held, only the rest is asked for; the body says where it really begins.
    pub(crate) async fn bytes(
        &self,
        reach: Reach,
        address: &str,
        bearer: Option<&str>,
        held: Option<&Held>,
    ) -> Result<Body, Failure> {
        let url = Url::parse(address)
            .map_err(|_| Failure::Unusable("the address of its bytes is not a URL".to_owned()))?;
        if !may_serve_bytes(reach, &url) {
            let host = url.host_str().unwrap_or("no host");
            return Err(Failure::Refused(format!(
                "its bytes are at {host}, which is not a media host of Google's"
            )));
        }
        if let Some(held) = held {
            let answer = self.ask(reach, url.clone(), bearer, Some(held)).await?;
            match held.compare(answer.status().as_u16(), answer.headers()) {
                Rest::Follows => {
                    let mut body = self.body(answer, held.size)?;
                    body.announced = Some(held.total - held.size);
                    return Ok(body);
                }
                Rest::Nothing => return Ok(self.nothing_left(held)),
                Rest::Else if known_bad::makes(Flaw::AppendsOn200) && answer.status() == 200 => {
                    return self.body(answer, held.size);
                }
                Rest::Else => return self.whole(answer).await,
                Rest::Unrelated => tracing::debug!("the rest does not fit what is held"),
            }
        }
        let answer = self.ask(reach, url, bearer, None).await?;
        self.whole(answer).await
    }

    /// Follows redirects by hand, each time looking where to: only a host that may serve bytes is asked, and so only such
    /// a host ever gets the token.
    async fn ask(
        &self,
        reach: Reach,
        mut url: Url,
        bearer: Option<&str>,
        held: Option<&Held>,
    ) -> Result<reqwest::Response, Failure> {
        self.admit(Lane::Bytes).await?;
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.ask_once(url.clone(), bearer, held).await?;
            let Some(next) = onward(&url, &answer) else {
                return Ok(answer);
            };
            if !may_serve_bytes(reach, &next) {
                let host = next.host_str().unwrap_or("no host");
                return Err(Failure::Refused(format!(
                    "the server redirects to {host}, which is not a media host of Google's"
                )));
            }
            url = next;
        }
        Err(Failure::Refused(
            "the server redirects in circles".to_owned(),
        ))
    }

    async fn ask_once(
        &self,
        url: Url,
        bearer: Option<&str>,
        held: Option<&Held>,
    ) -> Result<reqwest::Response, Failure> {
        tracing::debug!(
            host = url.host_str(),
            from = held.map(|held| held.size),
            "request for bytes"
        );
        let mut request = self
            .shared
            .media
            .get(url)
            .header(header::ACCEPT_ENCODING, "identity");
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(held) = held {
            request = request
                .header(header::RANGE, held.range())
                .header(header::IF_RANGE, &held.etag);
        }
        // Under way, so it may end within the grace that an interruption leaves.
        let answer = tokio::select! {
            answer = request.send() => answer.map_err(Failure::from),
            () = self.stop.now.cancelled() => return Err(Failure::Stopped),
        };
        self.note(Lane::Bytes, answer)
    }

    async fn whole(&self, answer: reqwest::Response) -> Result<Body, Failure> {
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
        self.body(answer, 0)
    }

    fn body(&self, answer: reqwest::Response, start: u64) -> Result<Body, Failure> {
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
            announced,
            start,
            etag: resume::strong_etag(answer.headers()),
            answer: Some(answer),
            is_framed,
            received: 0,
            window: (Instant::now(), 0),
        })
    }

    fn nothing_left(&self, held: &Held) -> Body {
        Body {
            http: self.clone(),
            answer: None,
            announced: Some(0),
            start: held.size,
            etag: Some(held.etag.clone()),
            is_framed: true,
            received: 0,
            window: (Instant::now(), 0),
        }
    }
}

impl Body {
    /// The next bytes, or `None` when the transfer is complete: framing kept, and as long as announced.
    ///
    /// A connection that falls silent, or that trickles below the minimum rate, is an error; there is no deadline for
    /// the whole, because a video may take an hour.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        let Some(answer) = &mut self.answer else {
            return Ok(None);
        };
        let chunk = tokio::select! {
            chunk = answer.chunk() => chunk?,
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

    /// Bytes of the whole file, where the server has said so.
    pub(crate) fn total(&self) -> Option<u64> {
        self.announced?.checked_add(self.start)
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

/// Where an answer sends on to, if it does.
fn onward(asked: &Url, answer: &reqwest::Response) -> Option<Url> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    asked.join(location).ok()
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
