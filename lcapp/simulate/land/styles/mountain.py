"""Mountain forest: stands with straight borders, clear cuts, clearings, a forest road, a stream."""

import math

from lcapp.simulate.land.landscape import Plan
from lcapp.simulate.land.parts.fields import field
from lcapp.simulate.land.parts.houses import house
from lcapp.simulate.land.parts.waters import meander, pond, river
from lcapp.simulate.land.parts.ways import track
from lcapp.simulate.land.parts.woods import brush, stand, tree
from lcapp.simulate.land.shapes import Parcel, Pond, Rows
from lcapp.simulate.land.sketch.lines import around
from lcapp.simulate.land.sketch.lots import Lot, divide
from lcapp.simulate.land.sketch.sketch import Sketch

_STANDS = (
    *(("spruce", 0.25), ("beech", 0.23), ("larch", 0.13), ("mixed", 0.12)),
    *(
        ("fir", 0.07),
        ("pine", 0.04),
        ("young spruce", 0.05),
        ("mixed wood", 0.02),
        ("thicket", 0.05),
    ),
)


def mountain_forest(sketch: Sketch) -> Plan:
    """Woods on a slope."""
    lots, cuts = divide(sketch.land, sketch.generator, 13_000, 1.5, 0.12, 0.18)
    for number, line in enumerate(cuts):
        if number < 4:
            width = 5.4 if number == 0 else 3.6
            track(sketch, line, width, 0.85)
            sketch.keep_open(line, width + sketch.between(2.5, 5.0))
    # Before the stands: no tree grows in the stream or on a track.
    if sketch.chance(0.75):
        x, y = (sketch.between(0.1, 0.9) * sketch.extent for _ in range(2))
        bed = meander(sketch, x, y, sketch.turn + sketch.between(0.4, 1.1), 12.0)
        river(sketch, bed, sketch.between(3.0, 11.0), 0.35)
    for lot in lots:
        match sketch.pick(("stand", 0.76), ("cut", 0.05), ("clearing", 0.12), ("rocks", 0.07)):
            case "cut":
                _clear_cut(sketch, lot)
            case "clearing":
                _clearing(sketch, lot)
            case "rocks":
                _rocks(sketch, lot)
            case _:
                stand(sketch, lot, sketch.pick(*_STANDS), sketch.between(0.5, 2.5))
    return sketch.plan("bramble", bend=6.0)


def _clear_cut(sketch: Sketch, lot: Lot) -> None:
    """Slash, stumps, a few trees left, tracks of the harvester."""
    slash = sketch.own("clear cut", lot.turn)
    sketch.add("ground", Parcel(slash, lot.corners, 0.3, 1.5))
    lanes = Rows(slash, lot.corners, 18.0, 3.4, 0.2, lot.turn, sketch.between(0, 18), tone=1.16)
    sketch.add("rows", lanes)
    for _ in range(int(lot.area / 900)):
        x, y = sketch.inside(lot)
        kind = sketch.pick(("spruce", 0.5), ("birch", 0.3), ("beech", 0.2))
        tree(sketch, kind, x, y, (1.4, 2.6), 15.0)
    for _ in range(int(lot.area / 700)):
        brush(sketch, *sketch.inside(lot), sketch.between(1.2, 3.2))
    if sketch.chance(0.4):
        heap = sketch.inside(lot)
        sketch.add("rows", Pond(sketch.shared("bare"), *heap, 6.0, 3.0, fray=1.5))


def _clearing(sketch: Sketch, lot: Lot) -> None:
    """A pasture with bushes growing in from its border, sometimes with a chalet."""
    kind = sketch.pick(("alpine meadow", 0.6), ("pasture", 0.25), ("hay", 0.15))
    field(sketch, lot, kind)
    if sketch.chance(0.2):
        pond(sketch, *sketch.inside(lot), sketch.between(8.0, 24.0), "lake")
    for (x0, y0), (x1, y1) in lot.sides:
        for _ in range(int(math.hypot(x1 - x0, y1 - y0) / 22)):
            share = sketch.between(0.0, 1.0)
            x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
            brush(sketch, x, y, sketch.between(2.0, 6.5))
    for _ in range(int(lot.area / 1200)):
        size = sketch.between(1.2, 2.6)
        kind = sketch.pick(("spruce", 0.6), ("birch", 0.4))
        tree(sketch, kind, *sketch.inside(lot), (size, size + 0.4), 4.6 * size)
    if sketch.chance(0.5) and sketch.touches(lot):
        x, y = lot.centre
        roof = sketch.pick(("stone roof", 0.4), ("metal roof", 0.3), ("slate roof", 0.3))
        yard = around(x, y, 9, (0, 1.2, 2.5, 3.7, 5.0))
        sketch.add("ways", Parcel(sketch.shared("gravel yard"), yard, 0.0, 1.5))
        house(sketch, x, y, lot.turn, roof, sketch.between(9, 14), 8.0, 2)


def _rocks(sketch: Sketch, lot: Lot) -> None:
    """Scree and rock between heath and dwarf shrubs; snow that stays in a hollow."""
    sketch.add("ground", Parcel(sketch.own("heath"), lot.corners, 0.3, 4.0))
    for _ in range(int(lot.area / 420)):
        x, y = sketch.inside(lot)
        kind = sketch.pick(("rock", 0.6), ("scree", 0.4))
        far, wide = sketch.between(4, 15), sketch.between(3, 9)
        sketch.add("rows", Pond(sketch.shared(kind), x, y, far, wide, fray=0.35 * wide))
    for _ in range(int(lot.area / 500)):
        brush(sketch, *sketch.inside(lot), sketch.between(1.0, 3.0))
        size = sketch.between(1.0, 2.0)
        tree(sketch, "larch", *sketch.inside(lot), (size, size + 0.3), 4.5 * size)
    if sketch.chance(0.3):
        x, y = sketch.inside(lot)
        sketch.add("water", Pond(sketch.own("snow"), x, y, 9.0, 5.0, fray=2.5))
