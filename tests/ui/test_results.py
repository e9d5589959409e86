"""Results on disk: found again by their content, bounded, whole under several processes."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lcapp.errors import RunError
from lcapp.evaluate.spread import Spread
from lcapp.scene.collection import open_collection
from lcapp.types import Prediction
from lcapp.ui.session import cache, results
from lcapp.ui.session.results import LIMIT, entry, folder, keep, read
from lcapp.ui.session.work import runs
from tests.train.conftest import write_area
from tests.ui.pages import LONG, ROOT, told
from tests.ui.pages import runs as tasks_of_runs

SCENE = "D801_2021/Z1_NN/IMG_000010"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LCAPP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv(LIMIT, "100")
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("of_results") / "made"
    write_area(root, "train", "D801_2021", 1, 104, 1)
    return root


def spread(value: float, pixels: int = 4) -> Spread:
    year = np.full((12, 1, pixels, pixels), value, np.float32)
    return Spread(2, year, year)


def put(name: str, value: float, pixels: int = 4) -> Path:
    where = folder()
    assert where is not None
    keep(where / f"{name}.safetensors", spread(value, pixels), Spread, ())
    return where / f"{name}.safetensors"


def test_an_entry_follows_the_content_wherever_the_files_lie(made: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(made, tmp_path / "made"))
    here, there = open_collection(made), open_collection(copied)
    first = entry(here, SCENE, "run", "demo 1", "options")
    assert entry(there, SCENE, "run", "demo 1", "options") == first
    others = {
        entry(here, SCENE, "run", "demo 2", "options"),
        entry(here, SCENE, "run", "demo 1", "others"),
        entry(here, SCENE, "film", "demo 1", "options"),
    }
    image = next((copied / "flair_aerial_train").rglob("*.tif"))
    image.write_bytes(image.read_bytes() + b"\0")
    others.add(entry(open_collection(copied), SCENE, "run", "demo 1", "options"))
    assert len({first, *others}) == 5


def test_switched_off_or_without_a_place_nothing_is_kept(
    made: Path, monkeypatch: pytest.MonkeyPatch, own_cache: Path
) -> None:
    monkeypatch.setenv(LIMIT, "0")
    assert entry(open_collection(made), SCENE, "run") is None
    keep(None, spread(1.0), Spread, ())
    assert read(None, Spread, {}) is None
    assert not results.some()
    monkeypatch.setenv(LIMIT, "much")
    with pytest.raises(RunError, match="LCAPP_RESULTS_MB is 'much'"):
        folder()
    monkeypatch.setenv(LIMIT, "100")
    own_cache.write_text("a file where the folder should be")
    keep(own_cache / "results" / "one.safetensors", spread(1.0), Spread, ())  # says so in the log


def test_what_was_not_used_for_longest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = put("a", 1.0, 64), put("b", 2.0, 64)
    old = time.time() - 100
    os.utime(a, (old, old))
    os.utime(b, (old + 50, old + 50))
    assert read(a, Spread, {}).mean[0, 0, 0, 0] == 1.0  # now it is the younger one
    monkeypatch.setenv(LIMIT, str(2.5 * a.stat().st_size / 1e6))
    c = put("c", 3.0, 64)
    assert (a.exists(), b.exists(), c.exists()) == (True, False, True)
    assert read(b, Spread, {}) is None


def test_a_damaged_file_is_removed_and_made_anew() -> None:
    file = put("a", 1.0)
    whole = file.read_bytes()
    file.write_bytes(whole[:-8] + b"damaged!")
    assert read(file, Spread, {}) is None
    assert not file.exists()
    put("a", 1.0)
    assert (read(file, Spread, {}).mean == 1.0).all()


def _write_and_read(number: int) -> int:
    """How many whole values this process has read beside the other one."""
    where, whole = folder(), 0
    assert where is not None
    for turn in range(40):
        file = where / f"{(turn + number) % 5}.safetensors"
        keep(file, spread(float(turn), 32), Spread, ())
        found = read(where / f"{turn % 5}.safetensors", Spread, {})
        if found is not None:
            assert (found.mean == found.deviation).all()
            whole += 1
    return whole


def test_two_processes_share_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    size = put("0", 1.0, 32).stat().st_size
    monkeypatch.setenv(LIMIT, str(3.5 * size / 1e6))  # one of them evicts what the other reads
    script = "from tests.ui.test_results import _write_and_read; print(_write_and_read({}))"
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", script.format(number)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in (0, 2)
    ]
    whole = [int(process.communicate(timeout=LONG)[0].split()[-1]) for process in begun]
    assert min(whole) > 0
    where = folder()
    assert where is not None
    left = list(where.iterdir())
    assert {file.suffix for file in left} == {".safetensors"}
    assert sum(file.stat().st_size for file in left) <= 3.5 * size


def _script() -> None:
    from lcapp.ui.pages.explore import EXPLORE

    EXPLORE.show()


@pytest.mark.usefixtures("nothing_shared")
def test_after_a_restart_a_result_is_there_at_once(
    made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def shown(source: Path) -> AppTest:
        page = AppTest.from_function(_script, default_timeout=LONG)
        page.query_params["collection"] = str(source)
        page.query_params["model"] = "demo"
        return page.run()

    page = shown(made)
    page.button(key="explore_run").click().run()
    (task,) = tasks_of_runs()
    assert task.wait(LONG)
    first: Prediction = task.result

    def computed(*given: object, **named: object) -> None:
        raise AssertionError("it was computed again")

    monkeypatch.setattr(runs, "predict", computed)
    cache.tasks.clear()
    page = shown(made)
    assert page.button(key="explore_run").label == "Result is there"
    (task,) = tasks_of_runs()
    np.testing.assert_array_equal(
        task.result.land_cover.probabilities, first.land_cover.probabilities
    )
    # Prepared at home, opened elsewhere; another seed is another result.
    cache.tasks.clear()
    page = shown(Path(shutil.copytree(made, tmp_path / "made")))
    assert page.button(key="explore_run").label == "Result is there"
    page.number_input(key="explore_seed").set_value(5).run()
    assert page.button(key="explore_run").label == "Run"
    assert "did not foresee" not in told(page)
