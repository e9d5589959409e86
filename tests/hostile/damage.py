"""Damage of files, as networks, disks and people do it: functions of bytes and a generator."""

import re

import numpy as np

Generator = np.random.Generator

_NUMBERS = re.compile(rb"-?\d+(\.\d+)?")
_WORDS = (
    *(b"9" * 5000, b"-1", b"0", b"1e999", b"NaN", b"-Infinity", b"1e-320", b"\xc2\xb2", b"null"),
    *(b"[" * 100_000, b"{}", b"[]", b'""', b"true", b"4294967296", b"1" + b"0" * 400),
    *(b"(" * 500, b'"' + b"x" * 3000 + b'"', b'"\\u0000"', b'"../../../etc/passwd"', b"10000000"),
)
_INTEGERS = (0, 1, 2**31 - 1, 2**31, 2**32 - 1, 10**6, 65535, 255)


def _flip(content: bytearray, draw: Generator) -> None:
    for _ in range(int(draw.integers(1, 20))):
        content[draw.integers(len(content))] ^= 1 << int(draw.integers(8))


def _flip_head(content: bytearray, draw: Generator) -> None:
    for _ in range(int(draw.integers(1, 6))):
        content[draw.integers(min(len(content), 512))] = int(draw.integers(256))


def _cut(content: bytearray, draw: Generator) -> None:
    del content[int(draw.integers(len(content))) :]


def _remove(content: bytearray, draw: Generator) -> None:
    at = int(draw.integers(len(content)))
    del content[at : at + int(draw.integers(1, 200))]


def _insert(content: bytearray, draw: Generator) -> None:
    at = int(draw.integers(len(content)))
    content[at:at] = draw.bytes(int(draw.integers(1, 200)))


def _repeat(content: bytearray, draw: Generator) -> None:
    at, length = int(draw.integers(len(content))), int(draw.integers(1, 2000))
    content[at:at] = content[at : at + length]


def _fill(content: bytearray, draw: Generator) -> None:
    at, length = int(draw.integers(len(content))), int(draw.integers(1, 500))
    length = min(length, len(content) - at)
    content[at : at + length] = bytes([int(draw.choice([0, 255, 32]))]) * length


def _integer(content: bytearray, draw: Generator) -> None:
    """A size or an offset in a header becomes an extreme one."""
    size, order = int(draw.choice([2, 4, 8])), str(draw.choice(["little", "big"]))
    for _ in range(int(draw.integers(1, 4))):
        at = int(draw.integers(min(max(len(content) - size, 1), 2048)))
        value = int(draw.choice(_INTEGERS)) % 2 ** (8 * size)
        content[at : at + size] = value.to_bytes(size, order)  # type: ignore[arg-type]


def _word(content: bytearray, draw: Generator) -> None:
    """A number of a text becomes what is none, or too much."""
    found = list(_NUMBERS.finditer(bytes(content[:200_000])))
    if not found:
        _flip(content, draw)
        return
    for _ in range(int(draw.integers(1, 3))):
        one = found[int(draw.integers(len(found)))]
        content[one.start() : one.end()] = _WORDS[int(draw.integers(len(_WORDS)))]


def _whole(content: bytearray, draw: Generator) -> None:
    """Another thing altogether."""
    others = (b"", b"\0", b"[" * 100_000, b"PK\x03\x04", b"\x80\x04.", b"<html></html>", b"{}")
    others += (b"\x89HDF\r\n\x1a\n" + bytes(200), b"II*\0\xff\xff\xff\xff", b"9" * 5000)
    content[:] = others[int(draw.integers(len(others)))]


DAMAGES = (
    *(_flip, _flip_head, _cut, _remove, _insert, _repeat, _fill, _integer, _integer, _word),
    *(_word, _whole),
)


def damaged(content: bytes, draw: Generator) -> tuple[str, bytes]:
    """How a file was damaged, and what it holds now."""
    how = DAMAGES[int(draw.integers(len(DAMAGES)))]
    changed = bytearray(content or b"\0")
    how(changed, draw)
    return how.__name__.strip("_"), bytes(changed)
