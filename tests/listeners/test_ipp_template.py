# mypy: allow-untyped-calls
# Half of Twisted's test kit has no annotations.
"""What a client may ask of a job: read, ignored with a list, or refused with the attribute named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from printserver.driver import Capabilities
from printserver.ipp import Attribute, GroupTag, Operation, Plain, Request, Status, build, check_request, plain
from printserver.ipp.attributes import Collection, Enum, Integer, OctetString, OutOfBand, Resolution, String, Value
from printserver.ipp.tags import OUT_OF_BAND, STRINGS
from printserver.listeners.ipp.offer import Offer
from printserver.listeners.ipp.template import OPTIONS, Template, Unfaithful, read_template
from printserver.model.card import PanelName, Ribbon
from printserver.model.ticket import Ticket
from tests.listeners.fake_service import ABILITIES
from tests.listeners.ipp_kit import PNG, PRINTER, DoorCase, unsupported_of

YMCKO = Ribbon("YMCKO", (PanelName.Y, PanelName.M, PanelName.C, PanelName.K, PanelName.O))
MONO = Ribbon("K", (PanelName.K,))
BOTH: Capabilities = replace(ABILITIES, ribbons=(YMCKO, MONO), duplex=True)


def offer(*ribbons: Ribbon, duplex: bool = True) -> Offer:
    return Offer(BOTH, ribbons or (YMCKO,), duplex=duplex, magnetic_tracks=0)


def read(*attributes: Attribute, of: Offer | None = None, fidelity: bool = False) -> Template:
    return read_template(asked(*attributes, fidelity=fidelity), of or offer())


def asked(*attributes: Attribute, fidelity: bool = False) -> Request:
    faithful = [build.boolean("ipp-attribute-fidelity", True)] if fidelity else []
    return check_request(build.request(Operation.PRINT_JOB, PRINTER, *faithful, job=attributes))


def size(width: int, height: int) -> Collection:
    return build.members(build.integer("x-dimension", width), build.integer("y-dimension", height))


def media_col(*members: Attribute) -> Attribute:
    return build.collection("media-col", build.members(*members))


FIT = build.keyword("print-scaling", "fit")


def finishings_col(template: str) -> Attribute:
    return build.collection("finishings-col", build.members(build.keyword("finishing-template", template)))


def overrides(*members: Attribute) -> Attribute:
    return build.collection("overrides", build.members(*members))


@pytest.mark.parametrize(("attribute", "keys"), [
    (build.integer("copies", 3), {"copies": 3}),
    (build.keyword("sides", "two-sided-long-edge"), {"sides": "two-sided-long-edge"}),
    (build.keyword("job-hold-until", "indefinite"), {"hold": True}),
    (build.keyword("job-hold-until", "third-shift"), {"hold": True, "hold_until": "third-shift"}),
    (build.integer("job-priority", 100), {"priority": 100}),
    (build.keyword("media", "iso_id-1_53.98x85.6mm"), {}),
    (build.keyword("media", "om_card_54x86mm"), {}),
    (build.keyword("media", "iso_a4_210x297mm"), {"placement": "fit"}),
    (media_col(build.collection("media-size", size(5398, 8560))), {}),
    (media_col(build.collection("media-size", size(21000, 29700))), {"placement": "fit"}),
    (media_col(build.keyword("media-type", "plastic"), build.keyword("media-source", "main")), {}),
    (media_col(build.collection("media-size", size(5397, 8572))), {}),  # in whole points of an inch
    (media_col(build.keyword("media-size-name", "om_card_54x86mm")), {}),
    (media_col(build.integer("media-top-margin", 0)), {}),
    (media_col(build.integer("media-top-margin", 1)), {}),  # a hundredth of a millimetre is no margin
    (build.keyword("print-color-mode", "color"), {}),
    (build.keyword("print-color-mode", "monochrome"), {"grey": True}),
    (build.enum("print-quality", 4), {}),
    (build.resolution("printer-resolution", (300, 300)), {}),
    (build.keyword("print-scaling", "fit"), {"placement": "fit"}),
    (build.enum("orientation-requested", 4), {}),
    (build.enum("orientation-requested", 3), {}),
    (finishings_col("none"), {}),
    (build.collection("job-sheets-col", build.members(build.keyword("job-sheets", "none"))), {}),
    (build.keyword("job-sheets", "none"), {}),
    (build.integer("number-up", 1), {}),
    (build.range_of("page-ranges", (1, 1), (3, 9)), {"pages": ("1-1", "3-9")}),
    (overrides(build.range_of("document-numbers", (2, 2)), FIT), {"back_placement": "fit"}),
    (overrides(build.range_of("pages", (1, 2)), FIT), {"placement": "fit", "back_placement": "fit"}),
    (overrides(build.integer("document-number", 1), FIT), {"placement": "fit"}),
    (build.collection("proof-print", build.members(build.integer("proof-print-copies", 2))), {"proof": 2}),
    (build.keyword("print-content-optimize", "auto"), {}),
    (build.keyword("print-content-optimize", "photo"), {"k_mode": "none"}),
    (build.keyword("print-rendering-intent", "auto"), {}),
    (build.keyword("output-bin", "face-down"), {}),
    (build.enum("finishings", 3), {}),
    (build.keyword("multiple-document-handling", "single-document"), {}),
    (build.keyword("printserver-k-mode", "threshold"), {"k_mode": "threshold"}),
    (build.keyword("printserver-k-mode", "text"), {"k_mode": "text"}),
    (build.integer("printserver-k-threshold", 0), {"k_threshold": 0}),
    (build.integer("printserver-k-choke", 16), {"k_choke": 16}),
    (build.integer("printserver-ucr", 0), {"ucr": 0}),
    (build.integer("printserver-gcr", 100), {"gcr": 100}),
    (build.text("printserver-photo-areas", "5,10,25,32"), {"photo_areas": ("5,10,25,32",)}),
    (build.text("printserver-colour-keys", "S=#C0C0C0", "F=#00FF00+9"), {"colour_keys": ("S=#C0C0C0", "F=#00FF00+9")}),
    (build.keyword("printserver-colour-half", "right"), {"colour_half": "right"}),
    (build.text("printserver-overlay-windows", "back:1,1,2,2"), {"overlay_windows": ("back:1,1,2,2",)}),
    (build.text("printserver-overlay-areas", "1,1,2,2"), {"overlay_areas": ("1,1,2,2",)}),
    (build.keyword("printserver-depth", "diffused"), {"depth": "diffused"}),
    (build.boolean("printserver-force", True), {"force": True}),
    (build.keyword("printserver-force", "true"), {"force": True}),
    (build.boolean("printserver-force", False), {"force": False}),
    (build.keyword("printserver-overlay", "without-resin"), {"overlay": "without-resin"}),
    (build.keyword("printserver-overlay", "chip"), {"overlay": "chip"}),
    (build.keyword("printserver-overlay", "chip-stripe"), {"overlay": "chip+stripe"}),
    (build.keyword("printserver-ribbon", "ymcko"), {"ribbon": "ymcko"}),
    (build.text("printserver-tracks", "CARD 1", "", "12"), {"tracks": ("CARD 1", "", "12")}),
])  # fmt: skip
def test_what_is_supported_is_read(attribute: Attribute, keys: dict[str, object]) -> None:
    assert read(attribute, fidelity=True) == Template(keys)


def test_every_option_has_an_example_above() -> None:
    marks = [mark for mark in test_what_is_supported_is_read.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]  # pytest puts it there
    assert {case[0].name for mark in marks for case in mark.args[1]} == set(OPTIONS)


@pytest.mark.parametrize("attribute", [
    build.integer("copies", 10_001),
    build.keyword("sides", "two-sided-short-edge"),
    build.keyword("job-hold-until", "tomorrow"),
    build.keyword("media", "iso_a3_297x420mm"),
    media_col(build.collection("media-size", size(29700, 42000))),
    media_col(build.integer("media-top-margin", 300)),
    media_col(build.keyword("media-type", "stationery")),
    build.range_of("page-ranges", (1, 2), (2, 3)),
    build.range_of("page-ranges", *((each, each) for each in range(1, 200, 2))),
    build.collection("job-sheets-col", build.members(build.keyword("job-sheets", "standard"))),
    overrides(build.range_of("pages", (3, 3)), FIT),
    overrides(build.range_of("pages", (1, 1))),
    overrides(FIT),
    overrides(build.range_of("pages", (1, 1)), FIT, build.integer("copies", 2)),
    build.collection("proof-print", build.members(build.integer("proof-print-copies", 0))),
    build.integer("number-up", 2),
    finishings_col("punch"),
    build.keyword("job-sheets", "standard"),
    media_col(build.collection("media-size", size(8560, 5398))),  # sizes are told portrait (PWG 5101.1)
    media_col(build.keyword("media-size-name", "iso_a4_210x297mm"), build.collection("media-size", size(5398, 8560))),
    media_col(build.keyword("media-size", "card")),
    build.keyword("print-color-mode", "bi-level"),
    build.enum("print-quality", 5),
    build.resolution("printer-resolution", (600, 600)),
    build.resolution("printer-resolution", (300, 600)),
    Attribute("printer-resolution", (Resolution(300, 300, 4),)),
    build.keyword("print-scaling", "none"),
    build.enum("orientation-requested", 5),
    build.enum("finishings", 3, 4),
    build.no_value("copies"),
])  # fmt: skip
def test_what_is_not_supported_is_told_as_it_was_given(attribute: Attribute) -> None:
    assert read(attribute) == Template({}, (attribute,))
    with pytest.raises(Unfaithful) as refused:
        read(attribute, fidelity=True)
    assert refused.value.unsupported == (attribute,)


def test_what_a_client_calls_mandatory_is_not_ignored() -> None:
    quality, scaling = build.enum("print-quality", 5), build.keyword("print-scaling", "none")
    names = build.keyword("job-mandatory-attributes", "print-scaling", "copies")
    both = build.request(Operation.PRINT_JOB, PRINTER, names, job=(quality, scaling))
    with pytest.raises(Unfaithful) as refused:
        read_template(check_request(both), offer())
    assert refused.value.unsupported == (scaling,)
    alone = build.request(Operation.PRINT_JOB, PRINTER, names, job=(quality,))
    assert read_template(check_request(alone), offer()).unsupported == (quality,)


def test_an_attribute_of_the_wrong_syntax_is_unsupported() -> None:
    wrong = build.keyword("copies", "two")
    assert read(wrong, build.integer("job-priority", 7)) == Template({"priority": 7}, (wrong,))


def test_an_unknown_attribute_is_told_without_its_value() -> None:
    assert read(build.keyword("job-colour-of-the-sky", "blue")).unsupported == (
        build.unsupported("job-colour-of-the-sky"),
    )


@pytest.mark.parametrize("attribute", [
    build.keyword("printserver-k-mode", "grey"),
    build.integer("printserver-force", 1),
    build.keyword("printserver-force", "perhaps"),
    build.integer("printserver-ucr", 101),
    build.integer("printserver-k-choke", -1),
    build.keyword("printserver-photo-areas", "5,5,5,5"),
    build.keyword("printserver-overlay", "glitter"),
    build.keyword("printserver-traks", "12"),
    build.integer("printserver-tracks", 12),
    build.no_value("printserver-tracks"),
    build.collection("printserver-k-mode", build.members(build.integer("k", 1))),
    build.integer("printserver-ribbon", 1),
])  # fmt: skip
def test_of_our_own_attributes_none_is_ignored(attribute: Attribute) -> None:
    with pytest.raises(Unfaithful) as refused:
        read(attribute, build.enum("print-quality", 5))
    assert [each.name for each in refused.value.unsupported] == [attribute.name]


def test_colour_is_what_the_loaded_ribbon_has() -> None:
    assert read(build.keyword("print-color-mode", "monochrome"), of=offer(MONO)) == Template({})
    assert read(build.keyword("print-color-mode", "color"), of=offer(MONO)).unsupported != ()


def test_where_there_is_no_colour_black_is_not_to_be_chosen() -> None:
    photo = build.keyword("print-content-optimize", "photo")
    assert read(photo, of=offer(MONO)) == Template({}, (photo,))


def test_what_a_client_says_itself_goes_before_what_follows_from_sheet_and_content() -> None:
    letter, fill = build.keyword("media", "na_letter_8.5x11in"), build.keyword("print-scaling", "fill")
    assert read(fill, letter).keys == {"placement": "crop"}
    black, text = build.keyword("printserver-k-mode", "black"), build.keyword("print-content-optimize", "text")
    assert read(black, text).keys == {"k_mode": "black"}
    second = overrides(build.range_of("pages", (1, 1)), FIT)
    assert read(second, fill).keys == {"placement": "fit"}


def test_two_sides_need_a_printer_that_turns_the_card() -> None:
    two = build.keyword("sides", "two-sided-long-edge")
    assert read(two, of=offer(duplex=False)) == Template({}, (two,))


def test_a_hold_among_the_operation_attributes_counts_unless_the_job_says_otherwise() -> None:
    hold = build.keyword("job-hold-until", "indefinite")
    alone = build.request(Operation.PRINT_JOB, PRINTER, hold)
    overruled = build.request(Operation.PRINT_JOB, PRINTER, hold, job=[build.keyword("job-hold-until", "no-hold")])
    assert read_template(check_request(alone), offer()).keys == {"hold": True}
    assert read_template(check_request(overruled), offer()).keys == {"hold": False}


def strings() -> st.SearchStrategy[Value]:
    return st.builds(String, st.sampled_from(sorted(STRINGS)), st.sampled_from(["fit", "a-b", "x:y", "utf-8", "é"]))


def values() -> st.SearchStrategy[Value]:
    flat: st.SearchStrategy[Value] = st.one_of(
        st.builds(Integer, st.integers(-5, 300)), st.builds(Enum, st.integers(0, 9)), strings(),
        st.builds(OctetString, st.binary(max_size=4)), st.builds(OutOfBand, st.sampled_from(sorted(OUT_OF_BAND))),
        st.builds(Resolution, st.integers(1, 600), st.integers(1, 600), st.integers(0, 5)),
    )  # fmt: skip
    names = st.sampled_from(["media-size", "media-size-name", "x-dimension", "y-dimension"])
    member = st.builds(lambda name, value: Attribute(name, (value,)), names, flat)
    inner = st.builds(lambda each: Collection(tuple(each)), st.lists(member, max_size=3))
    outer = st.builds(lambda each: Collection((Attribute("media-size", (each,)),)), inner)
    return st.one_of(flat, inner, outer)


@given(st.sampled_from(sorted(OPTIONS)), st.lists(values(), min_size=1, max_size=4))
def test_any_value_of_any_option_ends_in_keys_of_a_ticket_or_in_a_refusal(name: str, given_values: list[Value]) -> None:
    try:
        keys = read_template(asked(Attribute(name, tuple(given_values))), offer()).keys
    except Unfaithful:
        return
    ticket = msgspec.convert({key.replace("_", "-"): value for key, value in keys.items()}, Ticket)
    assert all(getattr(ticket, key) == value for key, value in keys.items())


@given(st.sampled_from(sorted(OPTIONS)), st.lists(values(), min_size=1, max_size=4))
def test_no_reader_of_an_option_trips_over_a_value(name: str, given_values: list[Value]) -> None:
    plainly: Sequence[Plain] = [plain(value) for value in given_values]
    keys = OPTIONS[name].read(plainly, offer())
    assert keys is None or all(isinstance(key, str) for key in keys)


class IgnoringTest(DoorCase):
    async def test_a_job_is_taken_and_what_was_ignored_is_listed(self) -> None:
        answer = await self.ask(
            Operation.PRINT_JOB, job=[build.enum("print-quality", 5), build.integer("copies", 2)], data=PNG
        )
        self.assertStatus(answer, Status.OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES)
        self.assertEqual(unsupported_of(answer), {"print-quality": [5]})
        tags = [group.tag for group in answer.groups]
        self.assertEqual(tags, [GroupTag.OPERATION, GroupTag.UNSUPPORTED, GroupTag.JOB])
        self.assertEqual(self.service.submissions[0].ticket.copies, 2)

    async def test_who_wants_fidelity_gets_no_job(self) -> None:
        for operation in (Operation.PRINT_JOB, Operation.VALIDATE_JOB, Operation.CREATE_JOB):
            answer = await self.ask(
                operation, build.boolean("ipp-attribute-fidelity", True), job=[build.enum("print-quality", 5)], data=PNG
            )
            self.assertStatus(answer, Status.ATTRIBUTES_OR_VALUES_NOT_SUPPORTED)
            self.assertEqual(unsupported_of(answer), {"print-quality": [5]})
        self.assertEqual(self.service.submissions, [])
