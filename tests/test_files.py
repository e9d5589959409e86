"""The files of a result are one set, and what a killed process leaves is known and cleared."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lcapp import files
from lcapp.errors import RunError
from lcapp.files import check_writable, write_file, write_together
from lcapp.scratch import PREFIX, clear, held, is_empty, is_scratch


class Killed(BaseException):
    """What no `except` of the code under test catches."""


def write(out: Path, seed: int, names: tuple[str, ...]) -> None:
    told = {"rasters": list(names), "versions": {"lcapp": "1"}, "seed": seed}
    writers = {name: lambda path: path.write_text(str(seed)) for name in names}
    write_together({**writers, "summary.json": lambda at: at.write_text(json.dumps(told))}, out)


@pytest.mark.parametrize("moment", range(7))
def test_a_kill_never_leaves_a_summary_beside_maps_of_another_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    write(tmp_path, 1, ("landcover.tif", "confidence.tif", "superres.tif"))
    (tmp_path / "mine.tif").write_text("of somebody else")
    left = moment
    replace, unlink = os.replace, Path.unlink

    def counted(name, do, *arguments, **options):
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return do(*arguments, **options)

    monkeypatch.setattr(files.os, "replace", lambda *a: counted("replace", replace, *a))
    monkeypatch.setattr(Path, "unlink", lambda *a, **k: counted("unlink", unlink, *a, **k))
    if moment < 5:
        with pytest.raises(Killed):
            write(tmp_path, 2, ("landcover.tif", "confidence.tif"))
    else:  # summary, superres, two maps, summary: five moments
        write(tmp_path, 2, ("landcover.tif", "confidence.tif"))
    there = {one.name: one.read_text() for one in tmp_path.glob("[!.]*")}
    assert there.pop("mine.tif") == "of somebody else"
    if told := there.pop("summary.json", None):
        assert set(there.values()) == {str(json.loads(told)["seed"])}
        assert set(there) == set(json.loads(told)["rasters"])
    else:
        assert 0 < moment < 5


def test_a_summary_of_another_program_removes_nothing(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(json.dumps({"rasters": ["mine.tif"]}))
    (tmp_path / "mine.tif").touch()
    (tmp_path.parent / "outside.tif").touch()
    write(tmp_path, 1, ("landcover.tif",))
    assert (tmp_path / "mine.tif").exists()
    listed = {"rasters": ["../outside.tif", "/etc/x.tif", "a.txt"], "versions": {"lcapp": "1"}}
    (tmp_path / "summary.json").write_text(json.dumps(listed))
    (tmp_path / "a.txt").touch()
    write(tmp_path, 1, ("landcover.tif",))
    assert (tmp_path / "a.txt").exists()
    assert (tmp_path.parent / "outside.tif").exists()


def aged(path: Path) -> Path:
    past = time.time() - 100
    os.utime(path, (past, past))
    return path


def test_what_a_killed_process_left_is_cleared_by_the_next_one(tmp_path: Path) -> None:
    for name in (f"{PREFIX}0123abcd", ".lcapp-ab12_z9q"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "landcover.tif").touch()
        aged(tmp_path / name)
    aged_file = tmp_path / ".config.json-1a2b3c4d"
    aged_file.touch()
    aged(aged_file)
    assert is_empty(tmp_path)
    check_writable(tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_not_ours_or_still_held_stays(tmp_path: Path) -> None:
    for name in (".lcapp-zone", ".my-projects", ".vscode-settings", "config.json-1a2b3c4d"):
        assert not is_scratch(name)
        aged_folder = tmp_path / name
        aged_folder.mkdir()
        aged(aged_folder)
    fresh, held_one = tmp_path / f"{PREFIX}00000001", tmp_path / f"{PREFIX}00000002"
    fresh.mkdir()
    held_one.mkdir()
    aged(held_one)
    with held(held_one):
        clear(tmp_path)
        assert len(list(tmp_path.iterdir())) == 6
    clear(tmp_path)
    assert not held_one.exists()
    assert fresh.exists()


def test_a_process_that_is_killed_lets_go_of_what_it_held(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from lcapp.scratch import making\n"
        "with making(Path(sys.argv[1])): print(flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        (left,) = tmp_path.iterdir()
        aged(left)
        clear(tmp_path)
        assert left.exists()
        process.kill()
    clear(tmp_path)
    assert not left.exists()


def test_a_file_is_written_whole_and_leaves_no_scratch(tmp_path: Path) -> None:
    write_file(tmp_path / "a", b"one")
    write_file(tmp_path / "a", b"two")
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"a": b"two"}


@pytest.mark.parametrize("name", ["x" * 3000, "a\0b"])
def test_an_output_that_cannot_be_called_so_is_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError, match=r"bytes|zero byte"):
        check_writable(tmp_path / name)


def test_a_failure_leaves_no_folder_that_was_not_there(tmp_path: Path) -> None:
    def fails(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(RunError, match="no space"):
        write_together({"landcover.tif": fails, "summary.json": fails}, tmp_path / "new")
    assert not list(tmp_path.iterdir())
