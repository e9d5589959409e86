"""What towns have besides houses: flats, warehouses, parks, building sites."""

import math

from lcapp.simulate.land.parts.waters import pond
from lcapp.simulate.land.parts.ways import car, car_park, path
from lcapp.simulate.land.parts.woods import brush, tree
from lcapp.simulate.land.shapes import Building, Parcel, Pond, Strip, block
from lcapp.simulate.land.sketch.lines import moved, rectangle
from lcapp.simulate.land.sketch.lots import Lot, slices
from lcapp.simulate.land.sketch.sketch import Sketch


def warehouse(sketch: Sketch, lot: Lot) -> None:
    """A hall with a flat roof, a yard for lorries, parking, some grass."""
    lot = lot.facing()
    sketch.add("ground", Parcel(sketch.shared("lawn"), lot.corners, 0.1, 0.1))
    yard = lot.inset(4.0)
    if yard is None:
        return
    kind = sketch.pick(("car park", 0.4), ("concrete yard", 0.3), ("gravel yard", 0.3))
    sketch.add("ground", Parcel(sketch.own(kind), yard.corners, 0.0, 0.05))
    halls = slices(yard, lot.turn, 0.62 * yard.length, sketch.generator, 0.05)
    hall = halls[0]
    x, y = hall.centre
    long, wide = 0.78 * hall.length, 0.72 * hall.width
    roof = sketch.own(sketch.pick(("white roof", 0.35), ("flat roof", 0.3), ("metal roof", 0.35)))
    eaves = sketch.between(7.0, 12.0)
    sketch.add("built", block(roof, x, y, long, wide, lot.turn, eaves))
    fittings = sketch.shared("metal roof")
    for _ in range(int(long * wide / 160)):
        at = moved(x, y, lot.turn, *(sketch.between(-0.42, 0.42) * one for one in (long, wide)))
        size = sketch.between(1.2, 2.6)
        sketch.add("built", block(fittings, *at, size, size, lot.turn, eaves + 0.9))
    if sketch.chance(0.3):
        panels = moved(x, y, lot.turn, 0.0, 0.2 * wide)
        solar = sketch.shared("solar roof")
        sketch.add("built", block(solar, *panels, 0.8 * long, 0.4 * wide, lot.turn, eaves + 0.4))
    if len(halls) > 1:
        rest = halls[1].inset(1.0)
        if rest is not None and rest.area > 300:
            car_park(sketch, rest)


def flats(sketch: Sketch, lot: Lot) -> None:
    """Slabs of flats among lawns, parking and trees."""
    lot = lot.facing()
    sketch.add("ground", Parcel(sketch.own("lawn"), lot.corners, 0.1, 0.1))
    strips = slices(lot, lot.turn + math.pi / 2, 28.0, sketch.generator, 0.1)
    for number, strip in enumerate(strips):
        inner = strip.inset(4.0)
        if inner is None or inner.width < 10.0:
            continue
        if number % 2:
            car_park(sketch, inner, 0.7)
            continue
        x, y = inner.centre
        roof = sketch.shared(sketch.pick(("flat roof", 0.6), ("white roof", 0.4)))
        eaves = 2.9 * int(sketch.between(3.0, 7.0)) + 0.8
        long = min(0.75 * inner.length, 60.0)
        sketch.add("built", block(roof, x, y, long, 12.0, lot.turn, eaves))
        for far in (-0.3, 0.3):
            at = moved(x, y, lot.turn, far * long, 0.0)
            sketch.add("built", block(roof, *at, 4.0, 4.0, lot.turn, eaves + 2.2))
    _scatter(sketch, lot, 240.0, (2.0, 4.6))


def gravelled(sketch: Sketch, lot: Lot) -> None:
    """A yard of gravel with heaps, parked lorries and weeds at its border."""
    sketch.add("ground", Parcel(sketch.own("gravel yard"), lot.corners, 0.0, 0.6))
    heap, box = sketch.own("gravel bar"), sketch.shared("metal roof")
    inner = lot.inset(8.0)
    if inner is None:
        return
    for _ in range(int(2 + lot.area / 900)):
        x, y = sketch.inside(inner)
        if sketch.chance(0.4):
            sketch.add("rows", Pond(heap, x, y, 5.0, 3.5, 0.7, 1.8))
        elif sketch.chance(0.4):
            sketch.add("built", block(box, x, y, 12.0, 2.5, lot.turn, 2.6))
        else:
            car(sketch, x, y, lot.turn)
    for x, y in lot.corners:
        brush(sketch, x, y, sketch.between(3.0, 7.0))


def park(sketch: Sketch, lot: Lot) -> None:
    """Lawn, old trees in groups, paths, often a pond."""
    sketch.add("ground", Parcel(sketch.own("park grass"), lot.corners, 0.1, 0.1))
    inner = lot.inset(4.0)
    if inner is None:
        return
    for side in inner.sides:
        path(sketch, side, 2.2)
    if sketch.chance(0.5):
        path(sketch, (inner.corners[0], inner.corners[len(inner.corners) // 2]), 2.2)
    else:
        pond(sketch, *lot.centre, min(18.0, 0.16 * math.sqrt(lot.area)), "lake")
    _scatter(sketch, inner, 110.0, (2.4, 6.0))


def pitch(sketch: Sketch, lot: Lot) -> None:
    """A sports field with its lines."""
    sketch.add("ground", Parcel(sketch.shared("meadow"), lot.corners, 0.1, 0.1))
    x, y = lot.centre
    long = min(100.0, 0.78 * lot.length)
    wide = min(64.0, 0.72 * lot.width)
    corners = rectangle(x, y, long, wide, lot.turn)
    sketch.add("rows", Parcel(sketch.own("lawn", lot.turn), corners, 0.0, 0.05))
    lines = (*zip(corners, (*corners[1:], corners[0]), strict=True),)
    middle = (moved(x, y, lot.turn, 0, -wide / 2), moved(x, y, lot.turn, 0, wide / 2))
    for line in (*lines, middle):
        if sketch.near(*line[0]):
            sketch.add("marks", Strip("marking", line, 0.25, 0.0, 0.0))


def building_site(sketch: Sketch, lot: Lot) -> None:
    """Stripped soil, heaps, a slab and the first walls."""
    sketch.add("ground", Parcel(sketch.own("building site", lot.turn), lot.corners, 0.1, 0.5))
    inner = lot.inset(5.0)
    if inner is None:
        return
    bare = sketch.own("bare")
    for _ in range(int(1 + lot.area / 500)):
        x, y = sketch.inside(inner)
        if sketch.is_open(x, y):
            continue
        drawn = sketch.between(0.0, 1.0)
        corners = rectangle(x, y, sketch.between(6, 16), sketch.between(5, 11), lot.turn)
        if drawn < 0.35:
            sketch.add("rows", Parcel(bare, corners, sketch.between(0.5, 2.5), 1.4))
        elif drawn < 0.65:
            sketch.add("ways", Parcel(sketch.shared("concrete yard"), corners, 0.1, 0.0))
        elif drawn < 0.8:
            sketch.add("built", block(sketch.shared("new building"), x, y, 12, 9, lot.turn, 5.8))
        else:
            brush(sketch, x, y, 3.0)
    track_of = (inner.corners[0], inner.centre)
    sketch.add("ways", Strip(sketch.shared("track"), track_of, 4.5, 0.0, 0.6))


def allotments(sketch: Sketch, lot: Lot) -> None:
    """Narrow beds, sheds and bushes."""
    sketch.add("ground", Parcel(sketch.shared("meadow"), lot.corners, 0.1, 0.1))
    lot = lot.facing()
    beds = [
        bed
        for strip in slices(lot, lot.turn + math.pi / 2, 22.0, sketch.generator)
        for bed in slices(strip, lot.turn, sketch.between(7.0, 10.0), sketch.generator)
    ]
    for bed in beds:
        part = bed.inset(0.7)
        if part is None:
            continue
        kind = sketch.pick(("potato", 0.3), ("bare", 0.25), ("lawn", 0.25), ("pea", 0.2))
        sketch.add("ground", Parcel(sketch.shared(kind), part.corners, 0.2, 0.2))
        x, y = sketch.inside(part)
        shed = Building(sketch.shared("metal roof"), x, y, 3.0, 2.4, lot.turn, 2.1, 0.3)
        sketch.add("built", shed)
        tree(sketch, "fruit tree", *sketch.inside(part), (1.0, 2.2), 3.6)


def retention_basin(sketch: Sketch, lot: Lot) -> None:
    """Where the rain of roofs and streets is kept: water in a mown hollow."""
    sketch.add("ground", Parcel(sketch.own("meadow"), lot.corners, 0.1, 0.1))
    pond(sketch, *lot.centre, min(24.0, 0.3 * min(lot.length, lot.width)), "lake")
    _scatter(sketch, lot, 400.0, (1.6, 3.0))


def _scatter(sketch: Sketch, lot: Lot, square_metres: float, radii: tuple[float, float]) -> None:
    """Single trees of some kinds, one for so many square metres."""
    for _ in range(int(lot.area / square_metres)):
        x, y = sketch.inside(lot)
        kind = sketch.pick(
            ("plane", 0.3), ("deciduous", 0.35), ("birch", 0.1), ("cedar", 0.15), ("pine", 0.1)
        )
        size = sketch.between(*radii)
        tree(sketch, kind, x, y, (size, size + 0.4), 3.0 + 2.3 * size)
