"""What a session looks at, kept under one key and mirrored in the URL, so that links reopen it."""

from dataclasses import dataclass, fields, replace
from typing import Any

import streamlit as st

from lcapp.diffusion.config import SAMPLERS

_KEY = "lcapp"
DEMO = "demo"
"""Name of the simulated demo collection in the URL."""


@dataclass(frozen=True)
class View:
    """The state of the pages.

    Attributes:
        collection: `demo` or the path of a folder.
        scene: Scene id; empty for the collection's first.
        model: Name of a bundle.
        sampler: One of `SAMPLERS`.
        steps: Denoising steps.
        seed: Seed of the noise.
        month: 1..12, the month that is looked at; 0 for the first present one.
        row: Row of the pixel under inspection; -1 for none.
        col: Its column; -1 for none.
    """

    collection: str = DEMO
    scene: str = ""
    model: str = "tiny"
    sampler: str = "ddim"
    steps: int = 10
    seed: int = 0
    month: int = 0
    row: int = -1
    col: int = -1


def view() -> View:
    """This session's view; taken from the URL when the session begins."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = from_query(st.query_params.to_dict())
    current: View = st.session_state[_KEY]
    return current


def change(**values: Any) -> View:
    """Change some of the view, here and in the URL."""
    changed = replace(view(), **values)
    st.session_state[_KEY] = changed
    st.query_params.from_dict(to_query(changed))
    return changed


def to_query(current: View) -> dict[str, str]:
    """What differs from the defaults, as URL parameters."""
    default = View()
    return {
        field.name: str(getattr(current, field.name))
        for field in fields(View)
        if getattr(current, field.name) != getattr(default, field.name)
    }


def from_query(query: dict[str, str]) -> View:
    """The view that a link asks for; what makes no sense in it falls back to the default."""
    known: dict[str, Any] = {}
    for field in fields(View):
        text = query.get(field.name)
        if text is None:
            continue
        if field.type is not int:
            known[field.name] = text
        elif text.lstrip("-").isdigit() and len(text) < 12:
            known[field.name] = int(text)
    asked = View(**known)
    return replace(
        asked,
        sampler=asked.sampler if asked.sampler in SAMPLERS else View.sampler,
        steps=min(max(asked.steps, 1), 500),
        seed=max(asked.seed, 0),
        month=asked.month if 0 <= asked.month <= 12 else 0,
    )
