"""Sessions without a browser are let go."""

from types import SimpleNamespace
from typing import Any

from lcapp.ui.session.gone import KEPT_SECONDS, MOST_KEPT, Gone


def info(name: str) -> Any:
    return SimpleNamespace(session=SimpleNamespace(id=name))


def test_a_session_is_found_again_for_a_while_and_then_it_is_over() -> None:
    clock = [0.0]
    gone = Gone(lambda: clock[0])
    gone.save(info("a"))
    clock[0] = KEPT_SECONDS - 1
    gone.save(info("b"))
    assert gone.over() == ()
    assert gone.get("a").session.id == "a"
    clock[0] = KEPT_SECONDS
    assert gone.over() == ("a",)
    gone.delete("a")
    assert gone.get("a") is None
    assert [one.session.id for one in gone.list()] == ["b"]
    assert gone.over() == ()


def test_of_many_the_eldest_go_at_once() -> None:
    gone = Gone(lambda: 0.0)
    for number in range(MOST_KEPT + 2):
        gone.save(info(str(number)))
    gone.save(info("0"))  # it was back meanwhile
    assert gone.over() == ("1", "2")
