//! `login --paste`: the browser is on another machine, and the address that it could not load comes back by hand.

use std::io::{Read, Write};
use std::process::{Child, Stdio};

use gphotos_sim::{Consent, Route, World};

use crate::support::{CommandOutput, TestEnv, ends, redirect_of};

/// Starts `login --paste` and reads up to the address that it shows.
fn start(env: &TestEnv) -> (Child, String) {
    let mut child = env
        .command(&["login", "--paste"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let stderr = child.stderr.as_mut().expect("stderr is piped");
    let mut said = Vec::new();
    let mut byte = [0];
    while stderr.read_exact(&mut byte).is_ok() {
        said.extend(byte);
        let text = String::from_utf8_lossy(&said);
        if let Some(address) = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("http"))
            && text.ends_with('\n')
        {
            return (child, format!("http{address}"));
        }
    }
    panic!("no address: {}", env.finish(child));
}

fn paste(env: &TestEnv, mut child: Child, text: &str) -> CommandOutput {
    let mut stdin = child.stdin.take().expect("stdin is piped");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    env.finish(child)
}

#[test]
fn the_pasted_address_signs_in() {
    let env = TestEnv::new(World::new());
    for (before, after) in [("", "\n"), ("", ""), ("  \"", "\"  \r\n"), ("<", ">\n")] {
        let (child, address) = start(&env);
        let back = redirect_of(&address).expect("Google sends the browser back");
        assert!(back.starts_with("http://127.0.0.1:"), "{back}");
        let output = paste(&env, child, &format!("{before}{back}{after}")).assert_exit(0);
        assert_eq!(output.stdout, "", "stdout is for data");
        assert!(env.path("credentials/token_library.json").is_file());
        std::fs::remove_file(env.path("credentials/token_library.json")).expect("removed");
    }
    assert_eq!(env.google.stats().exchanges, 4);
}

#[test]
fn nothing_but_the_answer_to_this_sign_in_is_taken() {
    let env = TestEnv::new(World::new());
    let (waiting, other) = start(&env);
    let of_another_sign_in = redirect_of(&other).expect("Google sends the browser back");
    paste(&env, waiting, "").assert_exit(4);
    for (pasted, why) in [
        ("", "nothing was pasted"),
        ("\n", "nothing was pasted"),
        ("   \n", "nothing was pasted"),
        ("yes\n", "not an address"),
        ("4/0AcodeAlone\n", "not an address"),
        (
            "https://accounts.google.com/o/oauth2/v2/auth\n",
            "this sign-in",
        ),
        ("http://127.0.0.1:1/?state=x&code=4/0A\n", "this sign-in"),
        (&of_another_sign_in, "this sign-in"),
    ] {
        let (child, _) = start(&env);
        paste(&env, child, pasted)
            .assert_exit(4)
            .assert_says(why)
            .assert_says("hint:")
            .assert_says("gphotos-dl login");
    }
    assert_eq!(env.google.stats().count(Route::Token), 0);
    assert!(!env.path("credentials/token_library.json").exists());
}

#[test]
fn a_pasted_refusal_is_a_denial() {
    let env = TestEnv::new(World::new().with(|world| world.oauth.consent = Consent::Deny));
    let (child, address) = start(&env);
    let back = redirect_of(&address).expect("Google sends the browser back");
    assert!(back.contains("error=access_denied"), "{back}");
    paste(&env, child, &back)
        .assert_exit(4)
        .assert_says("access_denied")
        .assert_says("hint:")
        .assert_says("Allow");
}

#[test]
fn a_terminal_at_which_nobody_sits_is_not_waited_for_without_end() {
    let env = TestEnv::new(World::new());
    let mut child = env
        .command(&["login", "--paste", "--timeout", "1"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Open, and nothing comes.
    let keys = child.stdin.take();
    assert!(ends(&mut child));
    env.finish(child)
        .assert_exit(4)
        .assert_says("paste it here, within 1 second")
        .assert_says("nobody signed in within 1 second")
        .assert_says("hint:");
    drop(keys);
}

#[test]
fn a_gigabyte_is_not_read() {
    let env = TestEnv::new(World::new());
    let (mut child, _) = start(&env);
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let megabyte = vec![b'x'; 1 << 20];
    // It hangs up long before the end.
    let read = (0..1024).all(|_| stdin.write_all(&megabyte).is_ok());
    assert!(!read, "a gigabyte was taken");
    env.finish(child).assert_exit(4).assert_says("hint:");
}
