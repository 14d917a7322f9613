//! Talking HTTP: one client for JSON, one for bytes, and what every request has in common: the day's quota, pauses that
//! the server asked for, and the order to stop.
//!
//! Two clients because they want opposite things. JSON likes HTTP/2 and compression. Bytes want HTTP/1.1 (a third to a
//! half less CPU, one connection per transfer) and must never be decompressed, or lengths and ranges stop meaning anything.

pub(crate) mod limit;
pub(crate) mod media;
pub(crate) mod resume;
pub(crate) mod retry;
mod skew;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use reqwest::redirect;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::http::limit::{Lane, Quota};
use crate::http::retry::{Failure, Retry, Status};

/// What all requests of one run share. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Http {
    shared: Arc<Shared>,
    pub(crate) clock: Clock,
    pub(crate) stop: Stop,
}

/// The order to stop, in two steps.
#[derive(Clone, Default)]
pub(crate) struct Stop {
    /// Nothing new is sent and no wait goes on; transfers under way may finish.
    pub(crate) soon: CancellationToken,
    /// Transfers end too.
    pub(crate) now: CancellationToken,
}

struct Shared {
    api: reqwest::Client,
    media: reqwest::Client,
    quota: Quota,
    /// No request of a lane starts before this moment: the server asked for a pause.
    paused_until: Mutex<[Option<Instant>; 2]>,
    /// Since when no connection has come about, to tell one broken transfer from a network that is gone.
    unreachable_since: Mutex<Option<Instant>>,
    /// By how much this machine's clock is ahead of the API's, once the API has said what time it is.
    ahead: Mutex<Option<TimeDelta>>,
    idle: Duration,
    /// Told when the network falls silent.
    on_silence: OnceLock<Tell>,
}

type Tell = Box<dyn Fn(&str) + Send + Sync>;

/// Whether bytes and tokens may travel over plain `http` to this machine itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Google: `https` only.
    Internet,
    /// A simulator on a loopback address.
    Loopback,
}

/// How patient the clients are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// A transfer that delivers nothing for this long is given up.
    pub(crate) idle: Duration,
    /// An answer in JSON that has not come whole within this is given up.
    pub(crate) answer: Duration,
}

impl Http {
    pub(crate) fn new(
        reach: Reach,
        patience: Patience,
        quota: Quota,
        clock: Clock,
        stop: Stop,
    ) -> Result<Self, Failure> {
        let api = client(reach)
            .gzip(true)
            // Credentials ride on these requests, and none of these endpoints redirects.
            .redirect(redirect::Policy::none())
            .timeout(patience.answer)
            .build();
        let media = client(reach)
            .http1_only()
            .no_gzip()
            .read_timeout(patience.idle)
            // Followed by hand, because a token may ride on these too.
            .redirect(redirect::Policy::none())
            .build();
        let (api, media) = (api.map_err(Failure::from)?, media.map_err(Failure::from)?);
        let shared = Shared {
            api,
            media,
            quota,
            paused_until: Mutex::default(),
            unreachable_since: Mutex::default(),
            ahead: Mutex::default(),
            idle: patience.idle,
            on_silence: OnceLock::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            clock,
            stop,
        })
    }

    /// The client for JSON, without redirects.
    pub(crate) fn api(&self) -> &reqwest::Client {
        &self.shared.api
    }

    pub(crate) fn quota(&self) -> &Quota {
        &self.shared.quota
    }

    /// Whom to tell when the network falls silent, so that nobody waits before a still screen.
    pub(crate) fn on_silence(&self, tell: impl Fn(&str) + Send + Sync + 'static) {
        let _ = self.shared.on_silence.set(Box::new(tell));
    }

    /// Sends one API request, counted against the quota, after any pause that the server asked for, and returns the body
    /// of a 200.
    pub(crate) async fn json(&self, request: reqwest::RequestBuilder) -> Result<Vec<u8>, Failure> {
        self.admit(Lane::Api).await?;
        let request = request.build()?;
        // Not the query: it may hold ids and page tokens by the hundred.
        tracing::debug!(method = %request.method(), path = request.url().path(), "request");
        let answer = self
            .or_stop(self.shared.api.execute(request))
            .await?
            .map_err(Failure::from);
        let answer = self.note(Lane::Api, answer)?;
        if let Some(ahead) = skew::ahead(&answer, self.clock.now()) {
            *lock(&self.shared.ahead) = Some(ahead);
        }
        let status = Status::of(&answer, self.clock.now());
        let body = self.or_stop(limited(answer, MAX_JSON)).await??;
        match status {
            None => Ok(body),
            Some(status) => Err(self.refused(Lane::Api, status.with_body(&body))),
        }
    }

    /// By how much this machine's clock is ahead of the API's; zero until the API has said what time it is.
    pub(crate) fn ahead(&self) -> TimeDelta {
        lock(&self.shared.ahead).unwrap_or_default()
    }

    /// Waits out a pause, then takes one request from the quota.
    pub(crate) async fn admit(&self, lane: Lane) -> Result<(), Failure> {
        loop {
            let pause = lock(&self.shared.paused_until)[lane as usize];
            match pause.and_then(|until| until.checked_duration_since(Instant::now())) {
                Some(rest) => self.sleep(rest).await?,
                None => match self.shared.quota.pause(lane, self.clock.now()) {
                    Some(rest) => self.wait(rest).await?,
                    None => break,
                },
            }
        }
        self.shared
            .quota
            .take(lane, self.clock.now())
            .map_err(Failure::Quota)
    }

    /// Waits between attempts. Ends early, as `Stopped`, when the run must stop.
    pub(crate) async fn wait(&self, wait: Duration) -> Result<(), Failure> {
        self.sleep(self.clock.wait(wait)).await
    }

    /// Whether to try again after the `attempt`th failure. Without any connection attempts cost nothing, and five of them are
    /// over in seconds: then it is worth trying until the network counts as gone.
    pub(crate) fn decide(&self, failure: &Failure, attempt: u32) -> Retry {
        match failure {
            Failure::Connect(_) if failure.is_untrusted() || self.is_offline() => Retry::GiveUp,
            Failure::Connect(_) => {
                retry::decide(failure, attempt.min(retry::ATTEMPTS - 1), jitter())
            }
            _ => retry::decide(failure, attempt, jitter()),
        }
    }

    /// Whether nothing at all has been heard for so long that the network must be gone.
    fn is_offline(&self) -> bool {
        let since = *lock(&self.shared.unreachable_since);
        since.is_some_and(|since| since.elapsed() > self.clock.wait(OFFLINE_AFTER))
    }

    /// A 429 holds up every request of its lane, not only the one that met it: N workers that each wait for
    /// themselves would still knock N times.
    fn refused(&self, lane: Lane, status: Status) -> Failure {
        if status.code == 429 && !status.is_daily_quota() {
            let pause = self
                .clock
                .wait(retry::pause_for(&status).min(retry::LONGEST_PAUSE));
            lock(&self.shared.paused_until)[lane as usize] = Some(Instant::now() + pause);
        }
        Failure::Status(Box::new(status))
    }

    fn note<T>(&self, lane: Lane, answer: Result<T, Failure>) -> Result<T, Failure> {
        match &answer {
            Ok(_) => *lock(&self.shared.unreachable_since) = None,
            Err(failure) => {
                if matches!(failure, Failure::Connect(_)) {
                    // Nobody was asked, so nothing is used up.
                    self.shared.quota.give_back(lane);
                    let mut since = lock(&self.shared.unreachable_since);
                    if since.is_none() && !failure.is_untrusted() {
                        *since = Some(Instant::now());
                        if let Some(tell) = self.shared.on_silence.get() {
                            tell(&format!("{failure}; trying for 2 minutes"));
                        }
                    }
                }
                tracing::debug!(?lane, %failure, "request failed");
            }
        }
        answer
    }

    async fn sleep(&self, wait: Duration) -> Result<(), Failure> {
        self.or_stop(tokio::time::sleep(wait)).await
    }

    async fn or_stop<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            done = work => Ok(done),
            () = self.stop.soon.cancelled() => Err(Failure::Stopped),
        }
    }
}

fn client(reach: Reach) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("gphotos-dl/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_DEADLINE)
        .tcp_nodelay(true)
        .pool_idle_timeout(Duration::from_mins(1))
        .referer(false);
    match reach {
        Reach::Internet => builder.https_only(true),
        // A proxy from the environment cannot reach this machine's own loopback.
        Reach::Loopback => builder.no_proxy(),
    }
}

/// A number from 0 to 1 that differs from run to run.
pub(crate) fn jitter() -> f64 {
    use std::hash::{BuildHasher, Hasher};
    let random = std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish();
    let [high, low, ..] = random.to_be_bytes();
    f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX)
}

/// The whole body, refused beyond `cap` bytes: an answer of this kind is small, so more is a fault or an attack.
pub(crate) async fn limited(mut answer: reqwest::Response, cap: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > cap {
            return Err(Failure::Unusable(format!(
                "the answer is larger than {} MiB",
                cap >> 20
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A page of 100 items is about 100 KB; descriptions of 1,000 characters make it at most a few times that.
const MAX_JSON: usize = 16 << 20;
const CONNECT_DEADLINE: Duration = Duration::from_secs(20);
/// Two minutes without any answer: the network is gone, and failing item after item would only hide it.
const OFFLINE_AFTER: Duration = Duration::from_mins(2);

/// A poisoned lock only says that another thread panicked; the values behind these locks are whole at every moment.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
