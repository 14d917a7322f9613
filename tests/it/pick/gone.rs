//! A selection that Google no longer has, and one of which somebody else says so.

use gphotos_sim::{ErrorBody, Fault, FaultKind, Gone, Route};
use serde_json::json;

use super::{answer, assert_resumed, at_the_page, everything, kept, refusal, three};
use crate::support::until;

/// What a proxy or a network's login page says.
fn web_page() -> FaultKind {
    FaultKind::Status {
        code: 404,
        body: ErrorBody::Html,
        retry_after: None,
    }
}

#[test]
fn one_refusal_of_the_list_does_not_forget_the_selection() {
    for refused in [
        web_page(),
        refusal(
            400,
            "INVALID_ARGUMENT",
            "Request contains an invalid argument.",
        ),
        refusal(400, "FAILED_PRECONDITION", "Not finished."),
        refusal(404, "NOT_FOUND", "Requested entity was not found."),
    ] {
        let fault = Fault::new(refused.clone()).route(Route::ListPicked);
        let env = everything(three().fail(fault.always()));
        env.run_or_kill(&["pick", "--no-browser"])
            .assert_exit(3)
            .assert_says("could not list selection 1")
            .assert_says("pick --resume");
        assert_eq!(kept(&env).len(), 1, "{refused:?}");
        assert!(!env.google.sessions()[0].deleted, "{refused:?}");
        env.google.world(|world| world.faults.clear());
        assert_resumed(&env);
    }
}

#[test]
fn not_found_is_believed_only_from_the_selection_itself() {
    let missing = refusal(404, "NOT_FOUND", "Requested entity was not found.");
    let env = everything(three().fail(Fault::new(missing).route(Route::ListPicked)));
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    assert_eq!(env.archive().paths().len(), 3);
}

#[test]
fn a_web_page_in_googles_place_does_not_end_the_wait() {
    let env = everything(three().fail(Fault::new(web_page()).route(Route::GetSession)));
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    let always = Fault::new(web_page()).route(Route::GetSession).always();
    let env = everything(three().fail(always));
    for args in [&["pick", "--no-browser"][..], &["pick", "--resume"]] {
        env.run_or_kill(args)
            .assert_exit(1)
            .assert_says("`gphotos-dl pick --resume` goes on");
        assert_eq!(kept(&env).len(), 1, "{args:?}");
    }
    env.google.world(|world| world.faults.clear());
    assert_resumed(&env);
}

#[test]
fn where_it_is_gone_before_it_is_listed_another_selection_is_what_helps() {
    let env = everything(three());
    env.google.close(Route::ListPicked);
    let run = env.spawn(&["pick", "--no-browser"]);
    until("the list is asked for", || {
        env.google.waiting(Route::ListPicked) > 0
    });
    env.google.expire_sessions();
    env.google.open(Route::ListPicked);
    let output = env
        .finish(run)
        .assert_exit(3)
        .assert_says("it has expired, or was deleted")
        .assert_says("select again with `gphotos-dl pick`");
    assert!(!output.stderr.contains("--resume"), "{output}");
    assert_eq!(kept(&env), [""; 0]);
}

#[test]
fn once_its_time_is_over_any_refusal_means_that_it_is_gone() {
    for gone in [Gone::InvalidArgument, Gone::FailedPrecondition] {
        let env = at_the_page(three().with(|world| {
            world.picker.gone = gone;
            world.picker.timeout_seconds = Some(0);
        }));
        let _ = env.run_or_kill(&["pick", "--no-browser"]).assert_exit(1);
        env.google.expire_sessions();
        env.run(&["pick", "--resume"])
            .assert_exit(1)
            .assert_says("`gphotos-dl pick --resume` goes on");
        assert_eq!(kept(&env).len(), 1, "{gone:?}");
        let path = env.path("credentials/picker_sessions.json");
        let text = std::fs::read_to_string(&path).expect("text");
        let mut file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        file["sessions"][0]["expires"] = json!("2024-01-01T00:00:00Z");
        std::fs::write(&path, file.to_string()).expect("written");
        env.run(&["pick", "--resume"])
            .assert_exit(1)
            .assert_says("it has expired, or was deleted")
            .assert_says("hint: run `gphotos-dl pick` and select again");
        assert_eq!(kept(&env), [""; 0], "{gone:?}");
    }
}

#[test]
fn a_selection_needs_no_page_once_done_is_pressed() {
    for page in [json!(""), json!(null)] {
        let env = at_the_page(three().with(|world| world.picker.timeout_seconds = Some(0)));
        let _ = env.run_or_kill(&["pick", "--no-browser"]).assert_exit(1);
        let session = kept(&env).pop().expect("it is kept");
        env.google.pick(&session, &["a.jpg"]);
        let bare = json!({ "id": session, "mediaItemsSet": true, "pickerUri": page });
        let bare = Fault::new(answer(200, &bare)).route(Route::GetSession);
        env.google.world(|world| world.faults.push(bare.always()));
        env.run(&["pick", "--resume", "--no-browser"])
            .assert_exit(0);
        assert_eq!(env.archive().paths(), ["2024/03/a.jpg"]);
    }
}
