"""Files that are handed over: series of every kind are the same scene, and nothing is trusted."""

import gc
import io
import zipfile

import numpy as np
import pytest
import rasterio
from affine import Affine

from lcapp.errors import RunError, SceneError
from lcapp.files import cache_folder
from lcapp.scene.own import archive
from lcapp.scene.own.upload import Upload, place_of

CRS = "EPSG:32631"
LEFT, TOP = 592_500.0, 5_117_000.0
DAYS = ("2021-03-14", "2021-06-22")
BANDS = ("B4", "B3", "B2", "B8")
PRODUCT = "S2A_MSIL2A_{day}T104431_N0500_R008_T31TFN_{day}T115449"
VALUES = np.random.default_rng(0).integers(1100, 4000, (2, 4, 60, 60), np.uint16)


def _tif(pixels, gsd: float, left: float, top: float, crs: str = CRS, **described) -> bytes:
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            count=len(pixels),
            height=pixels.shape[1],
            width=pixels.shape[2],
            dtype=pixels.dtype,
            crs=crs,
            transform=Affine(gsd, 0, left, 0, -gsd, top),
            photometric="MINISBLACK",
        ) as dataset:
            dataset.write(pixels)
            for index, name in enumerate(described.get("names", ()), start=1):
                dataset.set_band_description(index, name)
            for key, value in described.get("tags", {}).items():
                setattr(dataset, key, value)
        return bytes(memory.getbuffer())


@pytest.fixture(scope="module")
def aerial() -> bytes:
    pixels = np.random.default_rng(1).integers(1, 255, (4, 512, 512), np.uint8)
    return _tif(pixels, 0.2, LEFT + 200, TOP - 200)


def _zip(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out


def _safe() -> dict[str, bytes]:
    files = {"readme.txt": b"x"}
    for day, values in zip(DAYS, VALUES, strict=True):
        product = PRODUCT.format(day=day.replace("-", ""))
        inside = f"{product}.SAFE/GRANULE/L2A/IMG_DATA/R10m/T31TFN_{day.replace('-', '')}T104431_"
        for band, plane in zip(BANDS, values, strict=True):
            files[f"{inside}B0{band[1]}_10m.tif"] = _tif(plane[None], 10, LEFT, TOP)
        files[inside.replace("R10m", "R20m") + "B8A_20m.tif"] = b"not needed"
        files[inside.replace("R10m", "R20m") + "B04_20m.tif"] = b"a coarser copy"
    return files


def _dated() -> dict[str, bytes]:
    return {
        f"mine/{day} over the mill.tif": _tif(values, 10, LEFT, TOP)
        for day, values in zip(DAYS, VALUES, strict=True)
    }


@pytest.fixture
def upload():
    made = Upload()
    yield made
    made.remove()


@pytest.mark.parametrize("kind", ["safe", "dated", "tif", "npy"])
def test_a_series_of_every_kind_is_the_same_series(upload, aerial, kind) -> None:
    dates, ending = "", "zip"
    if kind == "safe":
        series = _zip(_safe())
    elif kind == "dated":
        series = _zip(_dated())
    elif kind == "tif":
        names = [f"{day} {band}" for day in DAYS for band in BANDS]
        series = io.BytesIO(_tif(VALUES.reshape(8, 60, 60), 10, LEFT, TOP, names=names))
        ending = "tif"
    else:
        series = io.BytesIO()
        np.save(series, VALUES[:, :, 1:50, 1:50])
        dates, ending = "\n".join(DAYS), "npy"
    scene = upload.take(io.BytesIO(aerial), series, ending, dates)
    found = scene.sentinel2
    assert [day.isoformat() for day in found.dates] == list(DAYS)
    assert found.bands == BANDS
    offset = 1000 if kind == "safe" else 0  # since baseline 04.00, as the product's name tells
    told = found.values - found.offsets[:, None, None, None]
    if kind != "npy":
        col = round((found.grid.transform.c - LEFT) / 10)
        row = round((TOP - found.grid.transform.f) / 10)
        height, width = found.grid.height, found.grid.width
        expected = VALUES[:, :, row : row + height, col : col + width]
        np.testing.assert_allclose(told, expected.astype(float) - offset, atol=0.01)
    assert {one.name.partition("_")[0] for one in upload.folder.iterdir()} == {"own"}
    assert not list(upload.folder.glob("unpacked*"))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.txt": b"x"}, "holds no images of Sentinel-2"),
        ({"mill.tif": b"x"}, "whose name tells no day"),
        ({"2021-03-14.tif": b"x"}, "cannot be read"),
        ({"2021-03-14_B04.tif": b"x"}, "holds of 2021-03-14 B4; expected B4, B3, B2, B8 once each"),
        ({"2021-13-41.tif": b"x"}, "whose name tells no day"),
        ({"2021-03-14.tif": _tif(VALUES[0], 10, LEFT, TOP, "EPSG:32632")}, "is in EPSG:32632"),
        ({"2021-03-14.tif": _tif(VALUES[0], 20, LEFT, TOP)}, "has pixels of 20 m"),
        ({"2021-03-14.tif": _tif(VALUES[0], 10, LEFT + 9000, TOP)}, "lies elsewhere"),
        ({"2021-03-14.tif": _tif(VALUES[0][:2], 10, LEFT, TOP)}, "has 2 bands; expected 4"),
    ],
)
def test_what_is_no_series_is_refused_and_nothing_is_kept(upload, aerial, files, said) -> None:
    with pytest.raises(SceneError, match=said):
        upload.take(io.BytesIO(aerial), _zip(files), "zip")
    assert list(upload.folder.iterdir()) == []


def test_no_name_in_a_zip_becomes_a_path(upload, aerial, tmp_path) -> None:
    files = {f"../../../{tmp_path.name}/{name}": content for name, content in _dated().items()}
    scene = upload.take(io.BytesIO(aerial), _zip(files), "zip")
    assert len(scene.sentinel2.dates) == 2
    assert list(tmp_path.iterdir()) == []
    names = {one.name for one in upload.folder.iterdir()}
    assert names == {"own_aerial.tif", "own_series.tif"}


def test_what_unpacks_to_too_much_is_refused(upload, aerial, monkeypatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 10_000_000)
    with pytest.raises(SceneError, match="MB unpacked"):
        upload.take(io.BytesIO(aerial), _zip({"2021-03-14.tif": bytes(20_000_000)}), "zip")
    with pytest.raises(SceneError, match="cannot be unpacked"):
        upload.take(io.BytesIO(aerial), io.BytesIO(b"PK no zip"), "zip")
    with pytest.raises(SceneError, match="cannot be read"):
        upload.take(io.BytesIO(b"no image"))


def test_the_files_go_with_the_session_and_what_was_killed_left_with_the_next(aerial) -> None:
    upload = Upload()
    upload.take(io.BytesIO(aerial))
    folder = upload.folder
    other = Upload()
    assert (folder / "own_aerial.tif").is_file()  # of a session that lives
    del upload
    gc.collect()
    assert not folder.parent.exists()
    other.remove()
    assert not list((cache_folder() / "uploads").iterdir())


def test_an_image_alone_is_a_place_whose_series_can_be_fetched(upload, aerial) -> None:
    scene = upload.take(io.BytesIO(aerial))
    assert scene.sentinel2 is None
    place = place_of(scene.grid, 2021)
    west, south, east, north = place.grid.bounds
    inner = scene.grid.bounds
    assert west <= inner[0] < inner[2] <= east
    assert south <= inner[1] < inner[3] <= north
    assert place.year == 2021


def test_a_year_is_laid_beside_an_image_whole_or_not_at_all(upload, aerial, tmp_path) -> None:
    upload.take(io.BytesIO(aerial))
    (tmp_path / "masks.npy").write_bytes(b"masks")
    with pytest.raises(RunError):
        upload.add_year(tmp_path)  # there is no series
    assert {one.name for one in upload.folder.iterdir()} == {"own_aerial.tif"}
    (tmp_path / "series.tif").write_bytes(b"series")
    upload.add_year(tmp_path)
    found = {one.name: one for one in upload.folder.iterdir()}
    assert found.keys() == {"own_aerial.tif", "own_masks.npy", "own_series.tif"}
    assert found["own_series.tif"].read_bytes() == b"series"


def test_what_lies_beyond_the_files_of_a_zip_has_no_datum(upload, aerial) -> None:
    cut = {
        f"{day}.tif": _tif(values[:, 8:, 9:], 10, LEFT + 90, TOP - 80)
        for day, values in zip(DAYS, VALUES, strict=True)
    }
    upload.take(io.BytesIO(aerial), _zip(cut), "zip")
    (path,) = upload.folder.glob("*series.tif")
    with rasterio.open(path) as dataset:
        found = dataset.read()
        left, top = dataset.transform.c, dataset.transform.f
    col, row = round((left - LEFT) / 10), round((TOP - top) / 10)
    whole = np.where((np.arange(60) < 8)[:, None] | (np.arange(60) < 9), 0, VALUES)
    expected = whole.reshape(8, 60, 60)[:, row:, col:][:, : found.shape[1], : found.shape[2]]
    assert (found == 0).any()
    np.testing.assert_array_equal(found, expected)
