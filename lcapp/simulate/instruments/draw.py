"""One zone from its plan: the tiles of the aerial image, the year of the satellite, the truth."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lcapp.sensors import AERIAL_GSD, COMMON_BANDS, SERIES_GSD
from lcapp.simulate.instruments.aerial import SHADOW_REACH, elevation_byte, photograph
from lcapp.simulate.instruments.light import shaded
from lcapp.simulate.instruments.sentinel2 import Recording, record
from lcapp.simulate.instruments.truth import shown_dates, truth
from lcapp.simulate.land.ground.settled import settled
from lcapp.simulate.land.landscape import Landscape, Plan
from lcapp.simulate.zones import TILE_PIXELS, Tile, Zone
from lcapp.types import Bytes, Truth

_FAR_GSD = 1.0
"""Metres of the landscape around the tiles, which only the satellite sees."""

_MARGIN = round(SHADOW_REACH / AERIAL_GSD)
"""Pixels around the tiles from where shadows fall."""


@dataclass(frozen=True, eq=False)
class DrawnTile:
    """What there is of one tile.

    Attributes:
        tile: Which.
        image: 5 H W, uint8: red, green, blue, near infrared, elevation byte.
        labels: H W, uint8, FLAIR #2 label values.
        truth: The year at 1.6 m.
    """

    tile: Tile
    image: Bytes
    labels: Bytes
    truth: Truth


class Drawing:
    """A zone on its grids.

    The aerial image is drawn in one piece, so that shadows and crowns go on from tile to tile.

    Args:
        zone: What to draw.
        plan: Its landscape; the zone's upper left corner is the plan's origin.
    """

    def __init__(self, zone: Zone, plan: Plan) -> None:
        self.zone, self._plan = zone, plan
        rows, cols = (count * TILE_PIXELS + 2 * _MARGIN for count in zone.size)
        self._near = self._raster(-SHADOW_REACH, -SHADOW_REACH, AERIAL_GSD, rows, cols)
        # The satellite and the truth see it in the mean shade of the year.
        self._shaded = shaded(self._near, zone.domain)

    @cached_property
    def recording(self) -> Recording:
        """The satellite's year over the super-area."""
        left, top = self.zone.corner
        rows, cols = (round(pixels * SERIES_GSD / _FAR_GSD) for pixels in self.zone.super_area)
        key = self.zone.seed, self.zone.key
        off = self.zone.shifts, np.random.default_rng((*key, 2))
        return record(
            self._raster(left, top, _FAR_GSD, rows, cols),
            self.zone.domain,
            np.random.default_rng((*key, 1)),
            self.zone.fields_key,
            tiles=[self._tile(tile) for tile in self.zone.tiles],
            geolocation=off if self.zone.shifts else None,
        )

    def tiles(self) -> Iterator[DrawnTile]:
        """The tiles, one after the other."""
        image = photograph(self._near, self.zone.domain, self.zone.fields_key)
        for tile in self.zone.tiles:
            rows, cols = _inside(tile)
            place = self._tile(tile)
            yield DrawnTile(
                tile,
                np.concatenate([image[:, rows, cols], elevation_byte(place.height)[None]]),  # 5 H W
                place.labels,
                self._truth(tile, place),
            )

    def _raster(self, left: float, top: float, gsd: float, rows: int, cols: int) -> Landscape:
        place = self._plan.raster(left, top, gsd, rows, cols)
        return replace(place, surfaces=settled(place.surfaces, self.zone.domain))

    def _tile(self, tile: Tile) -> Landscape:
        return self._shaded.window(*_inside(tile))

    def _truth(self, tile: Tile, place: Landscape) -> Truth:
        domain = self.zone.domain
        crop = self.zone.crop(tile)
        shown = shown_dates(self.recording, crop)
        return Truth(
            reflectance=truth(place, domain, self.recording, crop, self.zone.fields_key),
            bands=tuple(COMMON_BANDS.values()),
            dates=tuple(
                _mean_date(dates) if dates else dt.date(domain.year, month, 15)
                for month, dates in enumerate(shown, start=1)
            ),
            observed=np.array([bool(dates) for dates in shown]),
            grid=self.zone.sr_grid(tile),
        )


def _inside(tile: Tile) -> tuple[slice, slice]:
    """Rows and columns of a tile in the near landscape."""
    row, col = (_MARGIN + at * TILE_PIXELS for at in (tile.row, tile.col))
    return slice(row, row + TILE_PIXELS), slice(col, col + TILE_PIXELS)


def _mean_date(dates: list[dt.date]) -> dt.date:
    return dt.date.fromordinal(round(sum(date.toordinal() for date in dates) / len(dates)))
