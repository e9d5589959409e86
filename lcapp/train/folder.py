"""The folder of a run: whose it is, the settings it was begun with, the scenes it does without."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from lightning.pytorch.utilities import rank_zero_only

from lcapp.errors import RunError
from lcapp.files import write_file
from lcapp.limits import parse_json, read_text
from lcapp.record import from_json, to_json
from lcapp.scratch import clear, is_empty
from lcapp.train.config import TrainConfig

CONFIG_FILE = "config.json"
LEFT_OUT_FILE = "left_out.json"


def is_begun(out: Path, config: TrainConfig) -> bool:
    """Whether the folder is this run's already.

    Raises:
        RunError: It holds something else, or a run with other settings.
        BundleError: Its settings are damaged.
    """
    path = out / CONFIG_FILE
    if not path.is_file():
        if out.exists() and (not out.is_dir() or not is_empty(out)):
            raise RunError(
                "exists and is no training run",
                where=out,
                expected="a new or empty folder",
                advice="name another folder",
            )
        return False
    found = asdict(read_settings(path))
    differing = [name for name, value in asdict(config).items() if found[name] != value]
    if differing:
        raise RunError(
            f"holds a run with another {' and '.join(differing)}",
            where=out,
            expected="the settings that it was begun with",
            advice="name another folder",
        )
    return True


def read_settings(path: Path) -> TrainConfig:
    """The settings of a run, from its `config.json`.

    Raises:
        RunError: It cannot be read.
        BundleError: Names the settings that are missing, unknown or of a wrong type.
    """
    expected = "the config.json of a training run"
    try:
        found = parse_json(read_text(path, RunError, expected))
    except ValueError as error:
        raise RunError(f"cannot be read: {error}", where=path, expected=expected) from None
    return from_json(TrainConfig, found, path)


@rank_zero_only
def begin(out: Path, config: TrainConfig) -> None:
    """Make the folder, and write the settings into it.

    Raises:
        RunError: It cannot be made or written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        clear(out)
    except OSError as error:
        raise RunError(
            f"cannot be made: {error.strerror}", where=out, advice="name another folder"
        ) from error
    write_file(out / CONFIG_FILE, (json.dumps(to_json(config), indent=1) + "\n").encode())


def left_out(out: Path) -> tuple[str, ...] | None:
    """Ids of the scenes that a run does without; None where it has not been found out yet.

    Raises:
        RunError: The file is damaged.
    """
    path = out / LEFT_OUT_FILE
    if not path.exists():
        return None
    try:
        found = parse_json(read_text(path, RunError, "ids of scenes"))
    except (RunError, ValueError):
        found = None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise RunError(
            "cannot be read",
            where=path,
            expected="ids of scenes",
            advice="remove it; which scenes have no clear month is then found out again",
        )
    return tuple(found)


@rank_zero_only
def remember_left_out(out: Path, ids: Sequence[str]) -> None:
    """Keep the scenes that a run does without, so that it goes on with the same ones.

    Raises:
        RunError: It cannot be written.
    """
    write_file(out / LEFT_OUT_FILE, (json.dumps(list(ids), indent=1) + "\n").encode())
