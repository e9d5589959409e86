"""Weights by repo id and revision from the Hugging Face Hub, through the cache all programs share.

Only a description (JSON) and weights (safetensors) are fetched. Everything that can be known before
the download is checked before it: existence, access, revision, kind, size and disk space. A broken
download goes on where it stopped, in this process or the next; what is cached serves offline.
The token is huggingface_hub's (HF_TOKEN, or what `hf auth login` stored); HF_ENDPOINT, HF_HOME and
HF_HUB_OFFLINE mean what they mean there.
"""

import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import Timeout
from huggingface_hub import hf_hub_url
from huggingface_hub.utils import WeakFileLock, build_hf_headers  # type: ignore[attr-defined]
from safetensors import SafetensorError, safe_open

from lcapp.errors import BundleError, RunError
from lcapp.hub.config import CONFIG_FILE, WEIGHTS_FILE, parse_config
from lcapp.hub.transport.cache import COMMIT, Fetched, cached, read_back, sha256_of
from lcapp.hub.transport.offer import Offer, RemoteFile, ask
from lcapp.hub.transport.refusals import FAULTS, ODD, HubUnreachable, refusal
from lcapp.hub.transport.repository import (
    cache_folder,
    megabytes,
    part_path,
    split_id,
)
from lcapp.hub.transport.transfer import first_bytes, transfer
from lcapp.limits import parse_json, read_text
from lcapp.scratch import fresh
from lcapp.types import Progress
from lcapp.types.byte_count import ByteCount

_HEAD = 100_001
"""Bytes in which the header of a safetensors file usually ends."""

_LONGEST_HEADER = 2**24
"""Bytes."""


def fetch(
    repo_id: str,
    revision: str = "main",
    on_progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    token: str | None = None,
    *,
    usable: Callable[[Collection[str]], bool],
) -> Fetched:
    """Weights of the Hub, downloaded where they are not in the cache yet.

    Args:
        repo_id: `owner/name`, or `owner/name@revision`.
        revision: Branch, tag or commit; a whole commit that is cached needs no network.
        on_progress: Told of the bytes, at most ten times a second.
        cancel: Set it to stop; what was fetched stays for the next call.
        token: By default the stored one.
        usable: Whether weights without a description are of use, by the names of their tensors.

    Raises:
        BundleError: Not there, closed, wrong, damaged, out of reach, or broken off for good.
        RunError: Too large for the disk, or the cache cannot be written.
        Cancelled: On request.
    """
    repo_id, revision = split_id(repo_id, revision)
    if COMMIT.fullmatch(revision) and (here := cached(repo_id, revision)):
        return here
    try:
        offer = ask(repo_id, revision, token)
    except HubUnreachable:
        if here := cached(repo_id, revision):
            return here
        raise
    if here := _as_offered(offer):
        return here
    _check_disk(offer)
    kept = sum(one.kept for one in offer.files)
    count = ByteCount(offer.bytes, kept, on_progress, cancel)
    try:
        for file in offer.files:
            count.check()
            if file == offer.weights:
                _check_kind(offer, token, usable)
            _bring(offer, file, count, token)
        _note_revision(offer)
    except (*FAULTS, *ODD) as error:
        raise refusal(error, repo_id, revision) from None
    except OSError as error:
        raise RunError(
            f"cannot be written: {error.strerror or error}",
            where=error.filename or cache_folder(repo_id),
            advice="set HF_HOME to a folder that can be written",
        ) from error
    snapshot = cache_folder(repo_id) / "snapshots" / offer.commit
    return read_back(snapshot, offer.weights.name, offer.missing, confirmed=True)


def _as_offered(offer: Offer) -> Fetched | None:
    """What lies whole in the cache already, which then may be one that can only be read."""
    here = cached(offer.repo_id, offer.commit) if all(one.cached for one in offer.files) else None
    names = {one.name for one in offer.files}
    if here is None or not all((here.path / name).exists() for name in names):
        return None
    with suppress(OSError):
        _note_revision(offer)
    return here


def _check_disk(offer: Offer) -> None:
    folder = cache_folder(offer.repo_id)
    standing = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(standing).free
    if offer.missing > free:
        raise RunError(
            f"{megabytes(offer.missing)} are to be downloaded and {megabytes(free)} are free",
            where=folder,
            advice="make room, or set HF_HOME to a folder on a larger disk",
        )


def _check_kind(offer: Offer, token: str | None, usable: Callable[[Collection[str]], bool]) -> None:
    """Refuse what lcapp cannot use, by its description or the header of its weights."""
    folder = cache_folder(offer.repo_id) / "snapshots" / offer.commit
    if offer.weights.name == WEIGHTS_FILE and (folder / CONFIG_FILE).exists():
        try:
            parse_config(read_text(folder / CONFIG_FILE, BundleError, "JSON"), CONFIG_FILE)
        except BundleError as error:
            raise BundleError(f"is no bundle of lcapp: {error}", where=offer.repo_id) from None
        return
    if offer.weights.cached:
        return
    url = hf_hub_url(offer.repo_id, offer.weights.name, revision=offer.commit)
    names = _tensors(url, build_hf_headers(token=token), offer)
    if not usable(names):
        raise BundleError(
            "is neither a bundle of lcapp nor of a family that lcapp knows; its first tensor is "
            f"{next(iter(names), 'missing')[:80]}",
            where=offer.repo_id,
            expected=f"{CONFIG_FILE} of lcapp, or the weights of a known family",
        )


def _tensors(url: str, headers: Mapping[str, str], offer: Offer) -> list[str]:
    """Names of the tensors in a safetensors file on the Hub, from its header alone."""
    head = first_bytes(url, headers, min(_HEAD, max(offer.weights.size, 1)))
    length = int.from_bytes(head[:8], "little")
    try:
        if len(head) < 8 or length > min(_LONGEST_HEADER, offer.weights.size - 8):
            raise ValueError(f"its header would have {length} bytes")
        if length + 8 > len(head):
            head = first_bytes(url, headers, length + 8)
        found = parse_json(head[8 : 8 + length].decode())
        if not isinstance(found, dict):
            raise ValueError("its header is no object")
    except ValueError as error:
        raise BundleError(
            f"{offer.weights.name} is no safetensors file: {error}", where=offer.repo_id
        ) from None
    return [name for name in found if name != "__metadata__"]


def _bring(offer: Offer, file: RemoteFile, count: ByteCount, token: str | None) -> None:
    """Get a file into the cache; the cache's own layout stays huggingface_hub's affair."""
    part = part_path(offer.repo_id, file.etag)
    blob = part.with_suffix("")
    url = hf_hub_url(offer.repo_id, file.name, revision=offer.commit)
    part.parent.mkdir(parents=True, exist_ok=True)
    with _alone(offer.repo_id, file.etag, count):
        if blob.exists() and blob.stat().st_size != file.size:
            blob.unlink()  # cut off by another program, or by a disk
        if not blob.exists():
            # What an earlier call has kept may be no part of this file: then once more, anew.
            for may_fail in (True, False) if file.kept else (False,):
                part.touch()
                shown = f"{offer.repo_id}/{file.name}"
                transfer(url, build_hf_headers(token=token), part, shown, file.size, count)
                try:
                    _verify(part, file, offer.repo_id)
                    break
                except BundleError:
                    if not may_fail:
                        raise
                    count.add(file.name, -file.size)
            part.replace(blob)
        elif not file.cached:  # another process has brought it meanwhile
            count.add(file.name, file.size - file.kept)
        _link(blob, cache_folder(offer.repo_id) / "snapshots" / offer.commit / file.name)


def _link(blob: Path, place: Path) -> None:
    """Let the commit's folder show a file, as huggingface_hub does; nobody is asked again."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = fresh(place.parent)
    try:
        beside.symlink_to(os.path.relpath(blob, place.parent))
    except (OSError, NotImplementedError):  # not on this system or disk
        shutil.copyfile(blob, beside)
    beside.replace(place)


@contextmanager
def _alone(repo_id: str, etag: str, count: ByteCount) -> Iterator[None]:
    """Hold huggingface_hub's own lock of the file: two processes must not write one part."""
    folder = cache_folder(repo_id)
    lock = folder.parent / ".locks" / folder.name / f"{etag}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(WeakFileLock(lock, timeout=0.5))
                break
            except Timeout:
                count.check()
        yield


def _verify(part: Path, file: RemoteFile, repo_id: str) -> None:
    """Refuse content that is not what was promised, before it gets a name in the cache."""
    expected: str | None = file.oid
    if len(file.oid) == 64:
        found = sha256_of(part)
    elif len(file.oid) == 40:
        content = part.read_bytes()
        found = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    else:  # nothing tells its checksum: at least it is a file of its kind
        expected, found = None, _fault(part, file.name)
    if found == (expected or ""):
        return
    part.unlink()
    what = f"its checksum is {found}" if expected else found
    raise BundleError(
        f"{file.name} arrived damaged: {what}",
        where=repo_id,
        expected=expected,
        advice="fetch it again; the damaged copy is removed",
    )


def _fault(part: Path, name: str) -> str:
    """Why a file is not what its name says; empty where it is."""
    try:
        if name == CONFIG_FILE:
            parse_json(read_text(part, BundleError, "a description"))
        else:
            with safe_open(part, framework="np"):
                pass
    except (BundleError, ValueError, OSError, SafetensorError) as error:
        return str(error) or "it cannot be read"
    return ""


def _note_revision(offer: Offer) -> None:
    """Note which commit the revision stands for, where huggingface_hub looks for it offline."""
    if offer.revision != offer.commit:
        note = cache_folder(offer.repo_id) / "refs" / offer.revision
        note.parent.mkdir(parents=True, exist_ok=True)
        beside = fresh(note.parent)
        beside.write_text(offer.commit, encoding="utf-8")
        beside.replace(note)
