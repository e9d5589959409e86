"""Steps 1 and 2: two sensors and one place, and the gap between them."""

from dataclasses import replace

from lcapp.language import tr
from lcapp.ui.components.slides import slide
from lcapp.ui.parts.lessons.frame import Board, choose_month, links, question, see, words
from lcapp.ui.session.work import learning
from lcapp.views.learn import lessons
from lcapp.views.learn.sensors import FACTORS, sensors_of
from lcapp.views.learn.slides import nearest_stop
from lcapp.views.months import month_to_show


def two_sensors(one: Board) -> None:
    """One sharp day beside twelve coarse months."""
    lesson = lessons.two_sensors(sensors_of(one.choice.scene, one.sr))
    words(lesson, 1)
    slide(
        learning.year_slides(one.choice, one.prediction),
        key=one.keys("year"),
        start=month_to_show(one.sr.months, one.begun.month) - 1,
        version=one.version,
        on_rest=lambda stop: see(month=stop + 1),
    )
    question(lesson, one.keys, 1)
    links(1, ("explore", tr("The place on the map: Explore"), lambda view: view))


def the_gap(one: Board) -> None:
    """Wider and wider pixels."""
    lesson = lessons.the_gap(sensors_of(one.choice.scene, one.sr))
    words(lesson, 2)
    month = choose_month(one)
    slides = learning.gap_slides(one.choice, one.prediction, month)
    factors = FACTORS[: len(slides.stops)]
    slide(
        slides,
        key=one.keys("gap"),
        start=nearest_stop(factors, one.begun.wide, 0),
        version=one.version,
        on_rest=lambda stop: see(wide=factors[stop] if stop else None),
    )
    question(lesson, one.keys, 2)
    links(
        2,
        (
            "super_resolution",
            tr("Can this month be trusted? Super-resolution"),
            lambda view: replace(view, month=month),
        ),
    )
