"""Frozen dataclasses to JSON and back, strictly: the types are the schema.

A tuple of (text, value) pairs becomes a JSON object; any other tuple a list. Coming back, every
field must be there, none may be unknown, and each must have its declared type.
"""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from lcapp.errors import BundleError

Record = TypeVar("Record")

_JSON_NAMES = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


def to_json(value: Any) -> Any:
    """The value as JSON's own types."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: _encode(getattr(value, one.name), _kinds(type(value))[one.name])
            for one in fields(value)
        }
    return value


def from_json(kind: type[Record], found: Any, where: object) -> Record:
    """An instance of the dataclass `kind` from what JSON held.

    Args:
        kind: A dataclass whose fields are JSON types, tuples, literals and such dataclasses.
        found: What `json.loads` gave.
        where: The file, for the message.

    Raises:
        BundleError: Names every unknown and missing field, or the first of a wrong type.
    """
    decoded: Record = _decode(found, kind, "", where)
    return decoded


def _kinds(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


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
        return BundleError(f"{at or 'the whole'} is {found!r}", where=where, expected=expected)

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
    return kind(found)


def _decode_record(found: Any, kind: Any, at: str, where: object, refusal: BundleError) -> Any:
    if not isinstance(found, dict):
        raise refusal
    kinds = _kinds(kind)
    missing = sorted(kinds.keys() - found.keys())
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
    return kind(**{k: _decode(found[k], kinds[k], prefix + k, where) for k in kinds})
