"""Which layers the map begins with, and what is kept of what a reader makes of them."""

import numpy as np
import pytest
from affine import Affine

from lcapp.types import Grid
from lcapp.ui.components.map import _ordered
from lcapp.ui.parts.explore.map import _seen
from lcapp.ui.session import state
from lcapp.ui.session.state import View
from lcapp.views.explore.stack import Seen
from lcapp.views.map import Overlay

GRID = Grid("EPSG:2154", Affine(0.2, 0, 0, 0, -0.2, 0), 2, 2)
OVERLAYS = [
    Overlay(name, name, np.zeros((2, 2, 4), np.uint8), GRID, visible=name != "confidence")
    for name in ("aerial", "superres", "classes", "confidence")
]


def test_an_address_says_what_is_seen_in_which_order_and_the_base_stays_beneath() -> None:
    seen = [Seen("confidence", 60), Seen("superres", 100), Seen("reference", 70)]
    found = _ordered(OVERLAYS, seen)
    assert [one.id for one in found] == ["aerial", "classes", "confidence", "superres"]
    assert [one.visible for one in found] == [False, False, True, True]
    assert found[2].opacity == 0.6
    assert _ordered(OVERLAYS, None) == OVERLAYS
    # What is not seen lies over the base, so that it is seen when it is asked for.
    named = _ordered(OVERLAYS, [Seen("aerial", 100), Seen("classes", 70)])
    assert [one.id for one in named] == ["aerial", "superres", "confidence", "classes"]
    under = _ordered(OVERLAYS, [Seen("classes", 100), Seen("aerial", 50)])
    assert [one.id for one in under] == ["superres", "confidence", "classes", "aerial"]


def test_a_layer_that_cannot_be_shown_just_now_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[View] = []
    monkeypatch.setattr(state, "keep", kept.append)
    monkeypatch.setattr(state, "current", View)
    before_a_result = {"aerial", "reference"}
    _seen([Seen("aerial", 100), Seen("reference", 70)], [3], before_a_result)
    assert kept[-1].layers == "aerial~100.reference~70.classes~70"
    assert kept[-1].hidden == "3"
    monkeypatch.setattr(state, "current", lambda: kept[-1])
    _seen([Seen("aerial", 100)], [], {*before_a_result, "classes"})  # it was there to be unchecked
    assert kept[-1].layers == "aerial~100"
    assert kept[-1].hidden is None
