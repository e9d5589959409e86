"""Which zones a simulated collection has, and where their tiles and their series lie.

A zone is what FLAIR #2 calls an area: here as a rule 2 x 2 adjacent tiles in the middle of one
super-area, whose series they share. All of this follows from a few settings, before anything is
drawn: a collection can be begun, interrupted and gone on with.
"""

import math
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
from affine import Affine

from lcapp.prepare.crop import CONTEXT_PIXELS
from lcapp.sensors import AERIAL_GSD, SERIES_GSD, SR_FACTOR
from lcapp.simulate.domain import DEPARTMENTS, Domain
from lcapp.types import Grid

TILE_PIXELS = 512
TILE_METRES = TILE_PIXELS * AERIAL_GSD

SUPER_AREA = (64, 66)
"""Rows and columns of the series of a zone of two by two tiles."""

CRS = "EPSG:2154"

SIDE = 2
"""Tiles along a full zone, unless more are asked for."""

MOST_SIDE = 6
"""Zones lie 750 m apart."""

_CODES = {
    "open fields": "AA",
    "bocage": "AN",
    "vineyards": "AU",
    "mountain forest": "FN",
    "suburb": "UU",
}
"""As in FLAIR #2, two letters for what prevails: agricultural, forest, natural, urban."""

_TEST_DOMAINS = 5
"""At most: one a style."""


@dataclass(frozen=True)
class Tile:
    """One tile of a zone.

    Attributes:
        number: In the whole collection, from 1: `IMG_000001`.
        row: In the zone, from the north.
        col: In the zone, from the west.
    """

    number: int
    row: int
    col: int

    @property
    def left(self) -> float:
        """Metres from the zone's corner to the east."""
        return self.col * TILE_METRES

    @property
    def top(self) -> float:
        """Metres from the zone's corner to the south."""
        return self.row * TILE_METRES


@dataclass(frozen=True)
class Zone:
    """One area of a domain.

    Attributes:
        domain: Its light, soil and climate.
        name: `Z1_AA`.
        tree: Where its files go: FLAIR #2 has `train` and `test`.
        seed: Of the collection.
        key: Of the zone within the collection.
        plan: What to draw: a style of `styles.STYLES`, or a scene of the demo.
        tiles: One, or up to the square of the side.
        left: Map x of the upper left tile's corner, metres.
        top: Its y.
        shifts: Metres, deviation of where the dates of its series lie (`geolocation.shifts`).
        side: Tiles along it, were it full.
    """

    domain: Domain
    name: str
    tree: Literal["train", "test"]
    seed: int
    key: int
    plan: str
    tiles: tuple[Tile, ...]
    left: float
    top: float
    shifts: float = 0.0
    side: int = SIDE

    @property
    def extent(self) -> float:
        """Metres along a full zone."""
        return self.side * TILE_METRES

    @property
    def super_area(self) -> tuple[int, int]:
        """Rows and columns of the series: as much around the tiles as `SUPER_AREA` has."""
        more = math.ceil((self.side - SIDE) * TILE_METRES / SERIES_GSD)
        return SUPER_AREA[0] + more, SUPER_AREA[1] + more

    @property
    def fields_key(self) -> int:
        """Of its random fields: one number, so that all sensors see the same ground."""
        return int(np.random.default_rng((self.seed, self.key, 0)).integers(1 << 30))

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of tiles."""
        return 1 + max(tile.row for tile in self.tiles), 1 + max(tile.col for tile in self.tiles)

    @property
    def corner(self) -> tuple[float, float]:
        """Left and top of the super-area, metres from the zone's corner."""
        cols, rows = (self._first(axis)[1] for axis in (1, 0))
        half = TILE_METRES / 2
        return half - SERIES_GSD * cols, half - SERIES_GSD * rows

    def centroid(self, tile: Tile) -> tuple[int, int]:
        """Row and column of a tile's centre in the super-area, rounded as FLAIR #2's are."""
        step = round(TILE_METRES / SERIES_GSD)
        return self._first(0)[0] + step * tile.row, self._first(1)[0] + step * tile.col

    def crop(self, tile: Tile) -> tuple[slice, slice]:
        """Rows and columns of the series that `prepare.crop_to_tile` gives a tile.

        A month of the tile is made from the dates that are clear over this crop.
        """
        half = CONTEXT_PIXELS // 2
        row, col = self.centroid(tile)
        return slice(row - half, row + half), slice(col - half, col + half)

    def grid(self, tile: Tile) -> Grid:
        """Of the aerial image."""
        left, top = self.left + tile.left, self.top - tile.top
        transform = Affine(AERIAL_GSD, 0, left, 0, -AERIAL_GSD, top)
        return Grid(CRS, transform, TILE_PIXELS, TILE_PIXELS)

    def sr_grid(self, tile: Tile) -> Grid:
        """Of the truth."""
        return self.grid(tile).coarser(SR_FACTOR)

    def _first(self, axis: int) -> tuple[int, float]:
        """The first tile's centre along an axis of the super-area: rounded, and exactly.

        A tile is 10.24 pixels of the series wide. The super-area is placed so that the rounding
        errors of the centroids cancel: their mean, as a reader takes it, then is exact.
        """
        places = [(tile.row, tile.col)[axis] for tile in self.tiles]
        step = TILE_METRES / SERIES_GSD
        rounded = self.super_area[axis] // 2 - round(step * max(places) / 2)
        return rounded, rounded - (step - round(step)) * sum(places) / len(places)


def zones_of(
    tiles: int,
    domains: tuple[Domain, ...],
    seed: int,
    shifts: float = 0.0,
    side: int = SIDE,
) -> tuple[Zone, ...]:
    """Full zones, given to the domains in turn; the last one holds what is left of the tiles.

    From 15 domains on the last five, one a style, lie in the test tree; of 5 to 14 domains the
    last fifth; of fewer none. Whole domains are held out, never tiles of one.

    Args:
        tiles: 1 or more.
        domains: At most as many as there are zones.
        seed: Of the collection.
        shifts: Of each zone.
        side: Tiles along a full zone.
    """
    full = side * side
    count = -(-tiles // full)
    first_of_test = len(domains) - held_out_domains(len(domains))
    numbers = iter(range(1, tiles + 1))
    zones = []
    for key in range(count):
        place, turn = key % len(domains), key // len(domains)
        domain = domains[place]
        east, south = _in_department(place // DEPARTMENTS, turn)
        zones.append(
            Zone(
                domain=domain,
                name=f"Z{turn + 1}_{_CODES[domain.style]}",
                tree="test" if place >= first_of_test else "train",
                seed=seed,
                key=key,
                plan=domain.style,
                tiles=tuple(
                    Tile(number, *divmod(at, side))
                    for at, number in enumerate(islice(numbers, full))
                ),
                left=120_000.0 + 15_000.0 * (place % DEPARTMENTS) + east,
                # Lambert 93, roughly: a degree of latitude is 111 km, and 46.5 N is its origin.
                top=round(6_600_000 + 111_000 * (domain.latitude - 46.5), -3) - south,
                shifts=shifts,
                side=side,
            )
        )
    return tuple(zones)


def _in_department(repeat: int, turn: int) -> tuple[float, float]:
    """Metres east and south of a zone in its department's strip, 15 km wide.

    Zones of the first year fill rows of twelve; those of each later year have a column of their
    own beside them, so that no two years' landscapes lie on one ground.
    """
    if repeat == 0:
        return 1000.0 * (turn % 12), 1000.0 * (turn // 12)
    return 12_000.0 + 750.0 * (repeat - 1), 1000.0 * turn


def held_out_domains(count: int) -> int:
    """How many of so many domains are held out for testing."""
    return min(count // 5, _TEST_DOMAINS) if count < 3 * _TEST_DOMAINS else _TEST_DOMAINS


def usual_domains(tiles: int, side: int = SIDE) -> int:
    """How many domains so many tiles are spread over: about five zones each, at most 40."""
    zones = -(-tiles // (side * side))
    return min(zones, max(10, -(-zones // 5)), 40)
