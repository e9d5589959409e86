"""`survey`: a whole collection as one picture and in numbers."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lcapp.command.inventory import collection
from lcapp.command.progress import ProgressLine
from lcapp.command.settings import add_settings, with_settings
from lcapp.command.verb import Answer, Verb
from lcapp.errors import RunError, SceneError
from lcapp.files import check_apart, write_file
from lcapp.scene.collection import Collection, open_collection
from lcapp.sensors import AERIAL, HEIGHTS, SENTINEL2
from lcapp.types import AUTOMATIC, Progress, Units
from lcapp.views.survey.year import Surveyed

_ON_SHEET = 20


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--collection", metavar="SOURCE", help="default: the demo scenes")
    add_settings(parser, Units)
    parser.add_argument("--sheet", type=Path, metavar="FILE.png", help="one line a scene")
    parser.add_argument(
        "--statistics",
        type=Path,
        metavar="FILE.json",
        help="class shares, NDVI of the year, gradients; and a figure beside it, FILE.html",
    )
    parser.add_argument("--beside", metavar="SOURCE", help="collection to show in the statistics")
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help=f"at most so many scenes, drawn at random (default: {_ON_SHEET} on the sheet, all in "
        "the statistics)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn")


def _survey(options: argparse.Namespace) -> Answer:
    _check(options)
    found = collection(options)
    beside = (
        None
        if options.beside is None
        else open_collection(options.beside, with_settings(AUTOMATIC, options))
    )
    answer: dict[str, Any] = {"collection": found.source}
    unusable: dict[str, str] = {}
    for path in (options.sheet, options.statistics):
        if path is not None and path.exists():  # of an earlier survey, or by mistake a scene's
            read = (file for one in found.ids for file in found.reader.files(one))
            names = (path.name, path.with_suffix(".html").name)
            check_apart(path.parent, names, read)
    if options.sheet is not None:
        scenes = _read(found, _ids(found, options.limit or _ON_SHEET, options.seed), unusable)
        _draw_sheet(scenes, found, options.sheet)
        answer["sheet"] = str(options.sheet)
    if options.statistics is not None:
        ids = _ids(found, options.limit or len(found.ids), options.seed)
        figure = _count(_read(found, ids, unusable), found, beside, options.statistics)
        answer |= {"statistics": str(options.statistics), "figure": str(figure)}
    return {**answer, "unusable": unusable}


def _check(options: argparse.Namespace) -> None:
    """Refuse what would come to nothing, before anything is read."""
    if options.sheet is None and options.statistics is None:
        raise RunError("nothing is asked for", advice="name a file with --sheet or --statistics")
    if options.limit is not None and options.limit < 1:
        raise RunError(f"limit is {options.limit}", expected="at least 1")
    for path in (options.sheet, options.statistics):
        if path is not None and not path.parent.is_dir():
            raise RunError("there is no such folder", where=path.parent, advice="make it first")
        if path is not None and path.is_dir():
            raise RunError("is a folder", where=path, expected="the name of a file")
    if options.statistics is not None and options.statistics.suffix == ".html":
        raise RunError(
            "is where the figure goes", where=options.statistics, expected="a name like FILE.json"
        )
    if options.beside is not None and options.statistics is None:
        raise RunError("--beside shows nothing by itself", advice="name a file with --statistics")


def _ids(found: Collection, limit: int, seed: int) -> Sequence[str]:
    places = np.random.default_rng(seed).permutation(len(found.ids))[:limit]
    return [found.ids[place] for place in sorted(places)]


def _read(found: Collection, ids: Sequence[str], unusable: dict[str, str]) -> Iterator[Surveyed]:
    """Scene after scene; a broken one does not hide the others."""
    line = ProgressLine()
    for done, scene_id in enumerate(ids, start=1):
        try:
            surveyed = Surveyed(
                found.scene(scene_id, [AERIAL], [SENTINEL2, *HEIGHTS]), found.truth(scene_id)
            )
        except SceneError as error:
            unusable[scene_id] = str(error)
        else:
            yield surveyed
        line.step(Progress("survey", done, len(ids)))


def _draw_sheet(scenes: Iterator[Surveyed], found: Collection, path: Path) -> None:
    import io

    from PIL import Image

    from lcapp.views.survey.sheet import contact_sheet

    kind = "simulated scenes" if found.simulated else "scenes"
    sheet = contact_sheet(scenes, f"{found.name}: {kind}")
    image = io.BytesIO()
    Image.fromarray(sheet[..., :3].copy()).save(image, format="PNG")
    write_file(path, image.getvalue())


def _count(
    scenes: Iterator[Surveyed], found: Collection, beside: Collection | None, path: Path
) -> Path:
    """The numbers as JSON and their figure beside it; gives the figure's path."""
    from lcapp.views.survey.figure import survey_figure
    from lcapp.views.survey.numbers import survey

    others = () if beside is None else (beside.scene(scene_id, [AERIAL]) for scene_id in beside.ids)
    numbers = survey(scenes, others)
    write_file(path, (json.dumps(numbers.to_json(), indent=1) + "\n").encode())
    name = "" if beside is None else beside.name
    html = survey_figure(numbers, found.name, name).to_html(include_plotlyjs=True)
    figure = path.with_suffix(".html")
    write_file(figure, html.encode())
    return figure


def _show(answer: dict[str, Any]) -> str:
    lines = [
        f"{name}: {answer[name]}" for name in ("sheet", "statistics", "figure") if name in answer
    ]
    lines += [f"{name}  unusable: {why}" for name, why in answer["unusable"].items()]
    return "\n".join(lines)


SURVEY = Verb("survey", "a collection as a picture and in numbers", _options, _survey, _show)
