"""What a place will cost: as declared, then as past fetches of the same services have measured."""

import pytest

from lcapp.scene.services import fetch
from lcapp.scene.services.fetch import fetch_place
from lcapp.scene.services.here import arrived
from lcapp.scene.services.kept.cost import cost
from lcapp.scene.services.place import parse_place
from tests.scene.services.servers import SOURCE


def test_what_fetches_took_tells_what_the_next_one_will_take(server) -> None:
    place = parse_place(f"{SOURCE},size=64")
    before = cost(place)
    assert (before.bytes, before.seconds, before.fetches) == (place.expected_bytes(), None, 0)
    found = fetch_place(place)
    after = cost(place)
    assert after.bytes == pytest.approx(found.bytes, rel=0.01)
    assert after.fetches == 1
    taken = found.told["aerial"]["seconds"] + found.told["series"]["seconds"]
    assert after.seconds == pytest.approx(taken, rel=0.01)
    wide = parse_place(f"{SOURCE},size=128")
    assert cost(wide, series=False).bytes == pytest.approx(
        4 * cost(place, series=False).bytes, rel=0.01
    )


def test_dates_are_there_to_be_shown_before_the_year_is_whole(server, monkeypatch) -> None:
    place = parse_place(f"{SOURCE},size=64")
    come, write = [], fetch.write_series

    def look(*given: object) -> None:
        come.extend(arrived(place))
        write(*given)

    monkeypatch.setattr(fetch, "write_series", look)
    assert arrived(place) == []
    fetch.fetch_place(place)
    assert [day for day, _ in come] == ["2021-03-14", "2021-03-29", "2021-06-22", "2021-09-10"]
    first = come[0][1]
    assert first.shape[0] == 4
    assert 0.0 < first.mean() < 0.3  # reflectance, its offset taken off
    assert arrived(place) == []
