"""The kinds of holes that print servers have had, with the places where each is held shut.

Facts: public CVE records and advisories of CUPS, cups-filters, libcups, PAPPL and PaperCut. They say what was wrong
with others' software; the tests say what is right here. `docs/security.md` tells the same to people.
"""

from __future__ import annotations

from dataclasses import dataclass

LISTENERS, IPP, DOCUMENTS = "tests/listeners", "tests/ipp", "tests/documents"
SECURITY, DOORS = "tests/security/test_security", "tests/doors/test_doors"


@dataclass(frozen=True)
class HoleClass:
    """A kind of hole: its heading in the page, where it was seen, and tests, as FILE::TEST."""

    name: str
    seen: tuple[str, ...]
    tests: tuple[str, ...]


CLASSES = (
    HoleClass(
        "Words of clients become commands or file names",
        ("CVE-2024-47176", "CVE-2024-47076", "CVE-2024-47175", "CVE-2024-47177"),
        (
            f"{SECURITY}_commands.py::test_programs_are_started_by_these_modules_alone",
            f"{SECURITY}_commands.py::test_nothing_is_run_from_a_string",
            f"{DOORS}_hostile_words.py::test_hostile_words_print_a_card_and_name_no_file",
            f"{DOORS}_hostile_words.py::test_hostile_words_are_shown_harmless",
            "tests/store/test_store_spool.py::test_a_name_of_another_shape_is_refused",
        ),
    ),
    HoleClass(
        "Authorisation has gaps",
        ("CVE-2023-32360", "CVE-2023-27350", "CVE-2023-27351"),
        (
            f"{LISTENERS}/test_access_table.py::test_every_cell_over_the_api",
            f"{LISTENERS}/test_access_table.py::test_every_cell_over_ipp",
            f"{LISTENERS}/test_access_table.py::test_every_cell_on_pages",
            f"{LISTENERS}/test_access_table.py::test_nobody_and_what_is_not_in_the_table",
            f"{SECURITY}_credentials.py::test_nobody_fetches_a_document_over_ipp",
            f"{SECURITY}_credentials.py::test_pictures_of_a_job_are_its_owner_s_and_the_operators",
        ),
    ),
    HoleClass(
        "Another way to log in is believed, or a comparison stops early",
        ("CVE-2025-58060", "CVE-2022-26691"),
        (
            f"{SECURITY}_credentials.py::test_a_right_secret_in_a_wrong_scheme_is_no_log_in",
            f"{SECURITY}_credentials.py::test_a_part_of_a_secret_or_more_than_it_is_no_log_in",
            f"{LISTENERS}/test_access_gate.py::test_what_cannot_be_read_is_no_log_in",
            f"{LISTENERS}/test_access_gate.py::test_a_client_behind_nobody_is_not_believed",
        ),
    ),
    HoleClass(
        "A slow client holds up the others",
        ("CVE-2025-58436",),
        (
            f"{LISTENERS}/test_http_connection.py::test_a_head_dribbled_in_is_cut_off_at_its_deadline",
            f"{LISTENERS}/test_http_connection.py::test_a_body_dribbled_in_is_cut_off_although_bytes_keep_coming",
            f"{LISTENERS}/test_http_connection.py::test_a_stream_that_nobody_reads_is_cut",
            f"{LISTENERS}/test_http_connection.py::test_an_address_has_only_so_many",
            f"{LISTENERS}/test_raw_door.py::test_bytes_dribbled_in_do_not_hold_the_door_open",
            f"{LISTENERS}/test_lpd_door.py::test_bytes_dribbled_in_do_not_hold_the_door_open",
            f"{DOORS}_hostile_words.py::test_clients_of_a_byte_now_and_then_hold_nobody_up",
        ),
    ),
    HoleClass(
        "Paths, links and special files lead elsewhere",
        ("CVE-2026-34978", "CVE-2024-35235"),
        (
            f"{LISTENERS}/test_folder_tray.py::test_links_pipes_and_sockets_are_put_aside_unread",
            f"{LISTENERS}/test_folder_tray.py::test_a_file_that_turns_into_a_link_after_it_was_taken_is_not_followed",
            f"{LISTENERS}/test_folder_tray.py::test_a_folder_that_others_write_into_is_refused_with_its_key",
            f"{DOORS}_hostile_words.py::test_paths_of_requests_lead_to_no_file",
            f"{DOCUMENTS}/test_documents_svg_gate.py::"
            "test_what_is_hostile_is_refused_by_name_before_anything_is_drawn",
            "tests/sandbox/test_sandbox_confinement.py::test_no_file_but_the_program_s_own_code_is_read",
        ),
    ),
    HoleClass(
        "IPP messages that no client would write",
        ("CVE-2025-58364", "CVE-2026-39314"),
        (
            f"{IPP}/test_ipp_hostile.py::test_a_broken_message_is_a_bad_request",
            f"{IPP}/test_ipp_hostile.py::test_collections_are_nested_to_a_limit",
            f"{IPP}/test_ipp_hostile.py::test_each_limit_holds",
            f"{IPP}/test_ipp_codec.py::test_damaged_bytes_end_in_a_value_or_a_typed_error",
            "tests/fuzz/test_fuzz_guided.py::test_a_slice_of_every_reader_finds_nothing",
        ),
    ),
    HoleClass(
        "Pictures and raster that contradict themselves",
        ("CVE-2023-4504", "CVE-2023-32324"),
        (
            f"{IPP}/test_ipp_raster.py::test_fields_that_contradict_each_other_are_refused",
            f"{IPP}/test_ipp_raster.py::test_a_stream_that_stops_anywhere_is_broken",
            f"{IPP}/test_ipp_raster.py::test_a_page_with_too_many_pixels_is_refused_before_it_is_unpacked",
            f"{DOCUMENTS}/test_documents_sniff.py::test_sixty_thousand_squared_is_refused_by_its_first_24_bytes",
            "tests/sandbox/test_sandbox_confinement.py::"
            "test_a_picture_for_which_the_memory_does_not_do_is_too_large",
            "tests/fuzz/test_fuzz_slice.py::test_a_slice_of_every_target_finds_nothing",
        ),
    ),
    HoleClass(
        "Something is used after it is gone",
        ("CVE-2023-34241",),
        (
            f"{DOORS}_hostile_words.py::test_jobs_may_go_while_everybody_looks_at_them",
            f"{LISTENERS}/test_http_events.py::test_a_subscriber_that_leaves_is_forgotten",
            f"{LISTENERS}/test_http_connection.py::test_a_client_that_leaves_does_not_undo_what_it_asked_for",
            f"{LISTENERS}/test_ipp_notices.py::test_events_of_a_finished_job_are_complete",
            "tests/queue/test_queue_doors.py::test_what_was_purged_is_printed_no_more",
        ),
    ),
)
