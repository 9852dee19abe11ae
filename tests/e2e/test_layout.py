"""Looks that a family depends on: small screens, large letters, less motion, own colours, paper, right-to-left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Visit, open_everything

pytestmark = pytest.mark.e2e

_TOO_WIDE = """
(width) => {
  const wide = document.scrollingElement.scrollWidth;
  if (wide <= width) return [];
  const outside = [...document.body.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    return element.checkVisibility() && (box.left < -0.5 || box.right > width + 0.5);
  });
  return [`${wide} px`, ...outside.slice(-5).map((element) => element.outerHTML.slice(0, 120))];
}
"""


def sideways(page: Page, width: int) -> list[str]:
    """Empty where nothing is wider than the screen; else how wide, and what sticks out."""
    found: list[str] = page.evaluate(_TOO_WIDE, width)
    return found


@pytest.mark.parametrize("lang", ["de", "ar", "tr", "ru"])
def test_no_page_scrolls_sideways_on_small_screens_or_with_large_letters(
    visit: Visit, kinds: dict[str, str], lang: str
) -> None:
    page = visit(f"/{lang}/", viewport={"width": 320, "height": 640})
    normal = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    found: list[str] = []
    for name, path in kinds.items():
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(f"/{lang}/{path}")
        open_everything(page)
        found += [f"{name}, 320 px: {what}" for what in sideways(page, 320)]
        page.set_viewport_size({"width": 640, "height": 900})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 2 * normal
        found += [f"{name}, 640 px with letters at 200 %: {what}" for what in sideways(page, 640)]
    assert not found, "\n".join(found)


def test_nothing_moves_for_those_who_asked_for_that(visit: Visit, kinds: dict[str, str]) -> None:
    moving = """
      [...document.querySelectorAll("*")].filter((element) => {
        const style = getComputedStyle(element);
        return style.transitionDuration !== "0s" || style.animationName !== "none" || style.scrollBehavior !== "auto";
      }).length
    """
    page = visit("/de/", reduced_motion="reduce")
    for kind in ("home", "list", "offer", "emergency", "lotse question, several"):
        page.goto(f"/de/{kinds[kind]}")
        assert (kind, page.evaluate(moving)) == (kind, 0)
    page.emulate_media(reduced_motion="no-preference")
    page.goto("/de/")
    assert page.evaluate(moving) > 10, "else this test would see nothing"


def test_with_forced_colours_every_button_keeps_an_edge(visit: Visit, kinds: dict[str, str]) -> None:
    edges = """
      [...document.querySelectorAll(".btn, .chip, .tile, .call, input[type=search], select")]
        .filter((element) => element.checkVisibility())
        .map((element) => [element.outerHTML.slice(0, 80), getComputedStyle(element)])
        .map(([name, style]) => [name, style.borderTopStyle === "none" ? 0 : parseFloat(style.borderTopWidth)])
    """
    page = visit("/de/", forced_colors="active")
    for kind in ("home", "list", "offer", "emergency", "sensitive offer", "lotse question, several", "lotse plan, but"):
        page.goto(f"/de/{kinds[kind]}")
        open_everything(page)
        assert page.evaluate("matchMedia('(forced-colors: active)').matches")
        found = page.evaluate(edges)
        assert len(found) >= 5
        assert [name for name, width in found if width < 1] == []
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_on_paper_the_offer_is_the_offer_and_not_the_site(visit: Visit, kinds: dict[str, str]) -> None:
    page = visit(f"/de/{kinds['offer']}")
    for selector in ("nav.nav", ".head__tools", ".offer__ways", ".keep", ".foot__links"):
        expect(page.locator(selector)).to_be_visible()
    address = page.locator(".details address")
    expect(address).to_have_text("Birkenweg 14 00102 Beispielstadt", use_inner_text=True)
    page.emulate_media(media="print")
    for selector in ("nav.nav", ".head__tools", ".crumbs", ".offer__ways", ".keep", ".foot__links"):
        expect(page.locator(selector)).to_be_hidden()
    phone, demo = page.locator(".contact a[href^='tel:']"), page.get_by_text("Vorführung: Beispielstadt ist erfunden.")
    for shown in (page.get_by_role("heading", level=1), address, phone, demo):
        expect(shown).to_be_visible()
    page.goto(f"/de/{kinds['sensitive offer']}")
    expect(page.locator("[data-quick-exit]")).to_be_hidden()


# Right to left

_LEFT_EDGES = """
(element) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const edges = [];
  while (walker.nextNode()) {
    for (let at = 0; at < walker.currentNode.length; at++) {
      if (!/[0-9]/.test(walker.currentNode.data[at])) continue;
      const range = document.createRange();
      range.setStart(walker.currentNode, at);
      range.setEnd(walker.currentNode, at + 1);
      edges.push(range.getClientRects()[0].left);
    }
  }
  return edges;
}
"""


def digits_run_to_the_right(element: Locator) -> bool:
    edges = element.evaluate(_LEFT_EDGES)
    assert len(edges) >= 3, "a number"
    return edges == sorted(edges) and len(set(edges)) == len(edges)


@pytest.mark.parametrize(
    "kind", ["offer", "German-only offer", "people", "emergency", "lotse plan, but", "lotse plan, crisis"]
)
def test_phone_numbers_run_from_left_to_right_in_arabic(visit: Visit, kinds: dict[str, str], kind: str) -> None:
    page = visit(f"/ar/{kinds[kind]}")
    open_everything(page)
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    numbers = page.locator("main a[href^='tel:'], footer a[href^='tel:']").all()
    assert len(numbers) >= 3
    wrong = [number.inner_text() for number in numbers if not digits_run_to_the_right(number)]
    assert wrong == []


def test_opening_hours_run_from_left_to_right_in_arabic(visit: Visit) -> None:
    page = visit("/ar/angebote/familienbuero-rathaus")
    times = page.locator(".hours td bdi").all()
    assert len(times) >= 4
    assert [time.inner_text() for time in times if not digits_run_to_the_right(time)] == []


def test_the_page_is_mirrored_in_arabic(visit: Visit) -> None:
    """Brand and language menu change sides; arrows point along the reading direction."""
    sides = {}
    for lang in ("de", "ar"):
        page = visit(f"/{lang}/", viewport={"width": 1280, "height": 900})
        brand, menu = page.locator(".brand").bounding_box(), page.locator("details.menu").bounding_box()
        assert brand is not None
        assert menu is not None
        turned = page.locator(".more .icon--turn").evaluate("(icon) => getComputedStyle(icon).transform")
        sides[lang] = (brand["x"] < menu["x"], turned)
    assert sides == {"de": (True, "none"), "ar": (False, "matrix(-1, 0, 0, 1, 0, 0)")}
