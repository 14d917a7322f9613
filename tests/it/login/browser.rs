//! Without `--no-browser` the program opens one itself: what `BROWSER` names, else what the desktop has.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use gphotos_sim::{Consent, World};
use url::Url;

use crate::support::{TestEnv, skipped, visit};

/// An executable script in the root, and its path.
fn script(env: &TestEnv, name: &str, lines: &str) -> String {
    let path = env.path(name);
    std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("chmod");
    path.display().to_string()
}

fn has_curl() -> bool {
    let found = ["/usr/bin/curl", "/bin/curl"]
        .iter()
        .any(|path| std::path::Path::new(path).exists());
    if !found {
        skipped("there is no curl to be the browser");
    }
    found
}

#[test]
fn the_browser_that_the_variable_names_is_opened_with_the_address() {
    if !has_curl() {
        return;
    }
    let mut env = TestEnv::new(World::new());
    let browser = script(
        &env,
        "browser",
        "exec curl --silent --location --output page.html \"$1\"",
    );
    env.set("BROWSER", &browser);
    let output = env.run(&["login"]).assert_exit(0).assert_says("Signed in");
    assert_eq!(output.stdout, "", "stdout is for data");
    assert!(env.path("credentials/token_library.json").is_file());
    assert_eq!(env.google.stats().exchanges, 1);
}

#[test]
fn no_shell_reads_what_the_variable_says() {
    let mut env =
        TestEnv::new(World::new().with(|world| world.oauth.consent = Consent::TesterBlock));
    let browser = script(&env, "browser", "printf '%s\\n' \"$@\" > arguments");
    env.set(
        "BROWSER",
        &format!("{browser} ;touch owned; $(touch${{IFS}}owned) `touch${{IFS}}owned` | tee owned"),
    );
    env.run(&["login", "--timeout", "2"]).assert_exit(4);
    assert!(!env.path("owned").exists());
    let arguments = std::fs::read_to_string(env.path("arguments")).expect("the browser was opened");
    assert!(arguments.starts_with(";touch\nowned;\n"), "{arguments}");
    let address = arguments.lines().last().expect("an address");
    assert!(
        address.starts_with(env.google.endpoint()) && Url::parse(address).is_ok(),
        "{arguments}"
    );
}

#[test]
fn where_no_browser_opens_the_address_is_there_to_be_copied() {
    let mut env = TestEnv::new(World::new());
    env.set("PATH", "/nonexistent");
    env.set("BROWSER", "/nonexistent/browser");
    let mut login = env.spawn(&["login"]);
    let stderr = login.stderr.as_mut().expect("stderr is piped");
    let mut said = String::new();
    let mut byte = [0];
    let address = loop {
        stderr.read_exact(&mut byte).expect("the address comes");
        said.push(char::from(byte[0]));
        let line = said.lines().find(|line| line.trim().starts_with("http"));
        if let Some(line) = line.filter(|_| said.ends_with('\n')) {
            break line.trim().to_owned();
        }
    };
    visit(&address);
    env.finish(login).assert_exit(0);
}
