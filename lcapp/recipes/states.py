"""How far the training of a row is, from what lies in its folder; torch is not needed for that."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from lcapp.errors import LcappError
from lcapp.hub.config import CONFIG_FILE, read_config
from lcapp.limits import parse_json, read_text
from lcapp.record import from_json
from lcapp.train.config import TrainConfig

BUNDLE = "bundle"
"""Where a run leaves its bundle."""


@dataclass(frozen=True)
class State:
    """How far a run is.

    Attributes:
        kind: `other` is a run with other settings, or one that cannot be read.
        told: In words.
    """

    kind: Literal["missing", "begun", "done", "other"]
    told: str


def state(folder: Path, config: TrainConfig) -> State:
    """How far the run in a folder is.

    Args:
        folder: Of the run.
        config: What it is to be trained by. Where its scenes lie may differ: runs are brought
            together from several machines.
    """
    file = folder / CONFIG_FILE
    if not file.is_file():
        return State("missing", "not begun")
    try:
        text = read_text(file, LcappError, "the settings of a run")
        found = from_json(TrainConfig, parse_json(text), file)
    except (LcappError, ValueError) as error:
        return State("other", f"cannot be read: {error}")
    if _anywhere(found) != _anywhere(config):
        return State("other", "holds a run with other settings")
    done = _iterations(folder / BUNDLE)
    if done >= config.iterations:
        return State("done", f"{done} iterations")
    return State("begun", f"{done} of {config.iterations} iterations")


def _iterations(bundle: Path) -> int:
    """Of the last phase, up to which there is a bundle."""
    if not (bundle / CONFIG_FILE).is_file():
        return 0
    try:
        return int(read_config(bundle).figures.get("iterations", 0))
    except (LcappError, TypeError, ValueError):
        return 0


def _anywhere(config: TrainConfig) -> TrainConfig:
    """Without what differs between machines and not between results."""
    data = replace(config.data, collection="", cached_scenes=1)
    return replace(config, data=data, phases_from=bool(config.phases_from) * "a run")
