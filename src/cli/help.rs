//! What stands below the options in `--help`: exit codes, examples.

pub(super) const AFTER_HELP: &str = "\
Examples:
  gphotos-dl demo                          watch the whole job, without an account
  gphotos-dl login                         sign in once
  gphotos-dl sync --since 2021-01-01       copy everything since then; run again whenever you like
  gphotos-dl pick                          select photos in the browser and copy them

Exit codes:
  0 all done          1 failed            2 wrong usage
  3 some items failed, or the archive is not whole
  4 sign-in needed    5 quota reached     6 another run works on it
  7 storage is full, read-only or gone
  130, 143, 129 interrupted by INT, TERM, HUP";

pub(super) const LOGIN_HELP: &str = "\
Examples:
  gphotos-dl login
  gphotos-dl login --for picker            for `pick`, which asks by itself if it has to
  gphotos-dl login --paste                 the browser is on another machine

Over SSH, with the browser on your own machine:
  ssh -L 8085:127.0.0.1:8085 server        and there:
  gphotos-dl login --no-browser --port 8085
  then open the printed address in your own browser.

The OAuth client is yours: credentials/client_secret.json, type \"Desktop app\". The README shows how to get it.";

pub(super) const IMPORT_HELP: &str = "\
Examples:
  gphotos-dl import ~/Downloads/takeout-*.zip    every part of one export, in one go
  gphotos-dl import -n ~/Downloads               what that would store
  gphotos-dl import /mnt/exports                 a folder of archives, or an extracted export

Exit codes: 0 all of it is in the archive, 1 there was nothing to import, 3 something could not be
read, 6 another run is at work, 7 storage.";
pub(super) const SYNC_HELP: &str = "\
Examples:
  gphotos-dl sync --since 2021-01-01
  gphotos-dl sync --since 2021-01-01 --dry-run
  gphotos-dl sync --since 2004-01-01 --window month      20 years in 260 API calls instead of 7,600
  gphotos-dl --root /mnt/photos -q sync --since 2021-01-01       from cron";

pub(super) const PICK_HELP: &str = "\
Examples:
  gphotos-dl pick                          select up to 2,000 photos on this machine or on a phone
  gphotos-dl pick --resume                 go on after an interruption
  gphotos-dl pick --no-browser             print the address, for a script or another machine

What comes are Google's copies: photos without their location, videos encoded anew, no albums. For
the originals use Takeout; see the README.";

pub(super) const VERIFY_HELP: &str = "\
Examples:
  gphotos-dl verify
  gphotos-dl verify --repair               fetch again what is damaged
  gphotos-dl -q verify --sample 1/30       from cron, every night

A file is rotten when its time is as it was and its bytes are not, or are no whole picture any
more. One that has another time was edited: it is named and left alone. If it is no whole picture
any more, it is named as broken. Each damaged file is named with what brings it back.";
