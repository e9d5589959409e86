"""Where a person states what the numbers of a folder's files mean."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lcapp.types import Units
from lcapp.ui.session import cache
from tests.scene.conftest import PairFolder
from tests.ui.pages import explore, told

pytestmark = pytest.mark.usefixtures("nothing_shared")


@pytest.fixture
def folder(tmp_path) -> str:
    """A pair whose series may be reflectance in per cent, or something else."""
    values = np.random.default_rng(5).uniform(2, 40, (3, 4, 4, 4)).astype(np.float32)
    return str(PairFolder(tmp_path).write(values).folder)


def opened(folder: str, **query: str) -> AppTest:
    page = explore(collection=folder, model="tiny", **query)
    assert not page.exception
    return page


def series_of(page: AppTest) -> str:
    return str(page.selectbox(key="explore_series-unit").value)


def test_a_series_whose_unit_is_not_told_can_be_stated_where_it_is_refused(folder: str) -> None:
    page = opened(folder)
    assert any("unit of the series is not told" in error.value for error in page.error)
    assert series_of(page) == "auto"
    page.selectbox(key="explore_series-unit").set_value("percent").run()
    assert not any("unit of the series" in error.value for error in page.error)
    assert page.query_params["series-unit"] in ("percent", ["percent"])
    assert "per cent, as stated" in told(page)
    assert series_of(page) == "percent"
    page.run()
    assert series_of(page) == "percent"


def test_the_address_states_it_as_well_and_other_units_are_another_scene(folder: str) -> None:
    page = opened(folder, **{"series-unit": "percent", "height-unit": "feet"})
    assert "per cent, as stated" in told(page)
    assert page.selectbox(key="explore_height-unit").value == "feet"
    values = {
        name: cache.collection(folder, units).scene("a").sentinel2.values.mean()
        for name, units in (("percent", Units("percent")), ("numbers", Units("digital-numbers")))
    }
    assert values["percent"] == pytest.approx(100 * values["numbers"])
    page.selectbox(key="explore_series-unit").set_value("reflectance").run()
    assert any("in reflectance as stated" in error.value for error in page.error)
    page.selectbox(key="explore_series-unit").set_value("auto").run()
    assert "series-unit" not in page.query_params
    assert "height-unit" in page.query_params


def test_what_was_stated_of_a_folder_says_nothing_of_the_next_nor_of_simulated_scenes(
    folder: str, tmp_path, demo_folder
) -> None:
    other = PairFolder(tmp_path / "other")
    other.folder.mkdir()
    other.write()
    page = opened(folder, **{"series-unit": "percent"})
    page.text_input(key="explore_folder").set_value(str(other.folder)).run()
    assert not page.exception
    assert series_of(page) == "auto"
    assert "series-unit" not in page.query_params
    assert not any("as stated" in error.value for error in page.error)
    page.radio(key="explore_kind").set_value("demo").run()
    assert not page.exception
    assert not any(one.key == "explore_series-unit" for one in page.selectbox)
