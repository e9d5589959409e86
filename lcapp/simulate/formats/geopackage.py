"""A metadata table of FLAIR-HUB as a GeoPackage: one row a patch, with its footprint."""

import sqlite3
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

Value = str | int | float
Box = tuple[float, float, float, float]

_SRS = 2154
_MAGIC = 0x47504B47
"""`GPKG`, at its place in the head of the SQLite file."""
_VERSION = 10300
_MADE = "2026-01-01T00:00:00.000Z"
"""Fixed, so that the same table gives the same bytes."""

_SCHEMA = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,
    organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL,
    definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT NOT NULL,
    identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL,
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT PRIMARY KEY, column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL,
    m TINYINT NOT NULL);
"""


def write_geopackage(path: Path, rows: Sequence[Mapping[str, Value]], boxes: Sequence[Box]) -> None:
    """Write one table, named as the file.

    Args:
        path: Does not exist yet.
        rows: Attributes; all rows have the same names.
        boxes: For each row west, south, east, north in EPSG:2154.
    """
    columns = {
        name: "TEXT" if isinstance(value, str) else "REAL" for name, value in rows[0].items()
    }
    names = ", ".join(f'"{name}"' for name in columns)
    typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    wests, souths, easts, norths = zip(*boxes, strict=True)
    extent = (min(wests), min(souths), max(easts), max(norths))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"PRAGMA application_id = {_MAGIC}")
        database.execute(f"PRAGMA user_version = {_VERSION}")
        database.executescript(_SCHEMA)
        database.execute(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'EPSG', ?, 'undefined', NULL)",
            ("RGF93 / Lambert-93", _SRS, _SRS),
        )
        database.execute(
            "INSERT INTO gpkg_contents VALUES (?, 'features', ?, '', ?, ?, ?, ?, ?, ?)",
            (path.stem, path.stem, _MADE, *extent, _SRS),
        )
        database.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POLYGON', ?, 0, 0)",
            (path.stem, _SRS),
        )
        database.execute(
            f'CREATE TABLE "{path.stem}" (fid INTEGER PRIMARY KEY, geom BLOB, {typed})'
        )
        holders = ", ".join("?" * (1 + len(columns)))
        database.executemany(
            f'INSERT INTO "{path.stem}" (geom, {names}) VALUES ({holders})',
            [(_polygon(box), *row.values()) for row, box in zip(rows, boxes, strict=True)],
        )


def _polygon(box: Box) -> bytes:
    """A box as the standard's blob: its header without an envelope, then well-known binary."""
    west, south, east, north = box
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    header = struct.pack("<2sBBi", b"GP", 0, 1, _SRS)
    body = struct.pack("<BIII", 1, 3, 1, len(ring))
    return header + body + b"".join(struct.pack("<dd", *corner) for corner in ring)
