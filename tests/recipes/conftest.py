"""Runs that are done in no time: what a training leaves, put there by a small process."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lcapp.classes import FLAIR2
from lcapp.hub.config import BundleConfig
from lcapp.prepare import InputSpec
from lcapp.recipes.jobs import Job
from lcapp.record import to_json
from lcapp.train.config import DataConfig, TrainConfig

ITERATIONS = 7

_SCRIPT = """
import json, pathlib, sys, time
folder, settings, bundle, seconds, noted = sys.argv[1:]
with open(noted, "a") as file:
    file.write(folder + "\\n")
folder = pathlib.Path(folder)
(folder / "bundle").mkdir(parents=True, exist_ok=True)
(folder / "config.json").write_text(settings)
time.sleep(float(seconds))
if bundle == "broken":
    sys.exit("lcapp: it would not be trained")
(folder / "bundle" / "config.json").write_text(bundle)
"""


def job(out: Path, row: str, needs: Sequence[str] = (), seed: int = 0) -> Job:
    """One of seven iterations."""
    folder = out / row / f"seed-{seed}"
    config = replace(TrainConfig(DataConfig("scenes"), seed=seed), iterations=ITERATIONS)
    places = tuple(out / need / f"seed-{seed}" for need in needs)
    return Job(row, seed, folder, config, (), places, (), "geometric")


def described(iterations: int) -> str:
    """The description of a bundle."""
    return BundleConfig(
        *("bundle", "tiny", {}, InputSpec(), FLAIR2.name, None, True, "None.", "CC0-1.0"),
        figures={"iterations": iterations},
    ).to_json()


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    """Holds a line for each training that was begun, its folder."""
    return tmp_path / "noted.txt"


@pytest.fixture
def command(noted: Path) -> Callable[..., Callable[[Job], list[str]]]:
    """How a job is done; those of some rows fail, and each takes its time."""

    def made(broken: Sequence[str] = (), seconds: float = 0) -> Callable[[Job], list[str]]:
        def words(one: Job) -> list[str]:
            bundle = "broken" if one.row in broken else described(ITERATIONS)
            settings = json.dumps(to_json(one.config))
            told = [str(one.folder), settings, bundle, str(seconds), str(noted)]
            return [sys.executable, "-S", "-c", _SCRIPT, *told]

        return words

    return made
