//! A browser of a few lines: it fetches a page and follows redirects, plain http to this machine only.

use std::io::{Read, Write};
use std::net::TcpStream;

/// Where a visit ended.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) address: String,
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Opens an address as a person's browser would.
pub(crate) fn visit(address: &str) -> Visit {
    follow(address, None)
}

/// Sends a form, as its button does.
pub(crate) fn submit(address: &str, form: &str) -> Visit {
    follow(address, Some(form))
}

fn follow(address: &str, mut form: Option<&str>) -> Visit {
    let mut address = address.to_owned();
    for _ in 0..10 {
        let (status, location, body) = fetch(&address, form.take());
        match location {
            Some(next) if (300..400).contains(&status) => address = next,
            _ => {
                return Visit {
                    address,
                    status,
                    body,
                };
            }
        }
    }
    panic!("{address} redirects in circles");
}

/// Where a page sends the browser, without going there.
pub(crate) fn redirect_of(address: &str) -> Option<String> {
    fetch(address, None).1
}

fn fetch(address: &str, form: Option<&str>) -> (u16, Option<String>, String) {
    let rest = address.strip_prefix("http://").expect("an http address");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).expect("somebody listens");
    let (method, form) = form.map_or(("GET", ""), |form| ("POST", form));
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    )
    .expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("read");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .expect("a status");
    let location = head.lines().find_map(|line| {
        line.to_lowercase()
            .starts_with("location:")
            .then(|| line[9..].trim().to_owned())
    });
    (status, location, body.to_owned())
}
