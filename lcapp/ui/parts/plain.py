"""What others wrote, on a page: names, notes, licences and errors are text, never Markdown or HTML.

Streamlit reads every label, caption and box as Markdown with links, images, formulas, colours
(`:red[x]`), emoji and icons (`:material/home:`). Whatever does not stand in this program goes
through `plain` on its way there; what is drawn by `st.html` through `html.escape`.
"""

import re

import streamlit as st

from lcapp.errors import LcappError
from lcapp.ui.session.roots import without_own_folders

_ALWAYS = re.compile(r"[\\`*\[\]<>$~&]|:(?=\S)|(?<![^\W_])_|_(?![^\W_])")
"""Begins or ends something wherever it stands; `a_b` does not."""

_BLOCK = re.compile(r"[#+=-]|\d+(?=[.)])")
"""Begins a heading, a line or a list where it begins the text."""

# Streamlit looks for these in the text that is left once Markdown has been read, where a backslash
# is gone: addresses, icons and emoji, arrows.
_LATER = re.compile(
    r"https?(?=://)|www(?=\.)|@(?=[-\w]+\.)|:(?=[\w+/-]+:|material/)"
    r"|(?<!\S)(?:<-|-|<|>|~)(?=[->=]+(?!\S))",
    re.IGNORECASE,
)
_JOINER = "\u2060"
"""Has no width and no meaning; what it parts is not recognised any more."""

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: object) -> str:
    """Text for a place that knows no Markdown: one line that a browser can be sent.

    Control signs, those that turn the direction of writing, and the halves of signs with which
    Python spells bytes that are no UTF-8 are shown as the sign for what cannot be shown.
    """
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", " ".join(str(text).split()))


def plain(text: object) -> str:
    """Markdown that shows a text as it is, in one line."""
    parted = _LATER.sub(lambda found: found[0] + _JOINER, printable(text))
    escaped = _ALWAYS.sub(lambda found: f"\\{found[0]}", parted)
    if begins := _BLOCK.match(escaped):
        place = begins.end() if begins[0].isdigit() else 0
        escaped = f"{escaped[:place]}\\{escaped[place:]}"
    return escaped


def refusal(error: LcappError | str, before: str = "") -> None:
    """The box that says what is wrong.

    Args:
        error: What.
        before: Words of this program in front of it.
    """
    st.error(before + plain(without_own_folders(str(error))), icon=":material/error:")
