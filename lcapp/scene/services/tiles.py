"""Windows of the tiles of an acquisition, joined; several at a time."""

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lcapp.scene.services.here import piece_name
from lcapp.scene.services.kept.store import Pieces
from lcapp.scene.services.protocols.granules import Granule
from lcapp.scene.services.protocols.transport import Connection
from lcapp.scene.services.protocols.windows import HEADER, read_window
from lcapp.sensors import SERIES_GSD
from lcapp.types import Grid

_AT_ONCE = 8
"""Requests at a time: an answer takes a tenth of a second of waiting, and services are shared."""

Result = TypeVar("Result")


class Tiles:
    """Windows of the tiles of an acquisition, joined."""

    def __init__(self, connection: Connection, pieces: Pieces, grid: Grid) -> None:
        self._connection, self._pieces, self._grid = connection, pieces, grid
        self._headers: dict[str, int] = {}  # of the file before, of each kind

    def read(self, tiles: Sequence[Granule], names: Sequence[str]) -> NDArray[Any]:
        """C H W of bands or masks at 10 m; where the first tile has nothing, the next one's."""
        content = self._pieces.get(
            piece_name(tiles[0], names),
            lambda: npy(np.stack([self._joined(tiles, name) for name in names])),
        )
        found: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
        return found

    def _joined(self, tiles: Sequence[Granule], name: str) -> NDArray[Any]:
        first = tiles[0].files[name]
        out: NDArray[Any] | None = None
        for tile in tiles:
            file = tile.files[name]
            where = f"{name} of {tile.id}"
            window = read_window(
                self._connection,
                file.href,
                where,
                self._grid,
                self._pieces.folder,
                self._headers.get(name, HEADER),
            )
            self._headers[name] = window.header
            repeats = round(window.gsd / SERIES_GSD)
            values = np.kron(window.values, np.ones((repeats, repeats), window.values.dtype))
            if (file.scale, file.offset) != (first.scale, first.offset):
                numbers = (values * file.scale + file.offset - first.offset) / first.scale
                values = np.where(values == 0, 0, numbers.round()).astype(values.dtype)
            out = values if out is None else np.where(out == 0, values, out)
        assert out is not None
        return out


def all_of(connection: Connection, work: Sequence[Callable[[], Result]]) -> list[Result]:
    """Several at a time; the first that fails ends the others."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = [pool.submit(one) for one in work]
        try:
            for one in as_completed(futures):
                one.result()
        except BaseException:
            connection.stop()
            for one in futures:
                one.cancel()
            raise
    return [one.result() for one in futures]


def npy(values: NDArray[Any]) -> bytes:
    """As a file of NumPy."""
    out = io.BytesIO()
    np.save(out, values, allow_pickle=False)
    return out.getvalue()
