"""Own files in the app: handed over, looked at, shown like every other scene, and gone with it."""

import io
from typing import Any

import numpy as np
import pytest

from lcapp.ui.parts.choice import upload as upload_choice
from lcapp.ui.parts.choice.upload import FETCH_YEAR
from lcapp.ui.session import cache
from tests.scene.own.test_upload import DAYS, VALUES, aerial  # noqa: F401
from tests.ui.pages import explore, told

pytestmark = pytest.mark.usefixtures("nothing_shared")


class Handed(io.BytesIO):
    """A file as Streamlit hands it over."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


@pytest.fixture
def hand(monkeypatch):
    """Files by the key of the widget that takes them: a test of a page has no browser."""
    files: dict[str, Any] = {}
    monkeypatch.setattr(
        upload_choice.st,
        "file_uploader",
        lambda *_, key, **__: files.get(key.removeprefix("explore_")),
    )
    return files


def test_files_that_are_handed_over_are_a_scene(hand, aerial) -> None:  # noqa: F811
    page = explore(collection="upload")
    assert not page.exception
    assert "removed with the session" in told(page)
    series = io.BytesIO()
    np.save(series, VALUES[:, :, 1:50, 1:50])
    hand["own_aerial"] = Handed("../../etc/passwd.tif", aerial)
    hand["own_series"] = Handed("s.npy", series.getvalue())
    page.run()
    page.text_area(key="explore_own_dates").set_value("\n".join(DAYS)).run()
    page.button(key="explore_own_use").click().run()
    assert not page.exception
    assert page.selectbox(key="explore_scene").value == "own"
    assert "2 of 12 months present" in told(page)
    assert "passwd" not in told(page)
    hand["own_aerial"] = Handed("b.tif", b"no image")
    page.button(key="explore_own_use").click().run()
    assert not page.exception
    assert "cannot be read" in told(page)


def test_the_series_of_an_image_alone_is_fetched_for_its_place(server, hand, aerial) -> None:  # noqa: F811
    hand["own_aerial"] = Handed("a.tif", aerial)
    page = explore(collection="upload")
    page.button(key="explore_own_use").click().run()
    page.number_input(key="explore_own_year").set_value(2021).run()
    assert not page.exception
    assert server.log == []
    page.button(key="explore_own_fetch").click().run()
    ((_, task),) = cache.tasks().all(FETCH_YEAR)
    assert task.wait(240)
    page.run()
    page.run()
    assert not page.exception
    assert server.asked("/wms") == 0
    assert "3 of 12 months present" in told(page)
