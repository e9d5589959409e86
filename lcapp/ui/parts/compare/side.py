"""One of two runs that are compared: what it is, what it can be changed to, how far it is."""

from contextlib import suppress
from dataclasses import dataclass, replace

import streamlit as st

from lcapp.errors import LcappError, SceneError
from lcapp.families.door import cards
from lcapp.language import tr
from lcapp.scene.collection import Collection
from lcapp.scene.reader import SceneHeader
from lcapp.types import Prediction
from lcapp.ui.parts.choice.model import choose_model, run_button
from lcapp.ui.parts.plain import plain, refusal
from lcapp.ui.parts.task import under_way
from lcapp.ui.session import address, cache, pair
from lcapp.ui.session.address import Refused
from lcapp.ui.session.state import Keys, View
from lcapp.ui.session.work import runs
from lcapp.ui.session.work.runs import Choice, RunKey
from lcapp.views.compare.side import Side, map_told, maps_of, settings_told
from lcapp.views.months import month_label, month_to_show


@dataclass(frozen=True, eq=False)
class Chosen:
    """A side that has been chosen.

    Attributes:
        letter: `A` or `B`.
        view: Its settings.
        choice: Opened.
        shown: How `side` came about: by other settings while there is no result of these.
        side: Its result; None without one.
    """

    letter: str
    view: View
    choice: Choice
    shown: Choice
    side: Side | None

    @property
    def kept(self) -> bool:
        """The result is that of earlier settings."""
        return self.side is not None and self.shown.key != self.choice.key

    @property
    def key(self) -> tuple[RunKey, str, int] | None:
        """The run, the map and the month that `side` shows."""
        side = self.side
        return None if side is None else (self.shown.key, side.map, side.month)


def known(view: View, before: str = "") -> View:
    """The view without a model that there is not, which is refused in a sentence.

    Args:
        view: Of B: A's is refused by the choice of a model.
        before: What the names of its parameters begin with.
    """
    found = cards()
    if view.model is None or view.model in found:
        return view
    address.refuse(
        Refused(f"{before}model", view.model, tr("one of {words}", words=", ".join(found)))
    )
    return replace(view, model=None)


def choose_side(
    letter: str,
    view: View,
    collection: Collection,
    header: SceneHeader,
    keys: Keys,
    renewed: bool,
) -> Chosen:
    """A box that names the run; a click on it opens its settings.

    Args:
        letter: `A` or `B`.
        view: Of the run, with the scene of both.
        collection: Of the scene.
        header: Of the scene.
        keys: Of the side.
        renewed: The view comes from elsewhere: the widgets follow.

    Raises:
        LcappError: There is no model, or the scene cannot be read.
    """
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    name = line.container(width="stretch")
    with line.popover(
        tr("Change {letter}", letter=letter), key=keys("change"), icon=":material/tune:"
    ):
        view, model = choose_model(view, header.holds, keys, renewed)
        choice = runs.opened(view, collection, model)
        view = _month(choice, keys, renewed)
        of_result = st.container()  # what a result has is known below
    choice = replace(choice, view=view)
    task = runs.find(choice)
    prediction = None if task is None else task.result
    shown = choice
    if (last := runs.latest(choice, prediction, letter.removeprefix("A"))) is not None:
        shown, prediction = last
    if prediction is not None:
        with of_result:
            view = _map(view, prediction, keys, renewed, "" if letter == "A" else "b-")
    choice = replace(choice, view=view)
    name.markdown(f"**{letter}**  {plain(settings_told(choice.card, choice.run, view.shown))}")
    side = None
    if prediction is not None:
        count = pair.parameters(shown.model, shown.key.model)
        side = Side(
            letter, prediction, view.shown or next(iter(prediction.maps)), view.month or 7, count
        )
    return Chosen(letter, view, choice, shown, side)


def run_side(one: Chosen, keys: Keys, twin: Chosen | None = None) -> bool:
    """The button that runs a side and how far it is; nothing where its result is there.

    Args:
        one: The side.
        keys: Of the side.
        twin: The other: the same run is drawn there.

    Returns:
        It can be run, or has been.
    """
    task = runs.find(one.choice)
    if twin is not None and twin.choice.key == one.choice.key:
        return True
    if task is None or task.result is None:
        try:
            label = tr("Run {letter}", letter=one.letter)
            run_button(one.choice, runs.prepared(one.choice), keys, label)
        except LcappError as error:
            refusal(error, tr("{letter} cannot be run: ", letter=one.letter))
            return False
    seen = one.side is not None and one.shown.key == one.choice.key
    under_way(runs.find(one.choice), keys("cancel"), seen=seen)
    return True


def _month(choice: Choice, keys: Keys, renewed: bool) -> View:
    """The month of the run's series that is looked at, of a model that has one."""
    view, year = choice.view, None
    if choice.card.value_ranges:
        with suppress(SceneError):
            year = cache.year(choice.scene, choice.key.content)
    if year is None:
        return view
    month = st.select_slider(
        tr("Month (∅: absent)"),
        range(1, 13),
        key=keys.holding("month", month_to_show(year.months, view.month), renewed),
        format_func=lambda number: month_label(year.months[number - 1]),
    )
    return replace(view, month=month)


def _map(view: View, prediction: Prediction, keys: Keys, renewed: bool, before: str) -> View:
    """Which of the maps of a result; one that it has not is refused in a sentence."""
    offered = maps_of(prediction)
    if view.shown is not None and view.shown not in offered:
        expected = tr("one of {words}", words=", ".join(offered))
        address.refuse(Refused(f"{before}shown", view.shown, expected, offered[0]))
        view, renewed = replace(view, shown=None), True
    if len(offered) < 2:
        return view
    held = st.session_state.get(keys("shown"))
    key = keys.holding("shown", view.shown or offered[0], renewed or held not in offered)
    chosen = st.selectbox(tr("Map"), offered, key=key, format_func=map_told)
    return replace(view, shown=None if chosen == offered[0] else chosen)
