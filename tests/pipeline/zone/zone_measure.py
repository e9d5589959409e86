"""Measurements of `predict_zone` with a cheap network, each in a process of its own.

    PYTHONPATH=. python tests/pipeline/zone/zone_measure.py 10 512

says for 10 x 10 windows of 512 pixels, as JSON, the peak memory and the seconds a window: elapsed,
and of the CPU, which a busy machine changes less. What is measured is the house's own share:
reading, blending, state on disk and the cloud-optimised files.
A third number bounds GDAL's caches in MB: by default they fill with the first 64 MB and more of any
zone, which hides in small ones whether anything else grows.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from lcapp.classes import FLAIR2
from lcapp.families.family import Answer
from lcapp.pipeline.zone.run import predict_zone
from lcapp.pipeline.zone.windows import Layout
from lcapp.scene.rasters import cog
from lcapp.scene.zone.image import open_zone
from lcapp.sensors import AERIAL
from lcapp.types import Card, CloudRule, Cost, Course, Floats, Grid, Run, Scene, Wanted

_MIXING = np.random.default_rng(0).normal(0, 4, (len(FLAIR2), 4)).astype(np.float32)


def local_logits(pixels: np.ndarray) -> Floats:
    """C H W bytes -> K H W logits that depend on each pixel and its four neighbours."""
    values = pixels.astype(np.float32) / 255 - 0.5
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)))  # as a network: zeros beyond the window
    near = sum(np.roll(padded, shift, axis) for shift in (-1, 1) for axis in (1, 2))[:, 1:-1, 1:-1]
    return np.einsum("kc,chw->khw", _MIXING, values + near)


@dataclass(frozen=True, eq=False)
class Window:
    """A window of a zone as `Local` takes it."""

    scene_id: str
    collection: str
    simulated: bool
    grid: Grid
    notes: tuple[str, ...]
    pixels: np.ndarray
    seen: np.ndarray | None = None

    @property
    def at(self) -> tuple[int, int]:
        """Its first row and column."""
        row, col = self.scene_id.rpartition("/")[2].split("-")
        return int(row), int(col)


class Local:
    """A model with a reach of one pixel, or with another answer; it notes what it is asked."""

    card = Card(
        name="local",
        family="tests",
        variant="local",
        hash="0123456789abcdef",
        maps=(("landcover", FLAIR2),),
        reads=(AERIAL,),
        uses=(),
        options=("seed",),
        schedule=None,
        window=None,
        value_ranges=(),
        trained=True,
        licence="none",
        provenance="",
        figures={},
        path=Path("local"),
    )

    def __init__(
        self, answer: Callable[[Window], Floats] = lambda window: local_logits(window.pixels)
    ) -> None:
        self.answer = answer
        self.asked: list[tuple[tuple[int, int], Wanted]] = []

    def load(self) -> None:
        """Nothing to read."""

    def parameters(self) -> tuple[int, int]:
        return 0, 0

    def prepare(self, scene: Scene, rule: CloudRule, registration: bool = True) -> Window:
        about = (scene.id, scene.collection, scene.simulated, scene.grid, scene.notes)
        return Window(*about, scene.aerial.pixels, scene.seen)

    def cost(self, prepared: Window, run: Run, available_mb: float | None = None) -> Cost:
        return Cost(evaluations=0, micro_batch=1, memory_mb=1.0, units=1)

    def predict(self, prepared: Window, run: Run, course: Course, wanted: Wanted) -> Answer:
        self.asked.append((prepared.at, wanted))
        return Answer({"landcover": self.answer(prepared)})


def write_aerial(path: Path, height: int, width: int, **profile: object) -> Path:
    """A smooth aerial image with some noise, written strip by strip."""
    rng = np.random.default_rng(0)
    x = np.arange(width)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=4,
        height=height,
        width=width,
        dtype="uint8",
        crs="EPSG:2154",
        transform=Affine(0.2, 0, 800_000, 0, -0.2, 6_500_000),
        photometric="MINISBLACK",
        **profile,
    ) as dataset:
        for top in range(0, height, 64):
            y = np.arange(top, min(top + 64, height))[:, None]
            waves = [np.sin(x / (31 + 7 * band)) + np.cos(y / (23 + 5 * band)) for band in range(4)]
            strip = 128 + 45 * np.stack(waves) + rng.normal(0, 5, (4, len(y), width))
            window = rasterio.windows.Window(0, top, width, len(y))
            dataset.write(strip.clip(1, 255).astype(np.uint8), window=window)
    return path


def _peak_mb() -> float:
    # Not getrusage: its peak is inherited from the process that started this one.
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def side_of(windows: int, layout: Layout) -> int:
    """Pixels of a zone that so many windows fill."""
    return windows * (layout.window - layout.overlap) + layout.overlap


def run(path: Path, layout: Layout) -> dict[str, float]:
    """Classify a zone and measure."""
    before, started, worked = _peak_mb(), time.perf_counter(), time.process_time()
    result = predict_zone(open_zone(path), Local(), path.parent, Run(device="cpu"), layout=layout)
    assert result is not None
    return {
        "windows": result.windows,
        "before_mb": before,
        "peak_mb": _peak_mb(),
        "seconds_a_window": (time.perf_counter() - started) / result.windows,
        "cpu_seconds_a_window": (time.process_time() - worked) / result.windows,
        "classify_a_window": result.seconds["windows"] / result.windows,
        "write_a_window": result.seconds["write"] / result.windows,
    }


def run_killed(path: Path, layout: Layout, moments: list[str]) -> list[int]:
    """Run it again and again, killed at one moment after the other, and at last left alone.

    Args:
        path: Image; results go beside it.
        layout: Of the windows.
        moments: `PART:N`: before the nth time that a run makes, opens, moves or removes something
            in its folder whose path has that part.

    Returns:
        The cells that were there after each kill.
    """
    cells = []
    for moment in moments:
        assert _status_of(path, layout, moment) == signal.SIGKILL, moment
        cells.append(sum(1 for _ in path.parent.glob(".lcapp-zone/cells/*/*.npy")))
    assert _status_of(path, layout, None) == 0
    return cells


def _status_of(path: Path, layout: Layout, moment: str | None) -> int:
    """As `waitpid` gives it, of a run in a process of its own."""

    child = os.fork()
    if child == 0:
        if moment is not None:
            _kill_at(moment, path.parent)
        run(path, layout)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def _kill_at(moment: str, folder: Path) -> None:
    part, _, nth = moment.rpartition(":")
    left = int(nth)

    def watch(event: str, about: tuple[object, ...]) -> None:
        nonlocal left
        if event in ("open", "os.mkdir", "os.rename", "os.remove"):
            # Of a move both ends: what is written beside has another name until then.
            touched = (str(one) for one in about[:2])
            left -= any(one.startswith(f"{folder}/.") and part in one for one in touched)
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def measure(windows: int, side: int, cache_mb: int | None = None) -> dict[str, float]:
    """Measure windows x windows in a fresh process; the image is made in this one."""
    layout = Layout(side, side // 4, side // 32)
    cache = [str(cache_mb)] if cache_mb else []
    with tempfile.TemporaryDirectory() as folder:
        pixels = side_of(windows, layout)
        path = write_aerial(Path(folder) / "zone.tif", pixels, pixels, tiled=True)
        done = subprocess.run(
            [sys.executable, __file__, str(path), str(side), *cache],
            check=True,
            capture_output=True,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONPATH": "."},
        )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


if __name__ == "__main__":
    what, size = sys.argv[1], int(sys.argv[2])
    cache = int(sys.argv[3]) if sys.argv[3:] and sys.argv[3].isdigit() else None
    if what.isdigit():
        print(json.dumps(measure(int(what), size, cache)))
    elif sys.argv[3:] and ":" in sys.argv[3]:
        layout = Layout(size, size // 4, size // 32)
        print(json.dumps(run_killed(Path(what), layout, sys.argv[3:])))
    else:
        if cache:
            cog._CACHE_BYTES = cache * 2**20
        with rasterio.Env(**({"GDAL_CACHEMAX": cache * 2**20} if cache else {})):
            print(json.dumps(run(Path(what), Layout(size, size // 4, size // 32))))
