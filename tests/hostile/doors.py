"""Small files of every kind that the doors read, and what reads them. Imports no torch."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import rasterio
from affine import Affine
from safetensors.numpy import save_file

from lcapp.evaluate.records import SceneRecord
from lcapp.families import door
from lcapp.hub.config import bundle_hash, bundles
from lcapp.hub.transport.push import model_card
from lcapp.limits import parse_json, read_text
from lcapp.pipeline.evaluation.records import read_record
from lcapp.scene.collection import open_collection
from lcapp.scene.zone.image import open_zone
from lcapp.sensors import MODALITIES

LEFT, TOP = 800_000.0, 6_500_000.0
DEMO = Path(__file__).parents[2] / "weights" / "demo"
DOMAIN, ROI = "D012-2019", "AF-S1-27"

Doors = dict[str, tuple[list[Path], Callable[[], object]]]
"""Kind to its files and to what reads them all."""


def _tif(path: Path, values: np.ndarray, gsd: float = 0.2, at=(LEFT, TOP), **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    names, tags = options.pop("names", ()), options.pop("tags", ())
    count, height, width = values.shape
    where = {"crs": "EPSG:2154", "transform": Affine(gsd, 0, at[0], 0, -gsd, at[1])}
    sizes = {"count": count, "height": height, "width": width, "dtype": values.dtype}
    with rasterio.open(path, "w", driver="GTiff", **sizes, **where, **options) as file:
        file.write(values)
        for band, name in enumerate(names, 1):
            file.set_band_description(band, name)
        for band, told in enumerate(tags, 1):
            file.update_tags(band, **told)
    return path


def _draw(*shape: int, kind: str = "uint8") -> np.ndarray:
    return np.random.default_rng(len(shape)).integers(1, 250, shape).astype(kind)


def _series(*shape: int) -> np.ndarray:
    return (400 + 10 * _draw(*shape, kind="uint16")).astype(np.uint16)


def _around(side: int) -> tuple[float, float]:
    """Corner of a series of so many pixels of 10 m around an image of 64 pixels."""
    return LEFT + 6.4 - 5 * side, TOP - 6.4 + 5 * side


def _pair(root: Path) -> None:
    root.mkdir()
    _tif(root / "a_aerial.tif", _draw(4, 64, 64), nodata=0)
    np.save(root / "a_series.npy", _series(3, 10, 8, 8))
    np.save(root / "a_masks.npy", np.zeros((3, 2, 8, 8), np.uint8))
    _tif(root / "a_ndsm.tif", _draw(1, 64, 64, kind="float32"))
    _tif(root / "a_labels.tif", (1 + _draw(1, 64, 64) % 12).astype(np.uint8))
    product = "S2A_MSIL2A_20190103T104431_N0211_R008_T32UMD_20190103T115449"
    (root / "a_dates.txt").write_text(f"2019-02-14\n20190314\n{product}\n")


def _zone(root: Path) -> None:
    root.mkdir()
    _tif(root / "aerial.tif", _draw(4, 64, 64), compress="deflate", tiled=True, blockxsize=32,
         blockysize=32)  # fmt: skip
    names = [f"2021-0{month}-14 {band}" for month in (1, 5) for band in ("B4", "B3", "B2", "B8")]
    _tif(root / "series.tif", _series(8, 8, 8), 10.0, _around(8), names=names)


def _flair2(root: Path) -> None:
    area, tile = "D004_2021/Z1_NN", "IMG_000001"
    _tif(root / f"flair_aerial_test/{area}/img/{tile}.tif", _draw(5, 64, 64))
    labels = (1 + _draw(1, 64, 64) % 19).astype(np.uint8)
    _tif(root / f"flair_labels_test/{area}/msk/MSK_000001.tif", labels)
    folder = root / f"flair_sen_test/{area}/sen"
    folder.mkdir(parents=True)
    np.save(folder / "SEN2_a_data.npy", _series(2, 10, 8, 8))
    np.save(folder / "SEN2_a_masks.npy", np.zeros((2, 2, 8, 8), np.uint8))
    (folder / "SEN2_a_products.txt").write_text(
        "S2A_MSIL2A_20210327T105031_N0209_R051_T31TDL_20210327T134629.SAFE\n"
        "S2B_MSIL2A_20220301T104859_N0400_R051_T31TDL_20220301T134629.SAFE\n"
    )
    (root / "flair-2_centroids_sp_to_patch.json").write_text(json.dumps({f"{tile}.tif": [4, 4]}))
    told = {tile: {"date": "2021-06-01", "camera": "simulated"}}
    (root / "flair-2_metadata_aerial.json").write_text(json.dumps(told))
    told = [
        {"band": band, "month": str(month), "date": f"2021-{month:02d}-15", "observed": "true"}
        for month in range(1, 13)
        for band in ("B4", "B8")
    ]
    values = np.full((24, 8, 8), 0.1, np.float32)
    _tif(root / f"truth/{area}/TRU_000001.tif", values, 1.6, tags=told)


def _treesat(root: Path) -> None:
    root.mkdir()
    _tif(root / "Betula_1_WEFL_NLF.tif", _draw(4, 64, 64))
    with h5py.File(root / "Betula_1_WEFL_NLF_2019.h5", "w") as file:
        file.create_dataset("sen-2-data", data=_series(2, 10, 6, 6), compression="gzip")
        file.create_dataset("sen-2-masks", data=np.zeros((2, 2, 6, 6), np.uint8))
        names = [f"S2A_MSIL2A_2019010{day}T104431_N0211_R008_T32UMD_x" for day in (1, 2)]
        file.create_dataset("sen-2-products", data=np.array(names, "S"))
    shares = {"Betula_1_WEFL_NLF.tif": {"Betula": 0.7, "Picea": 0.3}}
    (root / "labels.json").write_text(json.dumps(shares))


def _flairhub(root: Path) -> None:
    for name, kind in (
        *(("AERIAL_RGBI", "uint8"), ("DEM_ELEV", "float32"), ("SPOT_RGBI", "uint16")),
        *(("SENTINEL2_TS", "uint16"), ("SENTINEL1-ASC_TS", "float32")),
        *(("SENTINEL2_MSK-SC", "uint8"), ("AERIAL_LABEL-COSIA", "uint8")),
    ):
        modality = MODALITIES[name]
        bands = len(modality.bands) * (2 if modality.dated else 1)
        values = np.full((bands, modality.pixels, modality.pixels), 3, kind)
        file = f"{DOMAIN}_{name}/{ROI}/{DOMAIN}_{name}_{ROI}_5-10.tif"
        _tif(root / file, values, 102.4 / modality.pixels, compress="deflate")
    for sensor in ("SENTINEL2", "SENTINEL1-ASC"):
        path = root / "GLOBAL_ALL_MTD" / f"GLOBAL_{sensor}_MTD_DATES.gpkg"
        path.parent.mkdir(exist_ok=True)
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT)")
        database.execute("INSERT INTO gpkg_contents VALUES ('layer', 'features')")
        database.execute(
            "CREATE TABLE layer (fid INTEGER PRIMARY KEY, patch_id, acquisition_dates)"
        )
        days = json.dumps({"1": "20190114", "2": "20190219"})
        row = (f"{DOMAIN}_{ROI}_5-10", days)
        database.execute("INSERT INTO layer (patch_id, acquisition_dates) VALUES (?, ?)", row)
        database.commit()
        database.close()


def _scenes(root: Path) -> Iterator[object]:
    found = open_collection(root)
    for scene_id in found.ids:
        yield found.header(scene_id)
        yield found.tree(scene_id)
        scene = found.scene(scene_id)
        yield scene.ndsm, scene.reference, found.fingerprint(scene_id), found.truth(scene_id)


def _window(root: Path) -> object:
    zone = open_zone(root / "aerial.tif", root / "series.tif")
    return zone.scene(slice(0, 40), slice(10, 64)), zone.fingerprints()


def _bundle(root: Path) -> object:
    folder = root / "demo"
    return bundles(root), door.open_card(folder), bundle_hash(folder), model_card(folder)


def _publish(path: Path) -> None:
    """The least that tells the sizes of a published FLAIR-HUB network."""
    tensors = {"model.main_decoders.AERIAL_LABEL-COSIA.seg_model.segmentation_head.0.bias": (19,)}
    body = "model.encoders.AERIAL_RGBI.seg_model.model."
    for stage in range(4):
        block = f"{body}layers_{stage}.blocks.0."
        tensors |= {f"{block}norm{one}.weight": (8 << stage,) for one in (1, 2)}
        tensors[f"{block}attn.relative_position_bias_table"] = (529, 2 << stage)
    tensors[f"{body}patch_embed.proj.weight"] = (8, 3, 4, 4)
    save_file({name: np.zeros(shape, np.float32) for name, shape in tensors.items()}, path)


def _json(path: Path) -> object:
    """Records are made anew where they are damaged: never an error."""
    return read_record(path, "key"), parse_json_of(path)


def parse_json_of(path: Path) -> object:
    """JSON by the one door."""
    try:
        return parse_json(read_text(path, Exception, "JSON"))  # type: ignore[arg-type]
    except Exception as error:
        return type(error)


def written(root: Path) -> Doors:
    """Write all of them into a new folder."""
    root.mkdir(parents=True)
    doors: Doors = {}
    for name, write in (
        *(("pair", _pair), ("flair2", _flair2), ("treesat", _treesat), ("flairhub", _flairhub)),
    ):
        write(root / name)
        files = sorted(path for path in (root / name).rglob("*") if path.is_file())
        doors[name] = files, lambda name=name: list(_scenes(root / name))  # type: ignore[misc]
    _zone(root / "zone")
    doors["zone"] = sorted((root / "zone").iterdir()), lambda: _window(root / "zone")
    shutil.copytree(DEMO, root / "weights" / "demo")
    shutil.copytree(DEMO, root / "weights" / "other")
    bundle = sorted((root / "weights" / "demo").iterdir())
    doors["bundle"] = bundle, lambda: _bundle(root / "weights")
    record = root / "record.json"
    fields = dict.fromkeys(SceneRecord.__dataclass_fields__, 0)
    record.write_text(json.dumps(fields | {"key": "key", "deep": [[1, 2.5], {"a": [3]}]}))
    doors["record"] = [record], lambda: _json(record)
    file = root / "published.safetensors"
    _publish(file)
    doors["published"] = [file], lambda: door.open_card(file)
    return doors
