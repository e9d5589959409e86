"""The link that opens Compare with a result as A."""

from dataclasses import replace

import streamlit as st

from lcapp.language import tr
from lcapp.ui.session import pair, state
from lcapp.ui.session.work.runs import Choice

_PAGE = "compare"
"""The page's name in the address."""


def pin(choice: Choice, b: Choice | None = None) -> None:
    """A click opens the page Compare, this result being A.

    Args:
        choice: How the result came about.
        b: What it is compared with; None: the run B of the session, else what the page proposes.
    """
    with_b = state.current().b if b is None else pair.alone(b.view)
    view = replace(choice.view, b=with_b, panes=None)
    # By its name: what draws that page knows this part, and not the other way round.
    page = st.Page(lambda: None, title="Compare", url_path=_PAGE)
    label = tr("Pin as A and compare") if b is None else tr("Pin as A, compare with the new run")
    st.page_link(page, label=label, icon=":material/push_pin:", query_params=state.to_query(view))
