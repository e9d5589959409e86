"""How far the PSNR of super-resolved years would move with other domains and trainings."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.evaluate.intervals import LEAST_CLUSTERS
from lcapp.evaluate.records import SceneRecord, SeriesFigures
from lcapp.evaluate.resampling import intervals, redrawn
from lcapp.scene.splits import domain_of

ONE_SAMPLE = "one sample"


def mean_of(samples: int) -> str:
    """What the mean of so many samples is called."""
    return f"mean of {samples} samples"


def years_of(one: SceneRecord, samples: int) -> Iterator[tuple[str, Sequence[SeriesFigures]]]:
    """Each kind of year of a scene, by the name of its row."""
    yield from ((name, [year]) for name, year in one.rivals)
    yield ONE_SAMPLE, one.samples
    if one.mean is not None:
        yield mean_of(samples), [one.mean]


def sums(years: Sequence[SeriesFigures]) -> NDArray[np.float64]:
    """2 2: PSNR on all and on changed pixels, each its sum over images and how many have one."""
    months = [month for year in years for month in year.months]
    whole = [one.truth.likeness.psnr for one in months if one.truth is not None]
    details = [one.detail.changed for one in months if one.detail is not None]
    changed = [one for one in details if one is not None]
    return np.array([[sum(known), len(known)] for known in (whole, changed)], np.float64)


def psnr(total: NDArray[Any]) -> NDArray[np.float64]:
    """Of ... 2 2 as in `sums`, figures first."""
    above, below = np.moveaxis(total, (-1, -2), (0, 1))
    mean: NDArray[np.float64] = np.divide(
        above, below, out=np.full(np.shape(below), np.nan), where=below > 0
    )
    return mean


def psnr_interval(
    image: str, by_model: Sequence[Sequence[SceneRecord]], samples: int
) -> tuple[float, float] | None:
    """The 95 % interval of a row's PSNR over domains, and over trainings where there are several.

    Args:
        image: Name of the row's image.
        by_model: The scenes of each training.
        samples: Of each year.

    Returns:
        dB; None with too few domains, or where no truth is known.
    """
    parts = [
        {
            one.scene: sums(years[image])
            for one in records
            if image in (years := dict(years_of(one, samples)))
        }
        for records in by_model
    ]
    common = set.intersection(*map(set, parts))
    if len({domain_of(scene) for scene in common}) < LEAST_CLUSTERS:
        return None
    return intervals(redrawn(parts, tuple(common), psnr))[0]
