"""One real scene and one simulated scene through the whole chain, with a small network."""

import json
import sys
import threading
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio

from lcapp.diffusion.config import SAMPLERS, Sampler
from lcapp.errors import Cancelled, RunError, SceneError
from lcapp.families.tsrdiff.model import TSRDiffModel, load
from lcapp.pipeline.outputs import save, summary
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import open_collection
from lcapp.scene.reader import SIMULATED
from lcapp.types import SERIES_ALONE, CloudRule, Prediction, Progress, Run, Scene
from tests.train.conftest import write_area

BETULA = "Betula_spec._1_15679"


@pytest.fixture(scope="module")
def bundle() -> TSRDiffModel:
    return load("tiny")


@pytest.fixture(scope="module")
def scene(treesat_folder: Path) -> Scene:
    return open_collection(treesat_folder).scene(BETULA)


@pytest.fixture(scope="module")
def prediction(scene: Scene, bundle: TSRDiffModel) -> Prediction:
    return predict(scene, bundle, Run("ddim", steps=3, seed=0, device="cpu"))


def test_a_real_scene_gives_a_map_on_the_aerial_grid(prediction: Prediction, scene: Scene) -> None:
    cover = prediction.land_cover
    assert cover.grid == scene.aerial.grid
    assert cover.probabilities.shape == (13, 304, 304)
    np.testing.assert_allclose(cover.probabilities.sum(0), 1, atol=1e-5)
    assert prediction.super_resolved.reflectance.shape == (12, 4, 38, 38)


def test_a_series_without_a_map_is_the_same_series(
    prediction: Prediction, scene: Scene, bundle: TSRDiffModel
) -> None:
    run = Run("ddim", steps=3, seed=0, device="cpu")
    alone = predict(scene, bundle, run, wanted=SERIES_ALONE)
    assert not alone.maps
    assert alone.explanation is None
    found, whole = alone.super_resolved, prediction.super_resolved
    np.testing.assert_array_equal(found.reflectance, whole.reflectance)


def test_each_present_month_is_denoised_in_each_step(prediction: Prediction) -> None:
    present = sum(month.present for month in prediction.super_resolved.months)
    assert 0 < present < 12
    assert prediction.record.evaluations == 3 * present


def test_absent_months_are_nan_and_present_ones_finite_and_different(
    prediction: Prediction,
) -> None:
    sr = prediction.super_resolved
    residuals = []
    for month, pixels, bicubic in zip(sr.months, sr.reflectance, sr.bicubic, strict=True):
        assert np.isfinite(pixels).all() == month.present
        assert np.isnan(pixels).all() != month.present
        if month.present:
            residuals.append(pixels - bicubic)
    # METHOD.md fault 2: a residual made for one epoch and given to all
    for one, other in pairwise(residuals):
        assert np.abs(one - other).max() > 1e-4


def test_the_residual_stays_within_its_bound(prediction: Prediction) -> None:
    sr = prediction.super_resolved
    residual = np.nanmax(np.abs(sr.reflectance - sr.bicubic), axis=(0, 2, 3))
    # +-0.5 of the scaled range: 0.075 in the visible, 0.15 in the near infrared (METHOD.md 4)
    assert (residual <= np.array([0.075, 0.075, 0.075, 0.15]) + 1e-6).all()


def test_the_same_seed_gives_the_same_bits_and_another_seed_another_series(
    prediction: Prediction, scene: Scene, bundle: TSRDiffModel
) -> None:
    again = predict(scene, bundle, Run("ddim", steps=3, seed=0, device="cpu"))
    other = predict(scene, bundle, Run("ddim", steps=3, seed=1, device="cpu"))
    np.testing.assert_array_equal(
        again.super_resolved.reflectance, prediction.super_resolved.reflectance
    )
    np.testing.assert_array_equal(
        again.land_cover.probabilities, prediction.land_cover.probabilities
    )
    difference = other.super_resolved.reflectance - prediction.super_resolved.reflectance
    assert np.nanmax(np.abs(difference)) > 1e-3


def test_micro_batches_change_the_result_by_rounding_only(
    scene: Scene, bundle: TSRDiffModel
) -> None:
    one = predict(scene, bundle, Run("ddim", steps=3, seed=0, device="cpu", micro_batch=1))
    twelve = predict(scene, bundle, Run("ddim", steps=3, seed=0, device="cpu", micro_batch=12))
    assert one.record.run.micro_batch == 1
    difference = one.super_resolved.reflectance - twelve.super_resolved.reflectance
    assert np.nanmax(np.abs(difference)) < 1e-4
    assert (one.land_cover.class_map != twelve.land_cover.class_map).mean() < 1e-3


def test_a_missing_height_band_is_set_to_neutral_and_said(prediction: Prediction) -> None:
    assert any("ndsm" in note and "neutral" in note for note in prediction.record.notes)


def test_the_weights_of_the_months_are_a_distribution_over_the_present_ones(
    prediction: Prediction,
) -> None:
    present = np.array([month.present for month in prediction.super_resolved.months])
    for weights in prediction.explanation.temporal_weights:
        np.testing.assert_allclose(weights.sum(0), 1, atol=1e-4)
        assert (weights[~present] == 0).all()


def test_attention_of_a_pixel_is_a_distribution_for_each_head(prediction: Prediction) -> None:
    attention = prediction.explanation.attention(row=200, col=17)
    assert sorted(attention.maps) == [3, 4, 5]
    for weights in attention.maps.values():
        np.testing.assert_allclose(weights.sum((1, 2)), 1, atol=1e-4)
    with pytest.raises(RunError, match="outside"):
        prediction.explanation.attention(row=304, col=0)


def test_progress_counts_up_to_its_total(scene: Scene, bundle: TSRDiffModel) -> None:
    seen: list[Progress] = []
    predict(scene, bundle, Run("ddim", steps=2, device="cpu"), on_step=seen.append)
    assert [one.done for one in seen] == list(range(1, 6))
    assert seen[-1].done == seen[-1].total


def test_cancel_stops_within_a_step_leaves_no_thread_and_the_next_run_works(
    scene: Scene, bundle: TSRDiffModel
) -> None:
    cancel = threading.Event()
    threads = set(threading.enumerate())
    seen: list[Progress] = []

    def cancel_in_the_third_step(progress: Progress) -> None:
        seen.append(progress)
        if progress.done == 5:
            cancel.set()

    with pytest.raises(Cancelled):
        predict(
            scene,
            bundle,
            Run("ddim", steps=10, device="cpu"),
            on_step=cancel_in_the_third_step,
            cancel=cancel,
        )
    assert len(seen) == 5
    assert set(threading.enumerate()) == threads
    assert predict(scene, bundle, Run("ddim", steps=1, device="cpu")).record.run.steps == 1


def test_on_a_cpu_the_networks_run_in_full_precision() -> None:
    import torch

    from lcapp.families.tsrdiff import run

    ones = torch.ones(2, 2)
    with run._mixed_precision(torch.device("cpu")):
        assert (ones @ ones).dtype == torch.float32


def test_a_sampler_of_ones_own_is_one_line_of_the_table(
    scene: Scene, bundle: TSRDiffModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks = []

    def straight(schedule: object, walk: tuple[int, ...], fresh: object) -> object:
        walks.append(walk)
        return lambda x0, x, k: x0

    monkeypatch.setitem(sys.modules, "samplers_of_mine", SimpleNamespace(straight=straight))
    monkeypatch.setitem(SAMPLERS, "straight", Sampler("x_0 again", "samplers_of_mine:straight"))
    found = predict(scene, bundle, Run("straight", steps=2, device="cpu"))
    assert [len(walk) for walk in walks] == [2]
    assert found.record.run.sampler == "straight"
    present = sum(month.present for month in found.super_resolved.months)
    assert found.record.evaluations == 2 * present


def test_the_networks_run_in_a_gpus_mixed_precision(
    scene: Scene, bundle: TSRDiffModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    # The same autocast on the CPU: types must fit everywhere, and answers come back as float32.
    monkeypatch.setattr(
        "lcapp.families.tsrdiff.run._mixed_precision",
        lambda _: torch.autocast("cpu", dtype=torch.bfloat16),
    )
    result = predict(scene, bundle, Run("dpm++", steps=2, device="cpu"))
    assert result.land_cover.probabilities.dtype == np.float32
    np.testing.assert_allclose(result.land_cover.probabilities.sum(0), 1, atol=1e-3)


@pytest.mark.parametrize("limit_mb", [0, 10])
def test_a_run_that_does_not_fit_is_refused_with_what_would(
    scene: Scene, bundle: TSRDiffModel, limit_mb: float
) -> None:
    with pytest.raises(RunError, match="memory"):
        predict(scene, bundle, Run("ddim", steps=2, device="cpu", memory_limit_mb=limit_mb))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sampler": "euler"}, "sampler"),
        ({"steps": 0}, "steps"),
        ({"steps": 10_000}, "steps"),
        ({"sampler": "ancestral", "steps": 10}, "all 500"),
        ({"device": "tpu"}, "device"),
        ({"micro_batch": 0}, "micro"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    scene: Scene, bundle: TSRDiffModel, options: dict[str, object], message: str
) -> None:
    with pytest.raises(RunError, match=message):
        predict(scene, bundle, Run(**{"device": "cpu", **options}))  # type: ignore[arg-type]


def test_no_clear_date_is_refused_with_the_clearest_one(scene: Scene, bundle: TSRDiffModel) -> None:
    with pytest.raises(SceneError, match="clear"):
        predict(scene, bundle, Run(device="cpu", rule=CloudRule(pixel_percent=-1.0)))


def test_the_simulated_scene_uses_its_height_band_and_says_it_is_simulated(
    tmp_path: Path, bundle: TSRDiffModel
) -> None:
    write_area(tmp_path, "train", "D001_2021", 1, 104, 1)
    (tmp_path / SIMULATED).touch()
    collection = open_collection(tmp_path)
    result = predict(
        collection.scene(collection.ids[0]), bundle, Run("ddim", steps=1, device="cpu")
    )
    assert result.record.simulated
    assert not any("neutral" in note for note in result.record.notes)
    assert result.land_cover.class_map.shape == (104, 104)
    assert result.super_resolved.reflectance.shape == (12, 4, 13, 13)


def test_four_files_are_written_with_the_right_georeference(
    prediction: Prediction, scene: Scene, tmp_path: Path
) -> None:
    files = save(prediction, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(files)
    west, south, east, north = scene.aerial.grid.bounds
    for name in ("landcover.tif", "confidence.tif"):
        with rasterio.open(files[name]) as raster:
            assert raster.crs.to_epsg() == 25832
            assert np.abs(np.array(raster.bounds) - (west, south, east, north)).max() < 0.01
            assert raster.tags()["trained"] == str(prediction.record.model.trained).lower()
    with rasterio.open(files["superres.tif"]) as raster:
        assert raster.res == pytest.approx((1.6, 1.6))
        assert raster.count == 48
    written = json.loads(files["summary.json"].read_text())
    assert written.pop("rasters") == ["landcover.tif", "confidence.tif", "superres.tif"]
    assert written == json.loads(json.dumps(summary(prediction)))
    assert sum(area["share"] for area in written["areas"].values()) == pytest.approx(1)


def test_the_same_prediction_is_written_as_the_same_bytes(
    prediction: Prediction, tmp_path: Path
) -> None:
    first, second = save(prediction, tmp_path / "a"), save(prediction, tmp_path / "b")
    for name in ("landcover.tif", "confidence.tif", "superres.tif"):
        assert first[name].read_bytes() == second[name].read_bytes()


def test_what_was_there_survives_a_failed_save(
    prediction: Prediction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    save(prediction, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def fails(path: Path, *_: object) -> None:
        raise RunError("no space to write it", where=path, advice="free some space")

    monkeypatch.setattr("lcapp.pipeline.outputs.write_superres", fails)
    with pytest.raises(RunError, match=f"^{out / 'superres.tif'}: no space"):
        save(prediction, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    with pytest.raises(RunError):
        save(prediction, tmp_path / "new")
    assert not (tmp_path / "new").exists()
