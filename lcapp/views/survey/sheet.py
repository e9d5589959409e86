"""Many scenes at a glance: what each sensor saw, the labels, and the truth where it is known."""

from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lcapp.classes import ClassTable
from lcapp.types import Floats, Reference
from lcapp.views.imagery import RGBA, aerial_rgba, classes_rgba, series_rgba
from lcapp.views.months import MONTH_NAMES
from lcapp.views.survey.year import BANDS, Surveyed

SEASONS = (1, 4, 7, 10)
"""Months that a sheet asks for; an absent one is replaced by the nearest that is there."""

_CELL = 160
_GAP = 4
_HEAD = 34
_LINE = 18
_PAPER, _INK, _NOTHING = (255, 255, 255), (30, 30, 34), (226, 226, 230)

_HIGHEST = 25.0
"""Metres drawn as full brightness."""

_HEIGHT_AT = np.array([0.0, 0.04, 0.2, 0.5, 1.0])
_HEIGHT_COLOURS = np.array(
    [[18, 22, 46], [52, 44, 104], [146, 62, 110], [236, 132, 78], [252, 240, 180]], float
)


_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def contact_sheet(scenes: Iterable[Surveyed], title: str, cell: int = _CELL) -> RGBA:
    """One line a scene: aerial image, colour infrared, labels, nDSM, four months LR and truth.

    Args:
        scenes: All with labels of one table; drawn one after the other.
        title: Above all of it.
        cell: Side of each picture in pixels of the sheet.

    Returns:
        H W 4; series on `imagery.STRETCH`, the aerial image in its own bytes. The truth has its
        place where at least one scene has it.
    """
    font = ImageFont.load_default(12)
    heads = ["aerial image", "colour infrared", "labels", f"nDSM, 0 to {_HIGHEST:.0f} m"]
    heads += ["LR, 10 m"] * len(SEASONS) + ["truth, 1.6 m"] * len(SEASONS)
    lines, table, known = [], None, False
    for surveyed in scenes:
        lines.append(_line(_pictures(surveyed, cell), cell, font))
        reference = surveyed.scene.reference
        table = table or (None if reference is None else reference.table)
        known = known or surveyed.truth is not None
    heads = heads if known else heads[: -len(SEASONS)]
    width = len(heads) * (cell + _GAP) + _GAP
    below = 0 if table is None else _legend_height(table, width, font)
    step = cell + _LINE + _GAP
    height = _HEAD + _LINE + len(lines) * step + below
    sheet = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((_GAP, 8), title, _INK, ImageFont.load_default(17))
    for col, head in enumerate(heads):
        pen.text((_GAP + col * (cell + _GAP), _HEAD), head, _INK, font)
    for number, line in enumerate(lines):
        sheet.paste(line, (0, _HEAD + _LINE + number * step))
    if table is not None:
        _legend(pen, table, height - below + _GAP, width, font)
    return np.asarray(sheet.convert("RGBA"))


def _line(pictures: Sequence[tuple[RGBA | None, str]], cell: int, font: _Font) -> Image.Image:
    """The pictures of a scene side by side; grey where there is none."""
    line = Image.new("RGB", (len(pictures) * (cell + _GAP) + _GAP, cell + _LINE + _GAP), _PAPER)
    pen = ImageDraw.Draw(line)
    for col, (picture, under) in enumerate(pictures):
        left = _GAP + col * (cell + _GAP)
        if picture is None:
            pen.rectangle((left, 0, left + cell - 1, cell - 1), _NOTHING)
        else:
            line.paste(_resized(picture, cell), (left, 0))
        pen.text((left, cell + 1), under, _INK, font)
    return line


def _pictures(surveyed: Surveyed, cell: int) -> list[tuple[RGBA | None, str]]:
    """Each with the line under it."""
    scene, year, truth = surveyed.scene, surveyed.year, surveyed.truth
    flown = f"flown {scene.aerial.date:%d %b %Y}" if scene.aerial.date else ""
    reference = scene.reference
    drawn: list[tuple[RGBA | None, str]] = [
        (aerial_rgba(scene.aerial, seen=scene.seen), scene.id),
        (aerial_rgba(scene.aerial, "colour infrared", scene.seen), ""),
        (None if reference is None else _labels_rgba(reference, cell), flown),
        (None if scene.ndsm is None else height_rgba(scene.ndsm), ""),
    ]
    # A truth without a series has all its months.
    months = months_to_show([truth is not None] * 12 if year is None else year.present)
    for month in months:
        if year is None or month is None:
            drawn.append((None, ""))
        else:
            drawn.append((series_rgba(year.reflectance[month], BANDS), MONTH_NAMES[month]))
    for month in months:
        if truth is None or month is None:
            drawn.append((None, ""))
        else:
            picture = series_rgba(truth.reflectance[month], truth.bands)
            drawn.append((picture, f"{truth.dates[month]:%d %b}"))
    return drawn


def months_to_show(present: Sequence[bool] | np.ndarray) -> tuple[int | None, ...]:
    """Indices 0..11 of present months near `SEASONS`, each once; None where there are too few."""
    left = [index for index, there in enumerate(present) if there]
    chosen: list[int | None] = []
    for wanted in SEASONS:
        nearest = min(left, key=lambda index: abs(index + 1 - wanted), default=None)
        chosen.append(nearest)
        if nearest is not None:
            left.remove(nearest)
    found = sorted(index for index in chosen if index is not None)
    return (*found, *[None] * (len(chosen) - len(found)))


def height_rgba(ndsm: Floats) -> RGBA:
    """Metres above ground (H W): dark is the ground, bright is 25 m and more."""
    share = np.clip(ndsm / _HIGHEST, 0.0, 1.0)
    planes = [np.interp(share, _HEIGHT_AT, colours) for colours in _HEIGHT_COLOURS.T]
    opaque = np.full(share.shape, 255.0)
    return np.stack([*planes, opaque], axis=-1).round().astype(np.uint8)


def _labels_rgba(reference: Reference, cell: int) -> RGBA:
    """Single labels and no averages, whose colours would be those of other classes."""
    rows, cols = (
        ((np.arange(cell) + 0.5) * size / cell).astype(np.intp) for size in reference.labels.shape
    )
    return classes_rgba(reference.labels[np.ix_(rows, cols)], reference.table)


def _resized(picture: RGBA, cell: int) -> Image.Image:
    """Averaged when it shrinks; pixels as squares when it grows."""
    grows = picture.shape[0] < cell
    image = Image.fromarray(picture[..., :3].copy())
    return image.resize((cell, cell), Image.Resampling.NEAREST if grows else Image.Resampling.BOX)


def _legend(pen: ImageDraw.ImageDraw, table: ClassTable, top: int, width: int, font: _Font) -> None:
    for entry, (left, row) in zip(table.classes, _places(table, width, font), strict=True):
        at = top + row * _LINE
        pen.rectangle((left, at, left + 12, at + 12), entry.colour, _INK)
        pen.text((left + 17, at - 1), entry.en, _INK, font)


def _legend_height(table: ClassTable, width: int, font: _Font) -> int:
    rows = 1 + max(row for _, row in _places(table, width, font))
    return rows * _LINE + 2 * _GAP


def _places(table: ClassTable, width: int, font: _Font) -> list[tuple[float, int]]:
    """For each class where its entry begins, and in which row."""
    places, left, row = [], float(_GAP), 0
    for entry in table.classes:
        wide = 17 + font.getlength(entry.en) + 16
        if left + wide > width and left > _GAP:
            left, row = float(_GAP), row + 1
        places.append((left, row))
        left += wide
    return places
