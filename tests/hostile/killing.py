"""Verbs that are killed at random moments: `killing.py FOLDER SEED COUNT`, a line of JSON each.

The verbs run in forks of this process, which has everything imported: a moment is one of the verb's
own, and not of its start.
"""

import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch

import lcapp.pipeline.evaluation.run
import lcapp.pipeline.outputs
import lcapp.pipeline.predict
import lcapp.pipeline.zone.run
import lcapp.train.run  # noqa: F401
from lcapp.__main__ import main
from lcapp.families.door import open_model
from lcapp.hub.config import bundle_hash, read_config
from lcapp.scratch import is_scratch
from tests.hostile.doors import DEMO, written
from tests.train.conftest import write_area


@dataclass(frozen=True)
class Verb:
    """What is killed.

    Attributes:
        arguments: Of the command line for a seed and the folder of the results.
        before: The seed of the results that lie there already; None: there are none.
        told: The seed that the results in a folder tell, None where they are none; raises where
            they contradict one another.
        results: Files that are the same after every run with a seed.
    """

    arguments: Callable[[int, Path], list[str]]
    told: Callable[[Path], int | None]
    results: tuple[str, ...]
    before: int | None = 1


def _maps(out: Path) -> int | None:
    summary = out / "summary.json"
    if not summary.exists():
        return None
    told = json.loads(summary.read_text())
    seed = told["settings"]["seed"] if "settings" in told else told["seed"]
    assert told["rasters"]
    for name in told["rasters"]:
        with rasterio.open(out / name) as raster:
            assert raster.tags()["seed"] == str(seed), f"{name} of {raster.tags()['seed']}"
            raster.read()
    return int(seed)


def _bundle(out: Path) -> int:
    bundle_hash(out)
    open_model(out).load()
    return {"licence-1": 1, "licence-2": 2}[read_config(out).licence]


def _trained(out: Path) -> int | None:
    if not (out / "bundle" / "config.json").exists():
        return None
    open_model(out / "bundle").load()
    (seed,) = re.findall(r"seed (\d+)", read_config(out / "bundle").provenance)
    return int(seed)


def _evaluation(out: Path) -> int | None:
    file = out / "evaluation.json"
    return json.loads(file.read_text())["seeds"][0] if file.exists() else None


def _drawn(out: Path) -> None:
    with Image.open(out / "sheet.png") as sheet:
        sheet.load()
    json.loads((out / "statistics.json").read_text())


def _sheet(out: Path) -> None:
    for file in out.glob("[!.]*.json"):
        json.loads(file.read_text())


def verbs(root: Path) -> dict[str, Verb]:
    """All of them, and what they read."""
    written(root / "files")
    pair, zone = root / "files" / "pair", root / "files" / "zone"
    shutil.rmtree(root / "files" / "flair2" / "truth")  # of other bands than the network's
    aerial = root / "large.tif"
    with rasterio.open(zone / "aerial.tif") as file:
        profile, pixels = file.profile, np.tile(file.read(), (1, 2, 2))
    with rasterio.open(aerial, "w", **profile | {"height": 128, "width": 128}) as file:
        file.write(pixels)
    evaluation = root / "evaluation"
    (evaluation / "records" / f"{bundle_hash(DEMO)}-ddim-2").mkdir(parents=True)
    row = {"method": "demo", "over": "seeds", "steps": 2}
    row |= {name: {"mean": 0.5} for name in ("miou", "oa", "miou_seasonal", "miou_others")}
    told = {"classes": [row], "scenes": ["a/b"], "collection": "c", "simulated": True}
    (evaluation / "evaluation.json").write_text(json.dumps(told | {"sampler": "ddim"}))
    labelled = root / "labelled"
    for number, domain in enumerate(("D001_2021", "D004_2021"), start=1):
        write_area(labelled, "train", domain, 2, 128, number)
    run = ("--steps", "2", "--device", "cpu")
    series = ("--dates", str(pair / "a_dates.txt"), "--series", str(pair / "a_series.npy"))
    flair2, tables = str(root / "files" / "flair2"), ("classes.csv", "confusion.csv")
    maps = ("landcover.tif", "confidence.tif")

    def into(out: Path) -> tuple[str, str]:
        return "--out", str(out)

    def predict(seed: int, out: Path) -> list[str]:
        image = str(pair / "a_aerial.tif")
        return ["predict", "--aerial", image, *series, *run, "--seed", str(seed), *into(out)]

    def large(seed: int, out: Path) -> list[str]:
        windows = ("--window", "64", "--overlap", "16")
        return [
            "zone",
            "--aerial",
            str(aerial),
            *series,
            *run,
            *windows,
            "--seed",
            str(seed),
            *into(out),
        ]

    def release(seed: int, out: Path) -> list[str]:
        licence = ("--licence", f"licence-{seed}")
        return ["release", str(DEMO), "--evaluation", str(evaluation), *licence, *into(out)]

    def evaluate(seed: int, out: Path) -> list[str]:
        chosen = ("--collection", flair2, "--split", "all", "--samples", "0")
        return ["evaluate", *chosen, "--model", "demo", *run, "--seeds", str(seed), *into(out)]

    def train(seed: int, out: Path) -> list[str]:
        chosen = ("--collection", str(labelled), "--variant", "demo", "--accelerator", "cpu")
        counts = ("--batch", "2", "--pretrain-passes", "1", "--iterations", "2", "--round", "1")
        return [
            "train",
            *chosen,
            *counts,
            "--validation-scenes",
            "1",
            "--seed",
            str(seed),
            *into(out),
        ]

    def survey(seed: int, out: Path) -> list[str]:
        out.mkdir(parents=True, exist_ok=True)
        files = ("--sheet", str(out / "sheet.png"), "--statistics", str(out / "statistics.json"))
        return ["survey", "--collection", str(labelled), *files, "--seed", str(seed)]

    def simulate(seed: int, out: Path) -> list[str]:
        return ["simulate", "--tiles", "1", "--seed", str(seed), "--processes", "1", *into(out)]

    return {
        "predict": Verb(predict, _maps, (*maps, "superres.tif")),
        "zone": Verb(large, _maps, maps),
        "release": Verb(release, _bundle, ("config.json", "model.safetensors")),
        "evaluate": Verb(evaluate, _evaluation, ("evaluation.json", *tables)),
        "train": Verb(
            train,
            _trained,
            (
                "bundle/config.json",
                "bundle/model.safetensors",
                "pretrained.safetensors",
                "metrics.csv",
            ),
            before=None,  # another seed is refused in the folder of a run
        ),
        "survey": Verb(survey, _drawn, ("sheet.png", "statistics.json")),
        "simulate": Verb(
            simulate, _sheet, ("flair-2_metadata_aerial.json", "SIMULATED.txt"), before=None
        ),
    }


def forked(arguments: list[str], kill_after: float | None = None) -> int | None:
    """Exit code of a verb; None where it was killed."""
    process = os.fork()
    if process == 0:
        os.setpgid(0, 0)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        try:
            code = main(arguments)
        except BaseException:
            code = 99
        os._exit(code)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(process, signal.SIGKILL)
    status = os.waitpid(process, 0)[1]
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else None


def _aged(folder: Path) -> None:
    """What was left a while ago."""
    past = time.time() - 100
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (past, past), follow_symlinks=False)


def _left(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*") if is_scratch(path.name)]


def one(verb: Verb, seconds: float, reference: Path, folder: Path, draw) -> dict[str, object]:
    """Kill a verb once; what came of it."""
    out = folder / "out"
    if verb.before is not None:
        shutil.copytree(reference / "1", folder)
    else:
        folder.mkdir()
    moment = float(draw.uniform(0, 0.95 * seconds))
    code = forked(verb.arguments(2, out), moment)
    told = verb.told(out)
    assert told in (None, 1, 2), told
    assert verb.before is None or told is not None or not (out / "summary.json").exists()
    _aged(folder)
    again = forked(verb.arguments(2, out))
    assert again == 0, f"called again: {again}"
    assert not _left(folder), _left(folder)
    for name in verb.results:
        same = (out / name).read_bytes() == (reference / "2" / "out" / name).read_bytes()
        assert same, f"{name} is another one"
    return {"moment": round(moment, 3), "code": code, "told": told}


def bench(folder: Path, seed: int, count: int, names: list[str]) -> None:
    """All verbs in turn, each killed at moments of its own."""
    torch.set_num_threads(1)
    known = verbs(folder)
    seconds = {}
    for name in names[: max(count, 1)]:
        for number in (1, 2):
            out = folder / name / str(number)
            out.mkdir(parents=True)
            started = time.monotonic()
            code = forked(known[name].arguments(number, out / "out"))
            seconds[name] = time.monotonic() - started
            if code != 0:
                print(json.dumps({"verb": name, "fault": f"a whole run: {code}"}), flush=True)
                return
    for case in range(count):
        name = names[case % len(names)]
        draw = np.random.default_rng((seed, case))
        told: dict[str, object] = {"case": case, "seed": seed, "verb": name}
        try:
            one_told = one(known[name], seconds[name], folder / name, folder / f"case-{case}", draw)
            told |= one_told
        except Exception as error:
            told["fault"] = f"{type(error).__name__}: {error}"[:500]
        print(json.dumps(told), flush=True)
        shutil.rmtree(folder / f"case-{case}", ignore_errors=True)


if __name__ == "__main__":
    bench(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
