"""`simulate`: scenes that no sensor has seen."""

import argparse
from pathlib import Path
from typing import Any

from lcapp.command.progress import ProgressLine
from lcapp.command.verb import Answer, Verb
from lcapp.errors import RunError

_TILES = 4

_OF_FLAIR2 = ("tiles", "domains", "side", "shifts", "processes")
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
    parser.add_argument("--tiles", type=int, help=f"of FLAIR #2 (default {_TILES})")
    parser.add_argument("--side", type=int, help="tiles along a zone, 1..6 (default 2)")
    parser.add_argument("--domains", type=int, help="default: one for about five zones")
    parser.add_argument(
        "--shifts",
        type=float,
        metavar="METRES",
        help="deviation of where the dates of Sentinel-2 lie, on each axis (default 0)",
    )
    parser.add_argument("--processes", type=int, help="default: one for each processor")


def _simulate(options: argparse.Namespace) -> Answer:
    from lcapp.simulate.collection import simulate
    from lcapp.simulate.formats.flairhub import simulate_flairhub

    if options.format == "flairhub":
        for name in _OF_FLAIR2:
            if getattr(options, name) is not None:
                raise RunError(
                    f"--{name} is for FLAIR #2", advice=f"leave out --{name}, or --format flairhub"
                )
        return {"out": str(simulate_flairhub(options.out, seed=options.seed)), "seed": options.seed}
    tiles = _TILES if options.tiles is None else options.tiles
    out = simulate(
        options.out,
        tiles,
        options.seed,
        domains=options.domains,
        shifts=options.shifts or 0.0,
        **({} if options.side is None else {"side": options.side}),
        processes=options.processes,
        on_step=ProgressLine().step,
    )
    return {"out": str(out), "seed": options.seed, "tiles": tiles}


def _show(answer: dict[str, Any]) -> str:
    return f"simulated collection written to {answer['out']}"


SIMULATE = Verb("simulate", "write a simulated collection", _options, _simulate, _show)
