"""A page is in the language of its address, and the switch changes it without losing anything."""

from pathlib import Path

import pytest

from lcapp.language import speaking
from tests.ui.pages import explore

pytestmark = pytest.mark.usefixtures("nothing_shared")


def test_a_page_comes_in_the_language_of_its_address(tmp_path: Path) -> None:
    page = explore(lang="fr", collection=str(tmp_path / "none"), stage="9")
    switch = page.sidebar.segmented_control(key="reader_lang")
    assert (switch.label, switch.value) == ("Langue", "fr")
    assert "« stage=9 »" in page.warning[0].value
    with speaking("fr"):  # the test hands its widgets' labels back, which are French
        switch.set_value("en").run()
    assert page.sidebar.segmented_control(key="reader_lang").label == "Language"
    assert page.query_params["lang"] in ("en", ["en"])
