"""A simulated FLAIR-HUB patch through a published architecture with made-up weights."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import rasterio
from lcapp.families.flairhub.patches import aerial_bands, predict_patch, save
from safetensors.numpy import save_file

from lcapp.__main__ import main
from lcapp.classes import COSIA
from lcapp.errors import BundleError, SceneError
from lcapp.families.flairhub import file as flairhub
from lcapp.families.flairhub.inputs import inputs
from lcapp.families.flairhub.network import UPerFuse
from lcapp.families.flairhub.sizes import UPerFuseConfig
from lcapp.models.sizes import UTAEConfig
from lcapp.scene.collection import open_collection
from lcapp.simulate.formats.flairhub import simulate_flairhub
from tests.families.flairhub.test_network import MODELS, config_of

NAME = "FLAIR-HUB_LC-G_utae.safetensors"
LAND_COVER = "AERIAL_LABEL-COSIA"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate_flairhub(tmp_path_factory.mktemp("hub") / "flairhub")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory, oracles: Path) -> Path:
    """A file of LC-G's names and shapes, made by the recipe of the oracles."""
    tensors = {}
    for line in (oracles / "flairhub/keys_LC-G.txt").read_text().splitlines():
        name, shape, kind = line.split("\t")
        size = tuple(int(side) for side in shape.strip("()").split(",") if side.strip())
        if kind != "float32":
            tensors[name] = np.zeros(size, kind)
            continue
        z = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(size)
        z = z.astype("float32")
        if name.endswith("running_var"):
            tensors[name] = 1 + 0.1 * np.abs(z)
        elif name.endswith("running_mean"):
            tensors[name] = 0.05 * z
        elif name.endswith("weight") and z.ndim == 1:
            tensors[name] = 1 + 0.05 * z
        elif name.endswith("weight"):
            tensors[name] = z / np.sqrt(max(1, np.prod(size[1:]))).astype("float32")
        else:
            tensors[name] = 0.02 * z
    path = tmp_path_factory.mktemp("weights") / NAME
    save_file(tensors, path)
    return path


def test_a_patch_becomes_a_georeferenced_map_of_the_models_classes(
    folder: Path, weights: Path, tmp_path: Path
) -> None:
    collection = open_collection(folder)
    network = flairhub.load(weights)
    place = collection.scene(collection.ids[0], network.config.modalities)
    found = predict_patch(place, network, model=NAME, sha256="0" * 64, collection="hub")
    cover = found.maps[LAND_COVER]
    assert cover.probabilities.shape == (19, 512, 512)
    np.testing.assert_allclose(cover.probabilities.sum(0), 1, atol=1e-5)
    assert cover.table is COSIA
    assert found.record.modalities == ("SENTINEL2_TS",)
    assert found.record.aerial is None
    paths = save(found, tmp_path / "out")
    with rasterio.open(paths["landcover.tif"]) as written:
        assert written.crs.to_epsg() == 2154
        np.testing.assert_allclose(written.bounds, place.grid.bounds)
        assert written.tags()["simulated"] == "true"
        assert np.array_equal(written.read(1), cover.class_map)
    assert sorted(paths) == ["confidence.tif", "landcover.tif", "summary.json"]


def test_the_map_is_the_networks_own_answer(folder: Path, weights: Path) -> None:
    import torch

    collection = open_collection(folder)
    network = flairhub.load(weights)
    place = collection.scene(collection.ids[0])
    taken = inputs(place, network.config.modalities)
    logits = network({name: torch.from_numpy(values) for name, values in taken.items()})
    found = predict_patch(place, network, model=NAME, sha256="", collection="hub")
    expected = logits[LAND_COVER][0].argmax(0).numpy()
    assert np.array_equal(found.maps[LAND_COVER].class_map, expected)


def test_the_command_line_takes_a_published_file(
    folder: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["predict", "--collection", folder, "--model", weights, "--out", out]
    assert main([str(one) for one in arguments]) == 0
    summary = json.loads((out / "summary.json").read_text())
    assert summary["model"]["name"] == NAME
    assert len(summary["model"]["sha256"]) == 64
    assert sum(area["share"] for area in summary["areas"]["landcover"].values()) == pytest.approx(1)
    assert "The patch is simulated." in capsys.readouterr().out


def test_a_published_model_wants_a_flairhub_patch(
    weights: Path, tmp_path: Path, demo_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for chosen in ([], ["--collection", str(demo_folder)]):
        arguments = ["predict", *chosen, "--model", str(weights), "--out", str(tmp_path / "out")]
        assert main(arguments) == 2
        assert "FLAIR-HUB" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()


def test_a_patch_without_a_modality_of_the_model_is_refused(folder: Path, weights: Path) -> None:
    collection = open_collection(folder)
    place = collection.scene(collection.ids[0], ("SPOT_RGBI",))
    with pytest.raises(SceneError, match="SENTINEL2_TS"):
        predict_patch(place, flairhub.load(weights), model=NAME, sha256="", collection="hub")


def test_a_task_of_unknown_classes_is_refused(folder: Path) -> None:
    config = UPerFuseConfig(
        {}, {"SENTINEL2_TS": UTAEConfig(10, out_widths=(32, 7))}, {LAND_COVER: 7}
    )
    collection = open_collection(folder)
    place = collection.scene(collection.ids[0], ("SENTINEL2_TS",))
    with pytest.raises(BundleError, match="7 classes"):
        predict_patch(place, UPerFuse(config).eval(), model="x", sha256="", collection="hub")


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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["LC-L", "LPIS-I"])
def test_every_modality_reaches_the_largest_published_networks(folder: Path, name: str) -> None:
    """Their sizes with random weights: preparation and network agree on names and shapes."""
    modalities = next(listed for known, listed, _ in MODELS if known == name)
    network = UPerFuse(config_of(name, modalities)).eval()
    collection = open_collection(folder)
    place = collection.scene(collection.ids[0], network.config.modalities)
    found = predict_patch(place, network, model=name, sha256="", collection="hub")
    ((task, cover),) = found.maps.items()
    assert (task, len(cover.table)) == {
        "LC-L": ("AERIAL_LABEL-COSIA", 19),
        "LPIS-I": ("ALL_LABEL-LPIS", 23),
    }[name]
    assert cover.probabilities.shape == (len(cover.table), 512, 512)
    assert set(found.record.modalities) == set(modalities)
