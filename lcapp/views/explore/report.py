"""A result on one page of A4, as a PNG or a PDF: map, legend, shares, confidence, how it was made.

The page is drawn as a picture, so that it looks alike in both, and needs no font of the system.
"""

import importlib.util
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lcapp.language import number, tr
from lcapp.types import GroupArea
from lcapp.views.explore.answer import COLOURS, share_of
from lcapp.views.imagery import RGBA
from lcapp.views.legend import LegendRow

DPI = 150
_WIDTH, _HEIGHT = 1240, 1754
_EDGE = 70
_INK, _GREY, _LINE, _PAPER = (20, 24, 30), (90, 96, 104), (200, 204, 208), (255, 255, 255)
_MAP, _SMALL = 680, 215
_SCALES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Metres of a scale bar."""

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, eq=False)
class Report:
    """What stands on the page.

    Attributes:
        title: Of the place.
        place: A line on where it is, and when it was flown.
        answer: What the map says of it.
        warning: What has to be known before that is believed; may be empty.
        groups: Of the classes; empty where the table has none.
        rows: Of the legend.
        map: H W 4, the classes over the aerial image.
        metres: What the map is across.
        pictures: Smaller ones below it: a name, and H W 4.
        settings: How it was made, a line each.
        notes: What had to be assumed, a sentence each.
        credits: Whose images and weights these are, a line each.
    """

    title: str
    place: str
    answer: str
    warning: str
    groups: Sequence[GroupArea]
    rows: Sequence[LegendRow]
    map: RGBA
    metres: float
    pictures: Sequence[tuple[str, RGBA]]
    settings: Sequence[str]
    notes: Sequence[str]
    credits: Sequence[str]


def over(top: RGBA, below: RGBA | None, opacity: float) -> RGBA:
    """One picture over another of its size, on white."""
    height, width = top.shape[:2]
    ground = np.full((height, width, 3), 255.0)
    for rgba, share in ((below, 1.0), (top, opacity)):
        if rgba is not None:
            alpha = share * rgba[..., 3:] / 255
            ground = alpha * rgba[..., :3] + (1 - alpha) * ground
    opaque = np.full((height, width, 1), 255)
    return np.concatenate([ground.round(), opaque], axis=-1).astype(np.uint8)


def png(report: Report) -> bytes:
    """The page as a PNG."""
    return _saved(page(report), "PNG")


def pdf(report: Report) -> bytes:
    """The page as a PDF of A4."""
    return _saved(page(report), "PDF")


def picture_png(rgba: RGBA) -> bytes:
    """A picture as it is, as a PNG."""
    return _saved(Image.fromarray(rgba), "PNG")


def page(report: Report) -> Image.Image:
    """The page, drawn."""
    sheet = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    pen = ImageDraw.Draw(sheet)
    y = _text(pen, (_EDGE, 56), report.title, 36, _INK)
    y = _text(pen, (_EDGE, y + 4), report.place, 17, _GREY)
    y = _text(pen, (_EDGE, y + 12), report.answer, 22, _INK)
    if report.warning:
        y = _text(pen, (_EDGE, y + 8), report.warning, 17, _GREY)
    top = y + 18
    _map(sheet, pen, report, top)
    side = _EDGE + _MAP + 30
    below = _groups(pen, report.groups, (side, top))
    _legend(pen, report.rows, (side, below))
    y = _pictures(sheet, pen, report.pictures, top + _MAP + 44)
    half = (_WIDTH - 2 * _EDGE - 30) // 2
    _lines(pen, tr("How it was made"), report.settings, (_EDGE, y), half)
    told = [(tr("What had to be assumed"), report.notes), (tr("Credits"), report.credits)]
    for head, lines in told:
        y = _lines(pen, head, lines, (_EDGE + half + 30, y), half)
    return sheet


def _map(sheet: Image.Image, pen: ImageDraw.ImageDraw, report: Report, top: int) -> None:
    picture = Image.fromarray(report.map).convert("RGB")
    scale = _MAP / max(picture.size)
    size = tuple(max(1, round(scale * one)) for one in picture.size)
    picture = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    sheet.paste(picture, (_EDGE, top))
    pen.rectangle((_EDGE, top, _EDGE + size[0] - 1, top + size[1] - 1), outline=_LINE)
    metre = size[0] / report.metres
    bar = max((one for one in _SCALES if one * metre <= 0.3 * size[0]), default=_SCALES[0])
    y = top + size[1] + 14
    pen.line((_EDGE, y, _EDGE + bar * metre, y), _INK, 4)
    pen.text((_EDGE + bar * metre + 10, y - 11), f"{bar} m", _INK, _font(18))
    right = _EDGE + size[0]
    pen.polygon([(right - 12, y + 12), (right, y - 12), (right + 12, y + 12)], _INK)
    pen.text((right - 34, y - 11), "N", _INK, _font(18))


def _groups(pen: ImageDraw.ImageDraw, groups: Sequence[GroupArea], at: tuple[int, int]) -> int:
    x, y = at
    if not groups:
        return y
    box, start = (x, y, x + 150, y + 150), -90.0
    for one in groups:
        end = start + 360 * one.share
        if end - start > 0.05:
            pen.pieslice(box, start, end, COLOURS[one.name], _PAPER)
        start = end
    pen.ellipse((x + 42, y + 42, x + 108, y + 108), _PAPER)
    for row, one in enumerate(groups):
        line = y + 4 + 29 * row
        pen.rectangle((x + 168, line + 3, x + 184, line + 19), COLOURS[one.name], _INK)
        pen.text((x + 194, line), share_of(one), _INK, _font(17))
    return y + 176


def _legend(pen: ImageDraw.ImageDraw, rows: Sequence[LegendRow], at: tuple[int, int]) -> None:
    x, y = at
    right = _WIDTH - _EDGE
    for row in (one for one in rows if one.share > 0):
        pen.rectangle((x, y + 2, x + 20, y + 22), row.colour, _INK)
        pen.text((x + 30, y), row.name, _INK, _font(16))
        for edge, told in (
            (right - 90, number(row.share, ".1%")),
            (right, number(row.m2, ",.0f") + " m²"),
        ):
            pen.text((edge, y), told, _INK, _font(16), anchor="ra")
        y += 29


def _pictures(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, pictures: Sequence[tuple[str, RGBA]], top: int
) -> int:
    for place, (name, rgba) in enumerate(pictures):
        small = Image.fromarray(rgba)
        small.thumbnail((_SMALL, _SMALL), Image.Resampling.LANCZOS)
        x = _EDGE + place * (_SMALL + 12)
        ground = Image.new("RGBA", small.size, (*_PAPER, 255))
        sheet.paste(Image.alpha_composite(ground, small).convert("RGB"), (x, top))
        pen.text((x, top + _SMALL + 4), name, _INK, _font(14))
    return top + (_SMALL + 40 if pictures else 0)


def _lines(
    pen: ImageDraw.ImageDraw, head: str, lines: Sequence[str], at: tuple[int, int], width: int
) -> int:
    x, y = at
    if not lines:
        return y
    y = _text(pen, (x, y), head, 18, _INK, width) + 2
    for line in lines:
        y = _text(pen, (x, y), line, 14, _GREY, width)
    return y + 12


def _text(
    pen: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    size: int,
    colour: tuple[int, int, int],
    width: int = _WIDTH - 2 * _EDGE,
) -> int:
    """Draw a text in as many lines as it takes; where the next may begin."""
    (x, y), font, line = at, _font(size), ""
    for word in (*text.split(), None):
        longer = line if word is None else f"{line} {word}".strip()
        if word is None or pen.textlength(longer, font) > width:
            pen.text((x, y), line, colour, font)
            y += round(1.35 * size)
            longer = word or ""
        line = longer
    return y


@cache
def _font(size: int) -> _Font:
    """DejaVu Sans, which comes with leafmap's dependency matplotlib: Pillow's own has no accents.

    Found without importing that, which takes a second.
    """
    found = importlib.util.find_spec("matplotlib")
    if found is not None and found.origin is not None:
        file = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if file.is_file():
            return ImageFont.truetype(str(file), size)
    return ImageFont.load_default(size)


def _saved(picture: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format=kind, resolution=DPI, dpi=(DPI, DPI), quality=92)
    return buffer.getvalue()
