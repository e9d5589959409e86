"""Class ids of one table in the classes of another that holds them."""

from collections.abc import Mapping

import numpy as np

from lcapp.classes import COSIA, FLAIR2, NO_CLASS, TABLES, ClassTable
from lcapp.types import Bytes, Reference


def ids_in(table: ClassTable, other: ClassTable) -> Bytes | None:
    """For each class of a table its id in another one.

    Args:
        table: Whose classes are looked for.
        other: The same table, a coarser one of its hierarchy, or FLAIR #2 for COSIA, whose classes
            without a name there are its "other".

    Returns:
        K ids; None where the other table does not hold them.
    """
    if table.name == other.name:
        return np.arange(len(table), dtype=np.uint8)
    if (table.name, other.name) == (COSIA.name, FLAIR2.name):
        last = len(other) - 1
        named = [other.index(one) if one in other.names else last for one in table.names]
        return np.array(named, np.uint8)
    if table.parent is None:
        return None
    above = ids_in(TABLES[table.parent], other)
    return None if above is None else above[list(table.parents)]


def brought(ids: Bytes, table: ClassTable, other: ClassTable) -> Bytes:
    """Class ids of any shape as another table has them; `NO_CLASS` stays.

    Raises:
        ValueError: The other table does not hold the classes, see `ids_in`.
    """
    found = ids_in(table, other)
    if found is None:
        raise ValueError(f"the classes of {table.name} are none of {other.name}")
    every = np.full(256, NO_CLASS, np.uint8)
    every[: len(found)] = found
    return every[ids]


def common_table(one: ClassTable, other: ClassTable) -> ClassTable | None:
    """That of the two whose classes hold those of the other; None where neither does."""
    if ids_in(other, one) is not None:
        return one
    return other if ids_in(one, other) is not None else None


def reference_in(references: Mapping[str, Reference], table: ClassTable) -> Bytes | None:
    """The labels of a scene in the classes of a table: its own, else those that it holds."""
    own = [references[table.name]] if table.name in references else []
    for one in (*own, *references.values()):
        if ids_in(one.table, table) is not None:
            return brought(one.labels, one.table, table)
    return None
