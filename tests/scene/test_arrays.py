"""Arrays in files: read in parts, and refused by their headers before anything is allocated."""

import os
from pathlib import Path

import numpy as np
import pytest

from lcapp.errors import SceneError
from lcapp.scene import arrays
from lcapp.scene.arrays import load_array

VALUES = np.arange(5 * 3 * 7 * 11, dtype=np.int16).reshape(5, 3, 7, 11)


@pytest.mark.parametrize("piece", [1, 100, 2**18])
@pytest.mark.parametrize("order", ["C", "F"])
def test_any_part_is_that_of_the_array_in_memory(
    tmp_path: Path, order: str, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "_PIECE", piece)
    np.save(tmp_path / "a.npy", np.array(VALUES, order=order))
    stored = load_array(tmp_path / "a.npy")
    assert (stored.shape, stored.ndim, stored.dtype) == (VALUES.shape, 4, VALUES.dtype)
    draw = np.random.default_rng(0)
    for _ in range(40):
        key = tuple(
            slice(*sorted(draw.integers(-side - 1, side + 2, 2)), draw.integers(1, 3))
            for side in VALUES.shape
        )
        np.testing.assert_array_equal(stored[key], VALUES[key])
    for key in (np.s_[1], np.s_[-1, :, 2], np.s_[..., 3:5], np.s_[:, ::-1, ::-2], np.s_[2:2]):
        np.testing.assert_array_equal(stored[key], VALUES[key])
    np.testing.assert_array_equal(np.asarray(stored), VALUES)


def _header(path: Path, shape: str, descr: str = "'<u2'") -> None:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(64))


@pytest.mark.parametrize(
    ("shape", "descr", "said"),
    [
        ("(-1, 10, 20, 20)", "'<u2'", "claims the shape -1 x 10"),
        ("(2, 10, 200, 200)", "'<u2'", "truncated"),
        (f"({2**200},)", "'<u2'", "truncated"),
        ("(" * 900 + "1" + ")" * 900, "'<u2'", "truncated or no plain"),
        ("(2,)", "'O'", "is a pickle"),
        ("(2,)", "'V100'", "no array of numbers"),
        ("(2,)", "[('a', '<f4')]", "no array of numbers"),
        ("(2,)", "__import__('os')", "truncated or no plain"),
        ("(2,", "'<u2'", "truncated or no plain"),
        ("(True,)", "'<u2'", ""),
        ("'2'", "'<u2'", "truncated or no plain"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, shape: str, descr: str, said: str) -> None:
    _header(tmp_path / "a.npy", shape, descr)
    if said:
        with pytest.raises(SceneError, match=said):
            load_array(tmp_path / "a.npy")
    else:
        assert load_array(tmp_path / "a.npy").shape == (1,)


def test_a_header_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.npy").open("wb") as file:
        file.write(b"\x93NUMPY\x02\x00" + (2**31).to_bytes(4, "little"))
        file.truncate(2**32)  # sparse
    with pytest.raises(SceneError, match="truncated"):
        load_array(tmp_path / "a.npy")


def test_more_than_the_limit_is_read_in_parts_alone(tmp_path: Path) -> None:
    text = b"{'descr': '<u2', 'fortran_order': False, 'shape': (50, 10, 100000, 100000), }\n"
    with (tmp_path / "a.npy").open("wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
        file.truncate(10 + len(text) + 2 * 50 * 10**11)  # sparse
    stored = load_array(tmp_path / "a.npy")
    assert not stored[:, :, 70_000:70_003, 5:8].any()
    with pytest.raises(SceneError, match="at most 268 million"):
        stored[:, :, :70_000]


def test_a_file_that_becomes_shorter_is_a_sentence(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((4, 1000)))
    stored = load_array(tmp_path / "a.npy")
    os.truncate(tmp_path / "a.npy", 9000)
    assert stored[0, :100].all()
    with pytest.raises(SceneError, match="has become shorter"):
        stored[3]
