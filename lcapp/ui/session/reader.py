"""Who reads: in which language, and from how far away; the same on every page.

Both stand in the address. What it leaves out is as the session has it, and at first as the browser
asks for it: a link opens in the language of whoever follows it, unless it names one.
"""

from dataclasses import dataclass, replace

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lcapp.language import ENGLISH, LANGUAGES, ask
from lcapp.ui.session import address

_READER = "lcapp_reader"
_WRITTEN = "lcapp_reader_address"
_SHOWN = "lcapp_reader_shown"


@dataclass(frozen=True)
class Reader:
    """How a page is read.

    Attributes:
        lang: A key of `LANGUAGES`; None for the browser's.
        projector: From the back of a room: larger type and thicker lines.
    """

    lang: str | None = None
    projector: bool = False


PARAMETERS = (address.one_of("lang", LANGUAGES), address.flag("projector"))
NAMES = tuple(one.name for one in PARAMETERS)


def opened() -> Reader:
    """The session's reader, at the beginning of a run; the address is obeyed where it is new."""
    said = {name: st.query_params[name] for name in NAMES if name in st.query_params}
    if _READER not in st.session_state or (said and said != st.session_state[_WRITTEN]):
        found, refused = address.read(said, PARAMETERS)
        keep(replace(reader(), **found))
        now = {"lang": language(), "projector": str(reader().projector)}
        address.refuse(
            *(replace(one, instead=now[name]) for name, one in refused.items()), anew=NAMES
        )
    else:
        keep(reader())  # another page's address says nothing yet
    return reader()


def keep(now: Reader) -> None:
    """Remember the reader and write it into the address."""
    said = {} if now.lang is None else {"lang": now.lang}
    said |= {"projector": "True"} if now.projector else {}
    st.session_state[_READER] = now
    st.session_state[_WRITTEN] = said
    address.write(said, NAMES)


def reader() -> Reader:
    """As kept last."""
    found: Reader = st.session_state.get(_READER, Reader())
    return found


def language() -> str:
    """Of the session: a key of `LANGUAGES`."""
    wanted = reader().lang or (st.context.locale or ENGLISH)[:2].lower()
    return wanted if wanted in LANGUAGES else ENGLISH


def changed() -> bool:
    """Whether the page was in another language when this was last asked: its widgets are new."""
    before = st.session_state.get(_SHOWN, language())
    st.session_state[_SHOWN] = language()
    return bool(before != language())


def _of_session() -> str | None:
    # Tasks and caches that are filled at the start of the server run for nobody.
    return None if get_script_run_ctx(suppress_warning=True) is None else language()


ask(_of_session)
