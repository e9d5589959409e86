"""`evaluate`: networks against labels and known truth, as tables."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lcapp.command.evaluation_text import show
from lcapp.command.hub import opened
from lcapp.command.inventory import DEFAULT_COLLECTION, collection
from lcapp.command.settings import add_settings, with_settings
from lcapp.command.verb import Answer, Verb
from lcapp.command.zone.processes import share_of
from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import RunError
from lcapp.pipeline.evaluation.choice import Method, Part, Settings, chosen
from lcapp.record import to_json
from lcapp.types import Progress, Units

_SAID_IN_A_FILE = 0.05
"""Share of the work after which a log file gets its next line."""


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--collection", metavar="SOURCE", help=DEFAULT_COLLECTION)
    parser.add_argument(
        "--model",
        nargs="+",
        default=["demo"],
        metavar="[NAME=]BUNDLE[,BUNDLE...]",
        help="bundles in weights/, their folders, or owner/name of the Hub; several behind a "
        "name are independent trainings of one method, over which is averaged",
    )
    parser.add_argument(
        "--split",
        choices=("train", "validation", "test", "all"),
        help="of the collection's own (default test; all for the demo scenes)",
    )
    parser.add_argument(
        "--domains", nargs="+", default=[], metavar="DOMAIN", help="instead of a split"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="at most N scenes, evenly chosen")
    add_settings(parser, Settings, {"sampler": SAMPLERS})
    add_settings(parser, Units)
    parser.add_argument(
        "--part",
        metavar="RANK/PROCESSES",
        help="only this share of the scenes, 0/4 to 3/4; when all are done, call without it",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="for tables; goes on there"
    )


def _evaluate(options: argparse.Namespace) -> Answer:
    if options.split and options.domains:
        raise RunError(
            "--split and --domains both say which scenes", advice="leave out one of them"
        )
    methods = [_method(text) for text in options.model]
    found = collection(options)
    split: Part = options.split or ("all" if options.collection is None else "test")
    ids = chosen(found, split, options.domains, options.limit)
    share = share_of(options.part, {})
    from lcapp.pipeline.evaluation.run import evaluate, evaluate_part

    settings = with_settings(Settings(), options)
    settings = replace(
        settings,
        steps=tuple(dict.fromkeys(settings.steps)),
        seeds=tuple(dict.fromkeys(settings.seeds)),
    )
    if share.part is not None:
        asked = (found, ids, methods, settings, options.out)
        evaluate_part(*asked, share.part, progress_line())
        return {"out": str(options.out), "part": [share.rank, share.processes]}
    answer = to_json(evaluate(found, ids, methods, settings, options.out, progress_line()))
    return {**answer, "out": str(options.out)}


def _method(text: str) -> Method:
    """`NAME=MODEL,MODEL` or one model, which then gives its name."""
    name, named, models = text.rpartition("=")
    names = tuple(model for model in models.split(",") if model)
    if not names or (named and not name):
        raise RunError(f"--model {text!r} names no bundle", expected="NAME=BUNDLE or BUNDLE")
    if len(names) > 1 and not name:
        raise RunError(
            f"--model {text!r} has several bundles and no name", expected="NAME=BUNDLE,BUNDLE"
        )
    cards = [opened(model).card for model in names]
    return Method(name or cards[0].name, tuple(card.path for card in cards))


def progress_line() -> Callable[[Progress], None]:
    """Share done and time left on stderr; in a log file, only now and then."""
    started = time.monotonic()
    watched = sys.stderr.isatty()
    said = 0.0

    def show(progress: Progress) -> None:
        nonlocal said
        share, last = progress.done / progress.total, progress.done == progress.total
        if said == 1 or not (watched or last or share >= said + _SAID_IN_A_FILE):
            return
        said = share
        left = (time.monotonic() - started) * (1 / share - 1)
        print(
            f"\r{progress.stage:40} {share:6.1%}  {left:6.0f} s left ",
            end="" if watched and not last else "\n",
            file=sys.stderr,
            flush=True,
        )

    return show


EVALUATE = Verb(
    "evaluate",
    "compare networks with labels and known truth; goes on where it stopped",
    _options,
    _evaluate,
    show,
)
