//! What the person sees in the browser when Google has sent it back.

use gphotos_sim::World;

use crate::support::{Login, TestEnv, visit};

#[test]
fn the_page_says_that_the_tab_can_be_closed() {
    let env = TestEnv::new(World::new());
    let login = Login::start(&env, &[]);
    let visit = visit(&login.address);
    assert_eq!(visit.status, 200);
    assert!(
        visit.address.starts_with(&login.at_listener("/?")),
        "{visit:?}"
    );
    assert!(visit.body.contains("close this tab"), "{visit:?}");
    assert!(visit.body.contains("gphotos-dl"), "{visit:?}");
    login.finish().assert_exit(0);
}

#[test]
fn no_page_repeats_anything_of_the_request() {
    let env = TestEnv::new(World::new());
    let login = Login::start(&env, &[]);
    let state = login.state();
    let script = "%3Cscript%3Ecanary()%3C/script%3E";
    for target in [
        format!("/{script}"),
        format!("/{script}?state={state}&code={script}"),
        format!("/?state={script}&code={script}"),
        format!("/?{script}={script}"),
        "/?state=<script>canary()</script>".to_owned(),
        // The last one ends the sign-in.
        format!("/?state={state}&error={script}&error_description={script}"),
    ] {
        let page = visit(&login.at_listener(&target)).body;
        assert!(page.contains("gphotos-dl"), "{target}: {page}");
        for part in ["canary", "script", &state] {
            assert!(!page.contains(part), "{target}: {page}");
        }
    }
    login.finish().assert_exit(4);
}

#[test]
fn the_terminal_is_not_steered_by_what_the_browser_brings() {
    let env = TestEnv::new(World::new());
    let login = Login::start(&env, &[]);
    let error = "%1B]0;owned%07%1B[31m%C2%9B2Jcanary%0D%0Aerror:%20all%20is%20lost";
    let target = format!("/?state={}&error={error}", login.state());
    visit(&login.at_listener(&target));
    let output = login.finish().assert_exit(4);
    assert!(output.stderr.contains("canary"), "{output}");
    let steers = |char: char| char.is_control() && char != '\n' && char != '\t';
    assert!(!output.stderr.contains(steers), "{:?}", output.stderr);
    assert!(
        !output.stderr.contains("\nerror: all is lost"),
        "a line of its own would pass for ours:\n{output}"
    );
}
