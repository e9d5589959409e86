"""`table`: a table of the paper beside what was trained here, as Markdown, CSV and LaTeX."""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from lcapp.command.evaluate import progress_line
from lcapp.command.reproduce import asked_jobs, recipe_options
from lcapp.command.verb import Answer, Verb
from lcapp.errors import RunError
from lcapp.files import write_together
from lcapp.pipeline.evaluation.choice import Settings, chosen
from lcapp.record import to_json

_FORMATS = ("md", "csv", "tex")


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table", metavar="TABLE", help="of the paper: 2, 3 or 4")
    recipe_options(parser)
    parser.add_argument(
        "--runs", type=Path, required=True, metavar="RUNS", help="where `reproduce` has trained"
    )
    parser.add_argument(
        "--domains", nargs="+", default=[], metavar="DOMAIN", help="instead of the test split"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="at most N scenes, evenly chosen")
    parser.add_argument(
        "--format", default="md", metavar="{md,csv,tex}", help="to print; all three are written"
    )
    # Not all of them: `--seeds` are those of the trainings here.
    parser.add_argument("--device", default=Settings.device, help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--sampler", metavar="TEXT", help="instead of the setting's own")
    parser.add_argument("--steps", nargs="+", type=int, metavar="N", help="likewise")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="of the evaluation; goes on there"
    )


def _table(options: argparse.Namespace) -> Answer:
    if options.format not in _FORMATS:
        raise RunError(f"format is {options.format!r}", expected=" or ".join(_FORMATS))
    from lcapp.recipes.declared import read_recipes
    from lcapp.recipes.pages import pages
    from lcapp.recipes.table import Table, done, evaluated, measured
    from lcapp.scene.collection import open_collection

    recipes = read_recipes(options.recipes)
    declared = recipes.table(options.table)
    jobs = asked_jobs(options, [options.table], options.runs)
    done(jobs)
    conditions = recipes.conditions(options.setting)
    typed = {name: getattr(options, name) for name in ("device", "sampler", "steps")}
    asked = {name: value for name, value in typed.items() if value is not None}
    settings = evaluated({**conditions.evaluate, **asked}, options.setting)
    collection = open_collection(options.collection)
    ids = chosen(collection, "test", options.domains, options.limit)
    lines, counts = measured(
        declared, jobs, (collection, ids), settings, options.out, progress_line()
    )
    table = Table(
        name=options.table,
        declared=declared,
        setting=options.setting,
        summary=conditions.summary,
        collection=collection.name,
        simulated=collection.simulated,
        lines=lines,
        **counts,
    )
    made = pages(table)
    write_together({name: partial(_write, page=page) for name, page in made.items()}, options.out)
    told = {"out": str(options.out), "text": made[f"table{options.table}.{options.format}"]}
    return {**told, "missing": list(table.missing), **to_json(table)}


def _write(path: Path, *, page: str) -> None:
    path.write_text(page, encoding="utf-8")


def _show(answer: dict[str, Any]) -> str:
    return f"{answer['text']}\nwritten to {answer['out']}"


TABLE = Verb(
    "table", "a table of the paper beside the runs of `reproduce`", _options, _table, _show
)
