"""A joined model in the app: listed, run and shown like any other."""

import os
import shutil
from pathlib import Path

import pytest

from lcapp.classes import FLAIR2
from lcapp.families.family import FAMILIES
from lcapp.families.joined.write import write_joined
from tests.families.tiny import write_tiny
from tests.ui.pages import ended, explore, runs, told

pytestmark = pytest.mark.usefixtures("nothing_shared")


@pytest.fixture
def _late(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A network that denoises and one of the aerial image alone, and the two joined."""
    weights = tmp_path / "weights"
    shutil.copytree(Path(os.environ["LCAPP_WEIGHTS"]) / "demo", weights / "demo")
    monkeypatch.setitem(FAMILIES, "tiny", "tests.families.tiny")
    monkeypatch.setenv("LCAPP_WEIGHTS", str(weights))
    write_tiny(weights / "plain", FLAIR2)
    write_joined(weights / "late", [("plain", 0.7), ("demo", 0.3)])


@pytest.mark.usefixtures("_late")
def test_explore_runs_it_and_shows_its_map_and_no_months(demo_folder: Path) -> None:
    page = explore(model="late")
    assert any(one.startswith("late") for one in page.selectbox(key="explore_model").options)
    page.button(key="explore_run").click().run()
    ended(page, runs()[-1])
    assert not page.exception
    assert not page.error
    assert "of this place is sealed" in told(page)
    prediction = runs()[-1].result
    assert prediction.super_resolved is None
    assert prediction.record.evaluations > 0
    assert prediction.explanation is not None
