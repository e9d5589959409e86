"""All that goes over the network for a place: counted, limited, tried again, stopped on request.

Aerial images, catalogues and windows of files come through the same door, so that a service that
is down, slow, busy or wrong is answered in one way. Only hosts that a declared service names are
asked, wherever an answer points.
"""

import errno
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from lcapp import __version__
from lcapp.errors import SceneError
from lcapp.types.byte_count import ByteCount

WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each further try."""

LONGEST_WAIT = 60.0
"""Seconds; a service that asks to wait longer is taken for unavailable."""

SECONDS = 30.0
"""A service that is silent for so long is asked again."""

_PASSING = (408, 425, 429, 500, 502, 503, 504)
_NO_WAY = (errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
_LOOK_EVERY = 0.2  # seconds
_ANSWER_BYTES = 64 * 2**20
_SHOWN = 200
"""Letters of what a service said, in a message."""


class ServiceError(SceneError):
    """A service does not give what it was asked for."""


class Unreachable(ServiceError):
    """Nothing is known of what the service has: the network or the service is down."""


class Spoiled(ValueError):
    """An answer that is none, in words; asking once more may help."""


@dataclass(frozen=True)
class Answer:
    """What a service answered.

    Attributes:
        content: All of it.
        size: Bytes of the whole file, of which this may be a part.
    """

    content: bytes
    size: int


class Connection:
    """Connections to the hosts of some services, for several threads.

    Args:
        hosts: Which may be asked, with a port where they have one.
        count: Told of each piece; stops on request.
    """

    def __init__(self, hosts: Collection[str], count: ByteCount) -> None:
        self.count = count
        self._hosts = frozenset(hosts)
        self._stopped = threading.Event()
        self._client = httpx2.Client(
            follow_redirects=True,
            timeout=httpx2.Timeout(SECONDS, pool=None),
            headers={"User-Agent": f"lcapp/{__version__}"},
            event_hooks={"request": [self._check_host]},
        )

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._client.close()

    def get(
        self,
        url: str,
        where: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        span: tuple[int, int] | None = None,
        check: Callable[[bytes], object] | None = None,
    ) -> Answer:
        """Ask, again where that may help.

        Args:
            url: The address.
            where: The service, for progress and messages.
            params: Of the query.
            body: Sent as JSON where there is one.
            span: First byte and number of bytes, of a part; the file may end before.
            check: Raises `Spoiled` for an answer that is none.

        Raises:
            ServiceError: It refuses, or answers something else.
            Unreachable: There is no way to the host, or after `len(WAITS)` further tries no answer.
            Cancelled: On request.
        """
        spoiled, host = False, urlsplit(url).netloc[:_SHOWN]
        for wait in (*WAITS, None):
            try:
                answer = self._ask(url, where, params, body, span)
                if check is not None:
                    check(answer.content)
                return answer
            except Spoiled as error:
                if spoiled:  # twice the same is no accident
                    raise ServiceError(str(error), where=where) from error
                spoiled, cause, asked = True, str(error), None
            except httpx2.HTTPStatusError as error:
                cause, asked = self._status(error.response, where)
            except (httpx2.TransportError, httpx2.DecodingError, httpx2.StreamError) as error:
                if isinstance(error, httpx2.ConnectError) and (why := _no_way(error)):
                    raise _unreachable(host, f": {why}", where) from error
                cause, asked = _said(str(error)) or type(error).__name__, None
                if isinstance(error, httpx2.UnsupportedProtocol):
                    raise ServiceError(f"leads to {_said(url)}", where=where) from error
            except (httpx2.TooManyRedirects, httpx2.InvalidURL, ValueError) as error:
                raise ServiceError(
                    f"has no such address: {_said(str(error))}", where=where
                ) from error
            if wait is not None:
                self._pause(wait if asked is None else asked)
        raise _unreachable(host, f", after {len(WAITS) + 1} tries: {cause}", where)

    def _ask(
        self,
        url: str,
        where: str,
        params: Mapping[str, str] | None,
        body: Any,
        span: tuple[int, int] | None,
    ) -> Answer:
        self._check()
        headers = {}
        if span is not None:  # a compressed answer would have offsets of its own
            headers = {"Range": f"bytes={span[0]}-{sum(span) - 1}", "Accept-Encoding": "identity"}
        method, most = "GET" if body is None else "POST", span[1] if span else _ANSWER_BYTES
        if params is not None:  # an address may have parameters of its own
            params = dict(parse_qsl(urlsplit(url).query)) | dict(params)
        with self._client.stream(
            method, url, params=params, json=body, headers=headers
        ) as response:
            response.raise_for_status()
            size = None if span is None else _size_told(response, span, where)
            content = bytearray()
            for piece in response.iter_bytes():
                content += piece
                if len(content) > most:
                    raise ServiceError(
                        f"sends more than {most / 1e6:.1f} MB", where=where, expected="less"
                    )
                self.count.add(where, len(piece))
                self._check()
        if size is not None and len(content) < min(span[1], size - span[0]):  # type: ignore[index]
            raise Spoiled(f"sent {len(content)} of {span[1]} bytes")  # type: ignore[index]
        return Answer(bytes(content), len(content) if size is None else size)

    def _check(self) -> None:
        if self._stopped.is_set():  # the work has failed in another thread
            raise ServiceError("is not needed any more")
        self.count.check()

    def stop(self) -> None:
        """End what other threads are waiting for: the work has failed."""
        self._stopped.set()

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.count.wait(min(left, _LOOK_EVERY))
            self._check()

    def _check_host(self, request: httpx2.Request) -> None:
        host = urlsplit(str(request.url)).netloc.rpartition("@")[2]
        if host not in self._hosts:
            raise ServiceError(
                f"leads to the host {host[:_SHOWN]}, which no declared service names",
                expected=" or ".join(sorted(self._hosts)),
                advice="add it to the hosts of the service, if it is to be trusted",
            )

    def _status(self, response: httpx2.Response, where: str) -> tuple[str, float | None]:
        """Why to ask again, and after how long where the service says so (ServiceError)."""
        status = response.status_code
        told = response.headers.get("Retry-After", "")
        wait = float(told) if re.fullmatch("[0-9]{1,9}", told) else None
        if status not in _PASSING or (wait or 0) > LONGEST_WAIT:
            later = f", and asks to wait {wait:.0f} s" if wait else ""
            raise ServiceError(
                f"refuses with status {status}{later}",
                where=where,
                advice="try later" if wait else "check the address and layers of the service",
            )
        return f"it answered {status}", wait


def _unreachable(host: str, why: str, where: str) -> Unreachable:
    return Unreachable(
        f"{host} cannot be reached{why}",
        where=where,
        advice="check the network, or try later: what was fetched is kept, and places that "
        "were fetched whole need no network",
    )


def _no_way(error: BaseException) -> str:
    """Why no try will help, in words: what is at the bottom of an error; "" where one may."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, socket.gaierror):
            return f"its name is not known here ({found.strerror})"
        if isinstance(found, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({found.verify_message})"
        if isinstance(found, OSError) and found.errno in _NO_WAY:
            return str(found.strerror)
        found = found.__cause__ or found.__context__
    return ""


def _size_told(response: httpx2.Response, span: tuple[int, int], where: str) -> int:
    """Bytes of the whole file, as a partial answer tells (ServiceError)."""
    told = re.fullmatch(
        r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15})", response.headers.get("Content-Range", "")
    )
    if response.status_code != 206 or told is None or int(told[1]) != span[0]:
        raise ServiceError(
            "does not give parts of files (range requests)",
            where=where,
            expected="a server of cloud-optimised GeoTIFFs",
        )
    return int(told[2])


def _said(text: str) -> str:
    return " ".join(text.split())[:_SHOWN]
