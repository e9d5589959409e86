"""A FLAIR-HUB patch as IGN's published models take it.

Nothing here is a choice of ours: another order of bands, another mean or another first day gives
a plausible, wrong map. Sources: means and standard deviations are the TRAIN+VAL columns of Table
VIII (Garioud et al., FLAIR-HUB, 2025), on the scale of the files; channels, cloud rule and day
count are those of the published code and models (FLAIR.md).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lcapp.errors import SceneError
from lcapp.types import Bools, Floats
from lcapp.types.patch import MODALITIES, SERIES, Patch, PatchSeries

AerialBands = Literal["IR", "RGB"]
"""As the published names spell them: `..._LC-A_IR_...` and `..._LC-A_RGB_...`."""


@dataclass(frozen=True)
class Channel:
    """One input channel of a network.

    Attributes:
        band: Name in `types.patch.MODALITIES`, or `height`, DSM - DTM.
        mean: Subtracted, in the file's unit.
        std: Then divided by.
    """

    band: str
    mean: float
    std: float


_RED, _GREEN = Channel("red", 105.66, 52.23), Channel("green", 111.35, 45.62)
AERIAL: dict[AerialBands, tuple[Channel, ...]] = {
    "IR": (Channel("nir", 106.59, 39.78), _RED, _GREEN),
    "RGB": (_RED, _GREEN, Channel("blue", 102.18, 44.30)),
}
"""Bands 4, 1, 2 or 1, 2, 3 of AERIAL_RGBI."""

SPOT = (
    Channel("nir", 1137.03, 543.11),
    Channel("red", 433.26, 312.76),
    # Green, 508.75 / 284.61. Blue's 467.77 / 226.02 follows red in Table VIII and in the file,
    # and is what a list of the first three gives.
    Channel("green", 508.75, 284.61),
)
"""Bands 4, 1, 2 of SPOT_RGBI."""

ELEVATION = (Channel("dsm", 311.06, 537.55), Channel("height", 311.06, 537.55))
"""Both by the DSM's numbers, so that a metre is as much in one channel as in the other: 0 m above
ground becomes -0.579, not 0 and not the DTM's -0.571."""

HISTORICAL = (Channel("panchromatic", 125.92, 38.45),)

_CHANNELS = {"AERIAL-RLT_PAN": HISTORICAL, "DEM_ELEV": ELEVATION, "SPOT_RGBI": SPOT}
_SERIES = tuple(modality.name for modality in SERIES)

CLEAR_PERCENT = 1.0
"""A pixel is clear when neither its cloud nor its snow probability exceeds this."""

CLEAR_SHARE_PERCENT = 95
"""A date is kept when at least this share of its pixels is clear."""

FIRST_DAY = (5, 15)
"""Month and day that count as day 0, of the year of each acquisition."""


def inputs(
    patch: Patch, modalities: Sequence[str], aerial: AerialBands = "IR"
) -> dict[str, Floats]:
    """What a published model is called with, one patch as a batch of 1.

    Args:
        patch: With the modalities, and for SENTINEL2_TS with its masks.
        modalities: The model's, by FLAIR-HUB's names.
        aerial: Bands of the model's AERIAL_RGBI.

    Returns:
        float32 by name: images 1 C H W, normalised; series 1 T C H W as stored, Sentinel-2 on its
        clear dates only; beside each `..._TS` its `..._DATES`, 1 T, days from 15 May.

    Raises:
        SceneError: A modality or the masks are missing; no clear date; values that are no
            numbers.
        ValueError: A name that is no input modality.
    """
    taken: dict[str, Floats] = {}
    channels = {**_CHANNELS, "AERIAL_RGBI": AERIAL[aerial]}
    for name in modalities:
        if name in channels:
            taken[name] = _image(patch, name, channels[name])
        elif name in _SERIES:
            taken |= _series(patch, name)
        else:
            expected = ", ".join((*channels, *_SERIES))
            raise ValueError(f"no input modality: {name!r}; expected some of {expected}")
    for name, values in taken.items():
        if not np.isfinite(values).all():
            raise SceneError(
                f"{name} holds values that are no numbers ({(~np.isfinite(values)).sum()})",
                where=patch.files.get(name, patch.id),
                expected="a number in every pixel",
                advice="fill the gaps, or use a model that does without this modality",
            )
    return taken


def clear_dates(series: PatchSeries) -> Bools:
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


def _image(patch: Patch, name: str, channels: Sequence[Channel]) -> Floats:
    """1 C H W."""
    found = dict(zip(MODALITIES[name].bands, _there(patch, patch.images, name), strict=True))
    if name == "DEM_ELEV":
        found["height"] = found["dsm"] - found["dtm"]
    # In double precision as in the published code, then rounded once.
    scaled = [(found[one.band].astype(np.float64) - one.mean) / one.std for one in channels]
    return np.stack(scaled).astype(np.float32)[None]  # C H W -> 1 C H W


def _series(patch: Patch, name: str) -> dict[str, Floats]:
    """A series and its days."""
    series: PatchSeries = _there(patch, patch.series, name)
    if name == "SENTINEL2_TS":
        series = _clear(patch, name, series)
    return {
        name: series.values.astype(np.float32)[None],  # T C H W -> 1 T C H W
        name.removesuffix("_TS") + "_DATES": days_from_may(series.dates)[None],  # T -> 1 T
    }


def _clear(patch: Patch, name: str, series: PatchSeries) -> PatchSeries:
    """The clear dates of Sentinel-2."""
    if series.snow is None or series.cloud is None:
        raise _missing(patch, "SENTINEL2_MSK-SC")
    kept = clear_dates(series)
    if not kept.any():
        clear = (series.snow <= CLEAR_PERCENT) & (series.cloud <= CLEAR_PERCENT)
        raise SceneError(
            f"{name} has no clear date among {len(kept)}: the clearest has "
            f"{100 * clear.mean(axis=(1, 2)).max():.3g} % of its pixels free of cloud and snow",
            where=patch.files.get(name, patch.id),
            expected=f"a date with at least {CLEAR_SHARE_PERCENT} %",
            advice="use a model that does without Sentinel-2",
        )
    dates = [date for date, keep in zip(series.dates, kept, strict=True) if keep]
    return PatchSeries(series.values[kept], tuple(dates))


def _there(patch: Patch, found: Any, name: str) -> Any:
    if name not in found:
        raise _missing(patch, name)
    return found[name]


def _missing(patch: Patch, name: str) -> SceneError:
    return SceneError(
        f"the patch {patch.id} has no {name}",
        where=patch.files.get(name),
        expected="every modality of the model",
        advice="add the file, or use a model that does without this modality",
    )
