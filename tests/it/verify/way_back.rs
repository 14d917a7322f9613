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
