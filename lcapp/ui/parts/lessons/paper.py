"""The hand-out: what it needs is computed when somebody asks for it."""

from dataclasses import replace
from typing import Any

import streamlit as st

from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import LcappError
from lcapp.evaluate.areas import class_areas
from lcapp.language import current, tr
from lcapp.types.watched import Toy
from lcapp.ui.parts.choice.scene import demo_scenes
from lcapp.ui.parts.lessons.frame import Board, address_of, present_month
from lcapp.ui.parts.plain import refusal
from lcapp.ui.parts.superres.year_detail import named
from lcapp.ui.parts.task import outcome, progress
from lcapp.ui.session import state
from lcapp.ui.session.state import View
from lcapp.ui.session.work import learning, runs
from lcapp.ui.session.work.runs import Choice
from lcapp.ui.session.work.seeds import FILM
from lcapp.ui.session.work.tasks import Task
from lcapp.views.attention.asked import asked_pixel
from lcapp.views.learn import lessons
from lcapp.views.learn.handout import Part, handout
from lcapp.views.learn.looks import fused_pictures, live_stages, still_gaze
from lcapp.views.learn.noising import WHOLE, Walk, apart
from lcapp.views.learn.sensors import sensors_of
from lcapp.views.learn.slides import Panel, nearest_stop
from lcapp.views.learn.toy import path_slides
from lcapp.views.legend import legend_rows

_TOY_STEPS = 4
_LEAST = 0.005
"""Share of the place that a class needs to be in the legend."""

_DDIM = 1
"""Of the panels of the toy."""


def on_paper(one: Board) -> None:
    """The button, and then the file."""
    keys = one.keys
    with st.expander(tr("Hand-out for the class"), icon=":material/print:"):
        st.markdown(
            tr(
                "The six steps of this scene on two sides of A4, questions with lines to write "
                "on, the answers upside down at the end. One HTML file that needs no network: "
                "open it and print it."
            )
        )
        if not st.session_state.get(keys("paper")):
            asked = st.button(tr("Prepare it"), key=keys("prepare"), icon=":material/description:")
            if not asked:
                return
            st.session_state[keys("paper")] = True
        wanted = None
        if _denoises(one.choice):
            wanted = learning.walks_wanted(one.choice, replace(state.current(), other_seed=None))
        if _missing(one, wanted or ()):
            return
        month = present_month(one)
        pair = None if wanted is None else learning.walks(wanted, month)
        toy = learning.find_toy()
        assert toy is not None
        assert toy.result is not None
        kept = (
            one.choice.key,
            state.current(),
            current(),
            st.context.url,
        )  # its links are this one's
        page = _page(one, pair, toy.result, month, kept)
        st.download_button(
            tr("Hand-out (HTML)"),
            data=page,
            file_name=named(one.choice, "hand-out.html"),
            mime="text/html",
            on_click="ignore",
            type="primary",
            icon=":material/download:",
        )


def _denoises(choice: Choice) -> bool:
    return "sampler" in choice.card.options and SAMPLERS[choice.run.sampler].asks


def _missing(one: Board, wanted: tuple[Choice, ...]) -> bool:
    """Whether something is still to be computed; it is started and its progress shown."""
    try:
        tasks: list[Task[Any]] = [learning.find_toy() or learning.start_toy()]
        tasks += [FILM.find(each) or FILM.start(each, runs.prepared(each)) for each in wanted]
    except LcappError as error:
        refusal(error)
        return True
    for place, task in enumerate(tasks):
        if task.state == "running":
            progress(task, one.keys(f"cancel_paper_{place}"))
            return True
        if task.state != "done":
            outcome(task)
            st.session_state[one.keys("paper")] = False
            return True
    return False


@st.cache_data(show_spinner=False, max_entries=4, hash_funcs={View: repr})
def _page(_one: Board, _pair: tuple[Walk, Walk] | None, _toy: Toy, month: int, key: object) -> str:
    choice, prediction, view = _one.choice, _one.prediction, state.current()
    told, cover = prediction.explanation, prediction.land_cover
    assert told is not None
    facts = sensors_of(choice.scene, _one.sr)
    year = learning.year_slides(choice, prediction)
    gap = learning.gap_slides(choice, prediction, month)
    noise, ks, meeting, length = learning.noising_slides(choice, prediction, month, WHOLE)
    paths = path_slides(_toy, _TOY_STEPS)
    at = [nearest_stop(ks, round(share * length), 0) for share in (0.15, 0.5, 0.8)]
    stops = len(paths.stops) - 1
    out: list[tuple[Panel, int]] = []
    sampler = choice.run.sampler
    differ: tuple[float, ...] = ()
    if _pair is not None:
        film = learning.denoising_slides(
            learning.walks_wanted(choice, replace(view, other_seed=None)),
            _pair,
            _one.sr.bands,
            month,
        )
        last, differ = len(film.stops) - 1, apart(*_pair)
        # An early x_k, where both seeds end, and where the two differ.
        out = [
            (film.panels[place], stop) for place, stop in ((0, 0), (1, last), (3, last), (4, last))
        ]
    out += [(paths.panels[_DDIM], stops)]
    seen = replace(view, month=month)
    parts = [
        Part(
            lessons.two_sensors(facts),
            tuple((panel, month - 1) for panel in year.panels),
            address_of(replace(seen, lesson=1)),
        ),
        Part(
            lessons.the_gap(facts),
            ((gap.panels[0], 0), *((gap.panels[0], stop) for stop in (3, len(gap.stops) - 1)),
             (gap.panels[2], 0)),
            address_of(replace(seen, lesson=2)),
        ),
        Part(
            lessons.into_noise(meeting, length, detail=False),
            (*((noise.panels[2], stop) for stop in at), (noise.panels[3], at[1])),
            address_of(replace(seen, lesson=3, k=ks[at[1]], detail=None)),
        ),
        Part(
            lessons.out_of_noise(sampler, SAMPLERS[sampler].leaps, differ)
            if _pair is not None
            else lessons.toy_lesson(_toy),
            tuple(out),
            address_of(replace(seen, lesson=4)),
        ),
    ]  # fmt: skip
    if stages := live_stages(told):
        gaze = learning.gaze(choice, prediction, month, stages[0], None)
        row, col = (place // 2 ** stages[0] for place in asked_pixel(cover, told, view.pixel))
        rows, cols = gaze.squares
        row, col = min(row, rows - 1), min(col, cols - 1)
        parts.append(
            Part(
                lessons.attention(gaze, month),
                tuple((panel, 0) for panel in still_gaze(gaze, row, col)),
                address_of(replace(seen, lesson=5)),
            )
        )
    parts.append(
        Part(
            lessons.fusion(learning.fused(choice, prediction)),
            tuple((panel, 0) for panel in fused_pictures(cover, told)),
            address_of(replace(seen, lesson=6)),
            tuple(
                (row.colour, row.name)
                for row in legend_rows(class_areas(cover), cover.table)
                if row.share >= _LEAST
            ),
        )
    )
    titles = {demo.id: tr(demo.title) for demo in demo_scenes(choice.view)}
    simulated = tr("simulated scene") if choice.scene.simulated else tr("real scene")
    source = tr(
        "{kind}, collection {collection}, model {model}; pictures made by lcapp",
        kind=simulated,
        collection=choice.collection.name,
        model=choice.card.name,
    )
    return handout(titles.get(choice.scene.id, choice.scene.id), source, tuple(parts))
