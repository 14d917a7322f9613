//! Pairs that do not pass: said with the right exit code, and mended by the next run.

use gphotos_sim::{Fault, FaultKind, Route};

use super::{MIB, cut, on, survive};

#[test]
fn what_does_not_pass_is_said_and_mended_by_the_next_run() {
    use FaultKind::{DailyQuota, HtmlOk, ResetBeforeHeaders, SamePageToken, UrlExpired};
    let film = |kind, route| on(kind, route).item("film.mp4");
    let pairs: Vec<(&str, i32, Vec<Fault>)> = vec![
        (
            "500 for one × a web page for another",
            3,
            vec![
                on(FaultKind::status(500), Route::Bytes)
                    .item("still.jpg")
                    .always(),
                on(HtmlOk, Route::Bytes).item("motion.jpg").always(),
            ],
        ),
        (
            "403 for ever × cut",
            3,
            vec![
                on(cut(10), Route::Bytes).item("still.jpg"),
                on(UrlExpired, Route::Bytes).item("still.jpg").always(),
            ],
        ),
        (
            "a repeated page token × reset",
            3,
            vec![
                on(ResetBeforeHeaders, Route::Bytes).times(2),
                on(SamePageToken, Route::Search).always(),
            ],
        ),
        (
            "a portal in the middle of the list × a cut film",
            3,
            vec![
                film(cut(9 * MIB), Route::Download).always(),
                on(HtmlOk, Route::Search).nth(2).always(),
            ],
        ),
        (
            "the day's loads used up × a cut film",
            5,
            vec![
                film(cut(9 * MIB), Route::Download),
                on(DailyQuota, Route::Bytes).nth(4).always(),
            ],
        ),
        (
            "the day's calls used up × 403",
            5,
            vec![
                on(UrlExpired, Route::Bytes).item("still.jpg"),
                on(DailyQuota, Route::Get).always(),
            ],
        ),
        (
            "a sign-in taken back × cut",
            4,
            vec![
                on(cut(10), Route::Bytes),
                on(FaultKind::Revoke, Route::Search).nth(2),
            ],
        ),
        (
            "an API that is down × 500",
            3,
            vec![
                on(FaultKind::status(500), Route::Bytes).always(),
                on(FaultKind::status(503), Route::List).always(),
            ],
        ),
    ];
    for (name, exit, faults) in pairs {
        let output = survive(name, faults, |_| {});
        assert_eq!(output.exit, exit, "{name}: {output}");
    }
}
