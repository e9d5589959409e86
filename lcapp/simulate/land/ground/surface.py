"""One kind of ground, its calendar, and what a parcel makes of it.

The reflectance of a place is

    tone (S(day) + patch D(day)),

where S is the spectrum of its surface, D how the surface answers to a richer or poorer spot, and
`patch` a field of about -1..1 that belongs to the place and stays for the year
(`texture.patches`). Both sensors and the truth use this one formula, and being linear in shares of
area it can be averaged over any footprint before the day is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcapp.simulate.land.ground.spectra import HERBS, MATERIALS, PLANTS, SOILS, WOODY, Spectrum

Knots = tuple[tuple[int, float], ...]
"""Day of the year and share of area; in between by a straight line, over the year's end too."""

Doubles = NDArray[np.float64]

_ORDER = {name: number for number, name in enumerate(MATERIALS)}
_TABLE = np.array(list(MATERIALS.values()))  # materials x 10


def _places(names: Sequence[str]) -> NDArray[np.intp]:
    return np.array([_ORDER[name] for name in names])


_SOILS, _HERBS, _WOODY = _places(SOILS), _places(HERBS), _places(WOODY)
_PLANTS = _places(PLANTS)
_DRY_GRASS = _ORDER["dry grass"]

_LUSH = np.array([-0.2, -0.12, -0.25, -0.12, 0.1, 0.16, 0.18, 0.18, -0.12, -0.2])
"""What a lusher canopy of the same cover changes in the ten bands, as a share."""

AGRICULTURAL, PLOWED = 11, 12
"""Label values of FLAIR #2 between which the date decides."""

BARE_BELOW = 0.14
"""A field with a smaller share of plants, green or dead, is plowed land to who labels it."""


@dataclass(frozen=True)
class Surface:
    """One kind of ground, or one parcel of it.

    Attributes:
        kind: Name in `SURFACES`; a varied parcel keeps it.
        label: FLAIR #2 label value, 1..19.
        ground: Material below its covers; `soil` is the domain's own.
        covers: Materials on top, each with its share over the year. Where they sum to more than
            1 they share the area.
        grain: Strength of its fine texture in the aerial image.
        streaks: Strength of the traces of machines along the parcel, likewise.
        patches: Strength of what varies within it and stays for the year.
        thirst: How much of its green a drought turns brown, 0..1.
        drought: Of the domain's year, 0..1.
        holds_snow: Share of it that lying snow hides.
        spread: Standard deviation of the logarithm of its parcels' brightness.
        shift: Days by which this parcel is later than its kind.
        vigour: 1 is usual; covers of 0.8 become 0.7 at 0.75 and 0.87 at 1.25.
        brightness: Factor of this parcel.
    """

    kind: str
    label: int
    ground: str
    covers: tuple[tuple[str, Knots], ...] = ()
    grain: float = 0.06
    streaks: float = 0.0
    patches: float = 0.0
    thirst: float = 0.0
    drought: float = 0.0
    holds_snow: float = 0.9
    spread: float = 0.07
    shift: int = 0
    vigour: float = 1.0
    brightness: float = 1.0

    @property
    def is_field(self) -> bool:
        """Whether the date decides between agricultural and plowed land."""
        return self.label in (AGRICULTURAL, PLOWED)

    def shares(self, days: ArrayLike, vigour: float = 1.0) -> Doubles:
        """How much each material contributes on some days.

        Args:
            days: T, days of the year.
            vigour: A further factor of the parcel's.

        Returns:
            T x materials, in the order of `MATERIALS`. Rows sum to 1 but for wet soil and low
            sun, which darken what they touch.
        """
        days = np.atleast_1d(np.asarray(days, dtype=np.float64))
        parts = np.zeros((len(days), len(MATERIALS)))
        for material, knots in self.covers:
            living = material in PLANTS
            at, share = zip(*knots, strict=True)
            covered = np.interp(days - self.shift * living, at, share, period=365.0)
            if living:
                covered = 1.0 - (1.0 - covered) ** (self.vigour * vigour)
            parts[:, _ORDER[material]] += covered
        parts /= np.maximum(parts.sum(axis=1, keepdims=True), 1.0)
        if self.drought and self.thirst:
            self._wither(parts, days)
        ground = "loam" if self.ground == "soil" else self.ground
        parts[:, _ORDER[ground]] += 1.0 - parts.sum(axis=1)
        winter = 0.5 + 0.5 * np.cos(2.0 * np.pi * (days - 5.0) / 365.0)
        parts[:, _SOILS] *= 1.06 - 0.22 * winter[:, None]
        parts[:, _WOODY] *= 1.02 - 0.16 * winter[:, None]
        return parts

    def _wither(self, parts: Doubles, days: Doubles) -> None:
        """Green to dry, most of it in the second half of August."""
        height_of_summer = np.exp(-0.5 * ((days - 232.0) / 30.0) ** 2)
        lost = self.thirst * self.drought * height_of_summer
        browned = parts[:, _HERBS] * lost[:, None]
        parts[:, _HERBS] -= browned
        parts[:, _DRY_GRASS] += browned.sum(axis=1)

    def spectra(self, days: ArrayLike) -> Doubles:
        """T 10, reflectance on some days of the year."""
        spectra: Doubles = self.brightness * (self.shares(days) @ _TABLE)
        return spectra

    def contrasts(self, days: ArrayLike) -> Doubles:
        """T 10, what a patch of +1 adds to the reflectance."""
        if not self.patches:
            return np.zeros((np.size(days), _TABLE.shape[1]))
        # Richer spots carry more and lusher plants; their soil is darker.
        more, less = (self.shares(days, vigour) for vigour in (1.3, 1.0 / 1.3))
        usual = 0.5 * (more + less)
        soil, plants = (usual[:, which] @ _TABLE[which] for which in (_SOILS, _PLANTS))
        answer: Doubles = (more - less) @ _TABLE - 0.8 * soil + _LUSH * plants
        return self.patches * self.brightness * answer

    def spectrum(self, day: float) -> Spectrum:
        """Reflectance of the ten bands on a day of the year."""
        first: Spectrum = self.spectra([day])[0]
        return first

    def cover(self, day: float) -> float:
        """Share of plants, green or dead, on a day of the year, 0..1."""
        shares = self.shares([day])[0]
        return float(sum(shares[_ORDER[name]] for name in PLANTS))


def reflectance(surfaces: Sequence[Surface], days: ArrayLike) -> tuple[Doubles, Doubles]:
    """Spectra and contrasts of surfaces on some days.

    Args:
        surfaces: N of them.
        days: T, days of the year.

    Returns:
        S and D of the formula above, each T N 10.
    """
    spectra = np.stack([one.spectra(days) for one in surfaces], axis=1)
    contrasts = np.stack([one.contrasts(days) for one in surfaces], axis=1)
    return spectra, contrasts


def vary(surface: Surface, generator: np.random.Generator) -> Surface:
    """Another parcel of the same kind: earlier or later, thicker or thinner, another brightness."""
    return replace(
        surface,
        shift=surface.shift + int(generator.integers(-9, 10)),
        vigour=surface.vigour * float(generator.uniform(0.75, 1.3)),
        brightness=surface.brightness
        * float(np.exp(surface.spread * np.clip(generator.normal(), -2.0, 2.0))),
    )


def thinned(surface: Surface, share: float) -> Surface:
    """The same parcel with a share of its plants: tramlines, headlands, gaps between rows.

    Args:
        surface: The parcel.
        share: Of its covers that is left, 0..1.
    """
    covers = tuple(
        (material, tuple((day, share * cover) for day, cover in knots))
        for material, knots in surface.covers
    )
    return replace(surface, covers=covers)
