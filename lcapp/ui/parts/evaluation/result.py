"""What an evaluation found: tables, mistakes, the year, and the scenes that went worst."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from lcapp.classes import TABLES
from lcapp.errors import LcappError
from lcapp.evaluate.class_figures import MAJORITY
from lcapp.evaluate.scene_figures import By, SceneRow, worst
from lcapp.evaluate.tables.shown import (
    class_table,
    difference_table,
    line_name,
    over_domains,
    overall_table,
    spread_table,
    year_table,
)
from lcapp.language import message, number, tr, trn
from lcapp.pipeline.evaluation.result import Evaluation, pages_of
from lcapp.types.figures import FigureTable
from lcapp.ui.parts.chart import chart
from lcapp.ui.parts.choice.scene import demo_scenes
from lcapp.ui.parts.plain import plain, printable
from lcapp.ui.session import cache, state
from lcapp.ui.session.asked import from_text, to_text
from lcapp.ui.session.state import Keys, View, to_query
from lcapp.ui.session.work.evaluations import Request
from lcapp.views.evaluate.bars import class_bars
from lcapp.views.evaluate.confusion import confusion_figure, mistakes
from lcapp.views.evaluate.table import table_html
from lcapp.views.evaluate.worst import SceneCard, cards_html

_PARTS = {
    "classes": message("Classes"),
    "mistakes": message("Mistakes"),
    "series": message("Super-resolution"),
    "worst": message("Worst scenes"),
}
_BY: dict[By, str] = {
    "oa": message("overall accuracy"),
    "miou": message("mIoU"),
    "psnr": message("PSNR of the year"),
}
_WORST, _PIXELS = 10, 192


def evaluation_result(found: Evaluation, request: Request, keys: Keys, renewed: bool) -> None:
    """One of its parts, since each takes time to draw.

    Args:
        found: The figures.
        request: What they are of.
        keys: Of the page.
        renewed: The view comes from elsewhere: the widgets follow.
    """
    # Held here: a part that runs again on its own must not follow the view of this run.
    asked = from_text(state.current().evaluation)
    keys.holding("shown", asked.shown if asked.shown in _PARTS else "classes", renewed)
    lines = len(found.classes)
    key = keys.holding("line", asked.line if asked.line < lines else 0, renewed)
    if st.session_state[key] not in range(lines):
        st.session_state[key] = 0
    there = _figures_of(found)
    key = keys.holding("by", asked.by if asked.by in there else "oa", renewed)
    if there and st.session_state[key] not in there:
        st.session_state[key] = there[0]
    _said_of(found)
    _parts(found, request, keys)


def _figures_of(found: Evaluation) -> list[By]:
    """Those that scenes have."""
    return [one for one in _BY if any(getattr(row, one) is not None for row in found.by_scene)]


@st.fragment
def _parts(found: Evaluation, request: Request, keys: Keys) -> None:
    part = st.segmented_control(
        tr("Part of the result"),
        list(_PARTS),
        key=keys("shown"),
        format_func=lambda one: tr(_PARTS[one]),
        required=True,
        label_visibility="collapsed",
    )
    _remember(shown="" if part == "classes" else str(part))
    draw: Mapping[str, Callable[[Evaluation, Request, Keys], None]] = {
        "classes": _classes,
        "mistakes": _mistakes,
        "series": _series,
        "worst": _worst,
    }
    draw[part or "classes"](found, request, keys)


def _said_of(found: Evaluation) -> None:
    if found.untrained:
        st.warning(
            tr(
                "**Random initial weights.** The figures of {models} mean nothing: they show that "
                "the chain runs.",
                models=plain(", ".join(found.untrained)),
            ),
            icon=":material/warning:",
        )
    if found.simulated:
        st.info(
            tr(
                "The scenes are simulated, they are no real places: these figures say nothing "
                "about real land."
            ),
            icon=":material/science:",
        )
    if found.left_out:
        told = trn(
            "{n} scene could not be used", "{n} scenes could not be used", len(found.left_out)
        )
        with st.expander(told):
            st.markdown("\n".join(f"- {plain(one)}: {plain(why)}" for one, why in found.left_out))
    if found.notes:
        with st.expander(tr("What had to be assumed of the scenes")):
            lines = (
                f"- {plain(note)} ({trn('{n} scene', '{n} scenes', of)})"
                for note, of in found.notes
            )
            st.markdown("\n".join(lines))


def _classes(found: Evaluation, request: Request, keys: Keys) -> None:
    if not found.classes:
        st.info(tr("No scene has labels: there are no figures of classes."))
        return
    caption = trn(
        "Class maps of {n} scene: the paper's Table 2",
        "Class maps of {n} scenes: the paper's Table 2",
        len(found.scenes),
    )
    st.html(table_html(overall_table(found.classes), caption))
    over = sorted({f"{row.runs} {tr(row.over)}" for row in found.classes if row.runs > 1})
    told = []
    if over:
        told.append(tr("Mean ± standard deviation over {runs}.", runs=tr(" or ").join(over)))
    if over_domains(found.classes):
        told.append(tr("Beneath it the 95 % interval over domains."))
    elif over:
        told.append(
            tr(
                "Beneath it the 95 % interval of the mean over more of them, by Student's t; there "
                "are too few domains for an interval over those."
            )
        )
    told.append(tr("In bold: the best of a column. Words with dots beneath say what they mean."))
    st.caption(" ".join(told))
    st.markdown(f"##### {tr('IoU of each class')}")
    named = class_table([row for row in found.classes if row.method != MAJORITY])
    dark = st.context.theme.type == "dark"
    chart(class_bars(named, dark), keys("bars"))
    table = class_table(found.classes)
    st.html(table_html(table, tr("IoU of each class: the paper's Table 3"), spread=False))
    _differences(found, ("miou", "oa", "miou_near_edges"))
    _downloads(
        found, ("classes.csv", "classes.tex", "per_class.csv", "per_class.tex"), request, keys
    )


def _differences(found: Evaluation, figures: Sequence[str]) -> None:
    of = [one for one in found.differences if one.figure in figures]
    if not of:
        return
    _table(
        difference_table(of),
        tr("Differences on the same scenes, with 95 % intervals over domains"),
    )
    if any(one.low is None for one in of):
        st.caption(tr("An interval over domains needs six of them; there are fewer here."))


def _mistakes(found: Evaluation, request: Request, keys: Keys) -> None:
    if not found.classes:
        st.info(tr("No scene has labels: there are no mistakes to show."))
        return
    names = [line_name(row.method, row.steps) for row in found.classes]
    kept = from_text(state.current().evaluation)
    at = st.selectbox(
        tr("Of which line"),
        range(len(names)),
        key=keys.holding("line", kept.line if kept.line < len(names) else 0),
        format_func=lambda one: printable(names[one]),
        width=420,
    )
    _remember(line=at)
    matrix, classes = found.classes[at].confusion, TABLES[found.table].spoken
    commonest = mistakes(matrix, classes, 3)
    if commonest:
        st.markdown(f"**{tr('The commonest mistakes.')}** {plain('; '.join(commonest))}.")
    dark = st.context.theme.type == "dark"
    chart(confusion_figure(matrix, classes, dark), keys("confusion"))
    _downloads(found, ("confusion.csv",), request, keys)


def _series(found: Evaluation, request: Request, keys: Keys) -> None:
    if not found.series:
        st.info(
            tr(
                "There are no super-resolved years here: choose a model that makes them, and one "
                "sample or more in the settings."
            )
        )
        return
    _table(year_table(found.series), tr("Super-resolved years, mean over months and scenes"))
    if all(row.year.psnr is None for row in found.series):
        st.caption(
            tr(
                "Nobody knows what these places really looked like at 1.6 m: what can be told "
                "without is how far the years agree with Sentinel-2."
            )
        )
    else:
        st.caption(tr("In bold: the best of those that do not know the truth."))
    if found.spread:
        _table(spread_table(found.spread), tr("How sure the samples are, against the truth"))
    if any(one.figure == "psnr" for one in found.differences):
        with st.expander(tr("One way less another")):
            _differences(found, ("psnr", "changed"))
    names = ("series.csv", "series.tex", "detail.tex", "months.tex", "series_classes.csv")
    _downloads(found, (*names, "spread.csv"), request, keys)


def _table(table: FigureTable, caption: str) -> None:
    st.html(table_html(table, caption))


def _worst(found: Evaluation, request: Request, keys: Keys) -> None:
    there = _figures_of(found)
    lines = list(dict.fromkeys((row.method, row.steps) for row in found.by_scene))
    if not there or not lines:
        st.info(tr("Nothing is known of the scenes one by one; evaluate them again to see."))
        return
    kept = from_text(state.current().evaluation)
    by = st.segmented_control(
        tr("Worst by"),
        there,
        key=keys.holding("by", kept.by if kept.by in there else there[0]),
        format_func=lambda one: tr(_BY[one]),
        required=True,
    )
    by = by or there[0]
    _remember(by="" if by == "oa" else by)
    at = 0
    if len(lines) > 1:
        at = st.selectbox(
            tr("Of which method"),
            range(len(lines)),
            key=keys("worst_of"),
            width=420,
            format_func=lambda one: printable(line_name(*lines[one])),
        )
    rows = [row for row in found.by_scene if (row.method, row.steps) == lines[at]]
    st.html(cards_html([_card(row, request) for row in worst(rows, by, _WORST)]))
    st.caption(tr("A picture opens its scene on the page Explore, with the same model."))
    _downloads(found, ("scenes.csv",), request, keys)


def _card(row: SceneRow, request: Request) -> SceneCard:
    view = state.current()
    titles = {one.id: tr(one.title) for one in demo_scenes(view)}
    try:
        picture = cache.picture(request.collection, row.scene, _PIXELS)
    except LcappError:
        picture = None
    figures = [
        f"{tr('OA')} {number(row.oa, '.1%')}" if row.oa is not None else "",
        f"{tr('mIoU')} {number(row.miou, '.1%')}" if row.miou is not None else "",
        f"{tr('PSNR')} {number(row.psnr, '.1f')} dB" if row.psnr is not None else "",
    ]
    return SceneCard(
        titles.get(row.scene, printable(row.scene)),
        ", ".join(filter(None, figures)),
        _link(row, request, view),
        picture,
    )


def _link(row: SceneRow, request: Request, view: View) -> str:
    """Explore on the scene with the model of the row, which it names where it is one of ours."""
    model = row.method if row.method in request.models else next(iter(request.models))
    card, settings = request.models[model], request.settings
    own = row.steps is None or (settings.sampler, row.steps) == (card.sampler, card.steps)
    opened = View(
        collection=view.collection,
        scene=row.scene,
        model=model,
        sampler=None if own else settings.sampler,
        steps=None if own else row.steps,
        guide=settings.guide,
        noise=settings.noise,
        units=view.units,
    )
    return f"./?{urlencode(to_query(opened))}"


def _remember(**shown: object) -> None:
    view = state.current()
    asked = replace(from_text(view.evaluation), **shown)  # type: ignore[arg-type]
    state.keep(replace(view, evaluation=to_text(asked)))


def _downloads(found: Evaluation, names: Sequence[str], request: Request, keys: Keys) -> None:
    pages = pages_of(found)
    line = st.container(horizontal=True, gap="small")
    of = "_".join([found.collection, *(method.name for method in request.methods)])
    of = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in of)[:80]
    for name in names:
        line.download_button(
            name,
            data=pages[name],
            file_name=f"{of}_{name}",
            key=keys(f"download_{name}"),
            on_click="ignore",
            icon=":material/download:",
        )
    line.download_button(
        tr("all tables (zip)"),
        data=lambda: _archive(pages),
        file_name=f"{of}_evaluation.zip",
        key=keys("download_all"),
        on_click="ignore",
        icon=":material/folder_zip:",
    )


def _archive(pages: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, page in pages.items():
            archive.writestr(name, page)
    return packed.getvalue()
