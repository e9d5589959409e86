"""`info`, `scenes` and `models`: what is there."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from lcapp.command.settings import add_settings, with_settings
from lcapp.command.verb import Answer, Verb
from lcapp.errors import LcappError, SceneError
from lcapp.families.door import cards
from lcapp.families.family import families
from lcapp.prepare import crop_to_tile, months
from lcapp.scene.collection import Collection, open_collection
from lcapp.scene.coordinates import WGS84
from lcapp.scene.places import scenes_at
from lcapp.sensors import AERIAL, HEIGHTS, SENTINEL2
from lcapp.types import AUTOMATIC, CloudRule, Scene, Units

DEFAULT_COLLECTION = "a folder, or what else a reader understands; default: the demo scenes"


def scene_options(parser: argparse.ArgumentParser) -> None:
    """Which collection, which of its dates, and what its numbers mean."""
    parser.add_argument("--collection", metavar="SOURCE", help=DEFAULT_COLLECTION)
    add_settings(parser, CloudRule)
    add_settings(parser, Units)


def collection(options: argparse.Namespace) -> Collection:
    """The collection that is named, its units as stated (`Units`), or the demo scene."""
    if options.collection is not None:
        return open_collection(options.collection, with_settings(AUTOMATIC, options))
    from lcapp.simulate.demo.scenes import demo_collection

    return open_collection(demo_collection())


def _info(options: argparse.Namespace) -> Answer:
    import torch

    from lcapp.pipeline.outputs import versions

    cuda = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return {
        "versions": versions(),
        "devices": [{"name": "cpu", "threads": torch.get_num_threads()}]
        + [{"name": f"cuda:{index}", "model": name} for index, name in enumerate(cuda)],
        "bundles": [
            {"name": one.name, "variant": one.variant, "trained": one.trained}
            for one in cards().values()
        ],
    }


def _show_info(answer: dict[str, Any]) -> str:
    lines = [f"{name:10} {version}" for name, version in answer["versions"].items()]
    lines += [f"device     {one['name']} {one.get('model', '')}" for one in answer["devices"]]
    for one in answer["bundles"]:
        state = "trained" if one["trained"] else "NOT trained: random initial weights"
        lines.append(f"bundle     {one['name']} ({one['variant']}, {state})")
    return "\n".join(lines)


def _scenes_options(parser: argparse.ArgumentParser) -> None:
    scene_options(parser)
    parser.add_argument(
        "--at",
        nargs=2,
        type=float,
        metavar=("LON", "LAT"),
        help="only the scenes that hold this place, in degrees (WGS 84)",
    )
    parser.add_argument(
        "--crs", metavar="EPSG:N", help=f"of --at, for instance EPSG:2154 (default {WGS84})"
    )


def _scenes(options: argparse.Namespace) -> Answer:
    if options.crs is not None and options.at is None:
        raise SceneError("--crs says how to read --at, which is missing", where=options.crs)
    found = collection(options)
    rule = with_settings(CloudRule(), options)
    answer = []
    names: Sequence[str] = found.ids
    if options.at is not None:
        x, y = options.at
        names = scenes_at(found, x, y, options.crs or WGS84)
    for name in names:
        try:
            shown = found.scene(name, (), (AERIAL, SENTINEL2, *HEIGHTS))
            answer.append(_describe_scene(shown, rule))
        except SceneError as error:  # one broken scene does not hide the others
            answer.append({"id": name, "error": str(error)})
    return answer


def _describe_scene(scene: Scene, rule: CloudRule) -> dict[str, Any]:
    grid, series = scene.grid, scene.sentinel2
    flown = scene.images[AERIAL].date if AERIAL in scene.images else None
    present: list[int] = []
    notes = list(scene.notes)
    if series is not None:
        try:
            described = months(crop_to_tile(series, grid), rule)[1]
            present = [month.month for month in described if month.present]
        except SceneError as error:  # a list shows the scene all the same, and says why
            notes.append(str(error))
    return {
        "id": scene.id,
        "crs": grid.crs,
        "bounds": list(grid.bounds),
        "months_present": present,
        "acquisitions": 0 if series is None else len(series.dates),
        "aerial_date": None if flown is None else flown.isoformat(),
        "has_ndsm": bool(scene.holds & HEIGHTS),
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
    parser.add_argument("--family", help="only this one")
    parser.add_argument("--variant", help="only this one of each")


def _models(options: argparse.Namespace) -> Answer:
    known = [(family, name, kind) for family, kind in families() for name in kind.variants]
    for what, asked, place in (("family", options.family, 0), ("variant", options.variant, 1)):
        names = dict.fromkeys(str(one[place]) for one in known)
        if asked is not None and asked not in names:
            raise LcappError(f"no such {what}", where=asked, expected=" or ".join(sorted(names)))
    return [
        {
            "family": family,
            "name": name,
            "counts": [asdict(count) for count in kind.count(name)],
        }
        for family, name, kind in known
        if options.family in (None, family) and options.variant in (None, name)
    ]


def _show_models(answer: list[dict[str, Any]]) -> str:
    """A table in millions, the paper's own figures beside those of its size."""
    lines = []
    for one in answer:
        paper = one["name"] == "paper"
        title = f"{one['family']}, {one['name']}"
        lines.append(f"{title:28}  million" + ("  paper, Table 2" if paper else ""))
        for count in one["counts"]:
            line = f"  {count['part']:26} {count['parameters'] / 1e6:8.2f}"
            if paper and count["paper"] is not None:
                line += f" {count['paper'] / 1e6:16.1f}"
            lines.append(line)
    return "\n".join(lines)


INFO = Verb(
    "info", "versions, devices and bundles found here", lambda parser: None, _info, _show_info
)
SCENES = Verb("scenes", "the scenes of a collection", _scenes_options, _scenes, _show_scenes)
MODELS = Verb(
    "models",
    "the networks and the parameters of their parts",
    _models_options,
    _models,
    _show_models,
)
