"""Arrays in files: read in parts, and refused by their headers before anything is allocated."""

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from lcapp.errors import SceneError
from lcapp.scene import arrays
from lcapp.scene.arrays import load_array, read_datasets

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


def _round(file: h5py.File) -> None:
    file["data"] = h5py.SoftLink("/data")


def _external_link(file: h5py.File) -> None:
    file["data"] = h5py.ExternalLink("other.h5", "/data")


def _external_storage(file: h5py.File) -> None:
    file.create_dataset("data", (4,), "u1", external=[("/etc/passwd", 0, 4)])


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource("other.h5", "data", (4,))
    file.create_virtual_dataset("data", layout)


def _compound(file: h5py.File) -> None:
    file.create_dataset("data", data=np.zeros(3, [("a", "f4")]))


def _giant(file: h5py.File) -> None:
    file.create_dataset("data", (50, 10, 10**5, 10**5), "u2", chunks=(1, 1, 64, 64))


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (_round, "data leads elsewhere"),
        (_external_link, "data leads elsewhere"),
        (_external_storage, "is no array of this file"),
        (_virtual, "is no array of this file"),
        (_compound, "expected an array of numbers"),
        (
            lambda file: file.create_dataset("data", data=np.void(b"abc")),
            "expected an array of num",
        ),
        (lambda file: file.create_dataset("data", data=h5py.Empty("f4")), "data holds nothing"),
        (lambda file: file.create_group("data"), "is no array of this file"),
        (_giant, "50 x 10 x 100000 x 100000 numbers"),
        (lambda file: None, "lacks one of its arrays"),
    ],
)
def test_hdf5_that_leads_elsewhere_or_claims_too_much_is_refused(
    tmp_path: Path, write: Callable[[h5py.File], object], said: str
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        write(file)
    with pytest.raises(SceneError, match=said):
        read_datasets(tmp_path / "a.h5", ["data"], "a file of tests")


def test_hdf5_arrays_of_numbers_and_of_text_are_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("data", data=VALUES, compression="gzip")
        file.create_dataset("names", data=["a", "bc"])
        file.create_dataset("fixed", data=np.array([b"a", b"bc"]))
    values, names, fixed = read_datasets(tmp_path / "a.h5", ["data", "names", "fixed"], "")
    np.testing.assert_array_equal(values, VALUES)
    assert (list(names), list(fixed)) == ([b"a", b"bc"], [b"a", b"bc"])
