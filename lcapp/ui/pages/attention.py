"""The page Attention: where a pixel looked, how the months weigh there, and what they are worth."""

from dataclasses import dataclass, replace

import streamlit as st

from lcapp.errors import LcappError
from lcapp.language import message, number, tr
from lcapp.sensors import AERIAL
from lcapp.types import Explanation, Occlusion, Prediction, SuperResolved
from lcapp.ui.pages.frame import Page, Shown, a_result
from lcapp.ui.parts.banner import reminder
from lcapp.ui.parts.chart import chart
from lcapp.ui.parts.pictures import hold_arrangement, pictures
from lcapp.ui.parts.plain import refusal
from lcapp.ui.parts.task import under_way
from lcapp.ui.session import address, cache, state
from lcapp.ui.session.address import Refused
from lcapp.ui.session.state import Keys, View
from lcapp.ui.session.work import runs
from lcapp.ui.session.work.months_left_out import LEFT_OUT
from lcapp.ui.session.work.runs import Choice
from lcapp.views.attention.asked import asked_pixel, middle_of, pixel_under
from lcapp.views.attention.figure import months_figure
from lcapp.views.attention.looks import (
    all_looks,
    asking_metres,
    looks,
    looks_rows,
    looks_told,
    months_at,
)
from lcapp.views.attention.panes import HIDDEN, look_panes, month_worth
from lcapp.views.attention.worth import COUNTERFACTUAL, answer, changed_share, occlusion_told
from lcapp.views.map import pixel_at, place_of
from lcapp.views.months import month_label, month_to_show
from lcapp.views.panes import Arrangement

_MEAN, _EACH = 0, -1
"""In the choice of heads, beside their numbers."""


def _draw(keys: Keys, shown: Shown) -> None:
    prediction = shown.prediction
    if prediction is None:
        st.info(
            tr("Run the model (at the left): then click a pixel here, and see where it looked.")
        )
        return
    told = prediction.explanation
    if told is None or prediction.super_resolved is None or AERIAL not in shown.choice.scene.images:
        st.info(tr("This model does not tell what it looked at: choose one that reads a series."))
        return
    if not told.queries:
        st.info(
            tr(
                "The fusion of this model has no attention: there is nothing to be asked. "
                "Choose one whose fusion is of kind “attention”, such as demo."
            )
        )
        return
    _hold(shown.choice, prediction, told, keys, shown.renewed)
    _pixel(shown.choice, prediction, told, keys)


def _hold(
    choice: Choice, prediction: Prediction, told: Explanation, keys: Keys, renewed: bool
) -> None:
    """The widgets begin with what the address says, and follow it."""
    sr, view = prediction.super_resolved, choice.view
    assert sr is not None
    hold_arrangement(view, keys, renewed)
    keys.holding("month", month_to_show(sr.months, view.month), renewed)
    stages = list(told.queries)
    rows, cols = _names(choice)
    first = renewed or keys(rows) not in st.session_state  # its result may come after the address
    if first:
        _refuse(view, prediction, told)
    stage = view.stage if view.stage in stages else stages[0]
    if st.session_state.get(keys("stage")) not in (None, *stages):
        renewed = True  # of another model
    keys.holding("stage", stage, renewed)
    heads = len(told.queries[stage])
    head = _MEAN if view.head is None or view.head > heads else view.head or _EACH
    keys.holding("head", head, renewed or st.session_state.get(keys("head"), 0) > heads)
    if first:
        row, col = asked_pixel(prediction.land_cover, told, view.pixel)
        keys.holding(rows, row, True)
        keys.holding(cols, col, True)


def _refuse(view: View, prediction: Prediction, told: Explanation) -> None:
    """Say what of the address does not fit this model and this patch."""
    stages, grid = list(told.queries), prediction.land_cover.grid
    stage = view.stage if view.stage in stages else stages[0]
    heads = len(told.queries[stage])
    if view.stage not in (None, stage):
        allowed = tr("one of {words}", words=", ".join(map(str, stages)))
        address.refuse(Refused("stage", str(view.stage), allowed, str(stage)))
    if view.head is not None and view.head > heads:
        allowed = tr("a whole number from {low} to {high}", low=0, high=heads)
        address.refuse(Refused("head", str(view.head), allowed, tr("mean of {n}", n=heads)))
    if view.pixel is not None and pixel_at(grid, *view.pixel) is None:
        said = state.to_query(view)["pixel"]
        address.refuse(Refused("pixel", said, tr("a place in this patch")))


def _names(choice: Choice) -> tuple[str, str]:
    """Of the widgets of row and column: each scene has its own, for each has its own size."""
    return f"row_{choice.key.content}", f"col_{choice.key.content}"


@st.fragment
def _pixel(choice: Choice, prediction: Prediction, told: Explanation, keys: Keys) -> None:
    sr, cover = prediction.super_resolved, prediction.land_cover
    assert sr is not None
    says = st.container()  # above what decides it
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        rows, cols = _names(choice)
        row = st.number_input(tr("Row"), 0, cover.grid.height - 1, key=keys(rows), width=120)
        col = st.number_input(tr("Column"), 0, cover.grid.width - 1, key=keys(cols), width=120)
        chosen = st.segmented_control(
            tr("Stage"),
            list(told.queries),
            key=keys("stage"),
            format_func=lambda one: f"{one} ({number(asking_metres(one, cover.grid), '.1f')} m)",
            required=True,
            help=tr(
                "Of the aerial image's features: at each, squares of that width ask together. The "
                "first looks at single pixels of 1.6 m, each further one at pixels twice as wide."
            ),
        )
        stage = chosen or next(iter(told.queries))
        heads = len(told.queries[stage])
        head = st.selectbox(
            tr("Head"),
            [_MEAN, *range(1, heads + 1), _EACH],
            key=keys("head"),
            format_func=lambda one: {
                _MEAN: tr("mean of {n}", n=heads),
                _EACH: tr("each of {n}", n=heads),
            }.get(one, tr("{head} of {n}", head=one, n=heads)),
            width=170,
        )
        month = st.select_slider(
            tr("Drawn over month (∅: absent)"),
            range(1, 13),
            key=keys("month"),
            format_func=lambda number: month_label(sr.months[number - 1]),
            width=240,
        )
    state.keep(
        replace(
            state.current(),
            month=month,
            stage=stage,
            head={_MEAN: None, _EACH: 0}.get(head, head),
            pixel=place_of(cover.grid, row, col),
        )
    )
    with says:
        st.info(f"**{answer(cover, told, row, col)}**", icon=":material/ads_click:")
        reminder(prediction)
    task = LEFT_OUT.find(choice)
    asked = _Asked(prediction, told, sr, None if task is None else task.result, (row, col))
    _pictures(choice, asked, keys)
    _months(choice, asked, keys)
    with st.expander(tr("All stages and heads in numbers")):
        st.dataframe(looks_rows(all_looks(told, row, col), cover.grid), hide_index=True)


@dataclass(frozen=True, eq=False)
class _Asked:
    """A pixel, and all that is known of it.

    Attributes:
        prediction: Its result.
        told: The explanation of that.
        sr: The series of that.
        occlusion: What each month is worth; None until somebody has asked.
        at: Row and column.
    """

    prediction: Prediction
    told: Explanation
    sr: SuperResolved
    occlusion: Occlusion | None
    at: tuple[int, int]


def _pictures(choice: Choice, asked: _Asked, keys: Keys) -> None:
    told, sr, occlusion, at = asked.told, asked.sr, asked.occlusion, asked.at
    cover = asked.prediction.land_cover
    view, grid = state.current(), cover.grid
    stage = view.stage or next(iter(told.queries))
    mean, *single = looks(told, *at, stage)
    chosen = [mean] if view.head is None else single if view.head == 0 else [single[view.head - 1]]
    aerial, *rest = cache.still_panes(asked.prediction, choice.scene, choice.key)
    panes = [aerial, *look_panes(chosen, sr, view.month or 7), *rest]
    if occlusion is not None and (worth := month_worth(occlusion, cover, view.month or 7)):
        panes.append(worth)
    rows, cols = _names(choice)

    def picked(right: float, down: float) -> None:
        found = pixel_under(grid, right, down)
        if found is not None:
            st.session_state[keys(rows)], st.session_state[keys(cols)] = found

    pictures(
        panes,
        grid,
        keys,
        choice.scene.id,
        Arrangement(hidden=HIDDEN),
        mark=middle_of(grid, *at),
        on_pick=picked,
    )
    st.markdown(looks_told(chosen))
    st.caption(
        tr(
            "Click a pixel in any picture, or move the cursor with Shift and arrows and press "
            "Enter. {counterfactual} Of this patch {share:.1%} would get another class.",
            counterfactual=tr(COUNTERFACTUAL),
            share=changed_share(cover, told),
        )
    )


def _months(choice: Choice, asked: _Asked, keys: Keys) -> None:
    told, sr, occlusion, at = asked.told, asked.sr, asked.occlusion, asked.at
    cover = asked.prediction.land_cover
    st.markdown(f"#### {tr('The months at this pixel')}")
    weights = months_at(told, *at)
    if occlusion is not None:
        st.markdown(occlusion_told(occlusion, weights.mean(axis=0), cover, *at))
    figure = months_figure(
        weights,
        state.current().month or 7,
        sr.sr_grid.gsd,
        occlusion,
        (cover, *at),
        dark=st.context.theme.type == "dark",
    )
    chart(figure, keys("months"))
    if occlusion is None:
        _ask(choice, asked.prediction, keys)


def _ask(choice: Choice, prediction: Prediction, keys: Keys) -> None:
    """What the months are worth is computed when somebody asks for it."""
    task = LEFT_OUT.find(choice)
    if under_way(task, keys("cancel_months"), seen=False):
        return
    count = sum(month.present for month in runs.prepared(choice).months)
    if count < 2:
        st.caption(tr("There is one month alone: it cannot be left out."))
        return
    seconds = count * prediction.record.seconds["total"]
    if st.button(
        tr("Check the weights: leave out each of {n} months", n=count),
        key=keys("leave_out"),
        icon=":material/event_busy:",
        help=tr(
            "{n} runs, about {seconds:.0f} s. A weight says what was looked at; leaving the month "
            "out says what that was worth to the class.",
            n=count,
            seconds=max(1.0, seconds),
        ),
    ):
        try:
            LEFT_OUT.start(choice, (runs.prepared(choice), prediction))
        except LcappError as error:
            refusal(error)
            return
        st.rerun()


ATTENTION = Page(message("Attention"), ":material/center_focus_strong:", needs=a_result, draw=_draw)
