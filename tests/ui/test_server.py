"""The app as a server for many: sessions side by side, and what it asks of the network.

`LCAPP_SESSIONS=30 LCAPP_SEED=1 pytest tests/ui/test_server.py` takes 30 sessions at once, each of
which goes its own way by that seed.
"""

import os
import random
import socketserver
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from lcapp.simulate.demo.scenes import DEMO
from tests.ui.sessions import Session, server

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("demo_folder")]

SESSIONS = int(os.environ.get("LCAPP_SESSIONS", "6"))
SEED = int(os.environ.get("LCAPP_SEED", "0"))
DIGITS = "9" * 5000


class Running(NamedTuple):
    """A server that answers on every interface.

    Attributes:
        address: Of this computer, with the port.
        process: Its process.
        log: What it says.
        asked: What reached the proxy in place of the internet.
    """

    address: str
    process: psutil.Process
    log: Path
    asked: list[bytes]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log, asked = tmp_path_factory.mktemp("server") / "log", list[bytes]()

    class Proxy(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        internet = f"http://127.0.0.1:{proxy.server_address[1]}"
        asks = {f"{name}_proxy": internet for name in ("http", "https")}
        with server(log, "--server.address=0.0.0.0", **asks) as (address, process):
            yield Running(address, psutil.Process(process), log, asked)
        proxy.shutdown()


def test_sessions_side_by_side_meet_no_exception_and_memory_stays_bounded(
    running: Running,
) -> None:
    def round_of_sessions(seed: int) -> float:
        with ThreadPoolExecutor(SESSIONS) as pool:
            list(pool.map(lambda number: wander(running.address, seed + number), range(SESSIONS)))
        return float(running.process.memory_info().rss) / 1e6

    first = round_of_sessions(1000 * SEED)
    # Other seeds, so other results: what is kept of them is bounded, not what has been asked for.
    second = round_of_sessions(1000 * SEED + 500)
    assert second < first + 400.0, f"{first:.0f} MB, then {second:.0f} MB"
    assert "Traceback" not in running.log.read_text()


def wander(address: str, seed: int) -> None:
    """A session of a few steps; whatever it is shown is a page or a sentence."""
    draw = random.Random(seed)
    scene, noise = draw.choice(DEMO).id, str(seed % 4)
    views = [
        {"model": "demo", "steps": "1", "seed": noise},
        {"model": "demo", "steps": "1", "seed": noise, "scene": scene},
        {"model": "tiny", "steps": "1", "scene": scene, "month": str(draw.randint(1, 12))},
        {"model": "![x](http://evil.example)", "steps": DIGITS},
        {"collection": draw.choice(["/etc", "/nowhere", "~", "/proc/self"])},
        {"scene": DIGITS, "seed": DIGITS, "month": "nan"},
    ]
    with Session(address, **draw.choice(views)) as session:
        session.run()
        for _ in range(3):
            if draw.random() < 0.3:
                session.run("models")
            elif (press := draw.choice(["Run", "Cancel", ""])) in session.buttons:
                session.run(press=press)
            else:
                session.run()
            kinds = {one.WhichOneof("type") for one in session.elements.values()}
            assert kinds
            assert "exception" not in kinds, session.said
            assert "did not foresee" not in session.said


def test_a_result_reaches_every_session_that_asks_for_it(running: Running) -> None:
    query = {"model": "demo", "steps": "1", "seed": "77"}
    with Session(running.address, **query) as one, Session(running.address, **query) as other:
        one.run()
        while "Result is there" not in other.run().buttons:
            time.sleep(0.2)
        assert "Result is there" in one.run().buttons


def test_the_server_asks_nobody_which_address_it_has(running: Running) -> None:
    stream = f"ws://{running.address}/_stcore/stream"
    with pytest.raises(InvalidStatus), connect(stream, origin="http://elsewhere.example"):
        pass
    assert running.asked == []
    told = running.log.read_text()
    assert "lcapp: http://localhost:" in told
    assert "External" not in told


def test_a_folder_outside_the_roots_is_refused_to_other_computers(running: Running) -> None:
    for name in ("/etc", "/nowhere"):
        with Session(running.address, collection=name) as session:
            assert f"{name}: is not opened here" in session.run().said


def test_below_the_path_of_a_proxy_it_is_the_same_app(tmp_path: Path) -> None:
    with server(tmp_path / "log", below="teaching/lcapp") as (address, _):
        assert address.endswith("/teaching/lcapp")
        with Session(address) as session:
            kinds = {one.WhichOneof("type") for one in session.run().elements.values()}
            assert "exception" not in kinds
            assert session.buttons
