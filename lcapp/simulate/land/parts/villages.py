"""Farms, hamlets, and what the middle of an old village is made of."""

import math

from lcapp.simulate.land.parts.houses import PITCH, garden, house
from lcapp.simulate.land.parts.woods import tree
from lcapp.simulate.land.shapes import Building, Parcel, block
from lcapp.simulate.land.sketch.lines import Segment, length_of, moved, rectangle, turn_of
from lcapp.simulate.land.sketch.lots import Lot
from lcapp.simulate.land.sketch.sketch import Sketch


def farm(sketch: Sketch, x: float, y: float, turn: float, roof: str) -> None:
    """A farmhouse and long barns around a yard, with a garden and manure at the back."""
    size = sketch.between(50.0, 70.0)
    if sketch.chance(0.5):
        turn += math.pi
    land = rectangle(x, y, size, size, turn)
    sketch.add("yards", Parcel(sketch.shared("meadow"), land, 0.1, 1.5))
    yard = rectangle(x, y, 0.62 * size, 0.56 * size, turn)
    ends = (moved(x, y, turn, far * size, 0.0) for far in (-0.2, 0.2))
    sketch.keep_open((next(ends), next(ends)), 0.8 * size)
    kind = sketch.pick(("gravel yard", 0.6), ("concrete yard", 0.4))
    sketch.add("ways", Parcel(sketch.own(kind), yard, 0.0, 0.8))
    sides = ((0.0, -0.33, 0.0, roof), (0.0, 0.34, 0.0, "metal roof"), (-0.36, 0.0, 1.57, ""))
    for far, aside, more, cover in sides:
        at = moved(x, y, turn, far * size + sketch.between(-3, 3), aside * size)
        if not cover and sketch.chance(0.3):
            continue
        if cover == roof:
            house(sketch, *at, turn + more, roof, sketch.between(13, 20), 8.6, 2)
            continue
        surface = sketch.shared(cover or sketch.pick((roof, 0.5), ("metal roof", 0.5)))
        long, wide = sketch.between(22.0, 38.0), sketch.between(11.0, 17.0)
        sketch.add(
            "built", Building(surface, *at, long, wide, turn + more, sketch.between(4, 6), 0.28)
        )
    if sketch.chance(0.5):
        heap = moved(x, y, turn, 0.42 * size, 0.2 * size)
        sketch.add("ways", Parcel(sketch.own("bare"), rectangle(*heap, 9, 12, turn), 0.5, 0.8))
    if sketch.chance(0.5):
        silo = moved(x, y, turn, 0.4 * size, -0.1 * size)
        sketch.add("built", block(sketch.shared("tarpaulin"), *silo, 18.0, 7.0, turn, 1.6))
    for _ in range(int(sketch.between(4, 16))):
        spot = moved(x, y, turn, sketch.between(-0.55, 0.55) * size, -0.5 * size)
        tree(sketch, sketch.pick(("oak", 0.4), ("deciduous", 0.6)), *spot, (2.0, 4.4), 10.0)


def hamlet(sketch: Sketch, road: Segment, roof: str) -> None:
    """A few houses with gardens along a country road, near the middle of the land."""
    turn, middle = turn_of(road), sketch.extent / 2
    (x0, y0), _ = road
    there = (middle - x0) * math.cos(turn) + (middle - y0) * math.sin(turn)
    far = there + sketch.between(-0.5, 0.1) * sketch.extent
    for _ in range(int(sketch.between(2.0, 6.0))):
        front, deep = sketch.between(20.0, 30.0), sketch.between(28.0, 44.0)
        for side in (1.0, -1.0):
            if not 0.0 < far < length_of(road) or not sketch.chance(0.6):
                continue
            x, y = moved(x0, y0, turn, far, side * (5.5 + deep / 2))
            if not sketch.has_room(x, y, 0.45 * front):
                continue
            corners = rectangle(x, y, front, deep, turn)
            first, second = (corners[0], corners[1]) if side > 0 else (corners[3], corners[2])
            garden(sketch, Lot(corners, turn), (first, second), roof, sketch.between(5.0, 12.0))
            sketch.keep_open((moved(x, y, turn, -4.0, 0.0), moved(x, y, turn, 4.0, 0.0)), 9.0)
        far += front + sketch.between(0.0, 8.0)


def terrace_row(sketch: Sketch, street: Segment, inwards: float, roof: str) -> None:
    """Houses wall to wall along a street, as old villages have them.

    Args:
        sketch: Drawn into.
        street: The line of their fronts.
        inwards: 1 where they stand to the right of someone walking it, else -1.
        roof: Kind of the roofs.
    """
    turn, far, end = turn_of(street), 0.0, length_of(street)
    while far < end - 6.0:
        long = min(sketch.between(6.5, 14.0), end - far)
        deep = sketch.between(8.0, 11.5)
        if not sketch.chance(0.14):
            x, y = moved(
                *street[0], turn, far + long / 2, inwards * (deep / 2 + sketch.between(0, 1))
            )
            eaves, pitch = sketch.between(4.6, 7.6), PITCH.get(roof, 0.45)
            surface = sketch.shared(roof)
            sketch.add("built", Building(surface, x, y, long, deep, turn, eaves, pitch))
            if sketch.chance(0.5):
                back = moved(x, y, turn, sketch.between(-2, 2), inwards * (deep / 2 + 2.5))
                annex = Building(sketch.shared(roof), *back, 5.0, 6.0, turn + 1.57, 2.8, 0.4)
                sketch.add("built", annex)
        far += long


def church(sketch: Sketch, x: float, y: float, turn: float, roof: str) -> None:
    """Nave, transept and a tower on its square."""
    square = rectangle(x, y, 46.0, 34.0, turn)
    sketch.add("ways", Parcel(sketch.own("gravel yard"), square, 0.0, 0.2))
    for far, long, wide, more, eaves in ((0, 26, 10, 0, 9.0), (5, 19, 7, math.pi / 2, 8.0)):
        at = moved(x, y, turn, far, 0.0)
        sketch.add("built", Building(sketch.shared(roof), *at, long, wide, turn + more, eaves, 0.8))
    tower = moved(x, y, turn, -14.0, 0.0)
    sketch.add("built", Building(sketch.shared("slate roof"), *tower, 6, 6, turn, 16.0, 2.2, "hip"))
