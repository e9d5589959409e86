"""What every page has: its language, its size for a projector, and what its address got wrong."""

from dataclasses import replace

import streamlit as st

from lcapp.language import LANGUAGES, tr
from lcapp.ui.parts.plain import plain
from lcapp.ui.session import address, reader

_LANG, _PROJECTOR = "reader_lang", "reader_projector"


def heading() -> None:
    """The app's name, and how it is read."""
    # Set at each run: widgets of a page that was left lose their values.
    st.session_state[_LANG] = reader.language()
    st.session_state[_PROJECTOR] = reader.reader().projector
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"### lcapp :gray[{tr('land cover')}]")
        st.segmented_control(
            tr("Language"),
            list(LANGUAGES),
            format_func=str.upper,
            key=_LANG,
            required=True,
            on_change=_take,
            label_visibility="collapsed",
            width="content",
        )
        st.toggle(
            tr("Projector"),
            key=_PROJECTOR,
            on_change=_take,
            help=tr("Larger type and thicker lines, to be read from the back of a room."),
        )


def _take() -> None:
    lang, now = st.session_state[_LANG], reader.reader()
    # Nobody who moves the other switch has chosen the language, which may be the browser's.
    lang = now.lang if lang == reader.language() else lang
    reader.keep(replace(now, lang=lang, projector=st.session_state[_PROJECTOR]))


def refusals() -> None:
    """What the address says and cannot mean; it stays until somebody has read it."""
    said = address.refusals()
    if not said:
        return
    lines = [plain(one) for one in said.values()]
    with st.container(key="refused"):
        st.warning("\\n".join(f"- {line}" for line in lines) if len(lines) > 1 else lines[0])
        st.button(
            tr("Understood"),
            key="refused_understood",
            on_click=address.understood,
            icon=":material/check:",
            type="tertiary",
        )
