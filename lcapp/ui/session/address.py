"""The one door of the address: what its parameters may say, and what is said of those that do not.

Whatever an address says is taken as it stands or refused in a sentence that names the value, what
is allowed and what is used instead; nothing is changed silently. A page that finds that a value
does not fit what it shows (a stage that the model has not) says so by `refuse`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from lcapp.language import tr

_REFUSED = "lcapp_refused"
_LONGEST = 60
"""Characters of a refused value that are repeated."""

_OF_STREAMLIT = ("embed", "embed_options")


@dataclass(frozen=True)
class Parameter:
    """One parameter of the address.

    Attributes:
        name: As it stands there.
        read: What it says; None where that makes no sense.
        expected: What is allowed, in the reader's language.
    """

    name: str
    read: Callable[[str], Any]
    expected: Callable[[], str]


def anything(name: str) -> Parameter:
    """Any text that is not empty."""
    return Parameter(name, lambda text: text or None, lambda: tr("some text"))


def one_of(name: str, choices: Iterable[str]) -> Parameter:
    """One of some words."""
    words = tuple(choices)
    return Parameter(
        name,
        lambda text: text if text in words else None,
        lambda: tr("one of {words}", words=", ".join(words)),
    )


def whole(name: str, low: int, high: int) -> Parameter:
    """A whole number."""

    def read(text: str) -> int | None:
        # Python refuses to read a number of 4,301 digits.
        found = re.fullmatch("[0-9]{1,10}", text)
        return int(text) if found and low <= int(text) <= high else None

    return Parameter(
        name, read, lambda: tr("a whole number from {low} to {high}", low=low, high=high)
    )


def share(name: str) -> Parameter:
    """A number from 0 to 1."""

    def read(text: str) -> float | None:
        return float(text) if re.fullmatch(r"(0|1|0?\.[0-9]{1,6}|1\.0{1,6})", text) else None

    return Parameter(name, read, lambda: tr("a number from 0 to 1, such as 0.25"))


def flag(name: str) -> Parameter:
    """Something that is so, or that the address does not mention."""
    return Parameter(
        name, lambda text: True if text == "True" else None, lambda: tr("True, or nothing")
    )


_DEGREES = re.compile(r"(-?[0-9]{1,3}\.[0-9]{1,9}),(-?[0-9]{1,2}\.[0-9]{1,9})")


def place(name: str) -> Parameter:
    """Longitude and latitude, with a fraction."""

    def read(text: str) -> tuple[float, float] | None:
        found = _DEGREES.fullmatch(text)
        lon, lat = map(float, found.groups()) if found else (999.0, 999.0)
        return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None

    return Parameter(name, read, lambda: tr("longitude and latitude, such as 2.5631,44.3502"))


@dataclass(frozen=True)
class Refused:
    """A value that is not used.

    Attributes:
        name: Of the parameter.
        value: What the address says.
        expected: What is allowed; empty for a parameter that there is not.
        instead: What is used; empty for what the page chooses.
    """

    name: str
    value: str
    expected: str = ""
    instead: str = ""

    def __str__(self) -> str:
        value = self.value if len(self.value) <= _LONGEST else f"{self.value[:_LONGEST]}…"
        said = f"{self.name[:_LONGEST]}={value}"
        if not self.expected:
            return tr(
                "“{said}” in the address is no setting of this app and changes nothing.", said=said
            )
        instead = self.instead or tr("what the page chooses by itself")
        return tr(
            "“{said}” in the address is not used: expected {expected}; used instead: {instead}.",
            said=said,
            expected=self.expected,
            instead=instead,
        )


def read(
    query: Mapping[str, str], parameters: Iterable[Parameter]
) -> tuple[dict[str, Any], dict[str, Refused]]:
    """What an address says, and what is wrong with the rest of it, by name.

    Args:
        query: The address.
        parameters: Those that are looked for; others are passed over.
    """
    found, refused = {}, {}
    for one in parameters:
        if one.name in query:
            value = one.read(query[one.name])
            if value is None:
                refused[one.name] = Refused(one.name, query[one.name], one.expected())
            else:
                found[one.name] = value
    return found, refused


def refuse_unknown(known: Iterable[str]) -> None:
    """Say which parameters of the address there are not, and take them out of it."""
    names = {*known, *_OF_STREAMLIT}
    for name in [name for name in st.query_params if name not in names]:
        refuse(Refused(name, st.query_params[name]))
        del st.query_params[name]


def write(said: Mapping[str, str], names: Iterable[str]) -> None:
    """Have the address say just this of some parameters.

    Args:
        said: Values by name.
        names: All that are spoken of; others of the address stay.
    """
    for name in names:
        if name in st.query_params and name not in said:
            del st.query_params[name]
    st.query_params.update(said)


def refuse(*refused: Refused, anew: Iterable[str] = ()) -> None:
    """Have a refusal said on the page, until the reader has read it or the address is another.

    Args:
        *refused: Each takes the place of an earlier one of the same parameter.
        anew: Parameters that were just read: earlier refusals of theirs are over.
    """
    held = {name: one for name, one in refusals().items() if name not in {*anew}}
    st.session_state[_REFUSED] = held | {one.name: one for one in refused}


def refusals() -> dict[str, Refused]:
    """What is to be said, by the parameter."""
    held: dict[str, Refused] = st.session_state.get(_REFUSED, {})
    return held


def understood() -> None:
    """The reader has read them."""
    st.session_state[_REFUSED] = {}
