//! What `verify --repair` says of a file that only a person can ask for again.

use super::{everything, three};

#[test]
fn a_picked_file_is_repaired_by_selecting_it_again() {
    let env = everything(three());
    env.sign_in();
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    let (gone, rotten) = (
        env.path("downloads/2024/03/a.jpg"),
        "downloads/2024/03/b.jpg",
    );
    std::fs::remove_file(&gone).expect("removed");
    let rotten = env.path(rotten);
    let modified = rotten
        .metadata()
        .and_then(|it| it.modified())
        .expect("a time");
    let mut bytes = std::fs::read(&rotten).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&rotten, &bytes).expect("written");
    let file = std::fs::File::options()
        .write(true)
        .open(&rotten)
        .expect("opened");
    file.set_modified(modified).expect("set");
    env.run(&["verify", "--repair"])
        .assert_exit(3)
        .assert_says("select it again with `gphotos-dl pick`")
        .assert_says("move the file away");
    // As it was told.
    std::fs::rename(&rotten, env.path("aside.jpg")).expect("moved");
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
    env.run(&["verify"]).assert_exit(0);
}

#[test]
fn a_file_that_the_library_has_too_is_fetched_from_there() {
    let env = everything(three());
    env.sign_in();
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    env.sync(&[]).assert_exit(0);
    std::fs::remove_file(env.path("downloads/2024/03/a.jpg")).expect("removed");
    env.run(&["verify", "--repair"]).assert_exit(0);
    assert!(env.path("downloads/2024/03/a.jpg").exists());
}
