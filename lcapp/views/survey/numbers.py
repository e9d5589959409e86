"""What a collection is like in numbers: class shares, the year of the vegetation, sharpness.

For holding a simulated collection beside the real ones. The shares of FLAIR #2 are those of its
dataset card (IGN, https://huggingface.co/datasets/IGNF/FLAIR); the paper gives the two ends of the
range, 1.1 % (other) and 19.8 % (herbaceous vegetation), which are those of the test domains.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.classes import ClassTable
from lcapp.prepare import apply_window
from lcapp.sensors import COMMON_BANDS, SR_FACTOR
from lcapp.types import Bytes, Floats, Reference, Scene
from lcapp.views.imagery import ndvi
from lcapp.views.survey.year import BANDS, Surveyed, Year

FLAIR2_SHARES: dict[str, tuple[float, float]] = {
    # class: percent of the training and validation domains, and of the test domains
    "building": (8.14, 3.26),
    "pervious surface": (8.25, 3.82),
    "impervious surface": (13.72, 5.87),
    "bare soil": (3.47, 1.60),
    "water": (4.88, 3.17),
    "coniferous": (2.74, 10.24),
    "deciduous": (15.38, 24.79),
    "brushwood": (6.95, 3.81),
    "vineyard": (3.13, 2.55),
    "herbaceous vegetation": (17.84, 19.74),
    "agricultural land": (10.98, 18.19),
    "plowed land": (3.88, 1.81),
    "other": (0.63, 1.15),
}

COVERS = {
    "deciduous": "deciduous",
    "coniferous": "coniferous",
    "meadow": "herbaceous vegetation",
    "crop": "agricultural land",
    "vineyard": "vineyard",
}
"""What the NDVI curves are called, and the class they are of."""

GRADIENT_STEP = 1.0
"""Width of a bin of the gradient magnitudes, grey levels a pixel."""

_GRADIENT_BINS = 48
_PURE = 0.9
"""Share of an LR pixel that its class must have to count for the NDVI curve of that class."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The NDVI of one cover through the year, over pure LR pixels.

    Attributes:
        mean: M, NaN where no scene has the month.
        low: M, 10th percentile.
        high: M, 90th percentile.
        pixels: M, how many pixels entered.
    """

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    pixels: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Survey:
    """A collection in numbers.

    Attributes:
        scenes: How many.
        table: Of their labels; None where no scene has any.
        shares: Class to percent of all labelled pixels.
        curves: Key of `COVERS` to its NDVI curve, of the covers that the table has.
        gradients: Shares of the pixels of the aerial images by gradient magnitude; bins of
            `GRADIENT_STEP` grey levels a pixel, the last one open; sum 1.
        beside: The same of the images of another collection; None without one.
    """

    scenes: int
    table: ClassTable | None
    shares: Mapping[str, float]
    curves: Mapping[str, Curve]
    gradients: NDArray[np.float64]
    beside: NDArray[np.float64] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, rounded; NaN becomes None."""
        return {
            "scenes": self.scenes,
            "classes": None if self.table is None else self.table.name,
            "class_percent": {name: round(share, 3) for name, share in self.shares.items()},
            "flair2_percent": {
                name: {"train_and_validation": train, "test": test}
                for name, (train, test) in FLAIR2_SHARES.items()
            },
            "ndvi": {
                name: {
                    "mean": _numbers(curve.mean),
                    "p10": _numbers(curve.low),
                    "p90": _numbers(curve.high),
                    "pixels": curve.pixels.tolist(),
                }
                for name, curve in self.curves.items()
            },
            "gradient_magnitude": {
                "bin_width": GRADIENT_STEP,
                "share": _numbers(self.gradients, 5),
                "share_beside": None if self.beside is None else _numbers(self.beside, 5),
                "mean": round(mean_gradient(self.gradients), 2),
                "mean_beside": None
                if self.beside is None
                else round(mean_gradient(self.beside), 2),
            },
        }


def survey(scenes: Iterable[Surveyed], beside: Iterable[Scene] = ()) -> Survey:
    """Go through a collection once.

    Args:
        scenes: All with labels of one table, or without; read one after the other.
        beside: Scenes of another collection, with images of the same GSD.
    """
    table: ClassTable | None = None
    counts = np.zeros(0, np.int64)
    values: dict[str, list[list[Floats]]] = {}
    gradients: list[NDArray[np.float64]] = []
    for surveyed in scenes:
        gradients.append(_gradients(surveyed.scene))
        reference = surveyed.scene.reference
        if reference is None:
            continue
        if table is None:
            table = reference.table
            counts = np.zeros(len(table), np.int64)
            covers = [name for name, cover in COVERS.items() if cover in table.names]
            values = {name: [[] for _ in range(12)] for name in covers}
        seen = surveyed.scene.seen
        labels = reference.labels.ravel() if seen is None else reference.labels[seen]
        counts += np.bincount(labels, minlength=len(table))
        if surveyed.year is not None:
            _collect(values, reference, surveyed.year)
    total = max(int(counts.sum()), 1)
    others = [_gradients(scene) for scene in beside]
    return Survey(
        scenes=len(gradients),
        table=table,
        shares={
            name: 100.0 * int(count) / total
            for name, count in zip(() if table is None else table.names, counts, strict=True)
        },
        curves={name: _curve(months) for name, months in values.items()},
        gradients=np.mean(gradients, axis=0) if gradients else np.full(_GRADIENT_BINS, np.nan),
        beside=np.mean(others, axis=0) if others else None,
    )


def _gradients(scene: Scene) -> NDArray[np.float64]:
    return gradient_histogram(scene.aerial.pixels, scene.aerial.bands)


def gradient_histogram(pixels: Bytes, bands: Sequence[str]) -> NDArray[np.float64]:
    """Shares of the gradient magnitudes (Sobel / 8) of red, green and blue's mean; sum 1.

    Args:
        pixels: C H W, 0..255.
        bands: Names of C.
    """
    visible = [bands.index(band) for band in COMMON_BANDS if band != "nir"]
    grey = pixels[visible].mean(axis=0, dtype=np.float64)
    smooth_down = grey[:-2] + 2 * grey[1:-1] + grey[2:]  # H-2 W
    smooth_across = grey[:, :-2] + 2 * grey[:, 1:-1] + grey[:, 2:]  # H W-2
    across = (smooth_down[:, 2:] - smooth_down[:, :-2]) / 8
    down = (smooth_across[2:] - smooth_across[:-2]) / 8
    bins = np.minimum(np.hypot(across, down) / GRADIENT_STEP, _GRADIENT_BINS - 1)
    counts = np.bincount(bins.astype(np.intp).ravel(), minlength=_GRADIENT_BINS)
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares


def mean_gradient(shares: NDArray[np.float64]) -> float:
    """Mean magnitude of a histogram, from the middles of its bins."""
    return float(((np.arange(len(shares)) + 0.5) * GRADIENT_STEP * shares).sum())


def _collect(values: dict[str, list[list[Floats]]], reference: Reference, year: Year) -> None:
    red, nir = (year.reflectance[:, BANDS.index(COMMON_BANDS[band])] for band in ("red", "nir"))
    index = ndvi(red, nir)  # M h w
    # Beyond the last label nothing is of any cover.
    beyond = [(0, -size % SR_FACTOR) for size in reference.labels.shape]
    for name, months in values.items():
        here = np.pad(reference.labels == reference.table.index(COVERS[name]), beyond)
        height, width = (size // SR_FACTOR for size in here.shape)
        share = here.reshape(height, SR_FACTOR, width, SR_FACTOR).mean(axis=(1, 3))  # Hs Ws
        pure = apply_window(share, year.down) >= _PURE  # h w
        for month in np.flatnonzero(year.present):
            months[month].append(index[month][pure])


def _curve(months: list[list[Floats]]) -> Curve:
    """Twelve lists of arrays of NDVI values."""
    pooled = [np.concatenate([np.zeros(0, np.float32), *values]) for values in months]

    def over(statistic: Any) -> NDArray[np.float64]:
        return np.array([statistic(values) if values.size else np.nan for values in pooled])

    return Curve(
        mean=over(np.mean),
        low=over(lambda values: np.percentile(values, 10)),
        high=over(lambda values: np.percentile(values, 90)),
        pixels=np.array([values.size for values in pooled], np.int64),
    )


def _numbers(values: NDArray[np.float64], digits: int = 3) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), digits) for value in values]
