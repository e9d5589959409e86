"""What tests of the pages share: a process as it is before its first session."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st


@pytest.fixture
def nothing_shared(demo_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing shared from another test, and no run or task left behind."""
    monkeypatch.delenv("LCAPP_COLLECTION", raising=False)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    for thread in threading.enumerate():
        assert thread.name not in ("lcapp-run", "lcapp-task"), f"{thread.name} was left behind"
