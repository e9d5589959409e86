"""Models joined to one: the values against NumPy, every door, and what cannot be joined."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch

from lcapp.__main__ import main
from lcapp.classes import COSIA, FLAIR2
from lcapp.diffusion.config import DiffusionConfig
from lcapp.errors import BundleError, LcappError, RunError
from lcapp.families.classifier.network import build as classifier
from lcapp.families.classifier.sizes import BranchesConfig, ClassifierConfig
from lcapp.families.door import cards, open_card, open_model, push
from lcapp.families.joined.mean import joined, logarithms
from lcapp.families.joined.write import write_joined
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.sizes import with_options
from lcapp.hub.bundle import write_bundle
from lcapp.hub.config import BundleConfig, read_config
from lcapp.pipeline.evaluation.scene import _arrays
from lcapp.pipeline.predict import predict
from lcapp.pipeline.release import release
from lcapp.pipeline.zone.run import predict_zone
from lcapp.prepare import InputSpec
from lcapp.scene.collection import open_collection
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.scene.zone.image import open_zone
from lcapp.types import CloudRule, Run, Scene
from tests.initial import SMALLEST
from tests.train.conftest import write_area

RUN = Run("ddim", steps=2, device="cpu")
SCENE = "D012_2021/Z1_NN/IMG_000010"


def write_model(path: Path, seed: int, fusion: str = "", classes: str = FLAIR2.name) -> None:
    """A bundle of initial weights whose scores are small, so that no chance is 0 or 1."""
    count = len(COSIA if classes == COSIA.name else FLAIR2)
    sizes = replace(with_options(SMALLEST, fusion=fusion or None), classes=count)
    network = build(sizes, seed, training_parts=False)
    scores = network.hr_decoder.scores
    if not fusion:
        sizes = ClassifierConfig((BranchesConfig(hr=sizes.hr),), count)
        network = classifier(sizes, seed)
        scores = network.members[0].image.decode.scores
    with torch.no_grad():
        scores.weight *= 0.02
    config = BundleConfig(
        *(path.name, "smallest", asdict(sizes), InputSpec(), classes),
        *(DiffusionConfig() if fusion else None, not fusion, "Initial weights.", "CC0-1.0", {}),
        architecture="tsrdiff" if fusion else "maxvit",
    )
    write_bundle(path, network.state_dict(), config)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the series, two of the aerial image, one of other classes."""
    folder = tmp_path_factory.mktemp("joined") / "weights"
    write_model(folder / "series", 1, "attention")
    write_model(folder / "aerial", 2)
    write_model(folder / "other-seed", 3)
    write_model(folder / "hub-classes", 2, classes=COSIA.name)
    return folder


@pytest.fixture(autouse=True)
def _in_weights(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LCAPP_WEIGHTS", str(weights))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("scenes")
    write_area(root, "test", "D012_2021", 2, 104, 1)
    return root


@pytest.fixture(scope="module")
def scene(folder: Path) -> Scene:
    return open_collection(folder).scene(SCENE)


def chances(scene: Scene, name: str | Path) -> np.ndarray:
    """K H W in float64."""
    found = predict(scene, open_model(name), RUN).land_cover.probabilities
    return found.astype(np.float64)


def test_the_geometric_mean_is_that_of_numpy(scene: Scene, tmp_path: Path) -> None:
    write_joined(tmp_path / "late", [("aerial", 0.7), ("series", 0.3)])
    product = chances(scene, "aerial") ** 0.7 * chances(scene, "series") ** 0.3
    found = chances(scene, tmp_path / "late")
    np.testing.assert_allclose(found, product / product.sum(0), atol=2e-6)
    assert np.abs(found - chances(scene, "aerial")).max() > 0.01


def test_weights_are_made_to_sum_one_and_the_plain_mean_is_plain(
    scene: Scene, tmp_path: Path
) -> None:
    members = ["aerial", "series", "other-seed"]
    write_joined(tmp_path / "mean", [(name, 5.0) for name in members], "mean")
    wanted = np.mean([chances(scene, name) for name in members], axis=0)
    np.testing.assert_allclose(chances(scene, tmp_path / "mean"), wanted, atol=2e-6)


@pytest.mark.parametrize("rule", ["geometric", "mean"])
def test_a_joined_pixel_worked_out_by_hand(rule: str) -> None:
    one, other = np.array([0.8, 0.1, 0.1]), np.array([0.2, 0.5, 0.3])
    logs = [np.log(each).astype(np.float32)[:, None, None] for each in (one, other)]
    found = np.exp(logarithms(joined(logs, (0.75, 0.25), rule)))[:, 0, 0]
    by_hand = {
        "mean": [0.65, 0.2, 0.15],
        "geometric": np.array([0.565685, 0.149535, 0.131607]) / 0.846827,
    }
    np.testing.assert_allclose(found, by_hand[rule], atol=1e-5)


def test_logarithms_of_far_apart_logits_are_numbers() -> None:
    found = logarithms(np.array([[[1e4]], [[-1e4]]], np.float32))
    assert np.isfinite(found).all()
    assert found[0, 0, 0] == 0


def test_the_map_without_the_series_is_joined_of_those_without(
    scene: Scene, tmp_path: Path
) -> None:
    write_joined(tmp_path / "late", [("aerial", 0.7), ("series", 0.3)])
    told = predict(scene, open_model("series"), RUN).explanation
    product = chances(scene, "aerial") ** 0.7
    product *= told.without_series.probabilities.astype(np.float64) ** 0.3
    found = predict(scene, open_model(tmp_path / "late"), RUN)
    alone = found.explanation.without_series.probabilities
    np.testing.assert_allclose(alone, product / product.sum(0), atol=2e-6)
    assert found.super_resolved is None
    assert found.record.evaluations > 0


def test_the_catalogue_lists_it_with_what_all_members_read(weights: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(weights, tmp_path / "weights"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LCAPP_WEIGHTS", str(copied))
        told = write_joined(copied / "late", [("aerial", 0.7), ("series", 0.3)])
        card = cards()["late"]
        assert card == replace(told, hash="")
        assert card.options == open_card("series").options
        assert card.reads == open_card("series").reads
        assert card.trained is False  # one of them is not
        assert "aerial (0.7), series (0.3)" in card.provenance
        whole, _ = open_model("late").parameters()
        assert whole == sum(open_model(name).parameters()[0] for name in ("aerial", "series"))
        # The whole folder may move: members are found from the bundle's folder on.
        moved = Path(shutil.move(copied, tmp_path / "moved"))
        patch.setenv("LCAPP_WEIGHTS", str(moved))
        open_model("late").load()


def test_the_scene_of_each_member_tells_one_scene_from_another(
    folder: Path, tmp_path: Path
) -> None:
    write_joined(tmp_path / "late", [("aerial", 0.7), ("series", 0.3)])
    model, collection = open_model(tmp_path / "late"), open_collection(folder)
    one, other = (
        list(_arrays(model.prepare(collection.scene(each), CloudRule()))) for each in collection.ids
    )
    assert len(one) == len(other) > 2
    assert not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def test_it_goes_through_zone(scene: Scene, tmp_path: Path) -> None:
    """One window: the maps are those of the window as a scene."""
    bands = [scene.aerial.bands.index(band) for band in ("red", "green", "blue", "nir")]
    write_geotiff(tmp_path / "a.tif", scene.aerial.pixels[bands], scene.aerial.grid)
    series = scene.sentinel2
    bands = [series.bands.index(band) for band in ("B4", "B3", "B2", "B8")]
    np.save(tmp_path / "a.npy", series.values[:, bands].astype(np.float32))
    (tmp_path / "a.txt").write_text("\n".join(date.isoformat() for date in series.dates))
    zone = open_zone(tmp_path / "a.tif", tmp_path / "a.npy", tmp_path / "a.txt")
    write_joined(tmp_path / "late", [("aerial", 0.7), ("series", 0.3)])
    model, run = open_model(tmp_path / "late"), replace(RUN, micro_batch=4)
    predict_zone(zone, model, tmp_path / "out", run)
    window = zone.scene(slice(0, 104), slice(0, 104), (*model.card.reads,))
    wanted = predict(window, model, run).land_cover.class_map
    with rasterio.open(tmp_path / "out" / "landcover.tif") as dataset:
        assert (dataset.read(1) == wanted).mean() > 0.999
        assert len(np.unique(wanted)) > 1


def test_the_command_joins_and_evaluate_takes_it_as_any_other(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("aerial=0.7", "other-seed=0.3", "--out", str(tmp_path / "late"))
    assert main(["join", *options]) == 0
    assert "aerial (0.7), other-seed (0.3)" in capsys.readouterr().out
    asked = ("--collection", folder, "--model", tmp_path / "late", "aerial", "--samples", 0)
    asked += ("--device", "cpu", "--out", tmp_path / "out", "--json")
    assert main(["evaluate", *map(str, asked)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["method"] for row in found["classes"]] == ["late", "aerial", "majority class"]
    assert main(["join", "aerial=0.7", "series=0.3", "--rule", "best", "--out", "x"]) == 2
    assert "rule is 'best'" in capsys.readouterr().err


def test_other_class_tables_are_refused_with_both_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"aerial has the classes flair2.*hub-classes cosia"):
        write_joined(tmp_path / "late", [("aerial", 0.7), ("hub-classes", 0.3)])
    assert not (tmp_path / "late").exists()


def test_a_member_that_was_exchanged_or_has_gone_is_refused(weights: Path, tmp_path: Path) -> None:
    for name in ("aerial", "other-seed"):
        shutil.copytree(weights / name, tmp_path / name)
    write_joined(tmp_path / "late", [(tmp_path / "aerial", 1), (tmp_path / "other-seed", 1)])
    shutil.rmtree(tmp_path / "aerial")
    with pytest.raises(BundleError, match=r"member \.\./aerial is not on this computer"):
        open_card(tmp_path / "late")
    shutil.copytree(weights / "series", tmp_path / "aerial")
    with pytest.raises(BundleError, match="is another one now"):
        open_model(tmp_path / "late")


@pytest.mark.parametrize(
    ("members", "error", "said"),
    [
        ([("aerial", 1.0)], RunError, "1 models are joined"),
        ([("aerial", 0.0), ("series", 0.0)], RunError, "no model has a weight"),
        ([("aerial", -1.0), ("series", 1.0)], RunError, "weight is -1"),
        ([("aerial", 1.0), ("aerial", 1.0)], RunError, "named twice"),
        ([("aerial", 1.0), ("nobody", 1.0)], BundleError, "there is no bundle 'nobody'"),
    ],
)
def test_what_cannot_be_joined_is_said(
    members: list[tuple[str, float]], error: type[LcappError], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=said):
        write_joined(tmp_path / "late", members)
    assert not (tmp_path / "late").exists()


def test_a_joined_model_is_no_member(tmp_path: Path) -> None:
    write_joined(tmp_path / "late", [("aerial", 1), ("series", 1)])
    with pytest.raises(BundleError, match="is joined itself"):
        write_joined(tmp_path / "more", [(tmp_path / "late", 1), ("other-seed", 1)])
    described = json.loads((tmp_path / "late/config.json").read_text())
    described["network"]["members"][0]["model"] = "../late"
    (tmp_path / "late/config.json").write_text(json.dumps(described))
    with pytest.raises(BundleError, match=r"member \.\./late is joined itself"):
        open_card(tmp_path / "late")
    assert read_config(tmp_path / "late").architecture == "joined"


def test_a_description_that_names_no_weights_is_refused(tmp_path: Path) -> None:
    write_joined(tmp_path / "late", [("aerial", 1), ("series", 1)])
    described = json.loads((tmp_path / "late/config.json").read_text())
    described["network"]["members"] = described["network"]["members"][:1]
    (tmp_path / "late/config.json").write_text(json.dumps(described))
    with pytest.raises(BundleError, match="1 models are joined"):
        open_card(tmp_path / "late")


def test_it_is_neither_pushed_nor_released_without_its_members(tmp_path: Path) -> None:
    write_joined(tmp_path / "late", [("aerial", 1), ("other-seed", 1)])
    with pytest.raises(BundleError, match=r"where they lie.*push its members"):
        push(tmp_path / "late", "user/late")
    with pytest.raises(BundleError, match=r"where they lie.*join them in the new place"):
        release(tmp_path / "late", tmp_path, tmp_path / "out", "CC0-1.0")
