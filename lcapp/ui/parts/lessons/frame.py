"""What the steps share: their words, a question whose answer is opened, links, and what is seen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlparse

import streamlit as st

from lcapp.language import current, month_name, tr
from lcapp.types import Prediction, SuperResolved
from lcapp.ui.session import state
from lcapp.ui.session.state import LEARNT, Keys, View
from lcapp.ui.session.work.runs import Choice
from lcapp.views.learn.lessons import Lesson, titles
from lcapp.views.months import month_to_show


@dataclass(frozen=True, eq=False)
class Board:
    """What a step is given.

    Attributes:
        choice: Scene, model and settings.
        prediction: Its result, with a super-resolved series and an explanation.
        keys: Of the page.
        begun: The view as an address, or the step before, has left it: what sliders begin with.
        version: Another one whenever `begun` is to be taken over.
    """

    choice: Choice
    prediction: Prediction
    keys: Keys
    begun: View
    version: int

    @property
    def sr(self) -> SuperResolved:
        """The series."""
        found = self.prediction.super_resolved
        assert found is not None
        return found


def see(**seen: Any) -> None:
    """Keep what is seen now, and write it into the address."""
    state.keep(replace(state.current(), **seen))


def words(lesson: Lesson, number: int) -> None:
    """Heading and text, above what is moved."""
    st.markdown(f"#### {number}. {lesson.heading}")
    st.markdown(lesson.text)


def question(lesson: Lesson, keys: Keys, number: int) -> None:
    """The question; its answer, and the formula, when they are asked for."""
    with st.container(border=True):
        st.markdown(f":material/help: **{lesson.question}**")
        with st.container(horizontal=True, gap="medium"):
            answered = st.toggle(tr("Show the answer"), key=keys(f"answer_{number}"))
            formula = bool(lesson.formula) and st.toggle(
                tr("Show the formula"), key=keys(f"formula_{number}")
            )
        if answered:
            st.success(lesson.answer)
        if formula:
            st.latex(lesson.formula)


def present_month(one: Board) -> int:
    """The present month nearest to the one that is looked at."""
    wanted = month_to_show(one.sr.months, state.current().month)
    there = [month.month for month in one.sr.months if month.present]
    return min(there, key=lambda month: abs(month - wanted))


def choose_month(one: Board) -> int:
    """Draw the choice of a present month."""
    keys, there = one.keys, [month.month for month in one.sr.months if month.present]
    key = keys.holding("month", present_month(one))
    if st.session_state[key] not in there:
        st.session_state[key] = present_month(one)
    found = st.selectbox(tr("Month"), there, key=key, format_func=month_name, width=170)
    see(month=found)
    return int(found)


def links(number: int, onward: tuple[str, str, Callable[[View], View]] | None = None) -> None:
    """Under a step: its own address, and the page of the app that goes on from it.

    Args:
        number: Of the step.
        onward: Name of a page in the address, what its link says, and the view it is opened with.
    """
    view = state.current()
    with st.container(horizontal=True, gap="small"):
        with st.popover(tr("Link to this step"), icon=":material/link:"):
            st.caption(tr("Opens the app as you see it now: scene, model, step and sliders."))
            link = address_of(replace(view, lesson=number))
            st.code(link, language=None, wrap_lines=True)
            if urlparse(link).hostname in ("localhost", "127.0.0.1"):
                st.caption(
                    tr(
                        "It leads to this computer. For others to follow it, open the app here by "
                        "an address that they can reach (see README, --server.address)."
                    )
                )
        if onward is not None:
            page, label, seen = onward
            none: dict[str, Any] = dict.fromkeys(LEARNT)
            bare = replace(seen(view), **none)
            st.link_button(label, address_of(bare, page), icon=":material/open_in_new:")


def address_of(view: View, page: str = "learn") -> str:
    """The whole address that opens a page with that view, in the language of whoever copies it."""
    here = (st.context.url or "").split("?")[0].rstrip("/")
    base = here.rpartition("/")[0] if here.count("/") > 2 else here
    return f"{base}/{page}?{urlencode({**state.to_query(view), 'lang': current()})}"


def numbered(number: int) -> str:
    """A step as the navigation names it."""
    return f"{number} · {titles()[number - 1]}"
