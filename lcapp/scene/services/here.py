"""What is here of a place, whole or still on its way; asks no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lcapp.errors import SceneError
from lcapp.limits import parse_json
from lcapp.scene.arrays import load_array
from lcapp.scene.services.kept.store import entry, parts_of, told
from lcapp.scene.services.place import Place
from lcapp.scene.services.protocols.granules import Granule, from_plain
from lcapp.types import Floats

ITEMS = "items.json"
"""The piece that lists the acquisitions of a series."""


@dataclass(frozen=True)
class Fetched:
    """Where a place lies on this disk.

    Attributes:
        aerial: Its aerial image.
        series: Its series, where that was asked for.
        masks: Snow and cloud of the series.
        told: What the services told of both.
        bytes: That were fetched now; 0 where all was there.
    """

    aerial: Path
    series: Path | None
    masks: Path | None
    told: dict[str, Any]
    bytes: int

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return tuple(one for one in (self.aerial, self.series, self.masks) if one is not None)


def on_disk(place: Place, *, series: bool = True) -> Fetched | None:
    """The place as far as it is here already; None where anything lacks. Asks no network."""
    aerial = aerial_entry(place)
    image = told(aerial)
    if image is None:
        return None
    if not series:
        return Fetched(aerial / "aerial.tif", None, None, {"aerial": image}, 0)
    folder = series_entry(place, year_of(place, image))
    year = told(folder)
    if year is None:
        return None
    both = {"aerial": image, "series": year}
    return Fetched(aerial / "aerial.tif", folder / "series.tif", folder / "masks.npy", both, 0)


def year_of(place: Place, image: dict[str, Any]) -> int:
    """Of the series: as named, of the flight, or the last whole one when it was fetched."""
    if place.year is not None:
        return place.year
    flown = str(image.get("flown") or place.flight or "")[:4]
    year = int(flown) if flown.isdecimal() else int(str(image["fetched"])[:4]) - 1
    return max(year, place.series.first_year)


def aerial_entry(place: Place) -> Path:
    """Of its aerial image."""
    service = place.aerial
    asked = {"address": service.address, "layers": service.layers, "format": service.format}
    return entry("aerial", {**asked, "grid": place.grid, "flight": place.flight})


def series_entry(place: Place, year: int) -> Path:
    """Of its series of a year."""
    service = place.series
    asked = {"address": service.address, "collection": service.collection, "bands": place.bands}
    return entry("series", {**asked, "grid": place.series_grid, "year": year, "n": place.dates})


def arrived(place: Place) -> list[tuple[str, Floats]]:
    """Dates of a place that is being fetched, as far as their bands are here: day, C H W.

    Reflectance; NaN where nothing was measured. Asks no network.
    """
    image = told(aerial_entry(place))
    if image is None:
        return []
    parts = parts_of(series_entry(place, year_of(place, image)))
    try:
        granules = from_plain(parse_json((parts / ITEMS).read_text()))
    except (OSError, ValueError):
        return []
    first = {}
    for one in reversed(granules):
        first[piece_name(one, place.bands)] = one
    found = []
    for name in sorted(first.keys() & {one.name for one in parts.glob("*.npy")}):
        files = [first[name].files[band] for band in place.bands]
        try:
            numbers = load_array(parts / name)[...].astype(np.float32)
        except (SceneError, OSError):  # the fetch has just ended
            continue
        scale, offset = (np.array([getattr(one, k) for one in files]) for k in ("scale", "offset"))
        values = numbers * scale[:, None, None] + offset[:, None, None]
        found.append((first[name].day, np.where(numbers == 0, np.nan, values).astype(np.float32)))
    return found


def piece_name(first: Granule, names: Sequence[str]) -> str:
    """Of bands of an acquisition, whose first tile that is."""
    return f"{first.day}-{first.satellite}-{'_'.join(names)}.npy".replace("/", "-")
