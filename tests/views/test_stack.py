"""Layers and classes in an address."""

import pytest

from lcapp.views.explore.stack import (
    Seen,
    classes_from_text,
    classes_to_text,
    layers_from_text,
    layers_to_text,
)


def test_order_and_opacity_come_back_as_they_were() -> None:
    seen = (Seen("aerial", 100), Seen("without-series", 45))
    assert layers_to_text(seen) == "aerial~100.without-series~45"
    assert layers_from_text("aerial~100.without-series~45") == seen
    assert layers_from_text(layers_to_text(())) == ()
    assert classes_from_text("0.4.12") == (0, 4, 12)
    assert classes_to_text((0, 4, 12)) == "0.4.12"
    assert classes_to_text(()) is None


@pytest.mark.parametrize(
    "text",
    ["", "aerial", "aerial~101", "aerial~-1", "a~1.a~2", "A~1", "none.aerial~1", "a~1." * 40],
)
def test_a_text_that_says_nothing_of_layers_is_none(text: str) -> None:
    assert layers_from_text(text) is None


@pytest.mark.parametrize("text", ["", "1.", "a", "-1", "100"])
def test_a_text_that_says_nothing_of_classes_is_none(text: str) -> None:
    assert classes_from_text(text) is None
