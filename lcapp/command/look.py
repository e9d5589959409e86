"""`info`, `scenes` and `models`: what is there."""

import argparse
from pathlib import Path
from typing import Any

from lcapp.command.verb import Answer, Verb
from lcapp.errors import LcappError, SceneError
from lcapp.prepare import CloudRule, crop_to_tile, months
from lcapp.scene import Collection, open_collection
from lcapp.types import Scene


def scene_options(parser: argparse.ArgumentParser) -> None:
    """Which collection, and which of its dates."""
    parser.add_argument("--collection", metavar="DIR", help="default: the simulated demo scene")
    parser.add_argument(
        "--max-cover",
        type=float,
        default=CloudRule().max_cover_percent,
        metavar="PERCENT",
        help="cloud and snow cover up to which a date is kept (default %(default)s)",
    )


def collection(options: argparse.Namespace) -> Collection:
    """The collection that is named, or the demo scene."""
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
    found = collection(options)
    rule = CloudRule(max_cover_percent=options.max_cover)
    answer = []
    for name in found.ids:
        try:
            answer.append(_describe_scene(found.scene(name), rule))
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


def _models_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--variant", help="only this one")


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


INFO = Verb(
    "info", "versions, devices and bundles found here", lambda parser: None, _info, _show_info
)
SCENES = Verb("scenes", "the scenes of a collection", scene_options, _scenes, _show_scenes)
MODELS = Verb(
    "models",
    "the networks and the parameters of their parts",
    _models_options,
    _models,
    _show_models,
)
