"""Frozen dataclasses to JSON and back, strictly: the types are the schema.

A tuple of (text, value) pairs becomes a JSON object; any other tuple a list. Coming back, every
field must be there, none may be unknown, and each must have its declared type. A field that was
added `later` is left out where it has its default, as in the files that were written before it.

A field that a user sets is declared once, by `setting`: default, bounds and what it is. `check`
reads the bounds from there, the command line its options.
"""

import math
import reprlib
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from lcapp.errors import BundleError, LcappError, RunError

Record = TypeVar("Record")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Setting:
    """A field that a user sets, of a dataclass or of one inside it.

    Attributes:
        place: Its name within the outermost dataclass, a dot before each inner name.
        kind: Type of its value, or of each value of a tuple; a literal's is text.
        several: It is a tuple of such values.
        default: Its value where nobody says another.
        help: What it is; settings without are no options of the command line.
        low: Lowest number; of a tuple, of each.
        high: Highest number, likewise.
        most: Values of a tuple, at most.
        choices: All that it may be; empty: there is no such list.
        option: Its name on the command line.
    """

    place: str
    kind: type
    several: bool
    default: Any
    help: str
    low: float
    high: float
    most: float
    choices: tuple[Any, ...]
    option: str

    def of(self, record: Any) -> Any:
        """Its value in the outermost dataclass."""
        for name in self.place.split("."):
            record = getattr(record, name)
        return record

    def expected(self) -> str:
        """What it may be, in words."""
        if self.choices:
            return " or ".join(repr(choice) for choice in self.choices)
        if self.several and self.most < math.inf:
            return f"at most {self.most:g} numbers, each {self.low:g} to {self.high:g}"
        if self.high < math.inf:
            return f"{self.low:g} to {self.high:g}"
        return f"at least {self.low:g}" if self.low > -math.inf else "a finite number"

    def allows(self, value: Any) -> bool:
        """Whether it may have this value."""
        if value is None:
            return True
        if self.choices:
            return value in self.choices
        if self.kind not in (int, float):
            return True
        numbers = value if self.several else (value,)
        # In this direction NaN is refused too; no setting may be infinite.
        return len(numbers) <= self.most and all(
            self.low <= one <= self.high and math.isfinite(one) for one in numbers
        )

    def check(self, value: Any, at: str, where: object, error: type[LcappError]) -> None:
        """Refuse another value than it may have, called by its place."""
        if not self.allows(value):
            said = reprlib.repr(value) if self.choices or self.several else f"{value:g}"
            raise error(f"{at} is {said}", where=where, expected=self.expected())


def setting(
    default: Value,
    *,
    help: str = "",
    low: float = -math.inf,
    high: float = math.inf,
    most: float = math.inf,
    choices: tuple[Any, ...] = (),
    option: str = "",
    later: bool = False,
) -> Value:
    """A dataclass field that a user sets.

    Args:
        default: Its value where nobody says another.
        help: What it is, for the command line; without it there is no option.
        low: Lowest number; of a tuple, of each.
        high: Highest number, likewise.
        most: Values of a tuple, at most.
        choices: All that it may be; a literal type says it by itself.
        option: Its name on the command line; empty: the field's, with hyphens.
        later: Files without it mean its default.
    """
    said = {"help": help, "low": low, "high": high, "most": most, "later": later}
    made: Value = field(default=default, metadata=said | {"choices": choices, "option": option})
    return made


def settings(kind: type, within: str = "") -> Iterator[Setting]:
    """All that a user sets in a dataclass and in those inside it, in their order.

    Args:
        kind: The dataclass.
        within: Place of the dataclass in an outer one, with a dot at the end.
    """
    kinds = _kinds(kind)
    for one in fields(kind):
        inner, name = kinds[one.name], one.name
        if is_dataclass(inner) and isinstance(inner, type):
            yield from settings(inner, f"{within}{name}.")
            continue
        if get_origin(inner) in (types.UnionType, Union):
            (inner,) = (part for part in get_args(inner) if part is not types.NoneType)
        several = get_origin(inner) is tuple
        inner = get_args(inner)[0] if several else inner
        choices = get_args(inner) if get_origin(inner) is Literal else ()
        said = one.metadata
        yield Setting(
            place=within + name,
            kind=type(choices[0]) if choices else inner,
            several=several,
            default=None if one.default is MISSING else one.default,
            help=said.get("help", ""),
            low=said.get("low", -math.inf),
            high=said.get("high", math.inf),
            most=said.get("most", math.inf),
            choices=choices or said.get("choices", ()),
            option=said.get("option") or name.replace("_", "-"),
        )


def check(record: Any) -> None:
    """Look through the settings of a dataclass.

    Raises:
        RunError: Names the setting, its value, and what it may be.
    """
    for one in settings(type(record)):
        one.check(one.of(record), one.place.split(".")[-1], None, RunError)


def with_setting(record: Record, place: str, value: Any) -> Record:
    """The dataclass with another value at a setting's place."""
    name, _, rest = place.partition(".")
    if rest:
        value = with_setting(getattr(record, name), rest, value)
    return replace(record, **{name: value})  # type: ignore[type-var]


_LARGEST = 2**63 - 1
"""JSON's whole numbers have any length, those of arrays and generators have not."""

_JSON_NAMES = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


def to_json(value: Any) -> Any:
    """The value as JSON's own types."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: _encode(getattr(value, one.name), _kinds(type(value))[one.name])
            for one in fields(value)
            if not (_later(one) and getattr(value, one.name) == one.default)
        }
    return value


def from_json(kind: type[Record], found: Any, where: object) -> Record:
    """An instance of the dataclass `kind` from what JSON held.

    Args:
        kind: A dataclass whose fields are JSON types, tuples, literals and such dataclasses.
        found: What `json.loads` gave.
        where: The file, for the message.

    Raises:
        BundleError: Names every unknown and missing field, the first of a wrong type or out of
            its bounds, or what contradicts itself.
    """
    decoded: Record = _decode(found, kind, "", where)
    return decoded


def _later(one: Field[Any]) -> bool:
    return bool(one.metadata.get("later"))


@cache
def _kinds(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _own(kind: Any) -> tuple[Setting, ...]:
    """The fields that are declared as settings, without those of a dataclass inside."""
    declared = {one.name for one in fields(kind) if one.metadata}
    return tuple(one for one in settings(kind) if one.place in declared)


def _pairs(kind: Any) -> Any:
    """The type of the values where `kind` is a tuple of (text, value) pairs, else None."""
    inner = get_args(kind)[0] if get_origin(kind) is tuple else None
    parts = get_args(inner)
    is_pairs = get_origin(inner) is tuple and len(parts) == 2 and parts[0] is str
    return parts[1] if is_pairs else None


def _encode(value: Any, kind: Any) -> Any:
    if _pairs(kind) is not None:
        return {name: to_json(one) for name, one in value}
    if get_origin(kind) is tuple:
        return [to_json(one) for one in value]
    return to_json(value)


def _decode(found: Any, kind: Any, at: str, where: object) -> Any:
    def refuse(expected: str) -> BundleError:
        shown = found if isinstance(found, str) and len(found) < 80 else reprlib.repr(found)
        shown = repr(shown) if shown is found else shown
        return BundleError(f"{at or 'the whole'} is {shown}", where=where, expected=expected)

    origin = get_origin(kind)
    if origin is Literal:
        if found not in get_args(kind):
            raise refuse(" or ".join(repr(one) for one in get_args(kind)))
        return found
    if origin in (types.UnionType, Union):  # X | None; of a Literal it is the latter
        if found is None:
            return None
        (inner,) = (one for one in get_args(kind) if one is not types.NoneType)
        return _decode(found, inner, at, where)
    if (values := _pairs(kind)) is not None:
        if not isinstance(found, Mapping):
            raise refuse("an object")
        return tuple((k, _decode(one, values, f"{at}.{k}", where)) for k, one in found.items())
    if origin is tuple:
        if not isinstance(found, list):
            raise refuse("a list")
        inner = get_args(kind)[0]
        return tuple(_decode(one, inner, f"{at}[{i}]", where) for i, one in enumerate(found))
    if is_dataclass(kind):
        return _decode_record(found, kind, at, where, refuse("an object"))
    if kind is dict or origin is dict:
        if not isinstance(found, dict):
            raise refuse("an object")
        return found
    # bool is an int to Python, and JSON writes 1.0 as 1
    fits = type(found) is kind or (kind is float and type(found) is int)
    if not fits:
        raise refuse(_JSON_NAMES[kind])
    if type(found) is int and abs(found) > _LARGEST:
        raise refuse(f"at most {_LARGEST}")
    return kind(found)


def _decode_record(found: Any, kind: Any, at: str, where: object, refusal: BundleError) -> Any:
    if not isinstance(found, dict):
        raise refusal
    kinds = _kinds(kind)
    later = {one.name for one in fields(kind) if _later(one)}
    missing = sorted(kinds.keys() - found.keys() - later)
    unknown = sorted(found.keys() - kinds.keys())
    if missing or unknown:
        said = [f"missing: {', '.join(missing)}"] if missing else []
        said += [f"unknown: {', '.join(unknown)}"] if unknown else []
        raise BundleError(
            f"the fields of {at or 'the description'} differ; {'; '.join(said)}",
            where=where,
            expected=", ".join(kinds),
            advice="use the lcapp version that wrote it, or correct the file",
        )
    prefix = f"{at}." if at else ""
    values = {k: _decode(found[k], kinds[k], prefix + k, where) for k in kinds if k in found}
    for one in _own(kind):
        if one.place in values:
            one.check(values[one.place], prefix + one.place, where, BundleError)
    try:
        return kind(**values)
    except ValueError as error:  # fields that contradict one another
        raise BundleError(f"{at or 'the description'}: {error}", where=where) from error
