"""The scenes that went worst, as pictures that lead to them."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from lcapp.language import tr
from lcapp.views.imagery import RGBA, png_uri


@dataclass(frozen=True, eq=False)
class SceneCard:
    """One scene.

    Attributes:
        title: What it is called.
        figures: Its figures in half a sentence.
        link: Address that opens it.
        picture: H W 4; None where it cannot be read.
    """

    title: str
    figures: str
    link: str
    picture: RGBA | None


def cards_html(cards: Sequence[SceneCard]) -> str:
    """A numbered row of links, each a picture with its name and figures."""
    return f"{_STYLE}<ol class='lc-worst'>{''.join(map(_card, cards))}</ol>"


def _card(one: SceneCard) -> str:
    title = html.escape(one.title)
    picture = (
        f"<span class='lc-nopic'>{html.escape(tr('no picture'))}</span>"
        if one.picture is None
        else f"<img src='{png_uri(one.picture)}' alt=''>"
    )
    return (
        f"<li><a href='{html.escape(one.link, quote=True)}' target='_self'>{picture}"
        f"<b>{title}</b><span>{html.escape(one.figures)}</span></a></li>"
    )


_STYLE = """<style>
.lc-worst { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr));
  gap: 1rem; padding: 0 !important; margin: 0 !important; list-style: none; counter-reset: worst; }
.lc-worst li { margin: 0 !important; padding: 0 !important; counter-increment: worst; }
.lc-worst a { display: flex; flex-direction: column; gap: .15rem; color: inherit;
  text-decoration: none; font-size: 1rem; line-height: 1.3; }
.lc-worst a:hover b, .lc-worst a:focus-visible b { text-decoration: underline; }
.lc-worst a:focus-visible { outline: 3px solid currentColor; outline-offset: 3px; }
.lc-worst img, .lc-nopic { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 8px;
  border: 1px solid rgba(128,128,128,.6); }
.lc-nopic { display: grid; place-items: center; }
.lc-worst b { font-weight: 600; overflow-wrap: anywhere; }
.lc-worst b::before { content: counter(worst) ". "; }
</style>"""
