//! Something else stands where a stored file was.

use std::fs;
use std::os::unix::fs::symlink;

use super::{found, synced, three, verify};

#[test]
fn what_stands_in_the_place_is_named_and_nothing_is_done_to_it() {
    let env = synced(three());
    let folder = env.path("downloads/2024/03");
    fs::remove_file(folder.join("a.jpg")).expect("removed");
    fs::create_dir(folder.join("a.jpg")).expect("made");
    fs::rename(folder.join("b.jpg"), env.path("elsewhere.jpg")).expect("moved");
    symlink(env.path("elsewhere.jpg"), folder.join("b.jpg")).expect("linked");
    let told = verify(&env, 3);
    assert_eq!(
        found(&told),
        ["missing 2024/03/a.jpg", "missing 2024/03/b.jpg"]
    );
    let way = told["files"][0]["way_back"].as_str().expect("a way back");
    assert_eq!(
        way,
        "`gphotos-dl verify --repair` fetches it again, under another name while something else has its own"
    );
    env.run(&["verify", "--repair"])
        .assert_exit(0)
        .assert_says("missing 2024/03/a.jpg: a folder stands in its place")
        .assert_says("missing 2024/03/b.jpg: a symbolic link stands in its place")
        .assert_says("under another name: 2024/03/a.jpg is 2024/03/a~");
    assert!(folder.join("a.jpg").is_dir());
    assert!(folder.join("b.jpg").is_symlink());
    verify(&env, 0);
}

#[test]
fn a_link_in_the_place_of_a_folder_is_named() {
    let env = synced(three());
    fs::rename(env.path("downloads/2024"), env.path("2024")).expect("moved");
    symlink(env.path("2024"), env.path("downloads/2024")).expect("linked");
    let output = env.run(&["verify", "--repair", "--min-free", "0"]);
    // Of everything, so that the guard against a disk that is not mounted has its say.
    output.assert_exit(7);
    env.run(&["verify"])
        .assert_exit(3)
        .assert_says("missing 2024/03/a.jpg: 2024 is a symbolic link, which is not followed")
        .assert_says(
            "move away what stands in their folder's place and put the folder back, or fetch everything again: `gphotos-dl sync",
        );
    // Where it is only some, no file is asked for that could not be put anywhere.
    let env = synced(three().photo("d.jpg", "2023-01-01T12:00:00Z"));
    fs::rename(env.path("downloads/2023"), env.path("2023")).expect("moved");
    symlink(env.path("2023"), env.path("downloads/2023")).expect("linked");
    env.run(&["verify", "--repair"])
        .assert_exit(3)
        .assert_says("not repaired: 2023/01/d.jpg: 2023 is a symbolic link")
        .assert_says("move away what stands in its folder's place");
    assert_eq!(env.google.stats().all_byte_requests(), 0);
}
