//! A root that cannot be one.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use gphotos_sim::World;
use gphotos_sim::takeout::{Format, Packer, ZipStyle};

use super::{assert_refused, assert_untouched};
use crate::support::TestEnv;

#[test]
fn one_that_is_not_there_may_be_a_disk_that_is_not_mounted() {
    let env = TestEnv::new(World::new());
    let missing = env.path("not here").display().to_string();
    for command in [
        &["login", "--no-browser"][..],
        &["sync", "--since", "2024-01-01"],
        &["logout"],
    ] {
        let output = env.run(&[&["--root", &missing], command].concat());
        assert_refused(output, 7, &["$ROOT/not here", "mounted", "hint:", "mkdir"]);
    }
    assert!(!env.path("not here").exists(), "it was made by itself");
    assert_untouched(&env);
}

#[test]
fn one_that_is_no_folder_is_refused() {
    let env = TestEnv::new(World::new());
    fs::write(env.path("file"), "mine").expect("written");
    symlink("loop", env.path("loop")).expect("linked");
    for (root, names) in [
        ("file", ["not a folder", "--root"].as_slice()),
        ("file/below", &["not a folder", "--root"]),
        ("loop", &["hint:"]),
    ] {
        let path = env.path(root).display().to_string();
        let output = env.run(&["--root", &path, "sync", "--since", "2024-01-01"]);
        assert_refused(output, 7, &[&[&*format!("$ROOT/{root}")], names].concat());
    }
    assert_eq!(fs::read(env.path("file")).expect("readable"), b"mine");
    assert_untouched(&env);
}

#[test]
fn one_that_is_the_system_or_an_archives_own_folder_is_refused() {
    let env = TestEnv::new(World::new());
    let private = env.path("downloads/.gphotos-dl/index");
    fs::create_dir_all(&private).expect("made");
    for (root, why) in [
        ("/", "the system's own"),
        ("/usr/..", "the system's own"),
        (&private.display().to_string(), "keeps for itself"),
    ] {
        let output = env.run(&["--root", root, "sync", "--since", "2024-01-01"]);
        assert_refused(output, 2, &[why, "hint:", "--root"]);
    }
    assert_eq!(fs::read_dir(private).expect("a folder").count(), 0);
}

#[test]
fn links_in_a_circle_in_place_of_its_folders_are_named() {
    for folder in ["downloads", "media_items_list", "downloads/.gphotos-dl"] {
        let env = TestEnv::signed_in(World::new());
        let path = env.path(folder);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        symlink(path.file_name().expect("a name"), &path).expect("linked");
        let output = env.sync(&[]);
        assert_refused(output, 7, &[&format!("$ROOT/{folder}"), "hint:"]);
        assert!(path.is_symlink());
        assert_untouched(&env);
    }
}

#[test]
fn one_that_may_not_be_written_is_named() {
    let env = TestEnv::signed_in(World::new().photo("IMG_1.jpg", "2024-02-29T12:00:00Z"));
    fs::set_permissions(env.root(), fs::Permissions::from_mode(0o500)).expect("chmod");
    let output = env.run_unprivileged(&["sync", "--since", "2024-01-01"]);
    fs::set_permissions(env.root(), fs::Permissions::from_mode(0o700)).expect("chmod");
    if let Some(output) = output {
        assert_refused(output, 7, &["$ROOT/downloads", "ermission denied", "hint:"]);
        assert_untouched(&env);
    }
}

#[test]
fn files_where_its_folders_should_be_are_named() {
    for folder in ["downloads", "media_items_list", "downloads/.gphotos-dl"] {
        let env = TestEnv::signed_in(World::new());
        let path = env.path(folder);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, "mine").expect("written");
        let output = env.sync(&[]);
        assert_refused(output, 7, &[&format!("$ROOT/{folder}"), "hint:"]);
        assert_eq!(fs::read(&path).expect("readable"), b"mine");
        assert_untouched(&env);
    }
}

#[test]
fn a_name_that_is_not_text_is_no_trouble() {
    let env = TestEnv::signed_in(World::new().photo("IMG_1.jpg", "2024-02-29T12:00:00Z"));
    let root = env.root().join(OsStr::from_bytes(b"photos-\xff\xfe"));
    fs::create_dir(&root).expect("a folder");
    fs::rename(env.path("credentials"), root.join("credentials")).expect("renamed");
    let mut command = env.command(&["sync", "--since", "2024-02-01", "--window", "year"]);
    let child = command.env("GPHOTOS_DL_ROOT", &root).spawn();
    env.finish(child.expect("the program starts"))
        .assert_exit(0);
    assert!(root.join("downloads/2024/02/IMG_1.jpg").is_file());
    // A script is told of such a path as well as text can tell of it.
    let part = env.path("takeout-20261101T000000Z-001.zip");
    let format = Format::Zip(ZipStyle::default());
    let mut packer = Packer::create(&part, format).expect("made");
    let when = "2024-03-09T12:00:00Z".parse().expect("a date");
    let path = "Takeout/Google Photos/Photos from 2024/a.jpg";
    packer.add(path, when, &[1; 4000]).expect("added");
    packer.finish().expect("finished");
    let mut command = env.command(&["import", "--json", part.to_str().expect("text")]);
    let child = command.env("GPHOTOS_DL_ROOT", &root).spawn();
    let output = env.finish(child.expect("the program starts"));
    let told = output.assert_exit(0).json();
    let manifest = told["manifest"].as_str().expect("a path");
    assert!(manifest.contains("/photos-\u{fffd}"), "{manifest}");
}

#[test]
fn a_variable_that_is_empty_is_not_set() {
    let env = TestEnv::signed_in(World::new());
    let run = |args: &[&str]| {
        let child = env.command(args).env("GPHOTOS_DL_ROOT", "").spawn();
        env.finish(child.expect("the program starts"))
    };
    // The current folder has credentials.
    let output = run(&["status"]).assert_exit(0);
    assert!(output.stdout.contains("$ROOT/downloads"), "{output}");
    run(&["--root", "", "status"])
        .assert_exit(2)
        .assert_says("a value is required for '--root <DIR>'");
}

#[test]
fn a_link_to_a_disk_that_is_not_mounted_is_no_rubbish() {
    let env = TestEnv::signed_in(World::new().photo("IMG_1.jpg", "2024-02-29T12:00:00Z"));
    let disk = env.path("disk");
    fs::create_dir(&disk).expect("a folder");
    symlink(&disk, env.path("downloads")).expect("linked");
    env.sync(&[]).assert_exit(0);
    let away = env.path("away");
    fs::rename(&disk, &away).expect("renamed");
    for command in [
        &["status"][..],
        &["verify"],
        &["sync", "--since", "2024-01-01"],
    ] {
        let output = env.run(command).assert_exit(7);
        let output = output.assert_says("a symbolic link to what is not there");
        let output = output.assert_says("hint: is the disk mounted that it leads to?");
        assert!(!disk.exists(), "{output}");
    }
    fs::rename(&away, &disk).expect("renamed");
    env.run(&["verify"]).assert_exit(0);
}
