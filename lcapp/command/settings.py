"""Options of a verb, made from the settings of a dataclass: `lcapp.record.setting`."""

import argparse
from typing import Any, TypeVar

from lcapp.record import Setting, settings, with_setting

Record = TypeVar("Record")

_METAVARS: dict[type, str] = {int: "N", float: "X", str: "TEXT"}


def add_settings(parser: argparse.ArgumentParser, kind: type) -> None:
    """An option for each setting that says what it is; a switch is `--no-x` where x is the default.

    What is not typed is None, so that a file of settings, or the default, stands.
    """
    for one in _options(kind):
        form: dict[str, Any]
        if one.kind is bool:
            form = {"action": "store_const", "const": not one.default}
        else:
            form = {"type": one.kind, "nargs": "+" if one.several else None}
            # Not argparse's own choices: a mistake is answered as any other, see `record.check`.
            shown = "{" + ",".join(map(str, one.choices)) + "}" if one.choices else None
            form["metavar"] = shown or _METAVARS[one.kind]
        name = f"--no-{one.option}" if one.kind is bool and one.default else f"--{one.option}"
        default = "" if one.default in (None, "", ()) or one.kind is bool else " (default: {})"
        text = (one.help + default.format(one.default)).replace("%", "%%")
        parser.add_argument(name, dest=one.place, default=None, help=text, **form)


def with_settings(record: Record, options: argparse.Namespace) -> Record:
    """The dataclass with what was typed in place of its own values."""
    for one in _options(type(record)):
        value = getattr(options, one.place)
        if value is not None:
            record = with_setting(record, one.place, tuple(value) if one.several else value)
    return record


def _options(kind: type) -> list[Setting]:
    return [one for one in settings(kind) if one.help]
