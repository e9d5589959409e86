"""The trainings that tables need: a row and a seed each, in the order in which they are run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lcapp.errors import LcappError, RunError, SceneError
from lcapp.families.door import open_card
from lcapp.families.joined.sizes import Rule
from lcapp.recipes.declared import Recipes, configured, typed
from lcapp.recipes.states import BUNDLE, State, state
from lcapp.scene.collection import Collection, open_collection, whole
from lcapp.scene.splits import FLAIR2_VALIDATION, domain_of
from lcapp.train.config import DataConfig, TrainConfig

_HELD_OUT = 8
"""One of so many domains is held out where a collection has no official ones."""


@dataclass(frozen=True)
class Scenes:
    """What all rows are trained on.

    Attributes:
        collection: Where the scenes lie, wherever it is opened from.
        validation_domains: Held out; none: the official ones.
    """

    collection: str
    validation_domains: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """One training, or the joining of some.

    Attributes:
        row: Of the recipes.
        seed: Of the training.
        folder: Of the run; its bundle lies inside.
        config: All its settings; None where runs are joined.
        options: As `train` is asked for it, without the machine.
        needs: Folders of the runs that have to be done first.
        join: Folders of the runs that are joined, with their weights.
        rule: How.
    """

    row: str
    seed: int
    folder: Path
    config: TrainConfig | None
    options: tuple[str, ...]
    needs: tuple[Path, ...]
    join: tuple[tuple[Path, float], ...]
    rule: Rule

    @property
    def name(self) -> str:
        """For people, and for its claim."""
        return f"{self.row}-seed-{self.seed}"

    @property
    def bundle(self) -> Path:
        """What it leaves."""
        return self.folder / BUNDLE

    def state(self) -> State:
        """How far it is."""
        if self.config is not None:
            return state(self.folder, self.config)
        try:
            open_card(self.bundle)
        except LcappError:
            return State("missing", "not joined")
        return State("done", "joined")


def scenes(source: str, domains: Sequence[str]) -> Scenes:
    """What to train on, and which domains to hold out.

    Where nobody names any and the collection has none of FLAIR #2's validation domains, the last
    eighth of its training domains is held out, one at least.

    Args:
        source: Of the collection.
        domains: Named ones.

    Raises:
        SceneError: There is no such collection, or fewer than two domains to train on.
    """
    return Scenes(whole(source), tuple(domains) or _held_out(open_collection(source)))


def _held_out(collection: Collection) -> tuple[str, ...]:
    trained = {}
    for one in collection.ids:
        tree, domain = collection.tree(one), domain_of(one)
        if tree == "validation" or domain in FLAIR2_VALIDATION:
            return ()
        if tree != "test":
            trained[domain] = True
    if len(trained) < 2:
        raise SceneError(
            f"has {len(trained)} domain to train on",
            where=collection.source,
            expected="two or more: one is held out for validation",
            advice="take a larger collection: python -m lcapp simulate --tiles 200 --domains 20",
        )
    return tuple(trained)[-max(1, len(trained) // _HELD_OUT) :]


def rows_of(recipes: Recipes, tables: Iterable[str], only: Sequence[str]) -> tuple[str, ...]:
    """The rows of tables, with those that they need, in the order of the file.

    Args:
        recipes: All.
        tables: Names.
        only: Of these rows alone, with those that they need; none: of all.

    Raises:
        RunError: There is no such table, or a row that is in none of them.
    """
    shown = {line.row for name in tables for line in recipes.table(name).lines}
    for name in only:
        if name not in shown:
            ordered = [row for row, _ in recipes.rows if row in shown]
            raise RunError(f"there is no row {name!r}", expected=" or ".join(ordered))
    wanted = set(only) or shown
    while more := {need for row in wanted for need in recipes.row(row).needs} - wanted:
        wanted |= more
    return tuple(name for name, _ in recipes.rows if name in wanted)


def jobs(
    recipes: Recipes,
    under: str,
    rows: Sequence[str],
    seeds: Sequence[int],
    scenes: Scenes,
    out: Path,
) -> tuple[Job, ...]:
    """All trainings of these rows: every row once before any a second time.

    Args:
        recipes: All.
        under: The setting.
        rows: From `rows_of`.
        seeds: Of the trainings.
        scenes: What to train on.
        out: Folder of all runs.

    Raises:
        RunError: An option of a row that `train` does not know.
    """
    data = DataConfig(scenes.collection, validation_domains=scenes.validation_domains)
    return tuple(
        _job(recipes, under, row, seed, TrainConfig(data), out) for seed in seeds for row in rows
    )


def _job(recipes: Recipes, under: str, row: str, seed: int, config: TrainConfig, out: Path) -> Job:
    def folder(name: str) -> Path:
        return out / name / f"seed-{seed}"

    one = recipes.row(row)
    join = tuple((folder(name), weight) for name, weight in one.join)
    needs = tuple(folder(name) for name in one.needs)
    if join:
        return Job(row, seed, folder(row), None, (), needs, join, one.rule)
    options = {**recipes.options(row, under), "seed": seed}
    if config.data.validation_domains:
        options["validation-domains"] = config.data.validation_domains
    if one.phases_from:
        options["phases-from"] = str(folder(one.phases_from))
    settings = configured(replace(config, seed=seed), options, f"row {row}")
    words = ("--collection", config.data.collection, "--out", str(folder(row)), *typed(options))
    return Job(row, seed, folder(row), settings, words, needs, (), one.rule)
