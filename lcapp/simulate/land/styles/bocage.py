"""Bocage: small meadows behind hedges, ponds, scattered farms, a brook."""

from lcapp.simulate.land.landscape import Plan
from lcapp.simulate.land.parts.fields import field, orchard
from lcapp.simulate.land.parts.villages import farm, hamlet
from lcapp.simulate.land.parts.waters import meander, pond, river
from lcapp.simulate.land.parts.ways import road, track
from lcapp.simulate.land.parts.woods import brush, hedge, stand, tree
from lcapp.simulate.land.shapes import Parcel
from lcapp.simulate.land.sketch.lines import around, beside, middle_of
from lcapp.simulate.land.sketch.lots import Lot, divide
from lcapp.simulate.land.sketch.sketch import Sketch

_MEADOWS = (
    *(("pasture", 0.34), ("meadow", 0.14), ("hay", 0.2), ("silage meadow", 0.08)),
    *(("maize", 0.07), ("silage maize", 0.05), ("wheat", 0.07), ("barley", 0.03)),
    *(("plowed", 0.04), ("ley", 0.05)),
)

_USES = (
    *(("meadow", 0.81), ("orchard", 0.03), ("oak", 0.04), ("broadleaves", 0.025)),
    *(("douglas", 0.02), ("poplar", 0.015), ("thicket", 0.06)),
)


def bocage(sketch: Sketch) -> Plan:
    """Hedged meadows."""
    g = sketch.generator
    lots, cuts = divide(sketch.land, g, 8_500, 1.35, 0.1, 0.12)
    # First what no hedge may grow into.
    if sketch.chance(0.6):
        _valley(sketch)
    roof = sketch.pick(("slate roof", 0.6), ("tiled roof", 0.4))
    if sketch.chance(0.4):
        hamlet(sketch, cuts[0], roof)
    else:
        _farms(sketch, lots, roof)
    for number, line in enumerate(cuts):
        away: tuple[float, ...] = (0.0,)
        if number in (0, 2):
            road(sketch, line, 5.0 if number else 5.8, 1.8)
            away = (6.0, -6.0)
        elif number in (4, 7):
            track(sketch, line, worn=0.6)
            away = (3.8, -3.8)
        for metres in away:
            if sketch.chance(0.85):
                high, trees = sketch.between(2.0, 4.5), sketch.between(0.1, 0.75)
                hedge(sketch, beside(line, metres), high, trees, 0.08)
    for lot in lots:
        match sketch.pick(*_USES):
            case "meadow":
                _meadow(sketch, lot)
            case "orchard":
                orchard(sketch, lot)
            case wood:
                stand(sketch, lot, wood, 1.5)
    return sketch.plan("pasture", bend=7.0)


def _farms(sketch: Sketch, lots: list[Lot], roof: str) -> None:
    """One or two, on dry land."""
    near = [lot for lot in lots if sketch.near(*lot.centre) and lot.area > 4000]
    for lot in near[: int(sketch.between(0.0, 3.0))]:
        x, y = lot.centre
        if sketch.has_room(x, y):
            farm(sketch, x, y, lot.turn, roof)


def _meadow(sketch: Sketch, lot: Lot) -> None:
    kind = sketch.pick(*_MEADOWS)
    field(sketch, lot, kind)
    if kind not in ("pasture", "meadow") or not sketch.touches(lot):
        return
    inner = lot.inset(10.0)
    if inner is None:
        return
    if sketch.chance(0.28):
        pond(sketch, *sketch.inside(inner), sketch.between(3.5, 9.0))
    if sketch.chance(0.3):
        brush(sketch, *sketch.inside(inner), sketch.between(2.0, 6.0))
    if sketch.chance(0.25):
        x, y = lot.corners[0]
        trodden = around(x, y, 7, (0, 1.3, 2.6, 3.9, 5.2))
        sketch.add("rows", Parcel(sketch.shared("bare"), trodden, 0.0, 2.5))
    for _ in range(int(sketch.between(0.0, 3.5))):
        size = sketch.between(2.4, 5.2)
        at = sketch.inside(inner)
        tree(sketch, "oak", *at, (size, size + 0.5), 3.0 * size)


def _valley(sketch: Sketch) -> None:
    """A brook between wet meadows."""
    x, y = (sketch.between(0.2, 0.8) * sketch.extent for _ in range(2))
    line = meander(sketch, x, y, sketch.turn + sketch.between(0.4, 1.2), 16.0)
    turned = sketch.own(sketch.pick(("wet meadow", 0.6), ("flooded meadow", 0.4)))
    for piece in zip(line[::3], line[3::3], strict=False):
        corners = around(*middle_of(piece), 26.0, (0.0, 0.8, 1.6, 2.4, 3.2, 4.0, 4.8, 5.5))
        sketch.add("water", Parcel(turned, corners, 0.1, 3.0))
    river(sketch, line, sketch.between(2.5, 13.0), 0.7)
