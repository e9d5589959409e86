"""Starting a run: what it will cost, the button, progress with time left, and cancel."""

import os
import threading
from collections.abc import Callable

import streamlit as st

from lcapp.errors import LcappError
from lcapp.families.tsrdiff.cost import Plan, plan
from lcapp.pipeline.predict import predict
from lcapp.types import Prediction, Prepared, Progress
from lcapp.ui.session import cache
from lcapp.ui.session.jobs import Job
from lcapp.ui.session.sidebar import Choice
from lcapp.ui.session.state import DEMO, View

_STAGES = {
    "prepare": "preparing the series",
    "encode": "encoding the series",
    "super-resolve": "super-resolving",
    "classify": "fusing and classifying",
}


def run_button(choice: Choice, ready: Prepared) -> None:
    """Say what a run costs, and start it when asked to (RunError: it does not fit).

    A demo scene does not wait to be asked: see `starts_by_itself`.
    """
    cost = plan(ready, choice.config, sampler=choice.view.sampler, steps=choice.view.steps)
    job = cache.jobs().find(choice.key)
    if job is None and starts_by_itself(choice.view):
        job = start(choice)
    running = job is not None and job.state == "running"
    done = job is not None and job.state == "done"
    if st.button(
        "Result is there" if done else "Running" if running else "Run",
        key="explore_run",
        type="primary",
        icon=":material/check:" if done else ":material/play_arrow:",
        disabled=running or done,
        width="stretch",
    ):
        start(choice)
        st.rerun()
    st.caption(_cost(choice, cost, int(ready.present.sum())))


def start(choice: Choice) -> Job:
    """Start the run of these settings, or return the one that is there."""
    return cache.jobs().start(choice.key, _work(choice))


def starts_by_itself(view: View) -> bool:
    """Whether the map is drawn without a click: a demo scene, as the app opens on it.

    That is a matter of seconds. Other weights, and more steps, may be one of minutes.
    """
    models = cache.models()
    first = next(iter(models), None)
    return (
        view.collection == DEMO
        and first is not None
        and view.model in (None, first)
        and models[first].trained
        and view.sampler != "ancestral"
        and view.steps <= View.steps
    )


def progress(job: Job) -> None:
    """Show a run under way until it ends; then the page runs again and shows the result."""
    # Only while it lasts does the page ask twice a second.
    st.fragment(_progress, run_every=0.5)(job)


def ended_badly(job: Job) -> None:
    """The sentence for a run that was cancelled or failed."""
    if job.state == "cancelled":
        st.info("The run was cancelled; there is no result. Run it again whenever you like.")
    elif isinstance(job.error, LcappError):
        st.error(str(job.error), icon=":material/error:")
    elif job.error is not None:
        st.error(
            "The run ended with an error that lcapp did not foresee. Please report it with what "
            "stands below.",
            icon=":material/error:",
        )
        st.exception(job.error)


def _progress(job: Job) -> None:
    if job.state != "running":
        st.rerun()
    with st.container(border=True):
        text, button = st.columns([5, 1], vertical_alignment="center")
        step = job.progress
        text.progress(0.0 if step is None else step.done / step.total, text=_told(job))
        if button.button(
            "Cancelling" if job.cancel.is_set() else "Cancel",
            key="explore_cancel",
            icon=":material/stop_circle:",
            disabled=job.cancel.is_set(),
            width="stretch",
        ):
            job.cancel.set()


def _told(job: Job) -> str:
    if job.cancel.is_set():
        return "Cancelling: the run ends before its next denoising step"
    if job.waiting:
        return "Waiting for another run on this computer"
    if job.progress is None:
        return "Loading the model"
    step, left = job.progress, job.seconds_left()
    time_left = "" if left is None else f", about {left:.0f} s left"
    return f"{step.done} of {step.total} steps done, {_STAGES[step.stage]}{time_left}"


def _cost(choice: Choice, cost: Plan, months: int) -> str:
    expected = cache.jobs().expected_seconds(choice.key.bundle, cost.evaluations)
    seconds = "time: not measured here yet" if expected is None else f"about {expected:.0f} s"
    return (
        f"Costs {cost.evaluations} denoiser evaluations ({choice.view.steps} steps × {months} "
        f"present months), about {cost.memory_mb:.0f} MB beyond the weights; {seconds}. "
        f"Runs on a GPU where there is one, else on the CPU ({os.cpu_count()} cores)."
    )


def _work(choice: Choice) -> Callable[[Callable[[Progress], None], threading.Event], Prediction]:
    loaded = cache.bundles()  # here: a worker thread has no session to ask

    def work(on_step: Callable[[Progress], None], cancel: threading.Event) -> Prediction:
        import torch  # here: the page opens without it

        # The page and its browser need a core as well. With none left, OpenMP's threads wait for
        # one another at every layer: on two cores a run of 1.4 s took 26 s.
        torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
        view = choice.view
        bundle = loaded.get(choice.bundle, choice.key.bundle)
        return predict(
            choice.scene,
            bundle,
            view.sampler,
            view.steps,
            view.seed,
            on_step=on_step,
            cancel=cancel,
        )

    return work
