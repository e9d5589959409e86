"""`reproduce`: the trainings that the paper's tables need, shared among those who call it."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lcapp.command.settings import add_settings, with_settings
from lcapp.command.verb import Answer, Verb
from lcapp.errors import RunError
from lcapp.files import check_writable
from lcapp.recipes.declared import SHIPPED, read_recipes
from lcapp.recipes.jobs import Job, jobs, rows_of, scenes
from lcapp.recipes.work import Work, left_to_others
from lcapp.record import settings
from lcapp.train.config import MachineConfig


def recipe_options(parser: argparse.ArgumentParser) -> None:
    """Which rows of which tables, in which setting: of `reproduce` and of `table`."""
    parser.add_argument(
        "--setting", default="paper", metavar="{paper,small}", help="default: the paper's"
    )
    parser.add_argument("--collection", required=True, metavar="SOURCE", help="scenes with labels")
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW", help="of the tables' rows")
    parser.add_argument(
        "--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="N", help="of the trainings"
    )
    parser.add_argument(
        "--validation-domains",
        nargs="+",
        default=[],
        metavar="DOMAIN",
        help="held out (default: the official ones; without any, an eighth of the domains)",
    )
    parser.add_argument("--recipes", type=Path, default=SHIPPED, help="a file of your own recipes")


def asked_jobs(options: argparse.Namespace, tables: Sequence[str], runs: Path) -> tuple[Job, ...]:
    """The trainings that the options ask for.

    Raises:
        LcappError: No such table, row, setting or collection; recipes that cannot be read.
    """
    recipes = read_recipes(options.recipes)
    recipes.conditions(options.setting)
    rows = rows_of(recipes, tables, options.only)
    if not options.seeds or len(set(options.seeds)) < len(options.seeds):
        raise RunError(f"seeds are {options.seeds}", expected="one or more, each once")
    found = scenes(options.collection, options.validation_domains)
    return jobs(recipes, options.setting, rows, options.seeds, found, runs)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tables", nargs="+", metavar="TABLE", help="of the paper: 2, 3 or 4")
    recipe_options(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="RUNS", help="folder of the runs; goes on there"
    )
    parser.add_argument(
        "--at-once", type=int, default=1, metavar="N", help="trainings side by side, one a GPU"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what would be run, as command lines"
    )
    add_settings(parser, MachineConfig)


def _reproduce(options: argparse.Namespace) -> Answer:
    found = asked_jobs(options, options.tables, options.out)
    machine = _machine(options)
    if not options.dry_run:
        check_writable(options.out)
        from lcapp.recipes.joining import join

        work = Work(found, options.out, machine, options.at_once, join, _say)
        work.run()
        if work.failed:
            raise RunError(
                "; ".join(f"{name}: {why}" for name, why in work.failed.items()),
                where=f"{len(work.failed)} of {len(found)} trainings",
                advice="the rest is done: see the logs, and call again to go on",
            )
    elsewhere = {} if options.dry_run else left_to_others(found, options.out)
    return {
        "out": str(options.out),
        "dry_run": options.dry_run,
        "runs": [
            {
                "name": job.name,
                "folder": str(job.folder),
                "state": job.state().kind,
                "told": elsewhere.get(job.name, job.state().told),
                "command": _command(job, machine),
            }
            for job in found
        ],
    }


def _command(job: Job, machine: Sequence[str]) -> list[str]:
    if job.config is not None:
        return ["python", "-m", "lcapp", "train", *job.options, *machine]
    members = [f"{folder / 'bundle'}={weight:g}" for folder, weight in job.join]
    rule = ("--rule", job.rule, "--out", str(job.bundle))
    return ["python", "-m", "lcapp", "join", *members, *rule]


def _machine(options: argparse.Namespace) -> list[str]:
    """The options on the machine that were typed; a value beyond its bounds is refused here."""
    with_settings(MachineConfig(), options)
    words = []
    for one in settings(MachineConfig):
        value = getattr(options, one.option.replace("-", "_"))
        if value is not None:
            words += [f"--{one.option}", str(value)]
    return words


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _show(answer: dict[str, Any]) -> str:
    if answer["dry_run"]:
        return "\n".join(shlex.join(one["command"]) for one in answer["runs"])
    lines = [f"{one['name']:28} {one['state']:8} {one['told']}" for one in answer["runs"]]
    return "\n".join([*lines, f"runs in {answer['out']}"])


REPRODUCE = Verb(
    "reproduce",
    "train what the paper's tables need; goes on where it stopped, shared by all who call it",
    _options,
    _reproduce,
    _show,
)
