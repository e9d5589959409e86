"""Sessions as browsers hold them, without a browser: Streamlit's messages over a websocket."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import urlencode
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.ui.pages import LONG, ROOT

_ASKS_FOR_ANOTHER = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN
_RUN = (sys.executable, "-m", "streamlit", "run")


@contextmanager
def server(
    log: Path, *options: str, script: Path | str = "app.py", below: str = "", **variables: str
) -> Iterator[tuple[str, int]]:
    """The app as a user starts it: its address without the scheme, and its process.

    Args:
        log: Where what it says goes.
        options: Of Streamlit, then `--` and those of the app.
        script: What is run.
        below: Path under which a proxy shows the app.
        variables: Of the environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = ("LCAPP_COLLECTION", "LCAPP_ROOTS")
    environment = {name: text for name, text in os.environ.items() if name not in ours}
    with log.open("w") as stream:
        process = subprocess.Popen(
            [
                *_RUN,
                str(script),
                f"--server.port={port}",
                f"--server.baseUrlPath={below}",
                *options,
            ],
            cwd=ROOT,
            env=environment | {"PYTHONPATH": str(ROOT)} | variables,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    address = f"127.0.0.1:{port}/{below}".removesuffix("/")
    try:
        while True:
            assert process.poll() is None, log.read_text()
            try:
                with urlopen(f"http://{address}/_stcore/health", timeout=10):
                    break
            except OSError:
                time.sleep(0.1)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def started(log: Path, **variables: str) -> Iterator[str]:
    """The address of the app, which has no fault to tell when it ends."""
    with server(log, **variables) as (address, _):
        yield f"http://{address}"
    said = log.read_text()
    assert "Traceback" not in said, said
    assert "ScriptRunContext" not in said, "a page's element was drawn without a page"
    assert "External URL" not in said, "the server asked the network for its own address"


class Session:
    """A tab on the app.

    Args:
        address: Of the server.
        query: The address's parameters.

    Attributes:
        elements: What stands on the page, by its place.
    """

    def __init__(self, address: str, **query: str) -> None:
        self._query = urlencode(query)
        self._opening = connect(f"ws://{address}/_stcore/stream", max_size=None, open_timeout=LONG)
        self._held: dict[str, ForwardMsg] = {}
        self.elements: dict[tuple[int, ...], Element] = {}

    def __enter__(self) -> "Session":
        self._socket = self._opening.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opening.__exit__(kind, error, trace)

    def run(self, page: str = "", press: str = "") -> "Session":
        """Let the script run, and take in what it draws.

        Args:
            page: Name of a page other than the first.
            press: Label of a button to press.
        """
        asked = BackMsg()
        asked.rerun_script.query_string = self._query
        asked.rerun_script.page_name = page
        if press:
            (button,) = (one.button for one in self.elements.values() if one.button.label == press)
            pressed = asked.rerun_script.widget_states.widgets.add()
            pressed.id, pressed.trigger_value = button.id, True
        self._socket.send(asked.SerializeToString())
        return self.listen()

    def listen(self) -> "Session":
        """Until the run that is under way has ended, and the one that it asks for."""
        while True:
            message = ForwardMsg()
            message.ParseFromString(self._socket.recv(LONG))
            if message.ref_hash:
                message = self._held[message.ref_hash]
            elif message.hash:
                self._held[message.hash] = message
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.elements.clear()
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                place = tuple(message.metadata.delta_path)
                self.elements[place] = message.delta.new_element
            elif kind == "script_finished" and message.script_finished != _ASKS_FOR_ANOTHER:
                return self

    @property
    def buttons(self) -> set[str]:
        """Their labels."""
        kinds = ((one.WhichOneof("type"), one) for one in self.elements.values())
        return {one.button.label for kind, one in kinds if kind == "button"}

    @property
    def said(self) -> str:
        """All text of the page."""
        return "\n".join(map(str, self.elements.values()))
