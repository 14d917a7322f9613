//! A dry run: the same listing and the same decisions, told instead of carried out.

use crate::archive::known::Reader;
use crate::archive::settings::Settings;
use crate::archive::tree;
use crate::media::naming;
use crate::source::library::{Library, Listing};
use crate::sync::SyncError;
use crate::sync::event::Event;
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
    let mut pages = start(library, listing, tally);
    while let Some(items) = next_page(&mut pages, library, tally).await? {
        let considered = tokio::task::block_in_place(|| consider(items, reader, library))?;
        tally.event(&Event::Seen {
            items: considered.len(),
        });
        for Considered { item, known, plan } in considered {
            let place = place(&item, settings).bare();
            let path = known
                .original
                .as_ref()
                .and_then(|file| file.path.as_deref())
                .unwrap_or(&place);
            let id = item.id.0.as_str();
            match plan.original {
                Action::Fetch(why) => tally.event(&Event::WouldFetch { path, id, why }),
                Action::Keep(_) => tally.event(&Event::Kept { items: 1 }),
                Action::Skip(why) => tally.event(&Event::Skipped { name: path, why }),
                Action::Fail(why) => {
                    let since = known.original.as_ref().and_then(|file| file.first_failed);
                    tally.event(&Event::Failed {
                        name: path,
                        why,
                        since,
                    });
                }
            }
            if let Some(why) = plan
                .clip
                .filter(|_| !matches!(plan.original, Action::Fetch(_)))
            {
                let (folder, still) = tree::split(path);
                tally.event(&Event::WouldFetch {
                    path: &tree::join(folder, &naming::clip_name(still, "mp4")),
                    id,
                    why,
                });
            }
        }
    }
    Ok(())
}
