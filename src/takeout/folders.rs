//! What a folder of an export is: a year, an album, or one of Google's special folders. Names are hints; what the files say
//! counts first.

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use crate::takeout::name::fold;

/// What a folder of the Photos part of an export is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Folder {
    /// `Photos from 2019`, or, before December 2020, a folder per day.
    Date,
    Album {
        /// As the user gave it; the folder's name where nothing says.
        title: String,
    },
    Archive,
    Trash,
    Locked,
    /// Originals that Google could not play.
    FailedVideos,
    /// Previews of what was printed.
    PrintOrder,
}

/// What is known of a folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signs<'a> {
    pub(crate) name: &'a str,
    /// The title in its metadata file, if it has one.
    pub(crate) album: Option<&'a str>,
    pub(crate) has_print_order: bool,
    /// Of its sidecars.
    pub(crate) taken: &'a [DateTime<Utc>],
}

pub(crate) fn classify(signs: &Signs<'_>) -> Folder {
    let name = fold(signs.name.trim()).replace('\u{a0}', " ");
    let is_date = is_day(&name) || is_year(&name, signs.taken);
    let is_blank = |title: &str| title.chars().all(|c| c.is_control() || c.is_whitespace());
    // What says no title does not make a year an album.
    if let Some(title) = signs.album
        && !(is_date && is_blank(title))
    {
        let title = if is_blank(title) { signs.name } else { title };
        return Folder::Album {
            title: title.to_owned(),
        };
    }
    if signs.has_print_order {
        return Folder::PrintOrder;
    }
    let is_in = |names: &[&str]| names.contains(&name.as_str());
    if is_in(&ARCHIVE) {
        return Folder::Archive;
    }
    if is_in(&TRASH) {
        return Folder::Trash;
    }
    if is_in(&LOCKED) {
        return Folder::Locked;
    }
    if name == "failed videos" {
        return Folder::FailedVideos;
    }
    if is_date {
        return Folder::Date;
    }
    Folder::Album {
        title: signs.name.to_owned(),
    }
}

/// Whether `Takeout/<name>` is where Google Photos puts its files, by its name.
pub(crate) fn is_photos(name: &str) -> bool {
    let name = fold(name.trim()).replace('\u{a0}', " ");
    PHOTOS.contains(&name.as_str())
}

/// Of the sidecars in a year's folder this part, in tenths, has its date in that year or within a day of it.
const IN_YEAR: usize = 9;

fn is_year(name: &str, taken: &[DateTime<Utc>]) -> bool {
    let digits = name
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| run.len() == 4);
    let mut years = digits
        .filter_map(|run| run.parse().ok())
        .filter(|year| (1800..=2099).contains(year));
    let (Some(year), None) = (years.next(), years.next()) else {
        return false;
    };
    // The words that Google uses in most languages, whatever is in it: users move the dates of photos.
    let words = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if YEAR.contains(&words) && words.len() + 4 == name.len() {
        return true;
    }
    if taken.is_empty() {
        return false;
    }
    let near = |at: &DateTime<Utc>| {
        (*at - TimeDelta::days(1)).year() <= year && (*at + TimeDelta::days(1)).year() >= year
    };
    let inside = taken.iter().filter(|at| near(at)).count();
    inside * 10 >= taken.len() * IN_YEAR
}

/// `2019-05-18`, `2020-09-01 #2`.
fn is_day(name: &str) -> bool {
    let day = name.split_once(" #").map_or(name, |(day, _)| day);
    chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok() && day.len() == 10
}

/// Case-folded, a no-break space being a space. From listings and tables of public tools, as are the others below.
const PHOTOS: [&str; 17] = [
    "google photos",
    "google fotos",
    "google foto",
    "google foto's",
    "google fotók",
    "google fotoğraflar",
    "google kuvat",
    "google фото",
    "google снимки",
    "google フォト",
    "google 포토",
    "google 相册",
    "google 相簿",
    "google 相片",
    "zdjęcia google",
    "fotky google",
    "photos",
];
/// Before the year.
const YEAR: [&str; 4] = ["photos from ", "photos de ", "fotos von ", "fotos del "];
const ARCHIVE: [&str; 14] = [
    "archive",
    "archiv",
    "archivio",
    "archivo",
    "arquivo",
    "archief",
    "archiwum",
    "arxiu",
    "архив",
    "アーカイブ",
    "归档",
    "已归档",
    "档案",
    "보관처리됨",
];
const TRASH: [&str; 15] = [
    "trash",
    "bin",
    "papierkorb",
    "corbeille",
    "cestino",
    "papelera",
    "lixeira",
    "prullenbak",
    "kosz",
    "paperera",
    "корзина",
    "ゴミ箱",
    "回收站",
    "垃圾桶",
    "휴지통",
];
const LOCKED: [&str; 12] = [
    "locked folder",
    "gesperrter ordner",
    "dossier verrouillé",
    "carpeta privada",
    "pasta trancada",
    "cartella bloccata",
    "vergrendelde map",
    "folder zablokowany",
    "заблокированная папка",
    "锁定文件夹",
    "ロックされたフォルダ",
    "잠긴 폴더",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, taken: &[&str]) -> Folder {
        let taken: Vec<DateTime<Utc>> = taken
            .iter()
            .map(|at| at.parse().expect("a moment"))
            .collect();
        classify(&Signs {
            name,
            album: None,
            has_print_order: false,
            taken: &taken,
        })
    }

    #[test]
    fn a_folder_is_what_its_files_say() {
        let album = |title: &str| Folder::Album {
            title: title.to_owned(),
        };
        for (name, taken, expected) in [
            (
                "Photos from 2019",
                &["2019-05-01T00:00:00Z", "2020-01-01T08:00:00Z"][..],
                Folder::Date,
            ),
            ("Фото за 2019", &["2019-05-01T00:00:00Z"], Folder::Date),
            ("Photos from 2019", &[], Folder::Date),
            ("Fotos del 2021", &[], Folder::Date),
            (
                "Summer 2019",
                &["2018-05-01T00:00:00Z"],
                album("Summer 2019"),
            ),
            ("Summer 2019", &[], album("Summer 2019")),
            (
                "2019 to 2020",
                &["2019-05-01T00:00:00Z"],
                album("2019 to 2020"),
            ),
            ("2019-05-18", &[], Folder::Date),
            ("2020-09-01 #2", &[], Folder::Date),
            ("Corbeille", &[], Folder::Trash),
            ("ARCHIV", &[], Folder::Archive),
            ("Failed Videos", &[], Folder::FailedVideos),
            ("Untitled(3)", &[], album("Untitled(3)")),
        ] {
            assert_eq!(folder(name, taken), expected, "{name}");
        }
        let signs = Signs {
            name: "Album test 6-10-23",
            album: Some("Album test 6/10/23"),
            has_print_order: false,
            taken: &[],
        };
        assert_eq!(classify(&signs), album("Album test 6/10/23"));
        assert!(
            is_photos("Google\u{a0}Photos")
                && is_photos("Zdje\u{328}cia Google")
                && !is_photos("Contacts")
        );
    }
}
