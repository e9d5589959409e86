"""The units of the series of areas: decided once for all tiles of an area."""

from pathlib import Path

from lcapp.scene.arrays import StoredArray
from lcapp.scene.units.masks import MaskUnit, mask_unit
from lcapp.scene.units.series import SeriesUnit, sampled, series_unit
from lcapp.types import Units


class AreaUnits:
    """What was decided of files, as long as they stay as they are."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[int, SeriesUnit, MaskUnit | None]] = {}

    def of(
        self, path: Path, values: StoredArray, masks: StoredArray | None, stated: Units
    ) -> tuple[SeriesUnit, MaskUnit | None]:
        """Of the series and the masks of an area.

        Args:
            path: Of the series.
            values: T C H W, all of it.
            masks: T 2 H W, likewise.
            stated: By hand.

        Raises:
            SceneError: Values that fit no unit.
        """
        changed = values.path.stat().st_mtime_ns
        if path not in self._known or self._known[path][0] != changed:
            covered = None if masks is None else mask_unit(masks, path, stated.masks)
            unit = series_unit(sampled(values), path, stated.series)
            self._known[path] = changed, unit, covered
        return self._known[path][1:]
