"""The page Evaluate: models over many scenes, against what is known of them."""

from dataclasses import dataclass

import streamlit as st

from lcapp.language import message, tr, trn
from lcapp.pipeline.evaluation.result import Evaluation
from lcapp.ui.pages.frame import Page
from lcapp.ui.parts.choice.scene import choose_collection, others
from lcapp.ui.parts.evaluation.choice import choose_evaluation, start_button
from lcapp.ui.parts.evaluation.result import evaluation_result
from lcapp.ui.parts.plain import plain
from lcapp.ui.parts.task import outcome, progress
from lcapp.ui.session import state
from lcapp.ui.session.asked import from_text
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work import evaluations
from lcapp.ui.session.work.evaluations import Request


@dataclass(frozen=True, eq=False)
class Chosen:
    """What is to be evaluated.

    Attributes:
        request: Opened.
        found: Its result, once there is one; of a typed folder whatever lies there.
        lasted: It was being computed when its result was looked for.
        renewed: The view comes from elsewhere than this page's widgets, which follow it.
    """

    request: Request
    found: Evaluation | None
    lasted: bool
    renewed: bool


def _chosen(keys: Keys) -> Chosen:
    """The choice in the sidebar (LcappError: nothing of it can be evaluated)."""
    view, renewed = state.opened(state.arrived(keys))
    asked = from_text(view.evaluation)
    body = st.container()
    with st.sidebar:
        view, collection, grows = choose_collection(view, keys, renewed, body)
    if grows:
        st.info(
            tr("The demo scenes are still being simulated (first start only); then it goes on.")
        )
        others(collection)
        st.stop()
    with st.sidebar:
        asked = choose_evaluation(view, collection, asked, keys, renewed)
        with st.spinner(tr("Looking at the scenes")):
            request = evaluations.request(asked, collection)
        task = evaluations.find(request)
        lasted = task is not None and task.state == "running"  # before its result is looked for
        found = evaluations.there(request)
        done = found is not None and evaluations.answers(found, request)
        start_button(request, done, keys)
    return Chosen(request, found, lasted, renewed)


def _draw(keys: Keys, chosen: Chosen) -> None:
    request, found = chosen.request, chosen.found
    _heading(request)
    task = evaluations.find(request)
    with st.container():
        if task is not None and chosen.lasted:  # one that has ended since has the page run again
            with st.container(border=True):
                progress(task, keys("cancel"))
        outcome(task)
    latest = keys("latest")
    if found is not None and evaluations.answers(found, request):
        st.session_state[latest] = request
    elif found is not None:
        st.warning(
            tr(
                "The folder of the results holds another evaluation than the one that is chosen at "
                "the left: {found}.",
                found=plain(_told(found)),
            ),
            icon=":material/history:",
        )
    else:
        before: Request | None = st.session_state.get(latest)
        found = None if before is None else evaluations.there(before)
        if before is not None and found is not None:
            request = before
            st.info(
                tr(
                    "The choice has changed. What is shown below, dimmed, is still the result of "
                    "**{found}**, until the new evaluation is done.",
                    found=plain(_told(found)),
                ),
                icon=":material/history:",
            )
            st.html(f"<style>.st-key-{keys('result')} {{ opacity: .7; }}</style>")
    if found is None:
        if not chosen.lasted:
            _empty(request)
        return
    with st.container(key=keys("result")):
        evaluation_result(found, request, keys, chosen.renewed)


def _heading(request: Request) -> None:
    collection = request.collection
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    line.markdown(f"### {tr('Evaluate')}", width="content")
    if collection.simulated:
        line.badge(tr("simulated scenes"), icon=":material/science:", color="orange")
    of = tr("{n:,} of {of:,} scenes", n=len(request.ids), of=len(collection.ids))
    line.badge(of, color="gray")
    models = ", ".join(request.models)
    steps = ", ".join(map(str, request.settings.steps))
    st.caption(
        plain(
            tr(
                "{models} on {collection} ({kind}), sampler {sampler}, steps {steps}, {seeds} "
                "seeds, {samples} samples",
                models=models,
                collection=collection.name,
                kind=collection.kind,
                sampler=request.settings.sampler,
                steps=steps,
                seeds=len(request.settings.seeds),
                samples=request.settings.samples,
            )
        )
    )


def _empty(request: Request) -> None:
    st.info(
        trn(
            "Nothing has been computed yet for this choice. **Evaluate** (at the left) runs the "
            "models on {n} scene and compares the maps with the labels: mIoU and accuracy with "
            "their intervals, IoU of each class, the commonest mistakes, the super-resolved year "
            "against the truth where it is known, and the ten scenes that went worst. It can be "
            "cancelled, and goes on where it stopped.",
            "Nothing has been computed yet for this choice. **Evaluate** (at the left) runs the "
            "models on {n} scenes and compares the maps with the labels: mIoU and accuracy with "
            "their intervals, IoU of each class, the commonest mistakes, the super-resolved year "
            "against the truth where it is known, and the ten scenes that went worst. It can be "
            "cancelled, and goes on where it stopped.",
            len(request.ids),
        ),
        icon=":material/query_stats:",
    )


def _told(found: Evaluation) -> str:
    methods = ", ".join(dict.fromkeys(row.method for row in found.by_scene))
    return tr(
        "{methods} on {n} scenes of {collection}, sampler {sampler}, {seeds} seeds, {samples} "
        "samples",
        methods=methods,
        n=len(found.scenes),
        collection=found.collection,
        sampler=found.sampler,
        seeds=len(found.seeds),
        samples=found.samples,
    )


EVALUATE = Page(message("Evaluate"), ":material/query_stats:", needs=_chosen, draw=_draw)
