"""Which scenes train, which validate and which test: by domain, never by tile.

A domain is a department in a year; tiles of one overlap in place, weather and camera, so that a
split among them measures memory. FLAIR #2's test domains lie in folders of their own. The
validation domains are those of the published configurations of the FLAIR challenges. FLAIR-HUB's
tables name the split of each patch: test by domain, validation by ROI. A random split, drawn anew
at each resume, is METHOD.md's fault 8.
"""

from functools import lru_cache

from lcapp.errors import SceneError
from lcapp.scene.collection import Collection
from lcapp.scene.names import composed
from lcapp.scene.reader import Split

FLAIR2_VALIDATION = (
    "D004_2021",
    "D014_2020",
    "D029_2021",
    "D031_2019",
    "D058_2020",
    "D066_2021",
    "D067_2021",
    "D077_2021",
)
"""Validation domains of FLAIR #2."""


def domain_of(scene_id: str) -> str:
    """The first part of an id; where ids have one part, each scene is a domain of its own."""
    return scene_id.partition("/")[0]


def domains(collection: Collection) -> dict[str, tuple[str, ...]]:
    """The ids of each domain, both in the collection's order."""
    found: dict[str, list[str]] = {}
    for scene_id in collection.ids:
        found.setdefault(domain_of(scene_id), []).append(scene_id)
    return {domain: tuple(ids) for domain, ids in found.items()}


def split_of(
    collection: Collection, scene_id: str, validation_domains: tuple[str, ...] | None = None
) -> Split:
    """What a scene is for.

    Args:
        collection: Its collection.
        scene_id: A scene of it.
        validation_domains: Domains to hold out instead of the official ones. Needed where the
            collection has no official split; there is no test set then.

    Raises:
        SceneError: Unknown id; no official split and no domains named; a named domain that the
            collection does not have, or that is for testing.
    """
    tree = collection.tree(scene_id)
    if validation_domains is None:
        if tree is None:
            raise SceneError(
                f"has no official split ({collection.kind})",
                where=collection.source,
                expected="a FLAIR #2 folder, FLAIR-HUB with its table of splits, or the domains "
                "to validate on",
                advice=f"name them, for instance {domain_of(scene_id)}",
            )
        if tree == "validation":
            return "validation"
        held_out = frozenset(FLAIR2_VALIDATION)
    else:
        held_out = _checked(collection, validation_domains)
    if tree == "test":
        return "test"
    return "validation" if domain_of(scene_id) in held_out else "train"


@lru_cache(maxsize=1)
def _checked(collection: Collection, named: tuple[str, ...]) -> frozenset[str]:
    """The named domains; looked through once, and not for each of 77 000 tiles."""
    there, named = domains(collection), tuple(map(composed, named))
    for domain in named:
        if domain not in there:
            raise SceneError(
                f"has no domain {domain!r} to validate on",
                where=collection.source,
                expected=f"some of its {len(there)}, for instance {next(iter(there))}",
            )
        if any(collection.tree(scene_id) == "test" for scene_id in there[domain]):
            raise SceneError(
                f"keeps the domain {domain} for testing",
                where=collection.source,
                expected="validation domains among those for training",
            )
    return frozenset(named)
