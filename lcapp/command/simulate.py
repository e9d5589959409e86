"""`simulate`: scenes that no sensor has seen."""

import argparse
from pathlib import Path
from typing import Any

from lcapp.command.verb import Answer, Verb


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--format",
        choices=("flair2", "flairhub"),
        default="flair2",
        help="FLAIR #2: one landscape; FLAIR-HUB: two patches with every modality",
    )


def _simulate(options: argparse.Namespace) -> Answer:
    from lcapp.simulate import simulate, simulate_flairhub

    write = simulate if options.format == "flair2" else simulate_flairhub
    return {"out": str(write(options.out, seed=options.seed)), "seed": options.seed}


def _show(answer: dict[str, Any]) -> str:
    return f"simulated collection written to {answer['out']}"


SIMULATE = Verb("simulate", "write a simulated collection", _options, _simulate, _show)
