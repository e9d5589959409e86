"""Domains: each with its own landscape, light, orthophoto and climate.

FLAIR #2 calls a French department in one year a domain; whoever learns on some domains and is
tested on others meets another radiometry, another season and another countryside. Invented
domains differ in the same respects. Their departments' numbers run from 901 to 970, which no French
department has; a row of more domains than that comes back to them in other years.
"""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np

STYLES = ("open fields", "bocage", "vineyards", "mountain forest", "suburb")
"""The landscapes there are; `domains` gives them in turn."""

Rgbi = tuple[float, float, float, float]
"""Red, green, blue, near infrared."""


@dataclass(frozen=True)
class Radiometry:
    """What an orthophoto's production makes of reflectance, band by band.

    byte = 255 ((reflectance + haze) gain) ^ (1 / gamma) + offset, then colours are spread.

    Attributes:
        gain: Per unit of reflectance.
        offset: Bytes.
        gamma: 1 is linear; above 1 lifts the shadows.
        haze: Path reflectance that was not taken away.
        sky: Share of the light that reaches a shadow.
        saturation: Factor of a colour's distance from grey.
    """

    gain: Rgbi = (3.1, 3.1, 3.1, 1.5)
    offset: Rgbi = (0.0, 0.0, 0.0, 0.0)
    gamma: Rgbi = (1.9, 1.9, 1.9, 1.8)
    haze: Rgbi = (0.006, 0.008, 0.012, 0.002)
    sky: Rgbi = (0.30, 0.34, 0.42, 0.22)
    saturation: float = 1.25


@dataclass(frozen=True)
class Climate:
    """The weather of one year.

    Attributes:
        clear_sky: January to December, how likely an acquisition is cloudless, 0..1.
        acquisitions: Dates in the series.
        snow_days: Days on which snow lies, around the end of January.
        drought: 0 a wet summer, 1 one that browns every meadow.
    """

    clear_sky: tuple[float, ...] = (
        *(0.0, 0.4, 0.5, 0.5, 0.5, 0.5),
        *(0.6, 0.6, 0.55, 0.4, 0.3, 0.35),
    )
    acquisitions: int = 50
    snow_days: int = 9
    drought: float = 0.25


@dataclass(frozen=True)
class Domain:
    """One department in one year.

    Attributes:
        name: As in FLAIR #2: department and year.
        style: One of `STYLES`.
        year: Of the flight and of the series.
        latitude: Degrees north.
        flight: Local mean solar time of the aerial image (noon is when the mean sun is south).
        soil: Key in `spectra.MATERIALS` of the bare soil of fields.
        radiometry: Of the aerial image.
        climate: Of the year.
        phenology: Days by which spring is later than in central France.
    """

    name: str
    style: str
    year: int
    latitude: float
    flight: dt.datetime
    soil: str = "loam"
    radiometry: Radiometry = field(default_factory=Radiometry)
    climate: Climate = field(default_factory=Climate)
    phenology: int = 0

    @property
    def flight_day(self) -> int:
        """Day of the year of the aerial image, 1..366."""
        return self.flight.timetuple().tm_yday


HOME = Domain("D900_2021", "bocage", 2021, 46.8, dt.datetime(2021, 7, 12, 10, 40))
"""The domain of the first demo scene."""

_FIRST_DEPARTMENT = 901
_YEARS = (2018, 2019, 2020, 2021, 2022)
DEPARTMENTS = 70
"""A multiple of the number of styles: a department keeps its own in every year."""

MOST_DOMAINS = DEPARTMENTS * len(_YEARS)


@dataclass(frozen=True)
class _Region:
    """Where a style is found in France, and what its year is like."""

    latitudes: tuple[float, float]
    soils: tuple[str, ...]
    flights: tuple[int, int]
    snow_days: tuple[int, int]
    drought: tuple[float, float]
    delay: int = 0


_REGIONS = {
    "open fields": _Region((47.3, 50.0), ("loam", "chalk", "silt"), (95, 300), (0, 12), (0.0, 0.7)),
    "bocage": _Region((46.0, 49.0), ("silt", "loam", "clay"), (95, 312), (0, 10), (0.0, 0.6)),
    "vineyards": _Region(
        (43.4, 47.4), ("chalk", "terra rossa", "clay"), (110, 300), (0, 6), (0.3, 1.0), delay=-6
    ),
    # Aeroplanes wait until the snow is gone.
    "mountain forest": _Region(
        (44.2, 48.2), ("humus", "clay"), (140, 300), (35, 115), (0.0, 0.4), delay=12
    ),
    "suburb": _Region(
        (43.5, 49.3), ("loam", "sand", "silt"), (95, 305), (0, 8), (0.1, 0.8), delay=-3
    ),
}


def domains(count: int, seed: int) -> tuple[Domain, ...]:
    """Invent domains, the styles in turn.

    A domain depends on the seed and on its place in the row only, so that a longer row begins
    like a shorter one.

    Args:
        count: 1 or more; from 5 on all styles occur.
        seed: Of everything that is drawn.

    Raises:
        ValueError: `count` is not between 1 and `MOST_DOMAINS`.
    """
    if not 1 <= count <= MOST_DOMAINS:
        raise ValueError(f"expected 1 to {MOST_DOMAINS} domains, got {count}")
    return tuple(_domain(number, seed) for number in range(count))


def _domain(number: int, seed: int) -> Domain:
    generator = _generator(seed, number)
    style = STYLES[number % len(STYLES)]
    region = _REGIONS[style]
    year = int(generator.choice(_YEARS))
    repeat, department = divmod(number, DEPARTMENTS)
    if repeat:  # not in a year that the department has had
        first = int(_generator(seed, department).choice(_YEARS))
        year = _YEARS[(_YEARS.index(first) + repeat) % len(_YEARS)]
    latitude = float(generator.uniform(*region.latitudes))
    # Dates of one style are spread over its season, those of a collection over the year.
    first, last = region.flights
    turn, place = divmod(number, len(STYLES))
    start = float(np.random.default_rng((seed, 0xDA)).random())
    at = (start + 0.618 * turn + place / len(STYLES)) % 1.0
    day = first + round(at * (last - first))
    return Domain(
        name=f"D{_FIRST_DEPARTMENT + department}_{year}",
        style=style,
        year=year,
        latitude=latitude,
        flight=_flight(year, day, generator),
        soil=str(generator.choice(region.soils)),
        radiometry=_radiometry(generator),
        climate=_climate(latitude, region, generator),
        phenology=region.delay + round(2.5 * (latitude - 46.5)) + int(generator.integers(-6, 7)),
    )


def _generator(seed: int, number: int) -> np.random.Generator:
    """Of all that is drawn for one domain."""
    return np.random.default_rng((seed, number, 0xD0))


def _flight(year: int, day: int, generator: np.random.Generator) -> dt.datetime:
    """Around noon; the lower the sun, the nearer to noon."""
    width = 0.5 + 1.9 * max(0.0, np.cos(2 * np.pi * (day - 172) / 365))
    hours = 12.0 + float(generator.uniform(-width, width))
    return dt.datetime(year, 1, 1) + dt.timedelta(days=day - 1, minutes=round(60 * hours))


def _radiometry(generator: np.random.Generator) -> Radiometry:
    """Each department is equalised by another hand."""

    def around(values: Rgbi, spread: float, own: float) -> Rgbi:
        """All bands together by `spread`, each by `own`."""
        factors = generator.normal(1.0, spread) * generator.normal(1.0, own, 4)
        red, green, blue, nir = (float(one) for one in np.array(values) * np.clip(factors, 0.6, 2))
        return red, green, blue, nir

    usual = Radiometry()
    # Whoever balances a mosaic keeps roads grey; its brightness and its infrared are free.
    red, green, blue, nir = around(usual.gain, 0.12, 0.02)
    lift = float(generator.normal(3.0, 4.0))
    offset = tuple(float(one) for one in lift + generator.normal(0.0, 1.5, 4))
    return Radiometry(
        gain=(red, green, blue, nir * float(np.clip(generator.normal(1.0, 0.13), 0.7, 1.35))),
        offset=(offset[0], offset[1], offset[2], offset[3]),
        gamma=around(usual.gamma, 0.06, 0.012),
        haze=around(usual.haze, 0.35, 0.15),
        sky=around(usual.sky, 0.12, 0.04),
        saturation=float(generator.uniform(0.8, 1.2)),
    )


def _climate(latitude: float, region: _Region, generator: np.random.Generator) -> Climate:
    """More sun in the south and in summer; some years have a month without any."""
    season = -np.cos(2 * np.pi * (np.arange(12) - 0.2) / 12)  # -1 in January, 1 in July
    sunny = 0.40 + 0.17 * season - 0.03 * (latitude - 46.5) + generator.normal(0.0, 0.1, 12)
    sunny[generator.random(12) < 0.06] = 0.0
    return Climate(
        clear_sky=tuple(float(one) for one in np.clip(sunny, 0.0, 0.85)),
        acquisitions=round(float(np.exp(generator.uniform(np.log(20), np.log(110))))),
        snow_days=int(generator.integers(region.snow_days[0], region.snow_days[1] + 1)),
        drought=float(generator.uniform(*region.drought)),
    )
