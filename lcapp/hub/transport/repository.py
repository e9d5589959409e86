"""Repo ids and revisions, which files of a repository count, and where the cache keeps them."""

import re
from pathlib import Path

from huggingface_hub import constants
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

from lcapp.errors import BundleError
from lcapp.hub.config import CONFIG_FILE, WEIGHTS_FILE
from lcapp.language import tr

SAFETENSORS = ".safetensors"
SAFE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+-]*")
"""What may become a file's name here: the server's words make no paths."""

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".h5", ".msgpack")
_REPO_ID = re.compile(r"[\w.-]+/[\w.-]+")
_REVISION = re.compile(r"[\w.+-]+(/[\w.+-]+)*")
_BYTES_PER_MB = 1e6


def split_id(text: str, revision: str = "main") -> tuple[str, str]:
    """`owner/name` or `owner/name@revision` as repo id and revision.

    Raises:
        BundleError: It is neither.
    """
    repo_id, at, named = text.partition("@")
    chosen = named if at else revision
    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise BundleError(f"is no repo id: {error}", where=text, expected="owner/name") from None
    if not _REPO_ID.fullmatch(repo_id):
        raise BundleError("is no repo id", where=text, expected="owner/name")
    if not _REVISION.fullmatch(chosen) or ".." in chosen:
        raise BundleError(
            f"{chosen!r} is no revision", where=repo_id, expected="a branch, a tag or a commit"
        )
    return repo_id, chosen


def looks_like_id(text: str) -> bool:
    """Whether the text can be `owner/name` or `owner/name@revision` of the Hub."""
    try:
        split_id(text)
    except BundleError:
        return False
    return True


def cache_folder(repo_id: str) -> Path:
    """The repository's folder in the cache that all programs of the Hub share."""
    return Path(constants.HF_HUB_CACHE) / ("models--" + repo_id.replace("/", "--"))


def cached_ids() -> tuple[str, ...]:
    """Repo ids that have a folder in the cache, by name."""
    folders = sorted(Path(constants.HF_HUB_CACHE).glob("models--*--*"))
    ids = (one.name.removeprefix("models--").replace("--", "/", 1) for one in folders)
    return tuple(one for one in ids if looks_like_id(one))


def part_path(repo_id: str, etag: str) -> Path:
    """Where an unfinished download of a file lies."""
    return cache_folder(repo_id) / "blobs" / f"{etag}.incomplete"


def choose_files(repo_id: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The files to fetch of those a repository has: the description, if any, and the weights.

    Raises:
        BundleError: No safetensors file, or several that could be meant.
    """
    safe = [name for name in names if name.endswith(SAFETENSORS) and SAFE_NAME.fullmatch(name)]
    own = repo_id.split("/")[1] + SAFETENSORS
    if WEIGHTS_FILE in safe:
        weights = WEIGHTS_FILE
    elif own in safe:
        weights = own
    elif len(safe) == 1:
        weights = safe[0]
    elif safe:
        raise BundleError(
            f"has {len(safe)} safetensors files ({', '.join(sorted(safe)[:4])}, ...)",
            where=repo_id,
            expected=f"{WEIGHTS_FILE} or {own}",
        )
    else:
        pickles = sorted(name for name in names if name.endswith(_PICKLES))
        raise BundleError(
            f"has its weights only as {', '.join(pickles[:3])}: files that can run programs when "
            "they are opened"
            if pickles
            else "has no weights",
            where=repo_id,
            expected="a safetensors file",
            advice="ask its author for safetensors" if pickles else None,
        )
    return (CONFIG_FILE, weights) if CONFIG_FILE in names else (weights,)


def megabytes(count: int) -> str:
    """Bytes for a sentence, for instance `363.3 MB`, in the reader's language."""
    return tr("{count:,.1f} MB", count=count / _BYTES_PER_MB)
