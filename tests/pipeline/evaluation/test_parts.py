"""Evaluations that are interrupted, taken up and shared come to the same numbers."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from lcapp.__main__ import main
from lcapp.classes import FLAIR2
from lcapp.errors import Cancelled, SceneError
from lcapp.families.family import FAMILIES
from lcapp.hub.bundle import write_bundle
from lcapp.hub.config import BundleConfig
from lcapp.pipeline.evaluation.choice import Method, Settings
from lcapp.pipeline.evaluation.result import MARKER
from lcapp.pipeline.evaluation.run import evaluate, evaluate_part
from lcapp.prepare import InputSpec
from lcapp.record import to_json
from lcapp.scene.collection import open_collection
from lcapp.types import Progress
from tests.families.tiny import TinySizes, build
from tests.train.conftest import write_area

SETTINGS = Settings(samples=0, seeds=(0,), device="cpu")
DOMAINS = 6


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Six domains of two tiles, and two networks of few weights."""
    root = tmp_path_factory.mktemp("parts")
    for seed in range(DOMAINS):
        write_area(root / "scenes", "test", f"D81{seed}_2021", 2, 104, seed + 1)
    spec = InputSpec()
    for seed in (0, 1):
        torch.manual_seed(seed)
        network = build(TinySizes(), len(spec.aerial_bands), len(FLAIR2))
        described = BundleConfig(
            *(f"tiny{seed}", "tiny", asdict(TinySizes()), spec, FLAIR2.name, None, True),
            *("None.", "CC0-1.0", {}, "tiny"),
        )
        write_bundle(root / f"tiny{seed}", network.state_dict(), described)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FAMILIES, "tiny", "tests.families.tiny")
        yield root


@pytest.fixture(scope="module")
def methods(root: Path) -> list[Method]:
    return [Method(f"tiny{seed}", (root / f"tiny{seed}",)) for seed in (0, 1)]


@pytest.fixture(scope="module")
def once(root: Path, methods: list[Method], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an evaluation in one go."""
    out = tmp_path_factory.mktemp("once")
    collection = open_collection(root / "scenes")
    evaluate(collection, collection.ids, methods, SETTINGS, out)
    return out


def files(out: Path) -> dict[str, bytes]:
    """All that an evaluation leaves, by name."""
    return {str(one.relative_to(out)): one.read_bytes() for one in out.rglob("*") if one.is_file()}


def test_interrupted_again_and_again_it_comes_to_the_same_numbers(
    root: Path, methods: list[Method], once: Path, tmp_path: Path
) -> None:
    collection = open_collection(root / "scenes")
    out, interruptions = tmp_path / "out", 0
    while not (out / MARKER).exists():
        cancel = threading.Event()
        begun = len(list(out.rglob("*IMG_*.json")))

        def stop(_: Progress, begun: int = begun, cancel: threading.Event = cancel) -> None:
            if len(list(out.rglob("*IMG_*.json"))) >= begun + 5:
                cancel.set()

        try:
            evaluate(collection, collection.ids, methods, SETTINGS, out, stop, cancel=cancel)
        except Cancelled:
            interruptions += 1
        assert interruptions < 20
    assert interruptions >= 1
    assert files(out) == files(once)


def test_two_processes_come_to_the_same_as_one(
    root: Path, methods: list[Method], once: Path, tmp_path: Path
) -> None:
    """Side by side, each a process of its own; the third call makes the tables alone."""
    script = (
        "import sys; from lcapp.families.family import FAMILIES; "
        "FAMILIES['tiny'] = 'tests.families.tiny'; "
        "from lcapp.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    named = [f"tiny{seed}={root / f'tiny{seed}'}" for seed in (0, 1)]
    asked = ["evaluate", "--collection", str(root / "scenes"), "--model", *named]
    asked += ["--samples", "0", "--seeds", "0", "--device", "cpu", "--out", str(tmp_path / "out")]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, *asked, "--part", f"{rank}/2"],
            env={**os.environ, "PYTHONPATH": os.getcwd()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    for rank, one in enumerate(running):
        out, err = one.communicate()
        assert one.returncode == 0, err
        assert f"part {rank} of 2 is done" in out
    records = {name for name in files(tmp_path / "out") if name.endswith(".json")}
    assert len(records) == 2 * 2 * DOMAINS
    assert MARKER not in records
    stamps = {one: one.stat().st_mtime_ns for one in (tmp_path / "out").rglob("*IMG*.json")}
    assert main(asked) == 0
    assert {one: one.stat().st_mtime_ns for one in stamps} == stamps
    assert files(tmp_path / "out") == files(once)


def test_a_part_holds_its_own_scenes_alone(
    root: Path, methods: list[Method], tmp_path: Path
) -> None:
    collection = open_collection(root / "scenes")
    told: list[Progress] = []
    evaluate_part(collection, collection.ids, methods[:1], SETTINGS, tmp_path, (1, 3), told.append)
    found = sorted(one.stem.replace("__", "/") for one in tmp_path.rglob("*IMG*.json"))
    assert found == sorted(collection.ids[1::3])
    assert told[-1].done == told[-1].total


@pytest.mark.parametrize("text", ["2/2", "a/b", "1", "-1/2"])
def test_a_part_that_there_is_not_is_refused(
    text: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--collection", str(root / "scenes"), "--out", str(tmp_path / "out"))
    assert main(["evaluate", *asked, f"--part={text}"]) == 2
    assert "expected RANK/PROCESSES" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_and_one_without_labels_are_refused_as_such(
    root: Path, methods: list[Method], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SceneError, match="empty"):
        open_collection(tmp_path / "empty")
    write_area(tmp_path / "bare", "test", "D811_2021", 1, 104, 1)
    for one in (tmp_path / "bare").rglob("MSK_*.tif"):
        one.unlink()
    collection = open_collection(tmp_path / "bare")
    with pytest.raises(SceneError, match="there is nothing to compare: no scene has labels"):
        evaluate(collection, collection.ids, methods, SETTINGS, tmp_path / "out")
    assert not (tmp_path / "out" / MARKER).exists()


def test_intervals_and_all_other_figures_are_in_the_file_as_they_were_found(once: Path) -> None:
    from lcapp.pipeline.evaluation.result import read_evaluation

    found = read_evaluation(once)
    assert found is not None
    assert json.loads((once / MARKER).read_text()) == json.loads(json.dumps(to_json(found)))
    assert all(row.miou.low is not None for row in found.classes)
    (miou,) = (one for one in found.differences if one.figure == "miou" and one.less == "tiny1")
    assert miou.scenes_low is not None
    assert miou.low is not None
    assert miou.nested_low is None  # one training each
