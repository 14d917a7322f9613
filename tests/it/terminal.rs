//! What a run leaves on a terminal.

use std::process::{Command, Stdio};

use gphotos_sim::World;

use crate::support::{TestEnv, skipped};

/// Everything that the program writes to a terminal, in its order.
fn on_a_terminal(env: &TestEnv, args: &[&str]) -> Option<String> {
    let inner = env.command(args);
    let mut line = inner.get_program().to_string_lossy().into_owned();
    for arg in args {
        line.push(' ');
        line.push_str(arg);
    }
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("TERM", "xterm")
        .current_dir(env.root())
        .stdin(Stdio::null());
    let Ok(output) = command.output() else {
        skipped("there is no `script` to make a terminal with");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Erases the line that the cursor is in.
const ERASE: &str = "\u{1b}[2K";

#[test]
fn the_live_line_is_gone_before_the_summary_is_there() {
    let world = (0..40).fold(World::new(), |world, number| {
        world.photo(&format!("{number:02}.jpg"), "2024-03-09T12:00:00Z")
    });
    let env = TestEnv::signed_in(world.with(|world| world.network.latency_ms = 20));
    let args = [
        "sync",
        "--since",
        "2024-03-01",
        "--until",
        "2024-03-31",
        "--color",
        "never",
    ];
    let Some(seen) = on_a_terminal(&env, &args) else {
        return;
    };
    let (live, summary) = seen.split_once("Synced 2024").expect("a summary");
    let (_, after) = live.rsplit_once("listed ").expect("a live line");
    assert!(after.contains(ERASE), "{seen:?}");
    assert!(!summary.contains("listed 3"), "{seen:?}");
    assert!(live.contains(" items fetched"), "{seen:?}");
}
