"""A result as one safetensors file: its arrays, and the rest as JSON in the header.

The types of the dataclasses are the schema, as in `record`; nothing in such a file can run. A
digest over all of it tells a damaged one.
"""

import datetime as dt
import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from lcapp.classes import TABLES, ClassTable
from lcapp.limits import parse_json

Arrays = dict[str, NDArray[Any]]

_TOLD, _DIGEST = "lcapp", "sha256"
"""Names in the header."""


class Unpackable(ValueError):
    """A file that is not what it claims, or a value that no file can hold."""


def write_packed(value: Any, kind: Any, path: Path, given: tuple[type, ...] = ()) -> None:
    """Write a value.

    Args:
        value: Of dataclasses, mappings, tuples, arrays and what JSON knows.
        kind: Its type, such as `Prediction`.
        path: File.
        given: Types whose values are left out, since whoever reads has them.

    Raises:
        Unpackable: It holds something else, or a class table that is not ours.
        OSError: The file cannot be written.
    """
    arrays: Arrays = {}
    told = json.dumps(_out(value, kind, "", arrays, given))
    try:
        save_file(arrays, path, {_TOLD: told, _DIGEST: _digest(told, arrays)})
    except SafetensorError as error:
        raise OSError(str(error)) from error


def read_packed(path: Path, kind: Any, given: Mapping[type, Any] | None = None) -> Any:
    """The inverse of `write_packed`.

    Args:
        path: File.
        kind: Type of what it holds.
        given: Values for the types that were left out.

    Raises:
        Unpackable: It is damaged, or holds something else.
        OSError: It cannot be read.
    """
    try:
        with safe_open(path, framework="np") as file:
            said = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if said.get(_DIGEST) != _digest(said[_TOLD], arrays):
            raise Unpackable("is damaged")
        return _in(parse_json(said[_TOLD]), kind, arrays, given or {})
    except (SafetensorError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise Unpackable(f"{path}: {error}") from error


def _digest(told: str, arrays: Arrays) -> str:
    found = hashlib.sha256(told.encode())
    for name in sorted(arrays):
        one = np.ascontiguousarray(arrays[name])
        found.update(f"|{name}|{one.dtype.str}|{one.shape}|".encode())
        found.update(one.data if one.size else b"")
    return found.hexdigest()


@cache
def _kinds(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind) if one.init}


def _inner(kind: Any) -> Any:
    """X of `X | None`, else the type itself."""
    if get_origin(kind) in (types.UnionType, Union):
        (kind,) = (one for one in get_args(kind) if one is not types.NoneType)
    return kind


def _parts(kind: Any, count: int) -> tuple[Any, ...]:
    """Types of the members of a tuple."""
    inner = get_args(kind)
    return (inner[0],) * count if inner[-1] is Ellipsis else inner


def _out(value: Any, kind: Any, at: str, arrays: Arrays, given: tuple[type, ...]) -> Any:
    kind = _inner(kind)
    if value is None or kind in given:
        return None
    if isinstance(value, np.ndarray):
        arrays[at] = np.ascontiguousarray(value)
        return at
    if isinstance(value, ClassTable):
        if TABLES.get(value.name) != value:
            raise Unpackable(f"a class table {value.name!r} that is not ours")
        return value.name
    if is_dataclass(value):
        own: Any = type(value)
        return {
            name: _out(getattr(value, name), inner, f"{at}.{name}", arrays, given)
            for name, inner in _kinds(own).items()
        }
    if isinstance(value, Mapping):
        inner = get_args(kind)[1]
        return [[key, _out(one, inner, f"{at}.{key}", arrays, given)] for key, one in value.items()]
    if isinstance(value, Affine):
        return list(value)[:6]
    if isinstance(value, tuple):
        of = _parts(kind, len(value))
        return [
            _out(one, inner, f"{at}.{place}", arrays, given)
            for place, (one, inner) in enumerate(zip(value, of, strict=True))
        ]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, str | bool | int | float):
        return value
    raise Unpackable(f"{at} is a {type(value).__name__}")


def _in(found: Any, kind: Any, arrays: Arrays, given: Mapping[type, Any]) -> Any:
    kind = _inner(kind)
    origin = get_origin(kind)
    if kind in given:
        return given[kind]
    if found is None:
        return None
    if origin is np.ndarray:
        return arrays[found]
    if kind is ClassTable:
        return TABLES[found]
    if kind is Affine:
        return Affine(*found)
    if kind is dt.date:
        return dt.date.fromisoformat(found)
    if is_dataclass(kind):
        made: Any = kind
        kinds = _kinds(made)
        if set(found) != set(kinds):
            raise Unpackable(f"the fields of {kind} differ")
        return made(
            **{name: _in(found[name], inner, arrays, given) for name, inner in kinds.items()}
        )
    if origin is tuple:
        of = _parts(kind, len(found))
        return tuple(_in(one, inner, arrays, given) for one, inner in zip(found, of, strict=True))
    if origin is not None:  # Mapping, dict
        inner = get_args(kind)[1]
        return {key: _in(one, inner, arrays, given) for key, one in found}
    return found
