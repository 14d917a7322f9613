//! The same photo through two doors.

use super::{everything, three};

#[test]
fn equal_bytes_under_another_sources_id_are_stored_once() {
    for library_ids in [true, false] {
        let env = everything(three().with(|world| world.picker.library_ids = library_ids));
        env.sign_in();
        env.sync(&[]).assert_exit(0);
        let before = env.archive();
        env.run(&["pick", "--no-browser"])
            .assert_exit(0)
            .assert_says("3  stored once together");
        let after = env.archive();
        assert_eq!(before.paths(), after.paths(), "{library_ids}");
        assert!(
            after
                .rows
                .iter()
                .all(|row| row["status"] == "linked" && row["source"] == "picker")
        );
        after.assert_true_to(&env.google);
        // Neither forgets what the other has.
        env.google.reset_stats();
        env.sync(&[]).assert_exit(0);
        assert_eq!(env.google.stats().all_byte_requests(), 0);
        let again = env.archive();
        assert_eq!(again.rows.len(), 3);
        assert!(again.rows.iter().all(|row| row["source"] == "library"));
        assert_eq!(env.google.broken_rules(), []);
    }
}

#[test]
fn an_item_that_is_selected_again_is_not_fetched_again() {
    let env = everything(three());
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    env.google.reset_stats();
    env.run(&["pick", "--no-browser"])
        .assert_exit(0)
        .assert_says("3  items already here");
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    let archive = env.archive();
    assert!(archive.rows.iter().all(|row| row["status"] == "present"));
    assert!(env.google.sessions().iter().all(|session| session.deleted));
    // Deleted without a load: everything of it had been fetched in the earlier selection.
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn a_lost_index_comes_back_with_what_was_picked() {
    let env = everything(three());
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    std::fs::remove_dir_all(env.path("downloads/.gphotos-dl")).expect("removed");
    env.google.reset_stats();
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    assert_eq!(env.google.stats().all_byte_requests(), 0);
    let archive = env.archive();
    archive.assert_true_to(&env.google);
    assert!(archive.rows.iter().all(|row| row["source"] == "picker"));
}

#[test]
fn a_file_that_is_gone_from_disk_is_fetched_when_it_is_selected_again() {
    let env = everything(three());
    env.run(&["pick", "--no-browser"]).assert_exit(0);
    std::fs::remove_file(env.path("downloads/2024/03/a.jpg")).expect("removed");
    env.run(&["pick", "--no-browser"])
        .assert_exit(0)
        .assert_says("missing on disk");
    env.archive().assert_true_to(&env.google);
}
