"""A table of the paper beside what was trained here: runs are evaluated, and lined up with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcapp import record
from lcapp.errors import RunError
from lcapp.evaluate.class_figures import ClassRow
from lcapp.evaluate.intervals import Difference
from lcapp.pipeline.evaluation.choice import Method, Settings
from lcapp.recipes.declared import Declared, Line, Options
from lcapp.recipes.jobs import Job
from lcapp.record import settings, with_setting
from lcapp.scene.collection import Collection
from lcapp.types import Progress


@dataclass(frozen=True)
class Found:
    """A line of a table.

    Attributes:
        line: As declared, with the paper's figures.
        seeds: Of the trainings that are done.
        missing: Of those that are asked for, in words.
        row: What was measured here; None where nothing is done.
        ahead: The reference line less this one, mIoU; None for the reference itself, or where one
            of the two has no figures.
    """

    line: Line
    seeds: tuple[int, ...]
    missing: tuple[str, ...]
    row: ClassRow | None
    ahead: Difference | None


@dataclass(frozen=True)
class Table:
    """A table of the paper with what was measured here.

    Attributes:
        name: Of the table.
        declared: Caption, source and reference.
        setting: In which it was trained.
        summary: Of the setting.
        collection: On which it was evaluated.
        simulated: Its scenes are simulated.
        scenes: How many.
        domains: Likewise.
        lines: From top to bottom.
    """

    name: str
    declared: Declared
    setting: str
    summary: str
    collection: str
    simulated: bool
    scenes: int
    domains: int
    lines: tuple[Found, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The trainings that are not done, in words, each once."""
        return tuple(dict.fromkeys(one for line in self.lines for one in line.missing))


def done(jobs: Sequence[Job]) -> dict[str, list[Job]]:
    """Row to its finished trainings.

    Raises:
        RunError: None is finished; what there is.
    """
    found: dict[str, list[Job]] = {}
    for job in jobs:
        if job.state().kind == "done":
            found.setdefault(job.row, []).append(job)
    if not found:
        told = "; ".join(f"{job.name}: {job.state().told}" for job in jobs[:3])
        told += f"; and {len(jobs) - 3} more" if len(jobs) > 3 else ""
        raise RunError(
            f"none of the {len(jobs)} trainings is done: {told}",
            expected="one at least",
            advice="run them first: python -m lcapp reproduce",
        )
    return found


def evaluated(options: Options, where: str) -> Settings:
    """The settings of an evaluation with these options of `evaluate`.

    Raises:
        RunError: An option that it has not.
    """
    known = {one.option: one for one in settings(Settings) if one.help}
    found = Settings()
    for name, value in options.items():
        if name not in known:
            raise RunError(
                f"there is no option {name!r} of evaluate",
                where=where,
                advice="see evaluate --help",
            )
        one = known[name]
        found = with_setting(found, one.place, tuple(value) if one.several else value)
    record.check(found)
    return found


def measured(
    declared: Declared,
    jobs: Sequence[Job],
    scenes: tuple[Collection, Sequence[str]],
    settings: Settings,
    out: Path,
    on_step: Callable[[Progress], None] | None = None,
) -> tuple[tuple[Found, ...], Mapping[str, Any]]:
    """Evaluate what is done, and line it up.

    Args:
        declared: The table.
        jobs: All trainings that it needs.
        scenes: A collection, and which of its scenes.
        settings: Of the evaluation.
        out: Folder of the evaluation; goes on there.
        on_step: As of `evaluate`.

    Returns:
        The lines, and of the scenes that entered: `scenes` and `domains`.

    Raises:
        LcappError: No training is done, or as `evaluate`.
    """
    from lcapp.pipeline.evaluation.run import evaluate
    from lcapp.scene.splits import domain_of

    shown = list(dict.fromkeys(line.row for line in declared.lines))
    finished = done([job for job in jobs if job.row in shown])
    reference = next(line.row for line in declared.lines if line.name == declared.reference)
    order = sorted((row for row in shown if row in finished), key=lambda row: row != reference)
    methods = [Method(row, tuple(job.bundle for job in finished[row])) for row in order]
    collection, ids = scenes
    answer = evaluate(collection, ids, methods, settings, out, on_step)
    rows = {row.method: row for row in reversed(answer.classes) if row.method in finished}
    ahead = {
        _row_of(one.less, order): one
        for one in answer.differences
        if one.figure == "miou" and _row_of(one.of, order) == reference
    }
    lines = []
    for line in declared.lines:
        own = [job for job in jobs if job.row == line.row]
        there = finished.get(line.row, [])
        lines.append(
            Found(
                line=line,
                seeds=tuple(job.seed for job in there),
                missing=tuple(
                    f"{job.name} ({job.state().told})" for job in own if job not in there
                ),
                row=rows.get(line.row),
                ahead=ahead.get(line.row) if line.row != reference else None,
            )
        )
    domains = len({domain_of(one) for one in answer.scenes})
    return tuple(lines), {"scenes": len(answer.scenes), "domains": domains}


def _row_of(line: str, rows: Sequence[str]) -> str | None:
    """The row of an evaluation's line `ROW` or `ROW (N steps)`; that without the series is none."""
    return next((row for row in rows if line == row or line.startswith(f"{row} (")), None)
