//! What a sign-in leaves on disk: one file that nobody else can read, good for one client only.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use gphotos_sim::{Route, World};

use crate::support::{Login, TestEnv, visit};

fn mode(path: &Path) -> u32 {
    fs::metadata(path)
        .expect("it is there")
        .permissions()
        .mode()
        & 0o777
}

#[test]
fn it_is_private_whatever_the_umask() {
    let env = TestEnv::new(World::new());
    for umask in ["000", "022", "077"] {
        let mut login = env.shell(&format!("umask {umask}"), &["login", "--no-browser"]);
        let login = Login::of(&env, login.spawn().expect("the program starts"));
        visit(&login.address);
        login.finish().assert_exit(0);
        let folder = env.path("credentials");
        assert_eq!(mode(&folder), 0o700, "umask {umask}");
        assert_eq!(
            mode(&folder.join("token_library.json")),
            0o600,
            "umask {umask}"
        );
        let names: Vec<_> = fs::read_dir(&folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names.len(), 2, "something else is left: {names:?}");
    }
}

#[test]
fn it_replaces_one_that_others_could_read() {
    let env = TestEnv::new(World::new());
    env.sign_in();
    let file = env.path("credentials/token_library.json");
    let before = fs::read_to_string(&file).expect("readable");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).expect("chmod");
    env.sign_in();
    assert_eq!(mode(&file), 0o600);
    assert_ne!(fs::read_to_string(&file).expect("readable"), before);
}

#[test]
fn it_is_not_written_through_a_link() {
    let env = TestEnv::new(World::new());
    let (file, victim) = (
        env.path("credentials/token_library.json"),
        env.path("victim"),
    );
    fs::write(&victim, "precious").expect("written");
    symlink(&victim, &file).expect("linked");
    env.sign_in();
    assert_eq!(fs::read_to_string(&victim).expect("readable"), "precious");
    assert!(!file.is_symlink() && file.is_file());
}

#[test]
fn it_is_of_no_use_with_another_client() {
    let env = TestEnv::signed_in(World::new());
    let file = env.path("credentials/client_secret.json");
    let other = fs::read_to_string(&file)
        .expect("readable")
        .replace("111222333444-simulated", "555666777888-other");
    fs::write(&file, other).expect("written");
    env.sync(&[])
        .assert_exit(4)
        .assert_says("another OAuth client")
        .assert_says("token_library.json")
        .assert_says("hint:")
        .assert_says("`gphotos-dl login`");
    assert_eq!(env.google.stats().count(Route::Token), 0);
    assert_eq!(env.google.stats().total(), 0);
}

#[test]
fn what_cannot_be_saved_is_a_storage_error() {
    let env = TestEnv::new(World::new());
    // A folder in its place cannot be replaced by a file, whoever runs this.
    fs::create_dir_all(env.path("credentials/token_library.json/in the way")).expect("a folder");
    let login = Login::start(&env, &[]);
    visit(&login.address);
    login
        .finish()
        .assert_exit(7)
        .assert_says("token_library.json")
        .assert_says("hint:");
}

#[test]
fn what_a_killed_save_has_left_goes_with_the_next_one_and_with_logout() {
    let env = TestEnv::new(World::new());
    let folder = env.path("credentials");
    let mut gone = std::process::Command::new("true")
        .spawn()
        .expect("it starts");
    gone.wait().expect("it ends");
    let leftover = folder.join(format!(".token_library.json.{}.new", gone.id()));
    let alike = [
        ".token_library.json.new".to_owned(),
        ".token_library.json.12x.new".to_owned(),
        format!(".token_elsewhere.json.{}.new", gone.id()),
        // Somebody may still be writing it.
        format!(".token_library.json.{}.new", std::process::id()),
    ];
    for name in &alike {
        fs::write(folder.join(name), "mine").expect("written");
    }
    for save_again in [
        |env: &TestEnv| env.sign_in(),
        |env: &TestEnv| {
            env.run(&["logout"]).assert_exit(0);
        },
    ] {
        fs::write(&leftover, "half a tok").expect("written");
        save_again(&env);
        assert!(!leftover.exists(), "a token is left");
        for name in &alike {
            assert!(folder.join(name).exists(), "{name}");
        }
    }
}
