"""What the shared cache of the Hub holds, told without asking the Hub."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from lcapp.errors import BundleError
from lcapp.hub.config import CONFIG_FILE, WEIGHTS_FILE
from lcapp.hub.transport.repository import (
    cache_folder,
    choose_files,
    part_path,
    split_id,
)

_COMMIT_DIGITS = 40
COMMIT = re.compile(f"[0-9a-f]{{{_COMMIT_DIGITS}}}")


@dataclass(frozen=True)
class Fetched:
    """Weights in the cache.

    Attributes:
        path: Folder with the files of this commit.
        weights: The safetensors file.
        commit: 40 hex digits; given as a revision, it brings the same bytes again.
        sha256: Of the weights as they lie on the disk, 64 hex digits.
        bytes: Size of the weights.
        is_bundle: There is a description beside the weights.
        downloaded: Bytes that came over the network in this call.
        confirmed: The Hub was asked, or the revision is a commit; False where it could not be
            asked and the newest cached commit of the revision was taken.
    """

    path: Path
    weights: Path
    commit: str
    sha256: str
    bytes: int
    is_bundle: bool
    downloaded: int
    confirmed: bool


def cached(repo_id: str, revision: str = "main") -> Fetched | None:
    """What the cache holds of a revision, without asking the Hub; None where it is incomplete.

    Raises:
        BundleError: The copy on disk is damaged.
    """
    repo_id, revision = split_id(repo_id, revision)
    found = _in_cache(repo_id, revision)
    if found is None:
        return None
    return read_back(*found, downloaded=0, confirmed=bool(COMMIT.fullmatch(revision)))


@dataclass(frozen=True)
class OnDisk:
    """What the cache holds of a repository.

    Attributes:
        cached: Its weights are there, whole.
        bytes: Bytes on disk; of an unfinished download, those it has left.
    """

    cached: bool
    bytes: int


def state_on_disk(repo_id: str, revision: str = "main") -> OnDisk:
    """Whether a download is needed; reads no file and asks nobody."""
    repo_id, revision = split_id(repo_id, revision)
    found = _in_cache(repo_id, revision)
    if found is not None:
        snapshot, weights = found
        return OnDisk(True, (snapshot / weights).stat().st_size)
    parts = part_path(repo_id, "*")
    return OnDisk(False, sum(one.stat().st_size for one in parts.parent.glob(parts.name)))


def in_cache(repo_id: str) -> Path | None:
    """The newest copy of a repository, revision `main`: a bundle's folder, or a file of weights."""
    here = _in_cache(repo_id, "main")
    if here is None:
        return None
    folder, weights = here
    is_bundle = weights == WEIGHTS_FILE and (folder / CONFIG_FILE).is_file()
    return folder if is_bundle else folder / weights


def _in_cache(repo_id: str, revision: str) -> tuple[Path, str] | None:
    """Folder of the commit and name of its weights, where nothing is missing."""
    folder = cache_folder(repo_id)
    note = folder / "refs" / revision
    try:
        commit = revision
        if note.is_file():
            with note.open(encoding="utf-8") as file:
                commit = file.read(_COMMIT_DIGITS + 2).strip()
        snapshot = folder / "snapshots" / commit
        if not COMMIT.fullmatch(commit) or not snapshot.is_dir():
            return None
        names = choose_files(repo_id, tuple(one.name for one in snapshot.iterdir() if one.exists()))
    except (BundleError, OSError, UnicodeDecodeError):  # damaged, or closed to this user
        return None
    return snapshot, names[-1]


def read_back(snapshot: Path, name: str, downloaded: int, confirmed: bool) -> Fetched:
    """The weights `name` in the folder of a commit, their checksum computed.

    Raises:
        BundleError: It is not the one they were stored with.
    """
    weights = snapshot / name
    sha256 = sha256_of(weights)
    # The cache names large files by their SHA-256; one step only, for the blob may be a link too.
    stored = weights.readlink().name if weights.is_symlink() else ""
    if re.fullmatch("[0-9a-f]{64}", stored) and stored != sha256:
        raise BundleError(
            f"the copy on disk is damaged: its SHA-256 is {sha256}",
            where=weights,
            expected=stored,
            advice=f"remove {weights.resolve()} and fetch it again",
        )
    return Fetched(
        path=snapshot,
        weights=weights,
        commit=snapshot.name,
        sha256=sha256,
        bytes=weights.stat().st_size,
        is_bundle=name == WEIGHTS_FILE and (snapshot / CONFIG_FILE).exists(),
        downloaded=downloaded,
        confirmed=confirmed,
    )


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's content, 64 hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
