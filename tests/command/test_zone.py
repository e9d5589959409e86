"""The verb `zone` as a user types it: regions, images, interruptions, several processes."""

import json
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from affine import Affine

from lcapp.__main__ import main
from lcapp.command import progress as progress_line
from lcapp.command.zone import verb as zone
from lcapp.command.zone.processes import Share, share_of
from lcapp.errors import RunError
from lcapp.pipeline.zone.store import Store
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.types import Grid, Progress
from tests.families.flairhub.made import LC_G, small_config, write_published
from tests.scene.roi import NAME, write_roi

ROOT = Path(__file__).resolve().parents[2]
MAPS = ("confidence.tif", "landcover.tif")
ALL = (*MAPS, "summary.json")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    write_roi(folder, 1, 2, ("SENTINEL2_TS",))
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LC-G in its own sizes, with random weights."""
    folder = tmp_path_factory.mktemp("weights")
    return write_published(folder / LC_G, small_config("LC-G", ["SENTINEL2_TS"]))


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Started processes find the package and use one thread, as this one does."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OMP_NUM_THREADS", str(torch.get_num_threads()))


def arguments(hub: Path, weights: Path, out: Path, *more: object) -> list[str]:
    given = ("zone", "--collection", hub, "--model", weights, "--device", "cpu", "--out", out)
    return [str(one) for one in (*given, *more)]


def images(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in ALL}


@pytest.fixture(scope="module")
def whole(hub: Path, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of one process."""
    out = tmp_path_factory.mktemp("whole")
    assert main(arguments(hub, weights, out)) == 0
    return out


def test_a_region_becomes_one_map_with_its_summary(
    hub: Path, weights: Path, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sorted(one.name for one in whole.iterdir()) == sorted(ALL)
    with rasterio.open(whole / "landcover.tif") as dataset:
        assert dataset.shape == (512, 1024)
        assert dataset.tags()["zone"] == NAME
        assert dataset.overviews(1) == [2, 4]
    assert main(arguments(hub, weights, tmp_path / "a", "--roi", NAME, "--json")) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["windows_in_all"] == 3
    assert answer["seconds"]["total"] > 0
    assert set(answer["files"]) == {"SENTINEL2_TS", "SENTINEL2_MSK-SC", "SENTINEL2 dates"}
    assert sum(one["share"] for one in answer["areas"]["landcover"].values()) == pytest.approx(1)
    assert images(tmp_path / "a") == images(whole)


@pytest.mark.slow
def test_two_devices_make_the_bytes_of_one(
    hub: Path, weights: Path, whole: Path, tmp_path: Path
) -> None:
    assert main(arguments(hub, weights, tmp_path, "--devices", 2)) == 0
    assert images(tmp_path) == images(whole)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(ALL)


def test_parts_by_hand_make_the_bytes_of_one(
    hub: Path, weights: Path, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("1/2", "0/2"):
        assert main(arguments(hub, weights, tmp_path, "--part", part)) == 0
        assert f"part {part[0]} of 2 is done" in capsys.readouterr().out
        assert not (tmp_path / "landcover.tif").exists()
    assert main(arguments(hub, weights, tmp_path)) == 0
    assert images(tmp_path) == images(whole)


@pytest.mark.parametrize(
    "names",
    [
        ("RANK", "WORLD_SIZE", "LOCAL_RANK"),
        ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID"),
    ],
)
def test_a_launchers_first_process_writes_and_the_others_do_their_share(
    hub: Path, weights: Path, whole: Path, tmp_path: Path, monkeypatch, names
) -> None:
    """The first is done first: the other does its share while it waits."""

    def process(rank: int) -> None:
        for name, value in zip(names, (rank, 2, rank), strict=True):
            monkeypatch.setenv(name, str(value))
        assert main(arguments(hub, weights, tmp_path)) == 0

    waited = []

    def other_process(_: float) -> None:
        assert not waited
        waited.append(1)
        process(1)
        assert not (tmp_path / "landcover.tif").exists()

    monkeypatch.setattr(zone.time, "sleep", other_process)
    process(0)
    assert waited == [1]
    assert images(tmp_path) == images(whole)


def test_interrupted_it_says_that_it_can_go_on_and_does(
    hub: Path, weights: Path, whole: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    """After its first window it gets the signal of Ctrl-C."""
    put_window = Store.put_window

    def interrupted(store: Store, index: tuple[int, int], logits: np.ndarray) -> None:
        put_window(store, index, logits)
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(Store, "put_window", interrupted)
            assert main(arguments(hub, weights, tmp_path)) == 2
    finally:
        signal.signal(signal.SIGINT, before)
    assert "interrupted; what was finished is kept; call again" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == [".lcapp-zone"]
    assert main(arguments(hub, weights, tmp_path)) == 0
    assert images(tmp_path) == images(whole)


@pytest.mark.slow
def test_a_process_that_fails_is_named_and_the_run_goes_on_later(
    hub: Path, weights: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    """The other process finds no package where it is started."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "")
    assert main(arguments(hub, weights, tmp_path / "out", "--devices", 2)) == 2
    said = capsys.readouterr().err
    assert "process 1 has stopped" in said
    assert "No module named lcapp" in said
    assert not (tmp_path / "out" / "landcover.tif").exists()


def test_a_bundle_classifies_an_image_with_its_series(tmp_path: Path, capsys) -> None:
    rng = np.random.default_rng(0)
    aerial, series = tmp_path / "a.tif", tmp_path / "s.npy"
    grid = Grid("EPSG:2154", Affine(0.2, 0, 800_000, 0, -0.2, 6_500_000), 128, 192)
    write_geotiff(aerial, rng.integers(1, 256, (4, 128, 192), np.uint8), grid)
    np.save(series, rng.integers(1, 3000, (2, 4, 40, 40), np.uint16))
    top = "S2A_MSIL1C_2021{}T104431_N0301_R008_T32UMD_X.SAFE"  # of the atmosphere
    (tmp_path / "dates.txt").write_text(f"{top.format('0501')}\n{top.format('0701')}")
    given = ["zone", "--aerial", aerial, "--series", series, "--dates", tmp_path / "dates.txt"]
    given += ["--window", 128, "--overlap", 32, "--steps", 1, "--device", "cpu"]
    assert main([str(one) for one in (*given, "--out", tmp_path / "out")]) == 0
    assert "a: 2 windows" in capsys.readouterr().out
    with rasterio.open(tmp_path / "out" / "landcover.tif") as dataset:
        assert dataset.shape == (128, 192)
        assert dataset.tags()["bundle"] == "demo"
    notes = json.loads((tmp_path / "out" / "summary.json").read_text())["notes"]
    assert any("Level-1C" in note for note in notes)


def test_a_bundle_classifies_a_region(tmp_path: Path, capsys) -> None:
    write_roi(tmp_path / "hub", 1, 1, ("AERIAL_RGBI", "DEM_ELEV", "SENTINEL2_TS"))
    given = ("zone", "--collection", tmp_path / "hub", "--out", tmp_path / "out")
    given += ("--steps", 1, "--device", "cpu", "--json")
    assert main([str(one) for one in given]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer["files"]) >= {"AERIAL_RGBI", "DEM_ELEV", "SENTINEL2_TS", "SENTINEL2 dates"}
    assert answer["settings"]["bundle"] == "demo"
    assert answer["windows"] == {"window": 512, "overlap": 256, "rim": 32}
    assert answer["without_class"] == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--part", "2/2"], "expected RANK/PROCESSES"),
        (["--part", "one"], "expected RANK/PROCESSES"),
        (["--devices", "0"], "expected 1 or more"),
        (["--devices", "2", "--part", "0/2"], "leave out --devices"),
        (["--devices", "2", "--device", "cuda:0"], "expected auto, cpu or cuda"),
        (["--overlap", "100"], "expected a multiple of 256"),
        (["--window", "256"], "expected 512"),
        (["--roi", "D1/X"], f"expected one of {NAME}"),
        (["--aerial", "a.tif"], "leave out --collection and --roi"),
        (["--model", "tiny"], "has no AERIAL_RGBI"),
        (["--model", "none"], "there is no bundle 'none'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_leaves_nothing(
    hub: Path, weights: Path, tmp_path: Path, capsys, more: list[str], said: str
) -> None:
    assert main([*arguments(hub, weights, tmp_path / "out"), *more]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_windows_in_which_a_network_sees_nothing_are_refused(tmp_path: Path, capsys) -> None:
    grid = Grid("EPSG:2154", Affine(0.2, 0, 800_000, 0, -0.2, 6_500_000), 64, 64)
    write_geotiff(tmp_path / "a.tif", np.ones((4, 64, 64), np.uint8), grid)
    given = ["zone", "--aerial", tmp_path / "a.tif", "--window", 33, "--out", tmp_path / "out"]
    assert main([str(one) for one in given]) == 2
    assert "window is 33; expected at least 64 pixels" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_time_left_leaves_out_the_windows_of_an_earlier_run(capsys, monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress_line.sys.stderr, "isatty", lambda: True, raising=False)
    line = progress_line.ProgressLine()
    for done in range(1, 501):  # done before: they pass in no time
        line.step(Progress("windows", done, 1000))
    for done in range(501, 541):
        now[0] += 10
        line.step(Progress("windows", done, 1000))
    assert "windows       540/1000  1 h 16 min left" in capsys.readouterr().err
    line.step(Progress("write", 1000, 1000))
    assert capsys.readouterr().err.endswith("\n")


def test_a_batch_script_without_srun_is_a_single_process() -> None:
    batch = {"SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SLURM_LOCALID": "0"}
    assert share_of(None, batch) == Share()
    assert share_of(None, {**batch, "SLURM_STEP_NUM_TASKS": "4"}) == Share(0, 4, 0)
    assert share_of(None, {}).part is None
    assert share_of("0/1", {}).part == (0, 1)
    with pytest.raises(RunError):
        share_of("3/2", batch)
