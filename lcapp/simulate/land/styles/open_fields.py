"""Open fields: large parcels of crops without hedges, a farm, a windbreak, a spinney."""

import math

from lcapp.simulate.land.landscape import Plan
from lcapp.simulate.land.parts.fields import field, greenhouses
from lcapp.simulate.land.parts.town import building_site
from lcapp.simulate.land.parts.villages import farm, hamlet
from lcapp.simulate.land.parts.waters import canal, pond
from lcapp.simulate.land.parts.ways import road, track
from lcapp.simulate.land.parts.woods import brush, hedge, row, stand
from lcapp.simulate.land.shapes import Parcel
from lcapp.simulate.land.sketch.lines import Segment, beside, moved
from lcapp.simulate.land.sketch.lots import Lot, divide, halve, slices
from lcapp.simulate.land.sketch.sketch import Sketch

_CROPS = (
    *(("wheat", 0.27), ("barley", 0.1), ("spring barley", 0.06), ("maize", 0.12)),
    *(("rapeseed", 0.12), ("sunflower", 0.07), ("beet", 0.07), ("potato", 0.04)),
    *(("pea", 0.04), ("alfalfa", 0.04), ("fallow", 0.04), ("plowed", 0.1), ("soy", 0.03)),
)


def open_fields(sketch: Sketch) -> Plan:
    """A plain of crops."""
    blocks, cuts = divide(sketch.land, sketch.generator, 42_000, 1.5, 0.05, 0.03)
    for number, line in enumerate(cuts):
        _way(sketch, line, number)
    if sketch.chance(0.25):
        canal(sketch, cuts[0], sketch.between(8.0, 16.0), sketch.between(9.0, 26.0))
    roof = sketch.pick(("tiled roof", 0.6), ("slate roof", 0.4))
    built = sketch.chance(0.25)
    if built:
        hamlet(sketch, cuts[0], roof)
    for block in blocks:
        if not built and sketch.touches(block) and sketch.chance(0.3):
            built = True
            _with_farm(sketch, block, roof)
            continue
        for part in _parcels(sketch, block):
            _use(sketch, part)
    return sketch.plan("wheat", bend=3.0)


def _way(sketch: Sketch, line: Segment, number: int) -> None:
    """The first cuts are roads, the next ones tracks, some with a windbreak."""
    edge = 4.0
    if number == 0:
        road(sketch, line, 6.0, 3.0)
        edge = 7.0
    elif number == 1 and sketch.chance(0.5):
        road(sketch, line, 4.6, 1.8)
        edge = 5.5
    else:
        track(sketch, line, 3.8, 0.6)
    if number < 2 and sketch.chance(0.25):
        row(sketch, line, "plane", 9.5, 3.2, 10.0, edge)
    elif sketch.chance(0.22):
        row(sketch, line, "poplar", 5.0, 1.9, 17.0, edge)
    elif sketch.chance(0.15):
        hedge(sketch, beside(line, edge), 2.6, 0.1, 0.2)


def _parcels(sketch: Sketch, block: Lot) -> list[Lot]:
    """Long strips side by side, as land consolidation left them."""
    block = block.facing()
    width = sketch.between(45.0, 115.0)
    return slices(block, block.turn + math.pi / 2, width, sketch.generator, 0.3)


def _use(sketch: Sketch, lot: Lot) -> None:
    match sketch.pick(("crop", 0.86), ("wood", 0.065), ("thicket", 0.025), ("pit", 0.05)):
        case "wood" if lot.area < 24_000:
            stand(sketch, lot, sketch.pick(("broadleaves", 0.7), ("pine", 0.3)), 2.0)
        case "thicket":
            stand(sketch, lot, "thicket", 2.5)
        case "pit":
            halves, _ = halve(lot, sketch.generator, across=True)
            for half in halves[1:]:
                field(sketch, half, sketch.pick(*_CROPS))
            _pit(sketch, halves[0])
        case _:
            kind = sketch.pick(*_CROPS, ("hay", 0.05), ("ley", 0.03))
            field(sketch, lot, kind, margin=sketch.between(0.0, 1.2))


def _pit(sketch: Sketch, lot: Lot) -> None:
    """A gravel pit with ground water, overgrown at its border."""
    sketch.add("ground", Parcel(sketch.own("quarry", brightness=0.72), lot.corners, 0.0, 2.0))
    inner = lot.inset(14.0)
    if inner is not None:
        pond(sketch, *inner.centre, 0.4 * min(inner.length, inner.width), "lake")
    for side in lot.sides:
        hedge(sketch, side, 2.4, 0.1, 0.4)


def _with_farm(sketch: Sketch, block: Lot, roof: str) -> None:
    """A farm at a corner, a paddock and perhaps a greenhouse beside it."""
    field(sketch, block, sketch.pick(*_CROPS))
    x, y = block.centre
    for _ in range(20):
        if sketch.near(x, y, -60.0) and sketch.has_room(x, y):
            break
        x, y = sketch.inside(block)
    else:
        return
    farm(sketch, x, y, block.turn, roof)
    for _ in range(2):
        far, aside = sketch.between(42, 60), sketch.between(-30, 30)
        brush(sketch, x + far, y + aside, sketch.between(3, 6))
    corners = ((40.0, -18.0), (84.0, -18.0), (84.0, 18.0), (40.0, 18.0))
    side = Lot(tuple(moved(x, y, block.turn, *corner) for corner in corners), block.turn)
    use = sketch.pick(("greenhouses", 0.4), ("site", 0.25), ("paddock", 0.35))
    if use == "greenhouses":
        greenhouses(sketch, side)
    elif use == "site":
        building_site(sketch, side)
    else:
        field(sketch, side, "pasture")
