"""The answer to how much of a place is sealed."""

from dataclasses import replace

from lcapp.types import ClassArea, GroupArea
from lcapp.views.explore.answer import answer, groups_html

ROADS = ClassArea("impervious <surface>", 0.25, 250.0)
SEALED = GroupArea("sealed", 0.25, 250.0, 0.8, 0.3, (ROADS, ClassArea("building", 0.0, 0.0)))
GREEN = GroupArea("green", 0.75, 750.0, 0.9, 0.7, (ClassArea("deciduous", 0.75, 750.0),))


def test_the_sentence_has_share_area_and_how_sure_the_map_is() -> None:
    said = answer((SEALED, GREEN), reference=0.2)
    assert said.startswith("**25.0% of this place is sealed**: 250 of 1,000 m\u00b2.")
    assert "80% sure" in said
    assert said.endswith("it would be 30.0%; by the reference it is 20.0%.")
    assert answer((SEALED, GREEN)).endswith("it would be 30.0%.")


def test_a_place_without_a_sealed_pixel_is_told_as_that() -> None:
    none = replace(SEALED, share=0.0, m2=0.0, confidence=None, expected=0.01)
    said = answer((none, GREEN))
    assert "Nothing of this place is sealed" in said
    assert "None" not in said


def test_each_group_lists_the_classes_that_occur_and_the_ring_is_told_in_words() -> None:
    drawn = groups_html((SEALED, GREEN), {"deciduous": "feuillu"})
    assert "impervious &lt;surface&gt; 25.0%" in drawn
    assert "feuillu 75.0%" in drawn
    assert "building" not in drawn
    assert "aria-label='sealed 25.0%, green 75.0%'" in drawn
    assert "#d55e00 0.00% 25.00%, #009e73 25.00% 100.00%" in drawn
