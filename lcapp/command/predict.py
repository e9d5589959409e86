"""`predict`: a scene and a bundle in, four files out."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lcapp.command.look import collection, scene_options
from lcapp.command.verb import Answer, Verb
from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import SceneError
from lcapp.prepare import CloudRule
from lcapp.scene import read_pair
from lcapp.types import Progress, Scene


def _options(parser: argparse.ArgumentParser) -> None:
    scene_options(parser)
    parser.add_argument("--scene", metavar="ID", help="default: the first of the collection")
    parser.add_argument("--aerial", type=Path, help="instead of a collection: aerial GeoTIFF")
    parser.add_argument("--series", type=Path, help="with --aerial: .npy or GeoTIFF")
    parser.add_argument("--dates", type=Path, help="with --series: one ISO date a line")
    parser.add_argument("--masks", type=Path, help="with --series: T 2 H W .npy, snow and cloud")
    parser.add_argument("--ndsm", type=Path, help="with --aerial: GeoTIFF in metres")
    parser.add_argument("--model", default="tiny", help="bundle in weights/, or its folder")
    parser.add_argument("--sampler", default="ddim", choices=SAMPLERS)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--micro-batch", type=int, metavar="EPOCHS", help="default: what fits")
    parser.add_argument("--memory-limit", type=float, metavar="MB", help="default: what is free")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")


def _scene(options: argparse.Namespace) -> Scene:
    if options.aerial is None:
        found = collection(options)
        return found.scene(options.scene or found.ids[0])
    if options.collection is not None or options.scene is not None:
        raise SceneError(
            "--aerial names the scene itself", advice="leave out --collection and --scene"
        )
    return read_pair(
        options.aerial,
        options.series,
        dates=options.dates,
        masks=options.masks,
        ndsm=options.ndsm,
    )


def _predict(options: argparse.Namespace) -> Answer:
    from lcapp.pipeline import check_writable, predict, save, summary

    check_writable(options.out)
    from lcapp.hub import load  # brings torch in: after what can be refused at once

    scene = _scene(options)
    prediction = predict(
        scene,
        load(options.model),
        options.sampler,
        options.steps,
        options.seed,
        options.device,
        on_step=_progress_line() if sys.stderr.isatty() else None,
        micro_batch=options.micro_batch,
        memory_limit_mb=options.memory_limit,
        cloud_rule=CloudRule(max_cover_percent=options.max_cover),
    )
    save(prediction, options.out)
    return {**summary(prediction), "out": str(options.out)}


def _progress_line() -> Callable[[Progress], None]:
    started = time.monotonic()

    def show(progress: Progress) -> None:
        left = (time.monotonic() - started) / progress.done * (progress.total - progress.done)
        end = "\n" if progress.done == progress.total else ""
        print(
            f"\r{progress.stage:14} {progress.done}/{progress.total}  {left:4.0f} s left ",
            end=end,
            file=sys.stderr,
            flush=True,
        )

    return show


def _show(answer: dict[str, Any]) -> str:
    largest = sorted(answer["areas"].items(), key=lambda item: -item[1]["share"])[:5]
    lines = [
        f"{answer['scene']}: {answer['denoiser_evaluations']} denoiser evaluations in "
        f"{answer['seconds']['total']:.1f} s, {answer['peak_memory_mb']:.0f} MB, "
        f"on {answer['device']}",
        ", ".join(f"{name} {area['share']:.0%}" for name, area in largest),
    ]
    if not answer["bundle"]["trained"]:
        lines.append("The weights are random initial weights: this map means nothing yet.")
    if answer["simulated"]:
        lines.append("The scene is simulated.")
    return "\n".join([*lines, *answer["notes"], f"written to {answer['out']}"])


PREDICT = Verb("predict", "super-resolve, fuse and classify a scene", _options, _predict, _show)
