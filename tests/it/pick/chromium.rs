//! A person with a real browser: the pages of consent and of the selection, clicked through.

use gphotos_sim::Consent;

use super::three;
use crate::support::{Chromium, Login, TestEnv, first_line, is_full, skipped};

#[test]
fn a_person_with_a_real_browser_allows_and_selects() {
    if !is_full() {
        return skipped("a real browser belongs to the long variant, GPHOTOS_DL_PROOF=full");
    }
    let Some(mut browser) = Chromium::start() else {
        return;
    };
    let env = TestEnv::new(three().with(|world| {
        world.oauth.consent = Consent::Form;
        world.picker.waits = 0.001;
    }));
    let login = Login::start(&env, &["--for", "picker"]);
    browser.open(&login.address);
    browser.until_shows("wants access to your");
    browser.click("button[value=allow]");
    browser.until_shows("You can close this");
    login.finish().assert_exit(0);

    let mut run = env.spawn(&["pick", "--no-browser"]);
    browser.open(&first_line(&mut run));
    browser.until_shows("Select up to 2000 items");
    for name in ["b.jpg", "c.mp4"] {
        let id = env.google.world(|world| world.named(name).id.clone());
        browser.click(&format!("input[value=\"{id}\"]"));
    }
    browser.click("form[method=post] button");
    browser.until_shows("2 items picked");
    env.finish(run).assert_exit(0);
    assert_eq!(env.archive().paths(), ["2024/03/b.jpg", "2024/04/c.mp4"]);
    assert_eq!(env.google.broken_rules(), []);
}
