"""What the ground is made of, and how its reflectance runs through the year.

Ten bands in the order of `sensors.SENTINEL2_BANDS`. The spectra are rounded typical values as
published spectral libraries show them; the calendars are those of central France.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Spectrum = NDArray[np.float64]
Knots = tuple[tuple[int, float], ...]

MATERIALS: dict[str, Spectrum] = {
    name: np.array(values) / 1000
    for name, values in {
        # B2   B3   B4   B5   B6   B7   B8  B8A  B11  B12
        "grass": (33, 76, 42, 112, 330, 420, 450, 462, 215, 108),
        "crop": (30, 74, 38, 106, 330, 430, 460, 470, 205, 98),
        "foliage": (22, 52, 25, 78, 265, 350, 380, 392, 165, 72),
        "needles": (17, 35, 20, 48, 145, 185, 205, 215, 92, 42),
        "straw": (72, 128, 166, 205, 245, 265, 290, 310, 360, 265),
        "litter": (55, 80, 105, 130, 160, 180, 200, 215, 270, 200),
        "bark": (42, 56, 70, 90, 115, 135, 155, 170, 205, 145),
        "loam": (58, 88, 115, 138, 155, 168, 182, 196, 262, 225),
        "chalk": (95, 132, 172, 196, 212, 225, 242, 256, 330, 292),
        "gravel": (150, 176, 202, 214, 222, 230, 240, 248, 285, 268),
        "asphalt": (78, 86, 94, 99, 104, 108, 114, 118, 130, 124),
        "concrete": (185, 205, 222, 230, 236, 242, 250, 255, 275, 262),
        "paint": (420, 440, 450, 455, 455, 455, 455, 450, 420, 400),
        "tiles": (72, 98, 178, 215, 236, 246, 258, 268, 305, 275),
        "slate": (88, 94, 98, 102, 106, 110, 114, 118, 140, 138),
        "sheet": (215, 232, 240, 244, 248, 250, 255, 258, 262, 240),
        "pond": (34, 44, 30, 26, 18, 15, 13, 11, 6, 4),
        "basin": (232, 244, 105, 70, 40, 30, 25, 20, 10, 6),
        "snow": (860, 855, 850, 840, 830, 820, 800, 790, 110, 90),
        "cloud": (560, 550, 545, 550, 560, 565, 570, 570, 420, 330),
    }.items()
}


@dataclass(frozen=True)
class Surface:
    """One kind of ground, with a calendar.

    Attributes:
        label: FLAIR #2 label value, 1..19.
        ground: Material below or without vegetation.
        green: Day of the year to the share of green cover, interpolated over the year's end.
        dry: Likewise for ripe or dead vegetation.
        leaf: Material of the green cover.
        dead: Material of the dry cover.
        grain: Strength of its fine texture in the aerial image.
        streaks: Strength of the traces of machines along the parcel.
        shift: Days by which this parcel is later than its kind.
        brightness: Factor of this parcel.
    """

    label: int
    ground: str
    green: Knots = ()
    dry: Knots = ()
    leaf: str = "grass"
    dead: str = "straw"
    grain: float = 0.06
    streaks: float = 0.0
    shift: int = 0
    brightness: float = 1.0

    def spectrum(self, day: float) -> Spectrum:
        """Reflectance of the ten bands on a day of the year."""
        green = _on(self.green, day - self.shift)
        dry = min(_on(self.dry, day - self.shift), 1.0 - green)
        return self.brightness * (
            green * MATERIALS[self.leaf]
            + dry * MATERIALS[self.dead]
            + (1.0 - green - dry) * MATERIALS[self.ground]
        )


def _on(knots: Knots, day: float) -> float:
    if not knots:
        return 0.0
    days, shares = zip(*knots, strict=True)
    return float(np.interp(day, days, shares, period=365))


_GRASS_GREEN = ((15, 0.5), (60, 0.55), (105, 0.85), (150, 0.95), (210, 0.72), (290, 0.8))
_GRASS_DRY = ((15, 0.32), (105, 0.1), (150, 0.04), (210, 0.24), (290, 0.12), (340, 0.25))
_LEAVES = ((85, 0.08), (105, 0.35), (130, 0.92), (200, 1.0), (265, 0.88), (295, 0.45), (320, 0.06))
_AUTUMN = ((262, 0.0), (295, 0.4), (318, 0.25), (345, 0.1), (90, 0.1), (120, 0.0))

SURFACES: dict[str, Surface] = {
    "meadow": Surface(10, "loam", _GRASS_GREEN, _GRASS_DRY, grain=0.07),
    # Cut in mid-June, green again in July.
    "hay": Surface(
        10,
        "loam",
        ((15, 0.5), (105, 0.85), (155, 0.95), (166, 0.4), (195, 0.8), (215, 0.7), (290, 0.8)),
        ((15, 0.3), (105, 0.08), (155, 0.04), (166, 0.5), (195, 0.14), (290, 0.12)),
        streaks=0.07,
        grain=0.07,
    ),
    "verge": Surface(10, "chalk", _GRASS_GREEN, _GRASS_DRY, grain=0.12, brightness=1.05),
    "lawn": Surface(10, "loam", _GRASS_GREEN, ((15, 0.2), (150, 0.02), (210, 0.1)), grain=0.05),
    # Bare until June, then as green as a meadow when the aeroplane comes: only the year tells.
    "maize": Surface(
        11,
        "loam",
        ((20, 0.04), (135, 0.03), (162, 0.3), (182, 0.85), (245, 0.92), (272, 0.25), (284, 0.0)),
        ((240, 0.04), (270, 0.62), (286, 0.4), (340, 0.25), (100, 0.08), (135, 0.0)),
        leaf="crop",
        streaks=0.06,
        grain=0.07,
    ),
    "wheat": Surface(
        11,
        "loam",
        ((20, 0.35), (70, 0.5), (105, 0.9), (140, 0.95), (165, 0.4), (182, 0.0), (300, 0.02)),
        ((150, 0.05), (175, 0.8), (198, 0.95), (206, 0.6), (255, 0.4), (270, 0.05), (300, 0.0)),
        leaf="crop",
        streaks=0.05,
        grain=0.05,
    ),
    "tramline": Surface(
        11, "loam", ((20, 0.2), (105, 0.4), (182, 0.0)), ((150, 0.05), (198, 0.45), (270, 0.0))
    ),
    "rapeseed": Surface(
        11,
        "loam",
        ((20, 0.55), (90, 0.9), (140, 0.9), (165, 0.4), (185, 0.05), (240, 0.1), (290, 0.5)),
        ((165, 0.4), (185, 0.85), (215, 0.5), (240, 0.1), (290, 0.0)),
        leaf="crop",
    ),
    # Winter barley until June, ploughed before the flight, green manure in autumn.
    "plowed": Surface(
        12,
        "loam",
        ((20, 0.4), (85, 0.8), (125, 0.95), (150, 0.4), (165, 0.0), (245, 0.02), (290, 0.6)),
        ((135, 0.1), (165, 0.9), (176, 0.6), (181, 0.03), (290, 0.0)),
        leaf="crop",
        streaks=0.13,
        grain=0.11,
    ),
    "bare": Surface(4, "chalk", ((100, 0.02), (200, 0.08), (300, 0.04)), grain=0.09),
    "deciduous": Surface(7, "bark", _LEAVES, _AUTUMN, leaf="foliage", dead="litter", grain=0.1),
    "oak": Surface(
        7,
        "bark",
        _LEAVES,
        _AUTUMN,
        leaf="foliage",
        dead="litter",
        grain=0.1,
        shift=9,
        brightness=0.86,
    ),
    "coniferous": Surface(6, "bark", ((15, 0.86), (190, 0.95)), leaf="needles", grain=0.1),
    "brushwood": Surface(
        8,
        "litter",
        ((60, 0.3), (125, 0.75), (200, 0.82), (280, 0.55), (330, 0.3)),
        ((30, 0.35), (125, 0.1), (280, 0.3)),
        leaf="foliage",
        dead="litter",
        grain=0.12,
        brightness=1.25,
    ),
    "vine": Surface(
        9,
        "chalk",
        ((105, 0.0), (130, 0.3), (165, 0.88), (255, 0.85), (290, 0.4), (310, 0.0)),
        ((270, 0.1), (300, 0.4), (320, 0.0)),
        leaf="foliage",
        brightness=1.2,
        grain=0.12,
    ),
    "vine row": Surface(9, "chalk", ((20, 0.35), (110, 0.45), (190, 0.18), (300, 0.3)), grain=0.09),
    "road": Surface(3, "asphalt", grain=0.03),
    "marking": Surface(3, "paint", grain=0.06),
    "terrace": Surface(3, "concrete", grain=0.04),
    "track": Surface(2, "gravel", ((15, 0.05), (150, 0.15)), grain=0.1),
    "drive": Surface(2, "gravel", grain=0.07),
    "tiled roof": Surface(1, "tiles", grain=0.05),
    "slate roof": Surface(1, "slate", grain=0.04),
    "metal roof": Surface(1, "sheet", grain=0.02),
    "pond": Surface(5, "pond", grain=0.03),
    "pool": Surface(13, "basin", grain=0.03),
}


def vary(surface: Surface, generator: np.random.Generator) -> Surface:
    """Another parcel of the same kind: earlier or later, brighter or darker."""
    return replace(
        surface,
        shift=surface.shift + int(generator.integers(-9, 10)),
        brightness=surface.brightness * float(generator.uniform(0.88, 1.12)),
    )
