"""Options of a verb, made from the settings of a dataclass: `lcapp.record.setting`."""

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from lcapp.record import Setting, settings, with_setting
from lcapp.types import Card, Run

Record = TypeVar("Record")

_METAVARS: dict[type, str] = {int: "N", float: "X", str: "TEXT"}


def add_settings(
    parser: argparse.ArgumentParser, kind: type, choices: Mapping[str, Iterable[str]] = {}
) -> None:
    """An option for each setting that says what it is; a switch is `--no-x` where x is the default.

    What is not typed is None, so that a file of settings, or the default, stands.

    Args:
        parser: Gets the options.
        kind: A dataclass.
        choices: By option, what it may be where a table says it and not the field.
    """
    for one in _options(kind):
        form: dict[str, Any]
        if one.kind is bool:
            form = {"action": "store_const", "const": not one.default}
        else:
            form = {"type": one.kind, "nargs": "+" if one.several else None}
            # Not argparse's own choices: a mistake is answered as any other, see `record.check`.
            allowed = one.choices or tuple(choices.get(one.option, ()))
            shown = "{" + ",".join(map(str, allowed)) + "}" if allowed else None
            form["metavar"] = shown or _METAVARS[one.kind]
        name = f"--no-{one.option}" if one.kind is bool and one.default else f"--{one.option}"
        default = "" if one.default in (None, "", ()) or one.kind is bool else " (default: {})"
        value = " ".join(map(str, one.default)) if one.several and one.default else one.default
        text = (one.help + default.format(value)).replace("%", "%%")
        parser.add_argument(name, dest=_dest(one), default=None, help=text, **form)


def with_settings(record: Record, options: argparse.Namespace) -> Record:
    """The dataclass with what was typed in place of its own values."""
    for one in _options(type(record)):
        value = getattr(options, _dest(one))
        if value is not None:
            record = with_setting(record, one.place, tuple(value) if one.several else value)
    return record


def run_of(card: Card, options: argparse.Namespace) -> Run:
    """The run that was typed; a model's own steps go with its own sampler alone."""
    run = card.run()
    if options.sampler not in (None, run.sampler):
        run = replace(run, steps=Run.steps)
    typed: Run = with_settings(run, options)
    return typed


def _dest(one: Setting) -> str:
    return one.option.replace("-", "_")


def _options(kind: type) -> list[Setting]:
    return [one for one in settings(kind) if one.help]
