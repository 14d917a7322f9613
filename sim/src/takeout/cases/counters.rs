//! Counters, cut names, and sidecars that fit more than one file.

use super::super::export::Export;
use super::super::file::Claim;
use super::super::names::{self, Counter, SidecarStyle};
use super::super::shot::{Form, Shot};
use super::{Case, pair};

pub(super) fn cases() -> Vec<Case> {
    vec![q01(), q02(), q03(), q04(), q05(), q06(), q41(), q50()]
}

fn q01() -> Case {
    let mut export = Export::new();
    let year = export.year(2019);
    for (name, sidecar, taken) in [
        ("IMG_3479.JPG", "IMG_3479.JPG.json", "2019-05-18T10:00:00Z"),
        (
            "IMG_3479(1).JPG",
            "IMG_3479.JPG(1).json",
            "2019-06-18T10:00:00Z",
        ),
        (
            "IMG_3479(2).JPG",
            "IMG_3479.JPG(2).json",
            "2019-07-18T10:00:00Z",
        ),
    ] {
        pair(
            &mut export,
            year,
            name,
            sidecar,
            Shot::photo("IMG_3479.JPG", taken),
        );
    }
    Case::one(
        "Q01",
        "three photos of one title, counters on both sides: three pairs",
        export,
    )
}

fn q02() -> Case {
    let mut export = Export::new();
    let year = export.year(2018);
    let photo = export.add(Shot::photo("DSC_0103.JPG", "2018-03-01T10:00:00Z"));
    export
        .media(year, "DSC_0103.JPG", photo)
        .claims(&[Claim::Alone]);
    let other = export.add(Shot::photo("DSC_0103.JPG", "2018-09-01T10:00:00Z"));
    export.sidecar(year, "DSC_0103.JPG(1).json", other);
    Case::one(
        "Q02",
        "a sidecar with a counter is not that of the file without",
        export,
    )
}

fn q03() -> Case {
    let mut export = Export::new();
    let year = export.year(2018);
    let photo = export.add(Shot::photo("DSC_0104.JPG", "2018-03-01T10:00:00Z"));
    export
        .media(year, "DSC_0104(1).JPG", photo)
        .claims(&[Claim::Alone]);
    let other = export.add(Shot::photo("DSC_0104.JPG", "2018-09-01T10:00:00Z"));
    export.sidecar(year, "DSC_0104.JPG.json", other);
    // The exception: its bytes are those of the file that the sidecar belongs to.
    let next = export.year(2019);
    let twin = pair(
        &mut export,
        next,
        "DSC_0104.JPG",
        "DSC_0104.JPG.json",
        Shot::photo("DSC_0104.JPG", "2019-03-01T10:00:00Z"),
    );
    export
        .media(next, "DSC_0104(1).JPG", twin)
        .claims(&[Claim::Alone]);
    Case::one(
        "Q03",
        "a file with a counter does not take the sidecar without, unless the bytes are equal",
        export,
    )
}

fn q04() -> Case {
    let mut export = Export::new();
    let year = export.year(2024);
    // The dot and 21 to 0 characters of the suffix, and at 46 units no dot either.
    for units in 24..=names::SIDECAR_UNITS {
        let base = format!("IMG_{}.jpg", "7".repeat(units - "IMG_.jpg".len()));
        let sidecar = names::sidecar(SidecarStyle::New, &base, 0, Counter::Moved);
        pair(
            &mut export,
            year,
            &base,
            &sidecar,
            Shot::photo(&base, "2024-08-01T10:00:00Z"),
        );
    }
    Case::one(
        "Q04",
        "the suffix cut at every length, from whole to nothing: all paired",
        export,
    )
}

fn q05() -> Case {
    const START: &str = "Holiday at the seaside with family and friends";
    let mut export = Export::new();
    export.style = SidecarStyle::Old;
    let equal = export.year(2019);
    for (n, title, taken) in [
        (
            0,
            format!("{START} in the morning.jpg"),
            "2019-07-01T08:00:00Z",
        ),
        (
            1,
            format!("{START} in the evening.jpg"),
            "2019-07-21T19:00:00Z",
        ),
    ] {
        let stem = title.trim_end_matches(".jpg");
        let name = names::media(stem, "", n, "jpg");
        let sidecar = names::sidecar(
            SidecarStyle::Old,
            &names::media(stem, "", 0, "jpg"),
            n,
            Counter::Moved,
        );
        pair(
            &mut export,
            equal,
            &name,
            &sidecar,
            Shot::photo(&title, taken),
        );
    }
    // The 47th unit differs, so the files need no counter, and the sidecars, cut at 46, do. Only the titles tell which is whose;
    // that a counter differs speaks against pairing (§6.1, 3), so standing alone is right too.
    let unequal = export.year(2020);
    for (n, last, taken) in [
        (0, 'a', "2020-07-01T08:00:00Z"),
        (1, 'b', "2020-08-01T08:00:00Z"),
    ] {
        let title = format!("{START}{last}.jpg");
        let sidecar = names::sidecar(SidecarStyle::Old, START, n, Counter::Moved);
        let shot = pair(
            &mut export,
            unequal,
            &title,
            &sidecar,
            Shot::photo(&title, taken),
        );
        let media = export.files.len() - 2;
        export.files[media].claims(&[Claim::Of(shot), Claim::Alone]);
    }
    Case::one(
        "Q05",
        "two titles with the same first 46 units: equal counters decide, else the title, else nothing",
        export,
    )
}

fn q06() -> Case {
    const START: &str = "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_";
    let mut export = Export::new();
    let year = export.year(2021);
    let first = pair(
        &mut export,
        year,
        &format!("{START}P.jpg"),
        &format!("{START}.json"),
        Shot::photo(&format!("{START}P.jpg"), "2021-02-03T10:00:00Z"),
    );
    let forgotten = Shot::photo(&format!("{START}P.jpg"), "2021-02-03T10:00:00Z").variant(1);
    let forgotten = export.add(forgotten);
    export
        .media(year, &format!("{START}P(1).jpg"), forgotten)
        .claims(&[Claim::Of(first), Claim::Alone]);
    Case::one(
        "Q06",
        "a forgotten duplicate: no sidecar of its own; the other's at low confidence, or none",
        export,
    )
}

fn q41() -> Case {
    let mut export = Export::new();
    let year = export.year(2022);
    let gif = Shot {
        form: Form::Gif,
        ..Shot::photo("image000000.gif", "2022-01-01T10:00:00Z").undated()
    };
    pair(
        &mut export,
        year,
        "image000000.gif",
        "image000000.gif.json",
        gif.clone(),
    );
    for (name, sidecar, taken) in [
        (
            "image000000.jpg",
            "image000000.jpg.json",
            "2022-02-01T10:00:00Z",
        ),
        (
            "image000000(1).jpg",
            "image000000.jpg(1).json",
            "2022-03-01T10:00:00Z",
        ),
        ("image0.jpg", "image0.jpg.json", "2022-04-01T10:00:00Z"),
    ] {
        pair(
            &mut export,
            year,
            name,
            sidecar,
            Shot::photo("image000000.jpg", taken),
        );
    }
    let lonely = export.add(Shot {
        title: "image0.gif".to_owned(),
        ..gif.variant(1)
    });
    export
        .media(year, "image0.gif", lonely)
        .claims(&[Claim::Alone]);
    Case::one(
        "Q41",
        "a gif and a jpg of one stem do not steal each other's sidecars",
        export,
    )
}

fn q50() -> Case {
    const START: &str = "The whole long day of our wedding in the garden";
    let mut export = Export::new();
    export.style = SidecarStyle::Old;
    let year = export.year(2023);
    let base = names::media(START, "", 0, "jpg");
    for n in 0..5000_u32 {
        let title = format!("{START} {n}.jpg");
        // Small, and without a date: there are many.
        let shot = Shot {
            form: Form::Gif,
            ..Shot::photo(&title, "2023-06-10T10:00:00Z").undated()
        };
        let sidecar = names::sidecar(SidecarStyle::Old, &base, n, Counter::Moved);
        pair(
            &mut export,
            year,
            &names::media(START, "", n, "jpg"),
            &sidecar,
            shot,
        );
    }
    Case::one(
        "Q50",
        "5,000 files of one 47-unit prefix: all paired by their counters, in linear time",
        export,
    )
}
