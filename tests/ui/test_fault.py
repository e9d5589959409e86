"""What nobody foresaw: one sentence on the page, everything in the log."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app
from lcapp.ui.pages.frame import Page
from tests.ui.pages import explore

pytestmark = pytest.mark.usefixtures("nothing_shared")


def _caught() -> None:
    import streamlit as st

    from lcapp.errors import SceneError
    from lcapp.ui.parts.fault import told

    foreseen = SceneError("[is](http://evil.example) damaged")
    told(foreseen if "foreseen" in st.query_params else OSError(2, "no", "/secret/path"))


def test_the_last_catch_tells_no_path_and_names_what_the_log_has(
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = AppTest.from_function(_caught).run()
    assert not page.exception
    (error,) = page.error
    assert "FileNotFoundError" in error.value
    assert "secret" not in error.value
    (logged,) = (one for one in caplog.records if one.name.startswith("lcapp"))
    assert error.value.rpartition(" ")[2].rstrip(".") in logged.getMessage()
    assert "secret" in caplog.text


def test_what_was_foreseen_is_told_by_the_last_catch_as_anywhere() -> None:
    page = AppTest.from_function(_caught)
    page.query_params["foreseen"] = "1"
    (error,) = page.run().error
    assert error.value == "\\[is\\](http\u2060\\://evil.example) damaged"


def test_the_app_has_that_catch() -> None:
    assert app.app._on_script_error is not None
    assert app.app._on_script_error(ValueError("x"))


def test_what_the_catch_does_not_see_is_shown_without_path_and_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(self: Page[None]) -> None:
        raise OSError(2, "no", "/secret/path")

    monkeypatch.setattr(Page, "show", fails)
    (shown,) = explore().exception
    assert "secret" not in str(shown.proto)
    assert not shown.stack_trace


@pytest.mark.parametrize("value", ["9" * 5000, "1e999"])
def test_no_value_of_the_address_is_an_exception(treesat_folder: Path, value: str) -> None:
    here = {"collection": str(treesat_folder), "model": "tiny"}
    page = explore(**here, steps=value, seed=value, month=value, sampler=value)
    assert not page.exception
    assert not page.error
    for name in ("scene", "model"):
        page = explore(**here | {name: value})
        assert not page.exception
        said = page.warning if name == "scene" else page.error
        assert [value[:20] in one.value for one in said].count(True) == 1
