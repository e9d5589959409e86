"""`zone`: a place larger than a network's window in, maps out; goes on where it was stopped."""

import argparse
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcapp.command.place import place_options
from lcapp.command.predict import month_lines
from lcapp.command.progress import ProgressLine
from lcapp.command.settings import add_settings
from lcapp.command.verb import Answer, Verb
from lcapp.command.zone.job import Job, job
from lcapp.command.zone.processes import (
    Others,
    Share,
    check_devices,
    others,
    share_of,
    share_threads,
)
from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import Cancelled, RunError
from lcapp.types import Progress, Run, Units

if TYPE_CHECKING:
    from lcapp.pipeline.zone.run import ZoneResult

_SECONDS_BETWEEN_LOOKS = 0.5


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--aerial", type=Path, help="aerial GeoTIFF, or a folder of them")
    parser.add_argument("--series", type=Path, help="with --aerial: .npy or GeoTIFF")
    parser.add_argument("--dates", type=Path, help="with --series: one date or product name a line")
    parser.add_argument("--masks", type=Path, help="with --series: T 2 H W .npy, snow and cloud")
    parser.add_argument("--ndsm", type=Path, help="with --aerial: GeoTIFF in metres")
    place_options(parser)
    parser.add_argument("--collection", metavar="DIR", help="instead of --aerial: FLAIR-HUB folder")
    parser.add_argument(
        "--roi", metavar="DOMAIN/ROI", help="with --collection: its region of interest"
    )
    parser.add_argument(
        "--model",
        default="demo",
        help="bundle in weights/, its folder, or owner/name of the Hub; or a published FLAIR-HUB "
        "model: its id or .safetensors file",
    )
    parser.add_argument("--window", type=int, metavar="PIXELS", help="default 512")
    parser.add_argument(
        "--overlap",
        type=int,
        metavar="PIXELS",
        help="of two windows; default a quarter, and a half where FLAIR-HUB's series are read",
    )
    add_settings(parser, Run, {"sampler": SAMPLERS})
    add_settings(parser, Units)
    parser.add_argument(
        "--devices", type=int, default=1, metavar="N", help="processes on this machine, one a GPU"
    )
    parser.add_argument(
        "--part",
        metavar="RANK/PROCESSES",
        help="only this share of the windows, 0/4 to 3/4; when all are done, call without it",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")


def _zone(options: argparse.Namespace) -> Answer:
    from lcapp.files import check_writable

    check_writable(options.out)
    share = share_of(options.part, os.environ)
    if options.devices != 1:
        check_devices(options.devices, options.device or Run.device)
        if share != Share():
            raise RunError(
                f"{options.devices} devices, and this process is one of {share.processes} already",
                advice="leave out --devices",
            )
        share = Share(0, options.devices)
        share_threads(options.devices)
    try:
        asked = job(options, share)
        with others(options) as started:
            result = _run(asked, share, started, options.out)
    except KeyboardInterrupt:
        raise Cancelled(
            "interrupted; what was finished is kept",
            where=options.out,
            advice="call again with the same options to go on",
        ) from None
    if result is None:
        then = "when all are, call again without --part" if share.alone else "the first one writes"
        return {"out": str(options.out), "part": [share.rank, share.processes], "then": then}
    summary: dict[str, Any] = json.loads(result.files["summary.json"].read_text(encoding="utf-8"))
    seconds = {stage: round(value, 3) for stage, value in result.seconds.items()}
    return {**summary, "seconds": seconds, "out": str(options.out)}


def _run(asked: Job, share: Share, started: Others, out: Path) -> "ZoneResult | None":
    """This process's share; the first of several then waits for the others and writes."""
    from lcapp.pipeline.zone.store import parts_missing

    show = ProgressLine()

    def on_step(progress: Progress) -> None:
        started.check()
        show.step(progress)

    if share.part is None:
        return asked(None, on_step)
    asked(share.part, on_step)
    if share.alone or share.rank > 0:
        return None
    while missing := parts_missing(out, share.processes):
        started.check()
        show.wait(missing)
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    return asked(None, ProgressLine().step)


def _show(answer: dict[str, Any]) -> str:
    if "part" in answer:
        rank, processes = answer["part"]
        return f"part {rank} of {processes} is done; {answer['then']}\nkept in {answer['out']}"
    lines = [
        f"{answer['zone']}: {answer['windows_in_all']} windows in "
        f"{answer['seconds']['total']:.1f} s, on {answer['settings']['device']}"
    ]
    for name, areas in answer["areas"].items():
        ordered = sorted(areas.items(), key=lambda item: -item[1]["share"])[:5]
        shares = ", ".join(f"{one} {area['share']:.0%}" for one, area in ordered)
        lines.append(f"{name}: {shares}")
    if answer["without_class"]:
        lines.append(f"{answer['without_class']:.1%} of the area has no class.")
    if answer["settings"].get("trained") is False:
        lines.append("The weights are random initial weights: this map means nothing yet.")
    lines += month_lines(answer.get("months", ()))
    return "\n".join([*lines, *answer["notes"], f"written to {answer['out']}"])


ZONE = Verb(
    "zone",
    "classify a place larger than a window; goes on where it was stopped",
    _options,
    _zone,
    _show,
)
