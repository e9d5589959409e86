"""Trees: stands, hedges, rows and single ones.

Near the tiles every crown is drawn; beyond, a stand is the surface that its crowns have on the
whole, which is all that a pixel of 10 m sees.
"""

import math
from dataclasses import dataclass

import numpy as np

from lcapp.simulate.land.shapes import Crown, Parcel, Pond, Strip, depth
from lcapp.simulate.land.sketch.lines import Segment, along, beside, middle_of, pieces
from lcapp.simulate.land.sketch.lots import Lot
from lcapp.simulate.land.sketch.sketch import Sketch

POINTED = frozenset(("spruce", "fir", "douglas", "larch", "coniferous"))
"""Seen from the side, a cone."""

_LOWEST = 0.78
"""The smallest tree of a stand against the usual one."""


@dataclass(frozen=True)
class Stand:
    """How trees of some kinds stand.

    Attributes:
        kinds: Names of surfaces and their weights.
        spacing: Metres from tree to tree.
        radius: Metres, smallest and largest crown.
        height: Metres of a usual tree.
        planted: In rows.
    """

    kinds: tuple[tuple[str, float], ...]
    spacing: float
    radius: tuple[float, float]
    height: float
    planted: bool = False


STANDS = {
    "oak": Stand((("oak", 0.75), ("deciduous", 0.25)), 5.4, (2.7, 4.6), 17.0),
    "beech": Stand((("beech", 0.9), ("deciduous", 0.1)), 5.0, (2.5, 4.3), 22.0),
    "broadleaves": Stand((("oak", 0.4), ("deciduous", 0.35), ("birch", 0.25)), 4.6, (2.1, 3.9), 14),
    "poplar": Stand((("poplar", 1.0),), 6.6, (2.6, 3.4), 23.0, planted=True),
    "riparian": Stand((("alder", 0.6), ("poplar", 0.2), ("deciduous", 0.2)), 4.4, (2.0, 3.6), 13),
    "spruce": Stand((("spruce", 0.93), ("fir", 0.07)), 3.7, (1.8, 2.7), 22.0),
    "fir": Stand((("fir", 0.8), ("spruce", 0.2)), 4.0, (2.0, 3.0), 24.0),
    "pine": Stand((("pine", 1.0),), 4.2, (1.9, 3.0), 15.0),
    "douglas": Stand((("douglas", 1.0),), 4.2, (2.0, 2.8), 25.0, planted=True),
    "larch": Stand((("larch", 0.95), ("spruce", 0.05)), 4.3, (1.9, 2.9), 18.0),
    "mixed": Stand((("beech", 0.45), ("spruce", 0.3), ("fir", 0.25)), 4.5, (2.1, 3.6), 20.0),
    "mixed wood": Stand((("mixed wood", 1.0),), 4.2, (2.0, 3.3), 17.0),
    "young spruce": Stand((("spruce", 1.0),), 2.4, (0.8, 1.3), 4.5, planted=True),
    "thicket": Stand(
        (("brushwood", 0.4), ("bramble", 0.25), ("young wood", 0.25), ("birch", 0.1)),
        2.6,
        (1.1, 2.2),
        3.6,
    ),
}
"""Stands by name."""


def stand(sketch: Sketch, lot: Lot, name: str, fray: float = 1.0) -> None:
    """A wood on a piece of land."""
    how = STANDS[name]
    variants = {kind: [sketch.own(kind) for _ in range(3)] for kind, _ in how.kinds}
    main = max(how.kinds, key=lambda kind: kind[1])[0]
    tall = how.height * sketch.between(0.75, 1.15)
    # Just below the widest part of the smallest crowns, so that gaps are no pits.
    lowest = _LOWEST * tall
    floor = max(0.15 * tall, lowest - depth(lowest, how.radius[1], main in POINTED) - 0.3)
    sketch.add("ground", Parcel(variants[main][0], lot.corners, floor, fray))
    if not sketch.touches(lot):
        _groups(sketch, lot, how, variants, tall)
        return
    for x, y in _places(sketch, lot, how):
        kind = sketch.pick(*how.kinds) if len(how.kinds) > 1 else main
        sketch.add("plants", _tree(sketch, kind, variants[kind], x, y, how.radius, tall))


def _places(sketch: Sketch, lot: Lot, how: Stand) -> list[tuple[float, float]]:
    """Where the trees of a stand are."""
    jitter = 0.1 if how.planted else 0.42
    (low, high), (left, right) = lot.reach(lot.turn), lot.reach(lot.turn + math.pi / 2)
    far, wide = np.meshgrid(np.arange(low, high, how.spacing), np.arange(left, right, how.spacing))
    far = far + how.spacing * sketch.generator.uniform(-jitter, jitter, far.shape)
    wide = wide + how.spacing * sketch.generator.uniform(-jitter, jitter, wide.shape)
    x = far * math.cos(lot.turn) - wide * math.sin(lot.turn)
    y = far * math.sin(lot.turn) + wide * math.cos(lot.turn)
    free = ~sketch.is_open(x, y)
    return [
        (at_x, at_y)
        for at_x, at_y in zip(x[free].tolist(), y[free].tolist(), strict=True)
        if lot.holds(at_x, at_y)
    ]


def _groups(
    sketch: Sketch, lot: Lot, how: Stand, variants: dict[str, list[str]], tall: float
) -> None:
    """Far away, the rarer kinds of a stand as groups of trees of their share."""
    main = max(how.kinds, key=lambda kind: kind[1])[0]
    reach = 6.0
    for kind, weight in how.kinds:
        if kind == main:
            continue
        share = weight / sum(one for _, one in how.kinds)
        for _ in range(round(share * lot.area / (math.pi * reach**2) * 1.1)):
            x, y = sketch.inside(lot)
            sketch.add("rows", Pond(variants[kind][0], x, y, reach, reach, fray=1.5))


def _tree(
    sketch: Sketch,
    kind: str,
    variants: list[str],
    x: float,
    y: float,
    radii: tuple[float, float],
    height: float,
) -> Crown:
    drawn = sketch.generator.random(4)
    radius = radii[0] + (radii[1] - radii[0]) * float(drawn[0])
    return Crown(
        variants[int(drawn[1] * len(variants))],
        x,
        y,
        radius,
        # A larger crown belongs to a taller tree.
        height * (_LOWEST + 0.22 * float(drawn[0]) + 0.16 * float(drawn[2])),
        tone=0.76 + 0.48 * float(drawn[3]),
        pointed=kind in POINTED,
    )


def tree(
    sketch: Sketch, kind: str, x: float, y: float, radii: tuple[float, float], height: float
) -> None:
    """A single tree or bush; none on a road, nor where nobody would see it."""
    if sketch.near(x, y) and not sketch.is_open(x, y):
        sketch.add("plants", _tree(sketch, kind, [sketch.shared(kind)], x, y, radii, height))


def hedge(
    sketch: Sketch, line: Segment, height: float = 3.0, trees: float = 0.0, gaps: float = 0.05
) -> None:
    """A hedge along a line.

    Args:
        sketch: Drawn into.
        line: Where.
        height: Metres.
        trees: Share of the places, some 6 m apart, where a tree stands.
        gaps: Share of the hedge that is missing.
    """
    radii = (0.28 * height + 0.4, 0.42 * height + 0.6)
    kinds = (("brushwood", 0.5), ("bramble", 0.25), ("deciduous", 0.25))
    for piece in pieces(line):
        _hedge_piece(sketch, piece, height, trees, gaps, radii, kinds)


def _hedge_piece(
    sketch: Sketch,
    line: Segment,
    height: float,
    trees: float,
    gaps: float,
    radii: tuple[float, float],
    kinds: tuple[tuple[str, float], ...],
) -> None:
    if not sketch.near(*middle_of(line)):
        wide = 2 * radii[0]
        sketch.add("marks", Strip(sketch.shared("brushwood"), line, wide, height, fray=0.8))
        if trees > 0.3:
            sketch.add("marks", Strip(sketch.shared("oak"), line, 6.5 * trees, 9.0, fray=2.0))
        return
    sketch.add("marks", Strip(sketch.shared("bramble"), line, 1.6 * radii[0], 0.6, fray=0.8))
    for x, y in along(line, 0.8 * radii[1]):
        if sketch.chance(gaps):
            continue
        at_x, at_y = x + sketch.between(-0.4, 0.4), y + sketch.between(-0.4, 0.4)
        tree(sketch, sketch.pick(*kinds), at_x, at_y, radii, height)
    for x, y in along(line, 6.0):
        if sketch.chance(trees):
            radius = sketch.between(2.2, 4.8)
            kind = sketch.pick(("oak", 0.55), ("deciduous", 0.35), ("birch", 0.1))
            tree(sketch, kind, x, y, (radius, radius + 0.6), 3.1 * radius)


def trimmed_hedge(sketch: Sketch, line: Segment, height: float = 1.6) -> None:
    """A garden's hedge: cut square, of one kind."""
    surface = sketch.shared(sketch.pick(("brushwood", 0.7), ("cedar", 0.3)))
    sketch.add("built", Strip(surface, line, sketch.between(0.8, 1.4), height, fray=0.25))


def row(
    sketch: Sketch,
    line: Segment,
    kind: str,
    spacing: float,
    radius: float,
    height: float,
    away: float = 0.0,
) -> None:
    """Trees of one kind in a row, `away` metres to the right of a line."""
    for x, y in along(beside(line, away) if away else line, spacing):
        if sketch.chance(0.06):
            continue
        tree(sketch, kind, x, y, (0.85 * radius, 1.12 * radius), height)


def brush(sketch: Sketch, x: float, y: float, reach: float) -> None:
    """A patch of shrubs."""
    long, wide = reach * sketch.between(0.8, 1.3), reach * sketch.between(0.5, 0.9)
    kind = sketch.pick(("brushwood", 0.5), ("bramble", 0.35), ("gorse", 0.15))
    sketch.add("rows", Pond(sketch.shared(kind), x, y, long, wide, fray=0.3 * reach))
    for _ in range(int(reach * reach / 4)):
        turn, far = sketch.between(0.0, 2 * math.pi), math.sqrt(sketch.between(0.0, 1.0))
        at_x, at_y = x + far * long * math.cos(turn), y + far * wide * math.sin(turn)
        tree(sketch, kind, at_x, at_y, (0.8, 2.0), 2.4)
