"""What tests of the pages share: a process without tasks, and results that are computed once."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from lcapp.simulate.formats.flairhub import simulate_flairhub
from lcapp.types import Prediction
from lcapp.ui.session import cache
from lcapp.ui.session.work import runs
from tests.ui.sessions import started
from tests.ui.windows import chromium

_PREDICTED: dict[tuple[Any, ...], tuple[Any, Prediction]] = {}


@pytest.fixture(autouse=True)
def _computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first test that runs a model on a scene with some settings computes for the others."""
    predict = runs.predict

    def predicted(ready: Any, model: Any, run: Any, **watch: Any) -> Prediction:
        key = (id(ready), model.card.hash, run)  # kept with the result, so that it stays its own
        if key not in _PREDICTED:
            _PREDICTED[key] = (ready, predict(ready, model, run, **watch))
        return _PREDICTED[key][1]

    monkeypatch.setattr(runs, "predict", predicted)


@pytest.fixture
def nothing_shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No task of another test, and none left behind; what has been read stays."""
    monkeypatch.delenv("LCAPP_COLLECTION", raising=False)
    cache.tasks.clear()
    cache.downloads.clear()
    yield
    for thread in threading.enumerate():
        assert thread.name != "lcapp-task", "a task was left behind"


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated FLAIR-HUB region of one patch."""
    return simulate_flairhub(tmp_path_factory.mktemp("flairhub") / "region", cols=1)


@pytest.fixture(scope="session")
def app(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app on the demo scenes, started as a user starts it, once a worker."""
    with started(tmp_path_factory.mktemp("app") / "log") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real headless browser."""
    with chromium() as started:
        yield started
