"""A plan in the making: shapes in layers, and each parcel's own variant of its kind."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from lcapp.simulate.land.ground.surface import Surface, thinned, vary
from lcapp.simulate.land.ground.surfaces import SURFACES
from lcapp.simulate.land.landscape import Plan
from lcapp.simulate.land.shapes import Shape
from lcapp.simulate.land.sketch.lines import Segment
from lcapp.simulate.land.sketch.lots import Lot, square
from lcapp.types import Bools

SURROUNDINGS = 245.0
"""Metres around the tiles that only the satellite sees."""

_NEAR = 55.0
"""Metres around the tiles in which trees stand singly: their shadows reach the tiles."""

_LAYERS = (*("ground", "rows", "water", "yards", "ways", "tracks", "marks", "built", "plants"),)
"""From below to the top. Tracks lie on the verges of all ways and below all roads."""

_VARIANTS = 4
"""Of what stands in many places: roofs, hedges, single trees."""


class Sketch:
    """A plan in the making.

    Attributes:
        generator: Of everything that is drawn at random.
        turn: The main direction of this land, radians from east towards south.
        land: All of it.
    """

    def __init__(self, seed: int, style: int, extent: float) -> None:
        self.generator = np.random.default_rng((seed, style, 0x51))
        self.turn = float(self.generator.uniform(-np.pi / 4, np.pi / 4))
        self.extent = extent
        self.land = square(-SURROUNDINGS - 15.0, extent + SURROUNDINGS + 15.0, self.turn)
        self._key = int(self.generator.integers(1 << 20))
        self._layers: dict[str, list[Shape]] = {layer: [] for layer in _LAYERS}
        self._surfaces: dict[str, Surface] = {}
        self._turns: dict[str, float] = {}
        self._pools: dict[str, list[str]] = {}
        self._ways: list[tuple[float, float, float, float, float]] = []

    def add(self, layer: str, *shapes: Shape) -> None:
        """Put shapes on top of those that the layer holds."""
        self._layers[layer] += shapes

    def own(self, kind: str, turn: float | None = None, brightness: float = 1.0) -> str:
        """A new variant of a kind: its name.

        Args:
            kind: In `SURFACES`.
            turn: Direction in which it is worked.
            brightness: A further factor.
        """
        varied = vary(SURFACES[kind], self.generator)
        name = f"{kind}/{len(self._surfaces)}"
        self._surfaces[name] = replace(varied, brightness=varied.brightness * brightness)
        if turn is not None:
            self._turns[name] = turn
        return name

    def shared(self, kind: str) -> str:
        """One of a few variants of a kind that stands in many places."""
        pool = self._pools.setdefault(kind, [])
        if len(pool) < _VARIANTS:
            pool.append(self.own(kind))
            return pool[-1]
        return pool[self.generator.integers(len(pool))]

    def thin(self, name: str, share: float) -> str:
        """The same parcel with a share of its plants."""
        made = f"{name.partition('/')[0]}/{len(self._surfaces)}"
        self._surfaces[made] = thinned(self._surfaces[name], share)
        if name in self._turns:
            self._turns[made] = self._turns[name]
        return made

    def same(self, kind: str) -> str:
        """The one variant of a kind that is the same all over the plan."""
        pool = self._pools.setdefault(kind, [])
        if not pool:
            pool.append(self.own(kind))
        return pool[0]

    def keep_open(self, line: Segment, width: float) -> None:
        """Let no tree stand on a band along a line."""
        (x0, y0), (x1, y1) = line
        self._ways.append((x0, y0, x1, y1, width / 2))

    def is_open(self, x: ArrayLike, y: ArrayLike) -> Bools:
        """Whether places lie on a band that is kept open; of any shape."""
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if not self._ways:
            return np.zeros(x.shape, dtype=bool)
        x0, y0, x1, y1, reach = np.array(self._ways).T
        wide, high = x1 - x0, y1 - y0
        from_x, from_y = x[..., None] - x0, y[..., None] - y0
        far = (from_x * wide + from_y * high) / np.maximum(wide * wide + high * high, 1e-9)
        far = np.clip(far, 0.0, 1.0)
        distance = np.hypot(from_x - far * wide, from_y - far * high)
        found: Bools = (distance < reach).any(axis=-1)
        return found

    def near(self, x: float, y: float, more: float = 0.0) -> bool:
        """Whether the aerial image sees the place, or a shadow from there."""
        low, high = -_NEAR - more, self.extent + _NEAR + more
        return low < x < high and low < y < high

    def touches(self, lot: Lot) -> bool:
        """Whether some of the land is near."""
        x, y = zip(*lot.corners, strict=True)
        low, high = -_NEAR, self.extent + _NEAR
        return bool(min(x) < high and max(x) > low and min(y) < high and max(y) > low)

    def has_room(self, x: float, y: float, reach: float = 34.0) -> bool:
        """Whether nothing is kept open within a square about a place."""
        offsets = np.linspace(-reach, reach, 9)
        return not self.is_open(*np.meshgrid(x + offsets, y + offsets)).any()

    def inside(self, lot: Lot) -> tuple[float, float]:
        """A random place on a piece of land."""
        xs, ys = zip(*lot.corners, strict=True)
        for _ in range(30):
            x, y = self.between(min(xs), max(xs)), self.between(min(ys), max(ys))
            if lot.holds(x, y):
                return x, y
        return lot.centre

    def chance(self, share: float) -> bool:
        """True in that share of the cases."""
        return bool(self.generator.random() < share)

    def between(self, low: float, high: float) -> float:
        """A number from an even distribution."""
        return float(self.generator.uniform(low, high))

    def pick(self, *weighted: tuple[str, float]) -> str:
        """One of some names, each with its weight."""
        names, weights = zip(*weighted, strict=True)
        shares = np.array(weights) / sum(weights)
        return str(names[self.generator.choice(len(names), p=shares)])

    def plan(self, around: str, bend: float) -> Plan:
        """What was sketched.

        Args:
            around: Kind of the ground where nothing was drawn.
            bend: Metres by which straight lines stray.
        """
        shapes = tuple(shape for layer in _LAYERS for shape in self._layers[layer])
        return Plan(shapes, (around,), self._key, self.turn, self._surfaces, self._turns, bend)
