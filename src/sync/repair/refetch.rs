//! The files that Google is asked for again, several at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;

use crate::archive::command::Command;
use crate::archive::examine::Verdict;
use crate::archive::repair::{Damaged, Owner};
use crate::archive::settings::Settings;
use crate::archive::staged::{Place, Ticket};
use crate::archive::tree;
use crate::google::BATCH_SIZE;
use crate::media::item::{MediaItem, MediaItemId, Part, Role};
use crate::media::naming;
use crate::source::library::Library;
use crate::sync::attempt::Miss;
use crate::sync::fetch::{Fetcher, Job, staged};
use crate::sync::judge::{Judgement, judge};
use crate::sync::repair::plan::Owed;
use crate::sync::repair::{Done, Mended, Outcomes};
use crate::sync::transfer::Fetched;
use crate::sync::{SyncError, queue};

/// Whoever fetches them.
pub(super) struct Refetcher {
    pub(super) library: Library,
    pub(super) fetcher: Fetcher,
    pub(super) settings: Settings,
    /// The folder in `damaged/`.
    pub(super) stamp: String,
    /// Files at a time.
    pub(super) jobs: usize,
}

/// What came of asking.
enum Came {
    /// The bytes that were stored before.
    Same,
    Other,
}

impl Refetcher {
    /// Fetches what is owed. An error ends the repair; what was done until then stays done.
    pub(super) async fn all(
        self,
        owed: &[Owed<'_>],
        outcomes: &mut Outcomes,
    ) -> Result<(), SyncError> {
        // Addresses are asked for many at a time, and are young when their turn comes.
        for (batch, first) in owed.chunks(BATCH_SIZE).zip((0..).step_by(BATCH_SIZE)) {
            let owners = batch.iter().flat_map(|one| &one.owners);
            let ids: Vec<_> = owners.map(|owner| MediaItemId(owner.id.clone())).collect();
            let listed = self.library.renew(&ids).await.map_err(queue::stopped)?;
            let listed: HashMap<String, MediaItem> = listed
                .into_iter()
                .map(|item| (item.id.0.clone(), item))
                .collect();
            let is_over = AtomicBool::new(false);
            let (this, listed, over) = (&self, &listed, &is_over);
            let repairs = (first..).zip(batch).map(|(number, one)| async move {
                if over.load(Ordering::Relaxed) {
                    return None;
                }
                let outcome = this.one(number, one, listed).await;
                Some((one.finding.record.file, outcome))
            });
            let mut repairs = futures_util::stream::iter(repairs).buffer_unordered(self.jobs);
            let mut ended = Ok(());
            // Those that are under way come to an end of their own, and keep what they have got.
            while let Some(repaired) = repairs.next().await {
                let Some((file, outcome)) = repaired else {
                    continue;
                };
                let outcome = match outcome {
                    Ok(how) => Ok(Mended {
                        how,
                        at: Vec::new(),
                    }),
                    Err(Miss::Failed(why) | Miss::NoSuchFile(why)) => Err(why),
                    Err(Miss::Gone) => Err(GONE.to_owned()),
                    Err(Miss::Ends(error)) => {
                        is_over.store(true, Ordering::Relaxed);
                        ended = ended.and(Err(error));
                        continue;
                    }
                };
                outcomes.insert(file, outcome);
            }
            ended?;
        }
        Ok(())
    }

    /// Fetches one file for whoever had it: what one of them cannot give another may. Where Google sends other bytes by now,
    /// each gets its own, and the damaged file stays in its place until nobody else's bytes can take it.
    async fn one(
        &self,
        number: usize,
        owed: &Owed<'_>,
        listed: &HashMap<String, MediaItem>,
    ) -> Result<Done, Miss> {
        let mut waiting = owed.owners.len() + usize::from(owed.by_hand.is_some());
        let mut missed = None;
        for (owner, turn) in owed.owners.iter().zip(0..) {
            let came = match self.item(owner, listed).await {
                Ok(item) => {
                    let is_last = waiting == 1;
                    self.fetch(owed, owner, item, (number, turn), is_last).await
                }
                Err(miss) => Err(miss),
            };
            match came {
                Ok(Came::Same) => return Ok(Done::Fetched),
                Ok(Came::Other) => waiting -= 1,
                Err(Miss::Ends(error)) => return Err(Miss::Ends(error)),
                Err(miss) => {
                    missed.get_or_insert(miss);
                }
            }
        }
        match (missed, owed.by_hand) {
            (None, None) => Ok(Done::FetchedOther),
            (None | Some(Miss::Gone), Some(why)) => Err(Miss::Failed(why.to_owned())),
            (Some(miss), _) => Err(miss),
        }
    }

    /// The item with an address of its bytes. One that is missing from a list may only not have been answered for.
    async fn item(
        &self,
        owner: &Owner,
        listed: &HashMap<String, MediaItem>,
    ) -> Result<MediaItem, Miss> {
        if let Some(item) = listed.get(&owner.id) {
            return Ok(item.clone());
        }
        match self.library.renew_one(&MediaItemId(owner.id.clone())).await {
            Ok(Some(item)) => Ok(item),
            Ok(None) => Err(Miss::Gone),
            Err(error) if error.ends_the_run() => Err(Miss::Ends(queue::stopped(error))),
            Err(error) => Err(Miss::Failed(format!(
                "could not ask Google for it: {error}"
            ))),
        }
    }

    /// Fetches, makes durable and hands over.
    async fn fetch(
        &self,
        owed: &Owed<'_>,
        owner: &Owner,
        mut item: MediaItem,
        ticket: Ticket,
        is_last: bool,
    ) -> Result<Came, Miss> {
        let (fetcher, record) = (&self.fetcher, &owed.finding.record);
        let key = (owner.item, owner.role);
        let (fetched, is_doubtful) = fetcher.fetch(&mut item, key, Some(&record.sha256)).await?;
        if is_doubtful {
            fetcher.discard(key, fetched).await;
            let why = "what Google sends looks broken too".to_owned();
            return Err(Miss::Failed(why));
        }
        let is_same = fetched.sha256[..] == record.sha256[..];
        // It was kept although it looks so, and goes on being called that.
        let looks_broken = matches!(judge(&item, owner.role, &fetched), Judgement::Broken(_));
        let place = self.place(&record.path, owner, &item, &fetched);
        let (created, held) = (item.created, fetched.held.clone());
        let job = Job {
            item,
            row: owner.item,
            path: record.path.clone(),
            original: None,
            clip: false,
            clip_was_here: false,
            beside: None,
            is_recheck: false,
            failed_since: None,
            clip_failed_since: None,
        };
        let (file, mut staged) = staged(&job, owner.role, place, fetched, looks_broken, false);
        // It was asked for once more with this.
        staged.doubtful = false;
        staged.ticket = Some(ticket);
        if !is_same {
            let before = data_encoding::HEXLOWER.encode(&record.sha256);
            let note = format!("fetched again: other bytes than before ({before})");
            staged.note = Some(match staged.note {
                Some(first) => format!("{first}; {note}"),
                None => note,
            });
        }
        fetcher.harden(file, created, &staged, held).await?;
        let staged = Box::new(staged);
        let makes_room = is_same || is_last;
        let command = if owed.finding.verdict == Verdict::Missing || !makes_room {
            Command::Store(staged)
        } else {
            let damaged = Damaged {
                path: record.path.clone(),
                size: match owed.finding.verdict {
                    Verdict::Rot { size } => size,
                    _ => record.size,
                },
                modified: record.modified,
                stamp: self.stamp.clone(),
            };
            Command::Replace { staged, damaged }
        };
        let sent = fetcher.commands.send(command).await;
        sent.map_err(|error| Miss::Ends(error.into()))?;
        Ok(if is_same { Came::Same } else { Came::Other })
    }

    /// Where it goes if its old place is not free after all.
    fn place(&self, path: &str, owner: &Owner, item: &MediaItem, fetched: &Fetched) -> Place {
        match owner.role.part() {
            Part::Original | Part::Edited => queue::place(item, &self.settings),
            Part::Motion => {
                let (folder, name) = tree::split(path);
                let extension = fetched
                    .inspection
                    .format
                    .map_or("mp4", |format| format.extension());
                Place {
                    folder: folder.to_owned(),
                    name: naming::clip_name(name, extension),
                    tag: naming::tag(item.source.as_str(), &item.id.0, &Role::Motion.text()),
                }
            }
        }
    }
}

pub(crate) const GONE: &str =
    "Google no longer has it: look for another copy, in a backup or in a Takeout";
