"""`bench`: what this machine does with a scene, a window of a zone, a step; by model and device."""

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lcapp.command.hub import opened
from lcapp.command.inventory import collection, scene_options
from lcapp.command.progress import ProgressLine
from lcapp.command.settings import with_settings
from lcapp.command.verb import Answer, Verb
from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import RunError
from lcapp.families.family import Model
from lcapp.types import MAPS_ALONE, CloudRule, Progress, Run, RunRecord, Scene

_COLUMNS = ("scene", "window", "prepare", "step", "classify")


def _options(parser: argparse.ArgumentParser) -> None:
    scene_options(parser)
    parser.add_argument("--scene", metavar="ID", help="default: the first of the collection")
    parser.add_argument(
        "--model",
        nargs="+",
        default=["demo"],
        help="one or more, as for predict; ratios are to the first",
    )
    parser.add_argument("--device", nargs="+", default=["auto"], help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--sampler", choices=SAMPLERS, help="default: each model's own")
    parser.add_argument("--steps", type=int, help="default: each model's own")
    parser.add_argument(
        "--repeats", type=int, default=3, help="counted runs, after one that is not (default 3)"
    )


def _bench(options: argparse.Namespace) -> Answer:
    if options.repeats < 1:
        raise RunError(f"repeats is {options.repeats}", expected="at least 1")
    models = [opened(name) for name in options.model]
    found = collection(options)
    scene_id = options.scene or found.ids[0]
    line, answer = ProgressLine(), []
    for model in models:
        scene = found.scene(scene_id, model.card.reads, model.card.uses)
        for device in options.device:
            rule = with_settings(CloudRule(), options)
            own = model.card.run()
            steps = own.steps if options.sampler in (None, own.sampler) else Run.steps
            run = replace(
                own,
                sampler=options.sampler or own.sampler,
                steps=options.steps or steps,
                rule=rule,
                device=device,
            )
            answer.append(_measured(scene, model, run, options.repeats))
            line.step(Progress("bench", len(answer), len(models) * len(options.device)))
    return beside_the_first(answer)


def beside_the_first(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each row with the `ratio` of its scene's seconds to the first model's on its device."""
    firsts: dict[str, float] = {}
    for row in rows:
        firsts.setdefault(row["device"], row["seconds"]["scene"])
    return [row | {"ratio": row["seconds"]["scene"] / firsts[row["device"]]} for row in rows]


def _measured(scene: Scene, model: Model, run: Run, repeats: int) -> dict[str, Any]:
    import torch

    from lcapp.pipeline.predict import predict

    ready = model.prepare(scene, run.rule, run.registration)
    # The first run of a process loads and tunes what the later ones find ready.
    first = predict(ready, model, run).record
    scenes = [predict(scene, model, run).record for _ in range(repeats)]
    windows = [predict(ready, model, run, wanted=MAPS_ALONE).record for _ in range(repeats)]
    return {
        "machine": _machine(first.run.device),
        "threads": torch.get_num_threads(),
        "pixels": [ready.grid.height, ready.grid.width],
        **summary(scenes, windows),
    }


def summary(scenes: Sequence[RunRecord], windows: Sequence[RunRecord]) -> dict[str, Any]:
    """Medians over runs with the same settings.

    Args:
        scenes: Of a whole scene each.
        windows: Of the same scene, prepared, as a window of a zone: its maps alone.

    Returns:
        Plain data. `seconds` of the `scene`; of the `window`; of preparing, of one denoising
        `step` of all months, of classifying. A model that denoises nothing has no step. Memory
        is the highest of all runs.
    """

    def median(records: Sequence[RunRecord], stage: str) -> float:
        return statistics.median(record.seconds.get(stage, 0.0) for record in records)

    first = scenes[0]
    denoises = first.evaluations > 0
    return {
        "model": first.model.name,
        "device": first.run.device,
        "scene": first.scene,
        "sampler": first.run.sampler if denoises else None,
        "steps": first.run.steps if denoises else None,
        "runs": len(scenes),
        "denoiser_evaluations": first.evaluations,
        "seconds": {
            "scene": median(scenes, "total"),
            "window": median(windows, "total"),
            "prepare": median(scenes, "prepare"),
            "step": median(scenes, "super_resolve") / first.run.steps if denoises else None,
            "classify": median(scenes, "classify"),
        },
        "peak_memory_mb": max(record.peak_memory_mb for record in (*scenes, *windows)),
    }


def _machine(device: str) -> str:
    """Model of the GPU or of the processor, as far as the system says it."""
    import platform

    import torch

    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as told:
            names = [line.partition(":")[2].strip() for line in told if "model name" in line]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def _show(answer: list[dict[str, Any]]) -> str:
    first = answer[0]
    lines = [
        f"{first['scene']}, median of {first['runs']} runs, seconds",
        f"{'model':24}{'device':8}{'pixels':>12}{'sampler':>14}"
        + "".join(f"{name:>10}" for name in _COLUMNS)
        + f"{'MB':>8}{'ratio':>8}",
    ]
    for row in answer:
        seconds = (row["seconds"][name] for name in _COLUMNS)
        numbers = "".join(f"{'':>10}" if value is None else f"{value:10.3f}" for value in seconds)
        pixels = "{} x {}".format(*row["pixels"])
        walk = f"{row['sampler']}, {row['steps']}" if row["steps"] else ""
        lines.append(
            f"{row['model'][-23:]:24}{row['device']:8}{pixels:>12}{walk:>14}{numbers}"
            f"{row['peak_memory_mb']:8.0f}{row['ratio']:8.2f}"
        )
    machines = dict.fromkeys(f"{row['device']}: {row['machine']}" for row in answer)
    return "\n".join([*lines, *machines, f"{first['threads']} threads of the CPU"])


BENCH = Verb("bench", "measure what this machine does with a scene", _options, _bench, _show)
