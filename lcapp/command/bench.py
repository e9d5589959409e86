"""`bench`: speeds, measured on this machine when asked."""

import argparse
from typing import Any

from lcapp.command.verb import Answer, Verb


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("denoise",), help="denoiser evaluations a second")
    parser.add_argument("--variant", default="tiny", help="tiny, paper, or all")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--epochs", type=int, default=12, help="months at once")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")


def _bench(options: argparse.Namespace) -> Answer:
    from dataclasses import asdict

    from lcapp.bench import denoise
    from lcapp.families.tsrdiff.sizes import VARIANTS

    variants = tuple(VARIANTS) if options.variant == "all" else (options.variant,)
    results = [
        denoise.run(one, options.device, options.epochs, seconds=options.seconds)
        for one in variants
    ]
    return [asdict(one) | {"shown": denoise.show([one])} for one in results]


def _show(answer: list[dict[str, Any]]) -> str:
    return "\n\n".join(one["shown"] for one in answer)


BENCH = Verb("bench", "measure speeds on this machine", _options, _bench, _show)
