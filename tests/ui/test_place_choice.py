"""Any place in the app: nothing is asked before the button, then it is a scene like all others."""

import pytest
import streamlit as st

from lcapp.errors import SceneError
from lcapp.scene.services.kept.favourites import drop, favourites
from lcapp.ui.parts.choice import place as place_choice
from lcapp.ui.parts.choice.place_fetch import FETCH
from lcapp.ui.session import cache
from lcapp.ui.session.roots import ROOTS, check_folder
from tests.scene.services.servers import LAT, LON, SOURCE, free_port, services_toml
from tests.ui.pages import ended, explore, told

pytestmark = pytest.mark.usefixtures("nothing_shared")


def _words(page) -> str:
    """What the page says, without what keeps Markdown and Streamlit from reading it."""
    return told(page).replace("\\", "").replace("\u2060", "")


def _press(page) -> None:
    page.button(key="explore_fetch").click().run()
    ((_, task),) = cache.tasks().all(FETCH)
    assert task.wait(240)  # where all cores are busy
    page.run()


def test_a_link_to_a_place_says_what_it_costs_and_asks_nobody(server) -> None:
    page = explore(collection=SOURCE)
    assert not page.exception
    assert page.button(key="explore_fetch").label == "Fetch, about 20 MB"
    assert "102 x 102 m around 4.20000, 46.20000" in told(page)
    assert "© local, Open Licence" in told(page)
    assert server.log == []


def test_a_fetched_place_is_shown_and_asked_for_no_more(server) -> None:
    page = explore(collection=SOURCE)
    _press(page)
    assert not page.exception
    assert page.selectbox(key="explore_scene").value == f"place_{LON:.5f}_{LAT:.5f}"
    asked = len(server.log)
    assert asked > 0
    page.run()
    assert len(server.log) == asked


def test_without_a_network_the_page_says_so_and_the_demo_works(
    server, tmp_path, demo_folder
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / demo_folder.name).symlink_to(demo_folder)
    away = services_toml(server, address=f"http://127.0.0.1:{free_port()}")
    (tmp_path / "services.toml").write_text(away)
    page = explore(collection=SOURCE)
    _press(page)
    assert not page.exception
    assert "cannot be reached" in told(page)
    page.radio(key="explore_kind").set_value("demo").run()
    assert not page.exception
    ended(page)


def test_coordinates_in_the_wrong_order_are_answered_with_the_right_ones(server) -> None:
    page = explore(collection=SOURCE)
    page.text_input(key="explore_where").set_value(f"{LAT}, {LON}").run()
    assert not page.exception
    assert f"longitude comes first: place:{LON},{LAT}" in _words(page)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("place:999,999", "is no place on the Earth"),
        ("place:935000,6850000", "these look like metres of EPSG:2154"),
        (f"{SOURCE},size=9", "size is '9'"),
    ],
)
def test_a_link_to_no_place_has_a_field_to_correct_it(server, own, said) -> None:
    page = explore(collection=own)
    assert not page.exception
    assert said in _words(page)
    assert page.text_input(key="explore_where").value == own[6:].partition(",size")[0].replace(
        ",", ", "
    )
    page.text_input(key="explore_where").set_value(f"{LON}, {LAT}").run()
    page.selectbox(key="explore_size").set_value(204.8).run()
    assert said not in _words(page)
    assert page.button(key="explore_fetch").label == "Fetch, about 23 MB"
    assert server.log == []


def test_a_server_for_others_opens_places_but_no_lists_of_services(monkeypatch) -> None:
    monkeypatch.setenv(ROOTS, "/srv/open")
    check_folder(SOURCE)
    with pytest.raises(SceneError, match="is not opened here"):
        check_folder(f"{SOURCE},services=/etc/passwd")


def test_a_click_on_the_map_is_a_place_and_asks_nobody(server, monkeypatch) -> None:
    drawn = []

    def clicked_map(options, *, choose, marker, **_: object) -> None:
        drawn.append((options, marker))
        st.button("click", key="click", on_click=choose, args=(LON, LAT))

    monkeypatch.setattr(place_choice, "choice_map", clicked_map)
    page = explore(collection="place:")
    assert drawn[-1][1] is None
    page.button(key="click").click().run()
    assert not page.exception
    assert page.text_input(key="explore_where").value == f"{LON:.5f}, {LAT:.5f}"
    assert page.button(key="explore_fetch").label == "Fetch, about 20 MB"
    style = drawn[-1][0]["style"]
    assert len(style["sources"]["footprint"]["data"]["features"]) == 1
    assert drawn[-1][1] == pytest.approx((LON, LAT))
    assert server.log == []


def test_a_favourite_is_kept_found_again_and_taken_along(server, fetched, monkeypatch) -> None:
    monkeypatch.setenv("LCAPP_CACHE", str(fetched[2]))
    try:
        page = explore(collection=SOURCE)
        page.text_input(key="explore_name").set_value("the mill").run()
        page.button(key="explore_keep").click().run()
        assert not page.exception
        assert [(one.name, one.source) for one in favourites()] == [("the mill", SOURCE)]
        page.toggle(key="explore_export").set_value(True).run()
        assert not page.exception
        page.text_input(key="explore_where").set_value("4.3, 46.3").run()
        chosen = page.selectbox(key="explore_favourite")
        chosen.set_value(favourites()[0]).run()
        assert not page.exception
        assert page.text_input(key="explore_where").value == f"{LON}, {LAT}"
        page.button(key="explore_drop").click().run()
        assert favourites() == ()
    finally:
        drop(SOURCE)


def test_readers_elsewhere_change_no_favourites(server, fetched, monkeypatch) -> None:
    monkeypatch.setenv("LCAPP_CACHE", str(fetched[2]))
    monkeypatch.setenv(ROOTS, "/srv/open")
    page = explore(collection=SOURCE)
    assert not page.exception
    assert not [one for one in page.text_input if one.key == "explore_name"]
