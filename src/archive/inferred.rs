//! The settings of an archive that has lost both `archive.json` and its index, as far as the paths in its manifests tell
//! them. A guess would file every later photo by other rules than those before.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::archive::listing::MOVED;
use crate::archive::row::{self, Row};
use crate::archive::settings::{self, Wanted};
use crate::archive::staged::How;
use crate::archive::tree::split;
use crate::archive::{ArchiveError, about, rebuild, told};
use crate::media::layout::Layout;

/// What is to hold, and why.
pub(super) struct Inferred {
    pub(super) wanted: Wanted,
    /// In words.
    pub(super) said: String,
}

/// Tells layout and time zone by the manifests, where nobody names them; `None` where no manifest lists a file.
pub(super) fn infer(manifests: &Path, wanted: &Wanted) -> Result<Option<Inferred>, ArchiveError> {
    if !manifests.is_dir() {
        return Ok(None);
    }
    let filed = filed(manifests)?;
    if filed.is_empty() {
        return Ok(None);
    }
    let unknown = |problem, hint| ArchiveError::Settings {
        path: settings::path(manifests),
        problem,
        hint,
    };
    let layout = match &wanted.layout {
        Some(layout) => layout.clone(),
        None => layout_of(&filed).ok_or_else(|| {
            unknown(
                "it is missing, so is what the index knew of it, and the manifests do not tell how this archive is laid out"
                    .to_owned(),
                "put it back, or say it as the folders show it: `--layout flat`, or `--layout '{year}/{month}/{filename}'`",
            )
        })?,
    };
    let zone = wanted.time_zone.unwrap_or(wanted.default_time_zone);
    let telling: Vec<&Filed> = filed.iter().filter(|it| it.tells_zone(&layout)).collect();
    let agree = telling
        .iter()
        .filter(|it| it.folder == layout.folder(it.created, zone));
    if wanted.time_zone.is_none() && !is_most(agree.count(), telling.len()) {
        return Err(unknown(
            format!(
                "it is missing, so is what the index knew of it, and the files of this archive do not lie where the time zone {} \
                 puts them",
                zone.name()
            ),
            "put it back, or name the time zone that the archive was made with, such as `--time-zone Europe/Berlin`",
        ));
    }
    let how = match (wanted.time_zone, telling.len()) {
        (Some(_), _) => "as was asked for",
        (None, 0) => "which no path can tell: `--time-zone` would have said it",
        (None, _) => "with which the paths agree",
    };
    let said = format!(
        "archive.json was missing; by the manifests the layout is \"{layout}\", and the time zone is taken to be {}, {how}",
        zone.name()
    );
    let wanted = Wanted {
        layout: Some(layout),
        time_zone: Some(zone),
        ..wanted.clone()
    };
    Ok(Some(Inferred { wanted, said }))
}

/// Where a file was put.
struct Filed {
    created: Option<DateTime<Utc>>,
    folder: String,
}

/// Files that are looked at, the newest lists first: enough to tell, in a moment.
const MOST: usize = 20_000;
/// What archives are usually made with. Any other layout has to be named.
const LAYOUTS: [&str; 7] = [
    "flat",
    "{year}/{filename}",
    "{year}/{month}/{filename}",
    "{year}/{month}/{day}/{filename}",
    "{year}-{month}/{filename}",
    "{year}/{year}-{month}/{filename}",
    "{year}/{year}-{month}-{day}/{filename}",
];

/// The files that this program has put where they are.
fn filed(manifests: &Path) -> Result<Vec<Filed>, ArchiveError> {
    let mut names: Vec<String> = rebuild::names(manifests)?.into_iter().collect();
    names.sort_by(|a, b| about::moment(b).cmp(about::moment(a)));
    let mut filed = Vec::new();
    for name in names {
        // One that cannot be read tells nothing.
        let path = manifests.join(name);
        let Ok(rows) = row::read(&path) else {
            continue;
        };
        filed.extend(
            rows.flatten()
                .filter_map(|row| of(&row))
                .take(MOST - filed.len()),
        );
    }
    Ok(filed)
}

fn of(row: &Row) -> Option<Filed> {
    let is_ours = !row.local_path.is_empty()
        && row.is_possible()
        && told::how(row) != Some(How::Adopted)
        && told::how(row) != Some(How::Linked)
        && !row.detail.contains(MOVED);
    is_ours.then(|| Filed {
        created: row.creation_time.parse().ok(),
        folder: split(&row.local_path).0.to_owned(),
    })
}

/// The one layout that explains the folders.
fn layout_of(filed: &[Filed]) -> Option<Layout> {
    let layouts = LAYOUTS.iter().filter_map(|text| text.parse().ok());
    let mut fitting = layouts.filter(|layout: &Layout| {
        let fits = filed
            .iter()
            .filter(|it| it.folders(layout).contains(&it.folder));
        is_most(fits.count(), filed.len())
    });
    let first = fitting.next();
    first.filter(|_| fitting.next().is_none())
}

impl Filed {
    /// Its folders by a layout, wherever on Earth: no zone is more than 14 hours from UTC.
    fn folders(&self, layout: &Layout) -> [String; 3] {
        [-12, 0, 14].map(|hours| {
            let there = |at: DateTime<Utc>| at.checked_add_signed(TimeDelta::hours(hours));
            layout.folder(self.created.and_then(there), Tz::UTC)
        })
    }

    /// Whether its folder depends on the time zone, and is one that the layout may give it.
    fn tells_zone(&self, layout: &Layout) -> bool {
        let folders = self.folders(layout);
        folders.contains(&self.folder) && folders.iter().any(|folder| *folder != self.folder)
    }
}

/// Nine of ten: somebody may have moved the others.
fn is_most(count: usize, of: usize) -> bool {
    count * 10 >= of * 9
}
