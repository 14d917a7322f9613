//! A list with less than there was: nothing is given up at Google for it.

use gphotos_sim::{Fault, FaultKind, Route};
use serde_json::json;

use super::{answer, assert_resumed, everything, kept, three};
use crate::support::TestEnv;

fn nothing() -> Fault {
    Fault::new(answer(200, &json!({}))).route(Route::ListPicked)
}

/// A selection of which one item could not be fetched.
fn two_of_three() -> TestEnv {
    let dead = Fault::new(FaultKind::UrlExpired).route(Route::PickedBytes);
    let env = everything(three().fail(dead.item("a.jpg").always()));
    env.run(&["pick", "--no-browser"]).assert_exit(3);
    assert_eq!(env.archive().paths().len(), 2);
    env.google.world(|world| world.faults.clear());
    env
}

#[test]
fn an_empty_list_is_asked_for_again() {
    let env = everything(three().fail(nothing()));
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    assert_eq!(env.archive().paths().len(), 3);
    let env = two_of_three();
    env.google.world(|world| world.faults.push(nothing()));
    assert_resumed(&env);
}

#[test]
fn a_list_that_stays_empty_is_not_believed_where_it_had_items() {
    let env = two_of_three();
    let empty = nothing().always();
    env.google.world(|world| world.faults.push(empty));
    env.run(&["pick", "--resume", "--no-browser"])
        .assert_exit(3)
        .assert_says("Google lists 0 of the 3 items that were selected")
        .assert_says("pick --resume");
    assert_eq!(kept(&env).len(), 1);
    assert!(!env.google.sessions()[0].deleted);
    env.google.world(|world| world.faults.clear());
    assert_resumed(&env);
}

#[test]
fn a_list_that_is_empty_when_an_address_has_died_gives_nothing_up() {
    for times in [1, 50] {
        let dead = Fault::new(FaultKind::UrlExpired).route(Route::PickedBytes);
        let env = everything(
            three()
                .fail(dead.always())
                .fail(nothing().nth(2).times(times)),
        );
        env.run_or_kill(&["pick", "--no-browser", "--jobs", "1"])
            .assert_exit(3)
            .assert_says("pick --resume");
        assert_eq!(kept(&env).len(), 1, "{times}");
        assert!(!env.google.sessions()[0].deleted, "{times}");
        // Nobody asks for the whole list again for each item.
        assert!(env.google.stats().count(Route::ListPicked) < 20);
        env.google.world(|world| world.faults.clear());
        assert_resumed(&env);
    }
}

#[test]
fn a_run_that_is_killed_remembers_how_much_there_was() {
    let env = everything(three());
    env.google.close(Route::PickedBytes);
    let mut run = env.spawn(&["pick", "--no-browser"]);
    crate::support::until("the list is whole, and a load waits", || {
        let path = env.path("credentials/picker_sessions.json");
        env.google.waiting(Route::PickedBytes) > 0
            && std::fs::read_to_string(path).is_ok_and(|text| text.contains("\"listed\": 3"))
    });
    run.kill().expect("killed");
    let _ = env.finish(run);
    env.google.open(Route::PickedBytes);
    let empty = nothing().always();
    env.google.world(|world| world.faults.push(empty));
    env.run(&["pick", "--resume", "--no-browser"])
        .assert_exit(3);
    assert!(!env.google.sessions()[0].deleted);
    env.google.world(|world| world.faults.clear());
    assert_resumed(&env);
}

#[test]
fn fewer_are_believed_when_google_says_so_twice() {
    let env = two_of_three();
    // Somebody has put it into the bin meanwhile.
    let here = env.google.sessions()[0].picked.clone().expect("picked");
    let a = env.google.world(|world| world.named("a.jpg").id.clone());
    let item = |id: &String| json!({ "id": id, "mediaFile": {} });
    let two: Vec<_> = here.iter().filter(|id| **id != a).map(item).collect();
    let two = Fault::new(answer(200, &json!({ "mediaItems": two }))).route(Route::ListPicked);
    env.google.world(|world| world.faults.push(two.always()));
    env.run(&["pick", "--resume", "--no-browser"])
        .assert_exit(0);
    assert_eq!(env.google.stats().count(Route::DeleteSession), 1);
    assert_eq!(kept(&env), [""; 0]);
}
