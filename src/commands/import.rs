//! `import`: take over what Takeout has exported.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::archive::Archive;
use crate::archive::look::free_space;
use crate::archive::loss::Loss;
use crate::archive::settings::Wanted as Wish;
use crate::cli::ImportArgs;
use crate::commands::{Context, opening};
use crate::config;
use crate::error::{Error, Exit};
use crate::import::derive::Wanted;
use crate::import::forecast::{Forecast, Marks};
use crate::import::look::look;
use crate::import::proven;
use crate::import::step::Step;
use crate::import::summary::Summary;
use crate::import::{ImportError, Request};
use crate::source::takeout::{Part, find_parts};
use crate::sync::descriptors;
use crate::ui::importing::Importing;
use crate::ui::planned::Totals;
use crate::ui::{Ui, diagnostic, import, planned};

pub(crate) async fn run(args: &ImportArgs, context: &Context) -> Result<Exit, Error> {
    let Context {
        ui, config, stop, ..
    } = context;
    let request = Request {
        parts: find_parts(&args.paths).map_err(ImportError::Part)?,
        include_trashed: args.include_trashed,
        reread: args.reread,
        beside: Wanted {
            sidecars: args.sidecar,
            albums: args.albums,
        },
        min_free: args.min_free,
        syncing: descriptors::settling(),
    };
    let paths = config.archive();
    refuse_itself(&request.parts, &paths.downloads)?;
    let wanted = config::wanted(args.layout.clone(), args.time_zone, config.clock.now());
    if args.dry_run {
        return plan(&request, context, wanted).await;
    }
    let shown = Importing::new(*ui);
    descriptors::require()?;
    // Whoever has every part read again wants back what they hold.
    let loss = if args.reread {
        Loss::Accepted
    } else {
        Loss::Refused
    };
    let told = stop.clone();
    let archive = opening::apart(stop, move || Archive::open(paths, &wanted, loss, &told))
        .await
        .map_err(ImportError::Archive)?;
    let tell = Arc::new(move |step: &Step<'_>| shown.step(step));
    let summary = crate::import::run(request, archive, stop.clone(), config.clock, tell).await?;
    context.record.of_run(summary.run);
    context.record.count([
        (
            "stored",
            summary.total.media_stored + summary.total.companions,
        ),
        ("put back", summary.put_back.files),
        ("held already", summary.total.duplicates),
    ]);
    Ok(conclude(context, summary))
}

/// Says what would be done, and does nothing of it.
async fn plan(request: &Request, context: &Context, wanted: Wish) -> Result<Exit, Error> {
    let Context {
        ui, config, stop, ..
    } = context;
    let started = Instant::now();
    let (paths, manifests) = (config.archive(), config.archive().manifests);
    let now = config.clock.now();
    let (reader, settings) = opening::look_only(paths, wanted, Loss::Accepted, stop).await?;
    let shown = Importing::new(*ui);
    let go_on = || !stop.soon.is_cancelled();
    let tell = move |step: &Step<'_>| shown.step(step);
    let spool = || Ok(None);
    let planned =
        tokio::task::block_in_place(|| look(request, &manifests, &[], spool, &tell, &go_on))?;
    drop(tell);
    let clock_behind = proven::behind(&planned, now);
    let forecast = Forecast { settings, now };
    let exit = if planned::reason(&planned).is_some() {
        Exit::Incomplete
    } else {
        Exit::Done
    };
    let mut marks = Marks::new(reader).map_err(ImportError::Archive)?;
    let mut files = Vec::with_capacity(planned.len());
    for export in &planned {
        let mut of_export = Vec::new();
        for file in forecast.files(export) {
            let mark = marks.mark(export, &file).map_err(ImportError::Archive)?;
            if ui.json {
                of_export.push(planned::file_json(&file, mark));
            } else {
                Ui::data(&planned::line(&file, mark));
            }
        }
        files.push(of_export);
    }
    // It makes the exit code, so `-q` hears of it too.
    let damage = planned::damage(*ui, &planned);
    if !damage.is_empty() {
        ui.print(&damage);
    }
    if let Some(behind) = &clock_behind {
        ui.say(&import::clock_behind(*ui, behind));
    }
    // Of an archive that is yet to be made, the disk is that of the nearest folder.
    let free = config
        .root
        .ancestors()
        .find_map(|path| free_space(path).ok());
    let totals = Totals::of(&planned, marks.alike, free, started.elapsed());
    if ui.json {
        let behind = clock_behind.as_ref();
        ui.object(planned::to_json(
            &planned,
            files,
            &totals,
            behind,
            exit.code(),
        ));
    }
    ui.say(&planned::totals(*ui, &totals));
    Ok(exit)
}

/// Refuses an extracted folder that holds the archive, or lies in one of the archive's own folders.
fn refuse_itself(parts: &[Part], downloads: &Path) -> Result<(), ImportError> {
    // An archive that is yet to be made is found by the nearest folder that is there.
    let root = downloads.parent().unwrap_or(downloads);
    let there = root.ancestors().find_map(|path| {
        let rest = root.strip_prefix(path).ok()?;
        Some(path.canonicalize().ok()?.join(rest))
    });
    let root = there.unwrap_or_else(|| root.to_owned());
    let own =
        ["downloads", "media_items_list", "credentials", "albums"].map(|name| root.join(name));
    for part in parts.iter().filter(|part| part.is_folder()) {
        let folder = part
            .path
            .canonicalize()
            .unwrap_or_else(|_| part.path.clone());
        if root.starts_with(&folder) || own.iter().any(|own| folder.starts_with(own)) {
            let folder = part.path.clone();
            return Err(ImportError::Itself { folder, root });
        }
    }
    Ok(())
}

fn conclude(context: &Context, mut summary: Summary) -> Exit {
    let ui = context.ui;
    let is_balanced = summary.adds_up();
    if !is_balanced && summary.ended_early.is_none() {
        let total = &summary.total;
        let why = format!(
            "{} entries, {} of them accounted for",
            total.entries,
            total.accounted()
        );
        summary.ended_early = Some(ImportError::Internal(why));
    }
    let text = import::render(ui, &summary);
    let mut object = import::to_json(&summary);
    let is_whole = summary.is_whole();
    let ended = summary.ended_early.take().map(Error::from);
    let exit = match &ended {
        Some(error) => context.interrupts.exit(error),
        None if is_whole => Exit::Done,
        None => Exit::Incomplete,
    };
    // Where nothing was begun, the error says all there is to say.
    if ended.is_none() || !summary.exports.is_empty() {
        ui.say(&text);
    }
    let why = match &ended {
        Some(error) => Some(error.told()),
        None => import::reason(&summary),
    };
    context.record.because(why.clone());
    if ui.json {
        object["exit"] = exit.code().into();
        object["error"] = why.into();
        object["hint"] = ended.as_ref().and_then(Error::hint).into();
        ui.object(object);
    }
    match ended {
        Some(error) if matches!(error.exit(), Exit::Interrupted(_)) => {
            ui.say("Interrupted. Run the same command again: it goes on where this one ended.");
        }
        Some(error) => ui.print(&diagnostic::render(ui, &error)),
        // Told by the text above, unless nobody wants to read that.
        None if ui.quiet && exit != Exit::Done => ui.print(&import::unsaid(ui, &summary)),
        None => {}
    }
    exit
}
