"""`predict`: a scene and weights in, maps out."""

import argparse
from pathlib import Path
from typing import Any

from lcapp.command.hub import fetched
from lcapp.command.inventory import collection, scene_options
from lcapp.command.progress import ProgressLine
from lcapp.command.verb import Answer, Verb
from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import SceneError
from lcapp.prepare import CloudRule, InputSpec
from lcapp.scene.pairs import read_pair
from lcapp.types import Scene


def _options(parser: argparse.ArgumentParser) -> None:
    scene_options(parser)
    parser.add_argument("--scene", metavar="ID", help="default: the first of the collection")
    parser.add_argument("--aerial", type=Path, help="instead of a collection: aerial GeoTIFF")
    parser.add_argument("--series", type=Path, help="with --aerial: .npy or GeoTIFF")
    parser.add_argument("--dates", type=Path, help="with --series: one ISO date a line")
    parser.add_argument("--masks", type=Path, help="with --series: T 2 H W .npy, snow and cloud")
    parser.add_argument("--ndsm", type=Path, help="with --aerial: GeoTIFF in metres")
    parser.add_argument(
        "--model",
        default="demo",
        help="bundle in weights/, its folder, or owner/name of the Hub; for a FLAIR-HUB patch also "
        "a published model: its id or .safetensors file",
    )
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
        name = options.scene or found.ids[0]
        return found.scene(name, found.header(name).holds & InputSpec().reads)
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
    from lcapp.pipeline.outputs import check_writable

    check_writable(options.out)
    file = published_file(options.model)
    return _predict_scene(options) if file is None else _predict_patch(options, file)


def _predict_scene(options: argparse.Namespace) -> Answer:
    from lcapp.pipeline.outputs import save, summary
    from lcapp.pipeline.predict import predict

    model = bundle_folder(options.model)  # what can be refused at once comes before torch
    scene = _scene(options)
    from lcapp.hub.bundle import load

    prediction = predict(
        scene,
        load(model),
        options.sampler,
        options.steps,
        options.seed,
        options.device,
        on_step=ProgressLine().step,
        micro_batch=options.micro_batch,
        memory_limit_mb=options.memory_limit,
        cloud_rule=CloudRule(max_cover_percent=options.max_cover),
    )
    save(prediction, options.out)
    return {**summary(prediction), "out": str(options.out)}


def bundle_folder(model: str) -> Path:
    """The folder of a bundle, fetched if need be."""
    from lcapp.hub.config import bundle_path
    from lcapp.hub.transport.repository import looks_like_id

    if not Path(model).exists() and looks_like_id(model):
        return fetched(model).path
    return bundle_path(model)


def published_file(model: str) -> Path | None:
    """The file of one of IGN's models, fetched if need be; None for a bundle."""
    from lcapp.families.flairhub.known import known

    if Path(model).suffix == ".safetensors":
        return Path(model)
    return fetched(model).weights if known(model.partition("@")[0]) else None


def _predict_patch(options: argparse.Namespace, file: Path) -> Answer:
    """A FLAIR-HUB patch through a published model."""
    from lcapp.families.flairhub import file as flairhub
    from lcapp.families.flairhub import patches
    from lcapp.hub.transport.cache import sha256_of

    if options.collection is None:
        raise SceneError(
            "a published FLAIR-HUB model needs a FLAIR-HUB patch",
            advice="name a FLAIR-HUB folder with --collection",
        )
    found = collection(options)
    modalities = flairhub.contents(file).config.modalities
    place = found.scene(options.scene or found.ids[0], modalities)
    prediction = patches.predict_patch(
        place,
        flairhub.load(file),
        model=file.name,
        sha256=sha256_of(file),
        collection=found.name,
        device=options.device,
    )
    patches.save(prediction, options.out)
    return {**patches.summary(prediction), "out": str(options.out)}


def _show(answer: dict[str, Any]) -> str:
    return _show_patch(answer) if "modalities" in answer else _show_scene(answer)


def _show_patch(answer: dict[str, Any]) -> str:
    lines = [
        f"{answer['scene']}: {answer['model']['name']} in {answer['seconds']:.1f} s, "
        f"{answer['peak_memory_mb']:.0f} MB, on {answer['device']}",
        f"inputs: {', '.join(answer['modalities'])}",
    ]
    lines += [f"{name}: {_largest(areas)}" for name, areas in answer["areas"].items()]
    if answer["simulated"]:
        lines.append("The patch is simulated.")
    return "\n".join([*lines, f"written to {answer['out']}"])


def _largest(areas: dict[str, Any]) -> str:
    ordered = sorted(areas.items(), key=lambda item: -item[1]["share"])[:5]
    return ", ".join(f"{name} {area['share']:.0%}" for name, area in ordered)


def _show_scene(answer: dict[str, Any]) -> str:
    lines = [
        f"{answer['scene']}: {answer['denoiser_evaluations']} denoiser evaluations in "
        f"{answer['seconds']['total']:.1f} s, {answer['peak_memory_mb']:.0f} MB, "
        f"on {answer['device']}",
        _largest(answer["areas"]),
    ]
    if not answer["bundle"]["trained"]:
        lines.append("The weights are random initial weights: this map means nothing yet.")
    if answer["simulated"]:
        lines.append("The scene is simulated.")
    return "\n".join([*lines, *answer["notes"], f"written to {answer['out']}"])


PREDICT = Verb("predict", "super-resolve, fuse and classify a scene", _options, _predict, _show)
