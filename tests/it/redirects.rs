//! Redirects: followed to Google's own hosts, and not for ever.

use gphotos_sim::{Fault, FaultKind, World};

use crate::support::TestEnv;

const DAY: &str = "2024-03-09T12:00:00Z";

#[test]
fn a_redirect_out_of_the_house_is_not_followed() {
    let host = "not a media host";
    let redirects = [
        ("https://example.com/photo.jpg", host),
        ("http://192.0.2.1/photo.jpg", host),
        ("http://169.254.169.254/latest/meta-data", host),
        ("http://lh3.googleusercontent.com/photo.jpg", host),
        ("https://user@lh3.googleusercontent.com/photo.jpg", host),
        ("file:///etc/passwd", ""),
        ("/lr/again=d", "403"),
    ];
    let mut world = World::new().photo("healthy.jpg", DAY);
    for (number, (to, _)) in (0..).zip(redirects) {
        let name = format!("{number}.jpg");
        let to = to.to_owned();
        let redirect = Fault::new(FaultKind::Redirect { to, code: 302 });
        world = world
            .photo(&name, DAY)
            .fail(redirect.item(&name).path("/lr/").always());
    }
    let env = TestEnv::signed_in(world);
    env.sync(&["--no-full-listing"]).assert_exit(3);
    let archive = env.archive();
    for (number, (to, cause)) in (0..).zip(redirects) {
        let row = archive.row(&format!("{number}.jpg"));
        assert_eq!(row["status"], "failed", "{to}: {row:#?}");
        assert!(row["detail"].contains(cause), "{to}: {row:#?}");
    }
    assert_eq!(archive.paths(), ["2024/03/healthy.jpg"]);
    assert_eq!(env.google.broken_rules(), []);
}

#[test]
fn a_redirect_in_circles_ends() {
    let env = TestEnv::signed_in(World::new().photo("00.jpg", DAY).photo("01.jpg", DAY));
    let circle = env
        .google
        .base_url(&env.google.world(|world| world.items[0].id.clone()));
    let fault = Fault::new(FaultKind::Redirect {
        to: format!("{circle}=d"),
        code: 302,
    });
    env.google
        .world(|world| world.faults.push(fault.item("00.jpg").always()));
    env.sync(&["--no-full-listing"]).assert_exit(3);
    let archive = env.archive();
    assert!(archive.row("00.jpg")["detail"].contains("circles"));
    assert_eq!(archive.paths(), ["2024/03/01.jpg"]);
}
