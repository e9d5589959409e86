"""Suburb: streets of houses with gardens and pools, flats, warehouses, a park, a building site."""

import math

import numpy as np

from lcapp.simulate.land.landscape import Plan
from lcapp.simulate.land.parts.fields import field, greenhouses
from lcapp.simulate.land.parts.houses import garden
from lcapp.simulate.land.parts.town import (
    allotments,
    building_site,
    flats,
    gravelled,
    park,
    pitch,
    retention_basin,
    warehouse,
)
from lcapp.simulate.land.parts.waters import canal
from lcapp.simulate.land.parts.ways import railway, street
from lcapp.simulate.land.parts.woods import brush, row, stand
from lcapp.simulate.land.shapes import Parcel
from lcapp.simulate.land.sketch.lines import Segment, length_of, middle_of
from lcapp.simulate.land.sketch.lots import Lot, divide, slices
from lcapp.simulate.land.sketch.sketch import Sketch

_ROOFS = (("tiled roof", 0.6), ("slate roof", 0.2), ("old tiled roof", 0.2))

_USES = (
    *(("houses", 0.57), ("flats", 0.09), ("park", 0.07), ("building site", 0.07)),
    *(("pitch", 0.04), ("allotments", 0.03), ("basin", 0.06), ("greenhouses", 0.015)),
    ("waiting", 0.055),
)

_WAITING = (
    *(("meadow", 0.27), ("fallow", 0.18), ("wheat", 0.18), ("maize", 0.08), ("wood", 0.17)),
    ("yard", 0.12),
)


def suburb(sketch: Sketch) -> Plan:
    """The edge of a town."""
    blocks, cuts = divide(sketch.land, sketch.generator, 8_500, 1.7, 0.04, 0.06)
    by_rail = sketch.chance(0.2)
    for number, line in enumerate(cuts):
        if by_rail and number == 0:
            railway(sketch, line)
            continue
        street(sketch, line, 7.0 if number < 3 else 5.4, 0.08 if number < 3 else 0.2)
        if number < 6 and sketch.chance(0.4):
            row(sketch, line, sketch.pick(("plane", 0.6), ("birch", 0.4)), 10.0, 2.6, 9.0, 4.6)
    if not by_rail and sketch.chance(0.2):
        canal(sketch, cuts[0], 6.0, sketch.between(8.0, 13.0))
    roof = sketch.pick(*_ROOFS)
    trade = sketch.between(0.0, 2 * math.pi)
    for block in blocks:
        land = block.inset(4.4)
        if land is not None and not _wet(sketch, land):
            _use(sketch, land, roof, trade)
    return sketch.plan("pavement", bend=5.0)


def _wet(sketch: Sketch, land: Lot) -> bool:
    """Whether the canal runs through."""
    middle = land.centre
    places = np.array([((x + middle[0]) / 2, (y + middle[1]) / 2) for x, y in land.corners])
    return bool(sketch.is_open(places[:, 0], places[:, 1]).any())


def _use(sketch: Sketch, block: Lot, roof: str, trade: float) -> None:
    """Warehouses on one side of the town, houses on the other."""
    x, y = (one - sketch.extent / 2 for one in block.centre)
    towards = (x * math.cos(trade) + y * math.sin(trade)) / 200.0
    if towards + sketch.between(-0.25, 0.25) > 0.55:
        warehouse(sketch, block)
        return
    match sketch.pick(*_USES):
        case "flats":
            flats(sketch, block)
        case "park":
            park(sketch, block)
        case "building site":
            building_site(sketch, block)
        case "pitch":
            pitch(sketch, block.facing())
        case "allotments":
            allotments(sketch, block)
        case "basin":
            retention_basin(sketch, block)
        case "greenhouses":
            greenhouses(sketch, block.facing())
        case "waiting":
            _waiting(sketch, block)
        case _:
            _houses(sketch, block, roof)


def _waiting(sketch: Sketch, block: Lot) -> None:
    """Land that waits for the town: a last field, a fallow, a spinney."""
    kind = sketch.pick(*_WAITING)
    if kind == "wood":
        stand(sketch, block, "broadleaves")
        return
    if kind == "yard":
        gravelled(sketch, block)
        return
    field(sketch, block, kind)
    for _ in range(int(block.area / 1200)):
        brush(sketch, *sketch.inside(block), sketch.between(2.0, 5.0))


def _houses(sketch: Sketch, block: Lot, roof: str) -> None:
    """Two rows of lots back to back, each with its front to a street."""
    block = block.facing()
    sketch.add("ground", Parcel(sketch.shared("lawn"), block.corners, 0.1, 0.05))
    halves = [block]
    if block.width > 42.0:
        x, y = block.centre
        first, second, _ = block.cut(x, y, block.turn)
        halves = [half for half in (first, second) if half is not None]
    frontage = sketch.between(17.0, 26.0)
    for half in halves:
        for lot in slices(half, block.turn, frontage, sketch.generator, 0.12):
            if lot.area > 220.0:
                cover = roof if sketch.chance(0.8) else sketch.pick(*_ROOFS)
                garden(sketch, lot, _front(lot, block), cover, sketch.between(4.0, 7.5))


def _front(lot: Lot, block: Lot) -> Segment:
    """The side of a lot that lies furthest from the middle of the block."""
    x, y = block.centre
    across = block.turn + math.pi / 2

    def away(side: Segment) -> float:
        at_x, at_y = middle_of(side)
        off = (at_x - x) * math.cos(across) + (at_y - y) * math.sin(across)
        return abs(off) if length_of(side) > 6.0 else -1.0

    return max(lot.sides, key=away)
