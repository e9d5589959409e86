"""Small rasters whose headers claim what would fill the memory: looked at before they are read."""

import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio

from lcapp.errors import SceneError
from lcapp.scene.rasters.aerial import inspect_aerial, read_aerial
from lcapp.scene.rasters.formats import directories
from lcapp.scene.zone.image import open_zone

TILE_WIDTH, TILE_HEIGHT, ROWS = 322, 323, 278
SIDE = 100_000


def claim(path: Path, directory: int = 0, **tags: int) -> Path:
    """Other numbers for tags of a directory of a classic TIFF, as `t322=30000`."""
    content = bytearray(path.read_bytes())
    assert content[:4] == b"II*\0"
    (start,) = struct.unpack_from("<I", content, 4)
    for _ in range(directory):
        (entries,) = struct.unpack_from("<H", content, start)
        (start,) = struct.unpack_from("<I", content, start + 2 + 12 * entries)
    (entries,) = struct.unpack_from("<H", content, start)
    for at in range(start + 2, start + 2 + 12 * entries, 12):
        (tag,) = struct.unpack_from("<H", content, at)
        if (value := tags.get(f"t{tag}")) is not None:
            struct.pack_into("<HII", content, at + 2, 4, 1, value)
    path.write_bytes(content)
    return path


TILED = {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "deflate"}


@pytest.mark.parametrize(
    ("claimed", "interleaved", "said"),
    [
        ({"t322": 30_000, "t323": 30_000}, "pixel", "blocks of 3.6 GB"),
        ({"t322": 40_000, "t323": 40_000}, "band", "blocks of 1.6 GB"),
    ],
)
def test_a_tile_of_gigabytes_is_refused_before_it_is_unpacked(
    tmp_path, make, claimed, interleaved, said
):
    path = make.tif(tmp_path / "a.tif", make.pixels(), interleave=interleaved, **TILED)
    claim(path, **claimed)
    assert path.stat().st_size < 30_000
    for read in (inspect_aerial, read_aerial, open_zone):
        with pytest.raises(SceneError, match=rf"a\.tif.*{said}.*gdal_translate -co TILED=YES"):
            read(path)


@pytest.mark.parametrize("beside", [False, True])
def test_a_mask_with_a_tile_of_gigabytes_is_refused(tmp_path, make, beside):
    path = make.tif(tmp_path / "a.tif", make.pixels(3), **TILED)
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=not beside),
        rasterio.open(path, "r+") as dataset,
    ):
        dataset.write_mask(np.eye(64, dtype=bool))
    assert read_aerial(path).seen.sum() == 64
    at = path.with_name("a.tif.msk") if beside else path
    assert at.is_file()
    claim(at, 0 if beside else 1, t322=60_000, t323=60_000, t278=2**31, t257=64)
    if beside:  # of strips: packed, and as long as it likes
        claim(at, t256=2**31 - 1)
    with pytest.raises(SceneError, match="blocks of"):
        read_aerial(path)


def test_a_header_of_100000_by_100000_over_a_few_bytes_is_refused(tmp_path, make):
    path = make.tif(tmp_path / "a.tif", make.pixels(), **TILED)
    claim(path, t256=SIDE, t257=SIDE)
    with pytest.raises(SceneError, match=r"claims 4 x 100000 x 100000 numbers.*as a zone"):
        read_aerial(path)
    with pytest.raises(SceneError, match="truncated"):
        open_zone(path)


def test_a_jpeg_2000_whose_one_tile_is_100000_by_100000_is_refused(tmp_path, make):
    path = tmp_path / "a.jp2"
    plain = make.tif(tmp_path / "a.tif", make.pixels())
    with rasterio.open(plain) as dataset:
        told = {name: dataset.profile[name] for name in ("crs", "transform", "dtype", "count")}
        with rasterio.open(path, "w", driver="JP2OpenJPEG", height=64, width=64, **told) as made:
            made.write(dataset.read())
    assert inspect_aerial(path).grid.width == 64
    content = bytearray(path.read_bytes())
    struct.pack_into(">II", content, content.index(b"ihdr") + 4, SIDE, SIDE)
    sizes = content.index(b"\xff\x4f\xff\x51") + 8
    for field in (0, 1, 4, 5):
        struct.pack_into(">I", content, sizes + 4 * field, SIDE)
    path.write_bytes(content)
    with pytest.raises(SceneError, match=r"blocks of 2\.5 GB"):
        inspect_aerial(path)


@pytest.mark.parametrize("link", [2**64 - 1, 2**63, 12])
def test_a_chain_of_directories_that_leads_nowhere_ends(tmp_path, link):
    path = tmp_path / "a.tif"
    entry = struct.pack("<HHQQ", 256, 3, 1, 7)
    path.write_bytes(b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1) + entry
                     + struct.pack("<Q", link))  # fmt: skip
    assert next(directories(path)) == {256: 7}
    assert len(list(directories(path))) <= 256


def test_large_tiles_that_fit_are_read(tmp_path, make):
    path = make.tif(tmp_path / "a.tif", make.pixels(), **TILED | {"blockxsize": 4096})
    assert read_aerial(path).pixels.shape == (4, 64, 64)


def test_descriptions_of_another_encoding_are_a_sentence(tmp_path, make):
    words = ("rouge visible", "vert", "bleu", "pir")
    path = make.tif(tmp_path / "a.tif", make.pixels(), descriptions=words)
    path.write_bytes(path.read_bytes().replace(b"rouge visible", b"rouge\xe9visible"))
    with pytest.raises(SceneError, match=r"no UTF-8.*describe them again"):
        inspect_aerial(path)
