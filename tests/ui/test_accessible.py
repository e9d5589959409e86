"""Every page in a real browser, light and dark: WCAG by axe-core, type, contrast, keyboard."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.ui.windows import MINUTES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = ("", "super_resolution", "attention", "compare", "evaluate", "learn", "models")
"""Of the pages in the address, in the order of the navigation."""

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}

STREAMLITS_OWN: dict[str, str] = {}
"""Rules that elements break which are Streamlit's alone, and why nothing here can cure that."""

SMALL = """() => {
  const found = {};
  const look = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) look(element.shadowRoot);
      const texts = [...element.childNodes].filter((one) => one.nodeType === Node.TEXT_NODE);
      const said = texts.map((one) => one.nodeValue).join("").trim();
      if (!said || element.closest("style,script,noscript") || !element.checkVisibility()) continue;
      const size = parseFloat(getComputedStyle(element).fontSize);
      if (size < 13.99) found[said.slice(0, 40)] = size;
    }
  };
  look(document.body);
  return found;
}"""
"""Texts under 14 pixels, within the components too."""


def whole(page: Page) -> Page:
    """Wait until the page has drawn all of itself."""
    page.wait_for_selector("[data-testid=stSidebarNavLink]")
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stMain]').innerText.length > 300"
        " && !document.querySelector('[data-testid=stStatusWidget], [data-testid=stSkeleton],"
        " [data-testid=stProgress], [data-stale=true]')"
    )
    page.wait_for_timeout(1000)  # fades
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_breaks_no_rule_and_has_no_small_type(
    browser: Browser, app: str, name: str, scheme: Any
) -> None:
    window = browser.new_context(color_scheme=scheme, viewport={"width": 1400, "height": 1000})
    page = window.new_page()
    page.set_default_timeout(4 * MINUTES)
    page.goto(f"{app}/{name}")
    found = Axe().run(whole(page), options=WCAG).response
    broken = {
        rule["id"]: [node["html"][:200] for node in rule["nodes"]]
        for rule in found["violations"]
        if rule["id"] not in STREAMLITS_OWN
    }
    assert not broken
    assert any(rule["id"] == "color-contrast" for rule in found["passes"]), "axe has looked"
    assert page.evaluate(SMALL) == {}
    window.close()


def test_the_keyboard_reaches_the_pages_and_shows_where_it_is(browser: Browser, app: str) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(4 * MINUTES)
    page.goto(f"{app}/models?projector=True&lang=fr")
    whole(page)
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "21px"
    links = page.locator("[data-testid=stSidebarNavLink]")
    assert links.count() == len(NAMES), "each page is looked at above"
    links.first.focus()
    page.keyboard.press("Tab")
    focused = page.evaluate_handle("document.activeElement")
    shown = page.evaluate("one => [one.textContent, getComputedStyle(one).outlineWidth]", focused)
    assert shown[0].endswith("Super-résolution")
    assert float(shown[1].removesuffix("px")) >= 2
    page.keyboard.press("Enter")
    page.wait_for_url("**/super_resolution**")
    page.get_by_role("heading", name="lcapp occupation du sol").wait_for()
    assert page.evaluate("document.documentElement.lang") == "fr", "it is read aloud as French"
    assert "lang=fr" in page.url, "the language stays from page to page"
    assert "projector=True" in page.url
    page.close()
