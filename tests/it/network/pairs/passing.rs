//! Pairs that pass: the run itself gets over them.

use gphotos_sim::{Fault, FaultKind, RangeSupport, Route, World};

use super::{MIB, cut, on, survive};

/// Its name, its faults, and what else is different at this Google.
type Pair = (&'static str, Vec<Fault>, fn(&mut World));

fn nothing_else(_: &mut World) {}

fn still(kind: FaultKind) -> Fault {
    on(kind, Route::Bytes).item("still.jpg")
}

fn film(kind: FaultKind, route: Route) -> Fault {
    on(kind, route).item("film.mp4")
}

fn an_hour() -> FaultKind {
    FaultKind::Advance { seconds: 3700 }
}

fn assert_all_pass(pairs: Vec<Pair>) {
    for (name, faults, change) in pairs {
        let output = survive(name, faults, change);
        assert_eq!(output.exit, 0, "{name}: {output}");
    }
}

#[test]
fn of_a_load_and_what_it_needs() {
    let stall = FaultKind::StallAfter {
        bytes: 1000,
        seconds: None,
    };
    let trickle = FaultKind::Drip {
        bytes_per_second: 20.0,
    };
    assert_all_pass(vec![
        (
            "403 × cut",
            vec![still(FaultKind::UrlExpired), still(cut(100))],
            nothing_else,
        ),
        (
            "403 × 500 of the renewal",
            vec![
                still(FaultKind::UrlExpired),
                on(FaultKind::status(500), Route::Get),
            ],
            nothing_else,
        ),
        (
            "403 × a web page for the renewal",
            vec![
                still(FaultKind::UrlExpired),
                on(FaultKind::HtmlOk, Route::Get),
            ],
            nothing_else,
        ),
        (
            "403 × a cut renewal",
            vec![still(FaultKind::UrlExpired), on(cut(20), Route::Get)],
            nothing_else,
        ),
        (
            "429 × cut",
            vec![
                on(FaultKind::MinuteQuota, Route::Bytes),
                on(cut(100), Route::Bytes),
            ],
            nothing_else,
        ),
        (
            "cut redirect target × 403",
            vec![
                film(cut(100), Route::Download),
                film(FaultKind::UrlExpired, Route::Bytes),
            ],
            nothing_else,
        ),
        (
            "stall × cut",
            vec![on(stall, Route::Bytes), on(cut(100), Route::Bytes)],
            nothing_else,
        ),
        (
            "trickle × 403",
            vec![still(trickle), still(FaultKind::UrlExpired)],
            nothing_else,
        ),
        (
            "a cut still × a cut clip",
            vec![
                on(cut(100), Route::Bytes).item("motion.jpg").suffix("=d"),
                on(cut(100), Route::Download).item("motion.jpg"),
            ],
            nothing_else,
        ),
    ]);
}

#[test]
fn of_a_list_and_a_sign_in() {
    assert_all_pass(vec![
        (
            "cut × 401",
            vec![
                on(cut(100), Route::Bytes),
                on(FaultKind::AccessTokensDie, Route::Search).nth(2),
            ],
            nothing_else,
        ),
        (
            "403 × 401 of the renewal",
            vec![
                still(FaultKind::UrlExpired),
                on(FaultKind::AccessTokensDie, Route::Get),
            ],
            nothing_else,
        ),
        (
            "429 of the list × 429 of the bytes",
            vec![
                on(FaultKind::MinuteQuota, Route::Search),
                on(FaultKind::MinuteQuota, Route::Bytes),
            ],
            nothing_else,
        ),
        (
            "reset × page token",
            vec![
                on(FaultKind::ResetBeforeHeaders, Route::Bytes).times(3),
                on(an_hour(), Route::Search).nth(2),
            ],
            |world| world.library.page_token_seconds = Some(600),
        ),
        (
            "401 × page token",
            vec![
                on(an_hour(), Route::Search).nth(2),
                on(FaultKind::AccessTokensDie, Route::Search).nth(2),
            ],
            |world| world.library.page_token_seconds = Some(600),
        ),
        (
            "401 × the sign-in service down",
            vec![
                on(FaultKind::AccessTokensDie, Route::Search).nth(2),
                Fault::new(FaultKind::status(503)).path("/token").times(2),
            ],
            nothing_else,
        ),
        (
            "a silent list × JSON for bytes",
            vec![
                on(FaultKind::StallBeforeHeaders { seconds: None }, Route::List),
                on(FaultKind::JsonOk, Route::Bytes),
            ],
            nothing_else,
        ),
    ]);
}

#[test]
fn of_a_film_that_is_cut_and_its_rest() {
    assert_all_pass(vec![
        (
            "a cut film × 403",
            vec![
                film(cut(9 * MIB), Route::Download),
                film(FaultKind::UrlExpired, Route::Bytes).nth(2),
            ],
            nothing_else,
        ),
        (
            "a cut film × a web page",
            vec![
                film(cut(9 * MIB), Route::Download),
                film(FaultKind::HtmlOk, Route::Download),
            ],
            nothing_else,
        ),
        (
            "a cut film × a cut rest",
            vec![
                film(cut(9 * MIB), Route::Download),
                film(cut(MIB), Route::Download).times(2),
            ],
            nothing_else,
        ),
        (
            "a cut film × an impossible rest",
            vec![
                film(cut(9 * MIB), Route::Download),
                film(
                    FaultKind::WrongRange { start: 7, total: 0 },
                    Route::Download,
                ),
            ],
            nothing_else,
        ),
        (
            "a cut film × the whole of it, cut",
            vec![
                film(cut(9 * MIB), Route::Download),
                film(cut(10 * MIB), Route::Download),
            ],
            |world| world.media.range_on_downloads = RangeSupport::Ignored,
        ),
        (
            "a cut film × addresses and tokens that have died",
            vec![
                film(cut(9 * MIB), Route::Download),
                film(an_hour(), Route::Bytes).nth(2),
            ],
            nothing_else,
        ),
    ]);
}
