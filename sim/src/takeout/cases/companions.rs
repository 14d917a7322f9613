//! Edited versions, live photos, motion photos and bursts: files that share a sidecar, and files that only look so.

use unicode_normalization::UnicodeNormalization as _;

use super::super::export::{Export, FolderId};
use super::super::file::Claim;
use super::super::language::LANGUAGES;
use super::super::names::{self, Counter, SidecarStyle};
use super::super::shot::{Form, Role, Shot};
use super::{Case, new_sidecar, pair, plain};

pub(super) fn cases() -> Vec<Case> {
    vec![
        q07(),
        q08(),
        q09(),
        q10(),
        q11(),
        q12(),
        q13(),
        q14(),
        q15(),
        q16(),
        q17(),
        q18(),
        q19(),
        q20(),
        q21(),
    ]
}

/// A photo with its sidecar, and a companion beside it.
fn with_companion(export: &mut Export, folder: FolderId, names: [&str; 3], shot: Shot, role: Role) {
    let [media, sidecar, companion] = names;
    let shot = pair(export, folder, media, sidecar, shot);
    export.media_as(folder, companion, shot, role);
}

fn q07() -> Case {
    let mut export = Export::new();
    let year = export.year(2020);
    let shot = Shot::photo("X.jpg", "2020-01-02T10:00:00Z");
    with_companion(
        &mut export,
        year,
        ["X.jpg", "X.jpg.json", "X-edited.jpg"],
        shot,
        Role::Edited,
    );
    Case::one(
        "Q07",
        "an edited version shares the sidecar and keeps its own name",
        export,
    )
}

fn q08() -> Case {
    let mut export = Export::new();
    let year = export.year(2020);
    let words = LANGUAGES.iter().flat_map(|language| language.edited);
    let forms = words.flat_map(|word| [word.nfc().collect::<String>(), word.nfd().collect()]);
    for (n, word) in forms.enumerate() {
        let media = format!("IMG_{n:04}.jpg");
        let edited = format!("IMG_{n:04}-{word}.jpg");
        let shot = Shot::photo(&media, "2020-01-02T10:00:00Z");
        with_companion(
            &mut export,
            year,
            [&media, &new_sidecar(&media), &edited],
            shot,
            Role::Edited,
        );
    }
    Case::one(
        "Q08",
        "the word for edited in every language, composed and decomposed",
        export,
    )
}

fn q09() -> Case {
    let mut export = Export::new();
    let year = export.year(2020);
    for (mark, left, letter) in [
        ("-ha editado", "-ha edi", "a"),
        ("-edited", "-ed", "b"),
        ("-bearbeitet", "-bear", "c"),
        ("-modifié", "-mo", "d"),
    ] {
        let stem = letter.repeat(names::MEDIA_UNITS - left.len());
        let media = names::media(&stem, "", 0, "jpg");
        let edited = names::media(&stem, mark, 0, "jpg");
        let sidecar = names::sidecar(SidecarStyle::Old, &media, 0, Counter::Moved);
        let shot = Shot::photo(&media, "2020-01-02T10:00:00Z");
        with_companion(
            &mut export,
            year,
            [&media, &sidecar, &edited],
            shot,
            Role::Edited,
        );
    }
    Case::one(
        "Q09",
        "the word for edited cut off where the stem is full",
        export,
    )
}

fn q10() -> Case {
    let mut export = Export::new();
    let year = export.year(2022);
    let title = "PXL_20220405_090200110.PORTRAIT.jpg";
    let shot = export.add(Shot::photo(title, "2022-04-05T09:02:00Z"));
    let open = [Role::Edited, Role::Original];
    export
        .media_as(
            year,
            "PXL_20220405_090200110.PORTRAIT-modifié.jpg",
            shot,
            Role::Edited,
        )
        .roles(&open);
    export.sidecar(year, &new_sidecar(title), shot);
    let bare = export.add(Shot::photo(
        "PXL_20220406_090200110.jpg",
        "2022-04-06T09:02:00Z",
    ));
    export
        .media_as(
            year,
            "PXL_20220406_090200110-modifié.jpg",
            bare,
            Role::Edited,
        )
        .roles(&open)
        .claims(&[Claim::Alone]);
    Case::one(
        "Q10",
        "an edited version without its original is kept, with the sidecar if there is one; whether it counts as edited is open",
        export,
    )
}

fn q11() -> Case {
    let mut export = Export::new();
    let year = export.year(2020);
    for (media, sidecar, taken) in [
        ("X.jpg", "X.jpg.json", "2020-01-02T10:00:00Z"),
        ("X(1).jpg", "X.jpg(1).json", "2020-01-02T10:00:01Z"),
    ] {
        pair(
            &mut export,
            year,
            media,
            sidecar,
            Shot::photo("X.jpg", taken),
        );
    }
    Case::one(
        "Q11",
        "an edited copy that was uploaded as a photo of its own: two items",
        export,
    )
}

fn q12() -> Case {
    let mut export = Export::new();
    let year = export.year(2021);
    let names = [
        "IMG_0769.HEIC",
        "IMG_0769.HEIC.supplemental-metadata.json",
        "IMG_0769.mp4",
    ];
    let shot = Shot::heic("IMG_0769.HEIC", "2021-05-06T07:08:09Z");
    with_companion(&mut export, year, names, shot, Role::Motion);
    Case::one(
        "Q12",
        "a live photo: both halves share the still's sidecar",
        export,
    )
}

fn q13() -> Case {
    let mut export = Export::new();
    let year = export.year(2021);
    for (names, taken) in [
        (
            [
                "IMG_0769.HEIC",
                "IMG_0769.HEIC.supplemental-metadata.json",
                "IMG_0769.MP4",
            ],
            "2021-05-06T07:08:09Z",
        ),
        (
            [
                "IMG_0769(1).HEIC",
                "IMG_0769.HEIC.supplemental-metadata(1).json",
                "IMG_0769(1).MP4",
            ],
            "2021-08-06T07:08:09Z",
        ),
    ] {
        with_companion(
            &mut export,
            year,
            names,
            Shot::heic("IMG_0769.HEIC", taken),
            Role::Motion,
        );
    }
    Case::one(
        "Q13",
        "two live photos of one name: counters keep the halves together",
        export,
    )
}

fn q14() -> Case {
    let mut export = Export::new();
    let year = export.year(2021);
    let names = [
        "IMG_2552.HEIC",
        "IMG_2552.HEIC.supplemental-metadata.json",
        "IMG_2552.MP4",
    ];
    let shot = Shot::heic("IMG_2552.HEIC", "2021-05-06T07:08:09Z");
    with_companion(&mut export, year, names, shot, Role::Motion);
    let names = [
        "IMG_2552.JPG",
        "IMG_2552.JPG.supplemental-metadata.json",
        "IMG_2552(1).MP4",
    ];
    let shot = Shot::photo("IMG_2552.JPG", "2021-09-06T07:08:09Z");
    with_companion(&mut export, year, names, shot, Role::Motion);
    Case::one(
        "Q14",
        "two stills and two films of one stem: the films' dates tell whose they are",
        export,
    )
}

fn q15() -> Case {
    let mut export = Export::new();
    let year = export.year(2021);
    let shot = pair(
        &mut export,
        year,
        "LIVE.jpeg",
        "LIVE.jpeg.supplemental-metadata.json",
        Shot::photo("LIVE.jpeg", "2021-05-06T07:08:09Z"),
    );
    export.media_as(year, "LIVE.MP4", shot, Role::Motion);
    export.sidecar(year, "LIVE.MP4.supplemental-metadata.json", shot);
    Case::one(
        "Q15",
        "a live photo's film with a sidecar of its own that names the still",
        export,
    )
}

fn q16() -> Case {
    let mut export = Export::new();
    let year = export.year(2025);
    let names = [
        "20250501_103356.heic",
        "20250501_103356.heic.supplemental-metadata.json",
        "20250501_103356.MP4",
    ];
    let shot = Shot::heic("20250501_103356.heic", "2025-05-01T08:33:56Z");
    with_companion(&mut export, year, names, shot, Role::Motion);
    Case::one(
        "Q16",
        "a live photo whose extensions differ in case",
        export,
    )
}

fn q17() -> Case {
    let mut export = Export::new();
    let year = export.year(2023);
    let names = [
        "PXL_20230102_030405678.MP.jpg",
        "PXL_20230102_030405678.MP.jpg.json",
        "PXL_20230102_030405678.MP",
    ];
    let shot = Shot {
        form: Form::MotionJpeg,
        ..Shot::photo(names[0], "2023-01-02T03:04:05Z")
    };
    with_companion(&mut export, year, names, shot, Role::Motion);
    Case::one(
        "Q17",
        "a Pixel's .MP is a film: kept, with the still's sidecar",
        export,
    )
}

fn q18() -> Case {
    let mut export = Export::new();
    let year = export.year(2023);
    let still = |title: &str| Shot {
        form: Form::MotionJpeg,
        ..Shot::photo(title, "2023-01-02T03:04:05Z")
    };
    let title = "PXL_20230102_030405678.MP.jpg";
    pair(&mut export, year, title, &new_sidecar(title), still(title));
    let title = "PXL_20230102_030405678.MP~2.jpg";
    let names = [title, &new_sidecar(title), "PXL_20230102_030405678.MP~2"];
    with_companion(&mut export, year, names, still(title), Role::Motion);
    Case::one("Q18", "each .MP~k goes with its own .MP~k.jpg", export)
}

fn q19() -> Case {
    let mut export = Export::new();
    let year = export.year(2018);
    for (stem, film) in [
        ("MVIMG_20180708_091011", "MVIMG_20180708_091011.MP4"),
        ("MVIMG_20180809_091011", "MVIMG_20180809_091011"),
    ] {
        let media = format!("{stem}.jpg");
        let taken = format!("2018-{}-{}T07:10:11Z", &stem[10..12], &stem[12..14]);
        let names = [media.as_str(), &format!("{media}.json"), film];
        with_companion(
            &mut export,
            year,
            names,
            Shot::photo(&media, &taken),
            Role::Motion,
        );
    }
    Case::one(
        "Q19",
        "old motion photos: the film as .MP4, or without any extension",
        export,
    )
}

fn q20() -> Case {
    let mut export = Export::new();
    let year = export.year(2022);
    for (name, taken) in [
        (
            "PXL_20220101_101112131.RAW-01.MP.COVER.jpg",
            "2022-01-01T10:11:12Z",
        ),
        (
            "PXL_20220101_101112131.RAW-02.ORIGINAL.jpg",
            "2022-01-01T10:11:12Z",
        ),
        (
            "PXL_20220102_101112131.PORTRAIT-01.COVER.jpg",
            "2022-01-02T10:11:12Z",
        ),
        (
            "IMG_20190216_172030_BURST000_COVER_TOP.jpg",
            "2019-02-16T16:20:30Z",
        ),
        (
            "00055IMG_00055_BURST20190216172030_COVER.jpg",
            "2019-02-16T16:20:31Z",
        ),
    ] {
        plain(&mut export, year, name, taken);
    }
    Case::one(
        "Q20",
        "bursts and series are separate items with sidecars of their own",
        export,
    )
}

fn q21() -> Case {
    let mut export = Export::new();
    let year = export.year(2022);
    for name in [
        "PXL_20220101_101112131.jpg",
        "PXL_20220101_101112131~2.jpg",
        "PXL_20220101_101112131~3.jpg",
    ] {
        plain(&mut export, year, name, "2022-01-01T10:11:12Z");
    }
    Case::one("Q21", "an editor's ~2 and ~3 are ordinary names", export)
}
