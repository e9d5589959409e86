"""The page Models: which weights there are, which are on disk, and fetching them."""

import streamlit as st
from huggingface_hub import constants

from lcapp.classes import COSIA, LPIS1
from lcapp.errors import LcappError
from lcapp.families.door import cards, published
from lcapp.hub.transport.cache import state_on_disk
from lcapp.hub.transport.repository import split_id
from lcapp.language import message, tr
from lcapp.ui.pages.catalogue import card_row, header, known_row, offer_row, result
from lcapp.ui.pages.frame import Page, nothing
from lcapp.ui.parts.plain import plain, refusal
from lcapp.ui.session import cache
from lcapp.ui.session.roots import roots
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work.downloads import hub_address, offline_mode

_LAND_COVER, _CROPS = message("Land cover"), message("Crops")
_HERE, _OWN = message("On this computer"), message("Another id")


def _draw(keys: Keys, _: None) -> None:
    st.html(_NARROW)
    _heading()
    part = st.segmented_control(
        tr("Part of the page"),
        (_LAND_COVER, _CROPS, _HERE, _OWN),
        default=_LAND_COVER,
        key=keys("part"),
        format_func=tr,
        required=True,
        label_visibility="collapsed",
    )
    if part == _HERE:
        _here(keys)
    elif part == _OWN:
        _own_id(keys)
    else:
        _known(keys, LPIS1.name if part == _CROPS else COSIA.name)


def _heading() -> None:
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    line.markdown(f"### {tr('Models')}", width="content")
    known = published()
    here = sum(state_on_disk(one.id).cached for one in known)
    line.badge(tr("{n} of {of} published models on disk", n=here, of=len(known)), color="gray")
    running = cache.downloads().running()
    if running:
        line.badge(tr("{n} under way", n=running), icon=":material/downloading:", color="blue")
    since = cache.downloads().unreachable
    if offline_mode():
        st.info(
            tr(
                "Offline mode is on (HF_HUB_OFFLINE): nothing can be fetched. What is on this "
                "computer is marked and works."
            ),
            icon=":material/cloud_off:",
        )
    elif since is not None:
        st.warning(
            tr(
                "The Hub gave no answer at {time}: you seem to be offline. What is on this "
                "computer is marked and works; a download may be tried again at any time.",
                time=f"{since:%H:%M}",
            ),
            icon=":material/cloud_off:",
        )
    cache_here = (
        plain(constants.HF_HUB_CACHE) if roots() is None else tr("its cache on this server")
    )
    st.caption(
        tr(
            "Weights come from {address} when you ask for them, and only then, into {cache}. Only "
            "safetensors files are fetched; they can run no programs.",
            address=plain(hub_address()),
            cache=cache_here,
        )
    )


def _known(keys: Keys, table: str) -> None:
    found = [(one, state_on_disk(one.id)) for one in published() if one.classes == table]
    told = (
        tr("19 classes of land cover (COSIA)") if table == COSIA.name else tr("23 classes of crops")
    )
    line = st.container(horizontal=True, vertical_alignment="center")
    line.caption(
        tr(
            "IGN's FLAIR-HUB models, {classes}, licence {licence}. mIoU and OA: test set of "
            "FLAIR-HUB, from the tables of its paper (Garioud et al., 2025); – where it has no "
            "figure.",
            classes=told,
            licence=found[0][0].licence,
        )
    )
    only = line.toggle(tr("Only on disk"), key=keys("only"))
    shown = [(one, on_disk) for one, on_disk in found if on_disk.cached or not only]
    if not shown:
        st.info(tr("None of these is on this computer yet."))
        return
    with st.container(border=True, gap="small"):
        header(
            (
                tr("Model and its inputs"),
                tr("Parameters"),
                tr("Size"),
                tr("mIoU"),
                tr("OA"),
                tr("Table"),
            )
        )
        for one, on_disk in shown:
            known_row(keys, one, on_disk)


def _here(keys: Keys) -> None:
    st.caption(
        tr(
            "The models on this computer: bundles in weights/, and what was fetched from the Hub. "
            "The page Explore runs each on any scene that has what it reads."
        )
    )
    found = cards()
    if not found:
        st.info(tr("There is no model on this computer."))
        return
    with st.container(border=True, gap="small"):
        header((tr("Model and its inputs"), tr("Variant"), tr("Classes")))
        for name, card in found.items():
            card_row(keys, name, card)


def _own_id(keys: Keys) -> None:
    st.caption(
        tr(
            "A bundle of lcapp or a model of FLAIR-HUB under any id of the Hub: `owner/name`, or "
            "`owner/name@revision` for a branch, a tag or a commit. Size and licence are shown "
            "before anything is fetched."
        )
    )
    with st.form(keys("own"), border=False):
        line = st.container(horizontal=True, vertical_alignment="bottom")
        typed = line.text_input(tr("Id"), key=keys("id"), placeholder="owner/name").strip()
        asked = line.form_submit_button(tr("Look up"), icon=":material/search:", type="primary")
    if asked:
        _look_up(keys, typed)
        st.rerun()  # the heading says whether the Hub has answered
    offer, refused = st.session_state.get(keys("offer")), st.session_state.get(keys("refusal"))
    if refused is not None:
        refusal(refused[1])
        if refused[2]:
            st.info(tr("A copy of it is on this computer and works without the Hub."))
            if st.button(tr("Check the copy"), key=keys("check_own")):
                cache.downloads().check(refused[0])
                st.rerun()
            result(refused[0])
    if offer is not None:
        with st.container(border=True, gap="small"):
            header((tr("Id and its files"), tr("Size")))
            at = "" if offer.revision == "main" else f"@{offer.revision}"
            offer_row(keys, offer, f"{offer.repo_id}{at}")


def _look_up(keys: Keys, typed: str) -> None:
    """Ask the Hub, and keep the answer over reruns."""
    st.session_state[keys("offer")] = st.session_state[keys("refusal")] = None
    try:
        split_id(typed)
    except LcappError as error:
        st.session_state[keys("refusal")] = (typed, str(error), False)
        return
    try:
        with st.spinner(tr("Asking the Hub")):
            st.session_state[keys("offer")] = cache.downloads().ask(typed)
    except LcappError as error:
        st.session_state[keys("refusal")] = (typed, str(error), state_on_disk(typed).cached)


_NARROW = "<style>.stMainBlockContainer { max-width: 88rem; }</style>"

MODELS = Page(message("Models"), ":material/deployed_code:", needs=nothing, draw=_draw)
