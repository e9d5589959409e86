from pathlib import Path

import pytest

from lcapp.errors import BundleError, Cancelled, LcappError, RunError, SceneError


def test_message_says_where_what_expected_and_advice():
    error = SceneError(
        "the image has 3 bands", where=Path("a.tif"), expected="4 bands", advice="add nir"
    )
    assert str(error) == "a.tif: the image has 3 bands; expected 4 bands; add nir"
    assert (error.where, error.expected, error.advice) == ("a.tif", "4 bands", "add nir")


def test_message_is_one_line_and_leaves_out_what_is_not_known():
    assert str(RunError("too\n  little memory")) == "too little memory"


@pytest.mark.parametrize("kind", [SceneError, BundleError, RunError, Cancelled])
def test_every_kind_is_caught_as_one(kind):
    with pytest.raises(LcappError):
        raise kind("x")


def test_what_a_file_holds_makes_no_sentence_of_a_hundred_thousand_letters() -> None:
    advice = "name one of " + ", ".join(["another"] * 500)
    error = SceneError("has no scaling for " + "[" * 100_000 + " end", where="a.json",
                       expected="x" * 2000, advice=advice)  # fmt: skip
    assert len(str(error)) < 12_000 + len(advice)
    assert "has no scaling for [" in str(error)
    assert "[ end; expected x" in str(error)
    assert str(error).endswith(advice)
