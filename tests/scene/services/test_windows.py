"""Windows of files with large blocks: for a part of their bytes, and to the pixel."""

import numpy as np
import pytest
import rasterio
from affine import Affine

from lcapp.scene.services.protocols.transport import Connection
from lcapp.scene.services.protocols.windows import HEADER, read_window
from lcapp.types import Grid
from lcapp.types.byte_count import ByteCount
from tests.scene.services.servers import CRS

SIDE, BLOCK = 1280, 1024
LEFT, TOP = 500_000.0, 5_100_000.0


def _write(path, **options):
    """An image with the noise of a real one; its values."""
    noise = np.random.default_rng(0).normal(0, 40, (SIDE, SIDE))
    values = (1500 + np.add.outer(np.arange(SIDE), np.arange(SIDE)) % 700 + noise).astype(np.uint16)
    with rasterio.open(
        path,
        "w",
        driver="COG" if not options else "GTiff",
        count=1,
        height=SIDE,
        width=SIDE,
        dtype="uint16",
        crs=CRS,
        transform=Affine(10, 0, LEFT, 0, -10, TOP),
        **(options or {"blocksize": BLOCK, "compress": "DEFLATE", "predictor": "YES"}),
    ) as dataset:
        dataset.write(values, 1)
    return values


def _grid(row: int, col: int, height: int = 42, width: int = 42) -> Grid:
    return Grid(CRS, Affine(10, 0, LEFT + 10 * col, 0, -10, TOP - 10 * row), height, width)


@pytest.fixture
def read(server, tmp_path):
    """Reads a window; the bytes that came for it."""

    def window(name: str, grid: Grid, header: int = HEADER):
        before = server.sent
        with Connection([server.url.removeprefix("http://")], ByteCount(0)) as connection:
            url = f"{server.url}/files/{name}"
            found = read_window(connection, url, "a file", grid, tmp_path, header)
        assert list(tmp_path.glob(".lcapp*")) == []
        return found, server.sent - before

    return window


@pytest.mark.parametrize("row", [0, 100, 500, 900])
def test_of_a_large_block_no_more_comes_than_the_rows_need(server, read, row) -> None:
    values = _write(server.own / "large.tif")
    whole = (server.own / "large.tif").stat().st_size
    found, came = read("large.tif", _grid(row, 300))
    np.testing.assert_array_equal(found.values, values[row : row + 42, 300:342])
    with rasterio.open(server.own / "large.tif") as dataset:
        block = int(dataset.get_tag_item("BLOCK_SIZE_0_0", "TIFF", bidx=1))
    assert whole > block > 1_000_000
    share = (row + 42) / BLOCK
    assert came < HEADER + block * min(1, share * 1.1) + 10_000


def test_a_window_on_four_blocks_is_whole(server, read) -> None:
    values = _write(server.own / "large.tif")
    found, _ = read("large.tif", _grid(BLOCK - 20, BLOCK - 30))
    np.testing.assert_array_equal(
        found.values, values[BLOCK - 20 : BLOCK + 22, BLOCK - 30 : BLOCK + 12]
    )


@pytest.mark.parametrize("compress", ["lzw", "zstd", "none"])
def test_what_is_packed_in_another_way_comes_in_whole_blocks(server, read, compress) -> None:
    options = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": compress}
    values = _write(server.own / "other.tif", **options)
    found, _ = read("other.tif", _grid(10, 20))
    np.testing.assert_array_equal(found.values, values[10:52, 20:62])


def test_the_next_file_of_its_kind_is_asked_for_its_header_alone(server, read) -> None:
    _write(server.own / "large.tif")
    first, came = read("large.tif", _grid(100, 300))
    assert 500 < first.header < 4000
    again, less = read("large.tif", _grid(100, 300), first.header)
    np.testing.assert_array_equal(again.values, first.values)
    assert came - less == HEADER - first.header
