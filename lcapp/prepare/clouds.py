"""Which acquisitions are clear (METHOD.md section 2), and what covers the others."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lcapp.types import Bools, CloudRule, Floats, Series

CAUSES = {"cloud": "cloud", "snow": "snow", "gaps": "no data"}
"""What may cover a pixel, in words."""


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


def cover_by_cause(series: Series, rule: CloudRule) -> dict[str, Floats]:
    """What the pixels are covered by: `cloud` and `snow` where there are masks, and `gaps`.

    Args:
        series: Already cropped.
        rule: Only its `pixel_percent` matters here.

    Returns:
        Each T, 0..100. A pixel under cloud and snow is of both; one without a datum of neither.
    """
    gaps = cover_percent(replace(series, cloud=None, snow=None), rule)
    found = {}
    if series.cloud is not None:
        found["cloud"] = np.maximum(0, cover_percent(replace(series, snow=None), rule) - gaps)
    if series.snow is not None:
        found["snow"] = np.maximum(0, cover_percent(replace(series, cloud=None), rule) - gaps)
    return {**found, "gaps": gaps}


def main_cause(causes: Mapping[str, float]) -> str:
    """The cause that covers most, of the percentages of one date; empty where nothing does."""
    found = max(causes, key=causes.__getitem__)
    return found if causes[found] > 0 else ""


def why_not_clear(causes: Mapping[str, float], cover: float, rule: CloudRule) -> str:
    """What is wrong with a date that is not clear, with the limit.

    Args:
        causes: Cause to percent, of that date.
        cover: Percent under any.
        rule: Its `max_cover_percent` is the limit.
    """
    kind = main_cause(causes)
    what = f"{causes[kind]:.3g} % {CAUSES[kind]}" if kind else f"{cover:.3g} % cover"
    more = f", {cover:.3g} % in all" if kind and round(cover) > round(causes[kind]) else ""
    return f"{what}{more}; at most {rule.max_cover_percent:g} % are allowed"


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
