//! A wire tap: passes bytes on between the program and the simulator, and keeps a copy of both directions.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Listens on a port of its own until the test process ends.
pub(super) struct Tap {
    address: String,
    sent: Copy,
    answered: Copy,
}

type Copy = Arc<Mutex<Vec<u8>>>;

impl Tap {
    /// `endpoint` is written `http://127.0.0.1:PORT`.
    pub(super) fn before(endpoint: &str) -> Self {
        let target = endpoint.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let (sent, answered) = (Copy::default(), Copy::default());
        let copies = (sent.clone(), answered.clone());
        thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(&target)) else {
                    continue;
                };
                let back = (
                    server.try_clone().expect("a handle"),
                    client.try_clone().expect("a handle"),
                );
                let (sent, answered) = copies.clone();
                thread::spawn(move || pass_on(client, server, &sent));
                thread::spawn(move || pass_on(back.0, back.1, &answered));
            }
        });
        Self {
            address,
            sent,
            answered,
        }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// What the program has sent.
    pub(super) fn sent(&self) -> String {
        text(&self.sent)
    }

    /// What it was answered.
    pub(super) fn answered(&self) -> String {
        text(&self.answered)
    }
}

fn text(copy: &Copy) -> String {
    String::from_utf8_lossy(&copy.lock().expect("not poisoned")).into_owned()
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, copy: &Copy) {
    let mut chunk = [0; 16 << 10];
    while let Ok(count) = from.read(&mut chunk) {
        if count == 0 {
            break;
        }
        copy.lock().expect("not poisoned").extend(&chunk[..count]);
        if to.write_all(&chunk[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
