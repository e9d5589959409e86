"""What a STAC item says of one tile of Sentinel-2 on one day, and which of several counts."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lcapp.scene.services.declared import SeriesService
from lcapp.scene.services.protocols.transport import ServiceError
from lcapp.sensors import DIGITAL_NUMBERS_PER_REFLECTANCE, OFFSET_SINCE_BASELINE_0400

UNPARSED = (ValueError, LookupError, TypeError, AttributeError)
"""What an answer of another form makes Python raise."""


@dataclass(frozen=True)
class File:
    """A band of one tile of one day.

    Attributes:
        href: Its address.
        scale: Reflectance of a digital number.
        offset: Added to it, reflectance.
    """

    href: str
    scale: float
    offset: float


@dataclass(frozen=True)
class Granule:
    """One tile of one day.

    Attributes:
        id: Of the item.
        day: Of the acquisition.
        satellite: Which has seen it; two may on one day.
        tile: Of the grid of Sentinel-2.
        crs: Of its files.
        baseline: Of the processing, such as 5.11 as (5, 11).
        made: When it was processed.
        files: By band or mask, as the service's assets.
    """

    id: str
    day: str
    satellite: str
    tile: str
    crs: str
    baseline: tuple[int, ...]
    made: str
    files: dict[str, File]

    @property
    def acquisition(self) -> tuple[str, str]:
        """What it is a tile of."""
        return self.day, self.satellite


def newest(granules: Iterable[Granule]) -> tuple[Granule, ...]:
    """Of each tile of an acquisition the newest processing, by day."""
    found: dict[tuple[str, str, str], Granule] = {}
    for one in granules:
        key = (*one.acquisition, one.tile)
        if key not in found or _rank(one) > _rank(found[key]):
            found[key] = one
    return tuple(found[key] for key in sorted(found))


def _rank(one: Granule) -> tuple[tuple[int, ...], str, str]:
    return one.baseline, one.made, one.id


def granule(item: Any, service: SeriesService) -> Granule:
    """What an item says.

    Raises:
        ServiceError: It lacks what is needed.
    """
    try:
        told: Mapping[str, Any] = item["properties"]
        baseline = re.findall(r"[0-9]{1,4}", str(told.get("s2:processing_baseline", "")))
        files = {
            name: _file(item["assets"][asset], told, tuple(map(int, baseline)))
            for name, asset in service.assets
            if asset in item["assets"]
        }
        if missing := dict(service.assets).keys() - files.keys():
            raise LookupError(f"no {', '.join(sorted(missing))}")
        return Granule(
            id=str(item["id"]),
            day=dt.date.fromisoformat(str(told["datetime"])[:10]).isoformat(),
            satellite=re.sub("[^A-Za-z0-9-]", "", str(told.get("platform", "")))[:40],
            tile=str(told.get("grid:code") or told.get("s2:mgrs_tile") or told.get("s2:tile_id")),
            crs=_crs(told),
            baseline=tuple(map(int, baseline)),
            made=str(told.get("s2:generation_time") or told.get("created") or ""),
            files=files,
        )
    except UNPARSED as error:
        name = item.get("id", "?") if isinstance(item, dict) else "?"
        raise ServiceError(
            f"its item {str(name)[:100]} cannot be used: {str(error)[:100]}",
            where=service.name,
            expected="a Level-2A item of Sentinel-2",
        ) from error


def _crs(told: Mapping[str, Any]) -> str:
    code = str(told.get("proj:code") or f"EPSG:{told.get('proj:epsg')}")
    if not re.fullmatch(r"EPSG:[0-9]{4,6}", code):
        raise ValueError(f"its CRS is {code!r}")
    return code


def _file(asset: Mapping[str, Any], told: Mapping[str, Any], baseline: tuple[int, ...]) -> File:
    """Scale and offset as the asset says, else as its processing does."""
    bands = asset.get("raster:bands") or asset.get("bands") or [{}]
    said = {**asset, **bands[0]}
    scale = said.get("scale", said.get("raster:scale", 1 / DIGITAL_NUMBERS_PER_REFLECTANCE))
    offset = said.get("offset", said.get("raster:offset"))
    if told.get("earthsearch:boa_offset_applied") is True:
        offset = 0.0  # the pixels have it taken off, whatever stands beside them
    elif offset is None:
        since = OFFSET_SINCE_BASELINE_0400 / DIGITAL_NUMBERS_PER_REFLECTANCE
        offset = -since if baseline >= (4,) else 0.0
    if not (1e-6 < float(scale) <= 1 and abs(float(offset)) <= 1):
        raise ValueError(f"scale {scale}, offset {offset}")
    return File(str(asset["href"]), float(scale), float(offset))


def to_plain(granules: Iterable[Granule]) -> list[dict[str, Any]]:
    """For a file."""
    return [asdict(one) for one in granules]


def from_plain(found: Iterable[Any]) -> tuple[Granule, ...]:
    """As `to_plain` wrote it."""
    return tuple(
        Granule(
            **{
                **one,
                "baseline": tuple(one["baseline"]),
                "files": {name: File(**file) for name, file in one["files"].items()},
            }
        )
        for one in found
    )
