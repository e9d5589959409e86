"""The page Explore: one patch, its map, its year, and how the result came about."""

from lcapp.ui.pages.frame import Page, Shown, a_result
from lcapp.ui.parts.map import chosen_look, map_and_pixel
from lcapp.ui.parts.months import chosen_month, months
from lcapp.ui.parts.report import report
from lcapp.ui.session.state import Keys


def _draw(keys: Keys, shown: Shown) -> None:
    choice, ready, prediction = shown.choice, shown.ready, shown.prediction
    month = chosen_month(choice, ready)
    look = chosen_look(keys)
    map_and_pixel(choice, prediction, month, look, keys)
    if ready is not None:
        months(shown.choice, ready, prediction, month, look.composite, keys, shown.renewed)
    if prediction is not None:
        report(prediction, keys)


EXPLORE = Page("Explore", ":material/map:", needs=a_result, draw=_draw)
