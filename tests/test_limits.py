"""What is too much, what is no file and what is no name is a sentence before anything is read."""

import os
import socket
from pathlib import Path

import pytest

from lcapp.errors import SceneError
from lcapp.limits import (
    MOST_LEVELS,
    MOST_NUMBERS,
    check_extent,
    check_file,
    parse_json,
    path_of,
    read_text,
)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((50, 10, 10**5, 10**5), "50 x 10 x 100000 x 100000 numbers; expected at most 268 million"),
        ((2**200,), r"claims 2\^200 numbers"),
        ((-1, 10, 20, 20), "claims the shape -1 x 10"),
        ((MOST_NUMBERS + 1,), "claims 268435457 numbers"),
    ],
)
def test_a_header_that_claims_too_much_is_refused(shape: tuple[int, ...], said: str) -> None:
    with pytest.raises(SceneError, match=said):
        check_extent(shape, "here", SceneError)


def test_what_fits_passes() -> None:
    check_extent((MOST_NUMBERS,), "here", SceneError)
    check_extent((0, 10**9, 10**9), "here", SceneError)


def test_what_never_ends_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    for name, said in (
        ("pipe", "is a pipe or a device"),
        ("zero", "is a pipe or a device"),
        ("socket", "is a pipe or a device"),
        (".", "is a folder"),
        ("nothing", "is not there"),
    ):
        with pytest.raises(SceneError, match=said):
            read_text(tmp_path / name, SceneError, "a text file")


def test_a_text_is_read_whole_or_said_to_be_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "dates.txt"
    file.write_text("2021-03-14\n", encoding="utf-8")
    assert read_text(file, SceneError, "dates") == "2021-03-14\n"
    assert check_file(file, SceneError) == 11
    monkeypatch.setattr("lcapp.limits.MOST_SIGNS", 10)
    with pytest.raises(SceneError, match="expected dates, of at most"):
        read_text(file, SceneError, "dates")
    file.write_bytes(b"\xff\xfe\0")
    with pytest.raises(SceneError, match="is no text"):
        read_text(file, SceneError, "dates")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000 + "]" * 100_000, "more than 64 deep"),
        ('{"a":' * (MOST_LEVELS + 1) + "1" + "}" * (MOST_LEVELS + 1), "more than 64 deep"),
        ("[" + "9" * 5000 + "]", "a whole number of 5000 digits"),
        ("[1", "Expecting"),
    ],
)
def test_json_that_nobody_can_live_with_is_a_value_error(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_json(text)


def test_other_json_is_read() -> None:
    deep = "[" * MOST_LEVELS + "]" * MOST_LEVELS
    assert str(parse_json(deep)) == deep
    assert parse_json('{"a": [1, -2.5, "x"], "seed": 9223372036854775807}') == {
        "a": [1, -2.5, "x"],
        "seed": 2**63 - 1,
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a\0b.tif", "has a zero byte"),
        ("x" * 3000, "is a name of 3000 bytes"),
        ("é" * 128, "is a name of 256 bytes"),
        ("/".join(["x" * 200] * 30), "has 6029 bytes"),
        ("~" * 300, "is a name of 300 bytes"),
        ("~" * 200, "no such user"),
    ],
)
def test_a_name_that_no_file_can_have_is_refused(name: str, said: str) -> None:
    with pytest.raises(SceneError, match=said) as refused:
        path_of(name, SceneError)
    assert len(str(refused.value)) < 400


def test_a_name_that_a_file_can_have_is_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert path_of("~/scenes", SceneError) == Path("/home/someone/scenes")
    assert path_of("x" * 255, SceneError) == Path("x" * 255)
    assert path_of("a~b/c", SceneError) == Path("a~b/c")
