"""Which acquisitions are clear (METHOD.md section 2)."""

import numpy as np

from lcapp.types import Bools, CloudRule, Floats, Series


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
