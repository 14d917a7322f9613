//! Sidecars without a file beside them: some stand for a photo that lies in its year's folder.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::media::item::Part;
use crate::takeout::name::fold;
use crate::takeout::plan::{Listed, Membership, Plan, Unpaired, Verdict, sidecar_of};

/// Finds the photo of each, by its address, or else by title and date where that is no other photo's.
pub(super) fn resolve(entries: &[Listed], unpaired: &[Unpaired], planned: &mut Plan) {
    if unpaired.is_empty() {
        return;
    }
    let mut by_url: HashMap<&str, usize> = HashMap::new();
    let mut by_title: HashMap<(String, DateTime<Utc>), Titled<'_>> = HashMap::new();
    for (at, verdict) in planned.verdicts.iter().enumerate() {
        let Verdict::Media(media) = verdict else {
            continue;
        };
        let (Some(sidecar), Part::Original) = (media.sidecar, media.part) else {
            continue;
        };
        let sidecar = sidecar_of(entries, sidecar);
        let url = sidecar.url.as_deref();
        if let Some(url) = url {
            let known = by_url.entry(url).or_insert(at);
            if entries[at].path < entries[*known].path {
                *known = at;
            }
        }
        if let Some(taken) = sidecar.taken {
            by_title
                .entry((fold(&sidecar.title), taken))
                .and_modify(|known| known.is_unique &= known.url == url)
                .or_insert(Titled {
                    media: at,
                    url,
                    is_unique: true,
                });
        }
    }
    for Unpaired { sidecar, folder } in unpaired {
        let said = sidecar_of(entries, *sidecar);
        let by_address = said.url.as_deref().and_then(|url| by_url.get(url)).copied();
        let found = by_address.or_else(|| {
            // An address that no file here has is another photo's.
            let key = (fold(&said.title), said.taken?);
            let found = by_title.get(&key).filter(|found| found.is_unique)?;
            (said.url.is_none() || found.url.is_none()).then_some(found.media)
        });
        match found {
            Some(media) => planned.memberships.push(Membership {
                sidecar: *sidecar,
                folder: *folder,
                media,
            }),
            None => planned.verdicts[*sidecar] = Verdict::Unused,
        }
    }
}

/// The photo of a title and date.
struct Titled<'a> {
    media: usize,
    url: Option<&'a str>,
    is_unique: bool,
}
