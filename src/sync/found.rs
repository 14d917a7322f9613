//! What need not be fetched because it is there already: files that the user has moved, and files that somebody else has put
//! there. The former are known by their bytes; the latter are judged when everything is listed, because only then is it
//! known whether a match is the only one.

use chrono::TimeDelta;

use crate::archive::ArchiveError;
use crate::archive::adopt::Verdict;
use crate::archive::command::{Listed as Recording, Recorded, Wish};
use crate::archive::held::{Held, Judged};
use crate::archive::in_the_way::InTheWay;
use crate::archive::known::{Known, KnownFile, OnDisk, Reader};
use crate::archive::settings::Settings;
use crate::archive::survey::Found;
use crate::archive::takeover::{Claim, has_clip};
use crate::archive::tree::split;
use crate::http::Stop;
use crate::media::day::DayRange;
use crate::media::item::MediaItem;
use crate::sync::SyncError;
use crate::sync::event::Event;
use crate::sync::fetch::Job;
use crate::sync::plan::{Action, Plan, Why};
use crate::sync::queue::{Considered, Queue, place};
use crate::sync::summary::Tally;

/// What is known of a file that is to be fetched.
#[derive(Debug)]
pub(super) enum Here {
    Nothing,
    /// This is it, under another path.
    Moved(Found),
    /// Something of its name is there.
    Candidate,
}

/// A job whose item is being recorded.
pub(super) struct Planned {
    pub(super) job: Job,
    pub(super) plan: Plan,
    pub(super) known: Known,
    pub(super) is_candidate: bool,
    /// Where its clip is, if that was moved.
    pub(super) clip_path: Option<String>,
}

/// Looks for what is to be fetched in the folder. Only a run that has something to fetch walks it.
pub(super) fn look_around(
    considered: &mut [Considered],
    reader: &mut Reader,
    stop: &Stop,
    tally: &Tally,
) -> Result<(), ArchiveError> {
    let is_lost = |file: &KnownFile| file.content.is_some() && file.on_disk == OnDisk::Missing;
    let is_sought = |one: &Considered| {
        matches!(one.plan.original, Action::Fetch(_))
            || one.plan.clip.is_some()
            || one.known.original.as_ref().is_some_and(is_lost)
    };
    if !considered.iter().any(is_sought) {
        return Ok(());
    }
    reader.take_survey(stop)?;
    for text in reader.survey.oddities() {
        tally.event(&Event::Warning { text: &text });
    }
    for one in considered.iter_mut().filter(|one| is_sought(one)) {
        one.here = look_for(one, reader)?;
        if matches!(one.here, Here::Moved(_)) {
            one.plan.original = Action::Fetch(Why::Missing);
        }
        if let (Some(_), Some(clip)) = (one.plan.clip, &one.known.motion) {
            one.clip_here = match reader.put_back(clip) {
                Some(found) => Some(found),
                None => reader.elsewhere(clip)?,
            };
        }
    }
    Ok(())
}

fn look_for(one: &Considered, reader: &mut Reader) -> Result<Here, ArchiveError> {
    if let Some(file) = &one.known.original {
        if let Some(found) = reader.put_back(file) {
            return Ok(Here::Moved(found));
        }
        if let Some(found) = reader.elsewhere(file)? {
            return Ok(Here::Moved(found));
        }
        // What was stored once is known by its bytes, and a likeness is an edit.
        if file.content.is_some() || file.is_disputed {
            return Ok(Here::Nothing);
        }
    }
    match (&one.plan.original, &one.item.filename) {
        (Action::Fetch(_), Some(name)) if reader.survey.has_like(name)? => Ok(Here::Candidate),
        _ => Ok(Here::Nothing),
    }
}

/// Whether the archive has had a clip of an item, wherever that is now.
pub(super) fn was_here(known: &Known) -> bool {
    known
        .motion
        .as_ref()
        .is_some_and(|clip| clip.content.is_some())
}

/// Gives up what could not be stored: something stands in the place of the folder that it belongs into. To fetch it would
/// bring nothing, night after night.
pub(super) fn give_up_the_blocked(
    considered: &mut [Considered],
    reader: &mut Reader,
    settings: &Settings,
) {
    for one in considered {
        if !matches!(one.plan.original, Action::Fetch(_)) || matches!(one.here, Here::Moved(_)) {
            continue;
        }
        let held = one.known.original.as_ref();
        let held = held.and_then(|file| Some(split(file.path.as_deref()?).0.to_owned()));
        let folder = held.unwrap_or_else(|| place(&one.item, settings).folder);
        if let Some(InTheWay { path, is }) = reader.in_the_way_to(&folder) {
            let why = format!(
                "downloads/{path} is {is}, and only what lies in a folder itself is stored and read: put the folder there \
                 again (one on another disk: `mount --bind`)"
            );
            one.plan.original = Action::Fail(why.into());
            one.plan.clip = None;
            one.here = Here::Nothing;
        }
    }
}

/// Holds a candidate back until everything is listed.
pub(super) fn hold(
    reader: &Reader,
    item: &MediaItem,
    row: i64,
    path: &str,
    plan: &Plan,
) -> Result<(), ArchiveError> {
    let why = match plan.original {
        Action::Fetch(why) => why,
        _ => Why::New,
    };
    let held = Held {
        item: row,
        id: item.id.0.clone(),
        path: path.to_owned(),
        why: why as u8,
    };
    reader.survey.hold(item, &held)
}

/// Why a held item is to be fetched.
pub(super) fn why(held: &Held) -> Why {
    let why = Why::ALL.get(usize::from(held.why));
    why.copied().unwrap_or(Why::New)
}

/// Whether a match may have rivals in days that could not be listed. A rival's date is at most twice 14 hours from the
/// item's, and a day of the listing begins up to 14 hours before or after midnight in UTC: two days are enough.
pub(super) fn is_beside_a_gap(judged: &Judged, gaps: &[DayRange]) -> bool {
    let is_match = matches!(judged.verdict, Verdict::Adopt { .. });
    let taken = judged.file.as_ref().and_then(|(_, file)| file.taken);
    let Some(day) = taken.filter(|_| is_match).map(|taken| taken.date()) else {
        return false;
    };
    let margin = TimeDelta::days(2);
    gaps.iter()
        .any(|gap| day + margin >= gap.first && day - margin <= gap.last)
}

/// Why a match is left for a later run.
pub(super) const UNDECIDED: &str = "a file of its name, pixels and time is there, but days around it could not be listed; a later run will decide";

/// Held items are decided so many at a time.
const BATCH: usize = 64;

impl Queue {
    /// What is left to be fetched of an item once it is recorded.
    pub(super) fn after(
        &self,
        planned: Planned,
        recorded: Recorded,
        reader: &Reader,
    ) -> Result<Option<Job>, ArchiveError> {
        let Planned {
            mut job,
            plan,
            known,
            is_candidate,
            clip_path,
        } = planned;
        job.row = recorded.row;
        if let Some(path) = recorded.path {
            job.path = path;
        }
        if recorded.is_taken {
            job.original = None;
            self.tally.event(&Event::Kept { items: 1 });
            self.moved(known.original.as_ref(), &job.path, reader)?;
        }
        if recorded.is_clip_taken {
            job.clip = false;
            self.moved(
                known.motion.as_ref(),
                clip_path.as_deref().unwrap_or_default(),
                reader,
            )?;
        }
        if is_candidate {
            hold(reader, &job.item, job.row, &job.path, &plan)?;
            return Ok(None);
        }
        Ok((job.original.is_some() || job.clip).then_some(job))
    }

    fn moved(
        &self,
        file: Option<&KnownFile>,
        path: &str,
        reader: &Reader,
    ) -> Result<(), ArchiveError> {
        // Another item, which shares the file, may have told already.
        let from = file.and_then(|file| file.path.as_deref());
        let Some(from) = from.filter(|from| *from != path) else {
            return Ok(());
        };
        self.tally.event(&Event::Moved { path, from });
        reader.note_move(path, from)
    }

    /// Decides about the items that were held back, now that everything is listed but for `gaps`.
    pub(super) async fn settle_held(
        &self,
        reader: &mut Reader,
        gaps: &[DayRange],
    ) -> Result<(), SyncError> {
        tokio::task::block_in_place(|| reader.add_rivals())?;
        let (mut key, mut batch) = (String::new(), Vec::new());
        loop {
            let next = tokio::task::block_in_place(|| reader.survey.judge_after(&key))?;
            let is_end = next.is_none();
            if let Some((name, judged)) = next {
                key = name;
                batch.extend(judged);
            }
            if self.http.stop.soon.is_cancelled() {
                return Err(SyncError::Stopped);
            }
            if is_end || batch.len() >= BATCH {
                self.settle_batch(std::mem::take(&mut batch), reader, gaps)
                    .await?;
            }
            if is_end {
                return Ok(());
            }
        }
    }

    async fn settle_batch(
        &self,
        batch: Vec<Judged>,
        reader: &mut Reader,
        gaps: &[DayRange],
    ) -> Result<(), SyncError> {
        let (mut recordings, mut taken, mut jobs) = (Vec::new(), Vec::new(), Vec::new());
        for judged in batch {
            if is_beside_a_gap(&judged, gaps) {
                self.tally.event(&Event::Skipped {
                    name: &judged.held.path,
                    why: UNDECIDED,
                });
                continue;
            }
            let item = reader.item(judged.held.item)?;
            let mut job = self.job(reader, &item, &judged)?;
            match (judged.verdict, judged.file) {
                (Verdict::Adopt { .. }, Some((found, _))) => {
                    job.clip = has_clip(&item, &found);
                    let wish = Wish::Take(found, Claim::Matched, place(&item, &self.settings));
                    recordings.push(Recording {
                        item,
                        wish,
                        clip: None,
                    });
                    taken.push(job);
                }
                (Verdict::Refuse { why, .. }, Some((found, _))) => {
                    let path = &found.path;
                    job.beside = Some(format!("{path} is there already, but {why}: left as it is"));
                    jobs.push(job);
                }
                _ => jobs.push(job),
            }
        }
        if !recordings.is_empty() {
            let recorded = self.commands.record(recordings).await?;
            for (mut job, recorded) in taken.into_iter().zip(recorded) {
                if let Some(path) = recorded.path {
                    job.path = path;
                }
                if recorded.is_taken {
                    self.tally.event(&Event::Matched { path: &job.path });
                    job.original = None;
                }
                if job.original.is_some() || job.clip {
                    jobs.push(job);
                }
            }
        }
        for job in jobs {
            self.send(job).await?;
        }
        Ok(())
    }

    /// The job of fetching a held item. Its address is asked for anew: it was never kept.
    fn job(
        &self,
        reader: &mut Reader,
        item: &MediaItem,
        judged: &Judged,
    ) -> Result<Job, ArchiveError> {
        let known = reader.look_up(std::slice::from_ref(item))?.pop();
        let first_failed = |file: Option<KnownFile>| file.and_then(|file| file.first_failed);
        let known = known.unwrap_or_default();
        Ok(Job {
            item: item.clone(),
            row: judged.held.item,
            path: judged.held.path.clone(),
            original: Some(place(item, &self.settings)),
            clip: false,
            clip_was_here: was_here(&known),
            is_recheck: false,
            beside: None,
            failed_since: first_failed(known.original),
            clip_failed_since: first_failed(known.motion),
        })
    }
}
