"""Which acquisitions are clear (METHOD.md section 2)."""

from dataclasses import dataclass

import numpy as np

from lcapp.types import Bools, Floats, Series


@dataclass(frozen=True)
class CloudRule:
    """When an acquisition is clear.

    The defaults are strict: with 50 % instead of 1 %, real series keep months of cloud.

    Attributes:
        pixel_percent: A pixel is covered when its cloud or its snow probability exceeds this.
        max_cover_percent: A date is kept when at most this share of the crop is covered.
    """

    pixel_percent: float = 1.0
    max_cover_percent: float = 5.0


def cover_percent(series: Series, rule: CloudRule) -> Floats:
    """Share of the pixels under cloud or snow, or without a finite datum.

    Args:
        series: Already cropped: the share depends on the extent.
        rule: Only its `pixel_percent` matters here.

    Returns:
        T, 0..100. Without masks, only the pixels without a datum count.
    """
    covered = ~np.isfinite(series.values).all(axis=1)  # T C H W -> T H W
    for probability in (series.cloud, series.snow):
        if probability is not None:
            # Turned round so that an unknown probability (NaN) counts as covered.
            covered |= ~(probability <= rule.pixel_percent)
    share: Floats = (100.0 * covered.mean(axis=(1, 2))).astype(np.float32)  # T
    return share


def clear_dates(series: Series, cover: Floats, rule: CloudRule) -> Bools:
    """T, True for the acquisitions to keep.

    Without any mask nothing tells a cloud: every date with at least some datum is kept, and
    `months.series_notes` says so.

    Args:
        series: The cropped series.
        cover: T, from `cover_percent`.
        rule: Only its `max_cover_percent` matters here.
    """
    if series.cloud is None and series.snow is None:
        return cover < 100.0
    return cover <= rule.max_cover_percent
