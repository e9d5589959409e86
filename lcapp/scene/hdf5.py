"""Arrays in HDF5 files: nothing is followed out of the file, and nothing unpacks without a bound.

HDF5 unpacks a chunk until it ends, however large its array says that it is: a megabyte of a file
would take a gigabyte of memory. Chunks are therefore unpacked here once, piece by piece and to
nowhere, before HDF5 is asked for them.
"""

import zlib
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from lcapp.errors import SceneError
from lcapp.limits import MOST_SIGNS, check_extent, check_file
from lcapp.reasons import is_known, refusal
from lcapp.scene.arrays import Array

_NUMBERS = "iuf"
_UNREAD = (OSError, RuntimeError, TypeError, ValueError, KeyError, MemoryError)
"""What HDF5 makes of a damaged file."""

_PIECE = 2**20
"""Bytes that are unpacked at once."""

_PLACE = 16
"""Bytes of the length and the place of a text."""

_SLACK = 4
"""Bytes of a chunk beyond its numbers: a checksum."""

_HARMLESS = (h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32)
"""Filters that leave a chunk as long as it is, a checksum aside."""

_PACKED = (h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_LZF)
"""LZF makes of a byte no more than 90."""


def read_datasets(path: Path, names: Sequence[str], content: str) -> list[Array]:
    """Arrays of numbers or of text from an HDF5 file, whole.

    Args:
        path: The file.
        names: Of its datasets.
        content: What the file should be, for messages.

    Raises:
        SceneError: A dataset is not there, is no array of numbers or text, lies elsewhere, or is
            too large to be read at once; the file is damaged.
    """
    check_file(path, SceneError, content)
    try:
        with h5py.File(path, "r") as file:
            found = [_dataset(file, name, path, names) for name in names]
            return [_read(one, path) for one in found]
    except (*_UNREAD, zlib.error) as error:
        if isinstance(error, OSError) and is_known(error):
            raise refusal(error, path) from error
        raise SceneError(
            "cannot be read: it is truncated, damaged or no HDF5 file",
            where=path,
            expected=content,
            advice="copy or download it again",
        ) from error


def _dataset(file: h5py.File, name: str, path: Path, names: Sequence[str]) -> h5py.Dataset:
    link = file.get(name, getlink=True)
    if link is None:
        raise SceneError("lacks one of its arrays", where=path, expected=", ".join(names))
    found = file[name] if isinstance(link, h5py.HardLink) else None
    if not isinstance(found, h5py.Dataset) or found.is_virtual or found.external:
        raise SceneError(
            f"{name} leads elsewhere" if found is None else f"{name} is no array of this file",
            where=path,
            expected="all data in the file itself",
        )
    is_text = h5py.check_string_dtype(found.dtype) is not None
    if found.shape is None or not (is_text or found.dtype.kind in _NUMBERS):
        raise SceneError(
            f"{name} holds {'nothing' if found.shape is None else found.dtype}",
            where=path,
            expected="an array of numbers or of text",
        )
    # A text takes as much as its type says.
    width = (found.dtype.itemsize // 4,) if found.dtype.kind == "S" else ()
    check_extent((*found.shape, *width), path, SceneError)
    check_extent((*(found.chunks or ()), *width), path, SceneError)
    stored = found.id.get_storage_size()
    if stored > 2 * found.size * max(found.dtype.itemsize, 1) + 2**20:
        raise SceneError(
            f"{name} unpacks to more than its {found.shape} numbers",
            where=path,
            expected=f"at most {found.nbytes:,} bytes, not {stored:,}",
        )
    return found


def _read(dataset: h5py.Dataset, path: Path) -> Array:
    """All of a dataset, once it is known what its chunks and texts unpack to."""
    if dataset.chunks is not None:
        _check_chunks(dataset, path)
    if dataset.dtype.kind != "O":
        return np.asarray(dataset[()])
    # Texts of any length lie elsewhere in the file; a thousand entries can name one and the same.
    texts, length = [], 0
    for place in np.ndindex(dataset.shape):
        texts.append(dataset[place])
        length += len(texts[-1])
        if length > MOST_SIGNS:
            raise _unpacks(dataset, path, MOST_SIGNS)
    found = np.empty(len(texts), object)
    found[:] = texts
    return found.reshape(dataset.shape)


def _check_chunks(dataset: h5py.Dataset, path: Path) -> None:
    """Refuse chunks that unpack to more than their numbers, or by a program that is not known."""
    low, plan = dataset.id, dataset.id.get_create_plist()
    filters = [plan.get_filter(place)[0] for place in range(plan.get_nfilters())]
    packed = [place for place, one in enumerate(filters) if one not in _HARMLESS]
    if len(packed) > 1 or any(filters[place] not in _PACKED for place in packed):
        raise SceneError(
            f"{dataset.name} is packed in a way that is not read",
            where=path,
            expected="deflate (gzip) or LZF, once, with or without shuffle",
            advice="write it again with h5repack -f SHUF -f GZIP=4",
        )
    deflated = bool(packed) and filters[packed[0]] == h5py.h5z.FILTER_DEFLATE
    # In the file a text of any length is its length and its place.
    width = _PLACE if dataset.dtype.kind == "O" else dataset.dtype.itemsize
    most = int(np.prod(dataset.chunks)) * width
    for chunk in range(low.get_num_chunks()):
        told = low.get_chunk_info(chunk)
        if told.size > 2 * most + _PIECE:
            raise _unpacks(dataset, path, most)
        if not deflated or told.filter_mask >> packed[0] & 1:
            continue
        unpacking, left = zlib.decompressobj(), low.read_direct_chunk(told.chunk_offset)[1]
        length = 0
        while left and not unpacking.eof:
            length += len(unpacking.decompress(left, _PIECE))
            left = unpacking.unconsumed_tail
            if length > most + _SLACK:
                raise _unpacks(dataset, path, most)


def _unpacks(dataset: h5py.Dataset, path: Path, most: int) -> SceneError:
    return SceneError(
        f"{dataset.name} unpacks to more than it says",
        where=path,
        expected=f"at most {most:,} bytes at once",
        advice="do not use it: it is damaged, or made to fill the memory",
    )
