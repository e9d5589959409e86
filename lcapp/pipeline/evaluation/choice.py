"""What is evaluated: networks as methods; a split, whole domains, or an even choice of scenes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lcapp.errors import RunError, SceneError
from lcapp.scene.collection import Collection
from lcapp.scene.splits import domains, split_of

Part = Literal["train", "validation", "test", "all"]

_ADVICE = "take --split all, or name domains with --domains"


@dataclass(frozen=True)
class Method:
    """A line of the tables.

    Attributes:
        name: What it is called there.
        bundles: Its independent trainings; names or folders of bundles.
    """

    name: str
    bundles: tuple[Path | str, ...]


def chosen(
    collection: Collection, part: Part, named: Sequence[str] = (), limit: int | None = None
) -> tuple[str, ...]:
    """The ids of a split or of domains.

    Args:
        collection: Where they lie.
        part: A split, or all; does not count where domains are named.
        named: Domains.
        limit: At most so many, evenly over the list.

    Raises:
        SceneError: A domain that is not there, no official split, or nothing is chosen.
        RunError: A limit below 1.
    """
    if limit is not None and limit < 1:
        raise RunError(f"the limit is {limit}", expected="at least one scene")
    ids = _of_domains(collection, named) if named else _of_split(collection, part)
    if not ids:
        raise SceneError(
            f"has no scene for {part}",
            where=collection.source,
            expected="scenes to evaluate",
            advice=_ADVICE,
        )
    if limit is None or limit >= len(ids):
        return tuple(ids)
    return tuple(ids[place * len(ids) // limit] for place in range(limit))


def _of_domains(collection: Collection, named: Sequence[str]) -> tuple[str, ...]:
    there = domains(collection)
    for domain in named:
        if domain not in there:
            raise SceneError(
                f"has no domain {domain!r}",
                where=collection.source,
                expected=f"some of its {len(there)}, for instance {next(iter(there))}",
            )
    return tuple(one for domain in dict.fromkeys(named) for one in there[domain])


def _of_split(collection: Collection, part: Part) -> Sequence[str]:
    if part == "all":
        return collection.ids
    if collection.tree(collection.ids[0]) is None:
        raise SceneError(
            f"has no official split ({collection.kind})", where=collection.source, advice=_ADVICE
        )
    return tuple(one for one in collection.ids if split_of(collection, one) == part)
