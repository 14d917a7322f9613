//! The same of `pick`, whose token goes along with every request for bytes.

use std::fs;

use gphotos_sim::{Fault, FaultKind, Host, Pick, Route, World};

use super::canaries::Canaries;
use super::tap::Tap;
use super::{CLIENT_SECRET, LOUD, Traces};
use crate::support::{Login, TestEnv, redirect_of, visit};

const TOKEN: &str = "credentials/token_picker.json";

/// A selection with a film (its bytes are redirected), and several kinds of transfers that fail.
fn env() -> TestEnv {
    let world = ["fine", "refused", "broken", "elsewhere", "page", "expired"]
        .into_iter()
        .fold(World::new(), |world, name| {
            world.photo(&format!("{name}.jpg"), "2024-03-09T06:15:42Z")
        });
    let world = world
        .video("film.mp4", "2024-03-09T07:15:42Z")
        .person_picks(Pick::Everything, 1)
        .with(|world| {
            world.oauth.client_secret = CLIENT_SECRET.into();
            world.picker.waits = 0.001;
        });
    let env = TestEnv::new(world);
    let at = |name: &str, what| {
        let fault = Fault::new(what).route(Route::PickedBytes);
        fault.item(&format!("{name}.jpg")).always()
    };
    // Not Google's, and it would take whatever it is given.
    let to = format!("{}/photo.jpg", env.google.foreign_endpoint());
    let faults = [
        at("refused", FaultKind::status(500)),
        at("broken", FaultKind::ResetAfter { bytes: 100 }),
        at("elsewhere", FaultKind::Redirect { to, code: 307 }),
        at("page", FaultKind::HtmlOk),
        at("expired", FaultKind::UrlExpired),
    ];
    env.google.world(|world| world.faults.extend(faults));
    env
}

#[test]
fn nothing_that_pick_prints_or_keeps_holds_a_secret_and_no_stranger_gets_one() {
    let mut env = env();
    env.set("RUST_LOG", "trace");
    env.set("RUST_BACKTRACE", "1");
    let (google, picker) = (
        Tap::before(env.google.endpoint()),
        Tap::before(env.google.picker_endpoint()),
    );
    let client = env.google.client_secret_json();
    let client = client.replace(env.google.endpoint(), google.address());
    fs::write(env.path("credentials/client_secret.json"), client).expect("written");
    env.set("GPHOTOS_DL_PICKER_ENDPOINT", picker.address());
    let mut traces = Traces {
        printed: Vec::new(),
    };
    let mut canaries = Canaries::default();
    canaries.add("client secret", CLIENT_SECRET);
    let login = Login::start(&env, &["--for", "picker", "-vv"]);
    let back = redirect_of(&login.address).expect("Google sends the browser back");
    canaries.add_query(&back, "code");
    visit(&back);
    traces.note("login", &login.finish().assert_exit(0));
    canaries.add_token_file(&env.path(TOKEN));

    let anew: &[&str] = &["pick", "--no-browser"];
    let resumed: &[&str] = &["pick", "--resume", "--no-browser"];
    for args in [
        anew.to_vec(),
        [resumed, &LOUD].concat(),
        [anew, &LOUD].concat(),
        [resumed, &["-vv"]].concat(),
    ] {
        env.google.expire_access_tokens();
        traces.note("pick", &env.run(&args).assert_exit(3));
        canaries.add_token_file(&env.path(TOKEN));
    }
    // Ends in errors of the API.
    for (status, path) in [(403, "/v1/"), (401, "/v1/"), (500, "/v1/sessions")] {
        let trouble = Fault::new(FaultKind::status(status)).path(path).always();
        env.google.world(|world| world.faults.insert(0, trouble));
        let output = env.run(&[anew, &LOUD].concat());
        assert_ne!(output.exit, 0, "{output}");
        traces.note("pick in trouble", &output);
        canaries.add_token_file(&env.path(TOKEN));
        env.google.world(|world| world.faults.remove(0));
    }
    canaries.add_form_fields(&google.sent(), "code_verifier");
    canaries.add_base_urls(&picker.answered());
    for (kind, at_least) in [("access_token", 5), ("refresh_token", 1), ("base URL", 7)] {
        let count = canaries.count(kind);
        assert!(count >= at_least, "too few of {kind}: {canaries:?}");
    }
    let is_logged = |(_, text): &(String, String)| text.contains("DEBUG");
    assert!(traces.printed.iter().any(is_logged), "nothing was logged");
    assert_eq!(traces.search(&env, &canaries.needles()), [""; 0]);
    let is_index = env.path("downloads/.gphotos-dl/index/index.db").is_file();
    assert!(is_index, "the index was not searched");

    let stats = env.google.stats();
    assert!(stats.bearers_at(Host::Main) > 0 && stats.bearers_at(Host::Picker) > 0);
    assert_eq!(stats.bearers_at(Host::Foreign), 0);
    assert_eq!(stats.count(Route::Foreign), 0);
    assert_eq!(env.google.broken_rules(), []);
}
