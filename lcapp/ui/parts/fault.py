"""What nobody foresaw: the log has all of it, a page one sentence without paths and traceback."""

import logging

import streamlit as st

from lcapp.errors import LcappError
from lcapp.language import tr
from lcapp.ui.parts.plain import refusal
from lcapp.ui.session.work.tasks import number

_log = logging.getLogger(__name__)


def fault(what: str, error: BaseException) -> None:
    """Say that something ended with an error, and where the log has it.

    Args:
        what: What it was, as in "This page".
        error: The error, which has been logged.
    """
    st.error(
        tr(
            "{what}: ended with an error that lcapp did not foresee ({kind}). Please report it "
            "with what the log of the server has of error {number}.",
            what=what[:1].upper() + what[1:],
            kind=type(error).__name__,
            number=number(error),
        ),
        icon=":material/error:",
    )


def told(error: Exception) -> bool:
    """The last catch, that of callbacks and fragments too (`on_script_error` of the app).

    Returns:
        True: the page has said it.
    """
    if isinstance(error, LcappError):
        refusal(error)
    else:
        _log.error("a page ended unexpectedly, error %s", number(error), exc_info=error)
        fault(tr("This page"), error)
    return True
