//! Where in the archive a file lies: a folder made from an item's date by a template such as `{year}/{month}/{filename}`.
//!
//! Separate from `naming` because names are frozen for ever while layouts are a choice, made once for an archive and written
//! to `archive.json`. The date is the local calendar date in the archive's own time zone: a photo taken at five past midnight on
//! New Year's Day in Berlin belongs to the new year, wherever the program runs later.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use super::naming;

/// Folder for items without a date, in layouts that ask for one.
const UNDATED: &str = "undated";

/// The word for a layout without folders.
const FLAT: &str = "flat";

/// A parsed template. `Display` gives the canonical text, which parses to an equal layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    folders: Vec<Vec<Piece>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Year,
    Month,
    Day,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum LayoutError {
    #[error(
        "a layout ends in `/{{filename}}`, for example `{{year}}/{{month}}/{{filename}}`, or is the word `flat`"
    )]
    NoFilename,
    #[error("`{{filename}}` stands alone, at the end of a layout")]
    FilenameNotLast,
    #[error(
        "a layout is relative to the archive: it does not begin with `/` or a drive letter, and uses no `\\`"
    )]
    NotRelative,
    #[error("a layout has no empty folder names, `.` or `..`")]
    EmptyFolder,
    #[error(
        "unknown placeholder `{{{0}}}`: there are {{year}}, {{month}}, {{day}} and, at the end, {{filename}}"
    )]
    UnknownPlaceholder(String),
    #[error("a `{{` or `}}` in `{0}` has no partner")]
    UnbalancedBrace(String),
    #[error(
        "the folder name `{0}` does not work on every system: avoid < > : \" | ? *, a leading or final dot or space, and names such as CON"
    )]
    NotPortable(String),
    #[error("the folder name `{0}` is longer than {max} bytes", max = naming::MAX_BYTES)]
    TooLong(String),
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            folders: vec![vec![Piece::Year], vec![Piece::Month]],
        }
    }
}

impl Layout {
    /// The folder of an item created at that time, relative to the archive, with `/` between its parts; empty for `flat`.
    pub(crate) fn folder(&self, created: Option<DateTime<Utc>>, zone: Tz) -> String {
        let date = created.map(|instant| local_date(instant, zone));
        let mut parts = Vec::with_capacity(self.folders.len());
        for folder in &self.folders {
            let Some(part) = render(folder, date) else {
                // One folder for what has no date, not a tree of guesses.
                parts.push(UNDATED.to_owned());
                break;
            };
            parts.push(part);
        }
        parts.join("/")
    }
}

impl FromStr for Layout {
    type Err = LayoutError;

    fn from_str(template: &str) -> Result<Self, LayoutError> {
        if template == FLAT {
            return Ok(Self {
                folders: Vec::new(),
            });
        }
        let drive = template.as_bytes().get(1) == Some(&b':');
        if template.starts_with('/') || template.contains('\\') || drive {
            return Err(LayoutError::NotRelative);
        }
        let (folders, last) = template
            .rsplit_once('/')
            .map_or((None, template), |(folders, last)| (Some(folders), last));
        if last != "{filename}" {
            let elsewhere = template.contains("{filename}");
            return Err(if elsewhere {
                LayoutError::FilenameNotLast
            } else {
                LayoutError::NoFilename
            });
        }
        let folders = folders
            .into_iter()
            .flat_map(|folders| folders.split('/'))
            .map(parse_folder);
        Ok(Self {
            folders: folders.collect::<Result<_, _>>()?,
        })
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.folders.is_empty() {
            return f.write_str(FLAT);
        }
        for folder in &self.folders {
            for piece in folder {
                f.write_str(match piece {
                    Piece::Text(text) => text,
                    Piece::Year => "{year}",
                    Piece::Month => "{month}",
                    Piece::Day => "{day}",
                })?;
            }
            f.write_str("/")?;
        }
        f.write_str("{filename}")
    }
}

fn parse_folder(folder: &str) -> Result<Vec<Piece>, LayoutError> {
    if matches!(folder.trim(), "" | "." | "..") {
        return Err(LayoutError::EmptyFolder);
    }
    let unbalanced = || LayoutError::UnbalancedBrace(folder.to_owned());
    let mut pieces = Vec::new();
    let mut rest = folder;
    while !rest.is_empty() {
        let (text, braced) = rest.find('{').map_or((rest, ""), |at| rest.split_at(at));
        if text.contains('}') {
            return Err(unbalanced());
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        let Some(braced) = braced.strip_prefix('{') else {
            break;
        };
        let (name, after) = braced.split_once('}').ok_or_else(unbalanced)?;
        pieces.push(match name {
            "year" => Piece::Year,
            "month" => Piece::Month,
            "day" => Piece::Day,
            "filename" => return Err(LayoutError::FilenameNotLast),
            _ if name.contains('{') => return Err(unbalanced()),
            _ => return Err(LayoutError::UnknownPlaceholder(name.to_owned())),
        });
        rest = after;
    }
    check_portable(folder, &pieces)?;
    Ok(pieces)
}

/// Refuses text that `naming` would have to change: an archive's folders are called what its layout says, everywhere.
/// Dates are digits, so one example stands for all.
fn check_portable(folder: &str, pieces: &[Piece]) -> Result<(), LayoutError> {
    let example = render(pieces, NaiveDate::from_ymd_opt(2001, 1, 1)).unwrap_or_default();
    if example.len() > naming::MAX_BYTES {
        return Err(LayoutError::TooLong(folder.to_owned()));
    }
    if naming::clean_component(&example) != example || naming::is_device(&example) {
        return Err(LayoutError::NotPortable(folder.to_owned()));
    }
    Ok(())
}

/// `None` when the folder asks for a date and there is none.
fn render(folder: &[Piece], date: Option<NaiveDate>) -> Option<String> {
    let piece = |piece: &Piece| {
        Some(match piece {
            Piece::Text(text) => text.clone(),
            Piece::Year => format!("{:04}", date?.year()),
            Piece::Month => format!("{:02}", date?.month()),
            Piece::Day => format!("{:02}", date?.day()),
        })
    };
    folder.iter().map(piece).collect()
}

/// The calendar date there and then. At the very ends of chrono's range, where no local time exists, the UTC date.
fn local_date(instant: DateTime<Utc>, zone: Tz) -> NaiveDate {
    let utc = instant.naive_utc();
    let offset = zone.offset_from_utc_datetime(&utc).fix();
    utc.checked_add_offset(offset).unwrap_or(utc).date()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layout(template: &str) -> Layout {
        template.parse().unwrap()
    }

    fn folder(template: &str, created: &str, zone: Tz) -> String {
        layout(template).folder(Some(created.parse().unwrap()), zone)
    }

    #[test]
    fn default_is_year_and_month() {
        assert_eq!(Layout::default(), layout("{year}/{month}/{filename}"));
        assert_eq!(
            folder("{year}/{month}/{filename}", "2024-03-09T06:15:42Z", Tz::UTC),
            "2024/03"
        );
        assert_eq!(
            folder(
                "{year}/{month}/{day}/{filename}",
                "2024-03-09T06:15:42Z",
                Tz::UTC
            ),
            "2024/03/09"
        );
        assert_eq!(
            folder(
                "Photos {year}/{year}-{month}/{filename}",
                "2024-03-09T06:15:42Z",
                Tz::UTC
            ),
            "Photos 2024/2024-03"
        );
        assert_eq!(folder("flat", "2024-03-09T06:15:42Z", Tz::UTC), "");
    }

    #[test]
    fn local_calendar_decides() {
        let all = "{year}/{month}/{day}/{filename}";
        assert_eq!(folder(all, "2023-12-31T23:05:00Z", Tz::UTC), "2023/12/31");
        assert_eq!(
            folder(all, "2023-12-31T23:05:00Z", Tz::Europe__Berlin),
            "2024/01/01"
        );
        assert_eq!(
            folder(all, "2024-01-01T07:59:59Z", Tz::America__Los_Angeles),
            "2023/12/31"
        );
        // Samoa had no 30 December 2011.
        assert_eq!(
            folder(all, "2011-12-30T09:59:59Z", Tz::Pacific__Apia),
            "2011/12/29"
        );
        assert_eq!(
            folder(all, "2011-12-30T10:00:00Z", Tz::Pacific__Apia),
            "2011/12/31"
        );
        // Summer time begins: the hour that does not exist is no trouble, seen from UTC.
        assert_eq!(
            folder(all, "2024-03-31T01:00:00Z", Tz::Europe__Berlin),
            "2024/03/31"
        );
    }

    #[test]
    fn every_year_has_a_folder() {
        let short = "{year}/{month}/{filename}";
        assert_eq!(folder(short, "1890-05-01T00:00:00Z", Tz::UTC), "1890/05");
        assert_eq!(folder(short, "9999-12-31T23:59:59Z", Tz::UTC), "9999/12");
        assert_eq!(
            folder(short, "9999-12-31T23:59:59Z", Tz::Asia__Tokyo),
            "10000/01"
        );
        assert_eq!(folder(short, "0001-01-01T00:00:00Z", Tz::UTC), "0001/01");
        assert_eq!(
            folder(short, "0001-01-01T00:00:00Z", Tz::America__New_York),
            "0000/12"
        );
        for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            for zone in [Tz::Asia__Tokyo, Tz::America__New_York] {
                assert!(!layout(short).folder(Some(end), zone).is_empty());
            }
        }
    }

    #[test]
    fn undated_items_have_one_folder() {
        let undated = |template: &str| layout(template).folder(None, Tz::UTC);
        assert_eq!(undated("{year}/{month}/{filename}"), "undated");
        assert_eq!(
            undated("Photos/{year}-{month}/{filename}"),
            "Photos/undated"
        );
        assert_eq!(undated("{year}/all/{filename}"), "undated");
        assert_eq!(undated("Photos/{filename}"), "Photos");
        assert_eq!(undated("flat"), "");
    }

    #[test]
    fn display_round_trips() {
        for text in [
            "flat",
            "{year}/{month}/{filename}",
            "a/b {day}.{month}.{year}/ü/{filename}",
        ] {
            assert_eq!(layout(text).to_string(), text);
        }
        assert_eq!(layout("{filename}").to_string(), "flat");
    }

    #[test]
    fn refuses_with_a_reason() {
        let error = |template: &str| template.parse::<Layout>().unwrap_err();
        assert_eq!(error(""), LayoutError::NoFilename);
        assert_eq!(error("Flat"), LayoutError::NoFilename);
        assert_eq!(error("{year}/{month}"), LayoutError::NoFilename);
        assert_eq!(error("{year}/{month}/"), LayoutError::NoFilename);
        assert_eq!(error("{filename}/{year}"), LayoutError::FilenameNotLast);
        assert_eq!(error("{filename}/{filename}"), LayoutError::FilenameNotLast);
        assert_eq!(
            error("{year}/{year}-{filename}"),
            LayoutError::FilenameNotLast
        );
        assert_eq!(error("{year}/{filename}.jpg"), LayoutError::FilenameNotLast);
        assert_eq!(error("/{year}/{filename}"), LayoutError::NotRelative);
        assert_eq!(error("C:/{year}/{filename}"), LayoutError::NotRelative);
        assert_eq!(
            error("{year}\\{month}/{filename}"),
            LayoutError::NotRelative
        );
        assert_eq!(error("{year}//{filename}"), LayoutError::EmptyFolder);
        assert_eq!(error("../{filename}"), LayoutError::EmptyFolder);
        assert_eq!(error("{year}/./{filename}"), LayoutError::EmptyFolder);
        assert_eq!(
            error("{Year}/{filename}"),
            LayoutError::UnknownPlaceholder("Year".to_owned())
        );
        assert_eq!(
            error("{}/{filename}"),
            LayoutError::UnknownPlaceholder(String::new())
        );
        assert_eq!(
            error("{year/{filename}"),
            LayoutError::UnbalancedBrace("{year".to_owned())
        );
        assert_eq!(
            error("{{year}/{filename}"),
            LayoutError::UnbalancedBrace("{{year}".to_owned())
        );
        assert_eq!(
            error("year}/{filename}"),
            LayoutError::UnbalancedBrace("year}".to_owned())
        );
        for text in [
            "ab:c",
            ".gphotos-dl",
            "a.",
            "a ",
            " a",
            "CON",
            "com1.x",
            "a\u{202e}b",
            "a\nb",
            "e\u{301}",
            "x?",
            "...",
        ] {
            assert_eq!(
                error(&format!("{text}/{{filename}}")),
                LayoutError::NotPortable(text.to_owned()),
                "{text:?}"
            );
        }
        let long = "x".repeat(150);
        assert_eq!(
            error(&format!("{long}/{{filename}}")),
            LayoutError::TooLong(long)
        );
        assert_eq!(
            error("{yaer}/{filename}").to_string(),
            "unknown placeholder `{yaer}`: there are {year}, {month}, {day} and, at the end, {filename}"
        );
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in "(\\{year\\}|\\{month\\}|\\{day\\}|[a-z./ {}~-]|\\PC){0,12}/\\{filename\\}") {
            if let Ok(layout) = text.parse::<Layout>() {
                prop_assert_eq!(layout.to_string().parse::<Layout>().unwrap(), layout.clone());
                for created in [None, Some(DateTime::<Utc>::UNIX_EPOCH)] {
                    let folder = layout.folder(created, Tz::UTC);
                    prop_assert!(folder.is_empty() || folder.split('/').all(|part| naming::clean_component(part) == part));
                }
            }
        }
    }
}
