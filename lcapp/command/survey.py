"""The pictures of a collection that `simulate` draws on request."""

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from lcapp import types
from lcapp.errors import SceneError
from lcapp.files import write_file
from lcapp.prepare import InputSpec, prepare
from lcapp.scene.collection import Collection, open_collection
from lcapp.types import Prepared, Scene
from lcapp.views.contact_sheet import Row, contact_sheet
from lcapp.views.survey import survey
from lcapp.views.survey_figure import survey_figure


def draw_sheet(folder: Path, path: Path, tiles: int, seed: int) -> None:
    """A contact sheet of some tiles, drawn at random.

    Raises:
        SceneError: A scene cannot be used.
        RunError: The picture cannot be written.
    """
    collection, spec = open_collection(folder), InputSpec()
    ids = np.random.default_rng(seed).permutation(list(collection.ids))[:tiles]
    rows = [
        Row(scene, prepared, collection.truth(scene.id))
        for scene, prepared in _prepared(collection, sorted(map(str, ids)), spec)
    ]
    sheet = contact_sheet(rows, spec, f"{collection.name}: simulated scenes")
    image = io.BytesIO()
    Image.fromarray(sheet[..., :3].copy()).save(image, format="PNG")
    write_file(path, image.getvalue())


def draw_statistics(folder: Path, beside: Path | None, path: Path) -> Path:
    """The numbers of all tiles as JSON, and their figure beside it.

    Returns:
        The figure's path.

    Raises:
        SceneError: A scene cannot be used.
        RunError: A file cannot be written.
    """
    collection, spec = open_collection(folder), InputSpec()
    other = None if beside is None else open_collection(beside)
    found = survey(
        _prepared(collection, collection.ids, spec), spec, () if other is None else _images(other)
    )
    write_file(path, (json.dumps(found.to_json(), indent=1) + "\n").encode())
    name = "" if other is None else other.name
    html = survey_figure(found, collection.name, name).to_html(include_plotlyjs=True)
    figure = path.with_suffix(".html")
    write_file(figure, html.encode())
    return figure


def _prepared(
    collection: Collection, ids: Sequence[str], spec: InputSpec
) -> Iterator[tuple[Scene, Prepared]]:
    for scene_id in ids:
        scene = collection.scene(scene_id)
        try:
            yield scene, prepare(scene, spec)
        except SceneError:
            # A year without one clear month has nothing to show; a network refuses it as well.
            continue


def _images(collection: Collection) -> Iterator[types.Image]:
    for scene_id in collection.ids:
        yield collection.scene(scene_id).aerial
