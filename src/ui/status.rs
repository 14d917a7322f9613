//! `status` in words, and as one JSON object.

mod checks;
pub(crate) mod selections;
mod sign_in;

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use indicatif::{HumanBytes, HumanCount};
use serde_json::{Value, json};

use crate::archive::checks::Checks;
use crate::archive::overview::{Group, Held, Open, Opens, Run};
use crate::archive::pairs::Pairs;
use crate::archive::settings::Settings;
use crate::auth::health::Health;
use crate::http::limit::{API_PER_DAY, BYTES_PER_DAY, Used};
use crate::ui::status::selections::Unfinished;
use crate::ui::{Ui, counted, escape, plural};

/// All that there is to tell.
pub(crate) struct Status {
    pub(crate) downloads: String,
    pub(crate) settings: Option<Settings>,
    pub(crate) settings_problem: Option<String>,
    /// Absent where there is no index.
    pub(crate) holdings: Option<Holdings>,
    pub(crate) checks: Checks,
    pub(crate) selections: Vec<Unfinished>,
    pub(crate) tokens: Vec<Health>,
    pub(crate) used: Used,
    /// When Google said last that this day's quota is used up, whatever our own count is.
    pub(crate) quota_refused: Option<DateTime<Utc>>,
    pub(crate) free: Option<u64>,
    pub(crate) now: DateTime<Utc>,
}

/// What the index tells.
pub(crate) struct Holdings {
    pub(crate) held: BTreeMap<Group, Held>,
    pub(crate) owed: BTreeMap<String, u64>,
    pub(crate) failed: Opens,
    pub(crate) doubtful: Opens,
    pub(crate) pairs: Pairs,
    pub(crate) runs: Vec<Run>,
    pub(crate) is_stale: bool,
}

impl Holdings {
    fn total(&self) -> Held {
        self.held.values().fold(Held::default(), |sum, held| Held {
            items: sum.items + held.items,
            files: sum.files + held.files,
            bytes: sum.bytes + held.bytes,
            shared: sum.shared + held.shared,
        })
    }
}

/// As the person reads it.
pub(crate) fn render(ui: Ui, status: &Status) -> String {
    let mut text = format!("{} {}\n", ui.bold("Archive"), escape(&status.downloads));
    if let Some(settings) = &status.settings {
        let _ = writeln!(
            text,
            "  made on {} · layout {} · time zone {} · id {}",
            day(settings.created),
            escape(&settings.layout.to_string()),
            settings.time_zone,
            escape(&settings.archive_id)
        );
    }
    if let Some(problem) = &status.settings_problem {
        let _ = writeln!(text, "  {} {}", ui.yellow("warning"), escape(problem));
    }
    match &status.holdings {
        Some(holdings) => write_holdings(&mut text, ui, holdings),
        None if status.settings.is_some() => text.push_str(
            "  There is no index. The next `gphotos-dl sync --since YYYY-MM-DD`, `pick` or `import` makes it anew from the manifests \
             and the files.\n",
        ),
        None => {
            text.push_str("  There is no archive yet; the first run makes it.\n");
            text.push_str(WAYS);
        }
    }
    if let Some(free) = status.free {
        let _ = writeln!(text, "  {} are free on this disk", HumanBytes(free));
    }
    if let Some(holdings) = &status.holdings {
        write_runs(&mut text, ui, &holdings.runs);
    }
    checks::write(&mut text, ui, &status.checks);
    selections::write(&mut text, ui, &status.selections, status.now);
    sign_in::write(&mut text, ui, &status.tokens, status.now);
    let _ = writeln!(
        text,
        "{}\n  {} of {} API calls and {} of {} byte requests of the Library API used on {} (Pacific time); what `pick` asks for is \
         limited by the minute",
        ui.bold("Quota today"),
        HumanCount(status.used.api.into()),
        HumanCount(API_PER_DAY.into()),
        HumanCount(status.used.bytes.into()),
        HumanCount(BYTES_PER_DAY.into()),
        status.used.day,
    );
    if let Some(at) = status.quota_refused {
        let _ = writeln!(
            text,
            "  {} Google said on {} that today's quota is used up",
            ui.yellow("warning"),
            minute(at)
        );
    }
    text
}

/// Since 2025 `sync` alone leaves most people with nothing.
const WAYS: &str = "  What brings photos here:
    `gphotos-dl import ~/Downloads/takeout-*.zip`    everything, once Google Takeout has exported it
    `gphotos-dl pick`                                what you select in the browser
    `gphotos-dl sync --since YYYY-MM-DD`             what this app itself has uploaded
";

fn write_holdings(text: &mut String, ui: Ui, holdings: &Holdings) {
    let total = holdings.total();
    let _ = writeln!(
        text,
        "  {} in {}, {}",
        counted(total.items, "item"),
        counted(total.files, "file"),
        HumanBytes(total.bytes)
    );
    if total.files == 0 && holdings.owed.is_empty() {
        text.push_str(WAYS);
    }
    if holdings.is_stale {
        let _ = writeln!(
            text,
            "  {} the index could only be read without its log; what a run did last may be missing",
            ui.yellow("warning")
        );
    }
    for ((year, source, kind), held) in &holdings.held {
        let year = year.map_or("undated".to_owned(), |year| year.to_string());
        let _ = writeln!(
            text,
            "    {year:<8} {:<8} {:<6} {:>9} {:<5} {:>9} {:<5}  {}{}",
            escape(source),
            escape(kind),
            HumanCount(held.items).to_string(),
            plural(held.items, "item"),
            HumanCount(held.files).to_string(),
            plural(held.files, "file"),
            HumanBytes(held.bytes),
            match held.shared {
                0 => String::new(),
                shared => format!(" · {} in files of other items", HumanCount(shared)),
            }
        );
    }
    let names = [
        ("wanted", "not fetched yet"),
        ("skipped", "left out for now"),
        ("gone", "no longer at Google"),
    ];
    for (state, meaning) in names {
        if let Some(count) = holdings.owed.get(state) {
            let _ = writeln!(text, "  {} {meaning}", counted(*count, "file"));
        }
    }
    if holdings.pairs.count > 0 {
        let photos = match holdings.pairs.count {
            1 => "1 photo is".to_owned(),
            count => format!("{} photos are", HumanCount(count)),
        };
        let _ = writeln!(
            text,
            "  {photos} here twice: as Google serves it to programs, and as an export has it"
        );
    }
    write_opens(text, &ui.red("failed"), &holdings.failed);
    write_opens(text, &ui.yellow("looks broken"), &holdings.doubtful);
}

fn write_runs(text: &mut String, ui: Ui, runs: &[Run]) {
    let _ = writeln!(text, "{}", ui.bold("Last runs"));
    if runs.is_empty() {
        text.push_str("  none\n");
    }
    for run in runs {
        let end = match (run.finished, run.exit) {
            (Some(finished), None) => format!("ended {}", minute(finished)),
            (Some(finished), Some(0)) => {
                format!("ended {}, {}", minute(finished), ui.green("exit 0"))
            }
            (Some(finished), Some(exit)) => {
                let exit = ui.red(&format!("exit {exit}"));
                format!("ended {}, {exit}", minute(finished))
            }
            (None, _) => "did not end, or is at work".to_owned(),
        };
        let _ = write!(
            text,
            "  {}  {}, {end}",
            run.started.map(minute).unwrap_or_default(),
            escape(&run.command),
        );
        for (what, count) in &run.counts {
            let _ = write!(text, ", {} {}", HumanCount(*count), escape(what));
        }
        if let Some(manifest) = &run.manifest {
            let _ = write!(text, ", {}", escape(manifest));
        }
        if let Some(error) = &run.error {
            let _ = write!(text, ": {}", escape(error));
        }
        text.push('\n');
    }
}

fn write_opens(text: &mut String, label: &str, opens: &Opens) {
    if opens.count == 0 {
        return;
    }
    let _ = writeln!(text, "  {label}: {}", counted(opens.count, "file"));
    for Open {
        name,
        why,
        attempts,
        since,
        ..
    } in &opens.first
    {
        let since = match since {
            Some(since) => format!(" (since {}, in {})", day(*since), counted(*attempts, "run")),
            None => String::new(),
        };
        let _ = writeln!(text, "    {}: {}{since}", escape(name), escape(why));
    }
    let more = opens.count.saturating_sub(opens.first.len() as u64);
    if more > 0 {
        let _ = writeln!(text, "    and {} more", HumanCount(more));
    }
}

/// As one JSON object.
pub(crate) fn to_json(status: &Status) -> Value {
    let holdings = status.holdings.as_ref();
    let held: Vec<Value> = holdings
        .iter()
        .flat_map(|holdings| &holdings.held)
        .map(|((year, source, kind), held)| {
            json!({ "year": year, "source": source, "kind": kind, "items": held.items, "files": held.files, "bytes": held.bytes, "shared": held.shared })
        })
        .collect();
    let tokens: Vec<Value> = status
        .tokens
        .iter()
        .map(|token| {
            let mut object = json!(token);
            object["age_days"] = token
                .signed_in_at
                .map(|since| (status.now - since).max(TimeDelta::zero()).num_days())
                .into();
            object
        })
        .collect();
    json!({
        "command": "status",
        "exit": 0,
        "downloads": status.downloads,
        "archive": status.settings.as_ref().map(|settings| json!({
            "id": settings.archive_id,
            "created": settings.created,
            "layout": settings.layout.to_string(),
            "time_zone": settings.time_zone.to_string(),
        })),
        "settings_problem": status.settings_problem,
        "has_index": holdings.is_some(),
        "index_is_stale": holdings.is_some_and(|holdings| holdings.is_stale),
        "total": holdings.map(Holdings::total),
        "held": held,
        "owed": holdings.map(|holdings| &holdings.owed),
        "failed": holdings.map(|holdings| &holdings.failed),
        "doubtful": holdings.map(|holdings| &holdings.doubtful),
        "pairs": holdings.map(|holdings| &holdings.pairs),
        "runs": holdings.map(|holdings| &holdings.runs),
        "last_check": status.checks.last,
        "last_full_check": status.checks.last_full,
        "checks_problem": status.checks.problem,
        "damaged": checks::open(&status.checks),
        "unfinished_selections": status.selections,
        "tokens": tokens,
        "quota_used_today": { "day": status.used.day, "api": status.used.api, "api_limit": API_PER_DAY, "bytes": status.used.bytes, "bytes_limit": BYTES_PER_DAY, "refused_at": status.quota_refused },
        "free_bytes": status.free,
    })
}

fn day(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d").to_string()
}

fn minute(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M UTC").to_string()
}
