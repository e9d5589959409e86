"""The page Compare, driven without a browser, and its main path in one."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.pages import LONG, runs, told

shared = pytest.mark.usefixtures("demo_folder", "nothing_shared")


def _script() -> None:
    from lcapp.ui.pages.compare import COMPARE

    COMPARE.show()


def shown(**query: str) -> AppTest:
    """The page as that address opens it, once its runs are done."""
    page = AppTest.from_function(_script, default_timeout=LONG)
    for name, value in query.items():
        page.query_params[name.replace("b_", "b-")] = value
    page.run()
    for task in runs():
        assert task.wait(LONG)
    return page.run()


@shared
def test_it_says_where_two_runs_differ_how_much_and_which_is_right() -> None:
    page = shown()
    assert not page.exception
    print(told(page))
    assert 0
