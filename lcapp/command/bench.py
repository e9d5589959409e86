"""`bench`: what this machine does with a scene, a window of a zone, a step; by model and device."""

import argparse
import statistics
from collections.abc import Sequence
from typing import Any

from lcapp.command.inventory import collection, scene_options
from lcapp.command.predict import bundle_folder
from lcapp.command.progress import ProgressLine
from lcapp.command.verb import Answer, Verb
from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import RunError
from lcapp.prepare import CloudRule
from lcapp.types import Progress
from lcapp.types.prediction import RunRecord

_COLUMNS = ("scene", "window", "prepare", "step", "classify")


def _options(parser: argparse.ArgumentParser) -> None:
    scene_options(parser)
    parser.add_argument("--scene", metavar="ID", help="default: the first of the collection")
    parser.add_argument("--model", nargs="+", default=["demo"], metavar="MODEL", help="one or more")
    parser.add_argument("--device", nargs="+", default=["auto"], help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--sampler", default="ddim", choices=SAMPLERS)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument(
        "--repeats", type=int, default=3, help="counted runs, after one that is not (default 3)"
    )


def _bench(options: argparse.Namespace) -> Answer:
    if options.repeats < 1:
        raise RunError(f"repeats is {options.repeats}", expected="at least 1")
    folders = [bundle_folder(name) for name in options.model]
    found = collection(options)
    scene = found.scene(options.scene or found.ids[0])
    import torch

    from lcapp.hub.bundle import load
    from lcapp.pipeline.predict import predict

    line = ProgressLine()
    total = len(folders) * len(options.device) * (options.repeats + 1)
    answer: list[dict[str, Any]] = []
    for folder in folders:
        bundle = load(folder)
        for device in options.device:
            records = []
            for _ in range(options.repeats + 1):
                prediction = predict(
                    scene,
                    bundle,
                    options.sampler,
                    options.steps,
                    device=device,
                    cloud_rule=CloudRule(max_cover_percent=options.max_cover),
                )
                records.append(prediction.record)
                done = len(answer) * (options.repeats + 1) + len(records)
                line.step(Progress("bench", done, total))
            answer.append(
                {
                    "machine": _machine(records[0].device),
                    "threads": torch.get_num_threads(),
                    "pixels": [scene.aerial.grid.height, scene.aerial.grid.width],
                    "months": int(sum(month.present for month in prediction.super_resolved.months)),
                    # The first run of a process loads and tunes what the later ones find ready.
                    **summary(records[1:]),
                }
            )
    return answer


def summary(records: Sequence[RunRecord]) -> dict[str, Any]:
    """Medians over runs of one scene with the same settings.

    Seconds of the whole `scene`; of a `window` of that size in a zone, whose scene is prepared
    once; of preparing, of one denoising `step` (of all months), of classifying. A model that reads
    no series takes no steps. Memory is the highest of all runs.
    """

    def median(stage: str) -> float:
        return statistics.median(record.seconds.get(stage, 0.0) for record in records)

    first = records[0]
    return {
        "model": first.bundle,
        "device": first.device,
        "scene": first.scene,
        "sampler": first.sampler,
        "steps": first.steps,
        "runs": len(records),
        "denoiser_evaluations": first.denoiser_evaluations,
        "seconds": {
            "scene": median("total"),
            "window": statistics.median(
                record.seconds["total"] - record.seconds["prepare"] for record in records
            ),
            "prepare": median("prepare"),
            "step": median("super_resolve") / first.steps,
            "classify": median("classify"),
        },
        "peak_memory_mb": max(record.peak_memory_mb for record in records),
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
    height, width = first["pixels"]
    lines = [
        f"{first['scene']}: {height} x {width} pixels, {first['months']} months, "
        f"{first['sampler']}, {first['steps']} steps; median of {first['runs']}, seconds",
        f"{'model':24}{'device':10}" + "".join(f"{name:>10}" for name in _COLUMNS) + f"{'MB':>8}",
    ]
    lines += [
        f"{row['model'][:23]:24}{row['device']:10}"
        + "".join(f"{row['seconds'][name]:10.3f}" for name in _COLUMNS)
        + f"{row['peak_memory_mb']:8.0f}"
        for row in answer
    ]
    machines = dict.fromkeys(f"{row['device']}: {row['machine']}" for row in answer)
    return "\n".join([*lines, *machines, f"{first['threads']} threads of the CPU"])


BENCH = Verb("bench", "measure what this machine does with a scene", _options, _bench, _show)
