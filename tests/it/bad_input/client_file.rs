//! `credentials/client_secret.json`, the one file that a person has to bring.

use std::fs;

use gphotos_sim::{ClientType, World};

use super::{assert_refused, assert_untouched};
use crate::support::TestEnv;

const FILE: &str = "credentials/client_secret.json";
const COMMANDS: [&[&str]; 2] = [
    &["login", "--no-browser"],
    &["sync", "--since", "2024-01-01"],
];

/// Both commands refuse what is there now, for this reason.
#[track_caller]
fn refused(env: &TestEnv, reasons: &[&str]) {
    for command in COMMANDS {
        let mut names = vec!["$ROOT/credentials/client_secret.json", "hint:"];
        names.extend(reasons);
        assert_refused(env.run_or_kill(command), 1, &names);
    }
    assert_untouched(env);
}

#[track_caller]
fn refused_text(text: impl AsRef<[u8]>, reasons: &[&str]) {
    let env = TestEnv::new(World::new());
    fs::write(env.path(FILE), text).expect("written");
    refused(&env, reasons);
}

/// The simulator's own file with one endpoint replaced.
fn with_endpoint(env: &TestEnv, field: &str, address: &str) -> String {
    let mut file: serde_json::Value =
        serde_json::from_str(&env.google.client_secret_json()).expect("JSON");
    file["installed"][field] = address.into();
    file.to_string()
}

#[test]
fn where_there_is_none_the_way_to_one_is_shown() {
    let env = TestEnv::new(World::new());
    fs::remove_file(env.path(FILE)).expect("removed");
    refused(
        &env,
        &["no such file", "Desktop app", "README", "gphotos-dl demo"],
    );
    fs::remove_dir(env.path("credentials")).expect("removed");
    refused(&env, &["no such file"]);
}

#[test]
fn one_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::new(World::new());
    fs::set_permissions(env.path(FILE), fs::Permissions::from_mode(0o000)).expect("chmod");
    for command in COMMANDS {
        let Some(output) = env.run_unprivileged(command) else {
            return;
        };
        let names = ["client_secret.json", "ermission denied", "chmod"];
        assert_refused(output, 1, &names);
    }
    assert_untouched(&env);
}

#[test]
fn a_folder_in_its_place_is_refused() {
    let env = TestEnv::new(World::new());
    fs::remove_file(env.path(FILE)).expect("removed");
    fs::create_dir(env.path(FILE)).expect("a folder");
    refused(&env, &["regular file"]);
}

#[test]
fn a_pipe_in_its_place_is_not_waited_for() {
    let env = TestEnv::new(World::new());
    fs::remove_file(env.path(FILE)).expect("removed");
    let made = std::process::Command::new("mkfifo")
        .arg(env.path(FILE))
        .status();
    assert!(made.expect("mkfifo runs").success());
    refused(&env, &["regular file"]);
}

#[test]
fn a_gigabyte_in_its_place_is_not_read() {
    let env = TestEnv::new(World::new());
    let file = fs::File::create(env.path(FILE)).expect("created");
    // Nothing but a length: it takes no room on disk.
    file.set_len(1 << 30).expect("long");
    refused(&env, &["small"]);
}

#[test]
fn text_that_is_no_json_is_refused() {
    for text in [
        "",
        "{",
        "not json",
        "<html>Sign in</html>",
        "{\"installed\":",
    ] {
        refused_text(text, &["not JSON"]);
    }
    refused_text(b"\xff\xfe{\x00\"\x00", &[]);
}

#[test]
fn json_that_is_no_client_is_refused() {
    for text in [
        "[]",
        "null",
        "{}",
        "{\"installed\":[]}",
        "{\"installed\":\"x\"}",
    ] {
        refused_text(text, &["installed"]);
    }
    for text in [
        "{\"installed\":{}}",
        "{\"installed\":{\"client_id\":\"  \"}}",
        "{\"installed\":{\"client_id\":null}}",
    ] {
        refused_text(text, &["client_id"]);
    }
}

#[test]
fn a_web_client_is_told_from_a_desktop_client() {
    let client_type = ClientType::Web {
        redirect_uris: vec!["https://example.com/back".to_owned()],
    };
    let env = TestEnv::new(World::new().with(|world| world.oauth.client_type = client_type));
    refused(&env, &["Web application", "Desktop app"]);
}

#[test]
fn a_service_account_is_told_from_a_client() {
    refused_text(
        r#"{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----","client_email":"a@b"}"#,
        &["service account", "Desktop app"],
    );
}

#[test]
fn a_byte_order_mark_is_no_trouble() {
    let env = TestEnv::new(World::new());
    let text = format!("\u{feff}{}", env.google.client_secret_json());
    fs::write(env.path(FILE), text).expect("written");
    env.sign_in();
}

#[test]
fn unknown_fields_and_a_missing_secret_are_no_trouble() {
    let env = TestEnv::new(World::new());
    let mut file: serde_json::Value =
        serde_json::from_str(&env.google.client_secret_json()).expect("JSON");
    file["installed"]["from_the_future"] = serde_json::json!({ "a": [1] });
    // Optional for desktop clients.
    file["installed"]
        .as_object_mut()
        .expect("an object")
        .remove("client_secret");
    fs::write(env.path(FILE), file.to_string()).expect("written");
    env.sign_in();
}

#[test]
fn codes_and_tokens_go_to_nobody_but_google() {
    let stranger = TestEnv::new(World::new());
    let port = stranger
        .google
        .endpoint()
        .rsplit(':')
        .next()
        .expect("a port");
    for address in [
        "https://evil.example/token",
        "https://oauth2.googleapis.com.evil.example/token",
        "https://oauth2.googleapis.com@evil.example/token",
        "https://googleapis.com.evil.example/token",
        "http://10.0.0.1/token",
        "http://169.254.169.254/token",
        "ftp://127.0.0.1/token",
        "file:///etc/passwd",
        "not an address",
        "",
        // By another name for this machine: whoever owns the name decides where it leads.
        &format!("http://localhost.evil.example:{port}/token"),
        &format!("http://127.0.0.1.evil.example:{port}/token"),
    ] {
        for field in ["token_uri", "auth_uri"] {
            let env = TestEnv::new(World::new());
            fs::write(env.path(FILE), with_endpoint(&env, field, address)).expect("written");
            refused(&env, &[field]);
        }
    }
    assert_untouched(&stranger);
}

#[test]
fn one_end_at_google_and_the_other_on_this_machine_is_refused() {
    let env = TestEnv::new(World::new());
    let google = "https://accounts.google.com/o/oauth2/auth";
    fs::write(env.path(FILE), with_endpoint(&env, "auth_uri", google)).expect("written");
    refused(&env, &["token_uri"]);
}
