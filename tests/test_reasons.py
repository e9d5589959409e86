"""Each reason for which the system refuses a file has its own sentence; none says "damaged"."""

import errno
import multiprocessing
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from lcapp import files
from lcapp.errors import LcappError, RunError, SceneError
from lcapp.files import check_apart, check_writable, fingerprint, stamps
from lcapp.reasons import check_readable, expanded, home, is_known, refusal


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "no permission to read it"),
        (errno.EPERM, "no permission to read it"),
        (errno.ENOENT, "is not there"),
        (errno.EISDIR, "is a folder"),
        (errno.ENOTDIR, "a part of its path is a file"),
        (errno.EAGAIN, "locked by another program"),
        (errno.ENOSPC, "no space is left"),
        (errno.EDQUOT, "no space is left"),
        (errno.EROFS, "can only be read"),
        (errno.ENAMETOOLONG, "name is too long"),
        (errno.ELOOP, "leads round to itself"),
        (errno.EMFILE, "too many files"),
        (errno.ESTALE, "does not answer"),
    ],
)
def test_each_reason_has_its_sentence(number: int, words: str) -> None:
    told = refusal(OSError(number, os.strerror(number), "/nowhere/a.tif"))
    assert isinstance(told, SceneError)
    assert words in told.what
    assert told.where == "/nowhere/a.tif"
    assert told.advice
    assert "damaged" not in str(told)


def test_a_file_that_windows_has_open_elsewhere_is_locked() -> None:
    error = PermissionError(errno.EACCES, "The process cannot access the file")
    error.winerror = 32
    assert "locked by another program" in refusal(error, "a.tif").what


def test_what_the_content_is_to_blame_for_is_no_reason_of_the_system() -> None:
    assert not is_known(OSError("truncated file: eof = 12"))
    assert is_known(BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"))


def test_a_file_that_is_none_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "pipe", "is a pipe or a device"),
        (Path("/dev/zero"), "is a pipe or a device"),
        (tmp_path / "no.tif", "is not there"),
        (tmp_path / "loop", "leads round"),
        (tmp_path / ("x" * 300), "name is too long"),
        (Path("zero\0byte"), "no name that a file can have"),
    ):
        with pytest.raises(RunError, match=f"{words}.*expected a map"):
            check_readable(path, "a map", RunError)


def _as_nobody(root: Path, said) -> None:
    """What another user is told of these files; sends one line each."""
    from lcapp.scene.collection import open_collection
    from lcapp.scene.pairs import read_pair
    from lcapp.scene.zone.image import open_zone

    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    for ask in (
        lambda: read_pair(root / "closed.tif", None),
        lambda: read_pair(root / "shut" / "a_aerial.tif", None),
        lambda: open_zone(root / "shut"),
        lambda: open_collection(root / "shut"),
        lambda: open_collection(root / "part").scene("a"),
        lambda: check_writable(root / "out"),
        lambda: check_writable(root / "shut" / "out"),
    ):
        try:
            said.send(f"read {ask()}")
        except Exception as error:
            said.send(f"{'' if isinstance(error, LcappError) else repr(error)}{error}")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_closed_files_and_folders_are_said_to_be_closed(tmp_path: Path, make_pair) -> None:
    """As another user: a closed file, a closed folder, one closed file of a pair, outputs."""
    root = tmp_path / "scenes"
    for name in ("shut", "part"):
        (root / name).mkdir(parents=True)
        make_pair(root / name)
    (root / "closed.tif").write_bytes((root / "part" / "a_aerial.tif").read_bytes())
    for path in (root / "closed.tif", root / "part" / "a_series.npy"):
        path.chmod(0o600)
    (root / "shut").chmod(0o700)
    for folder in (root, *root.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    forks = multiprocessing.get_context("fork")
    heard, said = forks.Pipe(duplex=False)
    other = forks.Process(target=_as_nobody, args=(root, said))
    other.start()
    lines = [heard.recv() if heard.poll(30) else "silent" for _ in range(7)]
    other.join()
    assert lines[0].startswith(f"{root}/closed.tif: this user has no permission to read it")
    for place in (1, 2, 3, 6):
        assert "shut: " in lines[place]
        assert "this user" in lines[place]
    assert lines[4].startswith(f"{root}/part/a_series.npy: this user has no permission to read it")
    assert "cannot write here: this user has no permission to write it" in lines[5]
    assert "damaged" not in " ".join(lines)


@pytest.fixture
def make_pair():
    from tests.scene.conftest import PairFolder

    return lambda folder: PairFolder(folder).write()


def _hold(path: str, is_open, done) -> None:
    with h5py.File(path, "r+"):
        is_open.set()
        done.wait(20)


def test_a_series_that_another_program_writes_is_locked_not_damaged(
    treesat_folder: Path, tmp_path: Path
) -> None:
    from lcapp.scene.collection import open_collection

    for path in treesat_folder.glob("Betula_spec._1_15679*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (file,) = tmp_path.glob("*.h5")
    methods = multiprocessing.get_context("spawn")
    is_open, done = methods.Event(), methods.Event()
    writer = methods.Process(target=_hold, args=(str(file), is_open, done))
    writer.start()
    try:
        assert is_open.wait(20)
        collection = open_collection(tmp_path)
        with pytest.raises(SceneError, match=r"\.h5: is locked by another program"):
            collection.scene(collection.ids[0])
    finally:
        done.set()
        writer.join()
    assert collection.scene(collection.ids[0]).sentinel2 is not None
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(SceneError, match="truncated, damaged or no HDF5"):
        collection.scene(collection.ids[0])


def test_a_user_without_home_is_told_which_setting_helps(monkeypatch, tmp_path: Path) -> None:
    from lcapp.files import cache_folder

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda uid: (_ for _ in ()).throw(KeyError(uid)))
    with pytest.raises(RunError, match=r"no home folder.*set LCAPP_CACHE"):
        home("LCAPP_CACHE")
    monkeypatch.delenv("LCAPP_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    with pytest.raises(RunError, match="set LCAPP_CACHE"):
        cache_folder()
    monkeypatch.setenv("LCAPP_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path


def test_the_home_of_nobody_is_said_to_be_none() -> None:
    with pytest.raises(SceneError, match=r"~no-such-user/a\.tif: there is no such user"):
        expanded("~no-such-user/a.tif")


def test_results_are_kept_apart_from_what_is_read(tmp_path: Path) -> None:
    scene = tmp_path / "scene"
    scene.mkdir()
    image, linked = scene / "landcover.tif", tmp_path / "linked"
    image.write_bytes(b"pixels")
    linked.symlink_to(scene)
    for out in (scene, linked):
        with pytest.raises(RunError, match=r"landcover\.tif would overwrite it.*with --out"):
            check_apart(out, ["landcover.tif"], [image])
        with pytest.raises(RunError, match="is the folder of what is read"):
            check_apart(out, ["x.tif"], [scene])
    check_apart(scene, ["confidence.tif"], [image, tmp_path / "not there"])
    check_apart(scene / "out", ["landcover.tif"], [image, scene])


def test_a_changed_file_is_told_wherever_it_was_changed(tmp_path: Path) -> None:
    """Also in the middle, with the same size and time; of a large one by its blocks."""
    file = tmp_path / "a.bin"
    file.write_bytes(bytes(300_000))
    before, now = fingerprint(file), file.stat()
    with file.open("r+b") as opened:
        opened.seek(150_000)
        opened.write(b"x")
    os.utime(file, ns=(now.st_atime_ns, now.st_mtime_ns))
    assert fingerprint(file) != before
    (stamp,) = stamps([file, tmp_path / "none"])
    assert stamp[:2] == (str(file), now.st_mtime_ns)
    assert stamp[2] > now.st_ctime_ns
    assert stamp[3:] == (300_000, now.st_ino)
    with file.open("r+b") as opened:
        opened.truncate(200 * 2**20)  # a hole: takes no space
        before = fingerprint(file)
        opened.seek(256_000)
        opened.write(np.ones(1_000_000, np.uint8))
        opened.flush()
        assert fingerprint(file) != before


def test_a_file_is_hashed_again_only_when_it_has_changed(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(b"one")
    hashed = []
    own = files._hashed
    monkeypatch.setattr(files, "_hashed", lambda path: hashed.append(path) or own(path))
    fingerprint(file)
    fingerprint(file)
    assert len(hashed) == 2  # just written: it may be written again within one tick of the clock
    monkeypatch.setattr(files, "_SETTLED_NS", 0)
    before = fingerprint(file)
    assert fingerprint(file) == before
    assert len(hashed) == 3
    file.write_bytes(b"twice")
    assert fingerprint(file) != before


def test_a_folder_that_is_a_file_cannot_hold_results(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(LcappError, match="is a file"):
        check_writable(tmp_path / "out")
    with pytest.raises(RunError, match="cannot write here: a part of its path is a file"):
        check_writable(tmp_path / "out" / "deeper")
