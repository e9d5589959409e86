"""Steps 5 and 6: all looks of a coarse stage at once, and what the series does to the classes.

Where a pixel looks is computed for one pixel at a time elsewhere. Here the reader drags over the
image, so all pixels of a coarse stage are asked beforehand: 256 or 1,024 of them in a patch of
512 x 512, which ask as many.
"""

import base64
import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lcapp.language import month_name, tr
from lcapp.types import Explanation, Floats, LandCover, Scene, SuperResolved
from lcapp.views.attention.looks import asking_metres, months_at
from lcapp.views.attention.panes import heated
from lcapp.views.imagery import RGBA, aerial_rgba, classes_rgba, png_uri, series_rgba, shrunk
from lcapp.views.learn.drawing import Curves, Line
from lcapp.views.learn.slides import Chart, Pictures

_MOST = 1_100_000
"""Weights that go to the page."""

_SIDE = 512


@dataclass(frozen=True, eq=False)
class Gaze:
    """What a page needs to show the look of whatever square the pointer is on.

    Attributes:
        image: H W 4, the aerial image.
        ground: h w 4, the month that is looked at, dimmed.
        size: Metres of both, to the right and down.
        squares: Rows and columns of those who ask.
        square: Metres of one of them.
        level: Rows and columns of those who are looked at.
        pixel: Metres of one of these; the first has its middle half an SR pixel from the edges.
        first: Metres from the edges to the first one's edge; below 0 it sticks out.
        weights: A K, the share of attention, each row sum 1.
        half: (A,) metres within which half of the attention lies.
        months: A 12, how the months weigh there; 0 where absent.
        classes: (A,) what the map says there, mostly.
    """

    image: RGBA
    ground: RGBA
    size: tuple[float, float]
    squares: tuple[int, int]
    square: float
    level: tuple[int, int]
    pixel: float
    first: float
    weights: Floats
    half: Floats
    months: Floats
    classes: tuple[str, ...]


def live_stages(explanation: Explanation) -> tuple[int, ...]:
    """Stages that are coarse enough for all their looks to be held at once, the coarsest first."""
    return tuple(
        stage
        for stage in reversed([*explanation.queries])
        if np.prod(explanation.queries[stage].shape[1:3])
        * np.prod(explanation.keys[stage].shape[1:3])
        <= _MOST
    )


def gaze(
    explanation: Explanation,
    cover: LandCover,
    scene: Scene,
    sr: SuperResolved,
    month: int,
    stage: int,
    head: int | None,
) -> Gaze:
    """All looks of a stage.

    Args:
        explanation: With attention.
        cover: The map.
        scene: With an aerial image.
        sr: The series.
        month: 1..12, over which the look is drawn.
        stage: One of `live_stages`.
        head: From 1; None for the mean of all.
    """
    queries, keys = explanation.queries[stage], explanation.keys[stage]
    weights = _all_looks(queries, keys)
    chosen = weights.mean(axis=0) if head is None else weights[head - 1]  # A K
    level, grid = list(explanation.queries).index(stage), cover.grid
    sr_gsd, square = sr.sr_grid.gsd, asking_metres(stage, grid)
    pixel = sr_gsd * 2**level
    rows, cols = queries.shape[1:3]
    at = [
        (
            min(int((row + 0.5) * 2**stage), grid.height - 1),
            min(int((col + 0.5) * 2**stage), grid.width - 1),
        )
        for row in range(rows)
        for col in range(cols)
    ]
    described = sr.months[month - 1]
    ground = np.full((sr.sr_grid.height, sr.sr_grid.width, 4), 255, np.uint8)
    ground[..., :3] = 120
    if described.present:
        ground = series_rgba(sr.reflectance[month - 1], sr.bands)
    return Gaze(
        aerial_rgba(scene.aerial, seen=scene.seen),
        heated(ground, np.zeros(ground.shape[:2], np.float32)),
        (grid.width * grid.gsd, grid.height * grid.gsd),
        (rows, cols),
        square,
        keys.shape[1:3],
        pixel,
        sr_gsd / 2 - pixel / 2,
        chosen,
        _half(chosen, queries.shape[1:3], square, keys.shape[1:3], pixel, sr_gsd / 2),
        np.stack([months_at(explanation, *one).mean(axis=0) for one in at]),
        tuple(_mostly(cover, row, col, 2**stage) for row in range(rows) for col in range(cols)),
    )


def _all_looks(queries: Floats, keys: Floats) -> Floats:
    """Heads A K: each row what `Explanation.attention` finds for that pixel."""
    heads, _, _, depth = queries.shape
    asked, there = queries.reshape(heads, -1, depth), keys.reshape(heads, -1, depth)
    logits = np.einsum("nad,nkd->nak", asked, there, optimize=True) / np.sqrt(depth)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    found: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return found


def _half(
    weights: Floats,
    squares: tuple[int, int],
    square: float,
    level: tuple[int, int],
    pixel: float,
    first: float,
) -> Floats:
    """(A,) metres within which half of each look lies."""

    def middles(size: tuple[int, int], width: float, start: float) -> Floats:
        rows, cols = (start + width * np.arange(count) for count in size)
        return np.stack(np.meshgrid(rows, cols, indexing="ij"), -1).reshape(-1, 2)

    asking, there = middles(squares, square, square / 2), middles(level, pixel, first)
    away = np.hypot(*(asking[:, None] - there[None]).transpose(2, 0, 1))  # A K
    order = away.argsort(axis=1, kind="stable")
    gathered = np.take_along_axis(weights, order, axis=1).cumsum(axis=1)
    place = np.minimum((gathered < 0.5).sum(axis=1), away.shape[1] - 1)
    found: Floats = np.take_along_axis(away, order, axis=1)[np.arange(len(away)), place]
    return found


def _mostly(cover: LandCover, row: int, col: int, side: int) -> str:
    part = cover.class_map[row * side : (row + 1) * side, col * side : (col + 1) * side]
    known = part[part < len(cover.table)]
    return cover.table.spoken[int(np.bincount(known).argmax())] if known.size else "–"


_NUMBERS = itertools.count()


@lru_cache(maxsize=4)  # 2 MB each at the most
def packed_gaze(one: Gaze) -> dict[str, Any]:
    """The gaze as plain data, numbered; weights are bytes, each row by its own most."""
    most = one.weights.max(axis=1, keepdims=True)
    codes = np.sqrt(one.weights / most)  # as `heated` draws them
    return {
        "shown": next(_NUMBERS),
        "image": png_uri(shrunk(one.image, _SIDE)),
        "ground": png_uri(one.ground),
        "size": list(one.size),
        "squares": list(one.squares),
        "square": one.square,
        "level": list(one.level),
        "pixel": one.pixel,
        "first": one.first,
        "weights": base64.b64encode((255 * codes).round().astype(np.uint8).tobytes()).decode(),
        "months": np.round(one.months, 4).tolist(),
        "names": [month_name(number, short=True) for number in range(1, 13)],
        "said": [
            tr(
                "{name}: half of its attention lies within {half:.0f} m, the most in one pixel "
                "is {most:.1%}",
                name=name,
                half=float(half),
                most=float(peak),
            )
            for name, half, peak in zip(one.classes, one.half, most[:, 0], strict=True)
        ],
        "colours": _glow(),
    }


def _glow() -> list[list[int]]:
    """256 colours of the glow, by the root of the share, each as opaque as `heated` has it."""
    share = np.linspace(0, 1, 256)
    black, white = (
        heated(np.full((1, 256, 4), level, np.uint8), (share**2).astype(np.float32)[None])[
            0, :, :3
        ].astype(float)
        for level in (0, 255)
    )
    # What is seen of the ground, which `heated` dims to 0.8, says how opaque the glow is.
    through = ((white - black).mean(axis=1) / (0.8 * 255)).clip(0, 1)
    cover = (1 - through)[:, None]
    colour = np.divide(black, cover, out=np.zeros_like(black), where=cover > 0.02).clip(0, 255)
    found: list[list[int]] = np.c_[colour, 255 * cover].round().astype(int).tolist()
    return found


def still_gaze(one: Gaze, row: int, col: int) -> tuple[Pictures, Pictures, Chart]:
    """The square that asks, where it looks and how the months weigh there, as they stay."""
    place = row * one.squares[1] + col
    image, ground = one.image.copy(), one.ground.copy()
    for picture in (image, ground):
        side = one.square * picture.shape[1] / one.size[0]
        rows, cols = (slice(round(at * side), round((at + 1) * side)) for at in (row, col))
        if picture is ground:
            share = (one.weights[place] / one.weights[place].max()).reshape(one.level)
            at = [
                ((np.arange(count) + 0.5) / count * metres - one.first) / one.pixel
                for count, metres in zip(picture.shape[:2], one.size[::-1], strict=True)
            ]
            lines, columns = (
                np.floor(axis).astype(int).clip(0, size - 1)
                for axis, size in zip(at, one.level, strict=True)
            )
            picture[:] = heated(picture, share[lines][:, columns])
        edge = np.zeros(picture.shape[:2], bool)
        wide = max(1, picture.shape[1] // 128)
        edge[rows, cols] = True
        edge[rows.start + wide : rows.stop - wide, cols.start + wide : cols.stop - wide] = False
        picture[edge] = (255, 255, 255, 255)
    return (
        Pictures(tr("Who asks"), (image,), (one.classes[place],)),
        Pictures(
            tr("Where it looks"),
            (ground,),
            (tr("half of it within {half:.0f} m", half=float(one.half[place])),),
        ),
        _months_chart(one.months[place]),
    )


def _months_chart(weights: Floats) -> Chart:
    most = 1.1 * float(weights.max())
    curves = Curves(
        (
            Line(
                tr("weight"),
                range(1, 13),
                np.where(weights > 0, weights, np.nan).tolist(),
                marked=True,
            ),
        ),
        tr("month"),
        (0.5, 12.5),
        tuple((number, month_name(number, short=True)[:1].upper()) for number in range(1, 13)),
        (0.0, most),
        tuple((part * most, tr("{share:.0%}", share=part * most)) for part in (0.0, 0.5, 1.0)),
    )
    return Chart(tr("How the months weigh there"), curves, (1.0 + float(weights.argmax()),))


def fused_pictures(cover: LandCover, explanation: Explanation) -> tuple[Pictures, ...]:
    """The map without the series, with it, and where the two differ."""
    alone = explanation.without_series
    changed = cover.classified & (cover.class_map != alone.class_map)
    differ = np.full((*changed.shape, 4), 255, np.uint8)
    differ[..., :3] = np.where(changed[..., None], (180, 75, 0), (236, 236, 232))
    return (
        Pictures(tr("Without the series"), (classes_rgba(alone.class_map, alone.table),)),
        Pictures(tr("With the series"), (classes_rgba(cover.class_map, cover.table),)),
        Pictures(tr("Changed by the series"), (differ,)),
    )
