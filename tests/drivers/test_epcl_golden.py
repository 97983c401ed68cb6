"""EPCL bytes, worked out by hand from the manual 980081-001 Rev F and the jobs that `driver.toml` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from printserver.dialogue import Framed
from printserver.driver import Block, PrintableCard
from printserver.errors import BadTicket, UnsupportedByPrinter
from printserver.model.card import Geometry, Panel, PanelName, Plane, Side, SidePanels
from printserver_epcl.codec import (
    Accepted,
    Broken,
    Command,
    Refused,
    Strange,
    Token,
    Tokeniser,
    Told,
    command,
    escape,
    parse_reply,
    prefixed,
    reply_frame,
)
from printserver_epcl.compression import BadImage, expand, squeeze
from printserver_epcl.driver import EpclDriver
from printserver_epcl.image import ImageMemory, write_panel
from printserver_epcl.recorded import decode
from printserver_epcl.ribbons import by_name

if TYPE_CHECKING:
    from collections.abc import Iterable


def read(*pieces: bytes) -> list[Token]:
    tokens = Tokeniser()
    return [token for piece in pieces for token in tokens.feed(piece)]


def plane(*dots: tuple[int, int, int], width: int = 1008, height: int = 624) -> Plane:
    found: Plane = np.zeros((height, width), dtype=np.uint8)
    for row, column, value in dots:
        found[row, column] = value
    return found


def card(ribbon: str, *panels: Panel, tracks: tuple[str, ...] = ()) -> PrintableCard:
    sides = (SidePanels(Side.FRONT, panels),) if panels else ()
    return PrintableCard(sides, by_name(ribbon), Geometry(1008, 624), tracks)


def blocks(made: PrintableCard, model: str = "p310", **options: str) -> list[Block]:
    return list(EpclDriver(model, options).encode(made))


def names(tokens: Iterable[Token]) -> list[tuple[str, bytes]]:
    return [(token.name, token.rest) for token in tokens if isinstance(token, Command)]


# framing


def test_a_command_begins_with_esc_and_ends_with_cr() -> None:
    assert command("MO") == bytes.fromhex("1b 4d 4f 0d")
    assert command("+RIB 4") == b"\x1b+RIB 4\r"


def test_the_three_bytes_that_would_end_or_begin_a_command_follow_a_bracket() -> None:
    assert command("Z", bytes.fromhex("00 1b 0d 5b ff")) == bytes.fromhex("1b 5a 00 5b1b 5b0d 5b5b ff 0d")
    assert escape(b"[[") == b"[[[["


def test_the_prefix_form_counts_the_text_and_two() -> None:
    """qz-print's example: `F` is 00 00 00 03 46 0D, `+RIB 4` is 00 00 00 08 ... 0D."""
    assert prefixed("F") == bytes.fromhex("00000003 46 0d")
    assert prefixed("+RIB 4") == bytes.fromhex("00000008") + b"+RIB 4\r"
    assert read(bytes.fromhex("00000003 46 0d 00000004 4d4f 0d")) == [
        Command("F", b"", prefix=True), Command("MO", b"", prefix=True),
    ]


def test_both_forms_and_line_ends_may_stand_in_one_job() -> None:
    assert names(read(b"\x1bF\r\n\0\0\0\x04$F\r\x1bI 10\r")) == [("F", b""), ("$F", b""), ("I", b" 10")]


@pytest.mark.parametrize(("text", "name", "rest"), [
    ("GS 0 32 0 0 1 1 x", "GS", b" 0 32 0 0 1 1 x"), ("G 0 0 0 1 1 1", "G", b" 0 0 0 1 1 1"), ("Zab", "Z", b"ab"),
    ("vZ[[", "vZ", b"[["), ("+RIB 4", "+RIB", b" 4"), ("+RB 0 1", "+RB", b" 0 1"), ("+EC8", "+EC", b"8"),
    ("&E*", "&E*", b""), ("&B1A", "&B", b"1A"), ("&CDEW 0 0", "&CDEW", b" 0 0"), ("IS 0", "IS", b" 0"),
    ("I", "I", b""), ("M 1 IS 0[I[IV 1", "M", b" 1 IS 0[I[IV 1"), ("MO", "MO", b""), (".", ".", b""), ("A1", "A", b"1"),
])  # fmt: skip
def test_a_command_is_known_by_its_longest_name(text: str, name: str, rest: bytes) -> None:
    assert read(b"\x1b" + text.encode() + b"\r") == [Command(name, rest)]


@pytest.mark.parametrize("text", ["MI", "MF", "IMB", "!SA", "XY 1", "Ix", "^V"])
def test_a_command_that_no_table_has_is_strange(text: str) -> None:
    assert read(b"\x1b" + text.encode() + b"\r") == [Strange(text.split(" ", maxsplit=1)[0])]


def test_an_esc_begins_a_command_wherever_it_stands() -> None:
    assert read(b"\x1bZ\x01\x02\x1bMO\r") == [Broken("half a command"), Command("MO")]
    assert read(b"xyz\x1bMO\r") == [Broken("no command"), Command("MO")]
    assert read(b"\0\0\0\x01\x1bMO\r") == [Broken("prefix"), Command("MO")]


def test_a_guard_may_be_parted_from_what_it_guards() -> None:
    assert read(b"\x1bZa[", b"\rb", b"\r") == [Command("Z", b"a[\rb")]
    assert read(*(bytes([byte]) for byte in b"\x1bZ[[\r\x1bZ[[[\r\r")) == [Command("Z", b"[["), Command("Z", b"[[[\r")]


# answers


@pytest.mark.parametrize(("said", "message", "used"), [
    (b"\x06", b"\x06", 1), (b"\x1504\x04\x06", b"\x1504\x04", 4), (b"\x15-1\x04", b"\x15-1\x04", 4),
    (b"P310 V2\r\x06", b"P310 V2", 8), (b"P310\x06", b"P310", 4), (b"\r\n\x06", b"\x06", 3),
])
def test_where_an_answer_ends(said: bytes, message: bytes, used: int) -> None:
    assert reply_frame(said, False) == Framed(message, used)


def test_what_an_answer_is() -> None:
    assert parse_reply(b"\x06") == Accepted()
    assert parse_reply(b"\x1504\x04") == Refused("04")
    assert parse_reply(b"P310C 1.0") == Told("P310C 1.0")
    assert parse_reply(b"P\xb3") == Told("P?", clean=False)
    assert [reply_frame(part, False) for part in (b"", b"\x150", b"P31", b"\r\n")] == [None] * 4


# compression: figure 1-4


def test_the_figures_examples() -> None:
    assert expand(bytes.fromhex("84 00 02 03 f0"), 6) == bytes.fromhex("00 00 00 00 03 f0")
    assert squeeze(bytes.fromhex("00 00 00 00 03 f0"), 6) == bytes.fromhex("84 00 02 03 f0")


def test_the_first_control_byte_of_each_line_repeats() -> None:
    assert squeeze(bytes.fromhex("01 02 03  04 04 04"), 3) == bytes.fromhex("81 01 02 02 03  83 04")


def test_no_more_than_127_times_and_31_bytes() -> None:
    assert squeeze(bytes(130), 130) == bytes.fromhex("ff 00 83 00")
    line = bytes(range(33))
    assert squeeze(line, 33) == b"\x81\x00" + b"\x1f" + line[1:32] + b"\x01" + line[32:]


@pytest.mark.parametrize("data", [
    "", "83 00 01", "02 00 00 82 00", "85 00", "a0 00", "81 00 20" + "00" * 32, "84 00 00 00" + "81",
])
def test_what_is_not_the_announced_size_is_no_image(data: str) -> None:
    with pytest.raises(BadImage):
        expand(bytes.fromhex(data), 4)


# images


def test_a_colour_panel_plain() -> None:
    """The upper left dot is the last byte, the lower right one the first; columns are lines."""
    panel = Panel(PanelName.M, plane((0, 0, 7), (623, 1007, 200), (622, 1007, 0x1B), (623, 1006, 3)), 256)
    ((_, sent),) = write_panel(panel, "turned", compressed=False)
    head = b"\x1bGS 1 32 0 0 1008 624 "
    assert sent.startswith(head + bytes([200, 0x5B, 0x1B]) + bytes(622) + bytes([3]))
    assert sent.endswith(b"\0\0" + bytes([7]) + b"\r")
    assert len(sent) == len(head) + 1008 * 624 + 1 + 1


def test_a_colour_panel_compressed() -> None:
    """0 to 31; 624 zeros are 4 x 127 and 116."""
    panel = Panel(PanelName.Y, plane((623, 1007, 31)), 32)
    ((_, sent),) = write_panel(panel, "turned", compressed=True)
    blank = bytes.fromhex("ff00") * 4 + bytes.fromhex("f400")
    first = bytes.fromhex("81 1f") + bytes.fromhex("ff00") * 4 + bytes.fromhex("f300")
    assert sent == b"\x1bGS 0 30 0 0 1008 624 " + first + blank * 1007 + b"\r"


def test_a_black_panel_plain_and_the_varnish() -> None:
    """78 bytes a line, the highest bit first."""
    black = list(write_panel(Panel(PanelName.K, plane((623, 1007, 1), (616, 1006, 1)), 2), "turned", compressed=False))
    assert black[0] == ("size", b"\x1bG 0 0 0 78 1008 1\r")
    assert black[1] == ("image", b"\x1bZ\x80" + bytes(77) + b"\x01" + bytes(78 * 1007 - 1) + b"\r")
    varnish = list(write_panel(Panel(PanelName.O, plane((0, 0, 1)), 2), "turned", compressed=False))
    assert varnish[0] == ("size", b"\x1bvG 0 0 0 78 1008 1\r")
    assert varnish[1] == ("image", b"\x1bvZ" + bytes(78 * 1008 - 1) + b"\x01\r")


def test_a_black_panel_compressed() -> None:
    sent = list(write_panel(Panel(PanelName.K, plane((623, 1007, 1)), 2), "turned", compressed=True))
    assert sent[0] == ("size", b"\x1bG 0 0 2 78 1008 1\r")
    assert sent[1] == ("image", b"\x1bZ" + bytes.fromhex("81 80 cd 00") + bytes.fromhex("ce 00") * 1007 + b"\r")


def test_the_option_image_mirrors_less() -> None:
    panel = Panel(PanelName.Y, plane((0, 0, 1), (623, 0, 2), (0, 1007, 3)), 256)
    (upright,), (lines,) = (list(write_panel(panel, each, compressed=False)) for each in ("upright", "right-to-left"))
    assert (upright[1][-2 - 1007 * 624], upright[1][-2 - 623]) == (2, 3)
    assert upright[1].startswith(b"\x1bGS 0 32 0 0 1008 624 \x01")
    assert lines[1].startswith(b"\x1bGS 0 32 0 0 1008 624 \x03")
    assert lines[1].endswith(b"\x02\r")


# a job


def test_a_colour_job() -> None:
    """The CUPS filter's order; black goes back to where printing begins, MO moves the card out."""
    panels = [Panel(name, plane(), 256 if name.is_dye else 2) for name in by_name("YMCKO").front]
    made = blocks(card("YMCKO", *panels))
    said = names(read(b"".join(block.data for block in made)))
    assert [name for name, _ in said] == [
        "vF", "F", "$F", "GS", "GS", "GS", "G", "Z", "vG", "vZ", "MC", "M",
    ]
    assert made[-1] == Block("card", b"\x1bM 1 IS 0[IS 1[IS 2[I 10[IV 1[MO\r", feeds=True)
    assert [block.name for block in made if block.feeds] == ["clear-print-area", "card"]


def test_a_stripe_as_in_the_knowledge_base() -> None:
    made = blocks(card("K", tracks=("123456^INDUSTRIES/QZ^789012", "", "42")), "p310+mag", verify="off")
    assert b"".join(block.data for block in made) == (
        b"\x1b&R\r\x1b&CDEW 0 0\r\x1b&CDER 0 0\r\x1b&SVM 0\r\x1b&B 1 123456^INDUSTRIES/QZ^789012\r\x1b&B 3 42\r"
        b"\x1bMC\r\x1bM 1 &E*[MO\r"
    )


def test_a_stripe_in_the_prefix_form() -> None:
    made = blocks(card("K", tracks=("A",)), "p330i+mag", framing="prefix")
    assert [block.data for block in made][-3:] == [
        b"\0\0\0\x08&B 1 A\r", b"\0\0\0\x04MC\r", b"\0\0\0\x0cM 1 &E*[MO\r",
    ]


def test_the_ribbon_is_named_only_where_the_operator_says_so() -> None:
    black = card("K", Panel(PanelName.K, plane(), 2))
    assert not any(b"+RIB" in block.data for block in blocks(black))
    assert blocks(black, **{"ribbon-type": "4"})[0] == Block("ribbon-type", b"\x1b+RIB 4\r")
    with pytest.raises(UnsupportedByPrinter, match="monochrome"):
        blocks(card("YMCKO", Panel(PanelName.K, plane(), 2)), **{"ribbon-type": "4"})


@pytest.mark.parametrize(("made", "model", "options", "words"), [
    (card("K"), "p310", {}, "nothing on it"),
    (card("K", Panel(PanelName.O, plane(), 2)), "p310", {}, "no panel O"),
    (card("K", Panel(PanelName.K, plane(width=1016), 2)), "p310", {}, "1016 x 624"),
    (card("YMCKO", Panel(PanelName.Y, plane(), 32)), "p310", {}, "32 levels"),
    (card("YMCKO", Panel(PanelName.Y, plane(), 256)), "p310", {"image-data": "compressed"}, "256 levels"),
    (card("K", Panel(PanelName.K, plane(), 2)), "p330i", {"framing": "prefix"}, "prefix form"),
    (card("K", Panel(PanelName.K, plane(), 2), tracks=("A",)), "p310", {}, "no magnetic encoder"),
])
def test_what_cannot_be_printed_is_refused(
    made: PrintableCard, model: str, options: dict[str, str], words: str
) -> None:
    with pytest.raises(UnsupportedByPrinter, match=words):
        blocks(made, model, **options)


def test_two_sides_are_refused() -> None:
    black = (Panel(PanelName.K, plane(), 2),)
    both = (SidePanels(Side.FRONT, black), SidePanels(Side.BACK, black))
    with pytest.raises(UnsupportedByPrinter, match="turned"):
        blocks(PrintableCard(both, by_name("K"), Geometry(1008, 624)), "p430i")


@pytest.mark.parametrize("text", [
    "A\rB", "A\x1bMO", "A[B", "a", "A%", "A;B", "A?", "A\n", " A", "\u00c4", "A&E*", "A\0",
])  # fmt: skip
def test_a_track_cannot_carry_a_command(text: str) -> None:
    driver = EpclDriver("p310+mag", {})
    with pytest.raises(BadTicket) as refused:
        driver.check_tracks((text,))
    assert refused.value.where.startswith("track 1, position")
    with pytest.raises(BadTicket):
        list(driver.encode(card("K", tracks=(text,))))


def test_tracks_are_as_long_as_the_manual_says() -> None:
    driver = EpclDriver("p310+mag", {})
    driver.check_tracks(("A" * 76, "1" * 37, "=" * 104))
    for tracks in (("A" * 77,), ("", "1" * 38), ("", "", "1" * 105), ("", "A"), ("1", "1", "1", "1")):
        with pytest.raises(BadTicket):
            driver.check_tracks(tracks)


# recorded jobs


def test_the_knowledge_bases_job_is_read_word_for_word() -> None:
    """Text is not drawn; the stripe is written, the black buffer printed, one card leaves."""
    words = [
        "+RIB 4", "F", "+C 8", "&R", "&CDEW 0 0", "&CDER 0 0", "&SVM 0", "T 80 600 0 1 0 45 1 QZ INDUSTRIES",
        "&B 1 123456^INDUSTRIES/QZ^789012", "&E*", "I 10", "MO",
    ]
    for job in (b"".join(map(prefixed, words)), b"".join(map(command, words))):
        found = decode("p330i+mag", job)
        assert found.unknown_commands == ("T",)
        assert found.trailing_bytes == 0
        (one,) = found.cards
        assert one.tracks == ("123456^INDUSTRIES/QZ^789012", "", "")
        assert one.ribbon == by_name("K")


def test_the_cups_filters_job_prints_as_many_cards_as_its_batch_says() -> None:
    job = b"\x1bMC\r\x1bvF\r\x1bF\r\x1b$F\r\x1bM 3 IS 0[IS 1[IS 2[I[IV 1\r"
    found = decode("p330i", job)
    assert (len(found.cards), found.unknown_commands) == (3, ())
    assert found.cards[0].ribbon == by_name("YMCKO")


def test_a_part_of_a_buffer_is_laid_where_it_belongs() -> None:
    """Two lines of three dots at x 10, y 20: the first byte is the lower right dot."""
    job = b"\x1bGS 2 32 10 20 2 3 \x01\x02\x03\x04\x05\x06\r\x1bIS 2\r\x1bMO\r"
    (panel,) = decode("p310", job).cards[0].panels(Side.FRONT)
    assert panel.name is PanelName.C
    assert panel.plane[20:23, 10:12].tolist() == [[6, 3], [5, 2], [4, 1]]
    assert int(panel.plane.sum()) == 21


def test_a_whole_buffer_by_ps() -> None:
    lines = bytes.fromhex("ff1f") * 4 + bytes.fromhex("f41f")
    (panel,) = decode("p310", b"\x1bPS 0 30 " + lines * 1008 + b"\r\x1bIS 0\r").cards[0].panels(Side.FRONT)
    assert panel.levels == 32
    assert (panel.plane == 31).all()


@pytest.mark.parametrize(("mode", "data"), [
    (0, bytes.fromhex("80 01")), (1, bytes.fromhex("80 01 81")), (2, bytes.fromhex("81 80 01 01")),
    (3, bytes.fromhex("81 80 01 01 81")), (3, bytes.fromhex("81 80 01 01 01")),
])
@pytest.mark.parametrize("sizes", ["{0} 1 2 1", "1{0} 8 2 1"])
def test_each_way_to_send_a_black_image(mode: int, data: bytes, sizes: str) -> None:
    """Two lines of eight dots; a check byte is the XOR, before or after compression."""
    job = b"\x1bG 0 0 " + sizes.format(mode).encode() + b"\r" + command("Z", data) + b"\x1bI\r"
    found = decode("p310", job)
    assert found.unknown_commands == ()
    (panel,) = found.cards[0].panels(Side.FRONT)
    assert np.argwhere(panel.plane).tolist() == [[0, 0], [7, 1]]


def test_a_wrong_check_byte_and_an_image_without_a_size_are_told() -> None:
    assert decode("p310", b"\x1bG 0 0 1 1 1 1\r\x1bZ\x80\x81\r").unknown_commands == ("Z",)
    assert decode("p310", b"\x1bZ\x80\r\x1bvO\x80\r").unknown_commands == ("Z", "vO")
    assert decode("p310", b"\x1bG 0 0 0 79 1 1\r\x1bGS 0 31 0 0 1 1 x\r").unknown_commands == ("G", "GS")


def test_lines_one_by_one_reversed_joined_and_cleared() -> None:
    memory = ImageMemory(4, 8)
    for text, data in (
        ("vG 0 0 0 1 2 1", b""), ("vO", b"\x80"), ("vO", b"\x40"), ("vG 1 0 0 1 1 2", b""), ("vO", b"\x01"),
        ("vG 3 0 0 1 1 0", b""), ("vO", b"\xfe"), ("vL 3 7 1 1 0", b""), ("vL 2 0 1 2 1", b""),
    ):
        token = read(command(text, data))[0]
        assert isinstance(token, Command)
        memory.take(token)
    assert memory.panel(PanelName.O).plane.T.tolist() == [
        [0, 0, 0, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, 0, 0, 1], [1, 1, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0],
    ]


def test_a_job_that_is_cut_short_gives_what_is_whole() -> None:
    found = decode("p310", b"\x1bI\r\x1bMO\r\x1bI\r\x1bM")
    assert (len(found.cards), found.trailing_bytes) == (2, 2)
