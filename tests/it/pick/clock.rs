//! A machine whose clock is wrong.

use gphotos_sim::Pick;

use super::{at_the_page, three};

#[test]
fn a_clock_that_is_wrong_is_named_and_ends_no_wait() {
    for (hours, says) in [(24, "ahead of Google's"), (-24, "behind Google's")] {
        let mut env = at_the_page(three().person_picks(Pick::Everything, 2).with(|world| {
            // Over by the clock of a machine that is a day ahead.
            world.picker.session_seconds = 3600;
        }));
        env.in_hours(hours);
        env.run_or_kill(&["pick", "--no-browser"])
            .assert_exit(0)
            .assert_says("this machine's clock is ")
            .assert_says(says);
        env.archive().assert_true_to(&env.google);
        assert!(env.google.sessions()[0].deleted);
    }
}

#[test]
fn a_clock_that_is_nearly_right_is_no_matter() {
    let env = at_the_page(three().person_picks(Pick::Everything, 2));
    let output = env.run(&["pick", "--no-browser"]).assert_exit(0);
    assert!(!output.stderr.contains("clock"), "{output}");
}
