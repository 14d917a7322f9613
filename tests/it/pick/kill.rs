//! Death at any moment, and `--resume`.

use gphotos_sim::{Pick, Route, Rule, Seeded, World};

use super::{at_the_page, kept};
use crate::support::{Checker, TestEnv, assert_clean, until};

fn library() -> World {
    let seeded = Seeded {
        seed: 5,
        items: 60,
        start: "2024-02-20".parse().expect("a date"),
        days: 20,
        photo_size: 0,
        video_share_percent: 10,
        motion_share_percent: 20,
    };
    World::new()
        .with_items(seeded.items())
        .person_picks(Pick::Everything, 2)
        .with(|world| {
            world.network.latency_ms = 3;
            world.picker.short_pages = Some(13);
        })
}

fn loads(env: &TestEnv) -> u64 {
    env.google.stats().all_byte_requests()
}

type Moment = (&'static str, fn(&TestEnv) -> bool);

const MOMENTS: [Moment; 9] = [
    ("the archive is made", |env| {
        env.path("downloads/.gphotos-dl/index/index.db").exists()
    }),
    ("the selection is remembered", |env| !kept(env).is_empty()),
    ("Google is asked how it stands", |env| {
        env.google.stats().count(Route::GetSession) > 0
    }),
    ("the first page is listed", |env| {
        env.google.stats().count(Route::ListPicked) > 0
    }),
    ("the first load is asked for", |env| loads(env) >= 1),
    ("some loads are done", |env| loads(env) >= 20),
    ("most loads are done", |env| loads(env) >= 55),
    ("the first file has its name", |env| {
        env.path("downloads/2024").exists()
    }),
    ("the selection is being given up", |env| {
        env.google.stats().count(Route::DeleteSession) > 0
    }),
];

#[test]
fn a_pick_that_is_killed_is_finished_by_resume() {
    for (when, has_come) in MOMENTS {
        let env = at_the_page(library());
        let mut checker = Checker::new(env.root(), &env.google);
        let mut run = env.spawn(&["pick", "--no-browser", "--jobs", "3"]);
        until(when, || has_come(&env));
        run.kill().expect("killed");
        let exit = env.finish(run).exit;
        let violations = checker.after_fault(if exit == 0 { 0 } else { 137 });
        // A run that was quicker than the kill has done everything.
        assert!(violations.is_empty(), "{when}: {violations:#?}");
        checker.remember();
        // Killed before Google's answer was written down, nothing is there to go on with.
        if kept(&env).is_empty() && env.archive().paths().is_empty() {
            env.run(&["pick", "--no-browser"]).assert_exit(0);
        } else if !kept(&env).is_empty() {
            let resumed = env.run(&["pick", "--resume", "--no-browser"]);
            assert!([0, 1].contains(&resumed.exit), "{when}: {resumed}");
        }
        // Nothing is fetched twice by selecting everything once more, and the list has it all.
        let healed = env.run(&["pick", "--no-browser"]);
        checker.learn(&env.google);
        assert_clean(&checker.after_clean_run(healed.exit), when);
        env.archive().assert_true_to(&env.google);
        assert_eq!(kept(&env), [""; 0], "{when}");
        // Killed while Google's answer was on its way, nobody knows whether the selection was given up.
        let mut broken = env.google.broken_rules();
        broken.retain(|it| it.rule != Rule::UsedAfterDelete || !it.request.starts_with("DELETE "));
        assert_eq!(broken, [], "{when}");
    }
}
