//! Ways to Google that are none, and connections that somebody else holds the other end of.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gphotos_sim::World;

use super::tunnel::{Secure, Tunnel, user};
use crate::support::{CommandOutput, TestEnv, skipped};

const SYNC: [&str; 6] = [
    "sync",
    "--since",
    "2024-03-09",
    "--until",
    "2024-03-09",
    "--no-full-listing",
];

/// Answers every request with an empty listing.
fn answer(mut stream: Secure) {
    let mut asked = Vec::new();
    let mut byte = [0];
    while stream.read_exact(&mut byte).is_ok() {
        asked.extend(byte);
        let text = String::from_utf8_lossy(&asked).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().expect("a number"));
        if body.len() < length {
            continue;
        }
        let answer =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        if stream.write_all(answer).is_err() {
            return;
        }
        asked.clear();
    }
}

#[test]
fn l16_whoever_cannot_show_to_be_google_is_told_nothing() {
    // A CA that the user has installed is believed: that is how companies read along.
    let tunnel = Tunnel::start("good.pem", "http/1.1", answer);
    let env = tunnel.user();
    env.run_or_kill(&SYNC).assert_exit(0);
    assert!(tunnel.believed() > 0);
    // Without it nobody is, and neither is one whose certificate has expired or is for another name.
    for (certificate, is_installed) in [
        ("good.pem", false),
        ("expired.pem", true),
        ("other.pem", true),
    ] {
        let heard = Arc::new(AtomicUsize::new(0));
        let count = heard.clone();
        let tunnel = Tunnel::start(certificate, "http/1.1", move |mut stream| {
            let read = stream.read(&mut [0; 16]).unwrap_or(0);
            count.fetch_add(read, Ordering::SeqCst);
        });
        let mut env = tunnel.user();
        if !is_installed {
            let empty = env.path("no-roots.pem");
            let other = concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/it/network/tls/other.pem"
            );
            std::fs::copy(other, &empty).expect("copied");
            env.set("SSL_CERT_FILE", empty.to_str().expect("text"));
        }
        let output = env.run_or_kill(&SYNC).assert_exit(1);
        let output = output
            .assert_says("the connection to Google is not safe, and nothing was sent")
            .assert_says("certificate")
            .assert_says("clock right?")
            .assert_says("SSL_CERT_FILE");
        assert_eq!(heard.load(Ordering::SeqCst), 0, "{certificate}: {output}");
    }
}

/// The program where there is no network but the machine itself.
fn without_network(env: &TestEnv) -> Option<CommandOutput> {
    let inner = env.command(&SYNC);
    let mut outer = Command::new("unshare");
    let probe = Command::new("unshare").args(["-rn", "true"]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        skipped("this machine allows no network of one's own");
        return None;
    }
    outer
        .arg("-rn")
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Some(env.finish(outer.spawn().expect("it starts")))
}

/// An address where nobody says yes or no: its queue is full.
fn black_hole() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
    let listener = TcpListener::bind("[::1]:0").or_else(|_| TcpListener::bind("127.0.0.1:0"));
    let listener = listener.expect("a port");
    let address = listener.local_addr().expect("an address");
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        waiting.push(stream);
    }
    (listener, waiting, address)
}

#[test]
fn l15_without_a_name_a_way_or_a_proxy_the_run_ends_with_the_reason() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let dead = closed.local_addr().expect("an address");
    drop(closed);
    let mut no_proxy = user();
    no_proxy.set("HTTPS_PROXY", &format!("http://{dead}"));
    let mut outputs = vec![no_proxy.run_or_kill(&SYNC)];
    outputs.extend(without_network(&user()));
    for output in outputs {
        output
            .assert_exit(1)
            .assert_says("could not reach Google")
            .assert_says("hint: what was fetched is safe");
    }
    let (_listener, _waiting, address) = black_hole();
    let mut env = TestEnv::signed_in(World::new());
    env.set("GPHOTOS_DL_LIBRARY_ENDPOINT", &format!("http://{address}"))
        .set("GPHOTOS_DL_API_TIMEOUT", "1");
    let output = env.run_or_kill(&SYNC);
    assert!(matches!(output.exit, 1 | 3), "{output}");
    output.assert_says("hint:");
}

/// What goes wrong with HTTP/2 (RFC 9113).
#[derive(Debug, Clone, Copy)]
enum Breach {
    /// The server goes away, and has heard nothing of what was asked.
    GoAway,
    /// "Enhance your calm": the server has had enough.
    Calm,
    Reset,
    Refused,
    /// Empty pieces of a body, for ever.
    Flood,
    /// Headers that do not end.
    Headers,
}

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Speaks HTTP/2 as far as needs be: the first requests of all get what is wrong, later ones an empty listing.
fn speak(mut stream: Secure, breach: Breach, left: &AtomicUsize) -> io::Result<()> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface)?;
    stream.write_all(&frame(4, 0, 0, &[]))?;
    stream.flush()?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head)?;
        let [a, b, c, kind, flags, id @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        stream.read_exact(&mut payload)?;
        match kind {
            // SETTINGS and PING are acknowledged.
            4 if flags & 1 == 0 => stream.write_all(&frame(4, 1, 0, &[]))?,
            6 if flags & 1 == 0 => stream.write_all(&frame(6, 1, 0, &payload))?,
            // DATA or HEADERS with which the request ends.
            0 | 1 if flags & END_STREAM != 0 => {
                let id = u32::from_be_bytes(id);
                let is_due = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                });
                if is_due.is_ok() {
                    commit(&mut stream, breach, id)?;
                } else {
                    // In the static table, 8 is ":status: 200".
                    stream.write_all(&frame(1, END_HEADERS, id, &[0x88]))?;
                    stream.write_all(&frame(0, END_STREAM, id, b"{}"))?;
                }
            }
            _ => {}
        }
        stream.flush()?;
    }
}

fn commit(stream: &mut Secure, breach: Breach, id: u32) -> io::Result<()> {
    let reset = |code: u8| frame(3, 0, id, &[0, 0, 0, code]);
    let away = |code: u8| frame(7, 0, 0, &[0, 0, 0, 0, 0, 0, 0, code]);
    match breach {
        Breach::GoAway => stream.write_all(&away(0)),
        Breach::Calm => stream.write_all(&away(11)),
        Breach::Reset => stream.write_all(&reset(2)),
        Breach::Refused => stream.write_all(&reset(7)),
        Breach::Flood => {
            stream.write_all(&frame(1, END_HEADERS, id, &[0x88]))?;
            loop {
                stream.write_all(&frame(0, 0, id, &[]))?;
            }
        }
        Breach::Headers => {
            stream.write_all(&frame(1, 0, id, &[0x88]))?;
            // "a: b", not to be remembered, a thousand times.
            let more = b"\x00\x01a\x01b".repeat(1000);
            loop {
                stream.write_all(&frame(9, 0, id, &more))?;
            }
        }
    }
}

#[test]
fn l20_a_connection_that_breaks_the_rules_of_http_2_is_given_up_and_made_anew() {
    /// Address space of 400 MiB, in KiB, of which threads and libraries take most.
    const LITTLE_MEMORY: &str = "ulimit -v 409600";
    for breach in [
        Breach::GoAway,
        Breach::Calm,
        Breach::Reset,
        Breach::Refused,
        Breach::Flood,
        Breach::Headers,
    ] {
        for (times, is_mended) in [(2, true), (usize::MAX, false)] {
            let left = AtomicUsize::new(times);
            let tunnel = Tunnel::start("good.pem", "h2", move |stream| {
                // Ends when the program lets go of it.
                let _ = speak(stream, breach, &left);
            });
            let mut env = tunnel.user();
            env.set("GPHOTOS_DL_API_TIMEOUT", "1");
            let run = env.shell(LITTLE_MEMORY, &SYNC).spawn();
            let output = env.finish(run.expect("it starts"));
            let what = format!("{breach:?}, {times} times\n{output}");
            if is_mended {
                assert_eq!(output.exit, 0, "{what}");
            } else {
                assert_eq!(output.exit, 3, "{what}");
                assert!(output.stderr.contains("not listed: 2024-03-09"), "{what}");
            }
            assert!(tunnel.believed() > 0, "{what}");
        }
    }
}
