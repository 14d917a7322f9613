//! Without a sign-in and without anybody at a terminal: exit 4, at once.

use std::os::unix::fs::PermissionsExt;

use gphotos_sim::World;

use crate::support::TestEnv;

#[test]
fn without_a_token_a_run_under_cron_says_what_to_run_and_opens_nothing() {
    let mut env = TestEnv::new(World::new());
    let browser = env.path("browser");
    std::fs::write(&browser, "#!/bin/sh\ntouch opened\n").expect("written");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).expect("chmod");
    env.set("BROWSER", &browser.display().to_string());
    env.set("DISPLAY", ":0");
    for args in [
        ["sync", "--since", "2024-01-01"].as_slice(),
        &["sync", "--since", "2024-01-01", "--dry-run"],
        &["sync", "--since", "2024-01-01", "--json", "-q"],
    ] {
        let output = env
            .run(args)
            .assert_exit(4)
            .assert_says("not signed in")
            .assert_says("token_library.json")
            .assert_says("hint:")
            .assert_says("`gphotos-dl login`");
        assert!(!output.stderr.contains("/o/oauth2/"), "{output}");
    }
    assert!(!env.path("opened").exists());
    assert_eq!(env.google.stats().total(), 0);
    assert!(!env.path("credentials/token_library.json").exists());
    for made in ["downloads", "media_items_list"] {
        assert!(!env.path(made).exists(), "{made} is left behind");
    }
}

#[test]
fn without_a_sign_in_that_works_no_archive_is_made() {
    let mut env = TestEnv::signed_in(World::new());
    env.google.revoke_all();
    env.in_hours(2).sync(&[]).assert_exit(4);
    for made in ["downloads", "media_items_list"] {
        assert!(!env.path(made).exists(), "{made} is left behind");
    }
}
