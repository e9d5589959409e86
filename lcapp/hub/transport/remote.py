"""Weights by repo id and revision from the Hugging Face Hub, through the cache all programs share.

Only a description (JSON) and weights (safetensors) are fetched. Everything that can be known before
the download is checked before it: existence, access, revision, kind, size and disk space. A broken
download goes on where it stopped, in this process or the next; what is cached serves offline.
The token is huggingface_hub's (HF_TOKEN, or what `hf auth login` stored); HF_ENDPOINT, HF_HOME and
HF_HUB_OFFLINE mean what they mean there.
"""

import hashlib
import shutil
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import Timeout
from huggingface_hub import HfApi, hf_hub_download, hf_hub_url
from huggingface_hub.errors import SafetensorsParsingError
from huggingface_hub.utils import WeakFileLock, build_hf_headers  # type: ignore[attr-defined]

from lcapp.errors import BundleError, RunError
from lcapp.hub.config import CONFIG_FILE, WEIGHTS_FILE, parse_config
from lcapp.hub.transport.cache import COMMIT, Fetched, cached, read_back, sha256_of
from lcapp.hub.transport.offer import Offer, RemoteFile, ask
from lcapp.hub.transport.refusals import FAULTS, HubUnreachable, refusal
from lcapp.hub.transport.repository import (
    cache_folder,
    megabytes,
    part_path,
    split_id,
)
from lcapp.hub.transport.transfer import ByteCount, transfer
from lcapp.types import Progress


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
    except FAULTS as error:
        raise refusal(error, repo_id, revision) from None
    except OSError as error:
        raise RunError(f"cannot be written: {error}", where=cache_folder(repo_id)) from error
    snapshot = cache_folder(repo_id) / "snapshots" / offer.commit
    return read_back(snapshot, offer.weights.name, offer.missing, confirmed=True)


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
            parse_config((folder / CONFIG_FILE).read_text(encoding="utf-8"), CONFIG_FILE)
        except (BundleError, UnicodeDecodeError) as error:
            raise BundleError(f"is no bundle of lcapp: {error}", where=offer.repo_id) from None
        return
    if offer.weights.cached:
        return
    try:
        header = HfApi(token=token).parse_safetensors_file_metadata(
            offer.repo_id, offer.weights.name, revision=offer.commit
        )
    except SafetensorsParsingError as error:
        raise BundleError(
            f"{offer.weights.name} is no safetensors file: {error}", where=offer.repo_id
        ) from None
    if not usable(header.tensors.keys()):
        raise BundleError(
            "is neither a bundle of lcapp nor of a family that lcapp knows; its first tensor is "
            f"{next(iter(header.tensors), 'missing')}",
            where=offer.repo_id,
            expected=f"{CONFIG_FILE} of lcapp, or the weights of a known family",
        )


def _bring(offer: Offer, file: RemoteFile, count: ByteCount, token: str | None) -> None:
    """Get a file into the cache; the cache's own layout stays huggingface_hub's affair."""
    part = part_path(offer.repo_id, file.etag)
    blob = part.with_suffix("")
    url = hf_hub_url(offer.repo_id, file.name, revision=offer.commit)
    part.parent.mkdir(parents=True, exist_ok=True)
    with _alone(offer.repo_id, file.etag, count):
        if not blob.exists():
            part.touch()
            shown = f"{offer.repo_id}/{file.name}"
            transfer(url, build_hf_headers(token=token), part, shown, file.size, count)
            _verify(part, file, offer.repo_id)
            part.replace(blob)
        elif not file.cached:  # another process has brought it meanwhile
            count.add(file.name, file.size - file.kept)
    hf_hub_download(offer.repo_id, file.name, revision=offer.commit, token=token)


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
    if len(file.oid) == 64:
        found = sha256_of(part)
    elif len(file.oid) == 40:
        content = part.read_bytes()
        found = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    else:
        return
    if found != file.oid:
        part.unlink()
        raise BundleError(
            f"{file.name} arrived damaged: its checksum is {found}",
            where=repo_id,
            expected=file.oid,
            advice="fetch it again; the damaged copy is removed",
        )


def _note_revision(offer: Offer) -> None:
    """Note which commit the revision stands for, where huggingface_hub looks for it offline."""
    if offer.revision != offer.commit:
        note = cache_folder(offer.repo_id) / "refs" / offer.revision
        note.parent.mkdir(parents=True, exist_ok=True)
        beside = note.with_name(f".{note.name}.new")
        beside.write_text(offer.commit, encoding="utf-8")
        beside.replace(note)
