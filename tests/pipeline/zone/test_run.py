"""A zone in windows: no seams, no trace of kills or processes, nothing half-written."""

import json
import os
import resource
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rio_cogeo import cog_validate

from lcapp.classes import FLAIR2
from lcapp.errors import Cancelled, NoClearDate, RunError
from lcapp.pipeline.zone import run as zones
from lcapp.pipeline.zone.blend import NO_CLASS
from lcapp.pipeline.zone.run import predict_zone
from lcapp.pipeline.zone.windows import Layout, Tiling
from lcapp.scene.zone.image import Zone, open_zone
from lcapp.types import MAPS_ALONE, CloudRule, Run, Scene

sys.path.insert(0, str(Path(__file__).parent))  # the script that subprocesses run as well
import zone_measure
from zone_measure import Local, Window, local_logits, write_aerial

LAYOUT = Layout(64, 16, 2)
MAPS = ("landcover.tif", "confidence.tif")


CPU = Run(device="cpu")


def run(zone: Zone, out: Path, model: Local | None = None, options: Run = CPU, **more):
    return predict_zone(zone, model or Local(), out, options, **{"layout": LAYOUT, **more})


def pixels(out: Path) -> tuple[np.ndarray, np.ndarray]:
    """Classes and confidence."""
    both = []
    for name in MAPS:
        with rasterio.open(out / name) as file:
            both.append(file.read(1))
    return both[0], both[1]


def image(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in (*MAPS, "summary.json")}


def expected(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    odds = np.exp(logits - logits.max(0))
    return logits.argmax(0), (odds / odds.sum(0)).max(0)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """304 x 284 pixels: 6 x 6 windows, the last column moved back."""
    return write_aerial(tmp_path_factory.mktemp("zone") / "zone.tif", 304, 284)


@pytest.fixture(scope="module")
def zone(path: Path) -> Zone:
    return open_zone(path)


@pytest.fixture(scope="module")
def whole(zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of one uninterrupted run."""
    out = tmp_path_factory.mktemp("whole")
    result = run(zone, out)
    assert result is not None
    assert result.windows == 36
    return out


@pytest.mark.parametrize("size", [(160, 190), (65, 64), (64, 64), (150, 47), (20, 31), (1, 200)])
def test_a_networks_mosaic_is_its_one_pass_over_the_zone(tmp_path, size):
    """Its reach of one pixel is less than the rim, so no window may leave a trace."""
    zone = open_zone(write_aerial(tmp_path / "a.tif", *size))
    run(zone, tmp_path / "out")
    one_pass = local_logits(zone.read(slice(0, size[0]), slice(0, size[1]))[0])
    classes, confidence = expected(one_pass)
    found, sure = pixels(tmp_path / "out")
    np.testing.assert_allclose(sure, confidence, atol=1e-5)
    runner_up = np.sort(one_pass, axis=0)[-2]
    clear = one_pass.max(0) - runner_up > 1e-4
    np.testing.assert_array_equal(found[clear], classes[clear])
    assert clear.mean() > 0.99


def test_a_window_that_disagrees_with_its_neighbour_fades_into_it(tmp_path, zone):
    """Each window has its own idea: the confidence moves from one to the next without a step."""

    def stubborn(window: Window) -> np.ndarray:
        logits = np.zeros((len(FLAIR2), *window.pixels.shape[1:]), np.float32)
        logits[0] = 3.0 * ((window.at[1] // 48) % 2)
        return logits

    layout = Layout(64, 32, 0)
    run(zone, tmp_path, Local(stubborn), layout=layout)
    _, confidence = pixels(tmp_path)
    assert confidence.max() - confidence.min() > 0.3
    assert np.abs(np.diff(confidence, axis=1)).max() < 0.05
    np.testing.assert_allclose(np.diff(confidence, axis=0), 0, atol=1e-6)


def test_maps_are_cloud_optimised_and_lie_exactly_where_the_image_lies(whole, path):
    for name in MAPS:
        valid, errors, warnings = cog_validate(str(whole / name), strict=True)
        assert valid, (errors, warnings)
        with rasterio.open(path) as aerial, rasterio.open(whole / name) as file:
            assert (file.crs, file.transform, file.shape) == (
                aerial.crs,
                aerial.transform,
                aerial.shape,
            )
            assert file.overviews(1) == [2]
    with rasterio.open(whole / MAPS[0]) as file:
        assert file.nodata == NO_CLASS
        assert file.tags()["seed"] == "0"
        for index, one in enumerate(FLAIR2.classes):
            assert "#{:02x}{:02x}{:02x}".format(*file.colormap(1)[index][:3]) == one.colour
            assert file.tags()[f"class_{index}"] == one.en
    with rasterio.open(whole / MAPS[1]) as file:
        assert np.isnan(file.nodata)


def test_the_summary_counts_areas_and_nothing_else_is_left(whole):
    assert sorted(one.name for one in whole.iterdir()) == sorted((*MAPS, "summary.json"))
    summary = json.loads((whole / "summary.json").read_text())
    classes, _ = pixels(whole)
    for index, one in enumerate(FLAIR2.classes):
        count = (classes == index).sum()
        areas = summary["areas"]["landcover"]
        assert areas[one.en]["m2"] == pytest.approx(count * 0.04)
        assert areas[one.en]["share"] == pytest.approx(count / classes.size)


def test_where_there_is_no_image_there_is_no_class_and_no_work(tmp_path):
    path = write_aerial(tmp_path / "zone.tif", 208, 208, nodata=0)
    with rasterio.open(path, "r+") as file:
        values = file.read()
        values[:, 60:, 60:] = 0
        values[:, 5, 5] = 0
        values[0, 9, 9] = 0  # one dark band is not an absent pixel
        file.write(values)
    model = Local()
    result = run(open_zone(path), tmp_path / "out", model)
    classes, confidence = pixels(tmp_path / "out")
    absent = np.zeros((208, 208), bool)
    absent[60:, 60:] = absent[5, 5] = True
    np.testing.assert_array_equal(classes == NO_CLASS, absent)
    np.testing.assert_array_equal(np.isnan(confidence), absent)
    # All begin before pixel 60 of an axis, or show nothing.
    seen = [(r, c) for r in (0, 48, 96, 144) for c in (0, 48, 96, 144) if min(r, c) < 60]
    assert model.asked == [(at, MAPS_ALONE) for at in seen]
    assert result is not None
    assert result.empty == 4
    assert cog_validate(str(tmp_path / "out" / MAPS[0]))[0]


def test_a_window_without_an_answer_leaves_its_overlaps_to_its_neighbours(tmp_path, zone):
    """Their rims count there, which they do not where another window has an answer."""

    class SilentOnce(Local):
        def prepare(self, scene: Scene, rule: CloudRule, registration: bool = True) -> Window:
            if scene.id.endswith("/48-48"):
                raise NoClearDate("no date is clear", where=scene.id)
            return super().prepare(scene, rule, registration)

    run(zone, tmp_path, SilentOnce())
    classes, confidence = pixels(tmp_path)
    hole = np.zeros(classes.shape, bool)
    hole[64:96, 64:96] = True
    np.testing.assert_array_equal(classes == NO_CLASS, hole)
    _, sure = expected(local_logits(zone.read(slice(0, 304), slice(0, 284))[0]))
    hole[64 - 2 : 96 + 2, 64 - 2 : 96 + 2] = True  # of the rims the last pixel sees its padding
    np.testing.assert_allclose(confidence[~hole], sure[~hole], atol=1e-5)


@pytest.mark.slow
def test_killed_at_any_moment_and_taken_up_the_bytes_are_the_same(tmp_path, whole, path):
    here = tmp_path / "zone.tif"
    here.write_bytes(path.read_bytes())
    anywhere = [f":{nth}" for nth in np.random.default_rng().integers(1, 60, 2)]
    moments = [
        *("settings.json:1", *anywhere, "windows:9", "cells:99"),
        *("making:1", "making/landcover:1", "making/confidence:1", "making/conf:3"),
    ]
    done = subprocess.run(
        [sys.executable, zone_measure.__file__, str(here), "64", *moments],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": ".", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    cells = json.loads(done.stdout)
    assert cells[0] == 0
    assert cells == sorted(cells)
    assert cells[-3:] == [36] * 3
    assert image(tmp_path) == image(whole), moments
    assert not list(tmp_path.glob(".lcapp*"))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_several_processes_make_the_bytes_of_one(tmp_path, zone, whole, order):
    for rank in order:
        assert run(zone, tmp_path, part=(rank, 3)) is None
        assert not (tmp_path / MAPS[0]).exists()

    late = Local()
    run(zone, tmp_path, late)
    assert late.asked == []
    assert image(tmp_path) == image(whole)


def test_a_cancelled_run_is_taken_up_where_it_stopped(tmp_path, zone, whole):
    cancel = threading.Event()

    def stop_at_ten(progress):
        if progress.done == 10:
            cancel.set()

    with pytest.raises(Cancelled):
        run(zone, tmp_path, cancel=cancel, on_step=stop_at_ten)
    assert not (tmp_path / MAPS[0]).exists()
    again, steps = Local(), []
    run(zone, tmp_path, again, on_step=steps.append)
    assert len(again.asked) == 26
    assert [step.done for step in steps] == list(range(1, 39))
    assert {step.total for step in steps} == {38}
    assert image(tmp_path) == image(whole)


def begin(zone: Zone, out: Path) -> None:
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        run(zone, out, cancel=cancel, on_step=lambda _: cancel.set())


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("settings", {"options": Run(device="cpu", seed=1)}),
        ("windows", {"layout": Layout(64, 16, 3)}),
    ],
)
def test_other_settings_do_not_go_on_with_a_begun_run(tmp_path, zone, name, change):
    begin(zone, tmp_path)
    with pytest.raises(RunError, match=f"begun here with {name}"):
        run(zone, tmp_path, **change)
    run(zone, tmp_path)


def test_of_other_settings_only_those_that_differ_are_named(tmp_path, zone):
    begin(zone, tmp_path)
    with pytest.raises(RunError) as refused:
        run(zone, tmp_path, layout=Layout(64, 16, 3))
    assert 'windows = {"rim": 3}' in str(refused.value)
    assert "overlap" not in str(refused.value)


def test_another_image_does_not_go_on_with_a_begun_run(tmp_path, path):
    mine = tmp_path / "zone.tif"
    mine.write_bytes(path.read_bytes())
    begin(open_zone(mine), tmp_path / "out")
    with rasterio.open(mine, "r+") as file:
        file.write(255 - file.read())
    with pytest.raises(RunError, match="begun here with files"):
        run(open_zone(mine), tmp_path / "out")


@pytest.mark.parametrize("limit", [100_000, 300_000])
def test_a_full_disk_leaves_nothing_half_written_and_the_run_goes_on_later(
    tmp_path, zone, whole, limit
):
    """A limit on the size of files stands for the disk: at a window, and at the map.

    At the map GDAL does not tell.
    """
    (tmp_path / MAPS[0]).write_bytes(b"earlier")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(RunError, match="space"):
            run(zone, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [one.name for one in tmp_path.iterdir() if not one.name.startswith(".")] == [MAPS[0]]
    assert (tmp_path / MAPS[0]).read_bytes() == b"earlier"
    assert not list((tmp_path / ".lcapp-zone").rglob("*.tif*"))
    run(zone, tmp_path)
    assert image(tmp_path) == image(whole)


def test_a_disk_that_is_too_small_is_said_before_the_first_window(tmp_path, zone, monkeypatch):
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr(zones.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(RunError, match="MB on the disk and 1 MB"):
        run(zone, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_target_that_is_a_file_or_forbidden_is_refused(tmp_path, zone):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", Path("/proc/zone")):
        with pytest.raises(RunError):
            run(zone, out)


def test_values_that_are_no_numbers_stop_the_run_and_name_the_window(tmp_path, zone):
    def broken(window: Window) -> np.ndarray:
        logits = local_logits(window.pixels)
        logits[3, 7, 7] = np.nan if window.at[0] else 0
        return logits

    with pytest.raises(RunError, match=r"zone/48-0 with local: .* no numbers"):
        run(zone, tmp_path, Local(broken))


def test_another_number_of_classes_is_a_programming_error(tmp_path, zone):
    with pytest.raises(ValueError, match="local: expected logits of"):
        run(zone, tmp_path, Local(lambda window: local_logits(window.pixels)[:5]))


@pytest.mark.parametrize("part", [(2, 2), (-1, 2), (0, 0)])
def test_a_part_that_there_is_not_is_refused(tmp_path, zone, part):
    with pytest.raises(RunError, match="part"):
        run(zone, tmp_path, part=part)


def test_windows_are_dropped_as_soon_as_nothing_needs_them(tmp_path, zone):
    most = []
    folder = tmp_path / ".lcapp-zone" / "windows"
    run(zone, tmp_path, on_step=lambda _: most.append(len(list(folder.rglob("*.npy")))))
    columns = len(Tiling.over(304, 284, LAYOUT).cols)
    assert max(most) <= 2 * columns + 1


@pytest.mark.slow
def test_memory_does_not_grow_with_the_zone():
    small, large = (zone_measure.measure(windows, 64, cache_mb=1) for windows in (6, 16))
    assert large["windows"] == 256
    # The aerial image of the larger zone is 2 MB, its confidence 2 MB, all its logits 55 MB.
    assert large["peak_mb"] - small["peak_mb"] < 25


@pytest.fixture(scope="module")
def unfinished(zone, tmp_path_factory):
    """The folder of a run that was stopped in the middle."""
    out = tmp_path_factory.mktemp("unfinished")
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        run(zone, out, on_step=lambda now: cancel.set() if now.done == 14 else None, cancel=cancel)
    return out


DAMAGES = {
    "emptied": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "longer": lambda content: content + bytes(8),
    "another byte": lambda content: content[:90] + bytes([content[90] ^ 8]) + content[91:],
    "nested": lambda content: b"[" * 100_000,
    "a list": lambda content: b"[1]",
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", ["settings.json", "windows", "cells"])
def test_damaged_state_is_a_sentence_or_is_made_anew(
    tmp_path, zone, whole, unfinished, kind, damage
):
    out = shutil.copytree(unfinished, tmp_path / "out")
    state = out / ".lcapp-zone"
    damaged = sorted((state / kind).rglob("*.npy")) if kind != "settings.json" else [state / kind]
    for file in damaged[-2:]:
        file.write_bytes(DAMAGES[damage](file.read_bytes()))
    if kind == "settings.json":
        with pytest.raises(RunError, match=r"settings of an unfinished run|run was begun here"):
            run(zone, out)
        shutil.rmtree(state)
    for _ in damaged:  # each call finds one of them and removes it
        try:
            run(zone, out)
            break
        except RunError as error:
            assert "damaged and is removed" in str(error)  # noqa: PT017
    assert image(out) == image(whole)


def test_state_without_its_settings_is_begun_anew(tmp_path, zone, whole, unfinished):
    out = shutil.copytree(unfinished, tmp_path / "out")
    (out / ".lcapp-zone" / "settings.json").unlink()
    for file in (out / ".lcapp-zone" / "windows").rglob("*.npy"):
        file.write_bytes(b"of other settings")
    run(zone, out)
    assert image(out) == image(whole)
