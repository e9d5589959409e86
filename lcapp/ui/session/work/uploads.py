"""The files that a session has been handed; they go with it."""

import streamlit as st

from lcapp.errors import SceneError
from lcapp.scene.own.upload import Upload

_UPLOAD = "lcapp_upload"


def current() -> Upload:
    """That of the session.

    Raises:
        SceneError: There is none, as where a link is followed from elsewhere.
    """
    found: Upload | None = st.session_state.get(_UPLOAD)
    if found is None:
        raise SceneError(
            "no files were handed over in this session",
            advice="hand them over again: they go with the session",
        )
    return found


def started() -> Upload:
    """That of the session, made where there is none (RunError)."""
    if _UPLOAD not in st.session_state:
        st.session_state[_UPLOAD] = Upload()
    return current()
