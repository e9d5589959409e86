"""Which pixel is asked, in a scene that is no square: rows are rows, columns are columns."""

import numpy as np
import pytest
from affine import Affine

from lcapp.classes import FLAIR2
from lcapp.errors import RunError
from lcapp.types import Explanation, Grid, LandCover

HEIGHT, WIDTH = 48, 96


@pytest.fixture
def explanation() -> Explanation:
    """Stage 3 of 6 x 12 pixels and stage 4 of 3 x 6, over levels of 6 x 12 and 3 x 6."""
    random = np.random.default_rng(0)
    grid = Grid("EPSG:2154", Affine(0.2, 0, 0, 0, -0.2, 0), HEIGHT, WIDTH)
    shape = (len(FLAIR2), HEIGHT, WIDTH)
    cover = LandCover(np.full(shape, 1 / len(FLAIR2), np.float32), FLAIR2, grid)
    queries = {3: random.normal(size=(2, 6, 12, 4)), 4: random.normal(size=(2, 3, 6, 4))}
    keys = {3: random.normal(size=(2, 6, 12, 4)), 4: random.normal(size=(2, 3, 6, 4))}
    return Explanation((), (), (), cover, queries, keys)


@pytest.mark.parametrize(("row", "col"), [(0, 0), (47, 95), (9, 41), (41, 9), (0, 95), (47, 0)])
def test_the_attention_is_that_of_the_asked_row_and_column(
    explanation: Explanation, row: int, col: int
) -> None:
    found = explanation.attention(row=row, col=col)
    assert (found.row, found.col) == (row, col)
    for stage, queries in explanation.queries.items():
        key = explanation.keys[stage]
        query = queries[:, row >> stage, col >> stage]  # heads d
        odds = np.exp([[query[h] @ at for at in key[h].reshape(-1, 4)] for h in range(2)])
        odds = np.exp(np.log(odds) / 2)  # the root of d
        wanted = (odds / odds.sum(1, keepdims=True)).reshape(key.shape[:3])
        np.testing.assert_allclose(found.maps[stage], wanted, rtol=1e-5)


@pytest.mark.parametrize(("row", "col"), [(48, 0), (90, 40), (0, 96), (-1, 0), (0, -1)])
def test_a_pixel_outside_is_refused_and_named(explanation: Explanation, row: int, col: int) -> None:
    with pytest.raises(RunError, match=rf"pixel \({row}, {col}\).*row below 48 and a column below"):
        explanation.attention(row=row, col=col)
