"""The page Explore: one patch, its maps, its year, and how the result came about."""

from lcapp.language import message
from lcapp.ui.pages.frame import Page, Shown, a_result
from lcapp.ui.parts.map import chosen_look, map_and_pixel
from lcapp.ui.parts.months import months
from lcapp.ui.parts.report import report
from lcapp.ui.session.state import Keys
from lcapp.views.months import month_to_show


def _draw(keys: Keys, shown: Shown) -> None:
    choice, year, prediction = shown.choice, shown.year, shown.prediction
    month = month_to_show(() if year is None else year.months, choice.view.month)
    look = chosen_look(prediction, keys)
    map_and_pixel(choice, prediction, month, look, keys)
    if year is not None:
        months(choice, year, prediction, month, look.composite, keys, shown.renewed)
    if prediction is not None:
        report(prediction, keys)


EXPLORE = Page(message("Explore"), ":material/map:", needs=a_result, draw=_draw)
