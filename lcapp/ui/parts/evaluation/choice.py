"""What is evaluated: collection, models, scenes and settings, in the sidebar."""

import re
from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import RunError
from lcapp.families.door import cards
from lcapp.language import message, tr, trn
from lcapp.scene.collection import Collection
from lcapp.scene.splits import domains
from lcapp.types import Card
from lcapp.ui.parts.plain import plain, printable
from lcapp.ui.parts.task import duration
from lcapp.ui.session import state
from lcapp.ui.session.asked import (
    MOST_SAMPLES,
    MOST_SCENES,
    MOST_SEEDS,
    MOST_STEPS,
    PARTS,
    Asked,
    to_text,
)
from lcapp.ui.session.roots import roots
from lcapp.ui.session.state import Keys, View
from lcapp.ui.session.work import evaluations
from lcapp.ui.session.work.evaluations import Request

_PARTS = {
    "all": message("all scenes"),
    "train": message("those for training"),
    "validation": message("those for validation"),
    "test": message("those for testing"),
}
_MANY_DOMAINS = 300
"""More than that are named on the command line."""


def choose_evaluation(
    view: View, collection: Collection, asked: Asked, keys: Keys, renewed: bool
) -> Asked:
    """Draw the choice, and keep it in the view.

    Args:
        view: The choice so far.
        collection: Its collection.
        asked: What its text asks for.
        keys: Of the page.
        renewed: The view comes from elsewhere: the widgets follow.

    Raises:
        RunError: No model is chosen, or steps that make no sense.
    """
    found = cards()
    asked = _models(asked, found, keys, renewed)
    asked = _scenes(asked, collection, keys, renewed)
    first = next(iter(found), "")
    names = asked.models or (first,)
    asked = _settings(asked, [found[name] for name in names if name in found], keys, renewed)
    if asked.models == (first,):
        asked = replace(asked, models=())
    state.keep(replace(view, evaluation=to_text(asked)))
    return asked


def _models(asked: Asked, found: Mapping[str, Card], keys: Keys, renewed: bool) -> Asked:
    wanted = [name for name in asked.models or list(found)[:1] if name in found]
    lost = [name for name in asked.models if name not in found]
    if lost and renewed:
        st.warning(plain(tr("There is no model {name} on this computer.", name=repr(lost[0]))))
    names = st.multiselect(
        tr("Models"),
        list(found),
        key=keys.holding("models", wanted, renewed),
        format_func=lambda name: (
            printable(name) + ("" if found[name].trained else f" ({tr('not trained')})")
        ),
        help=tr("Each is a line of the tables. They must have the same classes."),
    )
    joined = len(names) > 1 and st.toggle(
        tr("They are trainings of one network"),
        key=keys.holding("joined", asked.joined, renewed),
        help=tr(
            "One line for all, the mean over the trainings with its deviation, as in the paper."
        ),
    )
    if not names:
        raise RunError("no model is chosen", advice="choose one or several at the left")
    return replace(asked, models=tuple(names), joined=joined)


def _scenes(asked: Asked, collection: Collection, keys: Keys, renewed: bool) -> Asked:
    official = collection.tree(collection.ids[0]) is not None
    part = "all"
    if official:
        part = st.selectbox(
            tr("Scenes"),
            PARTS,
            key=keys.holding("part", asked.part, renewed),
            format_func=lambda one: tr(_PARTS[one]),
            help=tr("As the collection's own split has it."),
        )
    named: tuple[str, ...] = ()
    there = domains(collection) if "/" in collection.ids[0] else {}
    if 1 < len(there) <= _MANY_DOMAINS:
        kept = [one for one in asked.domains if one in there]
        named = tuple(
            st.multiselect(
                tr("Only of these domains"),
                list(there),
                key=keys.holding(f"domains_{collection.name}", kept, renewed),
                placeholder=tr("all of them"),
            )
        )
    limit = st.number_input(
        tr("At most so many of {n:,} scenes (0: all)", n=len(collection.ids)),
        0,
        MOST_SCENES,
        key=keys.holding("limit", asked.limit, renewed),
        help=tr("Evenly chosen over the list."),
    )
    return replace(asked, part=part, domains=named, limit=int(limit))


def _settings(asked: Asked, chosen: list[Card], keys: Keys, renewed: bool) -> Asked:
    options = {name for card in chosen for name in card.options}
    with st.expander(tr("Settings")):
        if "sampler" in options:
            own = chosen[0]
            sampler = st.selectbox(
                tr("Sampler"),
                ["", *SAMPLERS],
                key=keys.holding("sampler", asked.sampler, renewed),
                format_func=lambda name: (
                    name or tr("the first model's ({value})", value=own.sampler)
                ),
            )
            told = ", ".join(map(str, asked.steps))
            steps = st.text_input(
                tr("Denoising steps"),
                key=keys.holding("steps", told, renewed),
                placeholder=tr("the first model's ({value})", value=own.steps),
                help=tr("A number, or several with commas between them: each is a line."),
            )
            asked = replace(asked, sampler=sampler, steps=_numbers(steps))
        if "seed" in options:
            seeds = st.number_input(
                tr("Seeds of the class maps"),
                1,
                MOST_SEEDS,
                key=keys.holding("seeds", asked.seeds, renewed),
                help=tr(
                    "Class figures are averaged over them; the intervals are those of more seeds."
                ),
            )
            samples = st.number_input(
                tr("Samples of each super-resolved year (0: none)"),
                0,
                MOST_SAMPLES,
                key=keys.holding("samples", asked.samples, renewed),
                help=tr("Two or more tell how sure the super-resolution is."),
            )
            asked = replace(asked, seeds=int(seeds), samples=int(samples))
        if "guide" in options:
            key = keys.holding("guide", asked.guide, renewed)
            share = st.slider(tr("Say of the aerial image"), 0.0, 1.0, step=0.25, key=key)
            asked = replace(asked, guide=share)
        if "noise" in options:
            key = keys.holding("noise", asked.noise, renewed)
            share = st.slider(tr("Noise to begin with"), 0.0, 1.0, step=0.25, key=key)
            asked = replace(asked, noise=share)
        out = ""
        if roots() is None:
            out = st.text_input(
                tr("Folder of the results"),
                key=keys.holding("out", asked.out, renewed),
                placeholder=tr("lcapp's cache"),
                help=tr("One that the command `evaluate` has written is shown, and gone on with."),
            ).strip()
    return replace(asked, out=out)


def _numbers(text: str) -> tuple[int, ...]:
    parts = [part for part in re.split(r"[,;\s]+", text) if part]
    wrong = [one for one in parts if not re.fullmatch("[0-9]{1,4}", one)]
    if wrong or any(not 1 <= int(one) <= MOST_STEPS for one in parts):
        raise RunError(
            f"the denoising steps are {text[:80]!r}",
            expected=f"whole numbers of 1 to {MOST_STEPS} with commas between them",
        )
    return tuple(dict.fromkeys(map(int, parts)))


def start_button(request: Request, done: bool, keys: Keys) -> None:
    """What it costs, and the button that starts it."""
    task = evaluations.find(request)
    running = task is not None and task.state == "running"
    recorded = 0 if done or running else request.recorded()
    label = tr("Result is there") if done else tr("Running") if running else tr("Evaluate")
    if recorded:
        label = tr("Go on")
    if st.button(
        label,
        key=keys("start"),
        type="primary",
        icon=":material/check:" if done else ":material/play_arrow:",
        disabled=running or done,
        width="stretch",
    ):
        evaluations.start(request)
        st.rerun()
    seconds = request.seconds()
    said = [
        trn(
            "{n} scene, {runs:,} runs in all; {time}.",
            "{n} scenes, {runs:,} runs in all; {time}.",
            len(request.ids),
            runs=request.predictions,
            time=tr("time: not measured here yet")
            if seconds is None
            else tr("about {time}", time=duration(seconds)),
        )
    ]
    if recorded:
        said.append(tr("The figures of {n} scenes are there: it goes on after them.", n=recorded))
    said.append(tr("Runs that others ask for meanwhile go before it."))
    st.caption(" ".join(said))
