"""`fetch`, `release` and `push`: weights from the Hugging Face Hub, made ready, and to it."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lcapp.command.verb import Answer, Verb
from lcapp.families import door
from lcapp.families.family import Model
from lcapp.hub.transport.cache import state_on_disk
from lcapp.types import Progress
from lcapp.types.pace import Pace


def opened(name: str) -> Model:
    """A model by its name, fetched if need be, with a line of progress where somebody watches."""
    return door.open_model(name, on_progress=progress_line())


def progress_line() -> Callable[[Progress], None] | None:
    """Shows the bytes that have come where somebody watches; else None."""
    if not sys.stderr.isatty():
        return None
    pace = Pace()

    def show(now: Progress) -> None:
        pace.note(now)
        seconds = pace.seconds_left()
        left = "" if seconds is None else f"  {seconds:4.0f} s left"
        done, total = now.done / 1e6, now.total / 1e6
        line = f"\r{now.stage}  {done:.1f} of {total:.1f} MB{left} "
        print(line, end="\n" if done == total else "", file=sys.stderr, flush=True)

    return show


def _fetch_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "id", nargs="?", help="owner/name or owner/name@revision; without it, the known ones"
    )


def _fetch(options: argparse.Namespace) -> Answer:
    if options.id is None:
        return _catalogue()
    found = door.fetch(options.id, on_progress=progress_line())
    plain = {name: value for name, value in asdict(found).items() if name != "path"}
    return {"id": options.id, **plain, "weights": str(found.weights)}


def _catalogue() -> list[dict[str, Any]]:
    answer = []
    for one in door.published():
        state = state_on_disk(one.id)
        answer.append(
            {
                **asdict(one),
                "megabytes": round(one.megabytes, 1),
                "on_disk": state.cached,
                "bytes_on_disk": state.bytes,
            }
        )
    return answer


def _show_fetch(answer: dict[str, Any] | list[dict[str, Any]]) -> str:
    if isinstance(answer, dict):
        how = f"{answer['downloaded'] / 1e6:.1f} MB fetched" if answer["downloaded"] else "cached"
        offline = "" if answer["confirmed"] else "; the Hub could not be asked for a newer one"
        return (
            f"{answer['weights']}\n{how}, commit {answer['commit'][:12]}, "
            f"sha256 {answer['sha256'][:12]}{offline}"
        )
    lines = [f"{'':50} {'MB':>7}  {'mIoU':>5}  inputs"]
    for one in answer:
        figure = "" if one["miou"] is None else f"{one['miou']:.1f}"
        here = "  on disk" if one["on_disk"] else ""
        inputs = ", ".join(one["inputs"])
        lines.append(f"{one['id']:50} {one['megabytes']:7.0f}  {figure:>5}  {inputs}{here}")
    return "\n".join([*lines, "mIoU in % from FLAIR-HUB's paper; weights etalab-2.0"])


def _release_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", help="a trained bundle: its folder, as RUN/bundle")
    parser.add_argument(
        "--evaluation", type=Path, required=True, metavar="DIR", help="where `evaluate` measured it"
    )
    parser.add_argument("--licence", required=True, help="of the weights")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder; its name is the bundle's"
    )


def _release(options: argparse.Namespace) -> Answer:
    from lcapp.pipeline.release import release

    told = release(options.bundle, options.evaluation, options.out, options.licence)
    return {"out": str(options.out), "name": told.name, "figures": told.figures}


def _show_release(answer: dict[str, Any]) -> str:
    lines = [f"{name:16} {value}" for name, value in answer["figures"]["held_out"].items()]
    return "\n".join([*lines, f"bundle {answer['name']} written to {answer['out']}"])


def _push_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", help="bundle in weights/, or its folder")
    parser.add_argument("repo", help="owner/name; made where there is none")
    parser.add_argument("--public", action="store_true", help="for a repository made now")


def _push(options: argparse.Namespace) -> Answer:
    return {"commit": door.push(options.bundle, options.repo, private=not options.public)}


def _show_push(answer: dict[str, Any]) -> str:
    return f"written to {answer['commit']}"


FETCH = Verb(
    "fetch",
    "weights from the Hugging Face Hub; without an id, the models that lcapp knows",
    _fetch_options,
    _fetch,
    _show_fetch,
)
RELEASE = Verb(
    "release",
    "a trained bundle under a name of its own, with the figures that evaluate measured",
    _release_options,
    _release,
    _show_release,
)
PUSH = Verb(
    "push",
    "write a bundle with its model card to the Hugging Face Hub",
    _push_options,
    _push,
    _show_push,
)
