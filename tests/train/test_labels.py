"""Labels are looked through before training begins: all scenes, counted and named."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lcapp.classes import FLAIR2
from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.train.config import DataConfig, MachineConfig, TrainConfig
from lcapp.train.data.labels import check_labels
from lcapp.train.run import Run


@pytest.fixture
def folder(small_folder: Path, tmp_path: Path) -> Path:
    """To be spoilt."""
    return shutil.copytree(small_folder, tmp_path / "folder")


def spoil(file: Path, value: int = 255) -> None:
    with rasterio.open(file, "r+") as dataset:
        labels = dataset.read(1)
        labels[-3:] = value
        dataset.write(labels, 1)


def test_scenes_that_cannot_be_learnt_are_counted_and_named(folder: Path) -> None:
    collection = open_collection(folder)
    told = []
    check_labels(collection, collection.ids, FLAIR2, told.append)
    assert [(one.stage, one.done, one.total) for one in told] == [
        ("labels", n, len(collection.ids)) for n in range(1, len(collection.ids) + 1)
    ]
    masks = sorted(folder.rglob("MSK_*.tif"))
    spoil(masks[0])
    spoil(masks[3], 20)
    masks[4].unlink()
    masks[5].write_bytes(masks[5].read_bytes()[:100])
    with pytest.raises(SceneError) as refused:
        check_labels(collection, collection.ids, FLAIR2)
    said = str(refused.value)
    bad = [
        one for one in collection.ids if any(m.stem[4:] in one for m in (*masks[:1], *masks[3:6]))
    ]
    assert f"4 of {len(collection.ids)} scenes cannot be learnt from" in said
    assert "holds the label value 255 (384 pixels out of range)" in said
    assert "there are no labels" in said
    assert all(one in said for one in bad)
    assert "--exclude" in refused.value.advice
    good = [one for one in collection.ids if one not in bad]
    check_labels(collection, good, FLAIR2)


def test_of_many_the_first_are_named(folder: Path) -> None:
    collection = open_collection(folder)
    for file in folder.rglob("MSK_*.tif"):
        spoil(file, 0)
    with pytest.raises(SceneError, match=r"7 of 7 scenes .*; and 2 more"):
        check_labels(collection, collection.ids, FLAIR2)


def test_what_is_wrong_with_an_image_is_told_with_what_helps(folder: Path) -> None:
    collection = open_collection(folder)
    for file in folder.rglob("IMG_*.tif"):
        with rasterio.open(file, "r+") as dataset:
            dataset.crs = "EPSG:3857"
    with pytest.raises(SceneError, match=r"on the ground.*warp it with gdalwarp .*--exclude"):
        check_labels(collection, collection.ids, FLAIR2)


@pytest.mark.parametrize("domain", ["D002_2021", "D004_2021"])
def test_training_refuses_before_it_claims_its_folder(
    folder: Path, tmp_path: Path, domain: str
) -> None:
    """The last scene for training, and one that is held out; left out, it trains."""
    masks = sorted(folder.glob(f"flair_labels_train/{domain}/*/msk/*.tif"))
    spoil(masks[-1])
    name = f"{domain}/Z1_NN/IMG_{masks[-1].stem.removeprefix('MSK_')}"
    data = DataConfig(str(folder))
    config, machine = TrainConfig(data, batch=2), MachineConfig("cpu")
    with pytest.raises(SceneError, match=f"1 of 6 scenes .*{name} holds the label value 255"):
        Run(config, tmp_path / "run", machine)
    assert not (tmp_path / "run").exists()
    Run(replace(config, data=replace(data, exclude=(name,))), tmp_path / "run", machine)
    assert (tmp_path / "run" / "config.json").is_file()


def test_labels_are_read_without_the_image(folder: Path, monkeypatch) -> None:
    from lcapp.scene.flair2 import reader

    monkeypatch.setattr(reader, "read_aerial", lambda path: pytest.fail("the image is read"))
    collection = open_collection(folder)
    scene = collection.labels(collection.ids[0])
    assert scene.reference is not None
    assert set(np.unique(scene.reference.labels)) <= {0, 4, 6, 10}
    assert not scene.images
