"""Recipes as data: what each row of a table is trained by, and what the paper found.

The shipped ones lie in `recipes.toml`; a file of the same form takes their place. A row names
options of `train`, so that a recipe can do what a person can type, and nothing else. Imports no
torch.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lcapp import record
from lcapp.errors import BundleError, RunError
from lcapp.families.joined.sizes import Rule
from lcapp.limits import read_text
from lcapp.record import from_json, setting, settings, with_setting
from lcapp.train.config import TERMS, TrainConfig

SHIPPED = Path(__file__).with_name("recipes.toml")

WITHOUT = "without"
"""The option of `train` that switches losses off."""

Options = Mapping[str, Any]
"""Option, without its dashes, to its value."""

Value = TypeVar("Value")


@dataclass(frozen=True)
class Conditions:
    """A setting: what all rows are trained and evaluated by.

    Attributes:
        summary: In a few words.
        train: Options of `train`.
        evaluate: Options of `evaluate`.
    """

    summary: str
    train: dict[str, Any]
    evaluate: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A method.

    Attributes:
        train: Its own options of `train`.
        under: Setting to further options there.
        phases_from: The row whose run of the same seed gives E_C and eps_w.
        join: Rows whose runs of the same seed are joined, to their weights, in place of a training.
        rule: How they are joined, as `families.joined` has it.
    """

    train: dict[str, Any]
    under: tuple[tuple[str, dict[str, Any]], ...] = setting((), later=True)
    phases_from: str = setting("", later=True)
    join: tuple[tuple[str, float], ...] = setting((), later=True)
    rule: Rule = setting("geometric", later=True)

    @property
    def needs(self) -> tuple[str, ...]:
        """The rows that come first."""
        return (*(name for name, _ in self.join), *([self.phases_from] if self.phases_from else ()))


@dataclass(frozen=True)
class Line:
    """A line of a table, with what the paper found.

    Attributes:
        row: The row that it shows.
        name: What it is called there.
        miou: Per cent: mean, and deviation where there is one; empty where nothing is said.
        oa: Likewise.
        parameters: Millions.
        iou: Per cent, of the evaluated classes in their order.
    """

    row: str
    name: str
    miou: tuple[float, ...] = setting((), later=True)
    oa: tuple[float, ...] = setting((), later=True)
    parameters: float | None = setting(None, later=True)
    iou: tuple[float, ...] = setting((), later=True)


@dataclass(frozen=True)
class Declared:
    """A table of the paper.

    Attributes:
        caption: What it shows.
        source: Where the paper's figures stand.
        reference: Name of the line that the others are compared with.
        lines: From top to bottom.
    """

    caption: str
    source: str
    reference: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Recipes:
    """All of a file.

    Attributes:
        settings: By name.
        rows: By name, in the order in which they are trained.
        tables: By name.
    """

    settings: tuple[tuple[str, Conditions], ...]
    rows: tuple[tuple[str, Row], ...]
    tables: tuple[tuple[str, Declared], ...]

    def __post_init__(self) -> None:
        rows = dict(self.rows)
        for name, one in self.rows:
            if unknown := [need for need in one.needs if need not in rows]:
                raise ValueError(f"row {name} needs {unknown[0]}, which is no row")
            if dict(one.under).keys() - dict(self.settings).keys():
                raise ValueError(f"row {name} has options under a setting that there is not")
        for name, table in self.tables:
            if unknown := [line.row for line in table.lines if line.row not in rows]:
                raise ValueError(f"table {name} shows {unknown[0]}, which is no row")
            if table.reference not in [line.name for line in table.lines]:
                raise ValueError(f"table {name} has no line {table.reference}")

    def conditions(self, name: str) -> Conditions:
        """A setting by its name (RunError)."""
        return _named("setting", name, dict(self.settings))

    def table(self, name: str) -> Declared:
        """A table by its name (RunError)."""
        return _named("table", name, dict(self.tables))

    def row(self, name: str) -> Row:
        """A row by its name (RunError)."""
        return _named("row", name, dict(self.rows))

    def options(self, row: str, under: str) -> Options:
        """What `train` is asked for, the row's own last."""
        found = self.row(row)
        further = dict(found.under).get(under, {})
        return {**self.conditions(under).train, **found.train, **further}


def read_recipes(path: Path = SHIPPED) -> Recipes:
    """The recipes of a file.

    Raises:
        BundleError: It is no such file: not TOML, a field that is missing or unknown, a row that
            is named and not there.
    """
    text = read_text(path, BundleError, "recipes as in lcapp's recipes.toml")
    try:
        found = tomllib.loads(text)
    except ValueError as error:
        raise BundleError(f"is no TOML: {error}", where=path, advice="correct the line") from None
    return from_json(Recipes, found, path)


def configured(config: TrainConfig, options: Options, where: str) -> TrainConfig:
    """The settings of a run with these options, as if they had been typed.

    Args:
        config: With what is known besides.
        options: Of `train`.
        where: Whose they are, for the message.

    Raises:
        RunError: An option that `train` has not, or a value that it cannot have.
    """
    known = {one.option: one for one in settings(TrainConfig) if one.help}
    for name, value in options.items():
        if name == WITHOUT:
            for term in value:
                if term not in TERMS:
                    raise RunError(f"without is {term!r}", where=where, expected=" or ".join(TERMS))
                config = with_setting(config, f"objective.losses.{term}", 0.0)
            continue
        if name not in known:
            raise RunError(
                f"there is no option {name!r} of train", where=where, advice="see train --help"
            )
        one = known[name]
        kinds = (int, float) if one.kind is float else one.kind
        values = value if one.several and isinstance(value, list | tuple) else [value]
        if not all(isinstance(each, kinds) for each in values):
            raise RunError(
                f"{name} is {value!r}", where=where, expected=f"of kind {one.kind.__name__}"
            )
        config = with_setting(config, one.place, tuple(values) if one.several else value)
    record.check(config)
    return config


def typed(options: Options) -> list[str]:
    """The options as they are typed on a command line."""
    known = {one.option: one for one in settings(TrainConfig)}
    words: list[str] = []
    for name, value in options.items():
        if isinstance(value, bool):
            if value != known[name].default:
                words.append(f"--{name}" if value else f"--no-{name}")
        else:
            several = isinstance(value, list | tuple)
            words += [f"--{name}", *map(str, value if several else [value])]
    return words


def _named(kind: str, name: str, there: Mapping[str, Value]) -> Value:
    if name not in there:
        raise RunError(f"there is no {kind} {name!r}", expected=" or ".join(there))
    return there[name]
