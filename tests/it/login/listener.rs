//! The listener on 127.0.0.1 hears everything that runs on this machine, and goes on waiting for the one answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use gphotos_sim::{Route, World};

use crate::support::{Login, TestEnv, visit};

/// Sends these bytes and returns what comes back before the connection ends, however it ends.
fn send(to: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(to).expect("somebody listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a deadline");
    // The other side may hang up on a long request before it has read all of it.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Whatever happened before: the sign-in is still waiting, nothing was sent to Google, and the browser gets through.
#[track_caller]
fn assert_still_waiting(env: &TestEnv, login: Login) {
    assert_eq!(env.google.stats().count(Route::Token), 0);
    assert_eq!(visit(&login.address).status, 200);
    login.finish().assert_exit(0).assert_says("Signed in");
    assert_eq!(env.google.stats().exchanges, 1);
}

#[test]
fn favicons_and_stray_paths_leave_it_waiting() {
    let env = TestEnv::new(World::new());
    let login = Login::start(&env, &[]);
    let state = login.state();
    for target in [
        "/favicon.ico",
        "/",
        "/robots.txt",
        &format!("/callback?state={state}&code=4/0Astray"),
        &format!("//?state={state}&code=4/0Astray"),
    ] {
        let status = visit(&login.at_listener(target)).status;
        assert!((400..500).contains(&status), "{target}: {status}");
    }
    assert_still_waiting(&env, login);
}

#[test]
fn an_answer_without_our_state_is_refused_and_it_goes_on_waiting() {
    let env = TestEnv::new(World::new());
    let login = Login::start(&env, &[]);
    let state = login.state();
    let (shorter, longer) = (&state[1..], format!("{state}x"));
    for query in [
        "code=4/0Aforeign".to_owned(),
        "state=&code=4/0Aforeign".to_owned(),
        "state=somebody-elses&code=4/0Aforeign".to_owned(),
        format!("state={shorter}&code=4/0Aforeign"),
        format!("state={longer}&code=4/0Aforeign"),
        format!("state=%ff{state}&code=4/0Aforeign"),
        "error=access_denied".to_owned(),
        "state=somebody-elses&error=access_denied".to_owned(),
        // Ours, but without an answer in it.
        format!("state={state}"),
        format!("state={state}&code="),
    ] {
        let visit = visit(&login.at_listener(&format!("/?{query}")));
        assert_eq!(visit.status, 400, "{query}");
    }
    assert_still_waiting(&env, login);
}

#[test]
fn garbage_does_not_end_the_wait() {
    let env = TestEnv::new(World::new());
    let login = Login::start(&env, &[]);
    let state = login.state();
    for bytes in [
        b"".as_slice(),
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\xff\xfe\x00\x00\r\n\r\n",
        b"GET http://evil.example/?code=1 HTTP/1.1\r\n\r\n",
        format!("POST /?state={state}&code=4/0Aposted HTTP/1.1\r\n\r\n").as_bytes(),
        // Cut off before the end of the header.
        format!("GET /?state={state}&code=4/0Acut HTTP/1.1\r\nHost: x").as_bytes(),
    ] {
        let answer = send(login.listener(), bytes);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{bytes:?}: {answer}"
        );
    }
    assert_still_waiting(&env, login);
}

#[test]
fn an_over_long_request_is_not_read_to_its_end() {
    let env = TestEnv::new(World::new());
    let login = Login::start(&env, &[]);
    let request = format!(
        "GET /?state={}&code=4/0Along&padding={} HTTP/1.1\r\n\r\n",
        login.state(),
        "x".repeat(4 << 20)
    );
    let answer = send(login.listener(), request.as_bytes());
    assert!(!answer.contains(" 200 "), "{answer}");
    assert_still_waiting(&env, login);
}

#[test]
fn idle_connections_do_not_keep_the_browser_out() {
    for count in [50, 120] {
        let env = TestEnv::new(World::new());
        let login = Login::start(&env, &[]);
        let idle: Vec<_> = (0..count)
            .map(|_| TcpStream::connect(login.listener()).expect("somebody listens"))
            .collect();
        assert_still_waiting(&env, login);
        drop(idle);
    }
}

#[test]
fn nobody_reaches_it_from_another_address() {
    let env = TestEnv::new(World::new());
    let login = Login::start(&env, &[]);
    let port = login.listener().port();
    TcpStream::connect(("127.0.0.1", port)).expect("this is where it listens");
    // A listener on every address would be reached here too.
    assert!(TcpStream::connect(("127.0.0.2", port)).is_err());
    assert!(TcpStream::connect(("::1", port)).is_err());
    if cfg!(target_os = "linux") {
        assert_eq!(listening_on(port), ["0100007F"]);
    }
}

/// The addresses, in the kernel's notation, on which somebody listens on this port.
fn listening_on(port: u16) -> Vec<String> {
    let mut addresses = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let table = std::fs::read_to_string(table).unwrap_or_default();
        for line in table.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            let (address, at) = fields[1].split_once(':').expect("an address");
            // 0A: in state LISTEN.
            if fields[3] == "0A" && at == format!("{port:04X}") {
                addresses.push(address.to_owned());
            }
        }
    }
    addresses
}

#[test]
fn the_port_may_be_chosen() {
    let env = TestEnv::new(World::new());
    // Below the range from which the kernel takes free ports, so that no other test is given it meanwhile.
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).expect("small");
    let port = (first..first + 1000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port");
    let login = Login::start(&env, &["--port", &port.to_string()]);
    assert_eq!(login.listener().port(), port);
    assert_still_waiting(&env, login);
}

#[test]
fn a_busy_port_is_named_at_once() {
    let env = TestEnv::new(World::new());
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port();
    let output = env
        .run(&["login", "--no-browser", "--port", &port.to_string()])
        .assert_exit(1)
        .assert_says(&format!("127.0.0.1:{port}"))
        .assert_says("hint:")
        .assert_says("--port");
    assert_eq!(output.stdout, "", "there is nothing to open yet");
}
