"""The one door to every model: by name, folder, file or id on the Hub. Imports no torch.

What a name may be, and in this order: a bundle in `weights/` (its folder or its own name), a folder
or a file, `owner/name[@revision]` of the Hugging Face Hub, which is fetched where it is not in the
cache. A name that fits two of them is refused.
"""

import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Collection
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError, safe_open

from lcapp.errors import BundleError, LcappError
from lcapp.families.family import Family, Model, Published, families, family
from lcapp.families.joined.sizes import ARCHITECTURE as JOINED
from lcapp.hub.config import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    bundles,
    no_bundle,
    read_config,
    weights_root,
)
from lcapp.hub.transport import remote
from lcapp.hub.transport.cache import Fetched, in_cache, state_on_disk
from lcapp.hub.transport.push import push as onto_hub
from lcapp.hub.transport.repository import SAFETENSORS, cached_ids, looks_like_id
from lcapp.limits import path_of
from lcapp.reasons import check_readable
from lcapp.scene.names import is_junk
from lcapp.types import Card, Progress

_log = logging.getLogger(__name__)

Answered = TypeVar("Answered")


def open_model(
    name: str | Path,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Model:
    """A model, its weights not read yet.

    Args:
        name: Of a bundle in `weights/`, a folder, a file, or `owner/name[@revision]` of the Hub.
        on_progress: Told of the bytes of a download.
        cancel: Stops a download.

    Raises:
        BundleError: There is no such model, it fits two things, or it cannot be used.
    """
    place = locate(name, on_progress, cancel)
    return _asked(_family_of(place).open, place)


def open_card(name: str | Path) -> Card:
    """What a model says of itself, without its hash; as `open_model`."""
    place = locate(name)
    return _asked(_family_of(place).describe, place)


def cards() -> dict[str, Card]:
    """The models on this computer by the name that opens them: bundles, then what was fetched.

    One that cannot be described is left out, with a warning in the log: it must not keep the
    others from being used, and asking for it by name says what is wrong.
    """
    places = _bundles_by_name()
    places |= {one: place for one in cached_ids() if (place := in_cache(one)) is not None}
    found = {}
    for name, place in places.items():
        try:
            found[name] = _asked(_family_of(place).describe, place)
        except BundleError as error:
            _log.warning("left out of the list: %s", error)
    return found


def _bundles_by_name() -> dict[str, Path]:
    """Those in `weights/` by the name that opens them: where two share theirs, the folder's."""
    here = bundles()
    taken = Counter(name for config, folder in here for name in {config.name, folder.name})
    return {
        config.name if taken[config.name] == 1 else folder.name: folder for config, folder in here
    }


def published() -> tuple[Published, ...]:
    """The models that are known by their id, of all families."""
    return tuple(one for _, kind in families() for one in kind.published)


def fetch(name: str, **options: Any) -> Fetched:
    """Weights of the Hub, as `hub.transport.remote.fetch`, of any family."""
    return remote.fetch(name, usable=is_of_a_family, **options)


def is_of_a_family(names: Collection[str]) -> bool:
    """Whether tensors of these names, alone in a safetensors file, are of some family."""
    return any(kind.owns_file(names) for _, kind in families())


def locate(
    name: str | Path,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Folder of a bundle, or file of weights; as `open_model`."""
    text = os.fspath(name)
    if not text:
        raise no_bundle(text)
    path, inside = path_of(name, BundleError), weights_root() / text
    named: list[Path] = []
    if len(Path(text).parts) == 1:  # else a path or an id: nobody asks for what lies in weights/
        if (inside / CONFIG_FILE).is_file():
            named = [inside]  # the folder's name goes first; a damaged one is met when it is read
        else:
            named = [folder for config, folder in bundles() if config.name == text]
        if not named and inside.is_dir() and not is_junk(text) and not path.exists():
            raise BundleError(
                f"has no {CONFIG_FILE}",
                where=inside,
                expected=f"a bundle: a folder with {CONFIG_FILE} and {WEIGHTS_FILE}",
                advice="copy the whole folder again, or remove it",
            )
    is_id = looks_like_id(text)
    is_fetched = is_id and state_on_disk(text).cached
    is_model = (path / CONFIG_FILE).is_file() or path.is_file()
    if is_model or (path.is_dir() and not named and not is_fetched):
        named += [path] * all(not path.samefile(one) for one in named)
    if named and is_fetched:
        named.append(Path(f"{text} of the Hub"))
    if len(named) > 1:
        raise BundleError(
            f"fits {len(named)} models: {', '.join(map(str, named))}",
            where=text,
            advice="name one by its whole path",
        )
    if named:
        return named[0]
    if not is_id:
        raise no_bundle(text)
    try:
        fetched = fetch(text, on_progress=on_progress, cancel=cancel)
    except BundleError as error:
        raise BundleError(
            f"is no model on this machine, and on the Hub: {error.what}",
            where=text,
            expected=error.expected,
            advice=error.advice,
        ) from None
    return fetched.path if fetched.is_bundle else fetched.weights


def local(name: str) -> Path | None:
    """Where the bundle of that name in `weights/`, or what was fetched by that id, lies."""
    if looks_like_id(name):
        return in_cache(name)
    return _bundles_by_name().get(name)


def _asked(what: Callable[[Path], Answered], place: Path) -> Answered:
    """What a family says of a place; what it did not foresee costs its own models alone."""
    try:
        return what(place)
    except LcappError:
        raise
    except Exception as error:
        raise BundleError(
            f"its family cannot read it: {type(error).__name__}: {error}", where=place
        ) from error


def _family_of(place: Path) -> Family:
    """By a bundle's description, or by the tensors of a file."""
    if not place.is_file():
        return family(read_config(place).architecture, place)
    names = _tensors(place, place.stat().st_mtime_ns)
    for _, kind in families():
        if kind.owns_file(names):
            return kind
    if place.name == WEIGHTS_FILE and (place.parent / CONFIG_FILE).is_file():
        raise BundleError(
            "is the weights of a bundle without their description",
            where=place,
            expected="a bundle's folder",
            advice=f"name the folder: {place.parent}",
        )
    raise BundleError(
        "holds no network that lcapp knows",
        where=place,
        expected="a bundle's folder, or the file of a published model",
    )


@lru_cache(maxsize=64)
def _tensors(file: Path, changed: int) -> frozenset[str]:
    """Names of the tensors of a safetensors file."""
    check_readable(file, "a safetensors file", BundleError)
    with file.open("rb") as opened:
        start = opened.read(9)
    # Eight bytes of a length and a brace begin a safetensors file, whatever the length.
    if start[8:] != b"{" and start.startswith((b"\x80", b"PK\x03\x04")):
        raise BundleError(
            "is a pickle, which can run code when it is read, and is refused",
            where=file,
            expected="a safetensors file",
            advice=f"download the {SAFETENSORS} file of the same model",
        )
    try:
        with safe_open(file, framework="np") as tensors:
            return frozenset(tensors.keys())
    except (OSError, SafetensorError) as error:
        raise BundleError(
            f"cannot be read: {error}",
            where=file,
            expected="a complete safetensors file",
            advice="download it again",
        ) from None


def push(name: str | Path, repo_id: str, **options: Any) -> str:
    """A bundle onto the Hub, as `hub.transport.push.push`; what cannot be loaded is not sent.

    Raises:
        BundleError: There is no such bundle, it is damaged, or the Hub does not take it.
    """
    model = open_model(name)
    model.load()
    if not (model.card.path / CONFIG_FILE).is_file():
        raise BundleError("has no description", where=name, expected="a bundle of lcapp")
    if model.card.family == JOINED:
        raise BundleError(
            "names its members by where they lie on this computer",
            where=name,
            advice="push its members, and join them where they are fetched",
        )
    return onto_hub(model.card.path, repo_id, **options)
