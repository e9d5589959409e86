"""The simulated scene as a folder in FLAIR #2's format (FLAIR.md)."""

import datetime as dt
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from affine import Affine
from threadpoolctl import threadpool_limits

from lcapp.errors import RunError
from lcapp.scene.geotiff_write import write_geotiff
from lcapp.sensors import AERIAL_GSD, SERIES_GSD
from lcapp.simulate.aerial import SHADOW_REACH, elevation_byte, photograph
from lcapp.simulate.countryside import countryside
from lcapp.simulate.sentinel2 import record
from lcapp.types import Grid

VERSION = 1
"""Raised whenever the same seed gives another scene."""

TILE_PIXELS = 512
SUPER_AREA = (64, 66)
"""Rows and columns of the series."""

CENTROID = (31, 34)
"""Row and column of the tile's centre in the super-area: a pixel edge, so nothing is rounded."""

FLIGHT = dt.date(2021, 7, 12)
DOMAIN, ZONE, NUMBER = "D900_2021", "Z1_NN", "000001"
"""French departments end at 976; 900 is none."""

_LEFT, _TOP = 612_400.0, 6_634_800.0
_CRS = "EPSG:2154"
_LANDSCAPE_GSD = 1.0
"""Metres of the landscape under the satellite: ten pixels under one of its own."""

_MARKER = (
    "Every scene in this folder is simulated by lcapp (version {version}, seed {seed}): "
    "no aeroplane and no satellite has seen this place.\n"
)


def simulate(out: Path | str, seed: int = 0) -> Path:
    """Write one simulated scene as a FLAIR #2 collection.

    The same seed gives the same bytes. The folder appears when it is complete, or not at all.

    Args:
        out: The folder to make; may exist when it is empty.
        seed: Of the trees, the fields around, the weather and the noise.

    Returns:
        `out`.

    Raises:
        RunError: `out` holds something already, or cannot be written.
    """
    out = Path(out)
    # One thread: the order of BLAS's sums, and so the bytes, must not depend on the number of
    # cores. It also keeps the app's first start short, when a browser wants the other core.
    with threadpool_limits(limits=1, user_api="blas"):
        appear(out, lambda folder: _write(folder, seed))
    return out


def demo_collection() -> Path:
    """The folder of the demo scene, written on the first call.

    It lies in `LCAPP_CACHE`, else in `lcapp` in the user's cache folder (`XDG_CACHE_HOME`, else
    `~/.cache`), under a name that holds the simulator's version and the seed. Processes that race
    for it get the same folder.

    Raises:
        RunError: The cache cannot be written.
    """
    folder = _cache() / f"simulated-v{VERSION}-seed0"
    if _complete(folder):
        return folder
    try:
        return simulate(folder, seed=0)
    except RunError as error:
        if _complete(folder):  # another process was faster
            return folder
        raise RunError(
            error.what, where=error.where, advice="set LCAPP_CACHE to a folder that can be written"
        ) from error


def _cache() -> Path:
    named = os.environ.get("LCAPP_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lcapp"


def _complete(folder: Path) -> bool:
    return (folder / "SIMULATED.txt").is_file()


def appear(out: Path, write: Callable[[Path], None]) -> None:
    """Fill a folder beside `out`, then rename it.

    Raises:
        RunError: `out` holds something already, or cannot be written.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise RunError(
            "exists and is not an empty folder",
            where=out,
            advice="name a folder that does not exist yet",
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{out.name}-", dir=out.parent, ignore_cleanup_errors=True
        ) as beside:
            made = Path(beside) / "made"
            made.mkdir()
            write(made)
            if out.is_dir():
                out.rmdir()
            os.replace(made, out)
    except OSError as error:
        raise RunError(
            f"cannot be written: {error.strerror}", where=out, advice="name another folder"
        ) from error


def _write(folder: Path, seed: int) -> None:
    plan = countryside(seed)
    generator = np.random.default_rng((seed, 1))

    grid = Grid(_CRS, Affine(AERIAL_GSD, 0, _LEFT, 0, -AERIAL_GSD, _TOP), TILE_PIXELS, TILE_PIXELS)
    margin = round(SHADOW_REACH / AERIAL_GSD)
    side = TILE_PIXELS + 2 * margin
    near = plan.raster(-SHADOW_REACH, -SHADOW_REACH, AERIAL_GSD, side, side)
    tile = slice(margin, margin + TILE_PIXELS)
    image = photograph(near, FLIGHT.timetuple().tm_yday, AERIAL_GSD, seed)[:, tile, tile]
    elevation = elevation_byte(near.height[tile, tile])
    write_geotiff(
        _folder(folder, "aerial", "img") / f"IMG_{NUMBER}.tif",
        np.concatenate([image, elevation[None]]),  # 5 H W
        grid,
    )
    write_geotiff(
        _folder(folder, "labels", "msk") / f"MSK_{NUMBER}.tif", near.labels[None, tile, tile], grid
    )

    half = TILE_PIXELS * AERIAL_GSD / 2
    far = plan.raster(
        half - CENTROID[1] * SERIES_GSD,
        half - CENTROID[0] * SERIES_GSD,
        _LANDSCAPE_GSD,
        *(round(pixels * SERIES_GSD / _LANDSCAPE_GSD) for pixels in SUPER_AREA),
    )
    recording = record(far, _LANDSCAPE_GSD, FLIGHT.year, generator)
    stem = _folder(folder, "sen", "sen") / f"SEN2_sp_{DOMAIN}-{ZONE}"
    np.save(f"{stem}_data.npy", recording.digital_numbers)
    np.save(f"{stem}_masks.npy", recording.masks)
    _text(Path(f"{stem}_products.txt"), "\n".join(recording.products) + "\n")

    _json(folder / "flair-2_centroids_sp_to_patch.json", {f"IMG_{NUMBER}.tif": list(CENTROID)})
    west, south, east, north = grid.bounds
    _json(
        folder / "flair-2_metadata_aerial.json",
        {
            f"IMG_{NUMBER}": {
                "patch_centroid_x": (west + east) / 2,
                "patch_centroid_y": (south + north) / 2,
                "date": FLIGHT.isoformat(),
                "time": "10h40",
                "camera": "simulated",
                "domain": DOMAIN,
                "zone": ZONE,
            }
        },
    )
    # Last: it marks the folder as simulated and as complete.
    _text(folder / "SIMULATED.txt", _MARKER.format(version=VERSION, seed=seed))


def _folder(root: Path, kind: str, last: str) -> Path:
    folder = root / f"flair_{kind}_train" / DOMAIN / ZONE / last
    folder.mkdir(parents=True)
    return folder


def _json(path: Path, content: dict[str, object]) -> None:
    _text(path, json.dumps(content, indent=1) + "\n")


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
