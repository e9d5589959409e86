"""IGN's models, with made-up weights, on scenes of every kind, through the door of all models."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from affine import Affine

from lcapp.__main__ import main
from lcapp.classes import COSIA, LPIS1
from lcapp.errors import BundleError, NoClearDate, SceneError
from lcapp.families.door import open_card, open_model
from lcapp.families.flairhub.contents import Contents
from lcapp.families.flairhub.inputs import inputs
from lcapp.families.flairhub.model import aerial_bands, card_of
from lcapp.families.flairhub.network import UPerFuse
from lcapp.families.flairhub.sizes import UPerFuseConfig
from lcapp.hub.transport.cache import sha256_of
from lcapp.models.sizes import SwinConfig, UTAEConfig
from lcapp.pipeline.outputs import save
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import open_collection
from lcapp.sensors import AERIAL, LAND_COVER, SENTINEL2, SPECTRAL_AERIAL_BANDS, SPOT
from lcapp.simulate.formats.flairhub import simulate_flairhub
from lcapp.types import Grid, Image, Run, Scene
from tests.families.flairhub.made import LC_A, LC_G, Made, small_config, write_published
from tests.families.flairhub.test_network import MODELS
from tests.scenes import scene_of

CPU = Run(device="cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate_flairhub(tmp_path_factory.mktemp("hub") / "flairhub", cols=1)


@pytest.fixture(scope="module")
def patch(folder: Path) -> Scene:
    collection = open_collection(folder)
    return collection.scene(collection.ids[0])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model of the aerial image, LC-G in its own sizes, and one of land cover and crops."""
    there = tmp_path_factory.mktemp("weights")
    return {
        "LC-A": write_published(there / LC_A, small_config("LC-A", [AERIAL])),
        "LC-G": write_published(there / LC_G, small_config("LC-G", [SENTINEL2])),
        "both": write_published(there / "both.safetensors", small_config("both", [SENTINEL2])),
    }


@pytest.mark.parametrize(("kind", "side"), [("treesat_folder", 304), ("demo_folder", 512)])
def test_a_model_of_the_aerial_image_maps_any_aerial_image(
    kind: str, side: int, files: dict[str, Path], request: pytest.FixtureRequest
) -> None:
    collection, model = open_collection(request.getfixturevalue(kind)), open_model(files["LC-A"])
    scene = collection.scene(collection.ids[0], model.card.reads)
    found = predict(scene, model, CPU)
    cover = found.land_cover
    assert (cover.grid, cover.table) == (scene.aerial.grid, COSIA)
    assert cover.probabilities.shape == (19, side, side)
    np.testing.assert_allclose(cover.probabilities.sum(0), 1, atol=1e-5)
    taken = inputs(scene, (AERIAL,))[AERIAL]
    padded = np.pad(taken, ((0, 0), (0, 0), (0, 512 - side), (0, 512 - side)))
    with torch.inference_mode():
        logits = model.network({AERIAL: torch.from_numpy(padded)})[LAND_COVER]
    expected = logits[0, :, :side, :side].argmax(0).numpy()
    np.testing.assert_array_equal(cover.class_map, expected)
    assert (found.super_resolved, found.explanation) == (None, None)
    assert (found.record.evaluations, found.record.simulated) == (0, kind == "demo_folder")


def test_a_scene_larger_than_its_window_is_a_zone(files: dict[str, Path]) -> None:
    grid = Grid("EPSG:2154", Affine(0.2, 0, 0, 0, -0.2, 0), 300, 513)
    image = Image(np.ones((4, 300, 513), np.uint8), SPECTRAL_AERIAL_BANDS, grid)
    with pytest.raises(SceneError, match=r"has 300 x 513 pixels; .* 512 x 512 .*lcapp zone"):
        predict(scene_of("wide", image), open_model(files["LC-A"]), CPU)


def test_crops_and_land_cover_of_one_model_are_a_map_each(
    files: dict[str, Path], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ("predict", "--collection", folder, "--model", files["both"], "--out", out)
    assert main([*map(str, arguments), "--device", "cpu", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    names = ["confidence.tif", "crops.tif", "crops_confidence.tif", "landcover.tif", "summary.json"]
    assert sorted(one.name for one in out.iterdir()) == names
    for name, table, areas in (
        ("landcover", COSIA, told["areas"]),
        ("crops", LPIS1, told["further_areas"]["crops"]),
    ):
        with rasterio.open(out / f"{name}.tif") as dataset:
            classes = dataset.read(1)
            assert dataset.tags()["class_1"] == table.classes[1].en
        shares = {one.en: (classes == i).mean() for i, one in enumerate(table.classes)}
        assert {name: area["share"] for name, area in areas.items()} == pytest.approx(shares)


def test_a_patch_becomes_a_georeferenced_map_that_says_where_it_comes_from(
    patch: Scene, files: dict[str, Path], tmp_path: Path
) -> None:
    model = open_model(files["LC-G"])
    found = predict(patch, model, CPU)
    cover = found.land_cover
    taken = inputs(patch, (SENTINEL2,))
    with torch.inference_mode():
        logits = model.network({name: torch.from_numpy(one) for name, one in taken.items()})
    np.testing.assert_array_equal(cover.class_map, logits[LAND_COVER][0].argmax(0).numpy())
    assert (found.record.model.reads, found.record.model.options) == ((SENTINEL2,), ())
    paths = save(found, tmp_path / "out")
    with rasterio.open(paths["landcover.tif"]) as written:
        assert written.crs.to_epsg() == 2154
        np.testing.assert_allclose(written.bounds, patch.grid.bounds)
        tags = written.tags()
        assert (tags["simulated"], tags["bundle"]) == ("true", LC_G.removesuffix(".safetensors"))
        assert tags["bundle_hash"] == sha256_of(files["LC-G"])
        assert np.array_equal(written.read(1), cover.class_map)
    assert sorted(paths) == ["confidence.tif", "landcover.tif", "summary.json"]


def test_a_published_model_is_evaluated_against_labels(
    folder: Path, files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("evaluate", "--collection", folder, "--split", "all", "--model", files["LC-G"])
    arguments += ("--samples", 0, "--device", "cpu", "--out", tmp_path / "out", "--json")
    assert main(list(map(str, arguments))) == 0
    told = json.loads(capsys.readouterr().out)
    own, majority = told["classes"]
    assert (own["method"], own["steps"], own["runs"]) == ("FLAIR-HUB_LC-G_utae", None, 1)
    assert own["parameters"] == pytest.approx(0.9e6, rel=0.06)
    assert np.sum(own["confusion"]) == np.sum(majority["confusion"]) > 0.9 * 512**2
    assert (told["table"], told["series"], told["untrained"]) == ("cosia", [], [])


def test_no_clear_date_is_told_from_a_broken_scene(patch: Scene, files: dict[str, Path]) -> None:
    series = patch.series[SENTINEL2]
    white = replace(series, snow=np.full_like(series.snow, 100))
    with pytest.raises(NoClearDate, match="SENTINEL2_TS has no clear date"):
        predict(replace(patch, series={SENTINEL2: white}), open_model(files["LC-G"]), CPU)


def test_a_card_says_what_is_missing_and_the_scene_is_refused(
    patch: Scene, files: dict[str, Path]
) -> None:
    card = open_card(files["LC-G"])
    assert card.lacks({AERIAL, "SPOT_RGBI"}) == "the scene has no SENTINEL2_TS"
    assert card.lacks(patch.holds) is None
    with pytest.raises(SceneError, match="there is no SENTINEL2_TS"):
        predict(patch.only(["SPOT_RGBI"]), open_model(files["LC-G"]), CPU)


def test_a_task_of_unknown_classes_is_refused(tmp_path: Path) -> None:
    config = UPerFuseConfig({}, {SENTINEL2: UTAEConfig(10, out_widths=(32, 7))}, {LAND_COVER: 7})
    file = write_published(tmp_path / "x.safetensors", config)
    for door in (open_card, open_model):
        with pytest.raises(BundleError, match="AERIAL_LABEL-COSIA with 7 classes; expected"):
            door(file)


@pytest.mark.parametrize(
    ("name", "bands"),
    [
        ("FLAIR-HUB_LC-A_RGB_swinbase-upernet.safetensors", "RGB"),
        ("FLAIR-HUB_LC-A_IR_swinbase-upernet.safetensors", "IR"),
        ("FLAIR-HUB_LPIS-J_swinbase-upernet.safetensors", "IR"),
    ],
)
def test_the_name_of_a_model_tells_its_aerial_bands(name: str, bands: str) -> None:
    assert aerial_bands(name) == bands


@pytest.mark.parametrize(("name", "map_name"), [("LC-L", "landcover"), ("LPIS-I", "crops")])
def test_every_modality_reaches_the_largest_published_networks(
    patch: Scene, name: str, map_name: str
) -> None:
    """Preparation and network agree on names and shapes."""
    modalities = next(listed for known, listed, _ in MODELS if known == name)
    model = Made(UPerFuse(small_config(name, modalities)).eval(), f"{name}.safetensors")
    found = predict(patch.only(modalities), model, CPU)
    ((told, cover),) = found.maps.items()
    assert (told, cover.table) == (map_name, {"landcover": COSIA, "crops": LPIS1}[map_name])
    assert cover.probabilities.shape == (len(cover.table), 512, 512)
    assert set(found.record.model.reads) == set(modalities)


def test_a_task_that_is_unknown_is_refused_beside_a_known_one() -> None:
    config = UPerFuseConfig({AERIAL: SwinConfig()}, {}, {LAND_COVER: 19, "ALL_LABEL-SOIL": 3})
    with pytest.raises(BundleError, match="predicts ALL_LABEL-SOIL with 3 classes"):
        card_of(Path("soil.safetensors"), Contents(config, {}, 0))


def test_spot_without_pixels_is_its_mean_to_the_network_and_no_class_where_it_is_alone(
    patch: Scene,
) -> None:
    gap = np.ones((64, 64), bool)
    gap[:10] = False
    image = patch.images[SPOT]
    spoilt = replace(image, pixels=np.where(gap, image.pixels, 0), seen=gap)
    scene = replace(patch, images={**patch.images, SPOT: spoilt})
    for modalities in ([SPOT], [AERIAL, SPOT]):
        network = UPerFuse(small_config("LC-C", modalities), published=True).eval()
        model, reads = Made(network), scene.only(modalities)
        taken = model.prepare(reads, CPU.rule).taken[SPOT]
        assert (taken[..., :10, :] == 0).all()
        assert (taken[..., 10:, :] == inputs(patch, [SPOT])[SPOT][..., 10:, :]).all()
        assert (reads.seen is None) == (AERIAL in modalities)
        if AERIAL not in modalities:
            assert (~reads.seen[:80]).all()
            assert reads.seen[80:].all()
