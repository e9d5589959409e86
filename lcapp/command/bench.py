"""`bench`: speeds, and how strongly the losses pull; measured on this machine, when asked."""

import argparse
from pathlib import Path
from typing import Any

from lcapp.command.inventory import collection
from lcapp.command.verb import Answer, Verb
from lcapp.errors import RunError


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=("denoise", "gradients"),
        help="denoiser evaluations a second; or the gradient of each loss over the step k",
    )
    parser.add_argument("--variant", default="tiny", help="tiny, paper, or all for denoise")
    parser.add_argument("--device", default="auto", help="denoise: auto, cpu or cuda")
    parser.add_argument("--epochs", type=int, default=12, help="denoise: months at once")
    parser.add_argument("--seconds", type=float, default=5.0, help="denoise: of each measurement")
    parser.add_argument("--collection", metavar="DIR", help="gradients: default the demo scene")
    parser.add_argument("--out", type=Path, metavar="FILE.html", help="gradients: the figure")


def _bench(options: argparse.Namespace) -> Answer:
    return _denoise(options) if options.what == "denoise" else _gradients(options)


def _denoise(options: argparse.Namespace) -> Answer:
    from dataclasses import asdict

    from lcapp.bench import denoise
    from lcapp.families.tsrdiff.sizes import VARIANTS

    variants = tuple(VARIANTS) if options.variant == "all" else (options.variant,)
    results = [
        denoise.run(one, options.device, options.epochs, seconds=options.seconds)
        for one in variants
    ]
    return [asdict(one) | {"shown": denoise.show([one])} for one in results]


def _gradients(options: argparse.Namespace) -> Answer:
    from dataclasses import asdict

    from lcapp.train.tsrdiff.gradients import figure, measure

    if options.out is not None and not options.out.parent.is_dir():
        raise RunError("is no folder", where=options.out.parent, expected="an existing folder")
    measured = measure(collection(options), options.variant)
    if options.out is not None:
        from lcapp.files import write_file

        page = figure(measured).to_html(include_plotlyjs=True)
        write_file(options.out, page.encode())
    return [asdict(one) for one in measured]


def _show(answer: list[dict[str, Any]]) -> str:
    return "\n\n".join(one["shown"] if "shown" in one else _table(one) for one in answer)


def _table(norms: dict[str, Any]) -> str:
    """Norms over k, one column a term."""
    scaled = "scaled by abar_k" if norms["weighted"] else "not scaled"
    lines = [f"gradient with respect to eps_w, {scaled}"]
    lines.append("    k" + "".join(f"{term:>13}" for term in norms["norms"]))
    for place, k in enumerate(norms["steps"]):
        row = "".join(f"{values[place]:13.3g}" for values in norms["norms"].values())
        lines.append(f"{k:5d}{row}")
    return "\n".join(lines)


BENCH = Verb("bench", "measure speeds and gradients on this machine", _options, _bench, _show)
