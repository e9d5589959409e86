"""The map that the server begins before there is a session."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lcapp.errors import RunError
from lcapp.simulate.demo.scenes import demo_collection
from lcapp.ui.session import cache
from lcapp.ui.session.opening import start_first_run

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "lcapp" / "ui" / "pages" / "main.py"

pytestmark = pytest.mark.usefixtures("nothing_shared")

SERVER = """
import asyncio
from app import app
from lcapp.ui.session import cache

async def main():
    asked, told = asyncio.Queue(), asyncio.Queue()
    server = asyncio.create_task(app({"type": "lifespan"}, asked.get, told.put))
    await asked.put({"type": "lifespan.startup"})
    assert (await told.get())["type"] == "lifespan.startup.complete"
    while not (jobs := list(cache.jobs()._jobs.values())):
        await asyncio.sleep(0.1)
    (job,) = jobs
    assert job.wait(120)
    print(job.state, job.key.bundle)
    await asked.put({"type": "lifespan.shutdown"})
    await server

asyncio.run(asyncio.wait_for(main(), 120))
"""
"""The app as a server runs it, with nobody who asks for a page."""


def page() -> AppTest:
    return AppTest.from_file(str(PAGE), default_timeout=60).run()


def test_the_app_begins_a_map_when_its_server_starts() -> None:
    environment = {name: text for name, text in os.environ.items() if name != "LCAPP_COLLECTION"}
    done = subprocess.run(
        [sys.executable, "-c", SERVER], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["done", cache.weights("demo")[1]]
    assert "ScriptRunContext" not in done.stderr


def test_the_weights_are_loaded_while_the_scene_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, begun = cache.bundles(), time.monotonic()

    def drawn(*asked: int, **settings: bool) -> Path:
        while not loaded._loaded:
            if time.monotonic() > begun + 60:
                raise RunError("nobody loads the weights before the scene is there")
            time.sleep(0.05)
        return demo_collection(*asked, **settings)

    monkeypatch.setattr("lcapp.simulate.demo_collection", drawn)
    start_first_run()
    (job,) = cache.jobs()._jobs.values()
    assert job.wait(120)
    assert job.state == "done"


def test_a_session_finds_the_map_that_the_server_has_begun() -> None:
    start_first_run()
    (job,) = cache.jobs()._jobs.values()
    assert job.wait(120)
    assert page().button(key="explore_run").label == "Result is there"
    assert list(cache.jobs()._jobs.values()) == [job]


def test_the_server_begins_no_map_that_waits_to_be_asked(
    treesat_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LCAPP_COLLECTION", str(treesat_folder))
    start_first_run()
    assert not cache.jobs()._jobs


def test_what_keeps_the_server_from_its_first_map_is_told_by_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise RunError("there is no space", where="the cache")

    monkeypatch.setattr("lcapp.simulate.demo_collection", full)
    start_first_run()
    assert not cache.jobs()._jobs
    assert any("there is no space" in one.value for one in page().error)
