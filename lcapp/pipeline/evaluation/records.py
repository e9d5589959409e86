"""The figures of each scene on disk, so that a run that was stopped goes on after them.

`records/HASH-SAMPLER-STEPS/SCENE.json`: the weights' hash, the sampler, its steps and the scene,
slashes of its id written as `__`. What is there for other pixels or settings is made anew.
"""

import json
from pathlib import Path

from lcapp.errors import BundleError, RunError
from lcapp.evaluate.records import SceneRecord
from lcapp.files import write_file
from lcapp.limits import parse_json, read_text
from lcapp.record import from_json, to_json

FOLDER = "records"

FIGURES = 3
"""Goes up when a figure gets another meaning, so that no record of the old one is taken over."""


def record_path(kept: Path, bundle_hash: str, sampler: str, steps: int, scene_id: str) -> Path:
    """Where the record of a scene lies in the folder of records."""
    name = f"{scene_id.replace('/', '__')}.json"
    return kept / f"{bundle_hash}-{sampler}-{steps}" / name


def read_record(path: Path, key: str) -> SceneRecord | None:
    """The record, where there is one that can be read and was made of the same pixels."""
    try:
        found = parse_json(read_text(path, BundleError, "the figures of a scene"))
        record = from_json(SceneRecord, found, path)
    except (ValueError, BundleError):
        return None
    return record if record.key == key else None


def write_record(path: Path, record: SceneRecord) -> None:
    """Write a record, whole or not at all.

    Raises:
        RunError: The folder or the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"cannot be made: {error.strerror}", where=path.parent, advice="name another folder"
        ) from error
    write_file(path, (json.dumps(to_json(record), ensure_ascii=False) + "\n").encode())
