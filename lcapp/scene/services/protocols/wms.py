"""Aerial images by WMS: an image of a grid from each layer, looked at before it counts.

A WMS answers an image whatever happens: an empty one beside what it covers, one with an error
written on it, or text with status 200. Plain requests and Pillow are all it takes: OWSLib would
read capabilities that a declared service does not need, through a connection of its own.
"""

import datetime as dt
import io
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import PIL.Image
from affine import Affine
from rasterio.crs import CRS
from rasterio.warp import Resampling, reproject, transform_bounds

from lcapp.limits import parse_json
from lcapp.scene.services.declared import AerialService, Flights
from lcapp.scene.services.protocols.transport import Connection, ServiceError, Spoiled
from lcapp.types import Bools, Bytes, Grid

_FEWEST_COLOURS = 32
"""Photographs have thousands; a sentence written on white has fewer."""

_FORMATS = ("PNG", "JPEG")
_SAID = 200


def sheets(grid: Grid, largest: int) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of parts of a grid, of about one size and not larger than a request."""
    for rows in _parts(grid.height, largest):
        for cols in _parts(grid.width, largest):
            yield rows, cols


def _parts(length: int, largest: int) -> list[slice]:
    edges = np.linspace(0, length, math.ceil(length / largest) + 1).round().astype(int).tolist()
    return [slice(*pair) for pair in itertools.pairwise(edges)]


def fetch_image(
    connection: Connection, service: AerialService, grid: Grid, year: int | None
) -> tuple[Bytes, Bools]:
    """All bands of a service on a grid.

    Args:
        connection: To its host.
        service: The service.
        grid: In metres, of its pixel size.
        year: Of the layers; None: the current ones.

    Returns:
        C H W, bands as `service.bands`; and where there is an image, H W.

    Raises:
        ServiceError: It answers no image.
    """
    asked = grid if grid.crs in service.crs else _around(grid, service)
    found: dict[str, Bytes] = {}
    seen = np.ones((asked.height, asked.width), np.bool_)
    for layer in service.layers:
        name = layer.name
        if year is not None:
            if not layer.of_year:
                raise ServiceError(f"has no layer of one year for {name}", where=service.name)
            name = layer.of_year.format(year=year)
        pixels, there = _layer(connection, service, name, asked, len(layer.bands))
        seen &= there
        for band, plane in zip(layer.bands, pixels, strict=True):
            found.setdefault(band, plane)
    image = np.stack([found[band] for band in service.bands])  # C H W
    image[:, ~seen] = 0
    return (image, seen) if asked is grid else _warped(image, seen, asked, grid)


def _layer(
    connection: Connection, service: AerialService, layer: str, grid: Grid, channels: int
) -> tuple[Bytes, Bools]:
    west, south, east, north = grid.bounds
    box = (south, west, north, east) if _north_first(grid.crs) else (west, south, east, north)
    params = {
        "SERVICE": "WMS",
        "VERSION": "1.3.0",
        "REQUEST": "GetMap",
        "LAYERS": layer,
        "STYLES": "",
        "CRS": grid.crs,
        "BBOX": ",".join(f"{one:.3f}" for one in box),
        "WIDTH": str(grid.width),
        "HEIGHT": str(grid.height),
        "FORMAT": service.format,
        "EXCEPTIONS": "XML",
    }
    if service.format == "image/png":
        params["TRANSPARENT"] = "TRUE"
    kept: list[tuple[Bytes, Bools]] = []

    def check(content: bytes) -> None:
        kept[:] = [decoded(content, grid.height, grid.width, channels)]

    connection.get(service.address, f"{service.name}, {layer}", params=params, check=check)
    return kept[0]


def decoded(content: bytes, height: int, width: int, channels: int) -> tuple[Bytes, Bools]:
    """The pixels of an answer, C H W, and where there are any, H W.

    Args:
        content: Of the answer.
        height: Rows that were asked for.
        width: Columns.
        channels: That the layer has.

    Raises:
        Spoiled: It is no image, another one, or one with an error written on it.
    """
    if content.lstrip()[:1] in (b"<", b"{"):
        words = re.sub(rb"<[^>]*>", b" ", content[:4000]).decode("utf-8", "replace")
        raise Spoiled(f"answers text in place of an image: {' '.join(words.split())[:_SAID]}")
    try:
        with PIL.Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            if image.size != (width, height):
                raise Spoiled(f"answers {image.size} pixels in place of {(width, height)}")
            one = "L" if channels == 1 else "RGB"
            has_alpha = "A" in image.mode or "transparency" in image.info
            rgba = np.asarray(image.convert("RGBA"))
            pixels = np.atleast_3d(np.asarray(image.convert(one)))
    except (OSError, SyntaxError, PIL.Image.DecompressionBombError, OverflowError) as error:
        raise Spoiled(f"answers no whole image ({len(content)} bytes)") from error
    seen = rgba[:, :, 3] > 0 if has_alpha else np.ones((height, width), np.bool_)
    colours = pixels[seen]
    if len(colours):
        packed = (colours.astype(np.uint32) << np.arange(pixels.shape[2]) * 8).sum(axis=1)
        # Sorting all of a photograph takes longer than its decoding; a hundredth tells it.
        several = len(np.unique(packed[:: max(1, len(packed) // 2000)]))
        if several < _FEWEST_COLOURS:
            several = len(np.unique(packed))
        if several == 1 and len(packed) > _FEWEST_COLOURS:  # what lies beside a mosaic
            seen = np.zeros_like(seen)
        elif several < min(_FEWEST_COLOURS, len(packed)):
            raise Spoiled(f"answers an image of {several} colours, such as a written error")
    if pixels.shape[2] < channels:
        raise Spoiled(f"answers {pixels.shape[2]} channels in place of {channels}")
    # H W C -> C H W
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[:channels]), np.ascontiguousarray(seen)


def _around(grid: Grid, service: AerialService) -> Grid:
    """The grid in the service's own CRS, on its lattice, that holds another one."""
    crs, gsd, spare = service.crs[0], service.gsd, 4
    west, south, east, north = transform_bounds(grid.crs, crs, *grid.bounds)
    left, top = math.floor(west / gsd) - spare, math.ceil(north / gsd) + spare
    width = math.ceil(east / gsd) + spare - left
    height = top - math.floor(south / gsd) + spare
    return Grid(crs, Affine(gsd, 0.0, left * gsd, 0.0, -gsd, top * gsd), height, width)


def _warped(image: Bytes, seen: Bools, source: Grid, grid: Grid) -> tuple[Bytes, Bools]:
    def warp(pixels: Bytes, by: Resampling) -> Bytes:
        out = np.zeros((len(pixels), grid.height, grid.width), np.uint8)
        reproject(
            pixels,
            out,
            src_transform=source.transform,
            src_crs=source.crs,
            dst_transform=grid.transform,
            dst_crs=grid.crs,
            resampling=by,
            num_threads=1,
        )
        return out

    there = warp(seen[None].astype(np.uint8), Resampling.nearest)[0] > 0
    warped = warp(image, Resampling.cubic)
    warped[:, ~there] = 0
    return warped, there


def _north_first(crs: str) -> bool:
    """Whether a CRS tells northing before easting, as WMS 1.3.0 then does."""
    axes = CRS.from_user_input(crs).to_dict(projjson=True)["coordinate_system"]["axis"]
    return bool(axes[0]["direction"] == "north")


def fetch_flight(
    connection: Connection, flights: Flights, lon: float, lat: float
) -> dt.date | None:
    """The day on which the mosaic was flown at a place; None where nothing tells.

    Raises:
        ServiceError: It answers something else.
    """
    half = 1e-5  # degrees: a metre
    box = (lat - half, lon - half, lat + half, lon + half)
    params = {
        "SERVICE": "WFS",
        "VERSION": "2.0.0",
        "REQUEST": "GetFeature",
        "TYPENAMES": flights.layer,
        # Of this name of the CRS the order of the axes is the same everywhere: latitude first.
        "BBOX": ",".join(f"{one:.7f}" for one in box) + ",urn:ogc:def:crs:EPSG::4326",
        "OUTPUTFORMAT": "application/json",
        "COUNT": "20",
    }
    days: list[dt.date] = []

    def check(content: bytes) -> None:
        try:
            features: Sequence[Any] = parse_json(content.decode())["features"]
            told = [one["properties"].get(flights.field) for one in features]
            days[:] = [dt.date.fromisoformat(str(one)[:10]) for one in told if one]
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise Spoiled("answers no days of flight") from error

    connection.get(flights.address, f"days of flight, {flights.layer}", params=params, check=check)
    return max(days, default=None)
