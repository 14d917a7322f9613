//! The listener that waits for the browser to come back: bound to 127.0.0.1, open only while somebody signs in.
//!
//! It is spoken to by whatever runs on this machine, so it reads little, trusts nothing but the `state`, and goes on
//! waiting after favicons, stray hits, half-open connections and other people's redirects.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

use crate::auth::AuthError;
use crate::auth::flow::{Pending, Redirect};
use crate::auth::secret::Secret;

/// Waits for one redirect with the right `state` and returns its code.
pub(crate) async fn wait_for_code(
    listener: &TcpListener,
    pending: Arc<Pending>,
) -> Result<Secret, AuthError> {
    let (found, mut codes) = mpsc::channel(1);
    let mut visitors = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // Too many half-open connections: the oldest are not worth more than the next one.
                if visitors.len() >= MAX_VISITORS {
                    visitors.abort_all();
                }
                if accepted.is_err() {
                    // Out of descriptors, most likely: without a pause this would only burn the processor.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                if let Ok((stream, _)) = accepted {
                    visitors.spawn(tokio::time::timeout(PATIENCE, answer(stream, pending.clone(), found.clone())));
                }
            }
            Some(_) = visitors.join_next() => {}
            // Sent only after the page that says "you can close this tab" is on its way.
            Some(outcome) = codes.recv() => return outcome,
        }
    }
}

const MAX_VISITORS: usize = 64;
/// A request that is not complete within 10 seconds is nobody's browser.
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_REQUEST: usize = 16 << 10;

async fn answer(
    mut stream: TcpStream,
    pending: Arc<Pending>,
    found: mpsc::Sender<Result<Secret, AuthError>>,
) {
    let Some(target) = read_target(&mut stream).await else {
        return respond(
            &mut stream,
            "400 Bad Request",
            "This is not a request that gphotos-dl understands.",
        )
        .await;
    };
    let url = Url::parse("http://127.0.0.1/").and_then(|base| base.join(&target));
    let Some(url) = url
        .ok()
        .filter(|url| url.path() == "/" && url.query().is_some())
    else {
        return respond(
            &mut stream,
            "404 Not Found",
            "gphotos-dl is waiting for Google's answer on another address.",
        )
        .await;
    };
    let outcome = match pending.read(&url) {
        Redirect::Foreign => {
            let text = "This answer does not belong to the sign-in that gphotos-dl is waiting for. \
                        Use the address that it printed last.";
            return respond(&mut stream, "400 Bad Request", text).await;
        }
        Redirect::Code(code) => {
            respond(&mut stream, "200 OK", "gphotos-dl has Google's answer. You can close this tab and go back to the terminal.")
                .await;
            Ok(code)
        }
        Redirect::Refused(error) => {
            respond(&mut stream, "200 OK", "The sign-in was not granted. You can close this tab; the terminal says what to do.")
                .await;
            Err(AuthError::Denied(error))
        }
    };
    let _ = found.send(outcome).await;
}

/// The request target of a GET, read up to the end of the header.
async fn read_target(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut chunk = [0; 2048];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let count = stream
            .read(&mut chunk)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        head.extend_from_slice(&chunk[..count]);
        if head.len() > MAX_REQUEST {
            return None;
        }
    }
    let line = String::from_utf8_lossy(&head).lines().next()?.to_owned();
    let mut words = line.split(' ');
    (words.next()? == "GET")
        .then(|| words.next().map(str::to_owned))?
        .filter(|target| target.starts_with('/'))
}

/// Fixed texts only: nothing of the request is repeated on the page.
async fn respond(stream: &mut TcpStream, status: &str, text: &str) {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>gphotos-dl</title>\
         <style>body{{font:1.2rem/1.6 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1.5rem}}</style>\
         <h1>gphotos-dl</h1><p>{text}</p></html>\n"
    );
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         referrer-policy: no-referrer\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}
