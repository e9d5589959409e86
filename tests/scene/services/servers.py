"""Real servers on this machine: MapServer (WMS and WFS), rustac (STAC API), files with ranges.

In front of them stands one application that can spoil their answers, delays them and counts what
goes out. What stands behind it is made once for all workers of a session and never changes; the
application is each worker's own. The public services of `services.toml` are out of reach.
"""

import asyncio
import datetime as dt
import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import numpy as np
import rasterio
import uvicorn
from affine import Affine
from filelock import FileLock
from rasterio.io import MemoryFile
from rasterio.shutil import copy
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

CRS = "EPSG:32631"
LON, LAT = 4.2, 46.2
SOURCE = f"place:{LON},{LAT}"
CENTRE = (592_580.0, 5_116_960.0)
"""Of the place in `CRS`, rounded: the orthophoto and the tiles lie around it."""

SIDE = 1400
"""Rows and columns of the orthophoto."""

TILE = 256
"""Rows and columns of a tile at 10 m."""

BANDS = {"B2": "blue", "B3": "green", "B4": "red", "B8": "nir"}


@dataclass
class Server:
    """What is asked, and how it is answered.

    Attributes:
        folder: Of the files, which all workers share.
        own: Files of this worker that go before those of the same name.
        url: Of the application in front.
        log: Path and query of each request.
        sent: Bytes of all answers.
        delay: Seconds before each answer.
        faults: Begin of a path to what is answered in place of the right answer, once each; a
            callable gets the right answer.
    """

    folder: Path
    own: Path
    url: str = ""
    log: list[str] = field(default_factory=list)
    sent: int = 0
    delay: float = 0.0
    faults: list[tuple[str, Response | Callable[[Response], Response]]] = field(
        default_factory=list
    )
    stac: str = ""
    env: dict[str, str] = field(default_factory=dict)
    client: httpx2.AsyncClient = field(default_factory=httpx2.AsyncClient)

    def fail(self, path: str, answer, times: int = 1) -> None:
        """The next answers to what begins so are this one."""
        self.faults += [(path, answer)] * times

    def asked(self, path: str) -> int:
        return sum(one.startswith(path) for one in self.log)

    def clear(self) -> None:
        self.log.clear()
        self.faults.clear()
        for one in self.own.iterdir():
            one.unlink()
        self.sent, self.delay = 0, 0.0


def _mapserver(server: Server, query: str) -> Response:
    """MapServer's answer, asked once: a process for each costs more than all else of a fetch."""
    kept = server.folder / "answers" / hashlib.sha256(query.encode()).hexdigest()
    if not kept.exists():
        done = subprocess.run(
            ["mapserv"],
            env={**server.env, "REQUEST_METHOD": "GET", "QUERY_STRING": query},
            capture_output=True,
            check=False,
        )
        beside = kept.with_name(f"{kept.name}-{os.getpid()}-{threading.get_ident()}")
        beside.write_bytes(done.stdout)
        beside.replace(kept)
    head, _, content = kept.read_bytes().partition(b"\r\n\r\n")
    kind = next((x for x in head.decode().split("\r\n") if x.lower().startswith("content-ty")), "")
    return Response(content, media_type=kind.partition(": ")[2].partition(";")[0])


async def _answer(server: Server, request: Request) -> Response:
    path = request.url.path
    if path.startswith("/wms"):
        return await asyncio.to_thread(_mapserver, server, request.url.query)
    if not path.startswith("/files/"):  # rustac's links begin at the root
        told = await server.client.request(
            request.method,
            server.stac + path,
            params=request.query_params,
            content=await request.body(),
            headers={"Content-Type": "application/json"},
        )
        content = told.content.replace(server.stac.encode(), server.url.encode())
        return Response(content, told.status_code, media_type=told.headers["content-type"])
    name = path.removeprefix("/files/")
    file = next((one for x in (server.own, server.folder) if (one := x / name).is_file()), None)
    return Response("not there", 404) if file is None else FileResponse(file)


class _Front:
    """The application; faults, delay and counts apply to whatever is behind it."""

    def __init__(self, server: Server) -> None:
        async def answer(request: Request) -> Response:
            where = request.url.path + ("?" + request.url.query if request.url.query else "")
            server.log.append(where)
            fault = next((one for one in server.faults if where.startswith(one[0])), None)
            if fault is not None:
                server.faults.remove(fault)
            await asyncio.sleep(server.delay)
            if fault is None:
                return await _answer(server, request)
            if isinstance(fault[1], Response):
                return fault[1]
            return fault[1](await _answer(server, request))

        self.server = server
        routes = [Route("/{path:path}", answer, methods=["GET", "POST"])]
        self.app = Starlette(routes=routes)

    async def __call__(self, scope, receive, send) -> None:
        async def count(message) -> None:
            self.server.sent += len(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, count)


class Cut(Response):
    """Promises more than it sends."""

    def __init__(self, whole: bytes, status: int = 200, **headers: str) -> None:
        super().__init__(whole[: len(whole) // 2], status, headers)
        self.headers["content-length"] = str(len(whole))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


_KEEPER = """
import fcntl, os, subprocess, sys, threading
stac = subprocess.Popen([sys.executable, *sys.argv[2:]])
threading.Thread(target=lambda: os._exit(stac.wait()), daemon=True).start()
with open(sys.argv[1]) as users:
    fcntl.flock(users, fcntl.LOCK_EX)  # once no worker holds it
stac.terminate()
stac.wait()
"""
"""Runs the STAC server until the last worker has ended, however it ended."""


def _make(folder: Path) -> None:
    """The files of both servers; the items name the address of the STAC server for any front."""
    folder.mkdir()
    (folder / "answers").mkdir()
    run = "import sys; from rustac import main; sys.argv[0] = 'rustac'; main()"
    (folder / "start.py").write_text(run)  # it looks for its words after those of a file
    write_ortho(folder)
    (folder / "items.json").write_text(json.dumps(write_items(folder, "http://front")))


def _start(folder: Path, ready: Path, users: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    items = folder / f"items-{port}.json"
    items.write_text((folder / "items.json").read_text().replace("http://front", address))
    where = ("serve", "--addr", f"{address}/", "--bind", f"127.0.0.1:{port}")
    keeper = subprocess.Popen(
        [
            *(sys.executable, "-c", _KEEPER, users, folder / "start.py"),
            *(*where, "--create-collections", items),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 240  # where all cores are busy
    while not _answers(address):
        assert keeper.poll() is None, "the STAC server has ended"
        assert time.monotonic() < until, "the STAC server does not start"
        time.sleep(0.05)
    ready.write_text(address)


def _answers(address: str) -> bool:
    try:
        return httpx2.get(address, timeout=10).is_success
    except httpx2.TransportError:
        return False


@contextmanager
def running(shared: Path, own: Path) -> Iterator[Server]:
    """The servers, which the first worker starts, and an application of one's own before them.

    Args:
        shared: A folder of all workers of the session.
        own: One of this worker.
    """
    folder, ready, users = shared / "services", shared / "services.ready", shared / "services.users"
    with users.open("a") as held:
        with FileLock(shared / "services.lock"):
            fcntl.flock(held, fcntl.LOCK_SH)
            if not folder.is_dir():
                _make(folder)
            if not (ready.is_file() and _answers(ready.read_text())):
                _start(folder, ready, users)
        port = free_port()
        server = Server(folder, own, f"http://127.0.0.1:{port}", stac=ready.read_text())
        server.env = {**os.environ, **mapserver(folder)}
        config = uvicorn.Config(_Front(server), port=port, log_level="error", lifespan="off")
        front = uvicorn.Server(config)
        thread = threading.Thread(target=front.run, daemon=True)
        thread.start()
        while not front.started:
            time.sleep(0.01)
        try:
            yield server
        finally:
            front.should_exit = True
            thread.join()


def ortho_pixels() -> np.ndarray:
    """4 H W: red, green, blue, near infrared; no two pixels beside each other are alike."""
    return np.random.default_rng(0).integers(1, 255, (4, SIDE, SIDE), np.uint8)


def smooth_pixels() -> np.ndarray:
    """H W: a ramp, which may be interpolated."""
    ramp = np.add.outer(np.arange(SIDE), np.arange(SIDE)) % 250
    return (ramp // 2 + 50).astype(np.uint8)


ORTHO_AT = Affine(0.2, 0, CENTRE[0] - SIDE * 0.1, 0, -0.2, CENTRE[1] + SIDE * 0.1)


def write_ortho(folder: Path) -> None:
    """The orthophotos and what MapServer needs to serve them."""
    for name, pixels in (("ortho", ortho_pixels()), ("smooth", np.stack([smooth_pixels()] * 4))):
        with rasterio.open(
            folder / f"{name}.tif",
            "w",
            driver="GTiff",
            count=4,
            height=SIDE,
            width=SIDE,
            dtype="uint8",
            crs=CRS,
            transform=ORTHO_AT,
            photometric="MINISBLACK",
        ) as dataset:
            dataset.write(pixels)
    box = [[4.0, 46.0], [4.4, 46.0], [4.4, 46.4], [4.0, 46.4], [4.0, 46.0]]
    flight = {"type": "Feature", "properties": {"date_vol": "2021-07-14", "res": 20}}
    flight["geometry"] = {"type": "Polygon", "coordinates": [box]}
    (folder / "flights.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [flight]})
    )

    def layer(name: str, bands: str, file: str = "ortho") -> str:
        return f"""
  LAYER NAME "{name}" TYPE RASTER STATUS ON DATA "{folder}/{file}.tif"
    PROCESSING "BANDS={bands}" PROCESSING "RESAMPLE=NEAREST"
    PROJECTION "init=epsg:32631" END METADATA "wms_title" "{name}" END
  END"""

    (folder / "ortho.map").write_text(
        f"""MAP NAME "ortho" SIZE 512 512 MAXSIZE 4096
  EXTENT {CENTRE[0] - 9000} {CENTRE[1] - 9000} {CENTRE[0] + 9000} {CENTRE[1] + 9000}
  PROJECTION "init=epsg:32631" END
  OUTPUTFORMAT NAME "png" DRIVER "AGG/PNG" MIMETYPE "image/png" IMAGEMODE RGBA EXTENSION "png"
    TRANSPARENT ON END
  OUTPUTFORMAT NAME "geojson" DRIVER "OGR/GEOJSON" MIMETYPE "application/json"
    FORMATOPTION "STORAGE=stream" FORMATOPTION "FORM=SIMPLE" END
  WEB METADATA "ows_enable_request" "*" "ows_title" "t" "ows_srs" "EPSG:32631 EPSG:4326 EPSG:3035"
    "wfs_getfeature_formatlist" "geojson" "ows_onlineresource" "http://127.0.0.1/wms" END END
  {layer("RGB", "1,2,3")} {layer("IRC", "4,1,2")} {layer("RGB2019", "1,2,3")}
  {layer("IRC2019", "4,1,2")} {layer("SMOOTHRGB", "1,2,3", "smooth")}
  {layer("SMOOTHIRC", "4,1,2", "smooth")}
  LAYER NAME "flights" TYPE POLYGON STATUS ON CONNECTIONTYPE OGR
    CONNECTION "{folder}/flights.geojson" PROJECTION "init=epsg:4326" END
    METADATA "wfs_title" "flights" "gml_include_items" "all" "gml_featureid" "date_vol" END
  END
END"""
    )
    (folder / "mapserver.conf").write_text('CONFIG ENV MS_MAP_PATTERN "." END END')


def mapserver(folder: Path) -> dict[str, str]:
    """Its environment."""
    return {
        "MAPSERVER_CONFIG_FILE": str(folder / "mapserver.conf"),
        "MS_MAPFILE": str(folder / "ortho.map"),
    }


@dataclass(frozen=True)
class Day:
    """A date of the series: how cloudy the place is by classification and by probability.

    Bands have files only of those that are fetched.
    """

    day: str
    scl: int = 4
    cloud: int = 0
    snow: int = 0
    baseline: str = "05.00"
    made: str = "2023-01-01T00:00:00Z"
    satellite: str = "sentinel-2a"
    offset: float = -0.1
    is_fetched: bool = False


DAYS = (
    Day("2021-01-05", scl=9),  # hidden
    Day("2021-03-14", is_fetched=True),
    Day("2021-03-24", cloud=60),  # hidden, as only the probability tells
    Day("2021-03-29", cloud=1, is_fetched=True),
    Day("2021-03-30"),
    Day("2021-06-22"),
    Day("2021-06-22", baseline="05.11", made="2025-01-01T00:00:00Z", is_fetched=True),  # newer
    Day("2021-06-22", satellite="sentinel-2b", scl=11),  # snow
    Day("2021-09-10", offset=0.0, is_fetched=True),
    Day("2020-05-01", is_fetched=True),
)

WEST = CENTRE[0] // 20 * 20
"""The edge of two tiles, which overlap by 40 m: the place lies on both sides of it."""

TOP = CENTRE[1] // 20 * 20 + TILE * 5


def tile_left(tile: str) -> float:
    return {"WEST": WEST - TILE * 10 + 40, "EAST": WEST, "WIDE": WEST - TILE * 5}[tile]


def numbers(day: Day, band: str, left: float, top: float, height: int, width: int) -> np.ndarray:
    """Digital numbers of any window at 10 m, by where each pixel lies."""
    col = (left - WEST) / 10 + np.arange(width)[None] + 300
    row = (TOP - top) / 10 + np.arange(height)[:, None]
    base = 1500 + 7 * int(day.day[5:7]) + 100 * ["B2", "B3", "B4", "B8"].index(band)
    return (base + (day.baseline > "05.00") * 500 + col * 3 + row % 50 * 2).astype(np.uint16)


def write_items(folder: Path, url: str) -> dict:
    """The COGs of all dates in two tiles, and their items."""
    items = []
    for n, day in enumerate(DAYS):
        for tile in ("WEST", "EAST", "WIDE") if n == 1 else ("WEST", "EAST"):
            left = tile_left(tile)
            half = np.ones((TILE // 2, TILE // 2), np.uint8)
            for name in ("scl", "cloud", "snow"):
                value = getattr(day, name)
                once = folder / f"{tile}-{value}.tif"
                if not once.exists():
                    write_cog(once, half * value, left)
                os.link(once, folder / f"{n}-{tile}-{name}.tif")
            for band, name in BANDS.items() if day.is_fetched else ():
                values = numbers(day, band, left, TOP, TILE, TILE)
                write_cog(folder / f"{n}-{tile}-{name}.tif", values, left)
            names = (*BANDS.values(), "scl", "cloud", "snow")
            if tile != "WIDE":
                found = {k: f"{url}/files/{n}-{tile}-{k}.tif" for k in names}
                items.append(item(day, tile, found))
    for n in range(60):  # a year as any place has it, whose files are those of one day
        day = Day((dt.date(2019, 1, 3) + dt.timedelta(6 * n)).isoformat())
        files = {k: f"{url}/files/1-WIDE-{k}.tif" for k in names}
        items.append(item(day, "WIDE", files))
    return {"type": "FeatureCollection", "features": items}


def write_cog(
    path: Path, values: np.ndarray, left: float, crs: str = CRS, block: int = 128
) -> None:
    gsd = 10 * TILE / len(values)
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            count=1,
            height=len(values),
            width=len(values),
            dtype=values.dtype,
            crs=crs,
            transform=Affine(gsd, 0, left, 0, -gsd, TOP),
            nodata=0,
        ) as dataset:
            dataset.write(values, 1)
        copy(memory.name, path, driver="COG", blocksize=block, compress="DEFLATE", num_threads="1")


def item(day: Day, tile: str, assets: dict[str, str]) -> dict:
    """As Earth Search v1 writes those of Collection 1."""
    said = [{"nodata": 0, "data_type": "uint16", "scale": 0.0001, "offset": day.offset}]
    box = [3.0, 45.0, 5.5, 47.0]
    ring = [[box[i], box[j]] for i, j in ((0, 1), (2, 1), (2, 3), (0, 3), (0, 1))]
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": f"S2_T31T{tile}_{day.day}_{day.satellite[-2:]}_{day.baseline}",
        "collection": "sentinel-2-c1-l2a",
        "bbox": box,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "links": [],
        "properties": {
            "datetime": f"{day.day}T10:40:31Z",
            "platform": day.satellite,
            "proj:code": CRS,
            "grid:code": f"MGRS-31T{tile}",
            "s2:processing_baseline": day.baseline,
            "s2:generation_time": day.made,
            "eo:cloud_cover": 10.0,
        },
        "assets": {
            name: {"href": href, "type": "image/tiff; application=geotiff", "raster:bands": said}
            if name in BANDS.values()
            else {"href": href, "type": "image/tiff; application=geotiff"}
            for name, href in assets.items()
        },
    }


def services_toml(server: Server, **changed: str) -> str:
    """A list of services that names these servers."""
    usual = {"crs": f'["{CRS}"]', "largest": "512", "address": server.url, "hosts": "", "of": ""}
    told = usual | changed
    assets = {**BANDS, "scl": "scl", "cloud": "cloud", "snow": "snow"}
    return f"""
[[aerial]]
name = "local WMS"
address = "{told["address"]}/wms"
crs = {told["crs"]}
extents = [[4.0, 46.0, 4.4, 46.4]]
licence = "Open Licence"
credit = "© local"
largest = {told["largest"]}
layers = [
  {{name = "{told["of"]}RGB", bands = ["red", "green", "blue"], of_year = "RGB{{year}}"}},
  {{name = "{told["of"]}IRC", bands = ["nir", "red", "green"], of_year = "IRC{{year}}"}},
]
flights = {{address = "{told["address"]}/wms", layer = "flights", field = "date_vol"}}

[[series]]
name = "local STAC"
address = "{server.url}"
collection = "sentinel-2-c1-l2a"
hosts = ["{told["hosts"] or server.url.removeprefix("http://")}"]
licence = "free"
credit = "Contains modified Copernicus Sentinel data"
extents = [[4.0, 46.0, 4.4, 46.4]]
block_bytes = 20000

[series.assets]
{chr(10).join(f'{band} = "{name}"' for band, name in assets.items())}
"""


def have_mapserver() -> bool:
    return shutil.which("mapserv") is not None
