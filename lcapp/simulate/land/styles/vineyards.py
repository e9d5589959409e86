"""Vineyards around a stone village: plots in rows of varying direction, plane trees, pools."""

import math

from lcapp.simulate.land.landscape import Plan
from lcapp.simulate.land.parts.fields import field, greenhouses, orchard, vineyard
from lcapp.simulate.land.parts.houses import garden
from lcapp.simulate.land.parts.town import building_site
from lcapp.simulate.land.parts.villages import church, farm, terrace_row
from lcapp.simulate.land.parts.waters import canal, pond
from lcapp.simulate.land.parts.ways import car_park, road, street, track
from lcapp.simulate.land.parts.woods import brush, hedge, row, stand, tree
from lcapp.simulate.land.shapes import Parcel
from lcapp.simulate.land.sketch.lines import (
    Segment,
    beside,
    length_of,
    lies_right,
    middle_of,
    pieces,
    turn_of,
)
from lcapp.simulate.land.sketch.lots import Lot, divide, slices
from lcapp.simulate.land.sketch.sketch import Sketch

_USES = (
    *(("vines", 0.56), ("orchard", 0.05), ("garrigue", 0.09), ("oak", 0.045), ("pine", 0.035)),
    *(("thicket", 0.02), ("greenhouses", 0.01), ("building site", 0.022), ("reservoir", 0.025)),
    *(("farm", 0.013), ("crop", 0.13)),
)

_CROPS = (
    *(("wheat", 0.25), ("fallow", 0.2), ("meadow", 0.2), ("sunflower", 0.15)),
    *(("plowed", 0.1), ("dry grass", 0.1)),
)


def vineyards(sketch: Sketch) -> Plan:
    """Wine country."""
    g = sketch.generator
    blocks, cuts = divide(sketch.land, g, 17_000, 1.4, 0.09, 0.22)
    village = _village_centre(sketch)
    for number, line in enumerate(cuts):
        if number in (0, 3):
            road(sketch, line, 5.6, 1.6)
            if sketch.chance(0.6):
                row(sketch, line, "plane", 9.0, 3.3, 11.0, 5.2)
        else:
            _track(sketch, line, village)
    if sketch.chance(0.3):
        canal(sketch, cuts[0], sketch.between(9.0, 14.0), sketch.between(10.0, 24.0))
    for block in blocks:
        if village is not None and math.dist(block.centre, village) < 105.0:
            _village_block(sketch, block, village)
        else:
            _plots(sketch, block)
    return sketch.plan("vine row", bend=5.0)


def _village_centre(sketch: Sketch) -> tuple[float, float] | None:
    """Where the church stands, if there is a village near."""
    if not sketch.chance(0.6):
        return None
    return (
        sketch.between(-0.2, 1.2) * sketch.extent,
        sketch.between(-0.2, 1.2) * sketch.extent,
    )


def _track(sketch: Sketch, line: Segment, village: tuple[float, float] | None) -> None:
    """A track that becomes a street in the village."""
    track(sketch, line, 3.2, 0.5)
    for piece in pieces(line, 30.0):
        if village and math.dist(middle_of(piece), village) < 85.0:
            street(sketch, piece, 4.6, 0.1)
    if sketch.chance(0.15) and village is None:
        hedge(sketch, beside(line, 3.6), 3.0, 0.3, 0.2)


def _plots(sketch: Sketch, block: Lot) -> None:
    turn = block.turn + (math.pi / 2 if sketch.chance(0.5) else 0.0)
    width = sketch.between(26.0, 62.0)
    for plot in slices(Lot(block.corners, turn), turn + math.pi / 2, width, sketch.generator, 0.3):
        _use(sketch, plot)


def _use(sketch: Sketch, plot: Lot) -> None:
    use = sketch.pick(*_USES)
    match use:
        case "vines":
            vineyard(sketch, plot)
        case "orchard":
            orchard(sketch, plot)
        case "garrigue":
            sketch.add("ground", Parcel(sketch.own("dry grass"), plot.corners, 0.3, 0.4))
            for _ in range(int(plot.area / 70)):
                brush(sketch, *sketch.inside(plot), sketch.between(1.5, 4.8))
        case "oak" | "pine" | "thicket":
            stand(sketch, plot, use, 1.5)
        case "greenhouses":
            greenhouses(sketch, plot)
        case "building site":
            building_site(sketch, plot)
        case "reservoir":
            sketch.add("ground", Parcel(sketch.own("dry grass"), plot.corners, 0.1, 0.3))
            pond(sketch, *plot.centre, 0.4 * min(plot.length, plot.width), "lake")
        case "farm" if sketch.touches(plot) and sketch.has_room(*plot.centre, 27.0):
            sketch.add("ground", Parcel(sketch.own("dry grass"), plot.corners, 0.2, 0.4))
            farm(sketch, *plot.centre, plot.turn, "old tiled roof")
        case _:
            field(sketch, plot, sketch.pick(*_CROPS))


def _village_block(sketch: Sketch, block: Lot, village: tuple[float, float]) -> None:
    """Rows of old houses near the church, gardens with pools further out."""
    quarters, streets = divide(block, sketch.generator, 3_600, 1.3, 0.1, 0.1)
    for line in streets:
        street(sketch, line, 4.4, 0.12)
    for quarter in quarters:
        away = math.dist(quarter.centre, village)
        ground = "gravel yard" if away < 70 else "meadow"
        sketch.add("ground", Parcel(sketch.own(ground), quarter.corners, 0.0, 0.1))
        if away < 28.0 and quarter.area > 1500:
            church(sketch, *quarter.centre, quarter.turn, "old tiled roof")
        elif away < 80.0:
            _old_quarter(sketch, quarter)
        elif sketch.chance(0.12):
            car_park(sketch, quarter, 0.4)
        else:
            _houses_outside(sketch, quarter)


def _old_quarter(sketch: Sketch, quarter: Lot) -> None:
    """Houses wall to wall around courts and small gardens."""
    court = quarter.inset(15.0)
    if court is not None:
        sketch.add("ground", Parcel(sketch.shared("lawn"), court.corners, 0.1, 0.6))
        for _ in range(int(court.area / 90)):
            size = sketch.between(1.4, 3.2)
            tree(sketch, "deciduous", *sketch.inside(court), (size, size + 0.3), 2.6 * size)
    inner = quarter.inset(4.0)
    if inner is None:
        return
    middle = inner.centre
    sides = sorted(inner.sides, key=length_of)
    # A narrow quarter has room for houses on its long sides only.
    for side in sides if court is not None else sides[-2:]:
        if length_of(side) > 14.0:
            inwards = 1.0 if lies_right(side, *middle) else -1.0
            terrace_row(sketch, side, inwards, "old tiled roof")


def _houses_outside(sketch: Sketch, quarter: Lot) -> None:
    # Between the pavements of the streets around.
    inner = quarter.inset(3.2)
    if inner is None:
        return
    quarter = inner.facing()
    for lot in slices(quarter, quarter.turn, 26.0, sketch.generator):
        part = lot.inset(1.0)
        if part is None or part.area < 250:
            continue
        ends = [side for side in part.sides if abs(math.cos(turn_of(side) - part.turn)) > 0.7]
        front = ends[int(sketch.between(0, len(ends)))] if ends else part.sides[0]
        roof = sketch.pick(("old tiled roof", 0.5), ("tiled roof", 0.5))
        garden(sketch, part, front, roof)
