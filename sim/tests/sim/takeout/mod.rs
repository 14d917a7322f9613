//! Exports as other programs read them, and expectations that must agree with what was written.

mod cases;
mod feature;
mod formats;
mod hostile;
mod large;
mod payloads;
mod readers;

use std::fs;
use std::path::{Path, PathBuf};

use gphotos_sim::takeout::{Export, Role, Shot};

/// A folder of its own for a test, emptied before use.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("takeout")
        .join(name);
    _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Names that no reader may garble, over two parts: plain, accented, a no-break space, another script, a pair, more than 100 bytes.
fn motley() -> Export {
    let mut export =
        Export::in_language(gphotos_sim::takeout::language::Language::named("fr").unwrap());
    let year = export.year(2019);
    let album = export.album("🇵🇹 Lisbonne ❤️ en famille 👨‍👩‍👦‍👦");
    for (n, name) in [
        "IMG_1.jpg",
        "été modifié.jpg",
        "写真.jpg",
        "😀.jpg",
        "a name that together with its folder is much longer than the one hundred bytes of a header.jpg",
    ]
    .into_iter()
    .enumerate()
    {
        let shot = export.add(Shot::photo(name, "2019-05-18T10:00:00Z"));
        export.media(year, name, shot).in_part(n % 2);
        export.sidecar(year, &format!("{name}.json"), shot).in_part(1);
        if n == 0 {
            export.media(album, name, shot);
            export.media_as(year, "IMG_1-edited.jpg", shot, Role::Edited);
        }
    }
    export
}
