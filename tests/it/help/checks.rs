//! The help texts of the commands that look after what is there.

use super::shown_for;

#[test]
fn of_verify() {
    insta::assert_snapshot!(shown_for(&["verify", "--help"]), @r#"
    Read every stored file again and tell which are damaged, changed or missing

    Usage: gphotos-dl verify [OPTIONS]

    Options:
          --sample <1/N>
              Read only one part of the files, the next one each time: with 1/30 every night, each file
              is read once in 30 nights. What was found damaged before is looked at each time, until it
              is put right

          --repair
              Fetch again what is rotten or missing, into its place. The damaged file is kept in
              downloads/.gphotos-dl/damaged/

          --unknown
              Name the files in downloads/ that the index does not know, a line each on stdout. They are
              counted in any case, and left alone

          --jobs <N>
              Files to read at a time. By default as many as the machine has cores

          --min-free <SIZE>
              With --repair: stop before less than this is free on the disk

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
      gphotos-dl verify
      gphotos-dl verify --repair               fetch again what is damaged
      gphotos-dl -q verify --sample 1/30       from cron, every night

    A file is rotten when its time is as it was and its bytes are not, or are no whole picture any
    more. One that has another time was edited: it is named and left alone. If it is no whole picture
    any more, it is named as broken. Each damaged file is named with what brings it back.
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn of_status() {
    insta::assert_snapshot!(shown_for(&["status", "--help"]), @r#"
    Tell what is held, what is owed, and whether the sign-in will last. Needs no network

    Usage: gphotos-dl status [OPTIONS]

    Options:
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
