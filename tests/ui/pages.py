"""What tests of the pages share: opening one, waiting for its work, reading what it says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from lcapp.ui.session import cache
from lcapp.ui.session.work.runs import RUN
from lcapp.ui.session.work.tasks import Task

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "lcapp" / "ui" / "pages" / "main.py"
_MARKDOWN = ("body", "label", "help", "text")
"""Fields of Streamlit's elements."""
LONG = 250.0
"""Seconds: nothing waits as long, however busy the machine is."""


def explore(**query: str) -> AppTest:
    """The app as that address opens it."""
    page = AppTest.from_file(str(MAIN), default_timeout=LONG)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def with_result(script: Callable[[], None], **query: str) -> AppTest:
    """A page as that address opens it, once the run is done."""
    page = AppTest.from_function(script, default_timeout=LONG)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    for task in runs():
        assert task.wait(LONG)
    return page.run()


def models(**state: str) -> AppTest:
    """The page Models, its widgets set."""
    page = AppTest.from_function(_models, default_timeout=LONG)
    for name, value in state.items():
        page.session_state[f"models_{name}"] = value
    return page.run()


def _models() -> None:
    from lcapp.ui.pages.models import MODELS

    MODELS.show()


def runs() -> list[Task[Any]]:
    """The runs of this process."""
    return [task for _, task in cache.tasks().all(RUN)]


def ended(page: AppTest, task: Task[Any] | None = None) -> AppTest:
    """Wait for a task, by default the only run, then let the page show how it ended."""
    if task is None:
        (task,) = runs()
    assert task.wait(LONG)
    return page.run()


def told(page: AppTest) -> str:
    """Everything that the page says."""
    parts = [*page.error, *page.warning, *page.info, *page.caption, *page.markdown]
    shown = [str(part.value) for part in parts]
    return "\n".join([*shown, *(part.proto.body for part in page.get("html"))])


def legends(page: AppTest) -> dict[str, str]:
    """Layers of the map by their name, each with its legend."""
    sent = (json.loads(part.proto.json or "{}") for part in page.get("bidi_component"))
    (data,) = (one for one in sent if "hidden" in one)
    return {one["label"]: one["legend"] for one in data["overlays"]}


def markdown(page: AppTest) -> list[str]:
    """Every text of the page that the browser reads as Markdown."""
    found: list[str] = [block.label for block in page.expander]

    def visit(node: Any) -> None:
        for child in getattr(node, "children", {}).values():
            visit(child)
        proto = getattr(node, "proto", None)
        if proto is not None and node.type != "html":
            found.extend(str(getattr(proto, name)) for name in _MARKDOWN if hasattr(proto, name))

    visit(page._tree)
    return found
