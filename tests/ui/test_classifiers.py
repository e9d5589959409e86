"""The methods of the comparison are models of the app like any other."""

from dataclasses import asdict
from pathlib import Path

import pytest

from lcapp.classes import FLAIR2
from lcapp.families.classifier.network import build
from lcapp.families.classifier.sizes import VARIANTS
from lcapp.hub.bundle import write_bundle
from lcapp.hub.config import BundleConfig
from lcapp.prepare.inputs import InputSpec
from tests.scene.roi import write_roi
from tests.ui.pages import ended, explore, models, runs, told

pytestmark = pytest.mark.usefixtures("nothing_shared")

CONTROLS = ("sampler", "steps", "seed", "guide", "noise")


@pytest.fixture(autouse=True)
def _weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A bundle of each, of initial weights."""
    for name, variants in VARIANTS.items():
        network = build(variants["demo"], seed=0)
        config = BundleConfig(
            *(name, "demo", asdict(network.config), InputSpec(), FLAIR2.name, None),
            *(False, "Initial weights.", "none needed", {}, name),
        )
        write_bundle(tmp_path / "weights" / name, network.state_dict(), config)
    monkeypatch.setenv("LCAPP_WEIGHTS", str(tmp_path / "weights"))


def test_each_is_listed_with_what_it_reads() -> None:
    page = models(part="On this computer")
    assert not page.exception
    for name in VARIANTS:
        assert name in told(page)


def test_one_that_reads_a_series_without_denoising_has_no_settings_of_a_denoiser(
    demo_folder: Path,
) -> None:
    page = explore(model="u-tt")
    assert not page.exception
    assert page.selectbox(key="explore_model").value == "u-tt"
    widgets = {
        one.key
        for kind in ("slider", "segmented_control", "number_input")
        for one in page.get(kind)
    }
    assert not {f"explore_{name}" for name in CONTROLS} & widgets
    page.button(key="explore_run").click().run()
    ended(page)
    assert not page.exception
    assert not page.error
    assert "Time" in {one.label for one in page.metric}
    (task,) = runs()
    assert task.result.record.model.family == "u-tt"


def test_where_there_is_no_series_only_those_of_the_image_can_run(tmp_path: Path) -> None:
    write_roi(tmp_path / "aerial", 1, 1, ("AERIAL_RGBI",))
    page = explore(collection=str(tmp_path / "aerial"))
    lacking = {name: sizes["demo"].reads_series for name, sizes in VARIANTS.items()}
    assert page.selectbox(key="explore_model").options == [
        f"{name} (not trained){': the scene has no SENTINEL2_TS' * lacking[name]}"
        for name in sorted(VARIANTS)
    ]
