"""What goes wrong on a command line is one sentence, whoever is to blame; never a traceback."""

import argparse
import io
import os
import sys
from pathlib import Path

import pytest

from lcapp import __main__ as command_line
from lcapp.__main__ import main
from lcapp.command.verb import Verb
from lcapp.errors import SceneError


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(one) for one in arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1, told.err
    return told.err.removeprefix("lcapp: ").strip()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("", "no verb is named; expected one of info, scenes"),
        ("predit --out o", "there is no verb 'predit'; expected one of info"),
        ("predit --out o", "did you mean predict?"),
        ("predict", "--out is missing; see python -m lcapp predict --help"),
        ("predict --outt o", "there is no option '--outt'; did you mean --out?"),
        ("models --variamt demo", "there is no option '--variamt'; did you mean --variant?"),
        ("models demo", "'demo' is one word too many"),
        ("predict --out o --steps many", "--steps is 'many'; expected a whole number"),
        ("scenes --at 1 north", "--at is 'north'; expected a number"),
        ("scenes --at 1", "--at has too few values; expected 2"),
        ("evaluate --out o --split half", "--split is 'half'; expected train or validation or"),
        ("models --json=1", "--json takes no value"),
    ],
)
def test_a_mistyped_call_is_one_sentence(capsys, arguments: str, sentence: str) -> None:
    assert sentence in said(capsys, *arguments.split())


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch):
    """A verb `fail` that raises what it is given."""

    def put(error: BaseException) -> None:
        def run(options: argparse.Namespace) -> dict:
            raise error

        one = Verb("fail", "fails", lambda parser: None, run, str)
        monkeypatch.setattr(command_line, "VERBS", (one,))

    return put


def test_what_nobody_foresaw_leaves_its_traceback_in_a_file(
    capsys, verb, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    verb(ZeroDivisionError("two\nlines"))
    sentence = said(capsys, "fail")
    (file,) = tmp_path.glob("lcapp-report-*.txt")
    assert "does not foresee (ZeroDivisionError: two lines)" in sentence
    assert f"the traceback is in {file}: please report it with that file" in sentence
    kept = file.read_text()
    assert "Traceback (most recent call last)" in kept
    assert "asked for: 'fail'" in kept
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    assert "traceback could not be kept either" in said(capsys, "fail")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(13, "Permission denied", "/a/b"), "/a/b: this user has no permission to"),
        (OSError(28, "No space left on device", "/a/b"), "/a/b: no space is left to write it"),
        (MemoryError(), "there is not enough memory"),
        (ModuleNotFoundError("No module named 'torch'", name="torch"), "package torch is not inst"),
        (KeyboardInterrupt(), "interrupted"),
        (RecursionError("deep"), "does not foresee (RecursionError: deep)"),
    ],
)
def test_what_the_system_refuses_is_said_as_that(
    capsys, verb, tmp_path: Path, monkeypatch, error: BaseException, sentence: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    verb(error)
    assert sentence in said(capsys, "fail")


def test_a_terminal_without_a_letter_gets_its_number(verb, monkeypatch) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stderr", narrow)
    verb(SceneError("is not there", where=os.fsdecode(b"for\xeat/\xc3\xa9")))
    assert main(["fail"]) == 2
    narrow.flush()
    assert narrow.buffer.getvalue() == b"lcapp: for\\udceat/\\xe9: is not there\n"
