//! No token, code, proof key, client secret or address of a photo's bytes is ever printed or kept outside
//! `credentials/`, in whatever form, and none is sent to anybody who did not issue it.

mod canaries;
mod pick;
mod tap;

use std::fs;

use gphotos_sim::{Fault, FaultKind, Route, Rule, World};

use self::canaries::{Canaries, Needles};
use self::tap::Tap;
use crate::support::{CommandOutput, Login, TestEnv, redirect_of, visit};

const TOKEN: &str = "credentials/token_library.json";
/// The files that are there to hold a secret.
const OWN: [&str; 4] = [
    TOKEN,
    "credentials/token_picker.json",
    "credentials/picker_sessions.json",
    "credentials/client_secret.json",
];
/// With characters that look different in every encoding.
const CLIENT_SECRET: &str = "GOCSPX-canary_of+the/client=secret";
const LOUD: [&str; 4] = ["-vv", "--log-format", "json", "--json"];

/// A library with a video (its bytes are redirected), and several kinds of transfers that fail.
fn world() -> World {
    let world = World::new()
        .photo("fine.jpg", "2024-03-09T06:15:42Z")
        .video("film.mp4", "2024-03-09T07:15:42Z")
        .photo("refused.jpg", "2024-03-10T06:15:42Z")
        .photo("broken.jpg", "2024-03-11T06:15:42Z")
        .photo("elsewhere.jpg", "2024-03-12T06:15:42Z")
        .photo("circle.jpg", "2024-03-13T06:15:42Z")
        .photo("page.jpg", "2024-03-14T06:15:42Z")
        .photo("expired.jpg", "2024-03-15T06:15:42Z")
        .with(|world| world.oauth.client_secret = CLIENT_SECRET.into());
    let at = |name: &str, what| Fault::new(what).route(Route::Bytes).item(name).always();
    world
        .fail(at("refused.jpg", FaultKind::status(500)))
        .fail(at("broken.jpg", FaultKind::ResetAfter { bytes: 100 }))
        .fail(at(
            "elsewhere.jpg",
            FaultKind::Redirect {
                to: "https://evil.example/x".to_owned(),
                code: 302,
            },
        ))
        .fail(at("page.jpg", FaultKind::HtmlOk))
        .fail(at("expired.jpg", FaultKind::UrlExpired))
}

/// Everything that a run has printed, and everything that it has left behind.
struct Traces {
    printed: Vec<(String, String)>,
}

impl Traces {
    fn note(&mut self, what: &str, output: &CommandOutput) {
        let name = |stream| format!("{stream} of {what}");
        self.printed.push((name("stdout"), output.stdout.clone()));
        self.printed.push((name("stderr"), output.stderr.clone()));
    }

    /// Where a canary was found, and which.
    fn search(&self, env: &TestEnv, needles: &Needles) -> Vec<String> {
        let mut found = Vec::new();
        for (name, text) in &self.printed {
            found.extend(needles.search(name, text.as_bytes()));
        }
        let mut folders = vec![env.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.display().to_string();
                found.extend(needles.search("a file name", name.as_bytes()));
                if path.is_dir() {
                    folders.push(path);
                } else if !OWN.iter().any(|own| path == env.path(own)) {
                    found.extend(needles.search(&name, &fs::read(&path).expect("readable")));
                }
            }
        }
        found
    }
}

#[test]
fn nothing_that_is_printed_or_kept_holds_a_secret() {
    let mut env = TestEnv::new(world());
    env.set("RUST_LOG", "trace");
    env.set("RUST_BACKTRACE", "1");
    // Between the program and Google, a wire tap: the proof key and the addresses of bytes are seen nowhere else.
    let tap = Tap::before(env.google.endpoint());
    let client = env.google.client_secret_json();
    let client = client.replace(env.google.endpoint(), tap.address());
    fs::write(env.path("credentials/client_secret.json"), client).expect("written");
    env.set("GPHOTOS_DL_LIBRARY_ENDPOINT", tap.address());
    let mut traces = Traces {
        printed: Vec::new(),
    };
    let mut canaries = Canaries::default();
    canaries.add("client secret", CLIENT_SECRET);

    for args in [&["-vv"][..], &["--log-format", "json", "-vv"], &[]] {
        let login = Login::start(&env, args);
        let back = redirect_of(&login.address).expect("Google sends the browser back");
        canaries.add_query(&back, "code");
        visit(&back);
        traces.note("login", &login.finish().assert_exit(0));
        canaries.add_token_file(&env.path(TOKEN));
    }
    let daily: &[&str] = &["sync", "--since", "2024-03-01", "--until", "2024-03-31"];
    for args in [
        daily.to_vec(),
        [daily, &LOUD].concat(),
        [daily, &["-vv"]].concat(),
    ] {
        env.google.expire_access_tokens();
        traces.note("sync", &env.run(&args).assert_exit(3));
        canaries.add_token_file(&env.path(TOKEN));
    }
    // Ends in errors of the sign-in and of the API.
    for trouble in [
        Fault::new(FaultKind::HtmlOk).path("/v1/").always(),
        Fault::new(FaultKind::status(403)).path("/v1/").always(),
        Fault::new(FaultKind::status(401)).path("/v1/").always(),
        Fault::new(FaultKind::token_error("invalid_grant"))
            .route(Route::Token)
            .always(),
    ] {
        env.google.world(|world| world.faults.insert(0, trouble));
        let output = env.run(&[daily, &LOUD].concat());
        assert_ne!(output.exit, 0, "{output}");
        traces.note("sync in trouble", &output);
        canaries.add_token_file(&env.path(TOKEN));
        env.google.world(|world| world.faults.remove(0));
        env.google.expire_access_tokens();
    }
    traces.note("logout", &env.run(&["logout", "-vv"]).assert_exit(0));

    canaries.add_form_fields(&tap.sent(), "code_verifier");
    canaries.add_base_urls(&tap.answered());
    for (kind, at_least) in [
        ("client secret", 1),
        ("code", 3),
        ("code_verifier", 3),
        ("access_token", 6),
        ("refresh_token", 3),
        ("base URL", 8),
    ] {
        assert!(
            canaries.count(kind) >= at_least,
            "too few of {kind}: {canaries:?}"
        );
    }
    assert!(
        traces
            .printed
            .iter()
            .any(|(_, text)| text.contains("DEBUG")),
        "nothing was logged"
    );
    let needles = canaries.needles();
    assert_eq!(traces.search(&env, &needles), [""; 0]);
    // Found it would have been: in every form, on disk and in what was printed.
    let index = env.path("downloads/.gphotos-dl/index/index.db");
    assert!(index.is_file(), "the index was not searched");
    for (kind, text) in canaries.disguises() {
        let found = needles.search("a text", text.as_bytes());
        assert!(
            found.iter().any(|found| found.starts_with(kind)),
            "{kind} in {text}"
        );
    }
    let (_, text) = canaries.disguises().swap_remove(0);
    fs::write(&index, &text).expect("written");
    traces.printed.push(("a line".to_owned(), text));
    let found = traces.search(&env, &needles);
    let found_in = |place: &str| found.iter().any(|found| found.contains(place));
    assert!(found_in("index.db") && found_in("a line"), "{found:?}");
}

#[test]
fn the_transfers_fail_as_the_search_for_secrets_needs() {
    let env = TestEnv::signed_in(world());
    env.sync(&[]).assert_exit(3);
    let statuses = env.archive();
    let statuses = statuses.statuses();
    assert_eq!((statuses["downloaded"], statuses["failed"]), (3, 5));
}

#[test]
fn credentials_reach_neither_the_media_host_nor_a_redirects_target() {
    let stranger = TestEnv::new(World::new());
    let to = format!("{}/lr/stolen", stranger.google.downloads_endpoint());
    let redirect = Fault::new(FaultKind::Redirect { to, code: 307 });
    let env = TestEnv::signed_in(world().fail(redirect.item("circle.jpg").always()));
    env.sync(&[]).assert_exit(3);
    let stats = env.google.stats();
    assert!(stats.count(Route::Bytes) > 0 && stats.count(Route::Download) > 0);
    assert!(
        stranger.google.stats().total() > 0,
        "nothing was redirected"
    );
    assert_eq!(env.google.broken_rules(), []);
    assert_eq!(stranger.google.broken_rules(), []);
}

#[test]
fn an_api_that_redirects_is_given_no_token_elsewhere() {
    let stranger = TestEnv::new(World::new());
    for code in [301, 302, 307, 308] {
        let to = format!("{}/v1/mediaItems", stranger.google.endpoint());
        let redirect = Fault::new(FaultKind::Redirect { to, code })
            .path("/v1/")
            .always();
        let env = TestEnv::signed_in(world().fail(redirect));
        let output = env.sync(&[]);
        assert!([1, 3].contains(&output.exit), "{code}:\n{output}");
    }
    assert_eq!(stranger.google.stats().total(), 0);
}

#[test]
fn the_simulator_notices_a_credential_on_a_byte_request() {
    use std::io::{Read, Write};
    let env = TestEnv::new(world());
    let item = env.google.truth().into_keys().next().expect("an item");
    let url = env.google.base_url(&item);
    let address = url::Url::parse(&url).expect("an address");
    let host = address.authority();
    let mut stream = std::net::TcpStream::connect(host).expect("it listens");
    write!(
        stream,
        "GET {}=d HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n",
        address.path()
    )
    .expect("sent");
    stream.read_to_end(&mut Vec::new()).expect("read");
    let rules: Vec<_> = env
        .google
        .broken_rules()
        .into_iter()
        .map(|broken| broken.rule)
        .collect();
    assert_eq!(rules, [Rule::CredentialOnByteRequest]);
}
