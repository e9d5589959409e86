"""What the Hub has under a repo id, known before anything of size is downloaded."""

import re
from dataclasses import dataclass

from huggingface_hub import HfApi, constants, get_hf_file_metadata, hf_hub_url
from huggingface_hub.hf_api import RepoSibling

from lcapp.errors import BundleError
from lcapp.hub.transport.refusals import FAULTS, refusal
from lcapp.hub.transport.repository import SAFE_NAME, choose_files, part_path, split_id


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
        found = HfApi(token=token).model_info(
            repo_id,
            revision=revision,
            files_metadata=True,
            timeout=constants.HF_HUB_ETAG_TIMEOUT,
        )
        if found.sha is None or not re.fullmatch("[0-9a-f]{40}", found.sha):
            raise BundleError("the server names no commit", where=repo_id)
        listed = {one.rfilename: one for one in found.siblings or ()}
        files = tuple(
            _file(repo_id, found.sha, listed[name], token)
            for name in choose_files(repo_id, tuple(listed))
        )
    except FAULTS as error:
        raise refusal(error, repo_id, revision) from None
    licence = found.card_data.get("license") if found.card_data else None
    return Offer(repo_id, revision, found.sha, files, licence)


def _file(repo_id: str, commit: str, listed: RepoSibling, token: str | None) -> RemoteFile:
    name = listed.rfilename
    # This request finds out whether a gated repository is open to this reader: its list always is.
    found = get_hf_file_metadata(hf_hub_url(repo_id, name, revision=commit), token=token)
    size = listed.size if found.size is None else found.size
    if size is None or found.etag is None or not SAFE_NAME.fullmatch(found.etag):
        raise BundleError(
            f"the server tells no size or no usable ETag of {name}",
            where=repo_id,
            advice="check HF_ENDPOINT and the proxy",
        )
    if listed.lfs:
        oid = listed.lfs.sha256
    else:
        oid = found.etag if found.etag == listed.blob_id else ""  # a mirror may make its own
    part = part_path(repo_id, found.etag)
    cached = part.with_suffix("").exists()
    left = part.stat().st_size if part.exists() else 0
    kept = size if cached else left if left <= size else 0
    return RemoteFile(name, size, found.etag, oid, cached, kept)
