"""Two runs on one scene: which B is beside which A, and what comes of comparing them."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

import streamlit as st

from lcapp.errors import LcappError
from lcapp.evaluate import differing as compare
from lcapp.families.door import cards
from lcapp.families.family import Model
from lcapp.language import current
from lcapp.types import Scene
from lcapp.types.differing import Differing, Judged
from lcapp.ui.session.state import SETTINGS, View
from lcapp.views.compare import panes
from lcapp.views.compare.side import WITHOUT_SERIES, Side
from lcapp.views.imagery import LOOKS
from lcapp.views.panes import Pane


def beside(view: View, holds: Collection[str]) -> View:
    """B on the scene of A: what the view says of it, else what is worth a look beside A.

    That is the same run without the series, which costs nothing; of a model that has no such map
    another trained one that can run on the scene, else the same again.

    Args:
        view: With A's model chosen.
        holds: Images and series of the scene.
    """
    b, found = view.b, cards()
    if b is None:
        own = found.get(view.model or "")
        others = [name for name, one in found.items() if one.trained and not one.lacks(holds)]
        b = replace(view, shown=None)
        if own is not None and own.value_ranges:
            b = replace(view, shown=WITHOUT_SERIES)
        elif other := next((name for name in others if name != view.model), None):
            b = View(model=other, month=view.month)
    return replace(b, collection=view.collection, scene=view.scene, units=view.units, b=None)


def alone(b: View) -> View:
    """B's own settings, as the view of A keeps them."""
    return View(**{one.name: getattr(b, one.name) for one in fields(View) if one.name in SETTINGS})


def exchanged(view: View) -> View:
    """A and B change places."""
    if view.b is None:
        return view
    of_b = {name: getattr(view.b, name) for name in SETTINGS}
    return replace(view, **of_b, b=alone(view))


@st.cache_resource(show_spinner=False, max_entries=32)
def parameters(_model: Model, model: str) -> int | None:
    """Of a model's whole network, `model` being its name and hash; None where it cannot be read."""
    with suppress(LcappError):
        return _model.parameters()[0]
    return None


@st.cache_resource(show_spinner=False, max_entries=8)
def differing(_scene: Scene, _sides: Sequence[Side], key: Any) -> Differing | None:
    """Two maps of a scene as `evaluate.differing` has them; `key`: both runs and their maps."""
    a, b = (one.cover for one in _sides)
    return compare.differing(a, b, _scene.references)


@st.cache_resource(show_spinner=False, max_entries=16)
def judged(_scene: Scene, _side: Side, key: Any) -> Judged | None:
    """One map beside the reference of its classes; `key`: its run and its map."""
    return compare.judged(_side.cover, _scene.references)


def panes_of(
    scene: Scene, sides: Sequence[Side], found: Differing | None, view: View, key: Any
) -> tuple[Pane, ...]:
    """The panes of one run or two; `key`: the runs, their maps and their months."""
    look, safe = view.look or next(iter(LOOKS)), bool(view.safe)
    return _panes_of(scene, sides, found, look, safe, key, current())  # their titles are texts


@st.cache_resource(show_spinner=False, max_entries=4)  # 15 MB each
def _panes_of(
    _scene: Scene,
    _sides: Sequence[Side],
    _found: Differing | None,
    look: str,
    safe: bool,
    key: Any,
    language: str,
) -> tuple[Pane, ...]:
    return panes.all_panes(_scene, _sides, _found, look, safe)
