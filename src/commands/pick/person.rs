//! The person's part: the page is shown, and waited for until Done is pressed.

use std::time::{Duration, Instant};

use url::Url;

use crate::cli::LogFormat;
use crate::commands::login::open_browser;
use crate::google::GoogleError;
use crate::google::picker::{PhotosPicker, PickerError, PickingSession};
use crate::http::Http;
use crate::http::retry::Failure;
use crate::ui::{Ui, counted, qr};

/// Where Google says nothing usable: the example of its guide, and half an hour.
const POLL_EVERY: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_mins(30);
/// What Google says is believed within these.
const SHORTEST_POLL: Duration = Duration::from_secs(1);
const LONGEST_POLL: Duration = Duration::from_mins(1);
/// So many in a row may fail, each tried again several times.
const FAILED_POLLS: u32 = 10;
const LONGEST_PATIENCE: Duration = Duration::from_hours(24);

/// Shows where to select. Where `opens`, a browser or a phone is helped there.
pub(super) fn show(ui: Ui, session: &PickingSession, opens: bool, no_browser: bool) {
    let Some(page) = &session.page else {
        return;
    };
    let most = counted(session.most, "item");
    let code = qr::render(ui, page.as_str())
        .filter(|_| opens && ui.terminal && ui.log_format == LogFormat::Text)
        .map_or(String::new(), |code| format!("\n{code}"));
    ui.say(&format!(
        "Select in Google Photos what you want, up to {most}, then press Done. Here, or on a phone:\n\n  {page}\n{code}"
    ));
    if no_browser {
        ui.address(page.as_str());
    } else if opens {
        open_browser(closing_itself(page).into());
    }
}

/// The page that closes its own tab when Done is pressed; only for a browser on this machine
/// (<https://developers.google.com/photos/picker/guides/picking-experience>).
fn closing_itself(page: &Url) -> Url {
    let mut page = page.clone();
    if let Ok(mut segments) = page.path_segments_mut() {
        segments.pop_if_empty().push("autoclose");
    }
    page
}

/// For how long there is use in asking. When the session ends is told by Google's clock, so that one that is wrong here
/// does not matter.
pub(super) fn left(session: &PickingSession, http: &Http) -> Duration {
    let patience = session.patience.unwrap_or(PATIENCE).min(LONGEST_PATIENCE);
    let now = http.clock.now() - http.ahead();
    let life = session
        .expires
        .map(|expires| (expires - now).to_std().unwrap_or_default());
    life.map_or(patience, |life| patience.min(life))
}

/// Waits until Done was pressed, for as long as Google says.
pub(super) async fn wait(
    picker: &PhotosPicker,
    mut session: PickingSession,
) -> Result<(), GoogleError> {
    let http = picker.http();
    let (began, left) = (Instant::now(), left(&session, http));
    let (mut every, mut failed) = (POLL_EVERY, 0);
    loop {
        if session.is_done {
            return Ok(());
        }
        if session.patience == Some(Duration::ZERO) || began.elapsed() >= left {
            return Err(PickerError::TimedOut.into());
        }
        every = session.poll_every.unwrap_or(every);
        let pause = every.clamp(SHORTEST_POLL, LONGEST_POLL);
        http.wait(pause).await.map_err(|failure| match failure {
            Failure::Stopped => GoogleError::Stopped,
            other => GoogleError::Failed(other),
        })?;
        match picker.session(&session.id).await {
            Ok(found) => (session, failed) = (found, 0),
            // Whoever selects for half an hour does not want to begin anew because Google was out of order for one minute.
            Err(
                error @ (GoogleError::Failed(_) | GoogleError::Shape(_) | GoogleError::NotFound(_)),
            ) if failed < FAILED_POLLS => {
                tracing::debug!(%error, "could not ask how the selection stands");
                failed += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_closes_itself_wherever_it_is() {
        for (page, closing) in [
            (
                "https://photos.google.com/picker/a-b",
                "https://photos.google.com/picker/a-b/autoclose",
            ),
            (
                "https://photos.google.com/u/1/picker/a/?x=1",
                "https://photos.google.com/u/1/picker/a/autoclose?x=1",
            ),
        ] {
            let page = Url::parse(page).expect("a URL");
            assert_eq!(closing_itself(&page).as_str(), closing);
        }
    }
}
