"""The verbs as a user types them: real scenes, exit codes and one clear line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from lcapp.__main__ import main
from lcapp.command.inventory import MODELS

ROOT = Path(__file__).resolve().parents[1]
BETULA = "Betula_spec._1_15679"


def lcapp(*arguments: object) -> subprocess.CompletedProcess[str]:
    """In a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lcapp", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )


Ask = Callable[..., Any]


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs a verb in this process; gives its answer."""

    def run(*arguments: object) -> object:
        code = main([*map(str, arguments), "--json"])
        told = capsys.readouterr()
        assert code == 0, told.err
        return json.loads(told.out)

    return run


def test_scenes_lists_the_real_scenes(treesat_folder: Path, answer: Ask) -> None:
    scenes = {one["id"]: one for one in answer("scenes", "--collection", treesat_folder)}
    assert len(scenes) == 4
    betula = scenes[BETULA]
    assert betula["crs"] == "EPSG:25832"
    np.testing.assert_allclose(
        betula["bounds"], [428370.0, 5862901.4, 428430.8, 5862962.2], atol=0.01
    )
    assert 4 in betula["months_present"]
    assert betula["has_reference"] is False


def test_scenes_at_a_place_lists_those_that_hold_it(treesat_folder: Path, answer: Ask) -> None:
    place = ["--at", 428400, 5862930, "--crs", "EPSG:25832"]
    (only,) = answer("scenes", "--collection", treesat_folder, *place)
    assert only["id"] == BETULA


def test_scenes_without_a_folder_lists_the_demo_scenes(demo_folder: Path, answer: Ask) -> None:
    demo = answer("scenes")
    assert len(demo) == 8
    assert all(one["simulated"] and one["has_reference"] for one in demo)


@pytest.mark.slow
def test_models_counts_the_parameters_beside_the_papers_table(answer: Ask) -> None:
    told = answer("models")
    tables = {
        (one["family"], one["name"]): {count["part"]: count for count in one["counts"]}
        for one in told
    }
    counts = {name: table for (family, name), table in tables.items() if family == "tsrdiff"}
    for table in tables.values():
        parts = list(table.values())
        total = next(place for place, one in enumerate(parts) if one["part"].startswith("total"))
        assert sum(one["parameters"] for one in parts[:total]) == parts[total]["parameters"]
    assert counts["tiny"]["total, fusion by attention"]["parameters"] <= 8_000_000
    ours = counts["paper"]["total, fusion by attention"]
    assert ours["parameters"] == pytest.approx(125.6e6, rel=0.001)
    assert ours["paper"] == 127.0e6
    assert counts["paper"]["HR branch alone"]["parameters"] == pytest.approx(40.5e6, rel=0.002)
    shown = MODELS.show([one for one in told if one["name"] == "paper"])
    assert "127.0" in shown
    assert "40.5" in shown
    (only,) = answer("models", "--family", "tsrdiff", "--variant", "demo")
    assert only == next(one for one in told if (one["family"], one["name"]) == ("tsrdiff", "demo"))


def test_info_names_versions_devices_and_bundles(answer: Ask) -> None:
    info = answer("info")
    assert info["versions"]["torch"]
    assert info["devices"][0]["name"] == "cpu"
    assert "tiny" in [one["name"] for one in info["bundles"]]


@pytest.mark.slow
def test_predict_writes_four_files_and_another_process_repeats_them_bit_for_bit(
    treesat_folder: Path, tmp_path: Path, answer: Ask
) -> None:
    run = ["predict", "--collection", treesat_folder, "--scene", BETULA, "--model", "tiny"]
    run += ["--sampler", "ddim", "--steps", 2, "--seed", 0]
    summary = answer(*run, "--out", tmp_path / "a")
    done = lcapp(*run, "--out", tmp_path / "b")
    assert done.returncode == 0, done.stderr
    assert f"{BETULA}: tiny in " in done.stdout
    names = ["confidence.tif", "landcover.tif", "summary.json", "superres.tif"]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == names
    for name in ("landcover.tif", "superres.tif"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    present = [one for one in summary["months"] if one["present"]]
    assert summary["denoiser_evaluations"] == 2 * len(present)
    assert all(one["lr_consistency"] is not None for one in present)
    assert set(summary["seconds"]) >= {"prepare", "super_resolve", "classify", "total"}
    assert summary["bundle"]["name"] == "tiny"
    assert summary["versions"]["lcapp"]


def test_predict_reads_a_plain_pair(treesat_folder: Path, tmp_path: Path, answer: Ask) -> None:
    import datetime as dt

    import h5py

    aerial = tmp_path / "a.tif"
    with rasterio.open(treesat_folder / f"{BETULA}_WEFL_NLF.tif") as raster:
        pixels, profile = raster.read([4, 2, 3, 1]), raster.profile
    profile["crs"] = "EPSG:25832"
    with rasterio.open(aerial, "w", **profile) as raster:
        raster.write(pixels)
    with h5py.File(treesat_folder / f"{BETULA}_WEFL_NLF_2019.h5") as file:
        np.save(tmp_path / "s.npy", file["sen-2-data"][:20].astype(np.uint16))
        np.save(tmp_path / "m.npy", file["sen-2-masks"][:20].astype(np.uint8))
    first = dt.date(2019, 1, 3)
    dates = [first + dt.timedelta(days=10 * step) for step in range(20)]
    names = [f"S2A_MSIL1C_{date:%Y%m%d}T104431_N0207_R008_T32UMD_X.SAFE" for date in dates]
    (tmp_path / "d.txt").write_text("\n".join(names))
    pair = ["--aerial", aerial, "--series", tmp_path / "s.npy", "--dates", tmp_path / "d.txt"]
    pair += ["--masks", tmp_path / "m.npy", "--model", "tiny"]
    summary = answer("predict", *pair, "--steps", 1, "--out", tmp_path / "out")
    assert summary["crs"] == "EPSG:25832"
    assert any("Level-1C" in note for note in summary["notes"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["scenes", "--collection", "lcapp"], ["lcapp", "expected"]),
        (["scenes", "--at", "-1.5", "46"], ["no scene at -1.5, 46", "nearest", "km"]),
        (["scenes", "--crs", "EPSG:2154"], ["--at"]),
        (["predict", "--out", "o", "--model", "huge"], ["huge", "tiny"]),
        (["predict", "--out", "o", "--scene", "nowhere"], ["nowhere"]),
        (["predict", "--out", "o", "--steps", "0"], ["steps"]),
        (["predict", "--out", "README.md"], ["README.md"]),
        (["models", "--variant", "huge"], ["huge", "paper"]),
    ],
)
def test_a_mistake_gets_exit_code_2_and_one_line(
    arguments: list[str],
    words: list[str],
    treesat_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    if arguments[0] != "models" and "--collection" not in arguments:
        arguments = [*arguments, "--collection", str(treesat_folder)]
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1
    for word in words:
        assert word in told.err


def test_a_process_ends_with_the_code_and_light_verbs_do_not_import_torch(
    treesat_folder: Path,
) -> None:
    code = (
        "import sys; from lcapp.__main__ import main; "
        f"codes = main(['scenes', '--collection', {str(treesat_folder)!r}]), "
        "main(['scenes', '--collection', 'no/such/folder']); import lcapp.pipeline, lcapp.hub; "
        "sys.exit('torch' in sys.modules or codes != (0, 2))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4
    assert done.stderr.startswith("lcapp: no/such/folder: is no folder")
    assert lcapp("scenes", "--collection", "no/such/folder").returncode == 2
