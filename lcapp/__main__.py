"""`python -m lcapp`: the verbs on a command line.

Answers go to stdout, progress and errors to stderr. Exit code 0, or 2 with one line that says
what is wrong and what to do. torch is imported by the verbs that need it.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lcapp import __version__
from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import LcappError, SceneError
from lcapp.prepare import CloudRule, crop_to_tile, months
from lcapp.scene import Collection, open_collection, read_pair
from lcapp.types import Progress, Scene

Answer = dict[str, Any] | list[dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], Answer] = options.run
    show: Callable[[Any], str] = options.show
    try:
        answer = run(options)
        text = json.dumps(answer, indent=1, ensure_ascii=False) if options.json else show(answer)
        print(text, flush=True)
    except LcappError as error:
        print(f"lcapp: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("lcapp: interrupted; nothing was written", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader (`| head`) has gone; keep Python from complaining once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lcapp",
        description="Land cover from an aerial image and a super-resolved Sentinel-2 year.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(
        name: str,
        run: Callable[[argparse.Namespace], Answer],
        show: Callable[[Any], str],
        text: str,
    ) -> argparse.ArgumentParser:
        one = verbs.add_parser(name, help=text, description=text)
        one.add_argument("--json", action="store_true", help="answer in JSON")
        one.set_defaults(run=run, show=show)
        return one

    verb("info", _info, _show_info, "versions, devices and bundles found here")
    scenes = verb("scenes", _scenes, _show_scenes, "the scenes of a collection")
    models = verb("models", _models, _show_models, "the networks and the parameters of their parts")
    predict = verb("predict", _predict, _show_predict, "super-resolve, fuse and classify a scene")
    simulate = verb("simulate", _simulate, _show_simulate, "write a simulated FLAIR #2 collection")

    for one in (scenes, predict):
        one.add_argument("--collection", metavar="DIR", help="default: the simulated demo scene")
        one.add_argument(
            "--max-cover",
            type=float,
            default=CloudRule().max_cover_percent,
            metavar="PERCENT",
            help="cloud and snow cover up to which a date is kept (default %(default)s)",
        )
    models.add_argument("--variant", help="only this one")
    predict.add_argument("--scene", metavar="ID", help="default: the first of the collection")
    predict.add_argument("--aerial", type=Path, help="instead of a collection: aerial GeoTIFF")
    predict.add_argument("--series", type=Path, help="with --aerial: .npy or GeoTIFF")
    predict.add_argument("--dates", type=Path, help="with --series: one ISO date a line")
    predict.add_argument("--masks", type=Path, help="with --series: T 2 H W .npy, snow and cloud")
    predict.add_argument("--ndsm", type=Path, help="with --aerial: GeoTIFF in metres")
    predict.add_argument("--model", default="tiny", help="bundle in weights/, or its folder")
    predict.add_argument("--sampler", default="ddim", choices=SAMPLERS)
    predict.add_argument("--steps", type=int, default=10)
    predict.add_argument("--seed", type=int, default=0)
    predict.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    predict.add_argument("--micro-batch", type=int, metavar="EPOCHS", help="default: what fits")
    predict.add_argument("--memory-limit", type=float, metavar="MB", help="default: what is free")
    predict.add_argument("--out", type=Path, required=True, metavar="DIR")
    simulate.add_argument("--out", type=Path, required=True, metavar="DIR")
    simulate.add_argument("--seed", type=int, default=0)
    return parser


def _collection(options: argparse.Namespace) -> Collection:
    if options.collection is not None:
        return open_collection(Path(options.collection))
    from lcapp.simulate import demo_collection

    return open_collection(demo_collection())


def _info(options: argparse.Namespace) -> Answer:
    import torch

    from lcapp.hub import bundle_configs
    from lcapp.pipeline.outputs import versions

    cuda = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {
        "versions": versions(),
        "devices": [{"name": "cpu", "threads": torch.get_num_threads()}]
        + [{"name": f"cuda:{index}", "model": name} for index, name in enumerate(cuda)],
        "bundles": [
            {"name": one.name, "variant": one.variant, "trained": one.trained}
            for one in bundle_configs()
        ],
    }


def _show_info(answer: dict[str, Any]) -> str:
    lines = [f"{name:10} {version}" for name, version in answer["versions"].items()]
    lines += [f"device     {one['name']} {one.get('model', '')}" for one in answer["devices"]]
    for one in answer["bundles"]:
        state = "trained" if one["trained"] else "NOT trained: random initial weights"
        lines.append(f"bundle     {one['name']} ({one['variant']}, {state})")
    return "\n".join(lines)


def _scenes(options: argparse.Namespace) -> Answer:
    collection = _collection(options)
    rule = CloudRule(max_cover_percent=options.max_cover)
    answer = []
    for name in collection.ids:
        try:
            answer.append(_describe_scene(collection.scene(name), rule))
        except SceneError as error:  # one broken scene does not hide the others
            answer.append({"id": name, "error": str(error)})
    return answer


def _describe_scene(scene: Scene, rule: CloudRule) -> dict[str, Any]:
    grid = scene.aerial.grid
    present: list[int] = []
    notes = list(scene.notes)
    if scene.series is not None:
        try:
            described = months(crop_to_tile(scene.series, grid), rule)[1]
            present = [month.month for month in described if month.present]
        except SceneError as error:  # a list shows the scene all the same, and says why
            notes.append(str(error))
    return {
        "id": scene.id,
        "crs": grid.crs,
        "bounds": list(grid.bounds),
        "months_present": present,
        "acquisitions": 0 if scene.series is None else len(scene.series.dates),
        "aerial_date": scene.aerial.date and scene.aerial.date.isoformat(),
        "has_ndsm": scene.ndsm is not None,
        "has_reference": scene.reference is not None,
        "simulated": scene.simulated,
        "notes": notes,
    }


def _show_scenes(answer: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{one['id']}  unusable: {one['error']}"
        if "error" in one
        else f"{one['id']}  {one['crs']}  {len(one['months_present'])} months"
        f"{'  reference' if one['has_reference'] else ''}"
        f"{'  simulated' if one['simulated'] else ''}"
        for one in answer
    )


def _models(options: argparse.Namespace) -> Answer:
    from lcapp.models.catalogue import VARIANTS, build, parameters_by_part

    if options.variant is not None and options.variant not in VARIANTS:
        raise LcappError(
            "no such variant", where=options.variant, expected=" or ".join(sorted(VARIANTS))
        )
    answer = []
    for name in VARIANTS if options.variant is None else (options.variant,):
        parts = parameters_by_part(build(VARIANTS[name], seed=0))
        answer.append({"name": name, "parameters": sum(parts.values()), "parts": parts})
    return answer


def _show_models(answer: list[dict[str, Any]]) -> str:
    lines = []
    for one in answer:
        lines.append(f"{one['name']:14} {one['parameters'] / 1e6:8.2f} M")
        lines += [f"  {part:12} {count / 1e6:8.2f} M" for part, count in one["parts"].items()]
    return "\n".join(lines)


def _predict(options: argparse.Namespace) -> Answer:
    from lcapp.pipeline import check_writable, predict, save, summary

    check_writable(options.out)
    from lcapp.hub import load  # brings torch in: after what can be refused at once

    if options.aerial is not None:
        if options.collection is not None or options.scene is not None:
            raise SceneError(
                "--aerial names the scene itself", advice="leave out --collection and --scene"
            )
        scene = read_pair(
            options.aerial,
            options.series,
            dates=options.dates,
            masks=options.masks,
            ndsm=options.ndsm,
        )
    else:
        collection = _collection(options)
        scene = collection.scene(options.scene or collection.ids[0])
    bundle = load(options.model)
    prediction = predict(
        scene,
        bundle,
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


def _show_predict(answer: dict[str, Any]) -> str:
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


def _simulate(options: argparse.Namespace) -> Answer:
    from lcapp.simulate import simulate

    return {"out": str(simulate(options.out, seed=options.seed)), "seed": options.seed}


def _show_simulate(answer: dict[str, Any]) -> str:
    return f"simulated collection written to {answer['out']}"


if __name__ == "__main__":
    sys.exit(main())
