//! The network at its worst. [`ROWS`] says for every row of the fault matrix (listing and download) which test provokes
//! it through the real binary; what nothing else in the suite provokes is in here.

mod listing;
mod pairs;
mod resume;
mod secure;
mod transfer;
mod tunnel;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The row, and its tests: a file below `tests/it` (or in `src`, for what is a question of bytes alone) and a function.
const ROWS: &[(&str, &[(&str, &str)])] = &[
    (
        "L01",
        &[("paging.rs", "many_empty_pages_in_a_row_are_no_end")],
    ),
    (
        "L02",
        &[(
            "paging.rs",
            "a_token_that_is_repeated_for_ever_fails_its_day_and_no_other",
        )],
    ),
    (
        "L03",
        &[(
            "paging.rs",
            "a_page_token_that_expires_starts_the_day_over_without_loss",
        )],
    ),
    (
        "L04",
        &[
            (
                "network/listing.rs",
                "l04_a_page_that_is_cut_at_any_byte_is_no_page",
            ),
            (
                "paging.rs",
                "json_of_another_shape_fails_its_day_and_no_other",
            ),
        ],
    ),
    (
        "L05",
        &[
            (
                "retry.rs",
                "too_many_requests_are_waited_out_whatever_the_server_asks_for",
            ),
            (
                "retry.rs",
                "a_server_that_asks_for_ten_years_does_not_get_them",
            ),
        ],
    ),
    (
        "L06",
        &[(
            "quota.rs",
            "when_googles_calls_are_used_up_the_run_ends_and_the_next_day_goes_on",
        )],
    ),
    (
        "L07",
        &[
            (
                "retry.rs",
                "a_server_that_answers_nothing_but_errors_is_not_asked_for_every_day",
            ),
            (
                "network/listing.rs",
                "l07_a_server_that_answers_every_other_time_is_good_enough",
            ),
        ],
    ),
    (
        "L08",
        &[(
            "addresses.rs",
            "an_item_that_is_deleted_between_listing_and_fetching_is_gone_and_nothing_else",
        )],
    ),
    (
        "L09",
        &[(
            "kill.rs",
            "a_run_that_is_killed_is_finished_by_the_next_one",
        )],
    ),
    (
        "L10",
        &[(
            "listing.rs",
            "a_photo_that_is_added_to_a_day_long_past_is_found",
        )],
    ),
    (
        "L11",
        &[(
            "listing.rs",
            "the_set_of_items_does_not_depend_on_whose_midnight_google_cuts_at",
        )],
    ),
    (
        "L12",
        &[
            (
                "network/listing.rs",
                "l12_the_first_and_the_last_year_are_years",
            ),
            ("listing.rs", "a_leap_day_is_neither_skipped_nor_repeated"),
            (
                "full_listing.rs",
                "it_finds_undated_future_fresh_and_archived_items",
            ),
        ],
    ),
    (
        "L13",
        &[
            (
                "paging.rs",
                "an_item_that_appears_between_two_pages_pushes_none_out",
            ),
            (
                "paging.rs",
                "an_item_that_a_deletion_hid_between_two_pages_is_found_by_the_next_run",
            ),
        ],
    ),
    (
        "L14",
        &[(
            "retry.rs",
            "the_login_page_of_a_network_is_named_and_believed_in_nothing",
        )],
    ),
    (
        "L15",
        &[
            (
                "retry.rs",
                "a_server_that_nobody_reaches_ends_the_run_with_the_reason",
            ),
            (
                "network/listing.rs",
                "l15_a_listing_that_falls_silent_is_given_up_and_said",
            ),
            (
                "network/secure.rs",
                "l15_without_a_name_a_way_or_a_proxy_the_run_ends_with_the_reason",
            ),
        ],
    ),
    (
        "L16",
        &[(
            "network/secure.rs",
            "l16_whoever_cannot_show_to_be_google_is_told_nothing",
        )],
    ),
    (
        "L17",
        &[("addresses.rs", "an_address_outside_google_is_never_asked")],
    ),
    (
        "L18",
        &[
            ("media.rs", "an_id_is_opaque_whatever_it_holds"),
            (
                "media.rs",
                "an_id_of_ten_kilobytes_is_not_googles_and_hides_no_other_item",
            ),
            ("network/listing.rs", "l18_an_id_with_a_null_byte_is_an_id"),
        ],
    ),
    (
        "L19",
        &[(
            "listing.rs",
            "an_empty_listing_on_an_archive_with_items_is_an_alarm_and_deletes_nothing",
        )],
    ),
    (
        "L20",
        &[(
            "network/secure.rs",
            "l20_a_connection_that_breaks_the_rules_of_http_2_is_given_up_and_made_anew",
        )],
    ),
    ("D01", TRANSFERS),
    ("D02", TRANSFERS),
    (
        "D03",
        &[(
            "transfer.rs",
            "a_body_that_ends_with_its_connection_is_kept_only_if_its_structure_is_whole",
        )],
    ),
    ("D04", TRANSFERS),
    (
        "D05",
        &[(
            "network/transfer.rs",
            "d05_a_trickle_that_is_never_idle_is_given_up_all_the_same",
        )],
    ),
    (
        "D06",
        &[
            (
                "addresses.rs",
                "a_refused_address_costs_one_call_for_that_id_alone",
            ),
            (
                "addresses.rs",
                "addresses_that_die_in_the_middle_of_a_run_are_asked_for_again_one_by_one",
            ),
        ],
    ),
    ("D07", TRANSFERS),
    ("D08", TRANSFERS),
    (
        "D09",
        &[
            (
                "network/resume.rs",
                "d09_a_cut_film_goes_on_where_it_broke_off",
            ),
            (
                "network/resume.rs",
                "d09_a_server_that_answers_with_the_whole_is_taken_at_its_word",
            ),
        ],
    ),
    (
        "D10",
        &[(
            "network/resume.rs",
            "d09_d10_d11_d12_whatever_does_not_fit_is_begun_again",
        )],
    ),
    (
        "D11",
        &[
            (
                "network/resume.rs",
                "d11_a_film_that_changes_between_its_parts_is_never_mixed",
            ),
            (
                "network/resume.rs",
                "d11_a_film_that_changes_between_two_runs_comes_from_its_first_byte",
            ),
        ],
    ),
    (
        "D12",
        &[(
            "network/resume.rs",
            "d12_a_film_that_was_all_there_when_its_run_died_is_only_asked_after",
        )],
    ),
    // The simulator counts credentials on byte requests and at its second host (another port) as broken rules.
    (
        "D13",
        &[(
            "media.rs",
            "a_video_comes_through_the_second_host_or_straight",
        )],
    ),
    (
        "D14",
        &[
            ("redirects.rs", "a_redirect_in_circles_ends"),
            (
                "redirects.rs",
                "a_redirect_out_of_the_house_is_not_followed",
            ),
        ],
    ),
    ("D15", TRANSFERS),
    (
        "D16",
        &[(
            "network/transfer.rs",
            "d16_no_number_in_a_header_makes_room_for_itself",
        )],
    ),
    (
        "D17",
        &[(
            "network/transfer.rs",
            "d17_what_comes_after_the_announced_end_is_never_silently_kept",
        )],
    ),
    (
        "D18",
        &[(
            "media.rs",
            "a_video_in_the_making_is_skipped_without_blame_and_fetched_when_it_is_ready",
        )],
    ),
    (
        "D19",
        &[(
            "doubt.rs",
            "a_day_later_the_whole_one_is_stored_beside_it_and_the_first_is_untouched",
        )],
    ),
    (
        "D20",
        &[(
            "network/transfer.rs",
            "d20_a_run_that_sleeps_for_an_hour_goes_on_when_it_wakes",
        )],
    ),
    ("D21", TRANSFERS),
    (
        "D22",
        &[(
            "retry.rs",
            "an_item_that_always_fails_is_known_by_the_next_run_with_its_date",
        )],
    ),
    (
        "D23",
        &[
            (
                "network/transfer.rs",
                "d23_with_few_open_files_less_goes_on_at_a_time",
            ),
            (
                "transfer.rs",
                "few_open_files_make_a_run_slower_and_lose_nothing",
            ),
        ],
    ),
    (
        "D24",
        &[(
            "network/transfer.rs",
            "d24_a_film_larger_than_the_memory_streams_through",
        )],
    ),
    (
        "D25",
        &[
            (
                "interrupt.rs",
                "a_run_that_is_interrupted_keeps_what_it_has_and_lists_it",
            ),
            (
                "interrupt.rs",
                "a_second_signal_leaves_at_once_and_the_next_run_mends_what_is_left",
            ),
        ],
    ),
    (
        "D26",
        &[(
            "quota.rs",
            "when_googles_loads_are_used_up_the_run_ends_and_keeps_what_it_has",
        )],
    ),
    (
        "D27",
        &[("../../src/media/inspect/tests.rs", "no_cut_goes_unseen")],
    ),
];

const TRANSFERS: &[(&str, &str)] = &[
    (
        "transfer.rs",
        "whatever_goes_wrong_once_is_mended_by_another_attempt",
    ),
    (
        "transfer.rs",
        "whatever_goes_wrong_for_ever_fails_its_item_with_the_cause_and_no_other",
    ),
];

#[test]
fn every_row_of_the_matrix_has_a_test_that_exists() {
    let listing = (1..=20).map(|row| format!("L{row:02}"));
    let download = (1..=27).map(|row| format!("D{row:02}"));
    let expected: BTreeSet<String> = listing.chain(download).collect();
    let named = ROWS.iter().map(|(row, _)| *row);
    assert_eq!(named.map(str::to_owned).collect::<BTreeSet<_>>(), expected);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for (row, tests) in ROWS {
        assert!(!tests.is_empty(), "{row}");
        for (file, test) in *tests {
            let text = fs::read_to_string(folder.join(file)).expect("a source file");
            let has_it = text.contains(&format!("#[test]\nfn {test}() {{"));
            assert!(has_it, "{row}: {file} has no test {test}");
        }
    }
}
