"""What stands behind the pictures of a year: its figures, its acquisitions, its films and files."""

from collections.abc import Sequence

import streamlit as st

from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import LcappError
from lcapp.evaluate.by_month import SUPER_RESOLVED, metrics_csv
from lcapp.language import messages, month_name, tr
from lcapp.types import Prediction, SuperResolved
from lcapp.ui.parts.chart import chart
from lcapp.ui.parts.plain import refusal
from lcapp.ui.parts.task import outcome, progress
from lcapp.ui.session import cache, state
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work import runs
from lcapp.ui.session.work.runs import Choice
from lcapp.ui.session.work.seeds import FILM, film_run
from lcapp.views.imagery import LOOKS, RGBA
from lcapp.views.months import month_to_show
from lcapp.views.superres.acquisitions import acquisitions_csv, acquisitions_html
from lcapp.views.superres.figure import WIDTH, metrics_rows, multiples, multiples_legend
from lcapp.views.superres.film import denoising_frames, gif, year_frames

_FIGURES, _DATES, _FILMS = messages("Figures by month", "Acquisitions", "Films")


@st.fragment
def detail(choice: Choice, prediction: Prediction, keys: Keys) -> None:
    """One of the parts, since each takes time to draw; none waits for another month's pictures.

    Args:
        choice: What has been chosen.
        prediction: With a super-resolved series.
        keys: Of the page.
    """
    part = st.segmented_control(
        tr("More of the year"),
        (_FIGURES, _DATES, _FILMS),
        default=_FIGURES,
        key=keys("detail"),
        format_func=tr,
        required=True,
    )
    if part == _DATES:
        acquisitions_of(choice)
    elif part == _FILMS:
        _films(choice, prediction, keys)
    else:
        _figures(choice, prediction, keys)


def films_are_shown(keys: Keys) -> bool:
    """Whether the part of the films is open."""
    return bool(st.session_state.get(keys("detail")) == _FILMS)


def named(choice: Choice, what: str) -> str:
    """The name of a file: the scene, how it was made, what it is."""
    run, options = choice.run, choice.card.options
    made = [str(run.sampler), f"{run.steps}-steps"] if "sampler" in options else []
    made += [f"seed-{run.seed}"] if "seed" in options else []
    place = choice.scene.id.replace("/", "_")
    return "_".join([place, choice.card.name.replace("/", "_"), *made, what])


def acquisitions_of(choice: Choice) -> None:
    """The calendar of all dates."""
    try:
        dates = cache.dates(choice.scene, choice.key.content)
    except LcappError as error:
        refusal(error)
        return
    st.html(acquisitions_html(dates))
    _download(tr("Acquisitions (CSV)"), acquisitions_csv(dates), choice, "acquisitions.csv")


def _download(label: str, data: str | bytes, choice: Choice, what: str) -> None:
    st.download_button(
        label,
        data=data,
        file_name=named(choice, what),
        mime="image/gif" if what.endswith(".gif") else "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _figures(choice: Choice, prediction: Prediction, keys: Keys) -> None:
    truth = None
    try:
        truth = cache.truth(choice.collection, choice.scene.id, choice.key.content)
        metrics = cache.metrics(prediction, choice.scene, runs.prepared(choice), truth, choice.key)
    except LcappError as error:
        refusal(error, tr("There are no figures: "))
        return
    if truth is None:
        st.caption(
            tr(
                "Nobody knows what this place really looked like at 1.6 m: PSNR, SSIM, SAM, ERGAS "
                "and the shares of right and invented detail need a simulated scene. What can be "
                "said without: consistency with Sentinel-2, and agreement with the aerial image."
            )
        )
    st.html(multiples_legend(metrics))
    with st.container(horizontal=True, gap="small"):
        dark = st.context.theme.type == "dark"
        charts = multiples(metrics, SUPER_RESOLVED, dark)
        for one, drawn in zip(metrics, charts, strict=True):
            chart(drawn, keys(f"chart_{one.name}"), WIDTH)
    with st.expander(tr("What the figures mean")):
        st.markdown("\n".join(f"- **{tr(one.name)}**: {tr(one.meaning)}" for one in metrics))
    st.dataframe(metrics_rows(metrics), hide_index=True, key=keys("table"))
    st.caption(tr("▼ marks the worst month of a line."))
    _download(tr("Figures (CSV)"), metrics_csv(metrics), choice, "figures.csv")


def _films(choice: Choice, prediction: Prediction, keys: Keys) -> None:
    sr, view = prediction.super_resolved, state.current()
    assert sr is not None
    month, own = month_to_show(sr.months, view.month), bool(view.own_stretch)
    look = view.look or next(iter(LOOKS))
    st.markdown(f"##### {tr('The year')}")
    if st.toggle(tr("Play the film of the year"), key=keys("film")):
        _film(choice, year_frames(sr, look, own), 800, tr("Film of the year (GIF)"), "year")
    else:
        st.caption(tr("The present months one after the other, bicubic at the left."))
    st.markdown(f"##### {tr('The denoising')}")
    _denoising(choice, sr, month, look, own, keys)


def _denoising(
    choice: Choice, sr: SuperResolved, month: int, look: str, own: bool, keys: Keys
) -> None:
    run = choice.run
    if "sampler" not in choice.card.options or not SAMPLERS[run.sampler].asks:
        st.caption(tr("Nothing is denoised in this run."))
        return
    steps = film_run(choice).steps
    more = (
        tr(", in {steps} steps and not in {of}", steps=steps, of=run.steps)
        if steps != run.steps
        else ""
    )
    task = FILM.find(choice)
    if task is not None and task.state == "running":
        progress(task, keys("cancel_film"))
    elif task is not None and task.result is not None:
        if not sr.months[month - 1].present:
            st.caption(tr("This month is absent: choose another one."))
            return
        play = tr("Play the film of the denoising")
        if not st.toggle(play, key=keys("film_denoising"), value=True):
            return
        at = [(one.k, one.noisy[month - 1], one.estimate[month - 1]) for one in task.result]
        name = month_name(month)
        st.caption(
            tr("{month}, sampler {sampler}{more}.", month=name, sampler=run.sampler, more=more)
        )
        frames = denoising_frames(at, sr.bands, look, own)
        _film(choice, frames, 700, tr("Film of the denoising (GIF)"), f"denoising_{month:02d}")
    else:
        outcome(task)
        st.caption(
            tr(
                "How this month comes out of noise by the sampler {sampler}{more}: x_k at the "
                "left, at the right what the network takes the month to be.",
                sampler=run.sampler,
                more=more,
            )
        )
        if st.button(tr("Watch the denoising"), key=keys("denoise"), icon=":material/movie:"):
            FILM.start(choice, runs.prepared(choice))
            st.rerun()


def _film(
    choice: Choice, frames: Sequence[tuple[str, RGBA]], pace: int, label: str, what: str
) -> None:
    film = gif(frames, pace)
    st.image(film)
    _download(label, film, choice, f"{what}.gif")
