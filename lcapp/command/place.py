"""Places anywhere on the command line: `fetch-place`, and what `predict` and `zone` ask of one."""

import argparse
import json
import shutil
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from lcapp.command.hub import progress_line
from lcapp.command.verb import Answer, Verb
from lcapp.errors import SceneError
from lcapp.files import check_writable, write_file, write_together
from lcapp.scene.collection import Collection as Scenes
from lcapp.scene.collection import open_collection
from lcapp.scene.pairs import read_pair
from lcapp.scene.services.fetch import fetch_place
from lcapp.scene.services.place import LARGEST, SMALLEST, SOURCE, Place, parse_place
from lcapp.sensors import SENTINEL2
from lcapp.types import Units

_MARK = "_place.json"
"""Ending of the file beside a fetched pair that tells what it is made of."""


def place_options(parser: argparse.ArgumentParser, *, named: bool = True) -> None:
    """What is asked of a place.

    Args:
        parser: Gets the options.
        named: `--place` names it; else the verb's own words do.
    """
    beside = "with --place: " if named else ""
    if named:
        parser.add_argument(
            "--place", metavar="LON,LAT", help="a place in degrees, fetched where it is not here"
        )
    parser.add_argument(
        "--size",
        metavar="M",
        help=f"{beside}side in metres, {SMALLEST:g} to {LARGEST:g} (default {Place.size:g})",
    )
    parser.add_argument(
        "--year", metavar="Y", help=f"{beside}of the series (default: that of the flight)"
    )
    parser.add_argument(
        "--flight", metavar="Y", help=f"{beside}year of the aerial image (default: the newest)"
    )
    parser.add_argument(
        "--bands", metavar="{four,all}", help=f"{beside}of the series (default four)"
    )
    parser.add_argument(
        "--dates-a-month", metavar="N", help=f"{beside}clear dates, at most (default {Place.dates})"
    )
    parser.add_argument("--services", metavar="FILE", help=f"{beside}own services, see README.md")


def source_of(options: argparse.Namespace, where: str) -> str:
    """The source of scenes that the options mean, `place:...`.

    Args:
        options: Of the command line.
        where: Longitude and latitude, with a comma between.
    """
    said = {
        "size": options.size,
        "year": options.year,
        "flight": options.flight,
        "bands": options.bands,
        "dates": options.dates_a_month,
        "services": options.services,  # the last: a path may hold commas
    }
    return ",".join([SOURCE + where, *(f"{k}={v}" for k, v in said.items() if v is not None)])


def placed(options: argparse.Namespace, units: Units, reads: Collection[str]) -> Scenes | None:
    """The place that `--place` names as a collection, fetched; None where it names none.

    Args:
        options: Of the command line.
        units: As they are stated.
        reads: Names of what is needed of it.

    Raises:
        SceneError: Something else is named as well; the place or a service refuses.
    """
    if options.place is None:
        typed = ("size", "year", "flight", "bands", "dates_a_month", "services")
        lone = next((one for one in typed if getattr(options, one) is not None), None)
        if lone is not None:
            raise SceneError(f"--{lone.replace('_', '-')} goes with --place", advice="name a place")
        return None
    others = ("collection", "aerial", "scene", "roi")
    named = next((one for one in others if getattr(options, one, None) is not None), None)
    if named is not None:
        raise SceneError("--place names the scene itself", advice=f"leave out --{named}")
    source = source_of(options, options.place)
    found = open_collection(source, units)
    _fetched(source, series=SENTINEL2 in reads)
    return found


def _fetched(source: str, *, series: bool = True) -> Any:
    place = parse_place(source)
    assert place is not None
    return place, fetch_place(place, series=series, on_progress=progress_line())


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lon", metavar="LON", help="longitude in degrees")
    parser.add_argument("lat", metavar="LAT", help="latitude in degrees")
    place_options(parser, named=False)
    parser.add_argument("--cost", action="store_true", help="only say what it will take")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of plain pairs")


def _fetch(options: argparse.Namespace) -> Answer:
    source = source_of(options, f"{options.lon},{options.lat}")
    place = parse_place(source)
    assert place is not None
    asked = {
        "scene": place.id,
        "crs": place.grid.crs,
        "bounds": list(place.grid.bounds),
        "expected_bytes": place.expected_bytes(),
        "services": [place.aerial.name, place.series.name],
    }
    if options.cost:
        return asked
    if options.out is None:
        raise SceneError("--out is missing", expected="a folder for the files, or --cost")
    check_writable(options.out)
    place, found = _fetched(source)
    notes = read_pair(found.aerial, found.series, masks=found.masks).notes
    told = {**asked, "source": place.text, **found.told, "notes": list(notes)}
    endings = ("_aerial.tif", "_series.tif", "_masks.npy")
    writers: dict[str, Callable[[Path], object]] = {
        place.id + ending: partial(shutil.copyfile, file)
        for ending, file in zip(endings, found.files, strict=True)
    }
    text = json.dumps(told, indent=1, ensure_ascii=False).encode()
    writers[place.id + _MARK] = lambda path: write_file(path, text)
    files = write_together(writers, options.out)
    return {
        **told,
        "bytes": found.bytes,
        "out": str(options.out),
        "files": [one.name for one in files.values()],
    }


def _show(answer: dict[str, Any]) -> str:
    west, south, east, north = answer["bounds"]
    lines = [
        f"{answer['scene']}: {west:.1f} {south:.1f} {east:.1f} {north:.1f} ({answer['crs']})",
        f"from {' and '.join(answer['services'])}",
    ]
    if "out" not in answer:
        return "\n".join([*lines, f"about {answer['expected_bytes'] / 1e6:.0f} MB to fetch"])
    got = f"{answer['bytes'] / 1e6:.1f} MB fetched" if answer["bytes"] else "all of it was here"
    dates = ", ".join(answer["series"]["dates"])
    flown = answer["aerial"]["flown"] or "on a day that nobody tells"
    lines += [f"{got}; flown {flown}; series of {dates}", *answer["notes"]]
    return "\n".join([*lines, f"written to {answer['out']}"])


FETCH_PLACE = Verb(
    "fetch-place",
    "the aerial image and the year of any place, as a collection",
    _options,
    _fetch,
    _show,
)
