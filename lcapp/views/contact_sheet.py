"""Many scenes at a glance: what each sensor saw, the labels, and the truth where it is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lcapp.classes import ClassTable
from lcapp.prepare.inputs import InputSpec
from lcapp.types import Floats, Prepared, Reference, Scene, Truth
from lcapp.views.imagery import RGBA, aerial_rgba, classes_rgba, series_rgba
from lcapp.views.months import MONTH_NAMES, footprint_reflectance

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


@dataclass(frozen=True, eq=False)
class Row:
    """One scene of the sheet.

    Attributes:
        scene: As read.
        prepared: As a network takes it.
        truth: The year at 1.6 m; None of a real scene.
    """

    scene: Scene
    prepared: Prepared
    truth: Truth | None


def contact_sheet(rows: Sequence[Row], spec: InputSpec, title: str, cell: int = _CELL) -> RGBA:
    """One line a scene: aerial image, colour infrared, labels, nDSM, four months LR and truth.

    Args:
        rows: The scenes, all with labels of one table.
        spec: How `prepared` was scaled.
        title: Above all of it.
        cell: Side of each picture in pixels of the sheet.

    Returns:
        H W 4; series on `imagery.STRETCH`, the aerial image in its own bytes.
    """
    names = ("aerial image", "colour infrared", "labels", f"nDSM, 0 to {_HIGHEST:.0f} m")
    heads = (*names, *("LR, 10 m",) * len(SEASONS), *("truth, 1.6 m",) * len(SEASONS))
    table = next((row.scene.reference.table for row in rows if row.scene.reference), None)
    width = len(heads) * (cell + _GAP) + _GAP
    below = _LINE + 2 * _GAP if table is not None else 0
    height = _HEAD + _LINE + len(rows) * (cell + _LINE + _GAP) + below
    sheet = Image.new("RGB", (width, height), _PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    pen.text((_GAP, 8), title, _INK, ImageFont.load_default(17))
    for col, head in enumerate(heads):
        pen.text((_GAP + col * (cell + _GAP), _HEAD), head, _INK, font)
    for number, row in enumerate(rows):
        top = _HEAD + _LINE + number * (cell + _LINE + _GAP)
        for col, (picture, under) in enumerate(_pictures(row, spec, cell)):
            left = _GAP + col * (cell + _GAP)
            if picture is None:
                pen.rectangle((left, top, left + cell - 1, top + cell - 1), _NOTHING)
            else:
                sheet.paste(_resized(picture, cell), (left, top))
            pen.text((left, top + cell + 1), under, _INK, font)
    if table is not None:
        _legend(pen, table, height - below + _GAP, font)
    return np.asarray(sheet.convert("RGBA"))


def _pictures(row: Row, spec: InputSpec, cell: int) -> list[tuple[RGBA | None, str]]:
    """Each with the line under it."""
    scene, prepared = row.scene, row.prepared
    flown = f"flown {scene.aerial.date:%d %b %Y}" if scene.aerial.date else ""
    reference = scene.reference
    drawn: list[tuple[RGBA | None, str]] = [
        (aerial_rgba(scene.aerial), scene.id),
        (aerial_rgba(scene.aerial, "colour infrared"), ""),
        (None if reference is None else _labels_rgba(reference, cell), flown),
        (None if scene.ndsm is None else height_rgba(scene.ndsm), ""),
    ]
    reflectance = footprint_reflectance(prepared, spec)  # M C h w
    months = months_to_show(prepared.present)
    drawn += [
        (series_rgba(reflectance[month], prepared.series_bands), MONTH_NAMES[month])
        if month is not None
        else (None, "")
        for month in months
    ]
    truth = row.truth
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
    planes = [np.interp(share, _HEIGHT_AT, _HEIGHT_COLOURS[:, one]) for one in range(3)]
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


def _legend(
    pen: ImageDraw.ImageDraw,
    table: ClassTable,
    top: int,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    left = float(_GAP)
    for one in table.classes:
        pen.rectangle((left, top, left + 12, top + 12), one.colour, _INK)
        pen.text((left + 17, top - 1), one.en, _INK, font)
        left += 17 + pen.textlength(one.en, font) + 16
