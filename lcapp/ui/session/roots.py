"""Which folders of this computer the app opens for those who ask.

While the server answers to this computer alone, whoever types a folder may read it anyway. Beyond
that the app would read the server's disk to strangers: then it opens what it simulates itself, the
collection that it was started on, and what lies below the folders that were named for it.
"""

import argparse
import ipaddress
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import streamlit as st

from lcapp.errors import RunError, SceneError
from lcapp.language import tr
from lcapp.reasons import home
from lcapp.scene.services.place import SOURCE
from lcapp.ui.session.state import PRESET

ROOTS = "LCAPP_ROOTS"
"""Environment variable: the folders below which collections are opened, apart as in PATH."""


def take_options(given: Sequence[str]) -> None:
    """Options behind `streamlit run app.py --`: `--root DIR`, once for each folder.

    Args:
        given: The words; those of another server are passed over.
    """
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    options.add_argument("--root", action="append")
    if named := options.parse_known_args(given)[0].root:
        os.environ[ROOTS] = os.pathsep.join(map(os.path.abspath, named))


def roots() -> tuple[Path, ...] | None:
    """The folders below which collections are opened, links followed; None: all there are."""
    named = os.environ.get(ROOTS, "")
    if not named and _answers_here_alone():
        return None
    every = [*named.split(os.pathsep), os.environ.get(PRESET, "")]
    return tuple(Path(one).expanduser().resolve() for one in every if one)


def check_folder(name: str) -> None:
    """Refuse what lies outside, in the same words whether it is there or not.

    Args:
        name: As it was typed.

    Raises:
        SceneError: It lies outside.
    """
    allowed = roots()
    if allowed is None or (name.startswith(SOURCE) and ",services=" not in name):
        return  # a place is asked of the server's own services, and reads no folder
    try:
        place = Path(name).expanduser().resolve()  # a link that leads out is outside
    except (OSError, RuntimeError, ValueError):  # no such user, links in a ring, a zero byte
        place = None
    if place is None or not any(place.is_relative_to(root) for root in allowed):
        raise SceneError("is not opened here", where=name, advice=told(allowed))


def without_own_folders(text: str) -> str:
    """A sentence for a page: where others read it too, no path leads into what this computer keeps.

    Args:
        text: Of an error, which names the file that it is about.
    """
    if roots() is None:
        return text
    for words, folder in _own_folders().items():
        for spelling in (str(folder), os.path.realpath(folder)):
            text = text.replace(spelling, words)
    return text


def _own_folders() -> dict[str, Path | str]:
    """Folders that nobody has typed, in words; one that lies in another before it."""
    # Here: the server answers before these are there.
    from huggingface_hub import constants

    from lcapp.files import cache_folder
    from lcapp.hub.config import weights_root

    found: dict[str, Path | str] = {
        "the cache of the Hub": constants.HF_HUB_CACHE,
        "weights": weights_root(),
    }
    with suppress(RunError):
        found["the cache of lcapp"] = cache_folder()
        found["~"] = home("HOME")
    return found


def told(allowed: Sequence[Path]) -> str:
    """Which folders are opened and who can change that: half a sentence."""
    if not allowed:
        return tr(
            "the app opens the simulated scenes alone; whoever runs its server names further "
            "folders in {variable}",
            variable=ROOTS,
        )
    return tr(
        "the app opens no folders but those below {folders}; whoever runs its server names "
        "further folders in {variable}",
        folders=tr(" or ").join(map(str, allowed)),
        variable=ROOTS,
    )


def _answers_here_alone() -> bool:
    address = st.get_option("server.address") or ""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:  # none or a name
        return False
