"""The demo scenes: eight places in which the year tells what the aerial image does not."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from lcapp.errors import RunError
from lcapp.files import cache_folder
from lcapp.language import message
from lcapp.simulate.collection import VERSION, marker, write_collection
from lcapp.simulate.domain import HOME, Climate, Domain
from lcapp.simulate.formats.flair2 import is_written
from lcapp.simulate.workers import available
from lcapp.simulate.zones import Tile, Zone

_SEED = 0

REVISION = 1
"""Of the demo's own landscapes, beside the simulator's version: what was drawn before stays."""

_IDLE = 19
"""Nice value of a process that gets what time is left."""


@dataclass(frozen=True)
class Spot:
    """A place that a story names.

    Attributes:
        x: Metres from the scene's left edge.
        y: Metres from its upper edge.
        label: A word or two.
        land: The class that is there, and that the demo weights find there.
    """

    x: float
    y: float
    label: str
    land: str


@dataclass(frozen=True)
class DemoScene:
    """One scene of the demo, and what to look for in it.

    Attributes:
        title: A few words.
        story: One sentence, which says where to look.
        zone: Where it lies.
        spots: The places that it names.
    """

    title: str
    story: str
    zone: Zone
    spots: tuple[Spot, ...]

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
        message("Maize or meadow?"),
        message(
            "The field in the west is the maize: in July it is as green as the meadow in the "
            "east, and only the series shows that it was bare soil in May."
        ),
        _zone(0, "maize", "Z1_NN", _AT_HOME, 612_400.0, 6_634_800.0),
        (
            Spot(16.8, 40.8, message("maize"), "agricultural land"),
            Spot(89.6, 45.6, message("meadow"), "herbaceous vegetation"),
        ),
    ),
    DemoScene(
        message("Larch against spruce"),
        message(
            "North of the road two stands of conifers look alike in summer; in winter the "
            "larches in the west have no needles, the spruces in the east have theirs."
        ),
        _elsewhere(
            *(1, "larch", "Z1_FF", "mountain forest", 44.9, dt.datetime(2020, 7, 21, 11, 5)),
            *("humus", _climate(70)),
        ),
        (
            Spot(22.0, 35.0, message("larches"), "coniferous"),
            Spot(80.0, 35.0, message("spruces"), "coniferous"),
        ),
    ),
    DemoScene(
        message("A flooded meadow"),
        message(
            "The meadow along the river is dry and green in August; from December to March the "
            "river stands on it, and on the one in the north it does not."
        ),
        _elsewhere(
            *(2, "flood", "Z1_NA", "bocage", 47.4, dt.datetime(2021, 8, 9, 10, 30)),
            *("silt", _climate(60)),
        ),
        (
            Spot(25.0, 55.0, message("flooded in winter"), "herbaceous vegetation"),
            Spot(38.0, 8.0, message("dry all year"), "herbaceous vegetation"),
        ),
    ),
    DemoScene(
        message("A cloudy spring"),
        message(
            "No clear date from February to May: these months stay absent, and the map has to "
            "tell the three fields in the north from a meadow without them."
        ),
        _elsewhere(
            *(3, "cloudy spring", "Z1_AA", "open fields", 49.1, dt.datetime(2021, 5, 28, 11, 0)),
            *("silt", _climate(60, _NO_SPRING)),
        ),
        (
            Spot(15.0, 20.0, message("wheat"), "agricultural land"),
            Spot(52.0, 20.0, message("rapeseed"), "agricultural land"),
            Spot(88.0, 20.0, message("barley"), "agricultural land"),
        ),
    ),
    DemoScene(
        message("A new building"),
        message(
            "Wheat at the turn of the year, bare ground in February, from March on the roofs "
            "that the aeroplane sees in September: a hall in the north-east, two houses beside "
            "it."
        ),
        _elsewhere(
            *(4, "new building", "Z1_AU", "suburb", 47.0, dt.datetime(2021, 9, 6, 11, 40)),
            *("loam", _climate(66)),
        ),
        (
            Spot(71.0, 33.0, message("new hall"), "building"),
            Spot(38.0, 24.0, message("new house"), "building"),
        ),
    ),
    DemoScene(
        message("Vineyard rows"),
        message(
            "The rows of the plots are seen at 0.2 m only; the soil between them keeps the year"
            " of the vines pale."
        ),
        _elsewhere(
            *(5, "vineyard", "Z1_AV", "vineyards", 43.9, dt.datetime(2020, 6, 3, 10, 20)),
            *("terra rossa", _climate(70)),
        ),
        (
            Spot(20.0, 20.0, message("vines"), "vineyard"),
            Spot(75.0, 40.0, message("vines, other rows"), "vineyard"),
        ),
    ),
    DemoScene(
        message("A village"),
        message(
            "Roofs and streets in the south stay as they are all year while the gardens between"
            " them change: small things that 10 m pixels blur."
        ),
        _elsewhere(
            *(6, "village", "Z1_UA", "vineyards", 44.3, dt.datetime(2021, 7, 2, 10, 45)),
            *("chalk", _climate(70)),
        ),
        (
            Spot(50.0, 88.0, message("roofs"), "building"),
            Spot(85.0, 78.0, message("garden"), "herbaceous vegetation"),
        ),
    ),
    DemoScene(
        message("Snow"),
        message(
            "Snow until April hides the ground, so that these months are dropped; the spruces "
            "in the north-west stay green, the pastures do not."
        ),
        _elsewhere(
            *(7, "snow", "Z1_FN", "mountain forest", 45.8, dt.datetime(2020, 8, 18, 11, 20)),
            *("humus", _climate(72, snow_days=150)),
        ),
        (
            Spot(20.0, 15.0, message("spruces"), "coniferous"),
            Spot(60.0, 95.0, message("pasture"), "herbaceous vegetation"),
        ),
    ),
)
"""What the demo collection holds, in its order."""

_ZONES = tuple(scene.zone for scene in DEMO)


def demo_collection(scenes: int = len(DEMO), *, background: bool = False) -> Path:
    """The folder of the demo scenes, written on the first call.

    It lies in `LCAPP_CACHE`, else in `lcapp` in the user's cache folder (`XDG_CACHE_HOME`, else
    `~/.cache`), under a name that holds the simulator's version
    and `REVISION`. Processes that race for it get
    the same folder. A page can ask for the first scene, show it, and ask for the others behind
    it: each call adds what is missing. Other processes draw them: this one may have something
    else to do meanwhile.

    Args:
        scenes: At least so many of the scenes, from the first one on.
        background: Write them in what time the rest of the computer leaves.

    Raises:
        RunError: The cache cannot be written.
    """
    folder = cache_folder() / f"simulated-v{VERSION}.{REVISION}"
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
