"""One line for whatever takes long: how far it is, a button that cancels it, and how it ended."""

from typing import Any

import streamlit as st

from lcapp.errors import LcappError
from lcapp.language import number, tr
from lcapp.ui.parts.fault import fault
from lcapp.ui.parts.plain import refusal
from lcapp.ui.session.work.tasks import Task


def progress(task: Task[Any], key: str, *, narrow: bool = False) -> None:
    """Show a task under way until it ends; then the page runs again and shows what came of it.

    Args:
        task: The task.
        key: Of the button that cancels it.
        narrow: There is no room for a word on the button.
    """
    # Only while it lasts does the page ask twice a second.
    st.fragment(_progress, run_every=0.5)(task, key, narrow)


def under_way(task: Task[Any] | None, key: str, *, seen: bool) -> bool:
    """Show a task, its line in a box while it lasts, then how it ended.

    Args:
        task: The task, if there is one.
        key: Of the button that cancels it.
        seen: The page has its result. One that has ended since the page looked for it has the page
            run again, which else would wait for what is there.

    Returns:
        Whether it lasts.
    """
    if task is None or task.state != "running":
        if task is not None and task.state == "done" and not seen:
            st.rerun()
        outcome(task)
        return False
    with st.container(border=True):
        progress(task, key)
    return True


def outcome(task: Task[Any] | None) -> None:
    """The sentence for a task that was cancelled or failed; nothing where there is a result."""
    if task is None or task.state in ("running", "done"):
        return
    if task.state == "cancelled":
        st.info(tr(task.kind.cancelled))
    elif isinstance(task.error, LcappError):
        refusal(task.error)
    elif task.error is not None:
        fault(tr(task.kind.name), task.error)


def told(task: Task[Any]) -> str:
    """How far a task is, in words."""
    if ahead := task.before:
        return tr("Waiting for its turn: {n} before it on this computer", n=ahead)
    now, left = task.progress, task.seconds_left()
    text = tr(task.kind.begins) if now is None else task.kind.told(now)
    return tr("{what}, about {time} left", what=text, time=duration(left)) if left else text


def _progress(task: Task[Any], key: str, narrow: bool) -> None:
    if task.state != "running":
        st.rerun()
    text, button = st.columns([4 if narrow else 3.5, 1], vertical_alignment="center", gap="small")
    now = task.progress
    text.progress(0.0 if now is None else min(1.0, now.done / max(1, now.total)), text=told(task))
    if button.button(
        "" if narrow else tr("Cancel"),
        key=key,
        icon=":material/stop_circle:",
        help=tr("Cancel") if narrow else None,
        width="stretch",
    ):
        task.cancel()
        st.rerun()


def duration(seconds: float) -> str:
    """In words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{number(seconds / 3600, '.1f')} h"
