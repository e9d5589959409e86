"""Rows of a GeoPackage by the patch they are about.

A GeoPackage is an SQLite file, so that its attributes need no vector library. FLAIR-HUB's tables
have a row for each of 241 100 patches: the ids are looked through once, the rest when asked for.
"""

import itertools
import math
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from lcapp.errors import SceneError
from lcapp.limits import MOST_SIGNS, check_file
from lcapp.scene.names import composed

_KEYS = ("patch_id", "zone_id")
"""Whole data set; the toy data set keys its series by ROI instead."""


_MOST_STEPS, _STEPS_A_ROUND = 400_000_000, 100_000
"""Of SQLite's machine, for one question: a whole table of the data set takes five million."""


def patch_key(name: str) -> str:
    """`DOMAIN_ROI_row-col` of a patch id, with or without `SENSOR_DATATYPE` in it.

    The paper's ids carry the modality (`D012-2019_AERIAL_RGBI_AF-S1-27_5-10`), those of the
    published tables do not; an ROI's `DOMAIN_ROI` stays as it is.
    """
    parts = composed(name).split("_")
    return "_".join((parts[0], *parts[-2:])) if len(parts) > 2 else name


class PatchTable:
    """The attributes of one file.

    Attributes:
        path: The file.
        columns: Names of its attributes.
    """

    def __init__(self, path: Path) -> None:
        """Look at the columns.

        Raises:
            SceneError: Not readable as a GeoPackage, or without a patch id.
        """
        self.path = path
        self._lock = threading.Lock()
        self._rows: dict[str, int] | None = None
        with self._opened() as database:
            self._table = _table_of(database, path)
            described = database.execute(f"PRAGMA table_info({_quoted(self._table)})")
            self.columns = tuple(str(row[1]) for row in described)
        keys = [key for key in _KEYS if key in self.columns]
        if not keys:
            raise SceneError(
                f"has no column {_KEYS[0]}",
                where=path,
                expected="a metadata table of FLAIR-HUB",
                advice=f"it has {', '.join(self.columns[:8])}",
            )
        self._key = keys[0]

    def get(self, key: str, column: str) -> Any:
        """One value of a patch or of its ROI, None where there is no row.

        Args:
            key: `DOMAIN_ROI_row-col`.
            column: One of `columns`.
        """
        rows = self._index()
        row = rows.get(key, rows.get(key.rpartition("_")[0]))
        if row is None:
            return None
        with self._opened() as database:
            found = database.execute(
                f"SELECT {_quoted(column)} FROM {_quoted(self._table)} WHERE rowid = ?", (row,)
            ).fetchone()
        return None if found is None else found[0]

    def column(self, name: str) -> dict[str, Any]:
        """A whole column: key to value."""
        columns = f"{_quoted(self._key)}, {_quoted(name)}"
        with self._opened() as database:
            rows = database.execute(f"SELECT {columns} FROM {_quoted(self._table)}").fetchall()
        return {patch_key(str(key)): value for key, value in rows}

    def holding(self, x: float, y: float) -> list[str]:
        """Keys of the rows whose `patch_xmin` ... `patch_ymax` hold a point (GEOM table)."""
        with self._opened() as database:
            rows = database.execute(
                f"SELECT {_quoted(self._key)} FROM {_quoted(self._table)} "
                "WHERE patch_xmin <= ?1 AND patch_xmax > ?1 "
                "AND patch_ymin < ?2 AND patch_ymax >= ?2",
                (x, y),
            ).fetchall()
        return [patch_key(str(key)) for (key,) in rows]

    def distances(self, x: float, y: float) -> dict[str, float]:
        """Key of each row to how far its box lies from a point, 0 inside (GEOM table)."""
        with self._opened() as database:
            rows = database.execute(
                f"SELECT {_quoted(self._key)}, max(patch_xmin - ?1, 0, ?1 - patch_xmax), "
                f"max(patch_ymin - ?2, 0, ?2 - patch_ymax) FROM {_quoted(self._table)}",
                (x, y),
            ).fetchall()
        return {
            patch_key(str(key)): math.hypot(across, along)
            for key, across, along in rows
            if isinstance(across, int | float) and isinstance(along, int | float)
        }

    def _index(self) -> dict[str, int]:
        with self._lock:
            if self._rows is None:
                with self._opened() as database:
                    rows: Iterable[tuple[object, int]] = database.execute(
                        f"SELECT {_quoted(self._key)}, rowid FROM {_quoted(self._table)}"
                    )
                    self._rows = {patch_key(str(key)): row for key, row in rows}
            return self._rows

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own for each question, so that threads and forks may ask.

        Immutable: nothing is locked and no journal is looked for, on read-only media as well.
        No function of the file's own schema is trusted, and a question ends after `_MOST_STEPS`.
        """
        check_file(self.path, SceneError, "a GeoPackage of FLAIR-HUB")
        address = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        rounds = itertools.count()
        try:
            with closing(sqlite3.connect(address, uri=True)) as database:
                database.execute("PRAGMA trusted_schema = OFF")
                database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_SIGNS)
                database.set_progress_handler(
                    lambda: next(rounds) > _MOST_STEPS // _STEPS_A_ROUND, _STEPS_A_ROUND
                )
                yield database
        except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter of a damaged schema
            raise SceneError(
                f"cannot be read: {error}",
                where=self.path,
                expected="a complete GeoPackage of FLAIR-HUB",
                advice="copy or download it again",
            ) from error


def _table_of(database: sqlite3.Connection, path: Path) -> str:
    """The first table with attributes that the GeoPackage lists."""
    _check_plain(database, "gpkg_contents", path)
    found = database.execute(
        "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes')"
    ).fetchone()
    if found is None:
        raise SceneError("lists no table", where=path, expected="a metadata table of FLAIR-HUB")
    name = str(found[0])
    _check_plain(database, name, path)
    return name


def _check_plain(database: sqlite3.Connection, name: str, path: Path) -> None:
    """Refuse a view, or a table of some extension, which may compute for ever."""
    (made,) = database.execute(
        "SELECT max(sql) FROM sqlite_master WHERE type = 'table' AND lower(name) = lower(?)",
        (name,),
    ).fetchone()
    if not str(made).upper().startswith("CREATE TABLE"):
        raise SceneError(
            f"has no plain table {name[:80]!r}",
            where=path,
            expected="a metadata table of FLAIR-HUB",
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
