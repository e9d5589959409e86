"""What farmers grow: crops with tramlines, vines in rows, orchards, greenhouses."""

import math

from lcapp.simulate.land.ground.surfaces import SURFACES
from lcapp.simulate.land.shapes import Building, Crown, Parcel, Pond, Rows, Strip
from lcapp.simulate.land.sketch.lines import moved
from lcapp.simulate.land.sketch.lots import Lot
from lcapp.simulate.land.sketch.sketch import Sketch

_TRAMLINES = frozenset(
    ("wheat", "barley", "spring barley", "rapeseed", "pea", "beet", "potato", "sunflower")
)
"""Sprayed from the same wheel tracks all season."""


def field(sketch: Sketch, lot: Lot, kind: str, margin: float = 0.0) -> str:
    """A field or meadow on a piece of land: the name of its surface.

    Args:
        sketch: Drawn into.
        lot: Where.
        kind: Of the crop or meadow.
        margin: Metres of grass left along its edges.
    """
    if margin > 0.0:
        sketch.add("ground", Parcel(sketch.shared("verge"), lot.corners, 0.1, 0.3))
        lot = lot.inset(margin) or lot
    lot = lot.along_side()
    surface = sketch.own(kind, lot.turn)
    # What elevation models make of low plants is mostly noise: it must not tell the crop.
    usual = 0.25 if SURFACES[kind].is_field else 0.1
    height = min(usual * abs(float(sketch.generator.normal())), 0.8)
    sketch.add("ground", Parcel(surface, lot.corners, height, 0.3))
    if not sketch.touches(lot):
        return surface
    inner = lot.inset(9.0)
    if kind in _TRAMLINES and inner is not None:
        _tramlines(sketch, lot, inner, surface)
    if inner is not None and lot.area > 4000 and sketch.chance(0.5):
        _wet_spot(sketch, inner, surface, height)
    return surface


def _tramlines(sketch: Sketch, lot: Lot, inner: Lot, surface: str) -> None:
    """Two ruts where the sprayer drives, and one round along the headland."""
    spacing = float(sketch.generator.choice([18.0, 24.0, 28.0, 36.0]))
    trampled = sketch.thin(surface, sketch.between(0.35, 0.6))
    start = sketch.between(0.0, spacing)
    for rut in (0.0, 1.9):
        sketch.add(
            "rows",
            Rows(trampled, inner.corners, spacing, 0.5, 0.0, lot.turn, start + rut, tone=0.95),
        )
        ring = lot.inset(9.0 + rut)
        if ring is not None:
            for side in ring.sides:
                sketch.add("rows", Strip(trampled, side, 0.5, fray=0.1))


def _wet_spot(sketch: Sketch, inner: Lot, surface: str, height: float) -> None:
    """Where water stood or seed failed: thinner, with a ragged border."""
    x, y = sketch.inside(inner)
    reach = sketch.between(3.0, 11.0)
    sketch.add(
        "rows",
        Pond(
            sketch.thin(surface, sketch.between(0.35, 0.75)),
            x,
            y,
            reach,
            reach * sketch.between(0.35, 0.9),
            fray=0.35 * reach,
            height=height,
        ),
    )


def vineyard(sketch: Sketch, lot: Lot) -> None:
    """A plot of vines in rows, with a headland where the tractor turns."""
    lot = lot.along_side()
    ground = sketch.own(sketch.pick(("vine row", 0.5), ("vine soil", 0.5)), lot.turn)
    vines = sketch.own("vine", lot.turn)
    sketch.add("ground", Parcel(ground, lot.corners, 0.0, 0.3))
    rows = lot.inset(sketch.between(2.5, 4.5))
    if rows is None:
        return
    spacing = float(sketch.generator.choice([1.3, 1.6, 2.0, 2.2, 2.5]))
    width = spacing * sketch.between(0.3, 0.48)
    # Young vines stand close; in old plots many have died.
    gaps = sketch.between(0.0, 0.03) if sketch.chance(0.88) else sketch.between(0.06, 0.16)
    sketch.add(
        "rows",
        Rows(
            vines,
            rows.corners,
            spacing,
            width,
            sketch.between(1.0, 1.9),
            lot.turn,
            sketch.between(0.0, spacing),
            gaps=gaps,
        ),
    )


def orchard(sketch: Sketch, lot: Lot) -> None:
    """Fruit trees on a grid; to the nomenclature the whole plot is ligneous."""
    lot = lot.along_side()
    ground = sketch.own(sketch.pick(("young plantation", 0.8), ("nursery", 0.2)), lot.turn)
    sketch.add("ground", Parcel(sketch.own("meadow", lot.turn), lot.corners, 0.0, 0.3))
    plot = lot.inset(3.0)
    if plot is None:
        return
    low_stems = sketch.chance(0.5)
    rows_apart, trees_apart = (3.6, 1.6) if low_stems else (6.5, 6.0)
    radius = 0.9 if low_stems else sketch.between(1.8, 2.4)
    sketch.add("ground", Parcel(sketch.thin(ground, 0.6), plot.corners, 0.2, 0.2))
    if not sketch.touches(lot):
        wide = 1.2 * radius
        sketch.add(
            "rows", Rows(sketch.own("orchard"), plot.corners, rows_apart, wide, 2.5, lot.turn)
        )
        return
    trees = [sketch.own("orchard", lot.turn) for _ in range(2)]
    (low, high), (left, right) = plot.reach(lot.turn), plot.reach(lot.turn + math.pi / 2)
    for row in range(int((right - left) / rows_apart)):
        for place in range(int((high - low) / trees_apart)):
            if sketch.chance(0.05):
                continue
            far, wide = low + place * trees_apart, left + (row + 0.5) * rows_apart
            x, y = moved(0.0, 0.0, lot.turn, far, wide)
            if plot.holds(x, y) and sketch.near(x, y):
                size = radius * sketch.between(0.8, 1.15)
                tone = sketch.between(0.88, 1.12)
                sketch.add("plants", Crown(trees[row % 2], x, y, size, 1.2 + 1.4 * size, tone))


def greenhouses(sketch: Sketch, lot: Lot) -> None:
    """Glass houses or plastic tunnels side by side."""
    sketch.add("ground", Parcel(sketch.shared("verge"), lot.corners))
    yard = lot.along_side().inset(3.0)
    if yard is None:
        return
    kind = sketch.pick(("greenhouse", 0.5), ("plastic tunnel", 0.5))
    wide, gap = (6.4, 0.0) if kind == "greenhouse" else (8.0, 2.2)
    surface, (x, y) = sketch.own(kind), yard.centre
    count = min(9, max(1, int(0.8 * yard.width / (wide + gap))))
    for number in range(count):
        off = (number - (count - 1) / 2) * (wide + gap)
        at = moved(x, y, yard.turn, 0.0, off)
        for long in (58.0, 40.0, 26.0, 14.0):
            ends = ((a * long / 2, off + b * wide / 2) for a in (-1, 1) for b in (-1, 1))
            if all(yard.holds(*moved(x, y, yard.turn, *end)) for end in ends):
                sketch.add("built", Building(surface, *at, long, wide, yard.turn, 2.6, 0.45))
                break
