"""What the reader is looking at: one frozen value a session, and the address that reopens it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import streamlit as st

from lcapp.diffusion.config import SAMPLERS
from lcapp.language import tr
from lcapp.record import settings, with_setting
from lcapp.types import AUTOMATIC, Units
from lcapp.ui.session import address, asked, reader
from lcapp.ui.session.address import Parameter
from lcapp.views.explore.stack import classes_from_text, layers_from_text
from lcapp.views.imagery import COMPOSITES, LOOKS
from lcapp.views.layers import LAYERS
from lcapp.views.panes import from_text

DEMO, REGION = "demo", "region"
"""The simulated collections, in place of a folder: the demo scenes, and a region of patches."""

UPLOAD = "upload"
"""In place of a folder: files that the session has been handed (`session.work.uploads`)."""

PRESET = "LCAPP_COLLECTION"
"""Environment variable: folder of the collection that the app opens on."""

MAX_STEPS = 500
MAX_SEED = 2**31 - 1

_VIEW = "lcapp_view"
_WRITTEN = "lcapp_address"
_PAGE = "lcapp_page"


@dataclass(frozen=True)
class View:
    """What the page shows; all of it stands in the address.

    Attributes:
        collection: `demo`, `region`, or a folder.
        scene: Scene id; None for the collection's first.
        model: Name of `door.cards`; None for the first that takes the scene.
        sampler: A name of `SAMPLERS`; None: the model's own.
        steps: Denoising steps, likewise.
        seed: Seed of the noise.
        guide: Say of the aerial image in a guided model, 0..1.
        noise: Factor of the noise that the sampler begins with, 0..1.
        month: 1..12; None for the present month nearest to midsummer.
        units: What the numbers of a folder's files mean, as far as it is stated.
        look: Key of `imagery.LOOKS`, of the panes; None for the first.
        own_stretch: Each pane is stretched on its own; None for no.
        panes: How they are arranged, by `panes.to_text`; None as the page has them.
        stage: Fused stage whose attention is looked at; None for the first.
        head: Its head, from 1; 0 for each on its own; None for their mean.
        pixel: Longitude and latitude of the pixel that is asked about.
        composite: Key of `imagery.COMPOSITES`, of the map; None for the first.
        safe: The palette for colour-blind readers; None for no.
        shown: Name of the map of classes, of several; None for the first.
        layers: What the map shows, by `stack.layers_to_text`; None as the page has it.
        hidden: Ids of the classes that it does not, by `stack.classes_to_text`; None for none.
        beside: The reference is shown beside the map; None for no.
        evaluation: What is evaluated on the collection, by `asked.to_text`; None for the default.
        lesson: Step of the page Learn, 1..6; None for the first.
        wide: Its slider of the width of pixels, in aerial pixels; None for one.
        detail: Its forward noise is put into the detail of a month, and not into the month.
        k: Its timestep there; None for half way.
        toy: Its backward step shows the toy, and not a month.
        long_way: The month is denoised by ddim in many steps, and not as the run has it.
        other_seed: The seed beside that of the run; None for the next one.
        at: The place of its slider there, from 0.
        toy_steps: Steps of the samplers of the toy that can take few.
        b: The run that this one, A, is compared with: `SETTINGS` of its own on the same scene;
            None where none has been chosen.
    """

    collection: str = DEMO
    scene: str | None = None
    model: str | None = None
    sampler: str | None = None
    steps: int | None = None
    seed: int = 0
    guide: float = 1.0
    noise: float = 1.0
    month: int | None = None
    units: Units = AUTOMATIC
    look: str | None = None
    own_stretch: bool | None = None
    panes: str | None = None
    stage: int | None = None
    head: int | None = None
    pixel: tuple[float, float] | None = None
    composite: str | None = None
    safe: bool | None = None
    shown: str | None = None
    layers: str | None = None
    hidden: str | None = None
    beside: bool | None = None
    b: "View | None" = None
    evaluation: str | None = None
    lesson: int | None = None
    wide: int | None = None
    detail: bool | None = None
    k: int | None = None
    toy: bool | None = None
    long_way: bool | None = None
    other_seed: int | None = None
    at: int | None = None
    toy_steps: int | None = None


LEARNT = ("lesson", "wide", "detail", "k", "toy", "long_way", "other_seed", "at", "toy_steps")
"""What of a view is the page Learn's own."""

EXPLORED = ("composite", "safe", "shown", "layers", "hidden", "beside")
"""And the page Explore's."""

SEEN = ("month", "look", "own_stretch", "panes", "stage", "head", "pixel", "b", *EXPLORED, *LEARNT)
"""What of a view does not change the result."""

SETTINGS = ("model", "sampler", "steps", "seed", "guide", "noise", "month", "shown")
"""What of a view is B's own where two runs are compared."""

_OF_B = "b-"
"""Begins the names of B's parameters."""

UNITS = tuple(settings(Units))
"""What can be stated; in the address and on the page by the names of the command line."""


def _collection(text: str) -> str | None:
    """A name, a folder or a place: where it is opened, there is a field to correct it in."""
    return text or None


def _layers(text: str) -> str | None:
    seen = layers_from_text(text)
    return text if seen is not None and {one.id for one in seen} <= LAYERS else None


_OF_ONE = (
    Parameter(
        "collection",
        _collection,
        lambda: tr("demo, region, a folder, or a place such as place:6.12,48.69"),
    ),
    address.anything("scene"),
    address.anything("model"),
    address.one_of("sampler", SAMPLERS),
    address.whole("steps", 1, MAX_STEPS),
    address.whole("seed", 0, MAX_SEED),
    address.share("guide"),
    address.share("noise"),
    address.whole("month", 1, 12),
    address.one_of("look", LOOKS),
    address.flag("own_stretch"),
    Parameter(
        "panes",
        lambda text: text if from_text(text) is not None else None,
        lambda: tr("an arrangement as this app writes it"),
    ),
    address.whole("stage", 1, 5),
    address.whole("head", 0, 64),
    address.place("pixel"),
    address.one_of("composite", COMPOSITES),
    address.flag("safe"),
    address.flag("beside"),
    address.anything("shown"),
    Parameter(
        "layers",
        _layers,
        lambda: tr("layers from bottom to top, such as aerial~100.classes~70"),
    ),
    Parameter(
        "hidden",
        lambda text: None if classes_from_text(text) is None else text,
        lambda: tr("ids of classes, such as 0.4"),
    ),
    Parameter(
        "evaluation",
        lambda text: text if asked.understood(text) else None,
        lambda: tr("what the page Evaluate writes there"),
    ),
    address.whole("lesson", 1, 6),
    address.whole("wide", 1, 1000),
    address.flag("detail"),
    address.whole("k", 0, 99_999),
    address.flag("toy"),
    address.flag("long_way"),
    address.whole("other_seed", 0, MAX_SEED),
    address.whole("at", 0, MAX_STEPS),
    address.whole("toy_steps", 1, MAX_STEPS),
    *(address.one_of(one.option, one.choices) for one in UNITS),
)

PARAMETERS = (
    *_OF_ONE,
    *(replace(one, name=_OF_B + one.name) for one in _OF_ONE if one.name in SETTINGS),
)
"""What the address may say of a view: a line for each of its fields, for each unit,
and for each setting of the run that it is compared with."""

IN_ADDRESS = tuple(one.name for one in PARAMETERS)
_PLAIN = tuple(one.name for one in fields(View) if one.name not in ("units", "b"))


def to_query(view: View) -> dict[str, str]:
    """The address's parameters; what is None and units that are not stated are left out."""
    said = {name: getattr(view, name) for name in _PLAIN}
    said |= {one.option: one.of(view.units) for one in UNITS if one.of(view.units) != one.default}
    told = {name: str(value) for name, value in said.items() if value is not None}
    if view.pixel is not None:  # to a centimetre
        told["pixel"] = ",".join(f"{degrees:.7f}" for degrees in view.pixel)
    if view.b is not None:
        of_b = to_query(view.b)
        told |= {_OF_B + name: of_b[name] for name in SETTINGS if name in of_b}
    return told


def from_query(query: Mapping[str, str], start: View | None = None) -> View:
    """The inverse of `to_query`; a value that makes no sense leaves the start value.

    Args:
        query: Parameters of the address.
        start: What holds where the address says nothing.
    """
    found, _ = address.read(query, PARAMETERS)
    view = View() if start is None else start
    plain = {name: value for name, value in found.items() if name in _PLAIN}
    of_b = {name: found[_OF_B + name] for name in SETTINGS if _OF_B + name in found}
    b = View(**of_b) if of_b else view.b
    return replace(view, units=_stated(view.units, found), b=b, **plain)


def _stated(units: Units, values: Mapping[str, Any]) -> Units:
    """The units with those that are stated among values by name; others are passed over."""
    for one in UNITS:
        if values.get(one.option) in one.choices:
            units = with_setting(units, one.place, values[one.option])
    return units


def start_view() -> View:
    """What a session without an address begins with."""
    return View(collection=os.environ.get(PRESET) or DEMO)


@dataclass(frozen=True)
class Keys:
    """Keys of a page's widgets: each carries the page's name.

    Attributes:
        page: Name of the page.
    """

    page: str

    def __call__(self, name: str) -> str:
        """The key of a widget, component or stored value of the page."""
        return f"{self.page}_{name}"

    def holding(self, name: str, value: Any, renewed: bool = False) -> str:
        """The key of a widget that holds `value` unless the reader has changed it.

        Args:
            name: Of the widget; for a field of the view, the field's.
            value: What the view says.
            renewed: The view comes from elsewhere: the widget follows.
        """
        key = self(name)
        if renewed or key not in st.session_state:
            st.session_state[key] = value
        return key


def arrived(keys: Keys) -> bool:
    """Note which page is shown; whether another one was until now."""
    before = st.session_state.get(_PAGE, keys.page)
    st.session_state[_PAGE] = keys.page
    return bool(before != keys.page)


def opened(arrived: bool) -> tuple[View, bool]:
    """The session's view, and whether widgets have to follow it.

    The address is obeyed when the session opens and whenever it is no longer the one that
    `keep` wrote: a link that was followed, or the browser's back button.

    Args:
        arrived: Another page was shown until now: its address may say nothing of the view, and the
            widgets of this one have lost their values.
    """
    said = {name: st.query_params[name] for name in IN_ADDRESS if name in st.query_params}
    known = _VIEW in st.session_state
    if known and (said == st.session_state[_WRITTEN] or (arrived and not said)):
        st.session_state[_WRITTEN] = said
        return st.session_state[_VIEW], arrived or reader.changed()
    view = from_query(said, start_view())
    _, refused = address.read(said, PARAMETERS)
    instead = to_query(view)
    address.refuse(
        *(replace(one, instead=instead.get(name, "")) for name, one in refused.items()),
        anew=IN_ADDRESS,
    )
    st.session_state[_VIEW] = view
    st.session_state[_WRITTEN] = said
    return view, True


def keep(view: View) -> None:
    """Remember the view and write it into the address."""
    st.session_state[_VIEW] = view
    said = to_query(view)
    if said != st.session_state.get(_WRITTEN):
        address.write(said, IN_ADDRESS)
        st.session_state[_WRITTEN] = said


def follow(view: View) -> None:
    """Have the next run take up a view as if its link had been followed; for callbacks."""
    address.write(to_query(view), IN_ADDRESS)


def current() -> View:
    """The view as kept last; for fragments, which run without the rest of the page."""
    view: View = st.session_state[_VIEW]
    return view


def with_month(view: View, keys: Keys, renewed: bool) -> View:
    """The view with the month that its widget, drawn far below, has been set to."""
    month = None if renewed else st.session_state.get(keys("month"))
    return view if month is None else replace(view, month=month)


def with_units(view: View, keys: Keys, renewed: bool) -> View:
    """The view with the units that their widgets, drawn below the notes, have been set to."""
    set_to = {one.option: st.session_state.get(keys(one.option)) for one in UNITS}
    return view if renewed else replace(view, units=_stated(view.units, set_to))
