"""FLAIR-HUB's toy set: a small part of the data set, one archive that its owners offer.

Where it lies stands in the README of IGNF/FLAIR-HUB; no checksum is published with it, so that the
archive's own (CRC-32 of each file) has to do. It was never fetched from there: the address is out
of reach where this was written.
"""

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from lcapp.errors import LcappError, RunError, SceneError
from lcapp.files import check_writable, write_file
from lcapp.limits import parse_json, read_text
from lcapp.reasons import refusal
from lcapp.scene.archive import unpack
from lcapp.scene.services.protocols.transport import Connection
from lcapp.scratch import making
from lcapp.types import Progress
from lcapp.types.byte_count import ByteCount

ADDRESS = (
    "https://storage.gra.cloud.ovh.net/v1/AUTH_366279ce616242ebb14161b7991a8461/defi-ia/"
    "flair_hub/FLAIR-HUB_TOY_DATASET.zip"
)
FOLDER = "FLAIR-HUB_TOY"
BYTES = 750 * 10**6
"""About; the server tells."""

_PART, _TOLD = f"{FOLDER}.zip.part", f"{FOLDER}.zip.json"
_PIECE = 8 * 2**20
_IMAGES = re.compile(r"D\d{3}-\d{4}_AERIAL_RGBI")


def fetch_toy(
    out: Path,
    address: str = ADDRESS,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Bring the toy set here; what came before an interruption is not asked for again.

    Args:
        out: Folder; the set lies in `FLAIR-HUB_TOY` inside it, whole or not at all.
        address: Of the archive.
        on_progress: Told the bytes.
        cancel: Set from another thread to stop.

    Returns:
        The folder of the set, a FLAIR-HUB root.

    Raises:
        ServiceError: The server refuses or cannot be reached.
        SceneError: The archive is damaged, or holds no such set.
        RunError: The disk refuses, or another process is fetching it here.
        Cancelled: On request.
    """
    root = out / FOLDER
    if root.is_dir():
        return root
    check_writable(out)
    out.mkdir(parents=True, exist_ok=True)
    with _alone(out):
        archive = _fetched(out, address, on_progress, cancel)
        try:
            with making(out) as beside:
                unpack(archive, beside)
                os.replace(_set_in(beside, archive), root)
        except SceneError:
            for name in (_PART, _TOLD):  # whatever is wrong with it, it would stay so
                (out / name).unlink(missing_ok=True)
            raise
        for name in (_PART, _TOLD):
            (out / name).unlink(missing_ok=True)
    return root


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    try:
        with FileLock(out / f".{FOLDER}.lock", timeout=0):
            yield
    except Timeout:
        raise RunError(
            "another process is fetching it here", where=out, advice="wait for it, and call again"
        ) from None


def _fetched(
    out: Path,
    address: str,
    on_progress: Callable[[Progress], None] | None,
    cancel: threading.Event | None,
) -> Path:
    """The archive, piece by piece, after those that are there."""
    part, told = out / _PART, out / _TOLD
    total = _known(told, address)
    if total is None:
        part.unlink(missing_ok=True)
    done = part.stat().st_size if part.exists() else 0
    count = ByteCount(total or BYTES, done, on_progress, cancel)
    with Connection({urlsplit(address).netloc.rpartition("@")[2]}, count) as connection:
        while total is None or done < total:
            answer = connection.get(address, "FLAIR-HUB's toy set", span=(done, _PIECE))
            if total is None:
                total = count.total = answer.size
                write_file(told, json.dumps({"address": address, "bytes": total}).encode())
            elif answer.size != total:
                part.unlink(missing_ok=True)
                told.unlink()
                raise SceneError(
                    "was exchanged for another one while it was fetched",
                    where=address,
                    advice="call again to begin anew",
                )
            try:
                with part.open("ab") as file:
                    file.write(answer.content)
            except OSError as error:
                raise refusal(error, part, RunError, writing=True) from error
            done += len(answer.content)
    return part


def _known(told: Path, address: str) -> int | None:
    """How many bytes there are in all, where a part of this archive has come already."""
    if not told.is_file():
        return None
    try:
        found = parse_json(read_text(told, SceneError, "how much there is"))
        return int(found["bytes"]) if found["address"] == address else None
    except (LcappError, ValueError, LookupError, TypeError):
        return None


def _set_in(unpacked: Path, archive: Path) -> Path:
    """The folder that holds a domain's aerial images."""
    found = {
        one.parent
        for one in sorted(unpacked.rglob("*_AERIAL_RGBI"))
        if one.is_dir() and _IMAGES.fullmatch(one.name)
    }
    if len(found) != 1:
        raise SceneError(
            f"holds {len(found)} folders with aerial images of FLAIR-HUB",
            where=archive,
            expected="one, as FLAIR-HUB_TOY/D006-2020_AERIAL_RGBI",
            advice="unpack it by hand, and name the folder with --collection",
        )
    return found.pop()
