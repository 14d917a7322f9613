//! From what the export and the bytes say to what the archive records of a photo.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::archive::settings::Settings;
use crate::archive::staged::{BROKEN, NO_MEDIA, Place};
use crate::archive::word::Told;
use crate::media::inspect::{FormatKind, Inspection, Verdict};
use crate::media::item::{BY_CONTENT, Kind, MediaItem, MediaItemId, Part, SourceName, VideoStatus};
use crate::media::naming;
use crate::takeout::address::id_of;
use crate::takeout::folders::Folder;
use crate::takeout::json::Sidecar;
use crate::takeout::name::{MediaName, fits, split_extension};
use crate::takeout::taken::{Evidence, Taken, is_credible, taken};

/// One file of the export, read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Read<'a> {
    /// Its name in the export.
    pub(crate) name: &'a str,
    /// The name of the folder it lies in.
    pub(crate) folder: &'a str,
    pub(crate) kind: &'a Folder,
    pub(crate) part: Part,
    pub(crate) sidecar: Option<&'a Sidecar>,
    /// Its address in Google Photos.
    pub(crate) url: Option<&'a str>,
    /// When the export was made: seconds since 1970, or 0.
    pub(crate) exported: i64,
    pub(crate) inspection: &'a Inspection,
    /// Lower-case hexadecimal.
    pub(crate) sha256: &'a str,
}

/// What is recorded of it.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    pub(crate) item: MediaItem,
    pub(crate) told: Option<Box<Told>>,
    pub(crate) place: Place,
    pub(crate) note: Option<String>,
}

/// `of` is the id of the item that the file goes with, where nothing else says whose it is.
pub(crate) fn describe(
    read: &Read<'_>,
    of: Option<&str>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Described {
    let id = read
        .url
        .map(|url| id_of(url).to_owned())
        .or_else(|| of.map(str::to_owned))
        .unwrap_or_else(|| format!("{BY_CONTENT}{}", read.sha256));
    let kind = match read
        .inspection
        .format
        .map(crate::media::inspect::Format::kind)
    {
        Some(FormatKind::Video) => Kind::Video(VideoStatus::Ready),
        _ => Kind::Photo,
    };
    let taken = date_of(read, kind, settings.time_zone, now);
    let filename = filename(read);
    let created = taken.map(|taken| taken.at);
    let extension = read.inspection.format.map_or_else(
        || {
            split_extension(read.name)
                .1
                .trim_start_matches('.')
                .to_owned()
        },
        |format| format.extension().to_owned(),
    );
    let place = Place {
        folder: settings.layout.folder(created, settings.time_zone),
        name: naming::file_name(Some(&filename), &id, &extension),
        tag: naming::tag(
            SourceName::Takeout.as_str(),
            &id,
            &format!("{}:{}", read.part.as_str(), read.sha256),
        ),
    };
    let note = note(read, taken);
    let item = MediaItem {
        id: MediaItemId(id),
        source: SourceName::Takeout,
        filename: Some(filename),
        mime_type: None,
        created,
        kind,
        dimensions: read.inspection.dimensions,
        camera_make: None,
        camera_model: None,
        description: read.sidecar.and_then(|sidecar| sidecar.description.clone()),
        product_url: read.url.map(str::to_owned),
        url: None,
    };
    let told = read
        .sidecar
        .map(|sidecar| Box::new(Told::of(sidecar, read.exported)));
    Described {
        item,
        told,
        place,
        note,
    }
}

pub(crate) fn date_of(read: &Read<'_>, kind: Kind, zone: Tz, now: DateTime<Utc>) -> Option<Taken> {
    taken(&Evidence {
        embedded: read.inspection.taken,
        ahead: read.inspection.ahead,
        is_film: matches!(kind, Kind::Video(_)),
        sidecar: read.sidecar.and_then(|sidecar| sidecar.taken),
        name: read.name,
        folder: read.folder,
        zone,
        now,
    })
}

/// The title, which Google has not cut, with the extension that the file has. An edited version and a clip keep their own
/// names: the title is their original's.
fn filename(read: &Read<'_>) -> String {
    let title = read.sidecar.map_or("", |sidecar| sidecar.title.as_str());
    let extension = split_extension(read.name).1;
    let bare = MediaName::parse(read.name).stem;
    if read.part != Part::Original || title.is_empty() || !fits(title, &bare) {
        return read.name.to_owned();
    }
    let title_extension = split_extension(title).1;
    if title_extension.eq_ignore_ascii_case(extension) || extension.is_empty() {
        return title.to_owned();
    }
    // The title had none, or Google has recoded the file.
    if naming::has_media_extension(title) {
        return format!(
            "{}{extension}",
            &title[..title.len() - title_extension.len()]
        );
    }
    format!("{title}{extension}")
}

fn note(read: &Read<'_>, taken: Option<Taken>) -> Option<String> {
    let mut notes = Vec::new();
    match taken {
        Some(taken) => notes.push(taken.by.as_str().to_owned()),
        None => notes.push("no date".to_owned()),
    }
    match read.inspection.verdict {
        Verdict::Whole | Verdict::Unchecked => {}
        Verdict::Broken(what) => notes.push(format!("{BROKEN}: {what}")),
        Verdict::NotMedia(what) => notes.push(format!("{NO_MEDIA}: {what}")),
    }
    let flags = read
        .sidecar
        .map(|sidecar| sidecar.flags)
        .unwrap_or_default();
    let marks = [
        (flags.favorited, "favourite"),
        (flags.archived || *read.kind == Folder::Archive, "archived"),
        (flags.trashed || *read.kind == Folder::Trash, "in the trash"),
        (flags.from_partner, "from a partner"),
        (*read.kind == Folder::Locked, "from the locked folder"),
        (
            *read.kind == Folder::FailedVideos,
            "a video that Google could not play",
        ),
        (*read.kind == Folder::PrintOrder, "from a print order"),
    ];
    notes.extend(
        marks
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, mark)| (*mark).to_owned()),
    );
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// What is recorded of a file that was stored before anybody knew what describes it. `of`: as for [`describe`]. `sha256`: of its
/// bytes, hexadecimal.
pub(crate) fn known_item(
    path: &str,
    (sidecar, url, of): (&Sidecar, Option<&str>, Option<&str>),
    sha256: &str,
    now: DateTime<Utc>,
) -> MediaItem {
    let id = url
        .map(id_of)
        .or(of)
        .map_or_else(|| format!("{BY_CONTENT}{sha256}"), str::to_owned);
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let is_film = ["mp4", "mov", "m4v", "mkv", "avi", "webm", "3gp"]
        .iter()
        .any(|film| {
            split_extension(name)
                .1
                .trim_start_matches('.')
                .eq_ignore_ascii_case(film)
        });
    MediaItem {
        id: MediaItemId(id),
        source: SourceName::Takeout,
        filename: Some(
            if sidecar.title.is_empty() {
                name
            } else {
                &sidecar.title
            }
            .to_owned(),
        ),
        mime_type: None,
        created: sidecar.taken.filter(|taken| is_credible(*taken, now)),
        kind: if is_film {
            Kind::Video(VideoStatus::Ready)
        } else {
            Kind::Photo
        },
        dimensions: None,
        camera_make: None,
        camera_model: None,
        description: sidecar.description.clone(),
        product_url: url.map(str::to_owned),
        url: None,
    }
}
