"""Steps 3 and 4: into noise, and out of it, with a month and with a toy."""

from dataclasses import replace

import streamlit as st

from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import LcappError
from lcapp.language import tr
from lcapp.types.watched import Toy
from lcapp.ui.components.slides import slide
from lcapp.ui.parts.lessons.frame import Board, choose_month, links, question, see, words
from lcapp.ui.parts.plain import refusal
from lcapp.ui.parts.task import outcome, progress
from lcapp.ui.session import state
from lcapp.ui.session.state import MAX_SEED
from lcapp.ui.session.work import learning, runs
from lcapp.ui.session.work.runs import Choice
from lcapp.ui.session.work.seeds import FILM
from lcapp.views.learn import lessons
from lcapp.views.learn.drawing import curves_svg
from lcapp.views.learn.noising import DETAIL, WHOLE, apart
from lcapp.views.learn.slides import nearest_stop
from lcapp.views.learn.toy import steps_curves, steps_of

_TOY_STEPS = 4


def into_noise(one: Board) -> None:
    """A month on its way into noise."""
    keys = one.keys
    heading = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        month = choose_month(one)
        key = keys.holding("what", DETAIL if state.current().detail else WHOLE)
        names = {WHOLE: tr("the whole month"), DETAIL: tr("its detail alone")}
        what = st.segmented_control(
            tr("What is put into noise"),
            list(names),
            key=key,
            format_func=names.__getitem__,
            required=True,
        )
        see(detail=True if what == DETAIL else None)
    slides, ks, meeting, length = learning.noising_slides(
        one.choice, one.prediction, month, what or WHOLE
    )
    lesson = lessons.into_noise(meeting, length, what == DETAIL)
    with heading:
        words(lesson, 3)
    slide(
        slides,
        key=keys("forward"),
        start=nearest_stop(ks, one.begun.k, len(ks) // 2),
        version=one.version,
        on_rest=lambda stop: see(k=ks[stop]),
    )
    question(lesson, keys, 3)
    links(3)


def out_of_noise(one: Board) -> None:
    """A month, or the toy."""
    names = {False: tr("A month of this place"), True: tr("A toy in two dimensions")}
    toy = st.segmented_control(
        tr("What is denoised"),
        list(names),
        key=one.keys.holding("toy", bool(state.current().toy)),
        format_func=names.__getitem__,
        required=True,
    )
    if bool(state.current().toy) != bool(toy):
        see(toy=toy or None, at=None)  # the place of a slider means another one there
    if toy:
        _toy(one)
    else:
        _month(one)


def _month(one: Board) -> None:
    keys, own = one.keys, one.choice.run
    if "sampler" not in one.choice.card.options or not SAMPLERS[own.sampler].asks:
        st.info(
            tr(
                "Nothing is denoised in this run: choose a sampler other than none at the left, "
                "or look at the toy."
            )
        )
        return
    heading = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        month = choose_month(one)
        long, steps = learning.LONG_WAY
        ways = {
            False: own.sampler,
            True: tr("{sampler}, {steps} steps", sampler=long, steps=steps),
        }
        long_way = st.segmented_control(
            tr("By the way of"),
            list(ways),
            key=keys.holding("long_way", bool(state.current().long_way)),
            format_func=ways.__getitem__,
            required=True,
        )
        default = min(own.seed + 1, MAX_SEED)
        other = st.number_input(
            tr("Other seed"),
            0,
            MAX_SEED,
            key=keys.holding("other_seed", _or(state.current().other_seed, default)),
            width=150,
            help=tr("The first seed is that of the run, at the left."),
        )
        see(long_way=long_way or None, other_seed=None if other == default else int(other))
    wanted = learning.walks_wanted(one.choice, state.current())
    pair = learning.walks(wanted, month)
    sampler = wanted[0].run.sampler
    differ = () if pair is None else apart(*pair)
    lesson = lessons.out_of_noise(sampler, SAMPLERS[sampler].leaps, differ)
    with heading:
        words(lesson, 4)
        if SAMPLERS[sampler].leaps != SAMPLERS[one.choice.card.sampler].leaps:
            st.caption(
                tr(
                    "⚠ These weights were made for {sampler} and have half forgotten this way: "
                    "expect noise that stays. The steps are the same with other weights.",
                    sampler=one.choice.card.sampler,
                )
            )
        if wanted[0].run.seed == wanted[1].run.seed:
            st.caption(tr("Both seeds are the same, and so is all that follows from them."))
    if pair is None:
        _walk(one, wanted)
    else:
        slides = learning.denoising_slides(wanted, pair, one.sr.bands, month)
        last = len(slides.stops) - 1
        slide(
            slides,
            key=keys("backward"),
            start=min(_at(one, toy=False), last),
            version=one.version,
            together=True,
            on_rest=lambda stop: see(at=stop),
        )
    question(lesson, keys, 4)
    links(
        4,
        (
            "super_resolution",
            tr("Spread over more seeds: Super-resolution"),
            lambda view: replace(view, month=month),
        ),
    )


def _walk(one: Board, wanted: tuple[Choice, Choice]) -> None:
    """Both films, one after the other: by themselves where a run begins by itself."""
    tasks = [FILM.find(each) for each in wanted]
    for place, task in enumerate(tasks):
        if task is not None and task.state == "running":
            with st.container(border=True):
                progress(task, one.keys(f"cancel_film_{place}"))
            return
        outcome(task)
    ended = any(task is not None and task.state in ("cancelled", "failed") for task in tasks)
    asked = st.button(
        tr("Denoise this month with two seeds"), key=one.keys("walk"), icon=":material/play_arrow:"
    )
    if asked or (runs.starts_by_itself(one.choice.view) and not ended):
        try:
            for each in wanted:
                FILM.start(each, runs.prepared(each))
        except LcappError as error:
            refusal(error)
            return
        st.rerun()


def _toy(one: Board) -> None:
    task = learning.find_toy()
    toy = None if task is None else task.result
    lesson = lessons.toy_lesson(toy)
    words(lesson, 4)
    if toy is None:
        if task is not None and task.state == "running":
            with st.container(border=True):
                progress(task, one.keys("cancel_toy"))
            return
        outcome(task)
        # By itself: it is a matter of seconds, and whoever opens this wants to see it.
        if task is None or st.button(tr("Train the toy"), key=one.keys("train")):
            learning.start_toy()
            st.rerun()
        return
    _paths(one, toy)
    question(lesson, one.keys, 40)
    links(4)


def _paths(one: Board, toy: Toy) -> None:
    keys = one.keys
    counts = steps_of(toy)
    wanted = _or(state.current().toy_steps, _TOY_STEPS)
    wanted = min(counts, key=lambda count: abs(count - wanted))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        steps = st.segmented_control(
            tr("Steps of the samplers that can take few"),
            counts,
            key=keys.holding("toy_steps", wanted),
            required=True,
        )
        learning_too = st.toggle(tr("Watch it learn"), key=keys("learning"))
    see(toy_steps=None if steps == _TOY_STEPS else steps)
    if learning_too:
        slide(learning.toy_slides(toy, None), key=keys("learnt"))
        return
    slides = learning.toy_slides(toy, steps or wanted)
    slide(
        slides,
        key=keys("paths"),
        start=min(_at(one, toy=True), len(slides.stops) - 1),
        version=one.version,
        on_rest=lambda stop: see(at=stop),
    )
    with st.expander(tr("What do more steps buy?"), icon=":material/show_chart:"):
        st.caption(tr("How far from the moons the points end, on average, by the number of steps."))
        st.html(f"<div style='max-width: 560px'>{curves_svg(steps_curves(toy), None)}</div>")


def _at(one: Board, *, toy: bool) -> int:
    """Where the slider of a month or of the toy begins."""
    begun = one.begun
    return _or(begun.at, 0) if bool(begun.toy) == toy else 0


def _or(found: int | None, otherwise: int) -> int:
    return otherwise if found is None else found
