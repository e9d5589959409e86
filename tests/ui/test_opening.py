"""The map that the server begins before there is a session."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lcapp.errors import RunError
from lcapp.families.door import open_card, open_model
from lcapp.simulate.demo.scenes import demo_collection
from lcapp.ui.session import cache
from lcapp.ui.session.opening import start_first_run
from tests.ui.pages import LONG, ROOT, explore, runs

pytestmark = pytest.mark.usefixtures("demo_folder", "nothing_shared")

SERVER = """
import asyncio, os
from app import app
from lcapp.ui.session import cache
from lcapp.ui.session.work.runs import RUN

async def main():
    asked, told = asyncio.Queue(), asyncio.Queue()
    server = asyncio.create_task(app({"type": "lifespan"}, asked.get, told.put))
    await asked.put({"type": "lifespan.startup"})
    assert (await told.get())["type"] == "lifespan.startup.complete"
    while not (runs := cache.tasks().all(RUN)):
        await asyncio.sleep(0.1)
    ((key, task),) = runs
    assert task.wait()
    print(task.state, key.model, os.environ["GOMP_SPINCOUNT"])
    await asked.put({"type": "lifespan.shutdown"})
    await server

asyncio.run(main())
"""
"""The app as a server runs it, with nobody who asks for a page."""


@pytest.mark.slow
def test_the_app_begins_a_map_when_its_server_starts() -> None:
    ours = ("LCAPP_COLLECTION", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    environment = {name: text for name, text in os.environ.items() if name not in ours}
    done = subprocess.run(
        [sys.executable, "-c", SERVER], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["done", "demo", open_model("demo").card.hash, "10000"]
    assert "ScriptRunContext" not in done.stderr


def test_the_weights_are_loaded_while_the_scene_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    cache._model.clear()
    demo, begun = cache.model(open_card("demo")), time.monotonic()

    def drawn(*asked: int, **settings: bool) -> Path:
        while demo._network is None:
            if time.monotonic() > begun + LONG:
                raise RunError("nobody loads the weights before the scene is there")
            time.sleep(0.05)
        return demo_collection(*asked, **settings)

    monkeypatch.setattr("lcapp.simulate.demo.scenes.demo_collection", drawn)
    cache._first_demo_scene.clear()
    start_first_run()
    (task,) = runs()
    assert task.wait(LONG)
    assert task.state == "done"


def test_a_session_finds_the_map_that_the_server_has_begun() -> None:
    start_first_run()
    (task,) = runs()
    assert task.wait(LONG)
    assert explore().button(key="explore_run").label == "Result is there"
    assert runs() == [task]


def test_the_server_begins_no_map_that_waits_to_be_asked(
    treesat_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LCAPP_COLLECTION", str(treesat_folder))
    start_first_run()
    assert not runs()


def test_what_keeps_the_server_from_its_first_map_is_told_by_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise RunError("there is no space", where="the cache")

    monkeypatch.setattr("lcapp.simulate.demo.scenes.demo_collection", full)
    cache._first_demo_scene.clear()
    start_first_run()
    assert not runs()
    assert any("there is no space" in one.value for one in explore().error)
