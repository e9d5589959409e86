"""`simulate`: scenes that no sensor has seen."""

import argparse
from pathlib import Path
from typing import Any

from lcapp.command.progress import ProgressLine
from lcapp.command.verb import Answer, Verb
from lcapp.errors import RunError
from lcapp.scene.collection import open_collection

_TILES = 4
_SHEET_TILES = 20

_OF_FLAIR2 = ("tiles", "domains", "processes", "sheet", "statistics", "beside")
"""Options that say nothing about the two patches of FLAIR-HUB."""


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="goes on there")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--format",
        choices=("flair2", "flairhub"),
        default="flair2",
        help="FLAIR #2 with the truth of each tile, or two FLAIR-HUB patches with every modality",
    )
    parser.add_argument("--tiles", type=int, help=f"of FLAIR #2, four to a zone (default {_TILES})")
    parser.add_argument("--domains", type=int, help="default: one for about five zones")
    parser.add_argument("--processes", type=int, help="default: one for each processor")
    parser.add_argument(
        "--sheet", type=Path, metavar="FILE.png", help=f"picture of {_SHEET_TILES} of the tiles"
    )
    parser.add_argument(
        "--statistics",
        type=Path,
        metavar="FILE.json",
        help="class shares, NDVI of the year, gradients; and a figure beside it, FILE.html",
    )
    parser.add_argument(
        "--beside", type=Path, metavar="DIR", help="real collection to show in the statistics"
    )


def _simulate(options: argparse.Namespace) -> Answer:
    from lcapp.simulate.collection import simulate
    from lcapp.simulate.formats.flairhub import simulate_flairhub

    _check(options)
    if options.format == "flairhub":
        return {"out": str(simulate_flairhub(options.out, seed=options.seed)), "seed": options.seed}
    tiles = _TILES if options.tiles is None else options.tiles
    out = simulate(
        options.out,
        tiles,
        options.seed,
        domains=options.domains,
        processes=options.processes,
        on_step=ProgressLine().step,
    )
    return {"out": str(out), "seed": options.seed, "tiles": tiles, **_look(out, options)}


def _check(options: argparse.Namespace) -> None:
    """Refuse what would come to nothing, before hours of drawing."""
    if options.format == "flairhub":
        for name in _OF_FLAIR2:
            if getattr(options, name) is not None:
                raise RunError(
                    f"--{name} is for FLAIR #2", advice=f"leave out --{name}, or --format flairhub"
                )
    for path in (options.sheet, options.statistics):
        if path is not None and not path.parent.is_dir():
            raise RunError("there is no such folder", where=path.parent, advice="make it first")
        if path is not None and path.is_dir():
            raise RunError("is a folder", where=path, expected="the name of a file")
    if options.statistics is not None and options.statistics.suffix == ".html":
        raise RunError(
            "is where the figure goes", where=options.statistics, expected="a name like FILE.json"
        )
    if options.beside is not None:
        if options.statistics is None:
            raise RunError(
                "--beside shows nothing by itself", advice="name a file with --statistics"
            )
        open_collection(options.beside)


def _look(out: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The pictures that were asked for."""
    from lcapp.command.survey import draw_sheet, draw_statistics

    looks: dict[str, Any] = {}
    if options.sheet is not None:
        draw_sheet(out, options.sheet, _SHEET_TILES, options.seed)
        looks["sheet"] = str(options.sheet)
    if options.statistics is not None:
        figure = draw_statistics(out, options.beside, options.statistics)
        looks |= {"statistics": str(options.statistics), "figure": str(figure)}
    return looks


def _show(answer: dict[str, Any]) -> str:
    lines = [f"simulated collection written to {answer['out']}"]
    lines += [
        f"{name}: {answer[name]}" for name in ("sheet", "statistics", "figure") if name in answer
    ]
    return "\n".join(lines)


SIMULATE = Verb("simulate", "write a simulated collection", _options, _simulate, _show)
