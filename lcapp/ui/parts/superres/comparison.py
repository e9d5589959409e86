"""One super-resolved month beside what it came from and what it should be."""

from dataclasses import replace

import streamlit as st

from lcapp.errors import LcappError
from lcapp.evaluate.spread import Spread, spread_in_words
from lcapp.evaluate.trust import in_words, trust
from lcapp.language import month_name, tr
from lcapp.prepare import Scaling, truth_of
from lcapp.types import Floats, Prediction, SuperResolved
from lcapp.ui.parts.banner import reminder
from lcapp.ui.parts.pictures import hold_arrangement, pictures
from lcapp.ui.parts.plain import plain, refusal
from lcapp.ui.parts.superres.year_detail import detail, films_are_shown
from lcapp.ui.parts.task import under_way
from lcapp.ui.session import cache, state
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work import runs
from lcapp.ui.session.work.runs import Choice
from lcapp.ui.session.work.seeds import SAMPLED, SAMPLES, can_be_sampled
from lcapp.views.imagery import LOOKS
from lcapp.views.months import month_label, month_to_show
from lcapp.views.superres.panes import Known, arranged_at_first, month_panes, stretch_told


def comparison(choice: Choice, prediction: Prediction, keys: Keys, renewed: bool) -> None:
    """The answer, the pictures, and what is known of the year behind them.

    Args:
        choice: What has been chosen.
        prediction: With a super-resolved series.
        keys: Of the page.
        renewed: The view comes from elsewhere: the widgets follow.
    """
    sr = prediction.super_resolved
    assert sr is not None
    view = choice.view
    # Held here: a part that runs again on its own must not follow the view of this run.
    keys.holding("month", month_to_show(sr.months, view.month), renewed)
    keys.holding("look", view.look or next(iter(LOOKS)), renewed)
    keys.holding("own_stretch", bool(view.own_stretch), renewed)
    hold_arrangement(view, keys, renewed)
    try:
        truth = _truth(choice, sr)
    except LcappError as error:
        refusal(error, tr("The truth of this scene cannot be used: "))
        truth = None
    samples = _samples(choice)
    if samples is not None and st.session_state.pop(keys("asked"), False):
        # What was asked for is seen at once, however the pictures were arranged.
        version, _ = st.session_state[keys("start")]
        st.session_state[keys("start")] = (version + 1, None)
        state.keep(replace(state.current(), panes=None))
    _month(choice, prediction, truth, samples, keys)
    detail(choice, prediction, keys)


def _truth(choice: Choice, sr: SuperResolved) -> Floats | None:
    scene = choice.scene
    found = cache.truth(choice.collection, scene.id, choice.key.content)
    return None if found is None else truth_of(found, scene, sr.bands)


def _samples(choice: Choice) -> Spread | None:
    task = SAMPLED.find(choice)
    return None if task is None else task.result


@st.fragment
def _month(
    choice: Choice,
    prediction: Prediction,
    truth: Floats | None,
    samples: Spread | None,
    keys: Keys,
) -> None:
    sr = prediction.super_resolved
    assert sr is not None
    answer = st.container()  # above what decides it
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        month = st.select_slider(
            tr("Month (∅: absent)"),
            range(1, 13),
            key=keys("month"),
            format_func=lambda number: month_label(sr.months[number - 1]),
            width=420,
        )
        look = st.selectbox(tr("Colours"), list(LOOKS), key=keys("look"), format_func=tr, width=210)
        own = st.toggle(
            tr("Each picture its own stretch"),
            key=keys("own_stretch"),
            help=tr(
                "Shows more in dark months; brightness then no longer compares between pictures."
            ),
        )
    if _keep(month, look, own) and films_are_shown(keys):
        st.rerun()  # they are of the month and the colours
    scalings = tuple(Scaling(low, high) for _, (low, high) in choice.card.value_ranges)
    judged = trust(sr, month, scalings, truth, None if samples is None else samples.deviation)
    name = month_name(month)
    box = {"largely": st.success, "partly": st.warning, "hardly": st.error, "absent": st.info}
    with answer:
        box[judged.level](f"**{plain(in_words(judged, name))}**")
        reminder(prediction)
    described = sr.months[month - 1]
    if described.present:
        if samples is not None:
            said = spread_in_words(samples, month, name, sr.bands)
            answer.info(plain(said), icon=":material/casino:")
        _pictures(choice, sr, month, truth, samples, keys)
        if described.reason:
            st.caption(f"⚠ {name}: {plain(described.reason)}.")
    else:
        reason = plain(described.reason or tr("no clear date"))
        st.info(tr("{month} is absent: {reason}.", month=name, reason=reason))
    _ask_for_samples(choice, keys, samples is not None)


def _keep(month: int, look: str, own: bool) -> bool:
    """Whether the view has changed."""
    view = state.current()
    kept = None if look == next(iter(LOOKS)) else look
    now = replace(view, month=month, look=kept, own_stretch=own or None)
    state.keep(now)
    return now != view


def _pictures(
    choice: Choice,
    sr: SuperResolved,
    month: int,
    truth: Floats | None,
    samples: Spread | None,
    keys: Keys,
) -> None:
    view = state.current()
    own = bool(view.own_stretch)
    look = view.look or next(iter(LOOKS))
    known = Known(
        choice.scene,
        truth,
        cache.spot(choice.collection, choice.scene.id, choice.key.content),
        None if samples is None else samples.mean,
        None if samples is None else samples.deviation,
        0 if samples is None else samples.samples,
    )
    panes = month_panes(sr, month, known, look, own)
    pictures(panes, sr.sr_grid, keys, choice.scene.id, arranged_at_first(panes))
    stretch = stretch_told(look, own)
    st.caption(tr("Reflectance is drawn {stretch}; pixels are not smoothed.", stretch=stretch))


def _ask_for_samples(choice: Choice, keys: Keys, seen: bool) -> None:
    """The spread over seeds is computed when somebody asks for it."""
    task = SAMPLED.find(choice)
    if under_way(task, keys("cancel_seeds"), seen=seen):
        return
    if not can_be_sampled(choice) or (task is not None and task.state == "done"):
        return
    ready = runs.prepared(choice)
    evaluations = SAMPLES * choice.model.cost(ready, choice.run).evaluations
    if st.button(
        tr("How sure is it? Draw {n} seeds", n=SAMPLES),
        key=keys("seeds"),
        icon=":material/casino:",
        help=tr(
            "{n} denoiser evaluations. Adds their mean and their spread as pictures: where seeds "
            "differ, the detail is one of several that are possible.",
            n=evaluations,
        ),
    ):
        SAMPLED.start(choice, ready)
        st.session_state[keys("asked")] = True
        st.rerun()
