"""What a zip tells of itself: bands, units, no datum; and how much of it is believed."""

import io
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene.archive import open_zip, unpack
from lcapp.scene.own import archive
from lcapp.scene.own.archive import series_of
from lcapp.scene.services.kept import parcel
from lcapp.types import Grid
from tests.scene.own.test_upload import BANDS, CRS, LEFT, PRODUCT, TOP, _tif, _zip

AERIAL = Grid(CRS, Affine(0.2, 0, LEFT + 200, 0, -0.2, TOP - 200), 512, 512)
NUMBERS = {"B4": 400, "B3": 300, "B2": 200, "B8": 800}


def _image(values, names=(), kind=np.uint16, **tags) -> bytes:
    """An image of bands with one value each, with scale, offset or nodata."""
    pixels = np.broadcast_to(np.array(values, kind)[:, None, None], (len(values), 60, 60)).copy()
    return _tif(pixels, 10, LEFT, TOP, names=names, tags=tags)


def _safe(day: str) -> dict[str, bytes]:
    """A product as it is: with masks, quicklooks and weather."""
    product, date = PRODUCT.format(day=day.replace("-", "")), day.replace("-", "")
    granule = f"{product}.SAFE/GRANULE/L2A_T31TFN"
    inside = f"{granule}/IMG_DATA/R10m/T31TFN_{date}T104431_"
    files = {f"{inside}{b[0]}0{b[1]}_10m.jp2": _image([NUMBERS[b] + 1000]) for b in BANDS}
    for name in ("MSK_DETFOO_B02.jp2", "MSK_QUALIT_B08.jp2", f"T31TFN_{date}T104431_PVI.jp2"):
        files[f"{granule}/QI_DATA/{name}"] = b"no band"
    files[f"{granule}/QI_DATA/L2A_QUICKLOOK.jp2"] = b"no band"
    files[f"{granule}/L2A_QUICKLOOK.jp2"] = files[f"{granule}/MSK_CLDPRB.jp2"] = b"no band"
    files[f"{granule}/AUX_DATA/AUX_B04.tif"] = b"no band"
    files["__MACOSX/._2021-03-14.tif"] = files[f"{granule}/._x_B04.tif"] = b"no image"
    return files


def _read(target: Path) -> dict[str, float]:
    """Reflectance x 10000 in the middle of each band."""
    with rasterio.open(target) as dataset:
        middle = dataset.read()[:, dataset.height // 2, dataset.width // 2].astype(float)
        scales, offsets = np.array(dataset.scales), np.array(dataset.offsets)
        if (scales != 1).any():
            middle = (middle * scales + offsets) * 10_000
        return dict(zip(dataset.descriptions, np.round(middle, 3), strict=True))


def _of(day: str) -> dict[str, float]:
    return {f"{day} {band}": float(value) for band, value in NUMBERS.items()}


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "own_series.tif"


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ((200, 300, 400, 800), ("B2", "B3", "B4", "B8")),
        ((800, 200, 400, 300), ("2021-03-14 B08", "20210314_B02", "red", "Green")),
        ((400, 300, 200, 800), ()),
        ((400, 300, 200, 800), ("Band 1", "Band 2", "Band 3", "Band 4")),
    ],
)
def test_bands_are_what_their_descriptions_say(target, values, names) -> None:
    series_of(_zip({"2021-03-14.tif": _image(values, names)}), AERIAL, target)
    assert _read(target) == _of("2021-03-14")


@pytest.mark.parametrize(
    "names",
    [
        ("B2", "B3", "B4", "B5"),
        ("B2", "B2", "B4", "B8"),
        ("B2", "", "", ""),
        tuple(f"2020-03-14 {band}" for band in BANDS),
    ],
)
def test_descriptions_of_other_bands_or_days_are_refused(target, names) -> None:
    with pytest.raises(SceneError, match="describes its bands as"):
        series_of(_zip({"2021-03-14.tif": _image((1, 2, 3, 4), names)}), AERIAL, target)
    assert not list(target.parent.iterdir())


def test_each_day_has_its_own_scale_and_offset(target) -> None:
    tagged = {"scales": [0.0001] * 4, "offsets": [-0.1] * 4}
    numbers = np.array((400, 300, 200, 800))
    files = {
        **_safe("2021-03-14"),
        "2021-04-01.tif": _image(numbers),
        "2021-05-01.tif": _image(numbers + 1000, **tagged),
        "2021-06-01.tif": _image(numbers, scales=[0.0001] * 4),
        "2021-07-01.tif": _image(numbers / 10_000, kind=np.float32),
    }
    series_of(_zip(files), AERIAL, target)
    days = ("2021-03-14", "2021-04-01", "2021-05-01", "2021-06-01", "2021-07-01")
    expected = {name: value for day in days for name, value in _of(day).items()}
    assert _read(target) == pytest.approx(expected, abs=0.01)


def test_bands_of_a_day_in_several_units_are_refused(target) -> None:
    image = _image((1, 2, 3, 4), scales=[0.0001, 0.0001, 0.0001, 0.001])
    with pytest.raises(SceneError, match="bands of 2021-03-14 different scales"):
        series_of(_zip({"2021-03-14.tif": image}), AERIAL, target)


def test_a_whole_product_is_read_without_its_masks_and_quicklooks(target, monkeypatch) -> None:
    files = _safe("2021-03-14")
    images = sum(len(one) for name, one in files.items() if "IMG_DATA" in name)
    files[next(name for name in files if "DETFOO" in name)] = bytes(100_000)
    monkeypatch.setattr(archive, "MOST_BYTES", images)  # only what is unpacked counts
    series_of(_zip(files), AERIAL, target)
    assert _read(target) == pytest.approx(_of("2021-03-14"), abs=0.01)
    assert [one.name for one in target.parent.iterdir()] == [target.name]


def test_what_a_file_calls_no_datum_is_none(target) -> None:
    image = _image((400, 65535, 200, 800), nodata=65535)
    series_of(_zip({"2021-03-14.tif": image}), AERIAL, target)
    assert _read(target) == _of("2021-03-14") | {"2021-03-14 B3": 0}


def test_what_an_image_claims_is_bounded_before_anything_is_made(target) -> None:
    large = replace(AERIAL, height=1_500_000, width=1_500_000)
    with pytest.raises(SceneError, match="claims 4 x 300") as refused:
        series_of(_zip({"2021-03-14.tif": _image((1, 2, 3, 4))}), large, target)
    assert "to be read at once" in str(refused.value)


def _no_text() -> bytes:
    """A name said to be UTF-8 that is none."""
    content = _zip({"é21-03-14.tif": b"x"}).getvalue()
    return content.replace("é".encode(), b"\xff\xfe")


def _damaged(how: int) -> bytes:
    content = bytearray(
        _zip({"places.json": bytes(9000), "2021-03-14.tif": bytes(9000)}, how).getvalue()
    )
    for start in (content.find(b"places.json") + 11, content.find(b"2021-03-14.tif") + 14):
        content[start + 4 : start + 20] = b"\xff" * 16
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [_no_text(), _damaged(zipfile.ZIP_LZMA), _damaged(zipfile.ZIP_DEFLATED), b"PK\5\6"],
    ids=["name", "lzma", "deflate", "end"],
)
def test_a_broken_archive_is_a_refusal_at_every_door(target, content) -> None:
    path = target.parent / "some.zip"
    path.write_bytes(content)
    with pytest.raises(SceneError, match="cannot be unpacked"):
        series_of(io.BytesIO(content), AERIAL, target)
    with pytest.raises(SceneError):
        unpack(path, target.parent)
    with pytest.raises(SceneError):
        parcel.unpack(io.BytesIO(content))


def _listed(count: int, comment: bytes = b"") -> io.BytesIO:
    out = _zip({f"{number:0200d}.txt": b"" for number in range(count)}, zipfile.ZIP_STORED)
    with zipfile.ZipFile(out, "a") as packed:
        packed.comment = comment
    return out


def _as_zip64(content: bytes, size: int | None = None, moved: int = 0) -> io.BytesIO:
    """The archive with the record and the locator of ZIP64 before its end."""
    end = content.rfind(b"PK\5\6")
    count, told, start = struct.unpack("<10xHII2x", content[end : end + 22])
    size = told if size is None else size
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, end + moved, 1)
    return io.BytesIO(content[:end] + record + locator + content[end:])


def test_a_long_list_of_names_is_refused_before_it_is_read(target, monkeypatch) -> None:
    whole = 250 * 20
    for made in (_listed(20), _listed(20, b"x" * 60_000), _as_zip64(_listed(20).getvalue())):
        assert len(open_zip(made, whole, "it").namelist()) == 20
        monkeypatch.setattr(zipfile, "ZipFile", None)  # not even asked
        with pytest.raises(SceneError, match="has a list of names of 5,000 bytes"):
            open_zip(made, whole - 1, "it")
        monkeypatch.undo()
    with pytest.raises(SceneError, match="list of names of 99,999,000,000"):
        open_zip(_as_zip64(_listed(2).getvalue(), 99_999_000_000), whole, "it")
    with pytest.raises(SceneError, match="of a length that is not told"):
        open_zip(_as_zip64(_listed(2).getvalue(), moved=1), whole, "it")


def test_the_lists_of_own_files_and_parcels_are_bounded(target) -> None:
    content = _listed(1).getvalue()
    end = content.rfind(b"PK\5\6")
    for most, door in (
        (2 * 2**20, lambda made: series_of(io.BytesIO(made), AERIAL, target)),
        (2 * 2**20, lambda made: parcel.unpack(io.BytesIO(made))),
        (64 * 2**20, lambda made: unpack(_written(target, made), target.parent)),
    ):
        made = content[: end + 12] + struct.pack("<I", most + 1) + content[end + 16 :]
        with pytest.raises(SceneError, match="has a list of names"):
            door(made)


def _written(target: Path, content: bytes) -> Path:
    path = target.with_name("some.zip")
    path.write_bytes(content)
    return path
