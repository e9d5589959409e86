"""The demo scenes: eight places in which the year tells what the aerial image does not."""

import datetime as dt
import os
from dataclasses import dataclass, replace
from pathlib import Path

from lcapp.errors import RunError
from lcapp.simulate.collection import VERSION, marker, write_collection
from lcapp.simulate.domain import HOME, Climate, Domain
from lcapp.simulate.formats.flair2 import is_written
from lcapp.simulate.workers import available
from lcapp.simulate.zones import Tile, Zone

_SEED = 0

_IDLE = 19
"""Nice value of a process that gets what time is left."""


@dataclass(frozen=True)
class DemoScene:
    """One scene of the demo, and what to look for in it.

    Attributes:
        id: In the demo collection.
        title: A few words.
        story: One sentence.
    """

    id: str
    title: str
    story: str


def _climate(clear: tuple[float, ...], acquisitions: int = 60, snow_days: int = 0) -> Climate:
    return Climate(clear, acquisitions, snow_days, drought=0.2)


_FAIR = (0.35, 0.4, 0.5, 0.5, 0.55, 0.6, 0.65, 0.65, 0.6, 0.5, 0.4, 0.35)


def _domain(
    number: int, style: str, latitude: float, flight: dt.datetime, soil: str, climate: Climate
) -> Domain:
    name = f"D{number}_{flight.year}"
    return Domain(name, style, flight.year, latitude, flight, soil, HOME.radiometry, climate)


_PLACES = (
    # plan, zone, domain
    # No clear January, so that the first scene shows an absent month; May is what its story tells.
    (
        "maize",
        "Z1_NN",
        replace(HOME, climate=_climate((0.0, *_FAIR[1:4], 0.9, *_FAIR[5:]), 60)),
    ),
    (
        "larch",
        "Z1_FF",
        _domain(
            *(981, "mountain forest", 44.9, dt.datetime(2020, 7, 21, 11, 5), "humus"),
            _climate(_FAIR, 70),
        ),
    ),
    (
        "flood",
        "Z1_NA",
        _domain(
            *(982, "bocage", 47.4, dt.datetime(2021, 8, 9, 10, 30), "silt"), _climate(_FAIR, 60)
        ),
    ),
    (
        "cloudy spring",
        "Z1_AA",
        _domain(
            *(983, "open fields", 49.1, dt.datetime(2021, 5, 28, 11, 0), "silt"),
            _climate((0.4, 0.0, 0.0, 0.0, 0.0, 0.5, 0.6, 0.6, 0.6, 0.5, 0.4, 0.4)),
        ),
    ),
    (
        "new building",
        "Z1_AU",
        _domain(
            *(984, "suburb", 47.0, dt.datetime(2021, 9, 6, 11, 40), "loam"), _climate(_FAIR, 66)
        ),
    ),
    (
        "vineyard",
        "Z1_AV",
        _domain(
            *(985, "vineyards", 43.9, dt.datetime(2020, 6, 3, 10, 20), "terra rossa"),
            _climate(_FAIR, 70),
        ),
    ),
    (
        "village",
        "Z1_UA",
        _domain(
            *(986, "vineyards", 44.3, dt.datetime(2021, 7, 2, 10, 45), "chalk"),
            _climate(_FAIR, 70),
        ),
    ),
    (
        "snow",
        "Z1_FN",
        _domain(
            *(987, "mountain forest", 45.8, dt.datetime(2020, 8, 18, 11, 20), "humus"),
            _climate(_FAIR, 72, snow_days=150),
        ),
    ),
)

_TOLD = (
    (
        "Maize or meadow?",
        "In July both are green; only the series shows that the maize field was bare soil in May.",
    ),
    (
        "Larch against spruce",
        "Two conifer stands look alike in summer; in winter the larches have no needles.",
    ),
    (
        "A flooded meadow",
        "A dry green meadow in August; from December to March the river stands on it.",
    ),
    (
        "A cloudy spring",
        "No clear date from February to May: these months stay absent, and the map has to do "
        "without them.",
    ),
    (
        "A new building",
        "A wheat field in winter, bare ground in spring, roofs in September when the aeroplane "
        "comes.",
    ),
    (
        "Vineyard rows",
        "The rows are seen at 0.2 m only; the soil between them keeps the vineyard's year pale.",
    ),
    (
        "A village",
        "Roofs and streets stay as they are all year while the gardens change: small things that "
        "10 m pixels blur.",
    ),
    (
        "Snow",
        "Snow until April hides the ground, so that these months are dropped; the spruces stay "
        "green, the clearings do not.",
    ),
)


def _zones() -> tuple[Zone, ...]:
    zones = []
    for key, (plan, name, domain) in enumerate(_PLACES):
        first = key == 0
        zones.append(
            Zone(
                domain=domain,
                name=name,
                tree="train",
                seed=_SEED,
                key=key,
                plan=plan,
                tiles=(Tile(key + 1, 0, 0),),
                left=612_400.0 if first else 400_000.0 + 20_000.0 * key,
                top=6_634_800.0
                if first
                else round(6_600_000 + 111e3 * (domain.latitude - 46.5), -2),
            )
        )
    return tuple(zones)


_ZONES = _zones()

DEMO = tuple(
    DemoScene(f"{zone.domain.name}/{zone.name}/IMG_{zone.tiles[0].number:06d}", title, story)
    for zone, (title, story) in zip(_ZONES, _TOLD, strict=True)
)
"""What the demo collection holds, in its order."""


def demo_collection(scenes: int = len(DEMO), *, background: bool = False) -> Path:
    """The folder of the demo scenes, written on the first call.

    It lies in `LCAPP_CACHE`, else in `lcapp` in the user's cache folder (`XDG_CACHE_HOME`, else
    `~/.cache`), under a name that holds the simulator's version. Processes that race for it get
    the same folder. A page can ask for the first scene, show it, and ask for the others behind
    it: each call adds what is missing. Other processes draw them: this one may have something
    else to do meanwhile.

    Args:
        scenes: At least so many of the scenes, from the first one on.
        background: Write them in what time the rest of the computer leaves.

    Raises:
        RunError: The cache cannot be written.
    """
    folder = _cache() / f"simulated-v{VERSION}"
    text = marker(_ZONES, f"version {VERSION}, the demo scenes")
    try:
        return write_collection(
            folder,
            _ZONES,
            text,
            available(),
            first=scenes,
            patient=True,
            nice=_IDLE if background else 0,
        )
    except RunError as error:
        raise RunError(
            error.what, where=error.where, advice="set LCAPP_CACHE to a folder that can be written"
        ) from error


def scenes_in(folder: Path) -> int:
    """How many of the demo scenes are there."""
    return sum(is_written(folder, zone) for zone in _ZONES)


def _cache() -> Path:
    named = os.environ.get("LCAPP_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lcapp"
