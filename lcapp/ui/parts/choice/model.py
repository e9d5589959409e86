"""Which model runs, how, what that will cost, and the button that starts it."""

import os
from collections.abc import Collection as Names
from dataclasses import replace
from typing import Any

import streamlit as st

from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import BundleError
from lcapp.families.door import cards
from lcapp.families.family import Model
from lcapp.language import tr
from lcapp.sensors import IN_WORDS
from lcapp.types import Card, Cost, Run
from lcapp.ui.parts.plain import plain, printable
from lcapp.ui.session import address, cache
from lcapp.ui.session.address import Refused
from lcapp.ui.session.state import MAX_SEED, Keys, View
from lcapp.ui.session.work import runs
from lcapp.ui.session.work.runs import Choice

_FEW_STEPS = 100
"""The most that the slider offers: beyond it the fast samplers gain nothing but time."""


def choose_model(view: View, holds: Names[str], keys: Keys, renewed: bool) -> tuple[View, Model]:
    """The model, and those settings that matter to it.

    All models on this computer are listed, each that cannot run with the reason.

    Args:
        view: The choice so far.
        holds: Images and series of the scene.
        keys: Of the page.
        renewed: The view comes from elsewhere: the widgets follow.

    Raises:
        BundleError: There is no model, not the one that the view names, or it is damaged.
    """
    found = cards()
    if not found:
        raise BundleError("there is no model", expected="at least one bundle in weights/")
    if view.model is not None and view.model not in found:
        raise BundleError(
            f"there is no model {view.model!r}", expected="one of " + ", ".join(found)
        )
    lacking = {name: lack for name, card in found.items() if (lack := card.lacks(holds))}
    first = next((name for name in found if name not in lacking), next(iter(found)))
    key = keys.holding("model", view.model or first, renewed)
    if st.session_state[key] not in found:  # it has gone from the disk
        st.session_state[key] = first

    def label(name: str) -> str:
        lack = f": {lacking[name]}" if name in lacking else ""
        untrained = "" if found[name].trained else f" ({tr('not trained')})"
        return printable(name) + untrained + lack

    name = st.selectbox(tr("Model"), list(found), key=key, format_func=label)
    with st.spinner(tr("Opening the model")):
        model = cache.model(found[name])
    reads = ", ".join(tr(IN_WORDS.get(one, one)) for one in model.card.reads)
    st.caption(plain(tr("{name} reads: {inputs}", name=name, inputs=reads)))
    if lacking:  # in the list long names leave no room for the reason
        told = tr("{n} of {of} models cannot run on this patch", n=len(lacking), of=len(found))
        with st.expander(told):
            st.markdown("\n".join(f"- {plain(label(name))}" for name in lacking))
    return _settings(replace(view, model=name), model.card, keys, renewed), model


def _settings(view: View, card: Card, keys: Keys, renewed: bool) -> View:
    """Sampler, steps, seed, the guide's say and the noise, as far as the model has them."""
    own = card.run()
    sampler = view.sampler or own.sampler
    if "sampler" in card.options:
        chosen = st.segmented_control(
            tr("Sampler"),
            list(SAMPLERS),
            key=keys.holding("sampler", sampler, renewed),
            required=True,
            help="\n".join(f"- {name}: {tr(one.text)}" for name, one in SAMPLERS.items()),
        )
        sampler = chosen or sampler
    idle = "sampler" in card.options and not SAMPLERS[sampler].asks
    steps = view.steps or (own.steps if sampler == own.sampler else Run.steps)
    if "steps" in card.options:
        asked = view.steps if renewed else None  # what an address says, not an earlier sampler's
        steps = _steps(card, sampler, steps, asked, keys, renewed)
    if own.steps == steps and own.sampler == sampler:
        view = replace(view, sampler=None, steps=None)
    else:
        view = replace(view, sampler=sampler, steps=steps)
    if "seed" in card.options:
        key = keys.holding("seed", view.seed, renewed)
        seed = st.number_input(tr("Seed"), 0, MAX_SEED, key=key, disabled=idle)
        view = replace(view, seed=seed)
    if "guide" in card.options:
        share = st.slider(
            tr("Say of the aerial image"),
            0.0,
            1.0,
            step=0.25,
            key=keys.holding("guide", view.guide, renewed),
            help=tr(
                "At 1 the super-resolved months take their detail from the aerial image as far as "
                "the two agree; at 0 they know Sentinel-2 alone, as in the paper."
            ),
        )
        view = replace(view, guide=share)
    if "noise" in card.options:
        share = st.slider(
            tr("Noise to begin with"),
            0.0,
            1.0,
            step=0.25,
            key=keys.holding("noise", view.noise, renewed),
            disabled=idle,
            help=tr(
                "At 1 a month is one of the images that are possible, as sharp as the land; the "
                "less, the nearer it is to their mean, and the smoother."
            ),
        )
        view = replace(view, noise=share)
    if idle:
        st.caption(tr("Nothing is denoised: steps, seed and noise have no say."))
    return view


def _steps(
    card: Card, sampler: str, steps: int, asked: int | None, keys: Keys, renewed: bool
) -> int:
    """The number of steps; one that an address asks for and that cannot be is refused."""
    schedule = card.schedule if SAMPLERS[sampler].whole_schedule else None
    if schedule:
        taken = schedule
        allowed = tr(
            "{n}, the whole schedule, with the sampler {sampler}", n=taken, sampler=sampler
        )
    else:
        taken = steps if steps <= _FEW_STEPS else Run.steps
        allowed = tr("a whole number from {low} to {high}", low=1, high=_FEW_STEPS)
    if asked is not None and asked != taken:
        address.refuse(Refused("steps", str(asked), allowed, str(taken)))
    if schedule:
        st.caption(
            tr(
                "{n} steps: the {sampler} sampler takes its whole schedule.",
                n=taken,
                sampler=sampler,
            )
        )
        return taken
    # Each sampler has its own number of steps: ten are many for one, and few for another.
    key = keys.holding(f"steps_{sampler}", taken, renewed)
    idle = not SAMPLERS[sampler].asks
    return int(st.slider(tr("Steps"), 1, _FEW_STEPS, key=key, disabled=idle))


def run_button(choice: Choice, ready: Any, keys: Keys, label: str = "") -> None:
    """Say what a run costs, and start it when asked to.

    A demo scene does not wait to be asked: see `runs.starts_by_itself`.

    Args:
        choice: What has been chosen.
        ready: From `runs.prepared`.
        keys: Of the page.
        label: On the button before there is a result, where it is not "Run".

    Raises:
        RunError: It does not fit.
    """
    cost = choice.model.cost(ready, choice.run)
    task = runs.find(choice)
    if task is None and runs.starts_by_itself(choice.view):
        task = runs.start(choice, ready)
    running = task is not None and task.state == "running"
    done = task is not None and task.state == "done"
    # In a place of its own, which stays in sight.
    if st.container(key=keys("run_place")).button(
        tr("Result is there") if done else tr("Running") if running else label or tr("Run"),
        key=keys("run"),
        type="primary",
        icon=":material/check:" if done else ":material/play_arrow:",
        disabled=running or done,
        width="stretch",
    ):
        runs.start(choice, ready)
        st.rerun()
    st.caption(_told(choice, cost))


def _told(choice: Choice, cost: Cost) -> str:
    expected = runs.expected_seconds(choice.key.model, cost.evaluations)
    seconds = (
        tr("time: not measured here yet")
        if expected is None
        else tr("about {seconds:.0f} s", seconds=max(1.0, expected))
    )
    steps = choice.run.steps
    evaluations = (
        tr(
            "{n} denoiser evaluations ({steps} steps × {months} present months), ",
            n=cost.evaluations,
            steps=steps,
            months=cost.evaluations // steps,
        )
        if cost.evaluations
        else ""
    )
    return tr(
        "Costs {evaluations}about {megabytes:.0f} MB beyond the weights; {seconds}. "
        "Runs on a GPU where there is one, else on the CPU ({cores} cores).",
        evaluations=evaluations,
        megabytes=cost.memory_mb,
        seconds=seconds,
        cores=os.cpu_count(),
    )
