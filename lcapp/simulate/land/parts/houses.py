"""Houses with their gardens, farms, and a village's rows of houses."""

import math

from lcapp.simulate.land.parts.ways import car
from lcapp.simulate.land.parts.woods import tree, trimmed_hedge
from lcapp.simulate.land.shapes import Building, Form, Parcel, Strip, block
from lcapp.simulate.land.sketch.lines import (
    Segment,
    length_of,
    lies_right,
    middle_of,
    moved,
    rectangle,
    turn_of,
)
from lcapp.simulate.land.sketch.lots import Lot
from lcapp.simulate.land.sketch.sketch import Sketch

PITCH = {"tiled roof": 0.45, "old tiled roof": 0.4, "slate roof": 0.95, "stone roof": 0.75}
"""Rise of a roof for each metre, by what covers it."""


def house(
    sketch: Sketch,
    x: float,
    y: float,
    turn: float,
    roof: str,
    length: float = 12.0,
    width: float = 8.0,
    storeys: int = 1,
) -> None:
    """A house, often with a wing at a right angle."""
    surface = sketch.shared(roof)
    eaves = 2.7 * storeys + sketch.between(0.0, 0.6)
    pitch = PITCH.get(roof, 0.5)
    form: Form = "hip" if sketch.chance(0.3) else "gable"
    sketch.add("built", Building(surface, x, y, length, width, turn, eaves, pitch, form))
    if sketch.chance(0.45):
        aside = (length / 2 - 0.3 * width) * (1 if sketch.chance(0.5) else -1)
        to = (width / 2 + 1.2) * (1 if sketch.chance(0.5) else -1)
        at_x, at_y = moved(x, y, turn, aside, to)
        wing = 0.62 * width
        sketch.add(
            "built",
            Building(surface, at_x, at_y, wing, wing, turn + math.pi / 2, 0.85 * eaves, pitch),
        )
    ends = (moved(x, y, turn, far * length, 0.0) for far in (-0.3, 0.3))
    sketch.keep_open((next(ends), next(ends)), width + 4.0)
    if sketch.chance(0.12):
        _panels(sketch, x, y, turn, length, width, eaves + pitch * width / 4)


def _panels(
    sketch: Sketch, x: float, y: float, turn: float, length: float, width: float, height: float
) -> None:
    """Solar panels on one side of the roof."""
    at_x, at_y = moved(x, y, turn, sketch.between(-0.15, 0.15) * length, 0.25 * width)
    sketch.add(
        "built",
        block(sketch.shared("solar roof"), at_x, at_y, 0.45 * length, 0.32 * width, turn, height),
    )


def garden(sketch: Sketch, lot: Lot, street: Segment, roof: str, setback: float = 6.0) -> None:
    """A house on its lot: drive, terrace, lawn, hedge, trees, a pool for some.

    Args:
        sketch: Drawn into.
        lot: The land, with its hedges on the border.
        street: The side towards the street.
        roof: Kind of the roof.
        setback: Metres from the street to the house.
    """
    turn = turn_of(street)
    front_x, front_y = middle_of(street)
    inwards = 1.0 if lies_right(street, *lot.centre) else -1.0
    frontage = length_of(street)
    sketch.add("yards", Parcel(sketch.shared(_ground(sketch)), lot.corners, 0.1, 0.05))
    if frontage < 9.0:
        return
    length = min(sketch.between(9.0, 14.5), frontage - 4.0)
    width = sketch.between(7.0, 9.5)
    aside = sketch.between(-0.5, 0.5) * max(0.0, frontage - length - 4.0)
    depth = setback + width / 2
    x, y = moved(front_x, front_y, turn, aside, inwards * depth)
    storeys = 2 if sketch.chance(0.35) else 1
    if sketch.chance(0.25):
        length, width, turned_by = width, min(length, 11.0), math.pi / 2
    else:
        turned_by = 0.0
    _drive(
        sketch, front_x, front_y, turn, aside + 0.34 * frontage * _sign(sketch), inwards, setback
    )
    at = moved(x, y, turn, sketch.between(-2, 2), inwards * (0.5 * max(width, length * 0.7) + 1.5))
    sketch.add("ways", Parcel(sketch.shared("terrace"), rectangle(*at, 6.5, 4.0, turn), 0.0, 0.0))
    house(sketch, x, y, turn + turned_by, roof, length, width, storeys)
    back = _depth(lot, street) - depth - width / 2
    if back > 9.0:
        _behind(sketch, lot, moved(x, y, turn, 0.0, inwards * (width / 2 + back / 2 + 1)), turn)
    for side in lot.sides:
        is_street = abs(math.sin(turn_of(side) - turn)) < 0.2 and _near(side, front_x, front_y)
        if sketch.chance(0.35 if is_street else 0.7) and sketch.touches(lot):
            trimmed_hedge(sketch, side, sketch.between(1.1, 2.1))


def _ground(sketch: Sketch) -> str:
    return sketch.pick(("lawn", 0.66), ("meadow", 0.13), ("dry grass", 0.13), ("gravel yard", 0.08))


def _sign(sketch: Sketch) -> float:
    return 1.0 if sketch.chance(0.5) else -1.0


def _near(side: Segment, x: float, y: float) -> bool:
    at_x, at_y = middle_of(side)
    return math.hypot(at_x - x, at_y - y) < 2.0


def _depth(lot: Lot, street: Segment) -> float:
    low, high = lot.reach(turn_of(street) + math.pi / 2)
    return high - low


def _drive(
    sketch: Sketch, x: float, y: float, turn: float, aside: float, inwards: float, setback: float
) -> None:
    """From the street to the garage, often with a car."""
    near = moved(x, y, turn, aside, -inwards * 1.0)
    far = moved(x, y, turn, aside, inwards * (setback + 3.0))
    kind = sketch.pick(("drive", 0.6), ("pavement", 0.25), ("terrace", 0.15))
    sketch.add("ways", Strip(sketch.shared(kind), (near, far), sketch.between(3.0, 4.6), 0.0, 0.1))
    if sketch.chance(0.5):
        car(sketch, *moved(x, y, turn, aside, inwards * 0.6 * setback), turn + math.pi / 2)


def _behind(sketch: Sketch, lot: Lot, at: tuple[float, float], turn: float) -> None:
    """What lies behind the house."""
    x, y = at
    room = lot.inset(3.0)
    if room is None or not room.holds(x, y):
        return
    if sketch.chance(0.3):
        long, wide = sketch.between(6.5, 9.5), sketch.between(3.2, 4.4)
        apron = rectangle(x, y, long + 2.6, wide + 2.6, turn)
        sketch.add("ways", Parcel(sketch.shared("terrace"), apron, 0.0, 0.0))
        water = rectangle(x, y, long, wide, turn)
        sketch.add("marks", Parcel(sketch.shared("pool"), water, 0.0, 0.0))
    elif sketch.chance(0.3):
        bed = rectangle(*moved(x, y, turn, sketch.between(-3, 3), 1.0), 6.0, 4.0, turn)
        sketch.add("ways", Parcel(sketch.shared("bare"), bed, 0.1, 0.2))
    yard = lot.inset(2.2)
    if yard is None or not sketch.touches(lot):
        return
    if sketch.chance(0.5):
        shed_x, shed_y = yard.corners[int(sketch.between(0, len(yard.corners)))]
        sketch.add(
            "built",
            Building(sketch.shared("metal roof"), shed_x, shed_y, 3.4, 2.6, turn, 2.1, 0.3),
        )
    for _ in range(int(sketch.between(0.0, 5.0) * min(lot.area / 600.0, 2.5))):
        at_x, at_y = sketch.inside(yard)
        if math.hypot(at_x - x, at_y - y) > 6.5:
            kind = sketch.pick(("fruit tree", 0.45), ("deciduous", 0.35), ("cedar", 0.2))
            size = sketch.between(1.2, 3.6)
            tree(sketch, kind, at_x, at_y, (size, size + 0.4), 2.2 + 1.9 * size)
