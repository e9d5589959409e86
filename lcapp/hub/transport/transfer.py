"""One file of the Hub onto the disk, resumable: what a broken download fetched is kept.

huggingface_hub 2.4 resumes within one call only: each call writes to a file of another name and
removes it when it fails (`file_download._download_to_tmp_and_move`). Weights of a gigabyte deserve
better, so the bytes are streamed here, through huggingface_hub's own session, headers and errors.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import constants, get_session
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import hf_raise_for_status  # type: ignore[attr-defined]

from lcapp.errors import BundleError
from lcapp.hub.transport.refusals import refusal, retry_after
from lcapp.limits import MOST_SIGNS, parse_json
from lcapp.types.byte_count import ByteCount

WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each further try; the count starts anew with every byte that arrives."""

LONGEST_WAIT = 60.0
"""Seconds; a server that asks to wait longer is taken for unavailable."""

_PASSING = (408, 429, 500, 502, 503, 504)
_MOST_REFUSED = 2**16
"""Bytes that are read of what comes with a refusal."""


def transfer(
    url: str, headers: Mapping[str, str], part: Path, file: str, size: int, count: ByteCount
) -> None:
    """Fetch what `part` still lacks of a file of `size` bytes.

    Args:
        url: The file at one commit; redirects are followed, the token stays with the Hub.
        headers: huggingface_hub's, with the token.
        part: Where the bytes go; those it holds already are not fetched again.
        file: Its name, for progress and errors.
        size: Bytes of the whole file.
        count: Told of each piece; `part`'s first bytes are counted in it already.

    Raises:
        BundleError: The Hub refuses, or the connection broke `len(WAITS) + 1` times in a row.
        Cancelled: On request.
    """
    if _size(part) > size:  # no start of this file
        part.unlink()
    tries, furthest = 0, _size(part)
    while _size(part) != size:
        wait = None
        try:
            _stream(url, headers, part, file, size, count)
            cause = "it ended early"
        except HfHubHTTPError as error:
            status = error.response.status_code
            wait = retry_after(error)
            if status not in _PASSING or (wait or 0) > LONGEST_WAIT:
                raise refusal(error, file) from None
            cause = f"the server answered {status}"
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            cause = str(error) or type(error).__name__
        after = _size(part)
        if after == size:
            break
        tries = 1 if after > furthest else tries + 1
        furthest = max(furthest, after)
        if tries > len(WAITS):
            raise BundleError(
                f"the download broke off {tries} times in a row at {after:,} of {size:,} bytes: "
                f"{cause}",
                where=file,
                advice="start it again later: what was fetched is kept",
            )
        count.wait(WAITS[tries - 1] if wait is None else wait)


def _stream(
    url: str, headers: Mapping[str, str], part: Path, file: str, size: int, count: ByteCount
) -> None:
    have = _size(part)
    # A compressed answer would have offsets of its own.
    asked = {**headers, "Accept-Encoding": "identity"}
    if have:
        asked["Range"] = f"bytes={have}-"
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with _answered(url, asked, timeout) as response:
        goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if have and not (response.status_code == 206 and goes_on):
            _truncate(part, file, count)  # the server sends the file from its start
            have = 0
        with part.open("ab") as out:
            for piece in response.iter_bytes():
                have += len(piece)
                if have > size:
                    break
                out.write(piece)
                count.add(file, len(piece))
    if have > size:
        _truncate(part, file, count)
        raise BundleError(
            f"the server sends more than the {size:,} bytes that it promised",
            where=file,
            advice="check HF_ENDPOINT and the proxy; nothing of it is kept",
        )


def first_bytes(url: str, headers: Mapping[str, str], count: int) -> bytes:
    """The beginning of a file, and never more of it, whatever the server sends."""
    asked = {**headers, "Accept-Encoding": "identity", "Range": f"bytes=0-{count - 1}"}
    with _answered(url, asked, constants.HF_HUB_DOWNLOAD_TIMEOUT) as response:
        return _beginning(response, count)


def told(url: str, headers: Mapping[str, str]) -> Any:
    """What the server tells in JSON, which takes no more memory than a file of JSON may.

    Raises:
        ValueError: It is no JSON, or too much.
    """
    with _answered(url, headers, constants.HF_HUB_ETAG_TIMEOUT) as response:
        found = _beginning(response, MOST_SIGNS + 1)
    if len(found) > MOST_SIGNS:
        raise ValueError(f"it sends more than {MOST_SIGNS / 1e6:.0f} MB in place of a description")
    return parse_json(found.decode())


@contextmanager
def _answered(url: str, headers: Mapping[str, str], timeout: float) -> Iterator[httpx2.Response]:
    """The answer to be read piece by piece; of a refusal huggingface_hub would read all."""
    with get_session().stream("GET", url, headers=headers, timeout=timeout) as response:
        if response.is_error:
            packed = ("content-encoding", "content-length", "transfer-encoding")
            kept = [one for one in response.headers.multi_items() if one[0].lower() not in packed]
            content = _beginning(response, _MOST_REFUSED)
            shown = httpx2.Response(
                response.status_code, headers=kept, content=content, request=response.request
            )
            hf_raise_for_status(shown)
        yield response


def _beginning(response: httpx2.Response, count: int) -> bytes:
    found = bytearray()
    for piece in response.iter_bytes():
        found += piece
        if len(found) >= count:
            break
    return bytes(found[:count])


def _truncate(part: Path, file: str, count: ByteCount) -> None:
    lost = _size(part)
    part.unlink(missing_ok=True)
    count.add(file, -lost)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
