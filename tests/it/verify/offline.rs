//! A repair without a network.

use super::{found, rot, synced, three, verify_with};

#[test]
fn it_says_what_it_waits_for_and_what_to_do() {
    let mut env = synced(three());
    rot(&env.path("downloads/2024/03/b.jpg"), 700);
    env.set("GPHOTOS_DL_LIBRARY_ENDPOINT", "http://127.0.0.1:9");
    let output = env.run(&["verify", "--repair"]).assert_exit(1);
    output
        .assert_says("Fetching 1 file again")
        .assert_says("trying for 2 minutes")
        .assert_says("rot 2024/03/b.jpg")
        .assert_says("Verified the archive: not whole")
        .assert_says("when the network is back");
    let told = verify_with(&env, 1, &["--repair"]);
    assert_eq!(found(&told), ["rot 2024/03/b.jpg"]);
    let hint = told["hint"].as_str().expect("a hint");
    assert!(hint.contains("when the network is back"), "{hint}");
}
