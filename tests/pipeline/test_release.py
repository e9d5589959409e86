"""A bundle gets its name and the figures that an evaluation measured of it, and nothing else."""

import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from lcapp.errors import BundleError, RunError
from lcapp.families.door import locate
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.model import load
from lcapp.families.tsrdiff.weights import save
from lcapp.hub.config import bundle_hash, read_config
from lcapp.hub.held_out import HeldOut, held_out
from lcapp.pipeline.evaluation.choice import Method, Settings, chosen
from lcapp.pipeline.evaluation.result import Evaluation
from lcapp.pipeline.evaluation.run import evaluate
from lcapp.pipeline.release import release
from lcapp.scene.collection import open_collection
from tests.initial import SMALLEST
from tests.train.conftest import write_area

LICENCE = "CC-BY-4.0"


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three tiles of two domains, with labels."""
    root = tmp_path_factory.mktemp("scenes")
    write_area(root, "test", "D801_2021", 2, 104, 1)
    write_area(root, "train", "D802_2021", 1, 104, 2)
    return root


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that says that it was trained."""
    folder = tmp_path_factory.mktemp("run") / "bundle"
    figures = {"iterations": 4, "class_shares": {"water": 1.0}, "validation/miou": 0.9}
    described = replace(
        read_config(locate("tiny")),
        name="run",
        network=asdict(SMALLEST),
        trained=True,
        figures=figures,
    )
    save(folder, build(SMALLEST, seed=3), described)
    return folder


@pytest.fixture(scope="module")
def evaluated(trained: Path, scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("evaluated")
    run(scenes, out, Method("run", (trained,)))
    return out


def run(folder: Path, out: Path, *methods: Method, steps: tuple[int, ...] = (1, 2)) -> Evaluation:
    collection = open_collection(folder)
    settings = Settings("ddim", steps, (0,), 0)
    return evaluate(collection, chosen(collection, "all"), methods, settings, out)


def test_the_figures_are_those_of_the_evaluation_with_the_most_steps(
    trained: Path, evaluated: Path, scenes: Path, tmp_path: Path
) -> None:
    told = release(trained, evaluated, tmp_path / "demo", LICENCE)
    found = read_config(tmp_path / "demo")
    assert found == told
    assert (found.name, found.licence, found.trained) == ("demo", LICENCE, True)
    again = run(scenes, evaluated, Method("run", (trained,)))
    row = next(one for one in again.classes if (one.method, one.steps) == ("run", 2))
    figures = held_out(found.figures)
    assert figures is not None
    assert figures.miou == pytest.approx(row.miou.mean, abs=1e-4)
    assert figures.oa == pytest.approx(row.oa.mean, abs=1e-4)
    assert (figures.scenes, figures.domains, figures.steps) == (3, 2, 2)
    assert (figures.collection, figures.simulated) == (again.collection, again.simulated)
    # What the training measured to guide itself is gone; what it did stays.
    assert set(found.figures) == {"iterations", "class_shares", "held_out"}


def test_weights_sizes_and_inputs_stay(trained: Path, evaluated: Path, tmp_path: Path) -> None:
    release(trained, evaluated, tmp_path / "demo", LICENCE)
    before, after = load(trained), load(tmp_path / "demo")
    kept = after.network.state_dict()
    for name, value in before.network.state_dict().items():
        assert torch.equal(value, kept[name])
    same = {"name": "x", "licence": "x", "figures": {}}
    assert replace(before.config, **same) == replace(after.config, **same)


def test_an_evaluation_of_other_weights_is_refused(
    trained: Path, evaluated: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(trained, tmp_path / "other")
    save(other, build(SMALLEST, seed=4), read_config(trained))
    with pytest.raises(RunError, match=f"holds no records of the bundle {bundle_hash(other)}"):
        release(other, evaluated, tmp_path / "demo", LICENCE)
    assert not (tmp_path / "demo").exists()


def test_the_mean_over_several_trainings_is_refused_as_the_figure_of_one(
    trained: Path, scenes: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(trained, tmp_path / "other")
    save(other, build(SMALLEST, seed=4), read_config(trained))
    out = tmp_path / "evaluated"
    run(scenes, out, Method("run", (trained, other)), steps=(1,))
    with pytest.raises(RunError, match=r"no line for 'run' alone.*without NAME="):
        release(trained, out, tmp_path / "demo", LICENCE)


def test_initial_weights_are_not_released(evaluated: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="has initial weights"):
        release("tiny", evaluated, tmp_path / "demo", LICENCE)


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_an_evaluation_that_cannot_be_read_is_named(
    content: str, trained: Path, evaluated: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(evaluated, tmp_path / "broken")
    (folder / "evaluation.json").write_text(content)
    with pytest.raises(RunError, match=r"evaluation\.json: cannot be read"):
        release(trained, folder, tmp_path / "demo", LICENCE)


def test_figures_that_are_none_are_no_figures() -> None:
    config = read_config(locate("tiny"))
    assert held_out(config.figures) is None
    assert held_out({"held_out": {"miou": 0.5}}) is None
    told = HeldOut("c", True, 2, 1, "ddim", 10, 0.5, 0.6, None, 0.4)
    assert held_out(told.as_figures()) == told
