"""The catalogue's rows: what a model is, what of it is on disk, and the button that fetches it."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from lcapp.families.family import Published
from lcapp.hub.config import WEIGHTS_FILE
from lcapp.hub.held_out import held_out
from lcapp.hub.transport.cache import Fetched, OnDisk, state_on_disk
from lcapp.hub.transport.offer import Offer
from lcapp.hub.transport.repository import looks_like_id, megabytes
from lcapp.language import number, tr
from lcapp.sensors import AERIAL, BANDS_IN_WORDS, IN_WORDS
from lcapp.types import Card
from lcapp.ui.parts.banner import measured
from lcapp.ui.parts.plain import plain
from lcapp.ui.parts.task import outcome, progress
from lcapp.ui.session import cache
from lcapp.ui.session.roots import roots
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work.downloads import offline_mode

_WIDTHS = (7.6, 2.4)


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        name: Bold.
        note: Under the name.
        cells: One per further column, `""` where there is nothing to say.
    """

    name: str
    note: str
    cells: tuple[str, ...]


def header(columns: Sequence[str]) -> None:
    """The line above the rows; the first column is the name's."""
    left, right = st.columns(_WIDTHS, vertical_alignment="bottom")
    cells = "".join(f"<span>{html.escape(one)}</span>" for one in columns)
    left.html(f"{_STYLE}<div class='lc-row lc-head'>{cells}</div>")
    right.html(f"<div class='lc-head'>{html.escape(tr('On this computer'))}</div>")


def known_row(keys: Keys, one: Published, on_disk: OnDisk) -> None:
    """A known model and what can be done with it."""
    _line(
        keys,
        Row(
            one.id.partition("/")[2],
            described(one)
            + ("" if one.listed else f" · {tr('id not confirmed by its owner’s list')}"),
            (
                f"{number(one.parameters, ',.1f')} M",
                tr("{count:,.0f} MB", count=one.megabytes),
                "" if one.miou is None else f"{number(one.miou, '.1f')} %",
                "" if one.accuracy is None else f"{number(one.accuracy, '.1f')} %",
                "" if one.source is None else one.source.rpartition(" ")[2],
            ),
        ),
        one.id,
        on_disk,
        one.megabytes * 1e6,
    )


def card_row(keys: Keys, name: str, card: Card) -> None:
    """A model on this computer, and what was measured of it.

    Args:
        keys: Of the page.
        name: In `door.cards`.
        card: What it says of itself.
    """
    file = card.path / WEIGHTS_FILE if card.path.is_dir() else card.path
    size = file.stat().st_size if file.is_file() else 0
    reads = ", ".join(tr(IN_WORDS.get(name, name)) for name in card.reads)
    row = Row(
        name if card.trained else f"{name} ({tr('not trained')})",
        f"{reads} · {tr('licence: {licence}', licence=card.licence)}",
        (card.variant, " + ".join(str(len(table)) for _, table in card.maps)),
    )
    if looks_like_id(name) and state_on_disk(name).cached:
        _line(keys, row, name, OnDisk(True, size), size)
    else:
        left, right = st.columns(_WIDTHS, vertical_alignment="center")
        left.html(_html(row))
        told = tr("in {folder} · {size}", folder="weights/", size=megabytes(size))
        right.badge(told, icon=":material/hard_drive:", color="green")
    if figures := _figures(card):
        st.caption(plain(figures))


def _figures(card: Card) -> str:
    """What was measured of a model, in a line; empty where nothing was."""
    if (figures := held_out(card.figures)) is not None:
        return f"{measured(figures)}."
    plain = {
        name: value
        for name, value in card.figures.items()
        if value is not None and not isinstance(value, dict)
    }
    told = ", ".join(f"{name} {value}" for name, value in plain.items())
    return tr("Measured: {figures}", figures=told) if told else ""


def offer_row(keys: Keys, offer: Offer, name: str) -> None:
    """What the Hub has under an id that was typed in."""
    files = " + ".join(one.name for one in offer.files)
    # Of this commit, and now: the offer says how it was when the Hub was asked.
    on_disk = state_on_disk(offer.repo_id, offer.commit)
    row = Row(
        name,
        tr(
            "{files} · commit {commit} · licence {licence}",
            files=files,
            commit=offer.commit[:12],
            licence=offer.licence or tr("not stated"),
        ),
        (megabytes(offer.bytes),),
    )
    _line(keys, row, name, on_disk, offer.bytes)


def described(one: Published) -> str:
    """The inputs in words."""
    bands = ", ".join(tr(BANDS_IN_WORDS.get(band, band)) for band in one.aerial_bands)
    return ", ".join(
        f"{tr(IN_WORDS[name])} ({bands})" if name == AERIAL else tr(IN_WORDS[name])
        for name in one.inputs
    )


def result(repo_id: str) -> None:
    """What came of the latest download or check, below its row."""
    task = cache.downloads().find(repo_id)
    if task is not None and task.result is not None:
        _fetched(task.result)
    outcome(task)


def _line(keys: Keys, row: Row, repo_id: str, on_disk: OnDisk, size: float) -> None:
    left, right = st.columns(_WIDTHS, vertical_alignment="center")
    left.html(_html(row))
    task = cache.downloads().find(repo_id)
    with right:
        if task is not None and task.state == "running":
            progress(task, keys(f"cancel_{repo_id}"), narrow=True)
        elif on_disk.cached:
            _on_disk(keys, repo_id, on_disk)
        else:
            _to_fetch(keys, repo_id, on_disk, size)
    result(repo_id)


def _on_disk(keys: Keys, repo_id: str, on_disk: OnDisk) -> None:
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    line.badge(megabytes(on_disk.bytes), icon=":material/hard_drive:", color="green")
    if line.button(
        tr("Check"),
        key=keys(f"check_{repo_id}"),
        icon=":material/fact_check:",
        type="tertiary",
        help=tr("Computes the checksum of the file; asks nobody."),
    ):
        cache.downloads().check(repo_id)
        st.rerun()


def _to_fetch(keys: Keys, repo_id: str, on_disk: OnDisk, size: float) -> None:
    missing = tr("{count:,.0f} MB", count=max(0.0, size - on_disk.bytes) / 1e6)
    begun = bool(on_disk.bytes)
    if st.button(
        tr("Go on, {size} left", size=missing) if begun else tr("Download {size}", size=missing),
        key=keys(f"download_{repo_id}"),
        icon=":material/download:",
        disabled=offline_mode(),
        help=tr("An earlier download was not finished; its bytes are kept.") if begun else None,
        width="stretch",
    ):
        cache.downloads().start(repo_id)
        st.rerun()


def _fetched(found: Fetched) -> None:
    how = (
        tr("{size} fetched", size=megabytes(found.downloaded))
        if found.downloaded
        else tr("On disk and whole")
    )
    if not found.confirmed:
        how += tr("; the Hub was not asked for a newer one")
    facts = {"commit": found.commit, "sha256": found.sha256}
    if roots() is None:  # who reads it has the disk
        facts[tr("file")] = str(found.weights)
    rows = "".join(
        f"<span>{html.escape(name)}</span><code>{html.escape(value)}</code>"
        for name, value in facts.items()
    )
    st.html(f"<div class='lc-facts'><span>✓</span><b>{html.escape(how)}</b>{rows}</div>")


def _html(row: Row) -> str:
    cells = "".join(f"<span>{html.escape(one) or '–'}</span>" for one in row.cells)
    name = f"<b>{html.escape(row.name)}</b><small>{html.escape(row.note)}</small>"
    return f"<div class='lc-row'><span>{name}</span>{cells}</div>"


_STYLE = """<style>
.lc-row { display: grid; grid-auto-flow: column; align-items: center; column-gap: .7rem;
  grid-template-columns: minmax(0, 1fr); grid-auto-columns: 4.6rem; font-size: .95rem;
  font-variant-numeric: tabular-nums; line-height: 1.3; }
.lc-row > span { text-align: right; }
.lc-row > span:first-child { text-align: left; overflow-wrap: anywhere; }
.lc-row b { display: block; font-weight: 600; }
.lc-row small { display: block; opacity: .72; font-size: .9rem; }
.lc-head { font-size: .9rem; font-weight: 600; opacity: .72; }
.lc-facts { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem;
  font-size: .9rem; padding: .55rem .8rem; background: rgba(20,120,60,.12); border-radius: .5rem; }
.lc-facts span { opacity: .72; }
.lc-facts code { overflow-wrap: anywhere; padding: 0; background: none; color: inherit; }
</style>"""
