"""The verb `simulate`; that it writes a collection stands in tests/simulate."""

from pathlib import Path

import pytest

from lcapp.__main__ import main


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--tiles", "0"], "tiles is 0; expected at least 1"),
        (["--format", "flairhub", "--tiles", "2"], "--tiles is for FLAIR #2"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    asked: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["simulate", "--out", str(tmp_path / "out"), "--seed", "5", *asked]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert not (tmp_path / "out").exists()
