"""The page's language in the page itself, so that it is read aloud in it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from lcapp.language import current

_JS = "export default ({ data }) => { document.documentElement.lang = data.lang; };"


def tell_language() -> None:
    """Say in which language the page is."""
    _component()(key="tongue", data={"lang": current()}, height=1)


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    mount: Callable[..., Any] = st.components.v2.component("lcapp_tongue", html="", js=_JS)
    return mount
