//! The cases of real exports: names from public listings and other tools' tests.

use super::*;

/// Sidecar names with their titles, media names, and for each of these: its sidecar, what it is, and what it goes with.
fn check(sidecars: &[(&str, &str)], expected: &[(&str, Option<&str>, Part, Option<&str>)]) {
    let read: Vec<Sidecar> = sidecars
        .iter()
        .map(|(_, title)| Sidecar {
            title: (*title).to_owned(),
            ..Sidecar::default()
        })
        .collect();
    let named: Vec<Named<'_>> = sidecars
        .iter()
        .zip(&read)
        .map(|((name, _), sidecar)| Named { name, sidecar })
        .collect();
    let media: Vec<&str> = expected.iter().map(|expected| expected.0).collect();
    // Whatever the order in the archive.
    for turn in 0..media.len() {
        let mut turned = media.clone();
        turned.rotate_left(turn);
        let paired = pair(&turned, &named);
        for (name, sidecar, part, of) in expected {
            let at = turned
                .iter()
                .position(|other| other == name)
                .expect("there");
            let found = &paired[at];
            let found = (
                found.sidecar.map(|at| named[at].name),
                found.part,
                found.of.map(|at| turned[at]),
            );
            assert_eq!(found, (*sidecar, *part, *of), "{name} (turned by {turn})");
        }
    }
}

fn originals(pairs: &[(&str, &str, &str)]) {
    let sidecars: Vec<_> = pairs
        .iter()
        .map(|(_, sidecar, title)| (*sidecar, *title))
        .collect();
    let expected: Vec<_> = pairs
        .iter()
        .map(|(media, sidecar, _)| (*media, Some(*sidecar), Part::Original, None))
        .collect();
    check(&sidecars, &expected);
}

use Part::{Edited, Motion, Original};

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_public_vector_of_an_original_is_paired() {
    for (media, sidecar, title) in [
        (
            "IMG_1159.HEIC",
            "IMG_1159.HEIC.supplemental-metadata.json",
            "IMG_1159.HEIC",
        ),
        (
            "PXL_20241231_151646544.MP.jpg",
            "PXL_20241231_151646544.MP.jpg.supplemental-met.json",
            "PXL_20241231_151646544.MP.jpg",
        ),
        (
            "PXL_20240827_094331806.PORTRAIT(1).jpg",
            "PXL_20240827_094331806.PORTRAIT.jpg.supplement(1).json",
            "PXL_20240827_094331806.PORTRAIT.jpg",
        ),
        (
            "PXL_20240506_142610305.LONG_EXPOSURE-01.COVER.jpg",
            "PXL_20240506_142610305.LONG_EXPOSURE-01.COVER..json",
            "PXL_20240506_142610305.LONG_EXPOSURE-01.COVER.jpg",
        ),
        (
            "PXL_20211120_223243932.MOTION-02.ORIGINAL.jpg",
            "PXL_20211120_223243932.MOTION-02.ORIGINAL.jpg..json",
            "PXL_20211120_223243932.MOTION-02.ORIGINAL.jpg",
        ),
        (
            "Scan35(1).jpg",
            "Scan35.jpg.supplemental-metadata(1).json",
            "Scan35.jpg",
        ),
        (
            "CLIP0001(10).AVI",
            "CLIP0001.AVI.supplemental-metadata(10).json",
            "CLIP0001.AVI",
        ),
        (
            "Screenshot_2024-08-31-00-53-48-647_com.snapchat.jpg",
            "Screenshot_2024-08-31-00-53-48-647_com.snapcha.json",
            "Screenshot_2024-08-31-00-53-48-647_com.snapchat.android.jpg",
        ),
        ("DSC_0101(1).JPG", "DSC_0101.JPG(1).json", "DSC_0101.JPG"),
        (
            "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.jpg",
            "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGIN.json",
            "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINAL.jpg",
        ),
        (
            "PXL_20230814_201205358.ACTION_PAN-01.COVER.jpg",
            "PXL_20230814_201205358.ACTION_PAN-01.COVER.jpg.json",
            "PXL_20230814_201205358.ACTION_PAN-01.COVER.jpg",
        ),
        (
            "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jpg",
            "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jp.json",
            "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jpg",
        ),
        (
            "13039_327707840323_537645323_9470255_27214_n(1).jpg",
            "13039_327707840323_537645323_9470255_27214_n.j(1).json",
            "13039_327707840323_537645323_9470255_27214_n.jpg",
        ),
        (
            "15250796_10158125619575157_1421325151866375198_.jpg",
            "15250796_10158125619575157_1421325151866375198.json",
            "15250796_10158125619575157_1421325151866375198_n.jpg",
        ),
        (
            "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋😛.jpg",
            "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋.json",
            "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋😛😝.jpg",
        ),
        (
            "IMG2021021(4455)74722(1).jpg",
            "IMG2021021(4455)74722.jpg(1).json",
            "IMG2021021(4455)74722.jpg",
        ),
        (
            "IMG2021021.json74722(1).jpg",
            "IMG2021021.json74722.jpg(1).json",
            "IMG2021021.json74722.jpg",
        ),
        (
            "img_(87).(vacation stuff).lol(87).jpg",
            "img_(87).(vacation stuff).lol.jpg(87).json",
            "img_(87).(vacation stuff).lol.jpg",
        ),
        (
            "Urlaub in Knaufspesch in der Schneifel (38).JPG",
            "Urlaub in Knaufspesch in der Schneifel (38).JP.json",
            "Urlaub in Knaufspesch in der Schneifel (38).JPG",
        ),
        (
            "skytree (2).jpg",
            "skytree (2).jpg.supplemental-metadata.json",
            "skytree (2).jpg",
        ),
        (
            "21.12(1).11 - 1",
            "21.12.11 - 1.supplemental-metadata(1).json",
            "21.12.11 - 1",
        ),
        (
            "IMG_7(1).jpg",
            "IMG_7(1).jpg.supplemental-metadata.json",
            "IMG_7.jpg",
        ),
        ("IMG_4081(1).jpg", "IMG_4081.JPG(1).json", "IMG_4081.JPG"),
        (
            "2013-12-23(1).jpg",
            "2013-12-23.supplemental-metadata(1).json",
            "2013-12-23",
        ),
        ("20030616.jpg", "20030616.json", "20030616"),
        ("27_06_12 - 2.jpg", "27_06_12 - 2.json", "27/06/12 - 2"),
        ("IMG_1.jpg", "IMG_1.jpg.metadata.json", "IMG_1.jpg"),
        (
            "[UNSET].jpg",
            "[UNSET].jpg.supplemental-metadata.json",
            "[UNSET].jpg",
        ),
        ("Tom _ Jerry.jpg", "Tom _ Jerry.jpg.json", "Tom & Jerry.jpg"),
        ("cafe\u{301}.jpg", "café.jpg.json", "café.jpg"),
    ] {
        originals(&[(media, sidecar, title)]);
    }
}

#[test]
fn every_length_of_the_suffix_is_known() {
    for length in 0..=21 {
        let suffix = &"supplemental-metadata"[..length];
        let dot = if length == 0 { "" } else { "." };
        originals(&[(
            "IMG_1.jpg",
            &format!("IMG_1.jpg{dot}{suffix}.json"),
            "IMG_1.jpg",
        )]);
        let stem = "x".repeat(46 - 5 - length);
        let media = format!("{stem}.jpg");
        originals(&[(&media, &format!("{media}.{suffix}.json"), &media)]);
    }
}

#[test]
fn counters_tell_equal_titles_apart() {
    originals(&[
        ("IMG_3479.JPG", "IMG_3479.JPG.json", "IMG_3479.JPG"),
        ("IMG_3479(1).JPG", "IMG_3479.JPG(1).json", "IMG_3479.JPG"),
        ("IMG_3479(2).JPG", "IMG_3479.JPG(2).json", "IMG_3479.JPG"),
    ]);
    check(
        &[("DSC_0103.JPG(1).json", "DSC_0103.JPG")],
        &[("DSC_0103.JPG", None, Original, None)],
    );
    check(
        &[("DSC_0104.JPG.json", "DSC_0104.JPG")],
        &[("DSC_0104(1).JPG", None, Original, None)],
    );
    let long = "Backyard_ceremony_wedding_photography_xxxxxxx_m";
    let cut = &long[..46];
    originals(&[
        (
            &format!("{long}.jpg"),
            &format!("{cut}.json"),
            &format!("{long}agnoliastudios-371.jpg"),
        ),
        (
            &format!("{long}(494).jpg"),
            &format!("{cut}(494).json"),
            &format!("{long}agnoliastudios-112.jpg"),
        ),
    ]);
}

#[test]
fn a_cut_that_ends_in_a_space_does_not_make_the_counter_a_part_of_the_title() {
    let title = "A title that is far too long for the name of a file";
    originals(&[
        (
            "A title that is far too long for the name of a .jpg",
            "A title that is far too long for the name of a.json",
            title,
        ),
        (
            "A title that is far too long for the name of a (1).jpg",
            "A title that is far too long for the name of a(1).json",
            title,
        ),
    ]);
}

#[test]
fn a_cut_title_shares_its_only_sidecar_and_a_short_one_does_not() {
    let sidecar = "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_.json";
    check(
        &[(
            sidecar,
            "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_PXL_20220516_164814158.jpg",
        )],
        &[
            (
                "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P.jpg",
                Some(sidecar),
                Original,
                None,
            ),
            (
                "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P(1).jpg",
                Some(sidecar),
                Original,
                None,
            ),
        ],
    );
}

#[test]
fn an_edited_version_shares_the_sidecar() {
    for word in [
        "edited",
        "bearbeitet",
        "modifié",
        "modifie\u{301}",
        "ha editado",
        "編集済み",
        "Edited",
    ] {
        let edited = format!("X-{word}.jpg");
        check(
            &[("X.jpg.json", "X.jpg")],
            &[
                ("X.jpg", Some("X.jpg.json"), Original, None),
                (&edited, Some("X.jpg.json"), Edited, Some("X.jpg")),
            ],
        );
    }
    check(
        &[(
            "20220322_205147.jpg.supplemental-metadata(1).json",
            "20220322_205147.jpg",
        )],
        &[
            (
                "20220322_205147(1).jpg",
                Some("20220322_205147.jpg.supplemental-metadata(1).json"),
                Original,
                None,
            ),
            (
                "20220322_205147-edited(1).jpg",
                Some("20220322_205147.jpg.supplemental-metadata(1).json"),
                Edited,
                Some("20220322_205147(1).jpg"),
            ),
        ],
    );
    // Another extension, and a cut word.
    let stem = "Con Yoli por Málaga en el piso nuevo_001";
    check(
        &[
            ("IMG_1.HEIC.json", "IMG_1.HEIC"),
            (&format!("{stem}.JPG.suppl.json"), &format!("{stem}.JPG")),
        ],
        &[
            ("IMG_1.HEIC", Some("IMG_1.HEIC.json"), Original, None),
            (
                "IMG_1-edited.jpg",
                Some("IMG_1.HEIC.json"),
                Edited,
                Some("IMG_1.HEIC"),
            ),
            (
                &format!("{stem}-ha edi.JPG"),
                Some(&format!("{stem}.JPG.suppl.json")),
                Edited,
                None,
            ),
        ],
    );
    // The title had no extension.
    check(
        &[(
            "2234089303984509579.supplemental-metadata.json",
            "2234089303984509579",
        )],
        &[(
            "2234089303984509579-edited.jpg",
            Some("2234089303984509579.supplemental-metadata.json"),
            Edited,
            None,
        )],
    );
}

#[test]
fn an_edited_version_alone_is_a_photo() {
    check(
        &[],
        &[(
            "PXL_20220405_090200110.PORTRAIT-modifié.jpg",
            None,
            Original,
            None,
        )],
    );
    // A copy with a sidecar of its own is an item of its own.
    check(
        &[
            ("X.jpg.json", "X.jpg"),
            ("X.jpg(1).json", "X.jpg"),
            ("X-edited.jpg.json", "X-edited.jpg"),
        ],
        &[
            ("X.jpg", Some("X.jpg.json"), Original, None),
            ("X(1).jpg", Some("X.jpg(1).json"), Original, None),
            ("X-edited.jpg", Some("X-edited.jpg.json"), Original, None),
        ],
    );
}

#[test]
fn a_live_photo_is_two_files_of_one_item() {
    let heic = "IMG_0769.HEIC.supplemental-metadata.json";
    check(
        &[(heic, "IMG_0769.HEIC")],
        &[
            ("IMG_0769.HEIC", Some(heic), Original, None),
            ("IMG_0769.mp4", Some(heic), Motion, Some("IMG_0769.HEIC")),
        ],
    );
    let counted = "IMG_0769.HEIC.supplemental-metadata(1).json";
    check(
        &[(counted, "IMG_0769.HEIC")],
        &[
            ("IMG_0769(1).HEIC", Some(counted), Original, None),
            (
                "IMG_0769(1).MP4",
                Some(counted),
                Motion,
                Some("IMG_0769(1).HEIC"),
            ),
        ],
    );
    check(
        &[
            ("IMG_2552.HEIC.json", "IMG_2552.HEIC"),
            ("IMG_2552.JPG.json", "IMG_2552.JPG"),
        ],
        &[
            ("IMG_2552.HEIC", Some("IMG_2552.HEIC.json"), Original, None),
            ("IMG_2552.JPG", Some("IMG_2552.JPG.json"), Original, None),
            (
                "IMG_2552.MP4",
                Some("IMG_2552.HEIC.json"),
                Motion,
                Some("IMG_2552.HEIC"),
            ),
            (
                "IMG_2552(1).MP4",
                Some("IMG_2552.JPG.json"),
                Motion,
                Some("IMG_2552.JPG"),
            ),
        ],
    );
    check(
        &[("LIVE.MP4.supplemental-metadata.json", "LIVE.jpeg")],
        &[
            (
                "LIVE.jpeg",
                Some("LIVE.MP4.supplemental-metadata.json"),
                Original,
                None,
            ),
            (
                "LIVE.MP4",
                Some("LIVE.MP4.supplemental-metadata.json"),
                Motion,
                Some("LIVE.jpeg"),
            ),
        ],
    );
}

#[test]
fn a_motion_photo_keeps_its_clip() {
    check(
        &[
            ("PXL_x.MP.jpg.json", "PXL_x.MP.jpg"),
            ("PXL_x.MP~2.jpg.json", "PXL_x.MP~2.jpg"),
        ],
        &[
            ("PXL_x.MP.jpg", Some("PXL_x.MP.jpg.json"), Original, None),
            (
                "PXL_x.MP",
                Some("PXL_x.MP.jpg.json"),
                Motion,
                Some("PXL_x.MP.jpg"),
            ),
            (
                "PXL_x.MP~2.jpg",
                Some("PXL_x.MP~2.jpg.json"),
                Original,
                None,
            ),
            (
                "PXL_x.MP~2",
                Some("PXL_x.MP~2.jpg.json"),
                Motion,
                Some("PXL_x.MP~2.jpg"),
            ),
        ],
    );
    for clip in ["MVIMG_x.MP4", "MVIMG_x"] {
        check(
            &[("MVIMG_x.jpg.json", "MVIMG_x.jpg")],
            &[
                ("MVIMG_x.jpg", Some("MVIMG_x.jpg.json"), Original, None),
                (clip, Some("MVIMG_x.jpg.json"), Motion, Some("MVIMG_x.jpg")),
            ],
        );
    }
}

#[test]
fn a_video_with_a_sidecar_of_its_own_is_a_video() {
    originals(&[
        ("IMG_1.jpg", "IMG_1.jpg.json", "IMG_1.jpg"),
        ("IMG_1.mp4", "IMG_1.mp4.json", "IMG_1.mp4"),
    ]);
}

#[test]
fn neighbours_do_not_steal_each_others_sidecars() {
    check(
        &[("image000000.jpg(1).json", "image000000.jpg")],
        &[
            ("image000000.gif", None, Original, None),
            ("image000000.jpg", None, Original, None),
        ],
    );
    // A series is as many photos as it has files.
    originals(&[
        (
            "X.RAW-01.MP.COVER.jpg",
            "X.RAW-01.MP.COVER.jpg.supplemental-metadata.json",
            "X.RAW-01.MP.COVER.jpg",
        ),
        (
            "X.RAW-02.ORIGINAL.dng",
            "X.RAW-02.ORIGINAL.dng.supplemental-metadata.json",
            "X.RAW-02.ORIGINAL.dng",
        ),
    ]);
    // Two claims that nothing decides: neither gets it.
    check(
        &[("20030616.json", "20030616")],
        &[
            ("20030616.jpg", None, Original, None),
            ("20030616.png", None, Original, None),
        ],
    );
    // The title's extension decides.
    check(
        &[("IMG_1.json", "IMG_1.HEIC")],
        &[
            ("IMG_1.HEIC", Some("IMG_1.json"), Original, None),
            ("IMG_1.JPG", None, Original, None),
        ],
    );
}
