"""The first rows of a block, for a part of its bytes.

An archive of Sentinel-2 has blocks of 1024 rows, of which a place needs forty. Deflate cannot be
entered in the middle, but it can be left early: what is fetched ends with the last row of the
window. The rows are packed anew with zeros after them, into a block that GDAL reads like the whole
one: predictors and orders of bytes stay its business, and work row by row.
"""

import math
import zlib
from dataclasses import dataclass

from lcapp.scene.services.protocols.transport import Connection

_MARGIN, _SPARE = 1.08, 4096
"""What is asked for beyond the rows' share of the bytes: not all rows are packed equally well."""

_WORTH = 0.9
"""Beyond that share the whole block is fetched."""


@dataclass(frozen=True)
class Block:
    """A block of a file, and how much of it is needed.

    Attributes:
        start: First byte.
        length: Bytes, packed.
        rows: That are needed, from the first on.
        height: Rows of the whole.
        row_bytes: Of a row, unpacked.
    """

    start: int
    length: int
    rows: int
    height: int
    row_bytes: int

    @property
    def unpacked(self) -> int:
        """Bytes of the whole."""
        return self.height * self.row_bytes


def first_rows(connection: Connection, url: str, where: str, block: Block) -> bytes | None:
    """A block with the rows that are needed and zeros after them, not longer than the whole.

    Args:
        connection: To the file's host.
        url: Of the file.
        where: What it is, for progress and messages.
        block: Packed by Deflate.

    Returns:
        None where the whole block is to be fetched.
    """
    needed = block.rows * block.row_bytes
    share = block.rows / block.height * _MARGIN
    if share > _WORTH:
        return None
    step = math.ceil(share * block.length) + _SPARE
    unpacker, rows, have = zlib.decompressobj(), bytearray(), 0
    try:
        while len(rows) < needed and have < block.length and not unpacker.eof:
            step = min(step, block.length - have)
            packed = connection.get(url, where, span=(block.start + have, step)).content
            rows += unpacker.decompress(packed, needed - len(rows))
            have, step = have + step, max(_SPARE, block.length // 8)
    except zlib.error:
        return None
    if len(rows) < needed:
        return None
    whole = bytes(rows) + bytes(block.unpacked - needed)
    for level in (1, 9):  # quickly, or as small as the archive has it
        if len(packed := zlib.compress(whole, level)) <= block.length:
            return packed
    return None
