"""Arrays in .npy files: looked at by their headers, read where they are asked for.

They are not mapped into memory: a file that somebody shortens would end the interpreter at the
next look, where a read that falls short is a sentence.
"""

import itertools
import math
import os
import tokenize
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from lcapp.errors import SceneError
from lcapp.limits import check_extent, check_file
from lcapp.reasons import refusal
from lcapp.scene.names import on_disk

Array = NDArray[Any]

_HEADER_BYTES = 4096
"""Of a .npy; NumPy writes 128 for an array of numbers."""

_PIECE = 2**18
"""Bytes that are read in one go, wanted or not, before rows are read one by one."""

_UNPARSED = (
    *(ValueError, SyntaxError, TypeError, OverflowError, RecursionError, MemoryError),
    tokenize.TokenError,
)
"""What a header that is no literal makes of NumPy's reader."""

_CONTENT = "a complete .npy file of numbers"


class Shaped(Protocol):
    """What has sides: an array in memory or in its file."""

    @property
    def ndim(self) -> int:
        """How many."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Their lengths."""


@dataclass(frozen=True)
class StoredArray:
    """A .npy of plain numbers; indexing with slices reads that part of it.

    Attributes:
        path: The file.
        shape: Of the whole.
        dtype: Of its numbers.
        start: Bytes before the first of them.
        reversed: They lie in Fortran's order: the first axis runs fastest.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    start: int
    reversed: bool = False

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return math.prod(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Array:
        """A part, by a slice or a whole number for each of the first axes; `...` stands for all.

        Raises:
            SceneError: It is too large to be read at once, or the file is shorter than it was.
        """
        keys = list(key) if isinstance(key, tuple) else [key]
        if Ellipsis in keys:
            at = keys.index(Ellipsis)
            keys[at : at + 1] = [slice(None)] * (self.ndim - len(keys) + 1)
        keys += [slice(None)] * (self.ndim - len(keys))
        # A whole number is read as a slice of one, whose axis is taken away afterwards.
        single = tuple(axis for axis, one in enumerate(keys) if not isinstance(one, slice))
        spans = [
            range(side)[one if isinstance(one, slice) else slice(one, one + 1 or None)]
            for one, side in zip(keys, self.shape, strict=True)
        ]
        if any(not len(spans[axis]) for axis in single):
            raise IndexError(f"{key} lies outside {self.shape}")
        check_extent([len(span) for span in spans], self.path, SceneError)
        if self.reversed:
            return self._read(self.shape[::-1], spans[::-1]).T.squeeze(axis=single)
        return self._read(self.shape, spans).squeeze(axis=single)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self[...].astype(dtype or self.dtype, copy=False)

    def _read(self, shape: Sequence[int], spans: Sequence[range]) -> Array:
        """The part of an array in C's order."""
        found = np.empty([len(span) for span in spans], self.dtype)
        if not found.size:
            return found
        below = [math.prod(shape[axis + 1 :]) * self.dtype.itemsize for axis in range(len(shape))]
        # From this axis on a part is read in one piece, with what lies between what is wanted.
        whole = next(
            axis
            for axis in range(len(shape))
            if axis == len(shape) - 1 or _reach(spans[axis]) * below[axis] <= _PIECE
        )
        first, inner = min(spans[whole][0], spans[whole][-1]), shape[whole + 1 :]
        wanted = (
            slice(None, None, spans[whole].step),
            *(_slice(span) for span in spans[whole + 1 :]),
        )
        length = _reach(spans[whole])
        try:
            with self.path.open("rb", buffering=0) as file:
                for place in itertools.product(*(range(len(span)) for span in spans[:whole])):
                    at = self.start + first * below[whole]
                    at += sum(spans[axis][one] * below[axis] for axis, one in enumerate(place))
                    piece = self._bytes(file.fileno(), at, length * below[whole])
                    found[place] = np.frombuffer(piece, self.dtype).reshape(length, *inner)[wanted]
        except OSError as error:
            raise refusal(error, self.path) from error
        return found

    def _bytes(self, file: int, at: int, length: int) -> bytes:
        pieces: list[bytes] = []
        while length:
            piece = os.pread(file, length, at)
            if not piece:
                raise SceneError(
                    "has become shorter since it was opened",
                    where=self.path,
                    advice="leave files alone while they are read, and start again",
                )
            pieces.append(piece)
            at, length = at + len(piece), length - len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _reach(span: range) -> int:
    """From the first to the last of a range."""
    return abs(span[-1] - span[0]) + 1


def _slice(span: range) -> slice:
    """The slice that a range was made from."""
    stop = span.stop
    return slice(span.start, None if stop < 0 else stop, span.step)


def load_array(path: Path, kinds: str = "iuf") -> StoredArray:
    """A .npy of plain numbers; its header is read and compared with the file's size.

    Args:
        path: The file.
        kinds: NumPy's letters of the types that are numbers here.

    Raises:
        SceneError: Not there, truncated, or no plain numeric array.
    """
    path = on_disk(path)
    size = check_file(path, SceneError, _CONTENT)
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote
            version = npy.read_magic(file)
            start = file.read(2 if version[0] == 1 else 4)
            length = int.from_bytes(start, "little")
            if version not in ((1, 0), (2, 0)) or length > _HEADER_BYTES:
                raise ValueError(f"a header of {length} bytes, version {version}")
            file.seek(-len(start), os.SEEK_CUR)
            read = npy.read_array_header_1_0 if version[0] == 1 else npy.read_array_header_2_0
            shape, fortran, dtype = read(file)
            found = StoredArray(path, tuple(map(int, shape)), dtype, file.tell(), fortran)
    except OSError as error:
        raise refusal(error, path) from error
    except _UNPARSED as error:
        raise _damaged(path) from error
    if found.dtype.hasobject:
        raise SceneError(
            "is no plain NumPy array: it is a pickle, which can run code, and is refused",
            where=path,
            expected=_CONTENT,
        )
    if found.dtype.kind not in kinds:
        raise SceneError("is no array of numbers", where=path, expected="a .npy file of numbers")
    if any(side < 0 for side in found.shape):
        check_extent(found.shape, path, SceneError)
    if found.start + math.prod(found.shape) * found.dtype.itemsize > size:
        raise _damaged(path)
    return found


def _damaged(path: Path) -> SceneError:
    return SceneError(
        "cannot be read: it is truncated or no plain NumPy array",
        where=path,
        expected=_CONTENT,
        advice="copy or download it again",
    )
