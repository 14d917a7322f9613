//! A dry run: the same listing and the same decisions, told instead of carried out.

use crate::archive::adopt::Verdict;
use crate::archive::known::Reader;
use crate::archive::settings::Settings;
use crate::archive::tree;
use crate::media::day::DayRange;
use crate::media::naming;
use crate::source::library::{Library, Listing};
use crate::sync::SyncError;
use crate::sync::event::Event;
use crate::sync::found::{self, Here, UNDECIDED};
use crate::sync::plan::Action;
use crate::sync::queue::{Considered, consider, next_page, place, start};
use crate::sync::summary::Tally;

/// Lists everything and tells what would be fetched.
pub(crate) async fn would_fetch(
    library: &Library,
    listing: &Listing,
    settings: &Settings,
    reader: &mut Reader,
    tally: &Tally,
) -> Result<(), SyncError> {
    let (mut pages, http) = (start(library, listing, tally), library.http());
    let mut gaps = Vec::new();
    while let Some(items) = next_page(&mut pages, http, tally, &mut gaps).await? {
        let considered =
            tokio::task::block_in_place(|| consider(items, reader, settings, http, tally))?;
        tally.event(&Event::Seen {
            items: considered.len(),
        });
        for one in considered {
            tell(&one, settings, reader, tally)?;
        }
    }
    tokio::task::block_in_place(|| tell_held(reader, &gaps, tally))
}

fn tell(
    one: &Considered,
    settings: &Settings,
    reader: &Reader,
    tally: &Tally,
) -> Result<(), SyncError> {
    let Considered {
        item,
        known,
        plan,
        here,
        clip_here,
    } = one;
    let place = place(item, settings).bare();
    let mut path = known
        .original
        .as_ref()
        .and_then(|file| file.path.as_deref())
        .unwrap_or(&place);
    let id = item.id.0.as_str();
    match (plan.original.clone(), here) {
        (_, Here::Moved(found)) => {
            tally.event(&Event::Kept { items: 1 });
            tally.event(&Event::Moved {
                path: &found.path,
                from: path,
            });
            path = &found.path;
        }
        (Action::Fetch(_), Here::Candidate) => found::hold(reader, item, 0, path, plan)?,
        (Action::Fetch(why), Here::Nothing) => tally.event(&Event::WouldFetch { path, id, why }),
        (Action::Keep(_), _) => tally.event(&Event::Kept { items: 1 }),
        (Action::Skip(why), _) => tally.event(&Event::Skipped { name: path, why }),
        (Action::Fail(why), _) => {
            let since = known.original.as_ref().and_then(|file| file.first_failed);
            tally.event(&Event::Failed {
                name: path,
                why: &why,
                since,
            });
        }
    }
    let is_fetched = matches!(plan.original, Action::Fetch(_)) && !matches!(here, Here::Moved(_));
    let Some(why) = plan.clip.filter(|_| !is_fetched) else {
        return Ok(());
    };
    if let Some(found) = clip_here {
        let from = known.motion.as_ref().and_then(|file| file.path.as_deref());
        tally.event(&Event::Moved {
            path: &found.path,
            from: from.unwrap_or_default(),
        });
        return Ok(());
    }
    let (folder, still) = tree::split(path);
    tally.event(&Event::WouldFetch {
        path: &tree::join(folder, &naming::clip_name(still, "mp4")),
        id,
        why,
    });
    Ok(())
}

/// What would become of the items whose names are there already.
fn tell_held(reader: &Reader, gaps: &[DayRange], tally: &Tally) -> Result<(), SyncError> {
    reader.add_rivals()?;
    let mut key = String::new();
    while let Some((name, batch)) = reader.survey.judge_after(&key)? {
        key = name;
        for judged in batch {
            let path = &judged.held.path;
            if found::is_beside_a_gap(&judged, gaps) {
                tally.event(&Event::Skipped {
                    name: path,
                    why: UNDECIDED,
                });
                continue;
            }
            match (&judged.verdict, &judged.file) {
                (Verdict::Adopt { .. }, Some((file, _))) => {
                    tally.event(&Event::Matched { path: &file.path });
                }
                _ => tally.event(&Event::WouldFetch {
                    path,
                    id: &judged.held.id,
                    why: found::why(&judged.held),
                }),
            }
        }
    }
    Ok(())
}
