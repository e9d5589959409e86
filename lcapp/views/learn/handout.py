"""The hand-out: one HTML page that needs nothing else, printed on two sides of A4."""

import html
import re
from dataclasses import dataclass

from lcapp.language import current, tr
from lcapp.views.imagery import png_uri, shrunk
from lcapp.views.learn.drawing import cloud_svg, curves_svg
from lcapp.views.learn.lessons import Lesson
from lcapp.views.learn.slides import REACH, Chart, Cloud, Panel, Pictures, note_at

_SIDE = 256
"""Pixels of a picture on paper."""


@dataclass(frozen=True, eq=False)
class Part:
    """A step on paper.

    Attributes:
        lesson: Its words.
        pictures: Panels, and the stop at which each is shown.
        link: Opens the app in the state that is shown.
        legend: Colours, `#rrggbb`, and what they mean.
    """

    lesson: Lesson
    pictures: tuple[tuple[Panel, int], ...]
    link: str
    legend: tuple[tuple[str, str], ...] = ()


def handout(title: str, source: str, parts: tuple[Part, ...]) -> str:
    """The page.

    Args:
        title: Of the scene.
        source: Where the scene and the model come from.
        parts: The steps.
    """
    blocks = [_block(number, one) for number, one in enumerate(parts, start=1)]
    half = (len(blocks) + 1) // 2
    answers = "".join(
        f"<li value='{number}'>{_plain_html(one.lesson.answer)}</li>"
        for number, one in enumerate(parts, start=1)
    )
    name = html.escape(tr("From noise to a land-cover map: {place}", place=title))
    return (
        f"<!doctype html><html lang='{current()}'><head><meta charset='utf-8'>"
        f"<title>{name}</title><style>{_STYLE}</style></head><body>"
        f"<section><header><h1>{name}</h1><p>{html.escape(source)}</p></header>"
        f"{''.join(blocks[:half])}</section>"
        f"<section>{''.join(blocks[half:])}"
        f"<aside><b>{html.escape(tr('Answers'))}</b><ol>{answers}</ol></aside></section>"
        "</body></html>"
    )


def _block(number: int, part: Part) -> str:
    figures = "".join(_figure(panel, stop) for panel, stop in part.pictures)
    lesson = part.lesson
    link = html.escape(part.link, quote=True)
    return (
        f"<article><h2><span>{number}</span> {html.escape(lesson.heading)}</h2>"
        f"<p>{_plain_html(lesson.text)} "
        f"<a href='{link}'>{html.escape(tr('Open it in the app'))}</a></p>"
        f"<div class='row' style='--n:{len(part.pictures)}'>{figures}</div>"
        f"{_legend(part.legend)}<p class='ask'>{_plain_html(lesson.question)}</p><hr><hr></article>"
    )


def _legend(legend: tuple[tuple[str, str], ...]) -> str:
    told = "".join(
        f"<span><i style='background:{colour}'></i>{html.escape(name)}</span>"
        for colour, name in legend
    )
    return f"<div class='legend'>{told}</div>" if told else ""


def _figure(panel: Panel, stop: int) -> str:
    match panel:
        case Pictures():
            rgba = shrunk(panel.images[min(stop, len(panel.images) - 1)], _SIDE)
            drawn = f"<img alt='' src='{png_uri(rgba)}'>"
        case Chart():
            drawn = curves_svg(panel.curves, panel.at[stop])
        case Cloud():
            step = panel.step[stop]
            drawn = cloud_svg(
                panel.places[:, :160], step, panel.data, panel.whole, panel.followed, REACH
            )
    title, note = html.escape(panel.title.lstrip("+= ")), html.escape(note_at(panel, stop))
    return f"<figure>{drawn}<figcaption><b>{title}</b> {note}</figcaption></figure>"


def _plain_html(text: str) -> str:
    """The little Markdown of the lessons as HTML."""
    escaped = html.escape(text)
    bold = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escaped)
    return re.sub(r"\*(.+?)\*", r"<i>\1</i>", bold)


_STYLE = """
@page { size: A4; margin: 10mm 12mm; }
* { box-sizing: border-box; }
body { font: 9.3pt/1.28 system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; color: #111;
  background: #fff; margin: 0 auto; max-width: 186mm; }
section { break-after: page; height: 276mm; display: flex; flex-direction: column; gap: 2.4mm; }
section:last-child { break-after: auto; }
h1 { font-size: 16pt; margin: 0; }
header p { margin: 0; font-size: 8.5pt; color: #444; }
article { flex: 1 1 0; min-height: 0; display: flex; flex-direction: column; }
h2 { font-size: 11.5pt; margin: 0 0 .8mm; }
h2 span { display: inline-block; min-width: 6mm; text-align: center; color: #fff;
  background: #0b5fa5; border-radius: 3mm; }
p { margin: 0 0 1.2mm; }
a { color: #0b5fa5; white-space: nowrap; }
.row { flex: 1 1 0; min-height: 0; display: grid; gap: 3mm; grid-template-rows: minmax(0, 1fr);
  grid-template-columns: repeat(var(--n), minmax(0, 1fr)); }
figure { margin: 0; min-height: 0; display: flex; flex-direction: column; }
figure img, figure svg { flex: 1 1 0; min-height: 0; width: 100%; object-fit: contain;
  image-rendering: pixelated; }
figcaption { font-size: 7.4pt; line-height: 1.2; padding-top: .6mm; }
.legend { display: flex; flex-wrap: wrap; gap: 0 3mm; font-size: 7.4pt; padding-top: .8mm; }
.legend i { display: inline-block; width: 2.6mm; height: 2.6mm; margin-right: 1mm;
  border: .2mm solid #555; }
.ask { font-weight: 600; margin: 1.5mm 0 0; }
hr { width: 100%; border: 0; border-bottom: .3mm solid #999; margin: 5mm 0 0; }
aside { transform: rotate(180deg); font-size: 6.6pt; line-height: 1.2; padding: 1mm 0;
  border-bottom: .3mm solid #999; }
aside ol { margin: 0; padding-left: 5mm; }
@media screen { body { padding: 8mm; max-width: 202mm; } section { margin-bottom: 10mm; } }
@media print { body { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""
"""A side is as high as the sheet, whatever the words take: pictures have what is left."""
