"""Results as files: what comes back is what was written, and nothing else comes back."""

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lcapp.classes import FLAIR2
from lcapp.evaluate.spread import Spread
from lcapp.families.door import open_model
from lcapp.pipeline.packed import Unpackable, read_packed, write_packed
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import open_collection
from lcapp.types import Card, LandCover, Prediction
from tests.train.conftest import write_area


@pytest.fixture(scope="module")
def prediction(tmp_path_factory: pytest.TempPathFactory) -> Prediction:
    root = tmp_path_factory.mktemp("made")
    write_area(root, "train", "D801_2021", 1, 104, 1)
    collection = open_collection(root)
    return predict(collection.scene(collection.ids[0]), open_model("demo"))


def same(one: Any, other: Any) -> None:
    """All of it, arrays bit by bit."""
    assert type(one) is type(other)
    if is_dataclass(one):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, tuple):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            same(*pair)
    else:
        assert one == other


def test_a_whole_prediction_comes_back_as_it_was(prediction: Prediction, tmp_path: Path) -> None:
    file, card = tmp_path / "one", prediction.record.model
    write_packed(prediction, Prediction, file, (Card,))
    found = read_packed(file, Prediction, {Card: card})
    assert found.explanation.queries
    same(replace(prediction, maps=dict(prediction.maps)), found)
    assert found.record.model is card
    assert str(card.path).encode() not in file.read_bytes()


def test_a_file_that_was_damaged_anywhere_is_refused(tmp_path: Path) -> None:
    year = np.arange(12.0, dtype=np.float32).reshape(12, 1, 1, 1)
    spread = Spread(6, year, year / 2)
    file = tmp_path / "one"
    write_packed(spread, Spread, file)
    same(read_packed(file, Spread), spread)
    whole = file.read_bytes()
    for place in range(0, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises((Unpackable, OSError)):
            read_packed(file, Spread)
    for rest in (b"", whole[:10], whole[:-4], whole + b"more"):
        file.write_bytes(rest)
        with pytest.raises((Unpackable, OSError)):
            read_packed(file, Spread)


def test_another_kind_of_result_is_refused(prediction: Prediction, tmp_path: Path) -> None:
    write_packed(prediction.land_cover, LandCover, tmp_path / "one")
    with pytest.raises(Unpackable):
        read_packed(tmp_path / "one", Spread)


def test_a_class_table_that_is_not_ours_is_not_written(
    prediction: Prediction, tmp_path: Path
) -> None:
    other = replace(FLAIR2, classes=tuple(reversed(FLAIR2.classes)))
    cover = LandCover(prediction.land_cover.probabilities, other, prediction.land_cover.grid)
    with pytest.raises(Unpackable, match="'flair2' that is not ours"):
        write_packed(cover, LandCover, tmp_path / "one")
