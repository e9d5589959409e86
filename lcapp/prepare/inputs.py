"""What a bundle takes in, in which order and on which scale; kept in its `config.json`."""

import math
from dataclasses import dataclass

from lcapp.sensors import AERIAL, HEIGHTS, NDSM, SENTINEL2


@dataclass(frozen=True)
class Scaling:
    """Linear map of a physical range onto [-1, 1]; values beyond the range go beyond +-1.

    Attributes:
        low: Physical value that becomes -1.
        high: Physical value that becomes +1.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not -math.inf < self.low < self.high < math.inf:
            raise ValueError(f"a range from {self.low:g} to {self.high:g} has no width")


@dataclass(frozen=True)
class InputSpec:
    """Bands and scalings of a network.

    Attributes:
        aerial_bands: Channels of the HR input, in order; `ndsm` may be among them.
        series_bands: Sentinel-2 channels, in order.
        scalings: Band name to its scaling: aerial bands in bytes (0..255), `ndsm` in metres,
            Sentinel-2 bands in reflectance.
        neutral: Bands the network was trained to do without, with the physical value that stands
            for "not there". Any other missing band is refused.
    """

    aerial_bands: tuple[str, ...] = ("red", "green", "blue", "nir", "ndsm")
    series_bands: tuple[str, ...] = ("B4", "B3", "B2", "B8")
    scalings: tuple[tuple[str, Scaling], ...] = (
        ("red", Scaling(0.0, 255.0)),
        ("green", Scaling(0.0, 255.0)),
        ("blue", Scaling(0.0, 255.0)),
        ("nir", Scaling(0.0, 255.0)),
        ("ndsm", Scaling(0.0, 51.0)),
        ("B4", Scaling(0.0, 0.3)),
        ("B3", Scaling(0.0, 0.3)),
        ("B2", Scaling(0.0, 0.3)),
        ("B8", Scaling(0.0, 0.6)),
    )
    neutral: tuple[tuple[str, float], ...] = (("ndsm", 0.0),)

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for _, value in self.neutral):
            raise ValueError("a neutral value is no finite number")
        if not self.aerial_bands and not self.series_bands:
            raise ValueError("there are no bands")

    @property
    def reads(self) -> frozenset[str]:
        """The modalities that are looked at where a scene has them."""
        heights = HEIGHTS if NDSM in self.aerial_bands else frozenset()
        return frozenset({AERIAL, SENTINEL2}) | heights

    def scaling(self, band: str) -> Scaling:
        """The scaling of one band (KeyError where it has none)."""
        return dict(self.scalings)[band]
