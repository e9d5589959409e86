"""A scene as IGN's published models take it.

Nothing here is a choice of ours: another order of bands, another mean or another first day gives
a plausible, wrong map. Sources: means and standard deviations are the TRAIN+VAL columns of Table
VIII (Garioud et al., FLAIR-HUB, 2025), on the scale of the files; channels, cloud rule and day
count are those of the published code and models (FLAIR.md).
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lcapp.errors import NoClearDate, SceneError
from lcapp.sensors import (
    AERIAL,
    ELEVATION,
    HISTORICAL,
    MODALITIES,
    SENTINEL2,
    SERIES,
    SNOW_CLOUD,
    SPOT,
)
from lcapp.types import Bools, Floats, Scene, Series

AerialBands = Literal["IR", "RGB"]
"""As the published names spell them: `..._LC-A_IR_...` and `..._LC-A_RGB_...`."""


@dataclass(frozen=True)
class Channel:
    """One input channel of a network.

    Attributes:
        band: Name in the image, or `height`, DSM - DTM.
        mean: Subtracted, in the file's unit.
        std: Then divided by.
    """

    band: str
    mean: float
    std: float


_RED, _GREEN = Channel("red", 105.66, 52.23), Channel("green", 111.35, 45.62)
AERIAL_CHANNELS: dict[AerialBands, tuple[Channel, ...]] = {
    "IR": (Channel("nir", 106.59, 39.78), _RED, _GREEN),
    "RGB": (_RED, _GREEN, Channel("blue", 102.18, 44.30)),
}
"""Bands 4, 1, 2 or 1, 2, 3 of AERIAL_RGBI."""

_CHANNELS = {
    HISTORICAL: (Channel("panchromatic", 125.92, 38.45),),
    # Both by the DSM's numbers, so that a metre is as much in one channel as in the other: 0 m
    # above ground becomes -0.579, not 0 and not the DTM's -0.571.
    ELEVATION: (Channel("dsm", 311.06, 537.55), Channel("height", 311.06, 537.55)),
    SPOT: (  # bands 4, 1, 2
        Channel("nir", 1137.03, 543.11),
        Channel("red", 433.26, 312.76),
        # Green, 508.75 / 284.61. Blue's 467.77 / 226.02 follows red in Table VIII and in the file,
        # and is what a list of the first three gives.
        Channel("green", 508.75, 284.61),
    ),
}

CLEAR_PERCENT = 1.0
"""A pixel is clear when neither its cloud nor its snow probability exceeds this."""

CLEAR_SHARE_PERCENT = 95
"""A date is kept when at least this share of its pixels is clear."""

FIRST_DAY = (5, 15)
"""Month and day that count as day 0, of the year of each acquisition."""


def inputs(
    scene: Scene, modalities: Sequence[str], aerial: AerialBands = "IR"
) -> dict[str, Floats]:
    """What a published model is called with, one scene as a batch of 1.

    Args:
        scene: With the modalities, each in as many pixels as FLAIR-HUB's patches have; the aerial
            image may be smaller or larger. Sentinel-2 needs its masks.
        modalities: The model's, by name.
        aerial: Bands of the model's aerial image.

    Returns:
        float32 by name: images 1 C H W, normalised; series 1 T C H W in their own unit, Sentinel-2
        (reflectance x 10000) on its clear dates only; beside each `..._TS` its `..._DATES`, 1 T,
        days from 15 May.

    Raises:
        SceneError: A modality, a band or the masks are missing; another size; no clear date;
            values that are no numbers.
        ValueError: A name that is no input modality.
    """
    channels = {**_CHANNELS, AERIAL: AERIAL_CHANNELS[aerial]}
    if unknown := [name for name in modalities if name not in (*channels, *SERIES)]:
        expected = ", ".join((*channels, *SERIES))
        raise ValueError(f"no input modality: {unknown[0]!r}; expected some of {expected}")
    scene = scene.only(modalities)
    taken: dict[str, Floats] = {}
    for name in modalities:
        if name in channels:
            image = scene.images[name]
            taken[name] = _image(name, image.planes, channels[name], image.source or scene.id)
        else:
            series = scene.series[name]
            taken |= _series(name, series, series.source or scene.id)
    return taken


def clear_dates(series: Series) -> Bools:
    """T, True for the dates of Sentinel-2 that the published models were trained on.

    Where no date is clear, those without snow are taken, clouds or not, as the published code
    does; none may be left.

    Raises:
        ValueError: The series has no masks.
    """
    if series.snow is None or series.cloud is None:
        raise ValueError("no snow and cloud masks")
    no_snow = series.snow <= CLEAR_PERCENT  # T H W
    kept = _mostly(no_snow & (series.cloud <= CLEAR_PERCENT))
    return kept if kept.any() else _mostly(no_snow)


def days_from_may(dates: Sequence[dt.date]) -> Floats:
    """FLAIR-HUB's day count: T, date minus 15 May of the date's own year; -135 to 230."""
    days = [(date - date.replace(month=FIRST_DAY[0], day=FIRST_DAY[1])).days for date in dates]
    return np.array(days, np.float32)


def _mostly(clear: Bools) -> Bools:
    """T H W -> T; whole numbers, so that 95 of 100 pixels are enough on every machine."""
    pixels = clear[0].size if len(clear) else 1
    kept: Bools = 100 * clear.sum(axis=(1, 2)) >= CLEAR_SHARE_PERCENT * pixels
    return kept


def _image(
    name: str, planes: Mapping[str, np.ndarray], channels: Sequence[Channel], where: str
) -> Floats:
    """1 C H W."""
    found = dict(planes)
    if name == ELEVATION and {"dsm", "dtm"} <= found.keys():
        found["height"] = found["dsm"] - found["dtm"]
    _check_bands(name, [one.band for one in channels], found, where)
    # In double precision as in the published code, then rounded once.
    scaled = [(found[one.band].astype(np.float64) - one.mean) / one.std for one in channels]
    values = np.stack(scaled).astype(np.float32)[None]  # C H W -> 1 C H W
    return _checked(name, values, where)


def _series(name: str, series: Series, where: str) -> dict[str, Floats]:
    """A series and its days."""
    bands = MODALITIES[name].bands
    _check_bands(name, bands, series.bands, where)
    if name == SENTINEL2:
        series = _clear(series, where)
    order = [series.bands.index(band) for band in bands]
    values = series.values[:, order] - series.offsets[:, None, None, None]  # T C H W
    # The files hold 0 where there is no datum, which is what the networks were trained on.
    values[np.isnan(values).all(axis=1, keepdims=True).repeat(len(bands), axis=1)] = 0
    batch = np.ascontiguousarray(values, np.float32)[None]  # T C H W -> 1 T C H W
    return {
        name: _checked(name, batch, where),
        name.removesuffix("_TS") + "_DATES": days_from_may(series.dates)[None],  # T -> 1 T
    }


def _clear(series: Series, where: str) -> Series:
    """The clear dates of Sentinel-2."""
    if series.snow is None or series.cloud is None:
        raise SceneError(
            f"there is no {SNOW_CLOUD}",
            where=where,
            expected=f"snow and cloud for each date of {SENTINEL2}",
            advice="add the file, or use a model that does without Sentinel-2",
        )
    kept = clear_dates(series)
    if not kept.any():
        clear = (series.snow <= CLEAR_PERCENT) & (series.cloud <= CLEAR_PERCENT)
        raise NoClearDate(
            f"{SENTINEL2} has no clear date among {len(kept)}: the clearest has "
            f"{100 * clear.mean(axis=(1, 2)).max():.3g} % of its pixels free of cloud and snow",
            where=where,
            expected=f"a date with at least {CLEAR_SHARE_PERCENT} %",
            advice="use a model that does without Sentinel-2",
        )
    dates = tuple(date for date, keep in zip(series.dates, kept, strict=True) if keep)
    return replace(series, values=series.values[kept], dates=dates, offsets=series.offsets[kept])


def _check_bands(name: str, wanted: Sequence[str], there: Collection[str], where: str) -> None:
    if absent := [band for band in wanted if band not in there]:
        raise SceneError(
            f"{name} has no band {', '.join(absent)}",
            where=where,
            expected=", ".join(wanted),
            advice="use a model of the other bands",
        )


def _checked(name: str, values: Floats, where: str) -> Floats:
    """The values, a number in each of as many pixels as a patch has."""
    pixels = MODALITIES[name].pixels
    if name != AERIAL and values.shape[-2:] != (pixels, pixels):
        raise SceneError(
            f"{name} has {values.shape[-2]} x {values.shape[-1]} pixels",
            where=where,
            expected=f"{pixels} x {pixels} over the scene, as a patch of FLAIR-HUB has",
            advice="use a model that does without this modality, or a FLAIR-HUB folder",
        )
    if not np.isfinite(values).all():
        raise SceneError(
            f"{name} holds values that are no numbers ({(~np.isfinite(values)).sum()})",
            where=where,
            expected="a number in every pixel",
            advice="fill the gaps, or use a model that does without this modality",
        )
    return values
