//! Google's consent page as a person meets it: boxes to tick and two buttons.

use gphotos_sim::{Consent, LIBRARY_READ_SCOPE, World};
use url::{Url, form_urlencoded};

use crate::support::{Login, TestEnv, Visit, submit, visit};

/// What is sent when the person presses a button: the hidden fields, the boxes that are ticked, and the button.
struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// The form on the page at this address, as it stands before anybody touches it.
    fn on(address: &str) -> Self {
        let page = visit(address);
        assert_eq!(page.status, 200, "{page:?}");
        let form = page.body.split("<form").nth(1).expect("a form");
        let action = attribute(form, "action").expect("an action");
        let page = Url::parse(&page.address).expect("an address");
        let inputs = form.split("<input").skip(1);
        let sent = inputs.filter(|input| {
            let tag = input.split('>').next().unwrap_or_default();
            attribute(tag, "type").as_deref() == Some("hidden") || tag.ends_with("checked")
        });
        let field = |input: &str| Some((attribute(input, "name")?, attribute(input, "value")?));
        Self {
            action: page.join(&action).expect("an address").into(),
            fields: sent.filter_map(field).collect(),
        }
    }

    fn press(&self, decision: &str) -> Visit {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&self.fields);
        body.append_pair("decision", decision);
        submit(&self.action, &body.finish())
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
    Some(rest.split('"').next()?.to_owned())
}

fn env() -> TestEnv {
    TestEnv::new(World::new().with(|world| world.oauth.consent = Consent::Form))
}

#[test]
fn one_box_and_a_click_sign_in() {
    let env = env();
    let login = Login::start(&env, &[]);
    let form = Form::on(&login.address);
    let boxes: Vec<_> = form
        .fields
        .iter()
        .filter(|(name, _)| name == "scope")
        .collect();
    assert_eq!(
        boxes,
        [&("scope".to_owned(), LIBRARY_READ_SCOPE.to_owned())]
    );
    let page = form.press("allow");
    assert!(
        page.address.starts_with(&login.at_listener("/?")),
        "{page:?}"
    );
    assert!(page.body.contains("close this tab"), "{page:?}");
    login.finish().assert_exit(0).assert_says("Signed in");
}

#[test]
fn cancel_and_an_unticked_box_are_denials() {
    for (decision, is_ticked) in [("cancel", true), ("allow", false)] {
        let env = env();
        let login = Login::start(&env, &[]);
        let mut form = Form::on(&login.address);
        form.fields.retain(|(name, _)| is_ticked || name != "scope");
        let page = form.press(decision);
        assert!(page.body.contains("not granted"), "{page:?}");
        login
            .finish()
            .assert_exit(4)
            .assert_says("access_denied")
            .assert_says("hint:");
        assert!(!env.path("credentials/token_library.json").exists());
    }
}
