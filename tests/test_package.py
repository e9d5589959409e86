"""What importing the package does before anything can import torch."""

import importlib
import os

import pytest

import lcapp


@pytest.mark.parametrize(
    ("policy", "turns"), [(None, "10000"), ("ACTIVE", None), ("PASSIVE", None)]
)
def test_waiting_threads_sleep_soon_unless_the_user_has_said_how_they_wait(
    policy: str | None, turns: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if policy is not None:
        monkeypatch.setenv("OMP_WAIT_POLICY", policy)
    importlib.reload(lcapp)
    assert os.environ.get("GOMP_SPINCOUNT") == turns
