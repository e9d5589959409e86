"""A collection of scenes of one kind, recognised by its source."""

import difflib
import threading
from collections.abc import Collection as Names
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lcapp.errors import SceneError
from lcapp.files import Stamps, digest, fingerprint, stamps
from lcapp.reasons import door
from lcapp.record import settings, with_setting
from lcapp.scene.flair2.reader import Flair2
from lcapp.scene.flairhub.reader import FlairHub
from lcapp.scene.names import composed, listed, named
from lcapp.scene.pairs import Pairs
from lcapp.scene.reader import Reader, SceneHeader, Split
from lcapp.scene.services.reader import Places
from lcapp.scene.treesat import TreeSat
from lcapp.scene.zone.area import Area
from lcapp.types import AUTOMATIC, Grid, Scene, Truth, Units

READERS: list[type[Reader]] = [Places, TreeSat, Flair2, FlairHub, Pairs]
"""The first that finds scenes in a source reads it."""


class Collection:
    """The scenes of a source.

    Made by `open_collection` from names alone. Headers are kept as long as their files stay as they
    are, so that a list opens no raster twice, also when several sessions draw it at the same time.
    Wherever an id is asked for, any other spelling that the reader understands will do.

    Attributes:
        source: The folder, or what else was opened.
        name: Its last part.
        kind: Of its reader.
        ids: All scenes, in order; may be lazy.
        simulated: The scenes are simulated.
        reader: What reads them.
    """

    def __init__(self, source: str, reader: Reader) -> None:
        self.source = source
        self.name = Path(source).name
        self.kind = reader.kind
        self.ids: Sequence[str] = reader.ids
        self.simulated = reader.simulated
        self.reader = reader
        self._headers: dict[str, tuple[Stamps, SceneHeader]] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Collection({self.source!r}, {self.kind}, {len(self.ids)} scenes)"

    def header(self, scene_id: str) -> SceneHeader:
        """What a list shows of a scene; opens its files the first time.

        Raises:
            SceneError: Unknown id, or an image that cannot be used.
        """
        scene_id = self.find(scene_id)
        with self._lock, door(where=self.source):
            seen = stamps(self.reader.files(scene_id))
            if self._headers.get(scene_id, (None, None))[0] != seen:
                header = self.reader.header(scene_id)
                simulated = self.simulated or header.simulated
                self._headers[scene_id] = seen, replace(header, simulated=simulated)
            return self._headers[scene_id][1]

    def scene(self, scene_id: str, names: Names[str] | None = None, uses: Names[str] = ()) -> Scene:
        """Read a scene.

        Args:
            scene_id: The scene.
            names: Which images and series to read; None for all there are.
            uses: Which others to read where they are there.

        Raises:
            SceneError: Unknown id, an image or a series that is named and not there, or files
                that cannot be used.
        """
        scene_id = self.find(scene_id)
        if names is not None and uses:
            names = {*names, *self.header(scene_id).holds.intersection(uses)}
        with door(where=self.source):
            scene = self.reader.scene(scene_id, names)
        simulated = self.simulated or scene.simulated
        scene = replace(scene, collection=self.name, simulated=simulated)
        return scene if names is None else scene.only(names)

    def labels(self, scene_id: str) -> Scene:
        """A scene with its labels, and nothing that takes long to read.

        Raises:
            SceneError: Unknown id, or labels that cannot be used.
        """
        with door(where=self.source):
            return self.reader.labels(self.find(scene_id))

    def tree(self, scene_id: str) -> Split | None:
        """Where the files put a scene in an official split; None where they do not.

        Raises:
            SceneError: Unknown id.
        """
        return self.reader.tree(self.find(scene_id))

    def truth(self, scene_id: str) -> Truth | None:
        """What a simulated scene really looked like; None where nothing tells.

        Raises:
            SceneError: Unknown id, or a file that cannot be used.
        """
        with door(where=self.source):
            return self.reader.truth(self.find(scene_id))

    def fingerprint(self, scene_id: str) -> str:
        """Text that changes when a file changes that the scene is read from, or a unit.

        Raises:
            SceneError: Unknown id.
        """
        with door(where=self.source):
            files = (
                f"{path}|{path.stat().st_mtime_ns}|{fingerprint(path)}|".encode()
                for path in self.reader.files(self.find(scene_id))
            )
            return digest((str(self.reader.units).encode(), *files))

    def content(self, scene_id: str) -> str:
        """A hash of what a scene is read from, the same wherever copies of its files lie.

        Raises:
            SceneError: Unknown id.
        """
        scene_id = self.find(scene_id)
        with door(where=self.source):
            files = [f"{path.name}|{fingerprint(path)}|" for path in self.reader.files(scene_id)]
        told = (scene_id, str(self.reader.units), self.simulated, *files)
        return digest([repr(told).encode("utf-8", "replace")])

    def regions(self) -> Mapping[str, Sequence[str]]:
        """Scenes that lie together, by the name of their region; "" where ids have one part."""
        return self.reader.regions()

    def footprints(self, region: str) -> dict[str, Grid]:
        """Where the scenes of a region lie; only headers are read.

        A scene whose files cannot be used is left out: reading it says what is wrong with it.
        """
        found: dict[str, Grid] = {}
        for scene_id in self.regions()[region]:
            with suppress(SceneError):
                found[scene_id] = self.header(scene_id).grid
        return found

    def region(self, region: str, names: Names[str] | None = None, uses: Names[str] = ()) -> Area:
        """The scenes of a region as one zone; only headers are read.

        Args:
            region: One of `regions`.
            names: What its windows are to hold; None for what all its scenes hold.
            uses: What they are to hold besides, where all its scenes do.

        Raises:
            SceneError: No such region; its scenes cannot be joined, or lack what is named.
        """
        known = self.regions()
        region = region if region in known else composed(region)
        if region not in known:
            shown = ", ".join(list(known)[:5]) + (", ..." if len(known) > 5 else "")
            raise SceneError(
                f"has no region of interest {region!r}",
                where=self.source,
                expected=f"one of {shown}",
            )
        with door(where=self.source):
            return self.reader.region(region, names, uses)

    def find(self, name: str) -> str:
        """The id that is meant by another spelling of it.

        Raises:
            SceneError: There is none; names the nearest ones.
        """
        if name in self.ids:
            return name
        name = self.reader.meant(composed(name))
        if name in self.ids:
            return name
        # Of 241 100 patches those of the same domain: comparing with all takes ten seconds.
        domain = name[: name.find("/") + 1]
        likely = [one for one in self.ids if one.startswith(domain)] or self.ids
        close = difflib.get_close_matches(name, likely, n=3, cutoff=0.4)
        raise SceneError(
            f"has no scene {name!r}",
            where=self.source,
            expected=f"one of {len(self.ids)} scenes",
            advice=f"did you mean {' or '.join(close)}?" if close else f"try {self.ids[0]}",
        )


def open_collection(source: str | Path, units: Units = AUTOMATIC) -> Collection:
    """Recognise a source and list its scenes.

    Args:
        source: A folder, or whatever else one of `READERS` understands.
        units: Of series, masks and heights, where they are stated by hand; they go before those
            of the folder's `UNITS.txt`.

    Raises:
        SceneError: No collection; says what each kind looks like.
    """
    text = whole(source)
    with door(where=source):
        is_folder = Path(text).is_dir()
        if is_folder:
            listed(Path(text))  # a folder that is closed seems empty to whoever looks for patterns
        for kind in READERS:
            reader = kind(text)
            for one in settings(Units):
                if (stated := one.of(units)) != one.default:  # goes before the folder's own
                    reader.units = with_setting(reader.units, one.place, stated)
            if len(reader.ids):
                return Collection(text, reader)
    raise SceneError(
        "is no collection" if is_folder else "is no folder",
        where=source,
        expected=" or ".join(kind.looks for kind in READERS),
        advice="check the folder" if is_folder else "check the path",
    )


def whole(source: str | Path) -> str:
    """The source wherever it is opened from: a folder's whole path, any other text as it is."""
    folder = named(source)
    with door(where=source):
        return str(folder.resolve()) if folder.is_dir() else str(source)
