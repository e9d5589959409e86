"""`join`: several models become one."""

import argparse
import math
from pathlib import Path
from typing import Any, get_args

from lcapp.command.verb import Answer, Verb
from lcapp.errors import RunError
from lcapp.families.joined.sizes import Rule


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models",
        nargs="+",
        metavar="MODEL[=WEIGHT]",
        help="bundles in weights/, their folders, published models; LF-DLM: AERIAL=0.7 SERIES=0.3",
    )
    parser.add_argument(
        "--rule",
        default="geometric",
        metavar="{geometric,mean}",
        help="mean of the class probabilities (default: geometric)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder; its name is the model's"
    )


def _join(options: argparse.Namespace) -> Answer:
    if options.rule not in get_args(Rule):
        raise RunError(f"rule is {options.rule!r}", expected=" or ".join(get_args(Rule)))
    members = [_member(text) for text in options.models]
    from lcapp.families.joined.write import write_joined

    card = write_joined(options.out, members, options.rule)
    return {
        "out": str(options.out),
        "name": card.name,
        "hash": card.hash,
        "provenance": card.provenance,
        "reads": list(card.reads),
    }


def _member(text: str) -> tuple[str, float]:
    """A name with its weight, 1 where none is said; a name may hold `=` itself."""
    name, _, weight = text.rpartition("=")
    if not name:
        return text, 1.0
    try:
        value = float(weight)
    except ValueError:
        return text, 1.0
    if not 0 <= value < math.inf:
        raise RunError(f"the weight of {name} is {weight}", expected="a number of 0 or more")
    return name, value


def _show(answer: dict[str, Any]) -> str:
    return f"{answer['provenance']}\njoined model {answer['name']} written to {answer['out']}"


JOIN = Verb("join", "join models to one: a weighted mean of probabilities", _options, _join, _show)
