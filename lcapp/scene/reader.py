"""What a collection asks of a reader: ids, a cheap look, the whole scene; and what few know."""

from abc import ABC, abstractmethod
from collections.abc import Collection as Names
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

from lcapp.errors import SceneError
from lcapp.limits import read_text
from lcapp.record import settings, with_setting
from lcapp.scene.zone.area import Area
from lcapp.sensors import HEIGHTS
from lcapp.types import AUTOMATIC, Grid, Scene, Truth, Units

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class SceneHeader:
    """What a list shows of a scene, known without reading its pixels.

    Attributes:
        id: Unique in its collection.
        grid: 0.2 m, that of the scene.
        holds: Names of its images and series.
        has_reference: There are labels of land cover.
        simulated: True for a scene of `lcapp.simulate`.
    """

    id: str
    grid: Grid
    holds: frozenset[str]
    has_reference: bool
    simulated: bool = False

    @property
    def has_ndsm(self) -> bool:
        """Something tells the height above ground."""
        return bool(self.holds & HEIGHTS)


class Ids(tuple[str, ...]):
    """All ids of a folder, where one is looked up as quickly as in a set."""

    def __contains__(self, name: object) -> bool:
        return name in self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(iter(self))


SIMULATED = "SIMULATED.txt"
"""A file of this name in the root says that every scene of the folder is simulated."""

UNITS = "UNITS.txt"
"""A file of this name in the root states what numbers mean, a line each: `series: reflectance`."""


class Reader(ABC):
    """One kind of source. It is made from the source and looks at names only.

    A reader is one line in `collection.READERS`. A source of another kind gives it no ids; it may
    be a folder, or any text that a kind understands. Scene ids are known ones.

    Attributes:
        kind: One word.
        looks: What its sources look like, for whoever has named another one.
        ids: Of all scenes, in order. May be lazy: only `len`, `in` and the first are asked for
            needlessly.
        simulated: No sensor has seen the scenes.
        units: What a person states of the numbers in the files.
    """

    kind: ClassVar[str]
    looks: ClassVar[str]
    ids: Sequence[str]
    simulated: bool = False
    units: Units = AUTOMATIC

    @abstractmethod
    def __init__(self, source: str) -> None: ...

    @abstractmethod
    def header(self, scene_id: str) -> SceneHeader:
        """Look at a scene without its pixels (SceneError)."""

    @abstractmethod
    def scene(self, scene_id: str, names: Names[str] | None = None) -> Scene:
        """Read a scene.

        Args:
            scene_id: The scene.
            names: The images and series that are asked for; None for all there are. More may be
                read than these, and labels always are.

        Raises:
            SceneError: Files that cannot be used.
        """

    def labels(self, scene_id: str) -> Scene:
        """The scene with its labels and as little else as can be (SceneError)."""
        return self.scene(scene_id, ())

    def files(self, scene_id: str) -> Sequence[Path]:
        """What a scene is read from, as far as it is there."""
        return ()

    def tree(self, scene_id: str) -> Split | None:
        """Where the files put a scene in an official split; None where they do not."""
        return None

    def truth(self, scene_id: str) -> Truth | None:
        """What a simulated scene really looked like (SceneError); None where nothing tells."""
        return None

    def meant(self, name: str) -> str:
        """The id that is meant by another spelling of it, whether there is such a scene or not."""
        return name

    def scenes_at(self, x: float, y: float, crs: str) -> Sequence[str] | None:
        """The scenes that hold a point (SceneError); None where only their headers tell."""
        return None

    def nearest(self, x: float, y: float, crs: str) -> tuple[str, float]:
        """What lies nearest to a point that `scenes_at` finds nothing at, in words; metres."""
        raise NotImplementedError

    def regions(self) -> Mapping[str, Sequence[str]]:
        """Scenes that lie together, by the name of their region: all of an id but its end."""
        return self._regions

    @cached_property
    def _regions(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for scene_id in self.ids:
            found.setdefault(scene_id.rpartition("/")[0], []).append(scene_id)
        return found

    def region(self, region: str, names: Names[str] | None, uses: Names[str]) -> Area:
        """The scenes of a region joined; arguments as in `Collection.region`.

        Raises:
            SceneError: They cannot be joined.
        """
        raise SceneError(
            f"{self.kind} scenes are not joined to a zone",
            where=region,
            expected="a region of interest of a FLAIR-HUB folder, or a GeoTIFF",
        )


class FolderReader(Reader):
    """A reader of a folder's files.

    Attributes:
        path: The folder.
    """

    def __init__(self, source: str) -> None:
        self.path = Path(source)
        self.simulated = (self.path / SIMULATED).is_file()
        self.units = _units_in(self.path / UNITS)


def _units_in(path: Path) -> Units:
    """What a folder's own file states; nothing without one (SceneError)."""
    if not path.is_file():
        return AUTOMATIC
    lines = read_text(path, SceneError, "text, one unit a line").split("\n")
    stated = AUTOMATIC
    for line in filter(None, map(str.strip, lines)):
        name, _, value = (part.strip().lower() for part in line.partition(":"))
        kinds = {one.place: one for one in settings(Units)}
        if name not in kinds or value not in kinds[name].choices:
            raise SceneError(
                f"states {line[:80]!r}",
                where=path,
                expected=" or ".join(f"{one}: {kinds[one].expected()}" for one in kinds),
            )
        stated = with_setting(stated, name, value)
    return stated
