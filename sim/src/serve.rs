//! Connections: accepting them on every host, reading requests, sending what was decided.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::call::Call;
use crate::faulty_io::{FaultyIo, Takeover};
use crate::google::Google;
use crate::host::{Endpoints, Host};
use crate::reply::Reply;
use crate::sabotage::Delivery;
use crate::script::End;
use crate::world::World;

/// More than any call of the client needs.
const MAX_REQUEST_BODY: usize = 1 << 20;

/// Serves `world` on `listener` until `shutdown`; the Picker, redirected downloads and a foreign host get ports of their
/// own beside it.
pub async fn serve(listener: TcpListener, world: World, shutdown: impl Future) -> io::Result<()> {
    let (google, hosts) = open(listener, world).await?;
    run(google, hosts, shutdown).await;
    Ok(())
}

/// A listener for each host.
#[derive(Debug)]
pub(crate) struct Hosts {
    main: TcpListener,
    picker: TcpListener,
    downloads: TcpListener,
    foreign: TcpListener,
}

/// Listeners of all hosts, and a Google that knows their addresses.
pub(crate) async fn open(main: TcpListener, world: World) -> io::Result<(Arc<Google>, Hosts)> {
    let beside = SocketAddr::new(main.local_addr()?.ip(), 0);
    let hosts = Hosts {
        main,
        picker: TcpListener::bind(beside).await?,
        downloads: TcpListener::bind(beside).await?,
        foreign: TcpListener::bind(beside).await?,
    };
    let (main, picker, downloads, foreign) = (
        hosts.main.local_addr()?,
        hosts.picker.local_addr()?,
        hosts.downloads.local_addr()?,
        hosts.foreign.local_addr()?,
    );
    let endpoints = Endpoints::new(|host| match host {
        Host::Main => main,
        Host::Picker => picker,
        Host::Downloads => downloads,
        Host::Foreign => foreign,
    });
    Ok((Arc::new(Google::new(world, endpoints)), hosts))
}

pub(crate) async fn run(google: Arc<Google>, hosts: Hosts, shutdown: impl Future) {
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let (host, accepted) = tokio::select! {
            _ = &mut shutdown => return,
            // Those that are over make room.
            Some(_) = connections.join_next() => continue,
            accepted = hosts.main.accept() => (Host::Main, accepted),
            accepted = hosts.picker.accept() => (Host::Picker, accepted),
            accepted = hosts.downloads.accept() => (Host::Downloads, accepted),
            accepted = hosts.foreign.accept() => (Host::Foreign, accepted),
        };
        if let Ok((stream, _)) = accepted {
            connections.spawn(connection(Arc::clone(&google), host, stream));
        }
    }
}

async fn connection(google: Arc<Google>, host: Host, stream: TcpStream) {
    // Small answers must not wait for each other; without it they are only slower.
    _ = stream.set_nodelay(true);
    google.counters.change(|stats| stats.connections += 1);
    let bandwidth = google.stock().world.network.bytes_per_second;
    let takeover = Arc::new(Takeover::default());
    let io = TokioIo::new(FaultyIo::new(stream, Arc::clone(&takeover), bandwidth));
    let service =
        service_fn(|request| respond(Arc::clone(&google), host, Arc::clone(&takeover), request));
    let served = http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(io, service)
        .without_shutdown()
        .await;
    let Ok(parts) = served else { return };
    let mut io = parts.io.into_inner();
    let ended = match takeover.take() {
        Some(script) => {
            let _in_flight = InFlight::begin(&google);
            script.play(&mut io).await
        }
        None => Ok(End::Close),
    };
    match ended {
        Ok(End::Reset) => io.reset(),
        // A client that left first is no concern of ours.
        Ok(End::Close) | Err(_) => _ = io.shutdown().await,
    }
}

async fn respond(
    google: Arc<Google>,
    host: Host,
    takeover: Arc<Takeover>,
    request: Request<Incoming>,
) -> Result<Response<Payload>, Infallible> {
    let in_flight = InFlight::begin(&google);
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MAX_REQUEST_BODY)
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let (reply, length_known) = match google.answer(Call::new(host, &head, body)).await {
        Delivery::Plain(reply) => (reply, true),
        Delivery::Chunked(reply) => (reply, false),
        Delivery::Script(script) => {
            takeover.request(script);
            let mut nothing = Response::new(Payload {
                bytes: Some(Bytes::new()),
                length_known: true,
                _in_flight: in_flight,
            });
            nothing
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
            return Ok(nothing);
        }
    };
    let Reply {
        status,
        headers,
        body,
        ..
    } = reply;
    let mut response = Response::new(Payload {
        bytes: Some(body),
        length_known,
        _in_flight: in_flight,
    });
    *response.status_mut() = status;
    *response.headers_mut() = *headers;
    Ok(response)
}

/// A body in one piece.
#[derive(Debug)]
struct Payload {
    bytes: Option<Bytes>,
    /// `false`: the HTTP server has to send it chunked.
    length_known: bool,
    _in_flight: InFlight,
}

impl hyper::body::Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(
            self.bytes
                .take()
                .filter(|bytes| !bytes.is_empty())
                .map(|bytes| Ok(Frame::data(bytes))),
        )
    }

    fn is_end_stream(&self) -> bool {
        self.length_known && self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        if self.length_known {
            SizeHint::with_exact(length)
        } else {
            SizeHint::default()
        }
    }
}

/// Counted from the request's arrival until its answer has been handed over.
#[derive(Debug)]
struct InFlight(Arc<Google>);

impl InFlight {
    fn begin(google: &Arc<Google>) -> Self {
        google.counters.begin();
        Self(Arc::clone(google))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.counters.end();
    }
}
