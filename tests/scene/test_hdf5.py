"""HDF5: nothing is followed out of the file, nothing unpacks to more than it says."""

import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from lcapp.errors import SceneError
from lcapp.scene.hdf5 import read_datasets

VALUES = np.arange(24, dtype=np.uint16).reshape(2, 3, 4)


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


def _chunk(file: h5py.File, content: bytes, **options: object) -> h5py.Dataset:
    """A dataset of 2 x 3 x 4 numbers whose one chunk is that, as it lies in the file."""
    made = file.create_dataset("data", VALUES.shape, VALUES.dtype, chunks=VALUES.shape, **options)
    made.id.write_direct_chunk((0, 0, 0), content)
    return made


def _inflates(file: h5py.File) -> None:
    packing = zlib.compressobj(9)
    zeros = b"".join(packing.compress(bytes(2**20)) for _ in range(64))
    _chunk(file, zeros + packing.flush(), compression="gzip")


def _long(file: h5py.File) -> None:
    _chunk(file, bytes(2**22))


def _packed_twice(file: h5py.File) -> None:
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_chunk(VALUES.shape)
    plan.set_deflate(4)
    plan.set_deflate(4)
    space = h5py.h5s.create_simple(VALUES.shape)
    h5py.h5d.create(file.id, b"data", h5py.h5t.NATIVE_UINT16, space, plan)


def _one_long_text(file: h5py.File) -> None:
    """Every entry is the same text of half a megabyte, which lies in the file once."""
    made = file.create_dataset("data", (300,), h5py.string_dtype(), chunks=(300,))
    made[0] = "x" * 500_000
    (entry,) = np.frombuffer(made.id.read_direct_chunk((0,))[1], "V16")[:1]
    made.id.write_direct_chunk((0,), bytes(entry) * 300)


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (_inflates, "data unpacks to more than it says"),
        (_long, "data unpacks to more than it"),
        (_packed_twice, "packed in a way that is not read"),
        (
            lambda file: file.create_dataset("data", data=VALUES, scaleoffset=0),
            "packed in a way that is not read",
        ),
        (_one_long_text, "data unpacks to more than it says"),
        (lambda file: file.create_dataset("data", (50,), "S200000000"), "claims 50 x 50000000"),
        (lambda file: _chunk(file, b"no deflate", compression="gzip"), "damaged or no HDF5"),
    ],
)
def test_what_unpacks_to_more_than_it_says_is_refused(
    tmp_path: Path, write: Callable[[h5py.File], object], said: str
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        write(file)
    assert (tmp_path / "a.h5").stat().st_size < 2**23
    with pytest.raises(SceneError, match=said):
        read_datasets(tmp_path / "a.h5", ["data"], "a file of tests")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "gzip"},
        {"compression": "gzip", "shuffle": True, "fletcher32": True},
        {"compression": "lzf", "shuffle": True},
        {"fletcher32": True},
        {"chunks": (1, 3, 4), "compression": "gzip"},
    ],
)
def test_whatever_way_people_pack_their_numbers_is_read(
    tmp_path: Path, options: dict[str, object]
) -> None:
    noise = np.random.default_rng(0).integers(0, 2**16, VALUES.shape, np.uint16)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("data", data=noise, **options)
        file.create_dataset("part", noise.shape, noise.dtype, **{"chunks": True, **options})
        texts = {name: one for name, one in options.items() if name != "chunks"}
        if "fletcher32" not in options:  # HDF5 has none of texts
            file.create_dataset("texts", data=[f"product {n}" for n in range(50)], **texts)
        else:
            file.create_dataset("texts", data=np.array([b"product 0"] * 50), **texts)
    names = ["data", "part", "texts"]
    values, nothing, products = read_datasets(tmp_path / "a.h5", names, "a file of tests")
    assert len(products) == 50
    assert products[0] == b"product 0"
    np.testing.assert_array_equal(values, noise)
    assert not nothing.any()  # chunks that were never written
