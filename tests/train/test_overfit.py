"""The whole chain learns: one scene of the simulator, cut to 128 px and four months."""

import csv
import json
import shutil
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.windows import Window

from lcapp.prepare import InputSpec, prepare
from lcapp.scene.collection import open_collection
from lcapp.simulate.demo.scenes import DEMO
from lcapp.train.config import (
    DataConfig,
    MachineConfig,
    NetworkOptions,
    OptimiserConfig,
    TrainConfig,
)
from lcapp.train.run import Run

SIDE = 128
MONTHS = 4
CENTROIDS = "flair-2_centroids_sp_to_patch.json"


def cut_scene(demo: Path, root: Path) -> Path:
    """The middle of the first demo tile with four months, as a domain to train on and again as an
    official validation domain, so that the run scores itself on the scene that it learns."""
    others = (scene.id.split("/")[0] for scene in DEMO[1:])
    # Another process of the tests may be drawing the other scenes there.
    shutil.copytree(demo, root, ignore=shutil.ignore_patterns(*others, ".writing*"))
    (tile,) = root.glob("flair_aerial_train/*/*/img/*.tif")
    (mask,) = root.glob("flair_labels_train/*/*/msk/*.tif")
    for path in (tile, mask):
        with rasterio.open(path) as whole:
            offset = (whole.width - SIDE) // 2
            window = Window(offset, offset, SIDE, SIDE)
            values = whole.read(window=window)
            profile = {
                **whole.profile,
                "width": SIDE,
                "height": SIDE,
                "transform": whole.window_transform(window),
            }
        with rasterio.open(path, "w", **profile) as part:
            part.write(values)
    (products,) = root.glob("flair_sen_train/*/*/sen/*_products.txt")
    names = products.read_text().splitlines()
    collection = open_collection(demo)
    prepared = prepare(collection.scene(collection.ids[0]), InputSpec())
    present = np.flatnonzero(prepared.present) + 1
    chosen = present[:: len(present) // MONTHS][:MONTHS]
    keep = np.isin([int(name.split("_")[2][4:6]) for name in names], chosen)
    products.write_text("".join(f"{n}\n" for n, k in zip(names, keep, strict=True) if k))
    for path in products.parent.glob("*.npy"):
        np.save(path, np.load(path)[keep])
    (domain,) = (folder.name for folder in (root / "flair_aerial_train").iterdir())
    for tree in root.glob("flair_*_train"):
        shutil.copytree(tree / domain, tree / "D004_2021")
    return root


def figures(run: Path) -> dict[str, list[float]]:
    """The figures of the joint phase by name, in order."""
    found = defaultdict(list)
    with (run / "metrics.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["phase"] == "joint":
                found[row["figure"]].append(float(row["value"]))
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_one_scene_is_learnt_by_heart(demo_folder: Path, tmp_path: Path) -> None:
    """Both focal losses fall by a factor of 10, L_D by 2, and mIoU exceeds 90 %.

    Means over twenty iterations, since k is drawn anew in each; L_D fell by 2.2. Seen to fail
    before the denoiser's initial weights were mended: L_D stayed at 0.80, the mean size of the
    noise.
    """
    folder = cut_scene(demo_folder, tmp_path / "scenes")
    config = TrainConfig(
        DataConfig(str(folder), augment=False),
        optimiser=OptimiserConfig(learning_rate=2e-3, warmup=20, clip_norm=0.0),
        network=NetworkOptions("demo"),
        batch=2,
        pretrain_passes=20,
        iterations=300,
        round=300,
    )
    Run(config, tmp_path / "run", MachineConfig("cpu")).train()
    found = figures(tmp_path / "run")
    for term, factor in (("hr", 10), ("sr", 10), ("diffusion", 2)):
        values = found[f"train/{term}"]
        assert np.mean(values[:20]) > factor * np.mean(values[-20:]), (term, values[-20:])
    assert found["validation/miou"][-1] > 0.9
    assert json.loads((tmp_path / "run/bundle/config.json").read_text())["trained"] is True
