"""What a run will cost, and the button that starts it."""

import os

import streamlit as st

from lcapp.families.tsrdiff.cost import Plan, plan
from lcapp.types import Prepared
from lcapp.ui.session import runs
from lcapp.ui.session.runs import Choice
from lcapp.ui.session.state import Keys


def run_button(choice: Choice, ready: Prepared, keys: Keys) -> None:
    """Say what a run costs, and start it when asked to (RunError: it does not fit).

    A demo scene does not wait to be asked: see `runs.starts_by_itself`.
    """
    cost = plan(ready, choice.config, sampler=choice.view.sampler, steps=choice.view.steps)
    task = runs.find(choice)
    if task is None and runs.starts_by_itself(choice.view):
        task = runs.start(choice)
    running = task is not None and task.state == "running"
    done = task is not None and task.state == "done"
    if st.button(
        "Result is there" if done else "Running" if running else "Run",
        key=keys("run"),
        type="primary",
        icon=":material/check:" if done else ":material/play_arrow:",
        disabled=running or done,
        width="stretch",
    ):
        runs.start(choice)
        st.rerun()
    st.caption(_cost(choice, cost, int(ready.present.sum())))


def _cost(choice: Choice, cost: Plan, months: int) -> str:
    expected = runs.expected_seconds(choice.key.bundle, cost.evaluations)
    seconds = "time: not measured here yet" if expected is None else f"about {expected:.0f} s"
    return (
        f"Costs {cost.evaluations} denoiser evaluations ({choice.view.steps} steps × {months} "
        f"present months), about {cost.memory_mb:.0f} MB beyond the weights; {seconds}. "
        f"Runs on a GPU where there is one, else on the CPU ({os.cpu_count()} cores)."
    )
