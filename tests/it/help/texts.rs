//! The help texts, word for word.

use super::shown_for;

#[test]
#[cfg(feature = "demo")]
fn of_the_program() {
    insta::assert_snapshot!(shown_for(&["--help"]), @r#"
    Keeps a complete, provably intact copy of your Google Photos on your own disk.

    Since 31 March 2025 Google's Library API shows an app only what that app itself has uploaded. `sync`
    copies exactly that. `pick` copies whatever you select by hand. For everything else Google offers
    Takeout; see the README.

    Usage: gphotos-dl [OPTIONS] <COMMAND>

    Commands:
      login   Sign in to Google and keep the sign-in
      logout  Revoke the sign-in at Google and delete it here
      sync    Copy everything that the Library API shows and that is not here yet
      pick    Select photos in Google Photos, whatever put them there, and copy them
      import  Take over what Google Takeout has exported: archives, or folders of them
      verify  Read every stored file again and tell which are damaged, changed or missing
      status  Tell what is held, what is owed, and whether the sign-in will last. Needs no network
      demo    Show the whole job against a simulated Google, in gphotos-dl-demo/; no account needed
      help    Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Global options:
          --root <DIR>
              The folder that holds credentials/, downloads/ and media_items_list/. By default the
              current folder if it has credentials/, else a folder of your user account's data

              [env: GPHOTOS_DL_ROOT]

          --json
              Print the result as one JSON object on stdout

      -v, --verbose...
              Say more: -v logs requests, -vv everything

      -q, --quiet
              Say nothing but errors

          --color <WHEN>
              When to use colours

              [default: auto]
              [possible values: auto, always, never]

          --log-format <FORMAT>
              How progress and messages are written to stderr

              Possible values:
              - text: Progress for people
              - json: One JSON object a line

              [default: text]

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
      130, 143, 129 interrupted by INT, TERM, HUP
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn of_login() {
    insta::assert_snapshot!(shown_for(&["login", "--help"]), @r#"
    Sign in to Google and keep the sign-in

    Usage: gphotos-dl login [OPTIONS]

    Options:
          --for <API>
              Which command the sign-in is for: library is for `sync`, picker for `pick`

              [default: library]
              [possible values: library, picker]

          --no-browser
              Do not open a browser: print the address alone on stdout, or with --json on stderr

          --port <PORT>
              Wait for the browser on this port of 127.0.0.1 instead of any free one

          --paste
              For a machine without a browser: sign in on any other one, then paste the address that it
              could not load

          --timeout <SECONDS>
              Give up after so many seconds, with or without a terminal

              [default: 300]

      -h, --help
              Print help (see a summary with '-h')

    Global options:
          --root <DIR>
              The folder that holds credentials/, downloads/ and media_items_list/. By default the
              current folder if it has credentials/, else a folder of your user account's data

              [env: GPHOTOS_DL_ROOT]

          --json
              Print the result as one JSON object on stdout

      -v, --verbose...
              Say more: -v logs requests, -vv everything

      -q, --quiet
              Say nothing but errors

          --color <WHEN>
              When to use colours

              [default: auto]
              [possible values: auto, always, never]

          --log-format <FORMAT>
              How progress and messages are written to stderr

              Possible values:
              - text: Progress for people
              - json: One JSON object a line

              [default: text]

    Examples:
      gphotos-dl login
      gphotos-dl login --for picker            for `pick`, which asks by itself if it has to
      gphotos-dl login --paste                 the browser is on another machine

    Over SSH, with the browser on your own machine:
      ssh -L 8085:127.0.0.1:8085 server        and there:
      gphotos-dl login --no-browser --port 8085
      then open the printed address in your own browser.

    The OAuth client is yours: credentials/client_secret.json, type "Desktop app". The README shows how
    to get it.
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn of_logout() {
    insta::assert_snapshot!(shown_for(&["logout", "--help"]), @r#"
    Revoke the sign-in at Google and delete it here.

    Google ends every sign-in of this account with this OAuth client then, those of other roots too.

    Usage: gphotos-dl logout [OPTIONS]

    Options:
          --for <API>
              Which sign-in to give up. By default every one

              [possible values: library, picker]

      -h, --help
              Print help (see a summary with '-h')

    Global options:
          --root <DIR>
              The folder that holds credentials/, downloads/ and media_items_list/. By default the
              current folder if it has credentials/, else a folder of your user account's data

              [env: GPHOTOS_DL_ROOT]

          --json
              Print the result as one JSON object on stdout

      -v, --verbose...
              Say more: -v logs requests, -vv everything

      -q, --quiet
              Say nothing but errors

          --color <WHEN>
              When to use colours

              [default: auto]
              [possible values: auto, always, never]

          --log-format <FORMAT>
              How progress and messages are written to stderr

              Possible values:
              - text: Progress for people
              - json: One JSON object a line

              [default: text]
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn of_pick() {
    insta::assert_snapshot!(shown_for(&["pick", "--help"]), @r#"
    Select photos in Google Photos, whatever put them there, and copy them

    Usage: gphotos-dl pick [OPTIONS]

    Options:
          --max <N>
              The most that can be selected in one go. By default as many as Google allows: 2,000

          --no-browser
              Do not open a browser: print the address alone on stdout, or with --json on stderr

          --resume
              Go on with what was selected, or being selected, when an earlier run ended: fetch all that
              is ready, or else wait for the first in which Done is pressed. Run it again for the others

          --jobs <N>
              Files to fetch at a time

              [default: 8]

          --min-free <SIZE>
              Stop before less than this is free on the disk

              [default: 1GiB]

      -h, --help
              Print help (see a summary with '-h')

    Global options:
          --root <DIR>
              The folder that holds credentials/, downloads/ and media_items_list/. By default the
              current folder if it has credentials/, else a folder of your user account's data

              [env: GPHOTOS_DL_ROOT]

          --json
              Print the result as one JSON object on stdout

      -v, --verbose...
              Say more: -v logs requests, -vv everything

      -q, --quiet
              Say nothing but errors

          --color <WHEN>
              When to use colours

              [default: auto]
              [possible values: auto, always, never]

          --log-format <FORMAT>
              How progress and messages are written to stderr

              Possible values:
              - text: Progress for people
              - json: One JSON object a line

              [default: text]

    Examples:
      gphotos-dl pick                          select up to 2,000 photos on this machine or on a phone
      gphotos-dl pick --resume                 go on after an interruption
      gphotos-dl pick --no-browser             print the address, for a script or another machine

    What comes are Google's copies: photos without their location, videos encoded anew, no albums. For
    the originals use Takeout; see the README.
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn of_sync() {
    insta::assert_snapshot!(shown_for(&["sync", "--help"]), @r#"
    Copy everything that the Library API shows and that is not here yet

    Usage: gphotos-dl sync [OPTIONS] --since <YYYY-MM-DD>

    Options:
          --since <YYYY-MM-DD>
              The first day to copy

          --until <YYYY-MM-DD>
              The last day to copy. By default today, wherever on Earth today is latest, and photos
              dated in the future too

          --window <WINDOW>
              How much one listing request asks for; longer windows list the same items with fewer API
              calls

              [default: day]
              [possible values: day, month, year]

          --no-full-listing
              Leave out the full listing, which finds what no date filter returns: undated, future-dated
              and fresh items

      -n, --dry-run
              Print what would be fetched, and change nothing

          --layout <TEMPLATE>
              Where files go in downloads/; fixed when the archive is made. {year}/{month}/{filename} by
              default, or `flat`

          --time-zone <NAME>
              Whose calendar decides a photo's folder; fixed when the archive is made. The machine's own
              zone by default

          --jobs <N>
              Files to fetch at a time

              [default: 8]

          --list-jobs <N>
              Days to list at a time

              [default: 4]

          --api-budget <N>
              API calls to spend a day, at most; Google allows a project 10,000

              [default: 10000]

          --min-free <SIZE>
              Stop before less than this is free on the disk

              [default: 1GiB]

          --restore
              Fetch again even when most of the archive's files are missing

      -h, --help
              Print help (see a summary with '-h')

    Global options:
          --root <DIR>
              The folder that holds credentials/, downloads/ and media_items_list/. By default the
              current folder if it has credentials/, else a folder of your user account's data

              [env: GPHOTOS_DL_ROOT]

          --json
              Print the result as one JSON object on stdout

      -v, --verbose...
              Say more: -v logs requests, -vv everything

      -q, --quiet
              Say nothing but errors

          --color <WHEN>
              When to use colours

              [default: auto]
              [possible values: auto, always, never]

          --log-format <FORMAT>
              How progress and messages are written to stderr

              Possible values:
              - text: Progress for people
              - json: One JSON object a line

              [default: text]

    Examples:
      gphotos-dl sync --since 2021-01-01
      gphotos-dl sync --since 2021-01-01 --dry-run
      gphotos-dl sync --since 2004-01-01 --window month      20 years in 260 API calls instead of 7,600
      gphotos-dl --root /mnt/photos -q sync --since 2021-01-01       from cron
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
#[cfg(feature = "demo")]
fn of_demo() {
    insta::assert_snapshot!(shown_for(&["demo", "--help"]), @r#"
    Show the whole job against a simulated Google, in gphotos-dl-demo/; no account needed

    Usage: gphotos-dl demo [OPTIONS]

    Options:
          --items <N>
              How many photos and videos the simulated library has, besides some dozens that are odd on
              purpose

              [default: 300]

          --picker
              Show `pick` instead of `sync`, with somebody who selects

      -h, --help
              Print help (see a summary with '-h')

    Global options:
          --root <DIR>
              The folder that holds credentials/, downloads/ and media_items_list/. By default the
              current folder if it has credentials/, else a folder of your user account's data

              [env: GPHOTOS_DL_ROOT]

          --json
              Print the result as one JSON object on stdout

      -v, --verbose...
              Say more: -v logs requests, -vv everything

      -q, --quiet
              Say nothing but errors

          --color <WHEN>
              When to use colours

              [default: auto]
              [possible values: auto, always, never]

          --log-format <FORMAT>
              How progress and messages are written to stderr

              Possible values:
              - text: Progress for people
              - json: One JSON object a line

              [default: text]
    ------- stderr -------
    [exit status: 0]
    "#);
}
