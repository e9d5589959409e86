"""What the Hub or the network says no with, as the sentence that a reader can act on."""

import re

import httpx2
from huggingface_hub.errors import (
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from lcapp.errors import BundleError

FAULTS = (
    httpx2.HTTPError,
    FileMetadataError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
)
"""What a request through huggingface_hub may raise (`HfHubHTTPError` is a `httpx2.HTTPError`)."""

ODD = (
    *(ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError),
    *(httpx2.InvalidURL, httpx2.StreamError),
)
"""What huggingface_hub makes of an answer that is none."""

_RESET = re.compile(r";\s*t\s*=\s*([0-9]{1,9})")
_SECONDS = re.compile("[0-9]{1,9}")
_SHOWN = 200
"""Letters of what a server or a library said, in a message."""


class HubUnreachable(BundleError):
    """Nothing is known about the repository just now; a copy on disk may serve."""


def refusal(error: Exception, repo_id: str, revision: str = "main") -> BundleError:
    """The error that says why the Hub does not give this repository.

    Args:
        error: One of `FAULTS`.
        repo_id: The repository asked for.
        revision: The revision asked for.
    """
    if isinstance(error, RevisionNotFoundError):
        return BundleError(
            f"the Hub has no revision {revision!r} of it",
            where=repo_id,
            expected="a branch, a tag or a commit of the repository",
        )
    if isinstance(error, GatedRepoError):
        return BundleError(
            "is gated: its owner asks to accept conditions first",
            where=repo_id,
            advice="accept them on the repository's page, then sign in with `hf auth login` "
            "or set HF_TOKEN",
        )
    if isinstance(error, RepositoryNotFoundError):
        return _not_found(error, repo_id)
    if isinstance(error, RemoteEntryNotFoundError):
        return BundleError("a file listed by the Hub is not there", where=repo_id)
    if isinstance(error, HfHubHTTPError):
        return _status(error, repo_id)
    if isinstance(error, OfflineModeIsEnabled):
        return HubUnreachable(
            f"offline mode is on (HF_HUB_OFFLINE), and revision {revision!r} is not in the cache",
            where=repo_id,
            advice="unset HF_HUB_OFFLINE once to fetch it",
        )
    if isinstance(error, (FileMetadataError, *ODD)):
        return no_hub(error, repo_id)
    what = "does not answer in time" if _is_timeout(error) else "cannot be reached"
    return HubUnreachable(
        f"the Hub {what}, and revision {revision!r} is not in the cache: {shown(error)}",
        where=repo_id,
        advice="check the connection, or set HF_ENDPOINT to a mirror",
    )


def no_hub(error: object, repo_id: str) -> BundleError:
    """That what answers is no Hub."""
    return BundleError(
        f"the server does not answer like a Hub: {shown(error)}",
        where=repo_id,
        advice="check HF_ENDPOINT and the proxy",
    )


def shown(error: object) -> str:
    """What a server or a library said, on one line, and its beginning alone."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."


def retry_after(error: HfHubHTTPError) -> int | None:
    """Seconds that the server asks to wait; None where it does not say."""
    said = error.response.headers.get("Retry-After", "")
    if _SECONDS.fullmatch(said):
        return int(said)
    reset = _RESET.search(error.response.headers.get("RateLimit", ""))
    return int(reset.group(1)) if reset else None


def _not_found(error: HfHubHTTPError, repo_id: str) -> BundleError:
    if error.response.status_code == 401:
        # Without a token that may see it, the Hub hides whether a repository exists.
        return BundleError(
            "does not exist or is private; the Hub does not tell which to a reader without access",
            where=repo_id,
            advice="check the spelling; for a private one sign in with `hf auth login` "
            "or set HF_TOKEN",
        )
    return BundleError(
        "the Hub has no such model",
        where=repo_id,
        advice="check the spelling: owner/name, capitals count; a private one needs a token",
    )


def _status(error: HfHubHTTPError, repo_id: str) -> BundleError:
    status = error.response.status_code
    if status == 429:
        seconds = retry_after(error)
        return HubUnreachable(
            "the Hub answers no more requests for now (rate limit)",
            where=repo_id,
            advice="try again later" if seconds is None else f"try again in {seconds} s",
        )
    if status == 401 and "credentials" not in error.response.headers.get("X-Error-Message", ""):
        return _not_found(error, repo_id)
    if status in (401, 403):
        return BundleError(
            f"the Hub refuses access ({status})",
            where=repo_id,
            advice="use a token that is valid and may do this: `hf auth login` or HF_TOKEN",
        )
    if status >= 500:
        return HubUnreachable(
            f"the Hub has a fault ({status})", where=repo_id, advice="try again later"
        )
    return BundleError(f"the Hub refuses ({status}): {shown(error)}", where=repo_id)


def _is_timeout(error: Exception) -> bool:
    return isinstance(error, httpx2.TimeoutException)
