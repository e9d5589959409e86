"""Steps 5 and 6: attention, and the map that comes out of both sensors."""

import streamlit as st

from lcapp.evaluate.areas import class_areas
from lcapp.language import month_name, tr
from lcapp.ui.components.gaze import gazing
from lcapp.ui.components.panes import compare
from lcapp.ui.parts.chart import chart
from lcapp.ui.parts.lessons.frame import Board, choose_month, links, question, see, words
from lcapp.ui.session import cache, state
from lcapp.ui.session.work import learning
from lcapp.views.attention.asked import asked_pixel, middle_of, pixel_under
from lcapp.views.attention.looks import asking_metres
from lcapp.views.attention.worth import answer
from lcapp.views.inspector import series_figure
from lcapp.views.learn import lessons
from lcapp.views.learn.looks import live_stages
from lcapp.views.legend import legend_html, legend_rows
from lcapp.views.map import place_of
from lcapp.views.panes import Arrangement, fitting, to_text

_MEAN = 0


def attention(one: Board) -> None:
    """The square under the pointer, and where it looks."""
    told, grid, keys = one.prediction.explanation, one.prediction.land_cover.grid, one.keys
    assert told is not None
    stages = live_stages(told)
    if not stages:
        st.info(
            tr(
                "The fusion of this model has no attention that could be shown here: choose one "
                "whose fusion is of kind “attention”, such as demo."
            )
        )
        return
    heading = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        month = choose_month(one)
        view = state.current()
        key = keys.holding("stage", view.stage if view.stage in stages else stages[0])
        if st.session_state[key] not in stages:
            st.session_state[key] = stages[0]
        stage = st.segmented_control(
            tr("Squares that ask"),
            stages,
            key=key,
            format_func=lambda each: tr("{width:.1f} m", width=asking_metres(each, grid)),
            required=True,
        )
        stage = stage or stages[0]
        heads = len(told.queries[stage])
        key = keys.holding("head", view.head if view.head and view.head <= heads else _MEAN)
        if st.session_state[key] > heads:
            st.session_state[key] = _MEAN
        head = st.selectbox(
            tr("Head"),
            [_MEAN, *range(1, heads + 1)],
            key=key,
            format_func=lambda each: (
                tr("{head} of {heads}", head=each, heads=heads)
                if each
                else tr("mean of {heads}", heads=heads)
            ),
            width=160,
            help=tr("Each head asks a question of its own; the network uses the answers of all."),
        )
        see(stage=stage, head=head or None)
    found = learning.gaze(one.choice, one.prediction, month, stage, head or None)
    lesson = lessons.attention(found, month)
    with heading:
        words(lesson, 5)
    row, col = asked_pixel(one.prediction.land_cover, told, one.begun.pixel)
    side = 2**stage

    def rested(row: int, col: int) -> None:
        middle = (
            min(row * side + side // 2, grid.height - 1),
            min(col * side + side // 2, grid.width - 1),
        )
        see(pixel=place_of(grid, *middle))

    gazing(
        found,
        key=keys("gaze"),
        at=(row // side, col // side),
        month=month_name(month),
        version=one.version,
        on_rest=rested,
    )
    question(lesson, keys, 5)
    links(
        5, ("attention", tr("All stages, and a check of the weights: Attention"), lambda view: view)
    )


def fusion(one: Board) -> None:
    """The map without the series, and with it."""
    told, cover, keys = one.prediction.explanation, one.prediction.land_cover, one.keys
    assert told is not None
    lesson = lessons.fusion(learning.fused(one.choice, one.prediction))
    words(lesson, 6)
    panes = cache.still_panes(one.prediction, one.choice.scene, one.choice.key)
    at = asked_pixel(cover, told, state.current().pixel)
    start = Arrangement("swipe", "without", "map")

    def picked(right: float, down: float) -> None:
        found = pixel_under(cover.grid, right, down)
        if found is not None:
            see(pixel=place_of(cover.grid, *found))

    left, right = st.columns([3, 2], gap="medium")
    with left:
        compare(
            panes,
            cover.grid,
            key=keys("panes"),
            name=one.choice.scene.id,
            start=fitting(one.begun.panes, [each.id for each in panes], start),
            version=one.version,
            mark=middle_of(cover.grid, *at),
            on_change=lambda each: see(panes=to_text(each)),
            on_pick=picked,
        )
    with right:
        st.markdown(f"**{answer(cover, told, *at)}**")
        if cover.classified[at]:
            dark = st.context.theme.type == "dark"
            chart(series_figure(cover, told.without_series, *at, dark=dark), keys("chances"))
        st.html(legend_html(legend_rows(class_areas(cover), cover.table)))
    question(lesson, keys, 6)
    links(6, ("explore", tr("The map in full: Explore"), lambda view: view))
