//! Each damaged file is named with what brings it back, which depends on what brought it.

use std::fs;

use super::{rot, synced, three, verify};

#[test]
fn what_the_library_has_is_fetched_again() {
    let env = synced(three());
    rot(&env.path("downloads/2024/03/a.jpg"), 700);
    fs::remove_file(env.path("downloads/2024/03/c.jpg")).expect("removed");
    let told = verify(&env, 3);
    let way = |number: usize| told["files"][number]["way_back"].as_str().expect("a way");
    let fetched = "`gphotos-dl verify --repair` fetches it again";
    assert_eq!(
        way(0),
        format!("{fetched}, and keeps the damaged file aside")
    );
    assert_eq!(way(1), fetched);
    let output = env.run(&["verify"]).assert_exit(3);
    let (_, hints) = output.stderr.split_once("hint: ").expect("hints");
    assert!(hints.contains("           2024/03/a.jpg"), "{output}");
    assert!(hints.contains("           2024/03/c.jpg"), "{output}");
}

#[test]
fn twenty_files_are_named_and_the_others_counted() {
    let world = (0..30).fold(gphotos_sim::World::new(), |world, number| {
        world.photo(&format!("{number:02}.jpg"), super::DAY)
    });
    let env = synced(world);
    for number in 0..23 {
        let name = format!("downloads/2024/03/{number:02}.jpg");
        fs::remove_file(env.path(&name)).expect("removed");
    }
    env.run(&["verify"])
        .assert_exit(3)
        .assert_says("           2024/03/19.jpg")
        .assert_says("           and 3 more; --json names them all");
}

#[test]
fn where_most_files_are_gone_the_command_that_works_is_named() {
    let world = (0..30).fold(gphotos_sim::World::new(), |world, number| {
        world.photo(&format!("{number:02}.jpg"), super::DAY)
    });
    let env = synced(world);
    for number in 0..23 {
        let name = format!("downloads/2024/03/{number:02}.jpg");
        fs::remove_file(env.path(&name)).expect("removed");
    }
    rot(&env.path("downloads/2024/03/25.jpg"), 700);
    let told = verify(&env, 3);
    let files = told["files"].as_array().expect("a list");
    for file in files {
        let way = file["way_back"].as_str().expect("a way");
        assert!(way.contains("sync --since YYYY-MM-DD --restore`"), "{way}");
        assert_eq!(
            way.contains("verify --repair`"),
            file["verdict"] == "rot",
            "{way}"
        );
    }
    let output = env.run(&["verify"]).assert_exit(3);
    assert_eq!(output.stderr.matches("--restore`").count(), 2, "{output}");
    // So does a slice, which sees a few of them.
    let told = super::verify_with(&env, 3, &["--sample", "1/10"]);
    assert!(
        told["files"][0]["way_back"]
            .as_str()
            .expect("a way")
            .contains("--restore`")
    );
    env.run(&["verify", "--repair"]).assert_exit(7);
    env.sync(&["--restore"]).assert_exit(0);
    super::verify_with(&env, 0, &["--repair"]);
    verify(&env, 0);
}
