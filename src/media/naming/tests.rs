//! The golden table freezes the rules; the properties say what no rule may break.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// Google's name, the name on disk. **Never edit a row: an archive somewhere has it.** Id and fallback are `abc` and `jpg`.
const GOLDEN: &[(&str, &str)] = &[
    // ordinary names stay
    ("IMG_20240309_071542.jpg", "IMG_20240309_071542.jpg"),
    ("IMG_0001.JPG", "IMG_0001.JPG"),
    (
        "PXL_20241231_151646544.MP.jpg",
        "PXL_20241231_151646544.MP.jpg",
    ),
    (
        "PXL_20211120_223243932.MOTION-02.ORIGINAL.jpg",
        "PXL_20211120_223243932.MOTION-02.ORIGINAL.jpg",
    ),
    ("MVIMG_20200207_134534~2.jpg", "MVIMG_20200207_134534~2.jpg"),
    ("Con Yoli por Málaga.HEIC", "Con Yoli por Málaga.HEIC"),
    ("写真 (2).heic", "写真 (2).heic"),
    (
        "Screenshot 2024-01-01 at 1.00.00\u{202f}PM.png",
        "Screenshot 2024-01-01 at 1.00.00\u{202f}PM.png",
    ),
    ("clip.MTS", "clip.MTS"),
    ("raw.CR3", "raw.CR3"),
    ("a..jpg", "a..jpg"),
    (
        "100% & more; [1] {2} #3 'x' $HOME `y`!.jpg",
        "100% & more; [1] {2} #3 'x' $HOME `y`!.jpg",
    ),
    // rule 1: characters
    ("a/b\\c.jpg", "a_b_c.jpg"),
    ("../../etc/passwd", "_._.._etc_passwd.jpg"),
    ("C:\\Users\\x\\a.jpg", "C__Users_x_a.jpg"),
    ("<a>:\"b\"|c?*.jpg", "_a___b__c__.jpg"),
    ("a\u{0}b\nc\u{1b}[31m\u{7f}\u{9b}.jpg", "a_b_c_[31m__.jpg"),
    ("photo\u{202e}gpj.exe", "photogpj.exe.jpg"),
    ("a\u{200b}\u{feff}\u{2066}b.jpg", "ab.jpg"),
    ("❤\u{fe0f}.jpg", "❤.jpg"),
    ("a\u{2028}b.jpg", "a_b.jpg"),
    ("a\u{f03a}b\u{ffff}.jpg", "a_b_.jpg"),
    ("Ma\u{301}laga.jpg", "Málaga.jpg"),
    ("Å\u{2126}\u{212a}.jpg", "ÅΩK.jpg"),
    // rule 2: ends
    (".jpg", "_jpg.jpg"),
    (".hidden.jpg", "_hidden.jpg"),
    (".gphotos-dl", "_gphotos-dl.jpg"),
    ("..a.jpg", "_.a.jpg"),
    ("  a b .jpg . ", "a b .jpg"),
    ("\u{3000}a.jpg\u{a0}", "a.jpg"),
    ("-rf.jpg", "-rf.jpg"),
    ("-rf", "-rf.jpg"),
    // rule 3: nothing left
    ("", "item-abc.jpg"),
    (".", "item-abc.jpg"),
    ("..", "item-abc.jpg"),
    (" . . ", "item-abc.jpg"),
    ("\u{200b}", "item-abc.jpg"),
    ("/", "_.jpg"),
    // rule 4: extensions
    ("photo", "photo.jpg"),
    ("x.exe", "x.exe.jpg"),
    ("x.jpg.exe", "x.jpg.exe.jpg"),
    ("photo.desktop", "photo.desktop.jpg"),
    ("x.lnk", "x.lnk.jpg"),
    ("x.exe.jpg", "x.exe.jpg"),
    ("IMG.HEIC", "IMG.HEIC"),
    ("PXL_1.MP", "PXL_1.MP.jpg"),
    ("PXL_1.MP~2", "PXL_1.MP~2.jpg"),
    ("a.jpg\u{301}", "a.jpǵ.jpg"),
    ("Mr. Smith", "Mr. Smith.jpg"),
    // rule 6: devices
    ("CON", "_CON.jpg"),
    ("con.jpg", "_con.jpg"),
    ("nul.txt", "_nul.txt.jpg"),
    ("Aux .foo.png", "_Aux .foo.png"),
    ("COM1.jpg", "_COM1.jpg"),
    ("com¹.jpg", "_com¹.jpg"),
    ("LPT0", "_LPT0.jpg"),
    ("CONIN$.mp4", "_CONIN$.mp4"),
    ("COM10.jpg", "COM10.jpg"),
    ("CONSOLE.jpg", "CONSOLE.jpg"),
    // rule 7: forged clash names
    ("IMG_1~abcdef.jpg", "IMG_1~abcdef_.jpg"),
    ("IMG_1~ABC237-2.jpg", "IMG_1~ABC237-2_.jpg"),
    ("IMG_1~abcdef", "IMG_1~abcdef_.jpg"),
    ("IMG_1~abcde1.jpg", "IMG_1~abcde1.jpg"),
    ("IMG_1~abcdef-x.jpg", "IMG_1~abcdef-x.jpg"),
    ("~abcdef-.jpg", "~abcdef-.jpg"),
];

#[test]
fn golden_names() {
    for (given, expected) in GOLDEN {
        assert_eq!(file_name(Some(given), "abc", "jpg"), *expected, "{given:?}");
    }
}

#[test]
fn golden_names_without_a_name() {
    assert_eq!(
        file_name(None, "AExample-Id_0123", "heic"),
        "item-AExample-Id_0123.heic"
    );
    assert_eq!(
        file_name(None, "a/../b.jpg\u{202e}é", "mp4"),
        "item-a____b_jpg__.mp4"
    );
    assert_eq!(file_name(None, "", "jpg"), "item-.jpg");
    assert_eq!(
        file_name(None, &"x".repeat(500), "jpg"),
        format!("item-{}.jpg", "x".repeat(100))
    );
    assert_eq!(file_name(Some("scan.PDF"), "abc", "pdf"), "scan.PDF");
    assert_eq!(file_name(Some("a"), "abc", "../x"), "a.x");
    assert_eq!(file_name(Some("a"), "abc", ""), "a.bin");
}

#[test]
fn golden_lengths() {
    let long =
        |stem: &str, extension: &str| file_name(Some(&format!("{stem}.{extension}")), "abc", "jpg");
    assert_eq!(
        long(&"a".repeat(136), "jpg"),
        format!("{}.jpg", "a".repeat(136))
    );
    assert_eq!(
        long(&"a".repeat(1000), "JPEG"),
        format!("{}.JPEG", "a".repeat(135))
    );
    assert_eq!(
        long(&"é".repeat(200), "jpg"),
        format!("{}.jpg", "é".repeat(68))
    );
    assert_eq!(
        long(&"界".repeat(200), "heic"),
        format!("{}.heic", "界".repeat(45))
    );
    // A q composes with nothing: five bytes that stay together.
    assert_eq!(
        long(&"q\u{323}\u{307}".repeat(80), "jpg"),
        format!("{}.jpg", "q\u{323}\u{307}".repeat(27))
    );
    assert_eq!(
        long(&"👍🏽".repeat(50), "jpg"),
        format!("{}.jpg", "👍🏽".repeat(17))
    );
    assert_eq!(
        long(&format!("{} . tail", "a".repeat(134)), "jpg"),
        format!("{}.jpg", "a".repeat(134))
    );
    assert_eq!(long(&format!("CON{}x", " ".repeat(200)), "jpg"), "_CON.jpg");
    assert_eq!(
        long(&format!("{}~abcdefgh", "a".repeat(129)), "jpg"),
        format!("{}~abcde_.jpg", "a".repeat(129))
    );
}

#[test]
fn golden_tags_and_clashes() {
    // printf '7:library,3:abc,8:original,' | sha256sum | xxd -r -p | base32 | cut -c1-6 | tr A-Z a-z
    assert_eq!(tag("library", "abc", "original"), "stb3lr");
    assert_eq!(tag("", "", ""), "wuikru");
    assert_ne!(tag("a", "bc", "d"), tag("ab", "c", "d"));
    assert_ne!(tag("a,1:b", "c", "d"), tag("a", "1:b,1:c", "d"));

    assert_eq!(clash_name("IMG_1.jpg", "a2b3c4", 0), "IMG_1~a2b3c4.jpg");
    assert_eq!(clash_name("IMG_1.jpg", "a2b3c4", 1), "IMG_1~a2b3c4-2.jpg");
    assert_eq!(
        clash_name("IMG_1.jpg", "a2b3c4", u32::MAX),
        "IMG_1~a2b3c4-4294967296.jpg"
    );
    assert_eq!(clash_name("x.exe.JPG", "a2b3c4", 0), "x.exe~a2b3c4.JPG");
    assert_eq!(clash_name("x", "a2b3c4", 0), "x~a2b3c4");
    assert_eq!(
        clash_name(&format!("{}.jpg", "é".repeat(68)), "a2b3c4", 9),
        format!("{}~a2b3c4-10.jpg", "é".repeat(63))
    );
}

#[test]
fn golden_clips() {
    assert_eq!(clip_name("PXL_1.MP.jpg", "mp4"), "PXL_1.MP.mp4");
    assert_eq!(clip_name("MVIMG_1~abcdef.JPG", "mov"), "MVIMG_1~abcdef.mov");
    assert_eq!(clip_name("a", ".MP4"), "a.mp4");
    assert_eq!(
        clip_name(&format!("{}.jpg", "a".repeat(136)), "webm"),
        format!("{}.webm", "a".repeat(135))
    );
}

#[test]
fn motion_names() {
    let yes = [
        "PXL_20241231_151646544.MP.jpg",
        "PXL_20241231_151646544.MP",
        "PXL_1.MP~2.jpg",
        "PXL_1.MP(3).jpg",
        "PXL_1.MP.heic",
        "PXL_1.RAW-01.MP.COVER.jpg",
        "MVIMG_20191230_232926.jpg",
        "mvimg_1.jpg",
        "MVIMG_20200207_134534~2.jpg",
        "IMG_0001MP.jpg",
    ];
    let no = [
        "IMG_1.jpg",
        "CAMP.jpg",
        "PXL_1.MOTION-02.ORIGINAL.jpg",
        "PXL_1.COVER.jpg",
        "MP.jpg",
        "IMG_1.mp4",
        "MVIMG",
        "",
        "PXL_1.mp.jpg",
        "é",
        "PXL_1.MP.jpg.txt",
        "ééé_1.jpg",
    ];
    for name in yes {
        assert!(says_motion(name), "{name}");
    }
    for name in no {
        assert!(!says_motion(name), "{name}");
    }
}

#[test]
fn media_extensions() {
    for name in ["a.jpg", "a.JPEG", "a.b.Mp4", "a.x3f", "ä.3GP"] {
        assert!(has_media_extension(name), "{name}");
    }
    for name in [
        "jpg", ".jpg", "a.jpg.", "a.jpg ", "a.exe", "a.html", "a.svg", "a", "", "a.ｊpg",
    ] {
        assert!(!has_media_extension(name), "{name}");
    }
}

#[test]
fn equal_keys_for_what_some_file_system_takes_for_one() {
    let twins = [
        ("2024/IMG.JPG", "2024/img.jpg"),
        ("Málaga", "Ma\u{301}laga"),
        ("Straße", "STRASSE"),
        ("Straße", "STRA\u{1e9e}E"),
        ("ΟΔΟΣ", "οδος"),
        ("οδοσ", "οδος"),
        ("İ", "i"),
        ("ı", "I"),
        ("ﬁ", "FI"),
        ("ſ", "S"),
        ("µ", "μ"),
        ("\u{212a}", "k"),
        ("ǅ", "ǆ"),
        ("a\u{200d}b", "ab"),
        ("a. ", "a"),
        ("a./b ", "a/b"),
        (" a", "a"),
        ("ᾴ", "ΆΙ"),
        ("Ꭰ", "\u{ab70}"),
    ];
    for (one, other) in twins {
        assert_eq!(fold_key(one), fold_key(other), "{one} {other}");
    }
    for (one, other) in [
        ("a/b", "ab"),
        ("é", "e"),
        ("①", "1"),
        ("Ａ", "A"),
        ("a-b", "a_b"),
        ("a", "а"),
        ("a b", "a  b"),
    ] {
        assert_ne!(fold_key(one), fold_key(other), "{one} {other}");
    }
}

/// Every character of the planes that have scripts, symbols or tags.
fn interesting() -> impl Iterator<Item = char> {
    ('\0'..='\u{1ffff}').chain('\u{e0000}'..='\u{e0fff}')
}

#[test]
fn every_character_folds_with_its_cases() {
    for c in interesting() {
        let own = fold_key(&format!("x{c}x"));
        assert_eq!(fold_key(&own), own, "{c:?}");
        for twin in [
            c.to_lowercase().collect::<String>(),
            c.to_uppercase().collect(),
        ] {
            assert_eq!(fold_key(&format!("x{twin}x")), own, "{c:?}");
        }
    }
}

#[test]
fn every_character_makes_a_portable_name() {
    for c in interesting() {
        for given in [
            format!("{c}"),
            format!("a{c}.jpg"),
            format!("{c}\u{338}.{c}\u{301}.jpg"),
        ] {
            check_name(&file_name(Some(&given), "id", "jpg")).unwrap();
        }
    }
}

/// Written from Microsoft's page and from what a shell user expects, without a look at the rules.
fn windows_refuses(name: &str) -> Option<&'static str> {
    let base = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end_matches(' ')
        .to_uppercase();
    let devices = "CON PRN AUX NUL CONIN$ CONOUT$ COM0 COM1 COM2 COM3 COM4 COM5 COM6 COM7 COM8 COM9 LPT0 LPT1 LPT2 LPT3 LPT4 LPT5 \
                   LPT6 LPT7 LPT8 LPT9 COM¹ COM² COM³ LPT¹ LPT² LPT³";
    if name.is_empty() || name.encode_utf16().count() > 255 {
        Some("length")
    } else if name
        .chars()
        .any(|c| (c as u32) < 32 || r#"<>:"/\|?*"#.contains(c))
    {
        Some("character")
    } else if name.ends_with(['.', ' ']) {
        Some("end")
    } else if devices.split_whitespace().any(|device| device == base) {
        Some("device")
    } else {
        None
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let complain = |what: &str| Err(format!("{what}: {name:?}"));
    if let Some(what) = windows_refuses(name) {
        return complain(what);
    }
    let path = std::path::Path::new("folder").join(name);
    if path.parent() != Some(std::path::Path::new("folder"))
        || path.file_name().is_none_or(|last| last != name)
    {
        return complain("leaves its folder");
    }
    if name.len() > 140 {
        return complain("too long");
    }
    if name.starts_with('.') || name.trim() != name {
        return complain("hidden or padded");
    }
    let hides = [
        '\u{200b}', '\u{200e}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{feff}', '\u{7f}', '\u{85}',
        '\u{2028}',
    ];
    if name.contains(hides) {
        return complain("hides something");
    }
    if !unicode_normalization::is_nfc(name) {
        return complain("not NFC");
    }
    Ok(())
}

/// Fragments that have broken other programs, glued together with anything at all.
fn hostile() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "..",
        ".",
        "/",
        "\\",
        " ",
        "CON",
        "com¹",
        "nul",
        "AUX.",
        "~",
        "~abcdef",
        "~ABCDEF-2",
        "~abcde",
        "-",
        "-rf",
        ".jpg",
        ".JPG",
        ".jpeg",
        ".mp4",
        ".exe",
        ".MP",
        "\u{202e}",
        "\u{200d}",
        "\u{301}",
        "\u{338}",
        "\u{323}",
        "ß",
        "ẞ",
        "İ",
        "ı",
        "ς",
        "Σ",
        "ﬁ",
        "\0",
        "\n",
        "\u{1b}[2J",
        "IMG_1",
        "img_1",
        "é",
        "e\u{301}",
        "🏳\u{fe0f}\u{200d}🌈",
        "👍🏽",
        "=",
        "%",
        "\u{f03a}",
        "\u{ffff}",
        "\u{3000}",
    ]);
    let piece = prop_oneof![
        4 => nasty.prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-z0-9]{1,4}",
        1 => (prop::sample::select(vec!["a", "é", "x\u{323}", "界", "\u{301}", "👍🏽", " ", "."]), 1_usize..200).prop_map(|(text, n)| text.repeat(n)),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn names_are_portable_and_lasting(given in hostile(), id in hostile(), attempt in 0_u32..1000) {
        let name = file_name(Some(&given), &id, "jpg");
        check_name(&name).map_err(TestCaseError::fail)?;
        prop_assert!(has_media_extension(&name));
        prop_assert_eq!(&file_name(Some(&given), &id, "jpg"), &name);
        prop_assert_eq!(&file_name(Some(&name), "other", "png"), &name);

        let tag = tag("library", &id, "original");
        let clash = clash_name(&name, &tag, attempt);
        check_name(&clash).map_err(TestCaseError::fail)?;
        prop_assert_ne!(fold_key(&clash), fold_key(&name));
        prop_assert_ne!(clash_name(&name, &tag, attempt + 1), clash.clone());
        // No item's own name is another's clash name.
        prop_assert_ne!(fold_key(&file_name(Some(&clash), "x", "jpg")), fold_key(&clash));

        let clip = clip_name(&name, "mp4");
        check_name(&clip).map_err(TestCaseError::fail)?;
        check_name(&clip_name(&clash, "mp4")).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn unnamed_items_have_portable_names(id in hostile(), fallback in hostile()) {
        check_name(&file_name(None, &id, &fallback)).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn keys_are_lasting(path in hostile()) {
        let key = fold_key(&path);
        prop_assert_eq!(fold_key(&key), key);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// What the index does: the bare name, then one clash name after the other, until a key is free.
    #[test]
    fn allocation_ends_and_nothing_collides(given in prop::collection::vec(hostile(), 1..60), same in 0_usize..20) {
        let all: Vec<&String> = given.iter().chain(std::iter::repeat_n(&given[0], same)).collect();
        let mut taken = HashSet::new();
        for (number, given) in all.iter().enumerate() {
            let id = number.to_string();
            let name = file_name(Some(given), &id, "jpg");
            let tag = tag("library", &id, "original");
            let free = std::iter::once(name.clone())
                .chain((0..100).map(|attempt| clash_name(&name, &tag, attempt)))
                .find(|candidate| taken.insert(fold_key(&format!("2024/03/{candidate}"))));
            prop_assert!(free.is_some());
        }
        prop_assert_eq!(taken.len(), all.len());
    }
}
