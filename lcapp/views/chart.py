"""What every chart of a page has in common: type that can be read, numbers in the language, size.

Views say what a chart shows; how large and in which ink is a matter of whoever reads.
"""

from collections.abc import Iterator
from typing import Any

from babel.core import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

from lcapp.language import current

LEAST = 14
"""Pixels of type, at the least."""

PROJECTED = 1.3
"""How much larger type, lines and markers are for a projector."""

_INK = {False: "#1b1f24", True: "#eef1f5"}
"""On light and on dark: more than 12:1 in both."""


def for_reader(figure: Any, dark: bool = False, projector: bool = False) -> Any:
    """A plotly figure in the reader's ink, size and language.

    Args:
        figure: It is not changed.
        dark: The page is dark.
        projector: It is read from the back of a room.

    Returns:
        The figure as plain data, which Streamlit draws as it draws figures.
    """
    drawn: dict[str, Any] = figure.to_plotly_json()
    layout = drawn["layout"]
    layout.pop("template", None)
    layout["font"] = {"size": LEAST, "color": _INK[dark]} | layout.get("font", {})
    locale = Locale.parse(current())
    layout["separators"] = get_decimal_symbol(locale) + get_group_symbol(locale)
    for name in [name for name in layout if name.startswith(("xaxis", "yaxis"))]:
        axis = layout[name]
        axis["tickfont"] = {"size": LEAST, "color": _INK[dark]} | axis.get("tickfont", {})
    for font in _fonts(drawn):
        font["size"] = max(LEAST, font.get("size", LEAST))
    if projector:
        _enlarge(drawn)
        for name in ("width", "height"):
            if name in layout:
                layout[name] = round(layout[name] * PROJECTED)
    return drawn


def _parts(of: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """All dictionaries within, with their names."""
    if isinstance(of, dict):
        for name, value in of.items():
            if isinstance(value, dict):
                yield name, value
            yield from _parts(value)
    elif isinstance(of, (list, tuple)):
        for value in of:
            yield from _parts(value)


def _fonts(drawn: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (part for name, part in _parts(drawn) if name.endswith("font"))


def _enlarge(drawn: dict[str, Any]) -> None:
    for name, part in _parts(drawn):
        sized = "width" if name == "line" else "size" if name.endswith(("font", "marker")) else ""
        if isinstance(part.get(sized), (int, float)):
            part[sized] *= PROJECTED
    margin = drawn["layout"].get("margin", {})
    margin.update({side: round(value * PROJECTED) for side, value in margin.items()})
