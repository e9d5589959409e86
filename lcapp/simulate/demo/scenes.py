"""The demo scenes: eight places in which the year tells what the aerial image does not."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from lcapp.errors import RunError
from lcapp.files import cache_folder
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
        title: A few words.
        story: One sentence.
        zone: Where it lies.
    """

    title: str
    story: str
    zone: Zone

    @property
    def id(self) -> str:
        """In the demo collection."""
        zone = self.zone
        return f"{zone.domain.name}/{zone.name}/IMG_{zone.tiles[0].number:06d}"


def _zone(key: int, plan: str, name: str, domain: Domain, left: float, top: float) -> Zone:
    return Zone(domain, name, "train", _SEED, key, plan, (Tile(key + 1, 0, 0),), left, top)


_FAIR = (0.35, 0.4, 0.5, 0.5, 0.55, 0.6, 0.65, 0.65, 0.6, 0.5, 0.4, 0.35)


def _climate(acquisitions: int, clear: tuple[float, ...] = _FAIR, snow_days: int = 0) -> Climate:
    return Climate(clear, acquisitions, snow_days, drought=0.2)


def _elsewhere(
    key: int,
    plan: str,
    name: str,
    style: str,
    latitude: float,
    flight: dt.datetime,
    soil: str,
    climate: Climate,
) -> Zone:
    """A place in a department of its own."""
    domain = f"D{980 + key}_{flight.year}"
    of = Domain(domain, style, flight.year, latitude, flight, soil, HOME.radiometry, climate)
    top = round(6_600_000 + 111e3 * (latitude - 46.5), -2)
    return _zone(key, plan, name, of, 400_000.0 + 20_000.0 * key, top)


# No clear January, so that the first scene shows an absent month; May is what its story tells.
_AT_HOME = replace(HOME, climate=_climate(60, (0.0, *_FAIR[1:4], 0.9, *_FAIR[5:])))
_NO_SPRING = (0.4, 0.0, 0.0, 0.0, 0.0, 0.5, 0.6, 0.6, 0.6, 0.5, 0.4, 0.4)

DEMO = (
    DemoScene(
        "Maize or meadow?",
        "In July both are green; only the series shows that the maize field was bare soil in May.",
        _zone(0, "maize", "Z1_NN", _AT_HOME, 612_400.0, 6_634_800.0),
    ),
    DemoScene(
        "Larch against spruce",
        "Two conifer stands look alike in summer; in winter the larches have no needles.",
        _elsewhere(
            *(1, "larch", "Z1_FF", "mountain forest", 44.9, dt.datetime(2020, 7, 21, 11, 5)),
            *("humus", _climate(70)),
        ),
    ),
    DemoScene(
        "A flooded meadow",
        "A dry green meadow in August; from December to March the river stands on it.",
        _elsewhere(
            *(2, "flood", "Z1_NA", "bocage", 47.4, dt.datetime(2021, 8, 9, 10, 30)),
            *("silt", _climate(60)),
        ),
    ),
    DemoScene(
        "A cloudy spring",
        "No clear date from February to May: these months stay absent, and the map has to do "
        "without them.",
        _elsewhere(
            *(3, "cloudy spring", "Z1_AA", "open fields", 49.1, dt.datetime(2021, 5, 28, 11, 0)),
            *("silt", _climate(60, _NO_SPRING)),
        ),
    ),
    DemoScene(
        "A new building",
        "A wheat field in winter, bare ground in spring, roofs in September when the aeroplane "
        "comes.",
        _elsewhere(
            *(4, "new building", "Z1_AU", "suburb", 47.0, dt.datetime(2021, 9, 6, 11, 40)),
            *("loam", _climate(66)),
        ),
    ),
    DemoScene(
        "Vineyard rows",
        "The rows are seen at 0.2 m only; the soil between them keeps the vineyard's year pale.",
        _elsewhere(
            *(5, "vineyard", "Z1_AV", "vineyards", 43.9, dt.datetime(2020, 6, 3, 10, 20)),
            *("terra rossa", _climate(70)),
        ),
    ),
    DemoScene(
        "A village",
        "Roofs and streets stay as they are all year while the gardens change: small things that "
        "10 m pixels blur.",
        _elsewhere(
            *(6, "village", "Z1_UA", "vineyards", 44.3, dt.datetime(2021, 7, 2, 10, 45)),
            *("chalk", _climate(70)),
        ),
    ),
    DemoScene(
        "Snow",
        "Snow until April hides the ground, so that these months are dropped; the spruces stay "
        "green, the clearings do not.",
        _elsewhere(
            *(7, "snow", "Z1_FN", "mountain forest", 45.8, dt.datetime(2020, 8, 18, 11, 20)),
            *("humus", _climate(72, snow_days=150)),
        ),
    ),
)
"""What the demo collection holds, in its order."""

_ZONES = tuple(scene.zone for scene in DEMO)


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
    folder = cache_folder() / f"simulated-v{VERSION}"
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
        if str(error.where) != str(folder):
            raise
        raise RunError(
            error.what, where=error.where, advice="set LCAPP_CACHE to a folder that can be written"
        ) from error


def scenes_in(folder: Path) -> int:
    """How many of the demo scenes are there."""
    return sum(is_written(folder, zone) for zone in _ZONES)
