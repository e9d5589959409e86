"""What the Hub has under a repo id, known before anything of size is downloaded."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from huggingface_hub import ModelInfo, constants, get_hf_file_metadata, hf_hub_url
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

from lcapp.errors import BundleError
from lcapp.hub.transport.refusals import FAULTS, ODD, refusal
from lcapp.hub.transport.repository import SAFE_NAME, choose_files, part_path, split_id
from lcapp.hub.transport.transfer import told

_SHA256, _SHA1 = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{40}")
_LARGEST = 2**50
"""Bytes."""


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository.

    Attributes:
        name: Its name at the repository's root.
        size: Bytes.
        etag: Its name in the cache.
        oid: SHA-256 of its content (64 hex digits), of a small file Git's SHA-1 (40), or empty
            where the server does not tell.
        cached: It is in the cache, whole.
        kept: Bytes of it that an unfinished download has left, or all.
    """

    name: str
    size: int
    etag: str
    oid: str
    cached: bool
    kept: int


@dataclass(frozen=True)
class Offer:
    """What would be downloaded.

    Attributes:
        repo_id: `owner/name`.
        revision: As asked for.
        commit: What it stands for now, 40 hex digits.
        files: The description, where there is one, and last the weights; nothing else is fetched.
        licence: As the repository states it.
    """

    repo_id: str
    revision: str
    commit: str
    files: tuple[RemoteFile, ...]
    licence: str | None

    @property
    def weights(self) -> RemoteFile:
        """The safetensors file."""
        return self.files[-1]

    @property
    def bytes(self) -> int:
        """Bytes of all files."""
        return sum(one.size for one in self.files)

    @property
    def missing(self) -> int:
        """Bytes still to be fetched."""
        return sum(one.size - one.kept for one in self.files)


def ask(repo_id: str, revision: str = "main", token: str | None = None) -> Offer:
    """Ask the Hub what it has; one request for the list and one for each file.

    Args:
        repo_id: `owner/name`.
        revision: Branch, tag or commit.
        token: By default huggingface_hub's: HF_TOKEN, or what `hf auth login` stored.

    Raises:
        BundleError: The repository does not exist, is closed to this reader, has no such
            revision, or holds no safetensors file that could be meant.
        HubUnreachable: Nothing can be known just now.
    """
    repo_id, revision = split_id(repo_id, revision)
    try:
        # Not by `HfApi.model_info`, which reads as long as the server sends.
        url = f"{constants.ENDPOINT}/api/models/{repo_id}/revision/{quote(revision, safe='')}"
        found = ModelInfo(**told(f"{url}?blobs=True", build_hf_headers(token=token)))
        if not isinstance(found.sha, str) or not re.fullmatch("[0-9a-f]{40}", found.sha):
            raise BundleError("the server names no commit", where=repo_id)
        listed = {one.rfilename: one for one in found.siblings or ()}
        names = tuple(name for name in listed if isinstance(name, str))
        files = tuple(
            _file(repo_id, found.sha, listed[name], token) for name in choose_files(repo_id, names)
        )
        licence = found.card_data.get("license") if found.card_data else None
    except (*FAULTS, *ODD) as error:
        raise refusal(error, repo_id, revision) from None
    said = licence if isinstance(licence, str) else None
    return Offer(repo_id, revision, found.sha, files, said)


def _file(repo_id: str, commit: str, listed: RepoSibling, token: str | None) -> RemoteFile:
    name = listed.rfilename
    # This request finds out whether a gated repository is open to this reader: its list always is.
    found = get_hf_file_metadata(hf_hub_url(repo_id, name, revision=commit), token=token)
    size = listed.size if found.size is None else found.size
    if (
        not isinstance(size, int)
        or not 0 <= size <= _LARGEST
        or found.etag is None
        or not SAFE_NAME.fullmatch(found.etag)
    ):
        raise BundleError(
            f"the server tells no size or no usable ETag of {name}",
            where=repo_id,
            advice="check HF_ENDPOINT and the proxy",
        )
    said = listed.lfs.sha256 if listed.lfs else listed.blob_id
    digits = _SHA256 if listed.lfs else _SHA1
    oid = said if isinstance(said, str) and digits.fullmatch(said) else ""
    # The cache names a large file by its SHA-256; a mirror may make ETags of its own.
    if _SHA256.fullmatch(found.etag) and listed.lfs:
        if oid not in ("", found.etag):
            raise BundleError(
                f"the server tells two checksums of {name}, {oid} and {found.etag}",
                where=repo_id,
                advice="check HF_ENDPOINT and the proxy",
            )
        oid = found.etag
    part = part_path(repo_id, found.etag)
    blob = part.with_suffix("")
    cached = blob.exists() and blob.stat().st_size == size
    left = part.stat().st_size if part.exists() else 0
    kept = size if cached else left if left <= size else 0
    return RemoteFile(name, size, found.etag, oid, cached, kept)
