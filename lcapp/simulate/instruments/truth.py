"""The truth of a tile: its twelve months at 1.6 m, as reflectance."""

import datetime as dt

import numpy as np

from lcapp.sensors import COMMON_BANDS, SENTINEL2_BANDS
from lcapp.simulate.domain import Domain
from lcapp.simulate.instruments.sentinel2 import TRUTH_FACTOR, Recording
from lcapp.simulate.instruments.weather import lying_snow
from lcapp.simulate.land.ground.mixture import mixture
from lcapp.simulate.land.ground.spectra import MATERIALS
from lcapp.simulate.land.ground.surface import Doubles, reflectance
from lcapp.simulate.land.landscape import Landscape
from lcapp.types import Bools, CloudRule, Floats

_ORDER = [SENTINEL2_BANDS.index(band) for band in COMMON_BANDS.values()]


def truth(
    tile: Landscape, domain: Domain, recording: Recording, crop: tuple[slice, slice], key: int
) -> Floats:
    """Average the ground over the dates that each month shows.

    A month without such a date is the ground of its fifteenth, with the snow that lies then.

    Args:
        tile: Settled in the domain, at 0.2 m, in its shade, without margin.
        domain: Of the tile.
        recording: Of the super-area, made with this tile among its `tiles`.
        crop: Rows and columns of the recording that the tile's composite is made from.
        key: Of the place's random fields, as for `record`.

    Returns:
        M 4 H W, red, green, blue and near infrared at 1.6 m, 0..1, all finite.
    """
    ground = mixture(tile, TRUTH_FACTOR, key)
    rows, cols = len(tile.y) // TRUTH_FACTOR, len(tile.x) // TRUTH_FACTOR
    area = np.bincount(ground.cell, weights=ground.area)

    def gathered(values: Doubles) -> Doubles:
        """H W, the mean over cells of what each portion has."""
        mean: Doubles = np.bincount(ground.cell, weights=values) / area
        return mean.reshape(rows, cols)

    months = np.empty((12, len(_ORDER), rows, cols), dtype=np.float32)
    holds_snow = np.array([one.holds_snow for one in tile.surfaces])
    catching = gathered(ground.area * holds_snow[ground.surface])
    x, y = (axis.reshape(-1, TRUTH_FACTOR).mean(axis=1) for axis in (tile.x, tile.y))
    dated = shown_dates(recording, crop)
    fifteenths = [dt.date(domain.year, month, 15) for month in range(1, 13)]
    shown = [dates or [fifteenth] for dates, fifteenth in zip(dated, fifteenths, strict=True)]
    days = [date.timetuple().tm_yday for dates in shown for date in dates]
    starts = np.cumsum([0, *map(len, shown[:-1])])
    spectra, contrasts = (
        np.add.reduceat(one[..., _ORDER], starts) / np.array([*map(len, shown)])[:, None, None]
        for one in reflectance(tile.surfaces, days)
    )  # M N 4
    for month, (usual, richer) in enumerate(zip(spectra, contrasts, strict=True)):
        seen = ground.light[:, None] * (
            usual[ground.surface] + ground.patch[:, None] * richer[ground.surface]
        )
        image = np.stack([gathered(band) for band in seen.T])  # 4 H W
        if not dated[month]:
            snow = catching * lying_snow(fifteenths[month], domain, x, y, key)
            image += snow * (MATERIALS["snow"][_ORDER][:, None, None] - image)
        months[month] = image
    return months


def shown_dates(recording: Recording, crop: tuple[slice, slice]) -> list[list[dt.date]]:
    """Dates of each month that stand for it, January first.

    They are those that its composite averages, which the mask calls clear. Were they others, a
    field that was mown between the two would be two fields. Only where the mask keeps none, and
    the composite has no such month, the truly clear ones do.
    """
    rule = CloudRule()
    masked = recording.masks[:, :, *crop].max(axis=1) > rule.pixel_percent  # T h w
    months = _by_month(recording, masked, rule)
    truly = _by_month(recording, ~recording.clear[:, *crop], rule)
    return [kept or clear for kept, clear in zip(months, truly, strict=True)]


def _by_month(recording: Recording, hidden: Bools, rule: CloudRule) -> list[list[dt.date]]:
    """Dates on which no more of the crop is `hidden` (T h w) than the rule admits."""
    months: list[list[dt.date]] = [[] for _ in range(12)]
    for date, share in zip(recording.dates, hidden.mean(axis=(1, 2)), strict=True):
        if 100 * share <= rule.max_cover_percent:
            months[date.month - 1].append(date)
    return months
