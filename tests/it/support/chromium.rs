//! A real browser without a window: Chromium, where it is installed, moved over its own debugging pipe.
//!
//! The pipe speaks the `DevTools` protocol as JSON, each message ended by NUL, on the descriptors 3 and 4
//! (<https://chromedevtools.github.io/devtools-protocol/>).

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::skipped;

/// A browser with one tab. Dropped, it is ended.
pub(crate) struct Chromium {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    sent: u64,
    /// The tab's own session of the protocol.
    tab: Option<String>,
    _profile: TempDir,
}

const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "chromium-headless-shell",
    "google-chrome",
    "google-chrome-stable",
];
/// Only keeps a broken test from waiting for ever.
const PATIENCE: Duration = Duration::from_mins(1);

impl Chromium {
    /// `None`, said aloud, where there is none.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = find() else {
            skipped("there is no Chromium here");
            return None;
        };
        let profile = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null"])
            .arg(program)
            .args(["--headless", "--remote-debugging-pipe", "--disable-gpu"])
            .args(["--no-first-run", "--disable-background-networking"])
            .arg(format!("--user-data-dir={}", profile.path().display()));
        if rustix::process::geteuid().is_root() {
            command.arg("--no-sandbox");
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("a shell");
        let (to, out) = (child.stdin.take(), child.stdout.take());
        let (heard, from) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(out.expect("piped")).split(0) {
                let message = message.ok().and_then(|it| serde_json::from_slice(&it).ok());
                if message.is_none_or(|message| heard.send(message).is_err()) {
                    return;
                }
            }
        });
        let mut browser = Self {
            child,
            to: to.expect("piped"),
            from,
            sent: 0,
            tab: None,
            _profile: profile,
        };
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let made = browser.ask("Target.createTarget", &json!({ "url": "about:blank" }));
        let target = text(&made["targetId"]);
        let how = json!({ "targetId": target, "flatten": true });
        let session = browser.ask("Target.attachToTarget", &how);
        browser.tab = Some(text(&session["sessionId"]));
        Some(browser)
    }

    /// Goes to an address.
    pub(crate) fn open(&mut self, address: &str) {
        self.ask("Page.navigate", &json!({ "url": address }));
    }

    /// Waits until the page shows this text.
    #[track_caller]
    pub(crate) fn until_shows(&mut self, text: &str) {
        let (start, mut shown) = (Instant::now(), String::new());
        while start.elapsed() < PATIENCE {
            let body = self.evaluate("document.body ? document.body.innerText : ''");
            body.as_str().unwrap_or_default().clone_into(&mut shown);
            if shown.contains(text) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the page does not show {text:?} but {shown:?}");
    }

    /// Moves the mouse to the first element of this selector and clicks.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        let found = self.evaluate(&format!(
            "(() => {{ const found = document.querySelector({}); if (!found) return null;
                found.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                const box = found.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            json!(selector)
        ));
        assert!(found.is_array(), "there is no {selector} on the page");
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({
                "type": kind, "x": found[0], "y": found[1], "button": button, "clickCount": 1,
            });
            self.ask("Input.dispatchMouseEvent", &event);
        }
    }

    /// What an expression comes to; null while the page changes.
    fn evaluate(&mut self, expression: &str) -> Value {
        let what = json!({ "expression": expression, "returnByValue": true });
        let answer = self.ask("Runtime.evaluate", &what);
        answer["result"]["value"].clone()
    }

    /// Asks one thing and waits for the answer; what the browser tells by itself is passed over.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": params });
        if let Some(tab) = &self.tab {
            message["sessionId"] = json!(tab);
        }
        let sent = self.to.write_all(format!("{message}\0").as_bytes());
        sent.expect("the browser lives");
        loop {
            let heard = self.from.recv_timeout(PATIENCE);
            let heard = heard.unwrap_or_else(|_| panic!("no answer to {method}"));
            if heard["id"] == self.sent {
                return heard["result"].clone();
            }
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn find() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&folders).collect();
    let all = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|path| path.is_file())
}
