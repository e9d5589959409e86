"""`predict`: a scene and weights in, maps out."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lcapp.command.hub import opened
from lcapp.command.inventory import DEFAULT_COLLECTION, collection
from lcapp.command.place import place_options, placed
from lcapp.command.progress import ProgressLine
from lcapp.command.settings import add_settings, run_of, with_settings
from lcapp.command.verb import Answer, Verb
from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import SceneError
from lcapp.files import check_apart, check_writable
from lcapp.pipeline.outputs import file_names, save, summary
from lcapp.scene.names import named
from lcapp.scene.pairs import read_pair
from lcapp.types import AUTOMATIC, Card, Run, Scene, Units


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--collection", metavar="SOURCE", help=DEFAULT_COLLECTION)
    parser.add_argument("--scene", metavar="ID", help="default: the first of the collection")
    place_options(parser)
    parser.add_argument("--aerial", type=Path, help="instead of a collection: aerial GeoTIFF")
    parser.add_argument("--series", type=Path, help="with --aerial: .npy or GeoTIFF")
    parser.add_argument("--dates", type=Path, help="with --series: one date or product name a line")
    parser.add_argument("--masks", type=Path, help="with --series: T 2 H W .npy, snow and cloud")
    parser.add_argument("--ndsm", type=Path, help="with --aerial: GeoTIFF in metres")
    parser.add_argument(
        "--model",
        default="demo",
        help="bundle in weights/, its folder, or owner/name[@revision] of the Hub; a published "
        "model: its id or .safetensors file",
    )
    add_settings(parser, Run, {"sampler": SAMPLERS})
    add_settings(parser, Units)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")


def _scene(options: argparse.Namespace, card: Card) -> Scene:
    """The scene, after a look whether the results would lie where it is read from."""
    units = with_settings(AUTOMATIC, options)
    place = placed(options, units, {*card.reads, *card.uses})
    if options.aerial is None:
        found = collection(options) if place is None else place
        scene_id = found.find(options.scene or found.ids[0])
        read = [Path(found.source), *found.reader.files(scene_id)]
        check_apart(options.out, file_names(card), read)
        return found.scene(scene_id, card.reads, card.uses)
    if options.collection is not None or options.scene is not None:
        raise SceneError(
            "--aerial names the scene itself", advice="leave out --collection and --scene"
        )
    parts = (options.aerial, options.series, options.dates, options.masks, options.ndsm)
    read = [named(part) for part in parts if part is not None]
    check_apart(options.out, file_names(card), read)
    return read_pair(
        options.aerial,
        options.series,
        dates=options.dates,
        masks=options.masks,
        ndsm=options.ndsm,
        units=units,
    )


def _predict(options: argparse.Namespace) -> Answer:
    check_writable(options.out)
    model = opened(options.model)  # what can be refused at once comes before torch
    scene = _scene(options, model.card)
    from lcapp.pipeline.predict import predict

    prediction = predict(scene, model, run_of(model.card, options), on_step=ProgressLine().step)
    save(prediction, options.out)
    return {**summary(prediction), "out": str(options.out)}


def _largest(areas: dict[str, Any]) -> str:
    ordered = sorted(areas.items(), key=lambda item: -item[1]["share"])[:5]
    return ", ".join(f"{name} {area['share']:.0%}" for name, area in ordered)


def _show(answer: dict[str, Any]) -> str:
    lines = [
        f"{answer['scene']}: {answer['bundle']['name']} in {answer['seconds']['total']:.1f} s, "
        f"{answer['denoiser_evaluations']} denoiser evaluations, "
        f"{answer['peak_memory_mb']:.0f} MB, on {answer['device']}",
        _largest(answer["areas"]),
    ]
    further = answer.get("further_areas", {})
    lines += [f"{name}: {_largest(areas)}" for name, areas in further.items()]
    sampler = answer.get("sampler")
    if sampler is not None and not SAMPLERS[sampler].asks:
        lines.append("Nothing was denoised: steps, seed and noise had no say.")
    if answer["without_class"]:
        lines.append(f"{answer['without_class']:.1%} of the image has no pixels, and no class.")
    if not answer["bundle"]["trained"]:
        lines.append("The weights are random initial weights: this map means nothing yet.")
    if answer["simulated"]:
        lines.append("The scene is simulated.")
    lines += month_lines(answer.get("months", ()))
    return "\n".join([*lines, *answer["notes"], f"written to {answer['out']}"])


def month_lines(months: Iterable[dict[str, Any]]) -> list[str]:
    """A line for each thing that is odd about present months, and one for the absent ones."""
    odd: dict[str, list[str]] = {}
    for one in months:
        there = one.get("windows", one["present"])
        if one["reason"] or not there:
            kind = one["reason"].partition(":")[0] if there else "absent"
            odd.setdefault(kind, []).append(str(one["month"]))
    lines = [f"Month{'s'[: len(of) - 1]} {', '.join(of)}: {kind}." for kind, of in odd.items()]
    return [*lines, *(["Why: months in summary.json."] if lines else [])]


PREDICT = Verb("predict", "super-resolve, fuse and classify a scene", _options, _predict, _show)
