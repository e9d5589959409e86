"""`evaluate`: networks against labels and known truth, as tables."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lcapp.command.hub import opened
from lcapp.command.inventory import DEFAULT_COLLECTION, collection
from lcapp.command.settings import add_settings, with_settings
from lcapp.command.verb import Answer, Verb
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
    from lcapp.pipeline.evaluation.run import evaluate

    settings = with_settings(Settings(), options)
    settings = replace(
        settings,
        steps=tuple(dict.fromkeys(settings.steps)),
        seeds=tuple(dict.fromkeys(settings.seeds)),
    )
    answer = to_json(evaluate(found, ids, methods, settings, options.out, _progress_line()))
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


def _progress_line() -> Callable[[Progress], None]:
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


def _show(answer: dict[str, Any]) -> str:
    count = len(answer["scenes"])
    lines = [f"{count} scene{'s' if count > 1 else ''} of {answer['collection']}"]
    if answer["simulated"]:
        lines[0] += ", simulated"
    lines += [f"left out: {scene}: {reason}" for scene, reason in answer["left_out"].items()]
    lines += [f"{note} ({of} of {count} scenes)" for note, of in answer["notes"].items()]
    lines += [
        f"{name} has random initial weights: its figures mean nothing"
        for name in answer["untrained"]
    ]
    if answer["classes"]:
        lines += ["", f"{'%':42} {'mIoU':>14} {'OA':>14} {'seasonal':>14} {'others':>14}"]
        lines += [_class_line(row) for row in answer["classes"]]
    else:
        lines.append("no scene has labels: there are no class figures")
    if answer["series"]:
        names = ("PSNR", "SSIM", "SAM", "ERGAS", "gradients", "LR", "PSNR air", "SSIM air")
        lines += ["", f"{'year':42} " + " ".join(f"{name:>9}" for name in names)]
        lines += [_series_line(row) for row in answer["series"]]
        lines += _months(answer["series"])
    return "\n".join([*lines, f"written to {answer['out']}"])


def _class_line(row: dict[str, Any]) -> str:
    figures = (row[name] for name in ("miou", "oa", "miou_seasonal", "miou_others"))
    return f"{_named(row['method'], row['steps']):42} " + " ".join(
        f"{_percent(one):>14}" for one in figures
    )


def _series_line(row: dict[str, Any]) -> str:
    year = row["year"]
    names = ("psnr", "ssim", "sam", "ergas", "gradient_ratio", "lr_consistency")
    values = [year[name] for name in names]
    near = row["aerial"] or {"psnr": None, "ssim": None}
    values += [near["psnr"], near["ssim"]]
    figures = ("--" if value is None else f"{value:.4g}" for value in values)
    label = _named(f"{row['method']}, {row['image']}", row["steps"])
    return f"{label:42} " + " ".join(f"{figure:>9}" for figure in figures)


def _months(rows: list[dict[str, Any]]) -> list[str]:
    """PSNR of each month; nothing where no truth is known."""
    if all(row["year"]["psnr"] is None for row in rows):
        return []
    months = sorted({month for row in rows for month in row["months"]})
    lines = ["", f"{'PSNR by month':42} " + " ".join(f"{month:>5}" for month in months)]
    for row in rows:
        psnr = (row["months"].get(month, {}).get("psnr") for month in months)
        figures = " ".join(f"{'--' if one is None else f'{one:.1f}':>5}" for one in psnr)
        label = _named(f"{row['method']}, {row['image']}", row["steps"])
        lines.append(f"{label:42} {figures}")
    return lines


def _named(method: str, steps: int | None) -> str:
    return method if steps is None else f"{method} ({steps} steps)"


def _percent(one: dict[str, float | None]) -> str:
    if one["mean"] is None:
        return "--"
    mean = f"{100 * one['mean']:.1f}"
    return mean if one["std"] is None else f"{mean} ± {100 * one['std']:.2f}"


EVALUATE = Verb(
    "evaluate",
    "compare networks with labels and known truth; goes on where it stopped",
    _options,
    _evaluate,
    _show,
)
