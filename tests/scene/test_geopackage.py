"""A GeoPackage is a table and nothing that computes; a question about it ends."""

import os
import sqlite3
import time
from pathlib import Path

import pytest

from lcapp.errors import SceneError
from lcapp.scene.flairhub import geopackage
from lcapp.scene.flairhub.geopackage import PatchTable

FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"


def written(path: Path, *statements: str) -> Path:
    database = sqlite3.connect(path)
    for one in (
        "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT)",
        "INSERT INTO gpkg_contents VALUES ('layer', 'features')",
        *statements,
    ):
        database.execute(one)
    database.commit()
    database.close()
    return path


def test_a_view_that_never_ends_is_refused_at_once(tmp_path: Path) -> None:
    view = f"CREATE VIEW layer AS {FOREVER} SELECT i AS patch_id FROM n"
    path = written(tmp_path / "a.gpkg", view)
    with pytest.raises(SceneError, match="has no plain table 'layer'"):
        PatchTable(path)


def test_a_contents_table_that_is_a_view_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    database = sqlite3.connect(path)
    database.execute(
        f"CREATE VIEW gpkg_contents AS {FOREVER} SELECT 'a' AS table_name, 'x' AS data_type FROM n"
    )
    database.commit()
    database.close()
    with pytest.raises(SceneError, match="has no plain table 'gpkg_contents'"):
        PatchTable(path)


def test_a_question_that_takes_for_ever_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(
        tmp_path / "a.gpkg",
        "CREATE TABLE layer (fid INTEGER PRIMARY KEY, patch_id TEXT)",
        f"INSERT INTO layer {FOREVER} SELECT i, 'k' || i FROM n LIMIT 2000",
    )
    table = PatchTable(path)
    assert len(table.column("patch_id")) == 2000
    monkeypatch.setattr(geopackage, "_MOST_STEPS", 1000)
    monkeypatch.setattr(geopackage, "_STEPS_A_ROUND", 100)
    started = time.monotonic()
    with pytest.raises(SceneError, match="cannot be read: interrupted"):
        table.column("patch_id")
    assert time.monotonic() - started < 5


def test_a_pipe_under_the_name_of_a_table_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.gpkg")
    with pytest.raises(SceneError, match="is a pipe"):
        PatchTable(tmp_path / "a.gpkg")


def test_a_schema_that_is_no_text_is_a_sentence(tmp_path: Path) -> None:
    path = written(tmp_path / "a.gpkg", "CREATE TABLE layer (patch_id, acquisition_dates)")
    content = path.read_bytes()
    assert content.count(b"acquisition_dates") == 1
    path.write_bytes(content.replace(b"acquisition_dates", b"acquisition\xf4dates"))
    with pytest.raises(SceneError, match="cannot be read"):
        PatchTable(path)


def test_places_that_are_no_numbers_have_no_distance(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.gpkg",
        "CREATE TABLE layer (patch_id, patch_xmin, patch_xmax, patch_ymin, patch_ymax)",
        "INSERT INTO layer VALUES ('a_b_1-1', 'x', 'y', NULL, 3), ('a_b_1-2', 1, 2, 1, 2)",
    )
    assert PatchTable(path).distances(1.0, 5.0) == {"a_b_1-2": 3.0}
