"""`printserver profile`: ribbons' profiles baked, shown and compared, and the chart that is measured for them.

Laws kept here:

1. A profile is written whole or not at all, and never over another file unless that is asked for.
2. Nothing here needs a server; printers are asked nothing.
"""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from printserver.commands.options import json_option
from printserver.commands.output import say, tell_row
from printserver.commands.pictures import make_folder, write_bytes, write_picture
from printserver.commands.shelf import choose
from printserver.errors import BadProfile
from printserver.raster import baking, chart
from printserver.raster.inversion import invert
from printserver.raster.kernels import GRIDS
from printserver.raster.measurements import LARGEST_TEXT, read_measurements
from printserver.raster.ribbon_profile import (
    NEUTRAL,
    Intent,
    RibbonProfile,
    SourceKind,
    neutral,
    profile_bytes,
    read_profile,
    write_profile,
)
from printserver.raster.slices import corners, deviation, dyes_of, random_colours, slices

ICC_MARK = slice(36, 40)  # ICC.1:2022 clause 7.2.9: "acsp"

SOURCE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
RESULT = click.Path(dir_okay=False, path_type=Path)


class ProfileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What a profile is; `corners` holds yellow, magenta and cyan, 0..255, for each corner of the RGB cube and grey."""

    name: str
    ribbon: str
    intent: Intent
    grid: int
    neutral: bool
    source: SourceKind
    source_description: str
    source_sha256: str
    corners: dict[str, tuple[int, int, int]]


class DeviationEntry(msgspec.Struct, frozen=True, kw_only=True):
    """How far two profiles lie apart, in codes of 0..255."""

    colours: int
    seed: int
    mean: float
    rms: float
    most: int


@click.group()
def profile() -> None:
    """Bake, show and compare the colour profiles of ribbons, and make the chart that is measured for one.

    A profile says which dyes a ribbon gets for each colour; without one they are the colour's complement.
    """


@profile.command()
@click.argument("source", metavar="SOURCE", type=SOURCE)
@click.option("--ribbon", metavar="R", required=True, help="The ribbon that it is for, such as YMCKO.")
@click.option("--name", metavar="T", help="The profile's name (the file's name).")
@click.option("--intent", type=click.Choice([str(each) for each in Intent]),
              help="Rendering intent; relative has black point compensation (perceptual; relative for measurements).")
@click.option("--grid", type=click.Choice([str(each) for each in GRIDS]), help="Nodes along an axis (33).")
@click.option("--out", metavar="FILE", required=True, type=RESULT, help="The profile's file.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def bake(source: Path, ribbon: str, name: str | None, intent: str | None, grid: str | None, out: Path,
         force: bool) -> None:
    """Make a ribbon's profile of SOURCE: an ICC output profile, or the measured list of a chart."""
    if out.exists() and not force:
        raise click.BadParameter(f"{out} is there already; --force writes over it", param_hint="--out")
    content = read_source(source)
    title, nodes = name or source.stem, int(grid or GRIDS[-1])
    if is_icc(content):
        made = baking.bake(content, file=str(source), name=title, ribbon=ribbon, grid=nodes,
                           intent=Intent(intent or Intent.PERCEPTUAL))  # fmt: skip
        told = ""
    else:
        if intent == Intent.PERCEPTUAL:
            raise click.BadParameter("measurements know the relative intent alone", param_hint="--intent")
        measured = read_measurements(content, str(source))
        found = invert(measured, content, description=source.name, name=title, ribbon=ribbon, grid=nodes)
        made = found.profile
        told = f"; Delta E of all colours {found.mean:.1f} on average, nine in ten within {found.most:.1f}"
    write_bytes(out, write_profile(made))
    say(f"{out}: {made.name}, ribbon {made.ribbon}, {made.intent}, {made.grid} nodes an axis{told}")


@profile.command()
@click.argument("file", metavar="PROFILE")
@click.option("--picture", metavar="FILE", type=RESULT,
              help="Write slices of the colour cube as PNG: above as asked for, below as printed.")
@json_option
def show(file: str, picture: Path | None, as_json: bool) -> None:
    """Say what a profile is, and which dyes it gives to the corners of the colour cube.

    PROFILE is a file, or `neutral`.
    """
    found = profile_called(file)
    entry = ProfileEntry(
        name=found.name, ribbon=found.ribbon, intent=found.intent, grid=found.grid, neutral=found.is_neutral,
        source=found.source.kind, source_description=found.source.description, source_sha256=found.source.sha256,
        corners=corners(found.nodes),
    )  # fmt: skip
    if picture is not None:
        write_picture(picture, slices(found.nodes))
    if as_json:
        tell_row(entry)
        return
    say(f"{entry.name}: ribbon {entry.ribbon}, {entry.intent}, {entry.grid} nodes an axis")
    say(f"made of {entry.source}: {entry.source_description} ({entry.source_sha256[:12]})")
    if entry.neutral:
        say("this is the complement of each colour, as without a profile")
    for name, (yellow, magenta, cyan) in entry.corners.items():
        say(f"  {name:<8} Y {yellow:>3}  M {magenta:>3}  C {cyan:>3}")


@profile.command()
@click.argument("one", metavar="PROFILE")
@click.argument("other", metavar="OTHER")
@click.option("--colours", metavar="N", type=click.IntRange(1, 1_000_000), default=100_000, show_default=True,
              help="How many random colours.")
@click.option("--seed", metavar="S", type=click.IntRange(min=0), default=0, show_default=True,
              help="Where the random colours begin.")
@json_option
def compare(one: str, other: str, colours: int, seed: int, as_json: bool) -> None:
    """Say how far the dyes of PROFILE and OTHER lie apart on random colours.

    Each is a profile's file or `neutral`; OTHER may also be an ICC profile, and lcms2 is asked with PROFILE's intent.
    """
    first, asked = profile_called(one), random_colours(colours, seed)
    content = b"" if other == NEUTRAL else read_source(Path(other))
    if is_icc(content):
        opened, space = baking.open_icc(content, other)
        transform = baking.link(opened, space, first.intent, other)
        second = baking.dyes(baking.device_values(transform, asked), space)
    else:
        second = dyes_of(profile_called(other).nodes, asked).astype(float)
    found = deviation(dyes_of(first.nodes, asked), second)
    if as_json:
        tell_row(DeviationEntry(colours=colours, seed=seed, mean=found.mean, rms=found.rms, most=found.most))
    else:
        figures = f"{found.mean:.2f} codes on average, rms {found.rms:.2f}, at most {found.most}"
        say(f"{colours} colours, seed {seed}: {figures}")


@profile.command("chart")
@click.option("--driver", metavar="D", required=True, help="Driver, such as evolis; see `printserver drivers`.")
@click.option("--model", metavar="M", required=True, help="Model, such as primacy.")
@click.option("--ribbon", metavar="R", help="Ribbon; else the model's own.")
@click.option("--steps", metavar="N", type=click.IntRange(chart.STEPS[0], chart.STEPS[-1]), default=5,
              show_default=True, help="Colours along each axis: 5 are 125 patches.")
@click.option("--out", metavar="DIR", required=True, type=click.Path(file_okay=False, path_type=Path),
              help="Folder for the pictures and chart.txt; made when it is missing.")
def make_chart(driver: str, model: str, ribbon: str | None, steps: int, out: Path) -> None:
    """Make a chart to be printed and measured: pictures of a printer's own size, and the list of their patches.

    Print it without a profile and with `--k-mode none`. Add the measured LAB_L, LAB_A and LAB_B to the list.
    """
    chosen = choose(driver, model)
    make_folder(out)
    pictures = chart.pictures(chosen.geometry, steps)
    for number, picture in enumerate(pictures, 1):
        write_picture(out / f"chart-{number}.png", picture)
    write_bytes(out / "chart.txt", chart.patch_list(chosen.geometry, steps, ribbon or chosen.ribbon).encode())
    cards = "1 card" if len(pictures) == 1 else f"{len(pictures)} cards"
    say(f"{steps**3} patches on {cards}, and chart.txt, in {out}")


def profile_called(name: str) -> RibbonProfile:
    """Return the profile of a file, or the built-in one; raises BadProfile."""
    return neutral("any") if name == NEUTRAL else read_profile(profile_bytes(Path(name)), name)


def read_source(path: Path) -> bytes:
    """Return the bytes of an ICC profile or of measurements, as far as they are looked at; raises BadProfile."""
    try:
        with path.open("rb") as file:
            return file.read(max(baking.LARGEST_ICC, LARGEST_TEXT) + 1)
    except OSError as error:
        raise BadProfile(f"cannot be read: {error.strerror}", where=str(path)) from error


def is_icc(content: bytes) -> bool:
    """Tell whether a file is an ICC profile by its mark."""
    return content[ICC_MARK] == b"acsp"


commands = {"profile": profile}
