//! The program `gphotos-sim`, run as one runs it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder of its own for a test, emptied before use.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gphotos-sim"));
    command.current_dir(folder).args(arguments);
    command
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = program(folder, arguments).output().unwrap();
    assert_eq!(status.code(), Some(1));
    String::from_utf8(stderr).unwrap()
}

#[test]
fn it_prints_addresses_and_writes_the_client() {
    let folder = folder("program");
    fs::write(
        folder.join("scenario.json"),
        r#"{"faults": [{"on": {"path": "/lr/"}, "what": {"status": {"code": 503}}}]}"#,
    )
    .unwrap();
    let arguments = [
        "--port",
        "0",
        "--items",
        "5",
        "--days",
        "2",
        "--zoo",
        "--latency-ms",
        "1",
        "--consent",
        "form",
        "--scenario",
        "scenario.json",
    ];
    let mut child = program(&folder, &arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let endpoint = lines
        .into_iter()
        .find_map(|line| {
            line.strip_prefix("export GPHOTOS_DL_LIBRARY_ENDPOINT=")
                .map(str::to_owned)
        })
        .unwrap();
    let client: Value =
        serde_json::from_slice(&fs::read(folder.join("client_secret.json")).unwrap()).unwrap();
    assert_eq!(
        client["installed"]["token_uri"],
        format!("{endpoint}/token")
    );
    assert!(std::net::TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).is_ok());
    child.kill().unwrap();
    child.wait().unwrap();

    // A second start may replace what the first one wrote.
    let mut child = program(&folder, &["--port", "0", "--items", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let first = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .next()
        .unwrap()
        .unwrap();
    assert!(first.starts_with("Simulated Google Photos with 0 items on http://127.0.0.1:"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn it_says_where_the_picker_is_and_somebody_may_pick() {
    let folder = folder("picker");
    let mut child = program(
        &folder,
        &["--port", "0", "--items", "3", "--pick-after", "1"],
    )
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let endpoint = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .find_map(|line| {
            let value = line.strip_prefix("export GPHOTOS_DL_PICKER_ENDPOINT=");
            value.map(str::to_owned)
        })
        .unwrap();
    assert!(std::net::TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).is_ok());
    child.kill().unwrap();
    child.wait().unwrap();
    let help = program(&folder, &["--help"]).output().unwrap();
    assert!(
        String::from_utf8(help.stdout)
            .unwrap()
            .contains("--pick-after <POLLS>")
    );
}

#[test]
fn it_leaves_the_client_of_the_real_google_alone() {
    let folder = folder("real-client");
    let real = r#"{"installed": {"token_uri": "https://oauth2.googleapis.com/token"}}"#;
    fs::write(folder.join("client_secret.json"), real).unwrap();
    let error = refused(&folder, &["--port", "0"]);
    assert!(
        error.contains("client_secret.json exists and is not the client of a simulator"),
        "{error}"
    );
    assert!(error.contains("hint: choose another place with --client-secret"));
    assert_eq!(
        fs::read_to_string(folder.join("client_secret.json")).unwrap(),
        real
    );
}

#[test]
fn it_says_what_is_wrong_with_a_scenario_or_a_port() {
    let folder = folder("wrong");
    assert!(
        refused(&folder, &["--port", "0", "--scenario", "absent.json"])
            .contains("could not read scenario absent.json")
    );
    fs::write(
        folder.join("bad.json"),
        r#"{"faults": [{"what": "explode"}]}"#,
    )
    .unwrap();
    assert!(
        refused(&folder, &["--port", "0", "--scenario", "bad.json"])
            .contains("unknown variant `explode`")
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let error = refused(&folder, &["--port", &port]);
    assert!(
        error.contains(&format!("could not listen on 127.0.0.1:{port}"))
            && error.contains("--port 0"),
        "{error}"
    );
    assert!(
        !folder.join("client_secret.json").exists(),
        "nothing is written before it serves"
    );
}

#[test]
fn its_help_names_the_writer_of_exports_and_says_how_to_have_it() {
    let folder = folder("takeout-help");
    let help = program(&folder, &["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("Takeout export"), "{help}");
    if cfg!(feature = "takeout") {
        assert!(!help.contains("--features"), "{help}");
        return;
    }
    assert!(help.contains("--features takeout"), "{help}");
    for arguments in [
        &["takeout"][..],
        &["takeout", "--help"],
        &["takeout", "--out", "x"],
    ] {
        let said = refused(&folder, arguments);
        assert!(said.contains("--features takeout -- takeout"), "{said}");
    }
}
