"""What a run over a zone keeps on disk, so that it can be killed and taken up again.

A folder with the settings of the run, the answers of the windows that are still needed, and the
finished cells. Each file is a function of the settings alone, is written whole or not at all and
never changes, so that neither the moment of a kill nor the number of processes shows in a result.
Behind its content stands a checksum: what a disk has damaged is made anew.
"""

import io
import json
import os
import secrets
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from lcapp.errors import BundleError, RunError
from lcapp.files import write_file
from lcapp.limits import parse_json, read_text
from lcapp.pipeline.zone.told import Told
from lcapp.reasons import door, refusal
from lcapp.record import from_json, to_json
from lcapp.scene.arrays import StoredArray, load_array
from lcapp.types import Bytes, Floats

Index = tuple[int, int]

_FOLDER = ".lcapp-zone"
_REMOVED = ".lcapp-zone-removed-"

_PIECE = 2**20
_LONGEST = 200
"""Characters of a setting in a message."""


class Store:
    """The state of a run over a zone, in a hidden folder inside the folder of its results.

    Args:
        out: Folder of the results, made when it is not there.
        settings: All that shapes the result, as plain JSON values.

    Raises:
        RunError: A run with other settings was begun here, or the folder refuses.
    """

    def __init__(self, out: Path, settings: Mapping[str, Any]) -> None:
        for left in out.glob(f"{_REMOVED}*"):
            shutil.rmtree(left, ignore_errors=True)
        self.out = out
        self.folder = out / _FOLDER
        self._manifest = self.folder / "settings.json"
        wanted = json.loads(json.dumps(settings))
        self.is_begun = self._manifest.exists()
        if self.is_begun:
            self._compare(wanted)
            return
        if any((self.folder / kind).exists() for kind in ("windows", "cells", "told", "parts")):
            self.remove()  # nothing tells with which settings they were made
        self._make(self.folder)
        write_file(self._manifest, (json.dumps(wanted, indent=1, sort_keys=True) + "\n").encode())

    def _compare(self, wanted: dict[str, Any]) -> None:
        advice = f"remove the folder {self.folder} to begin anew"
        try:
            found = parse_json(read_text(self._manifest, RunError, "the settings of a run"))
            if not isinstance(found, dict):
                raise ValueError("no object")
        except (ValueError, RunError) as error:
            raise RunError(
                f"the settings of an unfinished run cannot be read: {error}",
                where=self._manifest,
                advice=advice,
            ) from error
        for key in sorted(found.keys() | wanted.keys()):
            begun, now = _differing(found.get(key), wanted.get(key))
            if begun != now:
                raise RunError(
                    f"a run was begun here with {key} = {json.dumps(begun)[:_LONGEST]}",
                    where=self.out,
                    expected=f"the same settings to go on; now {key} = "
                    f"{json.dumps(now)[:_LONGEST]}",
                    advice=f"name another folder, or remove {self.folder} to begin anew",
                )

    def has_window(self, index: Index) -> bool:
        """The answer of a window is there."""
        return self._window(index).is_file()

    def put_window(self, index: Index, logits: Floats) -> None:
        """Keep the answer of a window: K h w, NaN where nothing was seen; 0 h w for no answer."""
        self._save(self._window(index), lambda file: np.save(file, logits, allow_pickle=False))

    def window(self, index: Index) -> StoredArray:
        """The answer of a window, still in its file.

        Raises:
            RunError: It is damaged; it is removed, so that the next call makes it anew.
        """
        path = self._window(index)
        self._check(path)
        return load_array(path)

    def drop_window(self, index: Index) -> None:
        """The answer of a window is no longer needed."""
        self._window(index).unlink(missing_ok=True)

    def has_cell(self, index: Index) -> bool:
        """A cell is finished."""
        return self._cell(index).is_file()

    def put_cell(self, index: Index, classes: Bytes, confidence: Floats) -> None:
        """Keep a finished cell, M h w each: a plane for each map."""

        def save(file: io.BytesIO) -> None:
            for one in (classes, confidence):
                np.save(file, one, allow_pickle=False)

        self._save(self._cell(index), save)

    def cell(self, index: Index) -> tuple[Bytes, Floats]:
        """Classes and confidence of a finished cell, M h w each.

        Raises:
            RunError: It is damaged; it is removed, so that the next call makes it anew.
        """
        path = self._cell(index)
        self._check(path)
        with path.open("rb") as file:
            classes, confidence = (np.load(file, allow_pickle=False) for _ in range(2))
        return classes, confidence

    def put_told(self, index: Index, told: Told) -> None:
        """Keep what a window tells of its series."""
        text = json.dumps(to_json(told), ensure_ascii=False)
        self._save(self._told(index), lambda file: file.write(text.encode("utf-8", "replace")))

    def told(self, index: Index) -> Told | None:
        """What a window tells of its series; None where it had no answer.

        Raises:
            RunError: Its file is damaged.
        """
        path = self._told(index)
        if not path.is_file():
            return None
        self._check(path, anew=False)
        try:
            text = path.read_bytes()[: -len(_sealed(0))].decode()
            return from_json(Told, parse_json(text), path)
        except (OSError, ValueError, BundleError) as error:
            raise RunError(
                "cannot be read", where=path, advice=f"remove the folder {self.folder}"
            ) from error

    def put_part(self, part: tuple[int, int]) -> None:
        """One of several processes (rank, processes) has done its share and left."""
        self._save(_part(self.folder, *part), lambda file: None)

    @contextmanager
    def making(self) -> Iterator[Path]:
        """An empty folder for the results in the making; nothing of it is left afterwards."""
        folder = self.folder / "making"
        shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed here
        self._make(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def remove(self) -> None:
        """Forget the run. Killed in the middle, it is forgotten all the same."""
        away = self.out / f"{_REMOVED}{secrets.token_hex(4)}"
        with suppress(OSError):  # another process may have been first
            self.folder.rename(away)
        shutil.rmtree(away, ignore_errors=True)

    def _window(self, index: Index) -> Path:
        return self.folder / "windows" / f"{index[0]}" / f"{index[1]}.npy"

    def _cell(self, index: Index) -> Path:
        return self.folder / "cells" / f"{index[0]}" / f"{index[1]}.npy"

    def _told(self, index: Index) -> Path:
        return self.folder / "told" / f"{index[0]}" / f"{index[1]}.json"

    def _save(self, path: Path, save: Callable[[io.BytesIO], object]) -> None:
        self._make(path.parent)
        image = io.BytesIO()
        save(image)
        content = image.getvalue()
        write_file(path, content + _sealed(zlib.crc32(content)))

    def _check(self, path: Path, anew: bool = True) -> None:
        """Compare a file with the checksum behind it; a damaged one that can be made anew goes."""
        checksum = 0
        with door(RunError, path), path.open("rb") as file:
            left = file.seek(0, os.SEEK_END) - len(_sealed(0))
            file.seek(0)
            while left > 0 and (piece := file.read(min(left, _PIECE))):
                checksum, left = zlib.crc32(piece, checksum), left - len(piece)
            if left == 0 and file.read() == _sealed(checksum):
                return
            if anew:
                path.unlink(missing_ok=True)
        if not anew:
            raise RunError(
                "a part of the unfinished run is damaged",
                where=path,
                advice=f"remove the folder {self.folder} to begin anew",
            )
        raise RunError(
            "a part of the unfinished run was damaged and is removed",
            where=path,
            advice="call again with the same options: only what is missing is made anew",
        )

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            told = refusal(error, folder, RunError, writing=True)
            raise RunError(
                f"cannot write here: {told.what}", where=told.where, advice="name another folder"
            ) from error


def _sealed(checksum: int) -> bytes:
    return checksum.to_bytes(4, "little")


def _differing(begun: Any, now: Any) -> tuple[Any, Any]:
    """Of two groups of settings only what differs: a message has no room for the others."""
    if not (isinstance(begun, dict) and isinstance(now, dict)):
        return begun, now
    names = [name for name in sorted(begun | now) if begun.get(name) != now.get(name)]
    return {name: begun.get(name) for name in names}, {name: now.get(name) for name in names}


def parts_missing(out: Path, processes: int) -> int:
    """How many of so many processes have not done their share of the run in `out` yet."""
    folder = out / _FOLDER
    return sum(not _part(folder, rank, processes).is_file() for rank in range(processes))


def _part(folder: Path, rank: int, processes: int) -> Path:
    return folder / "parts" / f"{rank}-of-{processes}"
