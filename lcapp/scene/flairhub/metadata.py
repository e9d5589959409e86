"""What FLAIR-HUB's GeoPackages say of a patch: dates, splits, places.

The whole data set keeps them in `GLOBAL_ALL_MTD/GLOBAL_SENSOR_MTD_DATES.gpkg` and so on, the toy
data set in `DOMAIN_ALL_MTD/DOMAIN_SENSOR_MTD_DATES.gpkg`; both are looked for.
"""

import datetime as dt
import threading
from pathlib import Path
from typing import Any

from lcapp.errors import SceneError
from lcapp.files import Stamps, stamps
from lcapp.limits import parse_json
from lcapp.scene.dates import parse_day
from lcapp.scene.flairhub.geopackage import PatchTable
from lcapp.scene.names import on_disk
from lcapp.sensors import MODALITIES

SPLIT = "split_flairhub"
"""Column of the split of the published figures; `split_1` is the same one (paper, IV-B)."""

_SAME_SPLIT = "split_1"
_GLOBAL = "GLOBAL"


class Metadata:
    """The tables of one data set; each is opened when it is first asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._tables: dict[Path, tuple[Stamps, PatchTable]] = {}
        self._splits: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def series_dates(self, sensor: str, key: str) -> tuple[dt.date, ...]:
        """Days of a series in the order of its file.

        Args:
            sensor: `SENTINEL2`, `SENTINEL1-ASC`, `SENTINEL1-DESC`.
            key: `DOMAIN_ROI_row-col`.

        Raises:
            SceneError: No table, no entry for this patch, or an entry that is no list of dates.
        """
        kind = f"{sensor}_MTD_DATES"
        table = self._table(kind, key)
        if table is None:
            raise SceneError(
                f"{sensor} has no dates",
                where=self._path(_GLOBAL, kind),
                expected="the acquisition dates of the series",
                advice="unpack GLOBAL_ALL_MTD.zip of the data set beside the images",
            )
        entry = self._value(table, key, "acquisition_dates")
        if entry is None:
            raise SceneError(
                f"has no dates of {sensor} for the patch {key}",
                where=table.path,
                expected="an entry acquisition_dates for every patch",
                advice="use the metadata that came with these images",
            )
        try:
            return _dates(parse_json(entry))
        except (TypeError, ValueError) as error:
            raise SceneError(
                f"its dates of {sensor} for the patch {key} cannot be read: {str(entry)[:60]!r}",
                where=table.path,
                expected='numbered days such as {"1": "20190114", "2": "20190119"}',
            ) from error

    def image_date(self, sensor: str, key: str) -> dt.date | None:
        """Day of a single image (`AERIAL`, `SPOT`, `AERIAL-RLT`); None where nothing tells it."""
        table = self._table(f"{sensor}_MTD_DATES", key)
        if table is None or "date" not in table.columns:
            return None
        try:
            return _day(table.get(key, "date"))
        except ValueError:
            return None

    def split(self, key: str, column: str = SPLIT) -> str | None:
        """`train`, `valid`, `test`, ... of a patch; None where no table tells.

        Args:
            key: `DOMAIN_ROI_row-col`.
            column: One of the seven official splits (`split_flairhub`, `split_1` to `split_5`,
                `split_flairchallenge`).

        Raises:
            SceneError: The table has no such split.
        """
        table = self._table("ALL_MTD_SPLIT", key)
        if table is None:
            return None
        if column == SPLIT and SPLIT not in table.columns:
            column = _SAME_SPLIT
        if column not in table.columns:
            there = [name for name in table.columns if name.startswith("split")]
            raise SceneError(
                f"has no split {column!r}", where=table.path, expected=f"one of {', '.join(there)}"
            )
        with self._lock:
            cached = f"{table.path}:{column}"
            if cached not in self._splits:
                self._splits[cached] = table.column(column)
            found = self._splits[cached].get(key)
        return None if found is None else str(found)

    def patches_at(self, x: float, y: float) -> list[str] | None:
        """Keys of the patches that hold a point in EPSG:2154; None without the GEOM table."""
        table = self._places()
        return None if table is None else table.holding(x, y)

    def distances(self, x: float, y: float) -> dict[str, float] | None:
        """Key of each patch to its metres from a point in EPSG:2154; None without the table."""
        table = self._places()
        return None if table is None else table.distances(x, y)

    def files(self, key: str) -> list[Path]:
        """The tables that may tell the dates of a patch, as far as they are there."""
        scopes = (_GLOBAL, key.partition("_")[0])
        kinds = (f"{one.sensor}_MTD_DATES" for one in MODALITIES.values())
        paths = dict.fromkeys(self._path(scope, kind) for kind in kinds for scope in scopes)
        return [path for path in paths if path.is_file()]

    def _places(self) -> PatchTable | None:
        table = self._table("ALL_MTD_GEOM", _GLOBAL)
        return table if table is not None and "patch_xmin" in table.columns else None

    def _value(self, table: PatchTable, key: str, column: str) -> Any:
        return table.get(key, column) if column in table.columns else None

    def _table(self, kind: str, key: str) -> PatchTable | None:
        """The table of the whole data set, else that of the patch's domain."""
        domain = key.partition("_")[0]
        with self._lock:
            for path in (self._path(_GLOBAL, kind), self._path(domain, kind)):
                if not (seen := stamps([path])):
                    continue
                if self._tables.get(path, ((),))[0] != seen:  # another file of that name
                    self._tables[path] = seen, PatchTable(path)
                    self._splits.clear()
                return self._tables[path][1]
        return None

    def _path(self, scope: str, kind: str) -> Path:
        return on_disk(self.root / f"{scope}_ALL_MTD" / f"{scope}_{kind}.gpkg")


def _dates(entry: Any) -> tuple[dt.date, ...]:
    """Days of `{"1": "20190114", ...}` by their number, or of a plain list."""
    if isinstance(entry, dict):
        # By number and not as text, where "10" would come before "2".
        entry = [entry[number] for number in sorted(filter(str.isdigit, entry), key=int)]
    if not isinstance(entry, list) or not entry:
        raise ValueError("neither numbered days nor a list of them")
    return tuple(_day(day) for day in entry)


def _day(value: object) -> dt.date:
    return parse_day(str(value)[:10])  # whatever time is written behind it
