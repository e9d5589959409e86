"""A folder of scenes of one kind, recognised by its file names."""

import difflib
import threading
from dataclasses import replace
from pathlib import Path
from typing import Literal

from lcapp.errors import SceneError
from lcapp.scene.flair2.reader import Flair2
from lcapp.scene.flairhub.reader import FlairHub
from lcapp.scene.pairs.reader import Pairs
from lcapp.scene.reader import Reader, SceneHeader
from lcapp.scene.treesat import TreeSat
from lcapp.types import Scene

SIMULATED = "SIMULATED.txt"
"""A file of this name in the root says that every scene of the folder is simulated."""

_KINDS = (TreeSat, Flair2, FlairHub, Pairs)
_LOOKS = (
    "TreeSatAI-TS (NAME_WEFL_NLF.tif with NAME_WEFL_NLF_YEAR.h5), "
    "FLAIR #2 (flair_aerial_train/D004_2021/Z1_NN/img/IMG_000001.tif, flair_sen_train/...), "
    "FLAIR-HUB (D012-2019_AERIAL_RGBI/AF-S1-27/D012-2019_AERIAL_RGBI_AF-S1-27_5-10.tif) "
    "or plain pairs (NAME_aerial.tif with NAME_series.npy or .tif and NAME_dates.txt)"
)


class Collection:
    """The scenes of a folder.

    Made by `open_collection` from file names alone. Headers are kept, so that a list opens no
    raster twice, also when several sessions draw it at the same time.

    Attributes:
        path: The folder.
        name: Its name.
        kind: `treesat`, `flair2`, `flairhub` or `pairs`.
        ids: All scenes, sorted.
        simulated: The scenes are simulated.
        reader: What reads them; that of a kind may know more than scenes (`scene.patches`).
    """

    def __init__(self, path: Path, reader: Reader) -> None:
        self.path = path
        self.name = path.name
        self.kind = reader.kind
        self.ids = reader.ids
        self.simulated = (path / SIMULATED).is_file()
        self.reader = reader
        self._known = frozenset(reader.ids)
        self._headers: dict[str, SceneHeader] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Collection({str(self.path)!r}, {self.kind}, {len(self.ids)} scenes)"

    def header(self, scene_id: str) -> SceneHeader:
        """What a list shows of a scene; opens its aerial image the first time.

        Raises:
            SceneError: Unknown id, or an aerial image that cannot be used.
        """
        self.check(scene_id)
        with self._lock:
            if scene_id not in self._headers:
                header = self.reader.header(scene_id)
                self._headers[scene_id] = replace(header, simulated=self.simulated)
            return self._headers[scene_id]

    def scene(self, scene_id: str) -> Scene:
        """Read a scene.

        Raises:
            SceneError: Unknown id, or files that cannot be used.
        """
        self.check(scene_id)
        scene = self.reader.scene(scene_id)
        return replace(scene, collection=self.name, simulated=self.simulated)

    def tree(self, scene_id: str) -> Literal["train", "validation", "test"] | None:
        """Where the files put a scene in an official split; None where they do not.

        Raises:
            SceneError: Unknown id.
        """
        self.check(scene_id)
        return self.reader.tree(scene_id)

    def check(self, scene_id: str) -> None:
        """Refuse an id that is none of this collection's, naming the nearest ones.

        Raises:
            SceneError: Unknown id.
        """
        if scene_id in self._known:
            return
        # Of 241 100 patches those of the same domain: comparing with all takes ten seconds.
        domain = scene_id[: scene_id.find("/") + 1]
        likely = [one for one in self.ids if one.startswith(domain)] or self.ids
        close = difflib.get_close_matches(scene_id, likely, n=3, cutoff=0.4)
        raise SceneError(
            f"has no scene {scene_id!r}",
            where=self.path,
            expected=f"one of {len(self.ids)} scenes",
            advice=f"did you mean {' or '.join(close)}?" if close else f"try {self.ids[0]}",
        )


def open_collection(path: str | Path) -> Collection:
    """Recognise a folder and list its scenes.

    Raises:
        SceneError: Not a folder, or not a collection; says what each kind looks like.
    """
    folder = Path(path).expanduser().resolve()
    if not folder.is_dir():
        raise SceneError(
            "is no folder", where=path, expected="a folder of scenes", advice="check the path"
        )
    for kind in _KINDS:
        try:
            reader = kind(folder)
        except OSError as error:
            raise SceneError(f"cannot be listed: {error.strerror}", where=path) from error
        if reader.ids:
            return Collection(folder, reader)
    raise SceneError("is no collection", where=path, expected=_LOOKS, advice="check the folder")
