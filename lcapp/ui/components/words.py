"""What a component in JavaScript needs to speak the reader's language (`words.js`)."""

from collections.abc import Iterable
from typing import Any

from lcapp.language import current, tr


def words(texts: Iterable[str]) -> dict[str, Any]:
    """A part of a component's data.

    Args:
        texts: All that the component shows, in English.
    """
    return {"words": {text: tr(text) for text in texts}, "tongue": current()}
