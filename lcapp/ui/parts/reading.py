"""What every page has: its language, its size for a projector, and what its address got wrong."""

from dataclasses import replace

import streamlit as st

from lcapp.language import LANGUAGES, tr
from lcapp.ui.components.tongue import tell_language
from lcapp.ui.parts.plain import plain
from lcapp.ui.session import address, reader
from lcapp.views.chart import PROJECTED

_LANG, _PROJECTOR = "reader_lang", "reader_projector"


def heading() -> None:
    """The app's name, and how it is read; and the style that goes with that."""
    dark = st.context.theme.type == "dark"
    projected = reader.reader().projector
    st.html(_STYLE + (_DARK if dark else "") + (_PROJECTED if projected else ""))
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
        tell_language()


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
        st.warning("\n".join(f"- {line}" for line in lines) if len(lines) > 1 else lines[0])
        st.button(
            tr("Understood"),
            key="refused_understood",
            on_click=address.understood,
            icon=":material/check:",
            type="tertiary",
        )


_STYLE = """<style>
.stMainBlockContainer { padding: 2.2rem 2.5rem 4rem; }
.stMainBlockContainer h3 { padding: 0; }
.stMainBlockContainer > div > .stVerticalBlock { gap: .7rem; }
[data-testid=stSidebarContent], [data-testid=stSidebarUserContent],
[data-testid=stSidebarUserContent] > div, [data-testid=stSidebarUserContent] > div > div,
[data-testid=stLayoutWrapper]:has(> [class*=_run_place]) { background: inherit; }
[data-testid=stLayoutWrapper]:has(> [class*=_run_place]) {
  position: sticky; bottom: 0; z-index: 2; padding: .5rem 0; }
.stApp :is(a, button, input, textarea, summary, [role=slider], [role=radio], [role=checkbox],
  [role=tab], [tabindex]):focus-visible {
  outline: 3px solid currentColor !important; outline-offset: 2px; }
[data-testid=stSidebarNavLink]:focus-visible { outline-offset: -3px !important; }
label:has(input:focus-visible) { outline: 3px solid currentColor; outline-offset: 2px;
  border-radius: .3rem; }
</style>"""
"""Streamlit leaves 6 rem above a page; on a projector that is a third of the map. The button that
runs stays in sight, however long the settings above it are. And it hardly
shows which of its links and switches has the focus."""

_DARK = """<style>
.stApp button[kind^=primary]:not(:disabled), .stApp button[kind^=primary]:not(:disabled) *,
.stMultiSelect [data-baseweb=tag] *, .stMultiSelect span[title],
.stMultiSelect span:has(> span[title]) * { color: #0b0e12 !important; }
</style>"""
"""Streamlit writes white on the primary colour, which on a dark page is a light one: 2.6:1."""

_PROJECTED = f"<style>html {{ font-size: {round(16 * PROJECTED)}px !important; }}</style>"
"""All of a page is measured by that."""
