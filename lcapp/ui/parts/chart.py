"""The one way of a chart onto a page: in the reader's ink, size and language."""

from typing import Any, Literal

import streamlit as st

from lcapp.ui.session.reader import reader
from lcapp.views.chart import PROJECTED, for_reader


def chart(figure: Any, key: str, width: int | Literal["stretch", "content"] = "stretch") -> None:
    """Draw a figure.

    Args:
        figure: Of plotly.
        key: On the page.
        width: In pixels, larger for a projector, or as Streamlit has it.
    """
    projector = reader().projector
    drawn = for_reader(figure, st.context.theme.type == "dark", projector)
    if projector and isinstance(width, int):
        width = round(width * PROJECTED)
    # Its tool bar lies over titles and legends where nothing hovers.
    st.plotly_chart(drawn, key=key, width=width, config={"displayModeBar": False})
