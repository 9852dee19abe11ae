"""Nobody is kept out: rules of WCAG 2.2 by axe, the keyboard alone, fingers on a small screen, words read aloud."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, Visit, open_everything

pytestmark = pytest.mark.e2e

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
MAIN_KINDS = ("home", "list", "offer", "emergency", "lotse question, children", "lotse plan, but")
PARTS = 4
"""Axe takes its time: a test looks at every fourth kind of page, so that none comes near its limit."""

_RUN_AXE = """
async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
  const result = await axe.run(document, {
    runOnly: { type: "tag", values: tags }, rules: { "target-size": { enabled: true } },
    resultTypes: ["violations"],
  });
  return { passed: result.passes.length, violations: result.violations };
}
"""


class Barriers(dict[str, list[str]]):
    """What axe finds, each once, with the pages that it was found on."""

    def look_for(self, page: Page, name: str) -> None:
        page.evaluate(AXE.read_text("utf-8"))
        result = page.evaluate(_RUN_AXE)
        assert result["passed"] >= 20, f"{name}: axe hardly looked at anything"
        for rule in result["violations"]:
            for node in rule["nodes"]:
                what = (
                    f"{rule['id']} ({rule['impact']}): {rule['help']}\n"
                    f"  {' '.join(map(str, node['target']))}: {node['html'][:160]}\n"
                    f"  {(node['failureSummary'] or '').splitlines()[-1].strip()}"
                )
                self.setdefault(what, []).append(name)

    def __str__(self) -> str:
        return "\n".join(f"{what}\n  on: {', '.join(names)}" for what, names in self.items())


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("lang", ["de", "ar"])
def test_axe_finds_no_barrier_on_any_kind_of_page(visit: Visit, kinds: dict[str, str], lang: str, part: int) -> None:
    page, found = visit(f"/{lang}/", color_scheme="light"), Barriers()
    for name, path in list(kinds.items())[part::PARTS]:
        response = page.goto(f"/{lang}/{path}")
        assert response is not None
        assert response.status == (404 if name == "404" else 200)
        open_everything(page)
        found.look_for(page, name)
    assert not found, str(found)


@pytest.mark.parametrize("lang", ["de", "ar"])
def test_axe_finds_no_barrier_in_the_dark(visit: Visit, kinds: dict[str, str], lang: str) -> None:
    page, found = visit(f"/{lang}/", color_scheme="dark"), Barriers()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "oklch(0.17 0.01 275)", "it is dark"
    for name in MAIN_KINDS:
        page.goto(f"/{lang}/{kinds[name]}")
        open_everything(page)
        found.look_for(page, name)
    assert not found, str(found)


@pytest.mark.parametrize("lang", ["tr", "uk"])
def test_axe_finds_no_barrier_on_a_wide_screen(visit: Visit, kinds: dict[str, str], lang: str) -> None:
    page, found = visit(f"/{lang}/", viewport=DESKTOP), Barriers()
    for name in MAIN_KINDS:
        page.goto(f"/{lang}/{kinds[name]}")
        found.look_for(page, name)
    assert not found, str(found)


@pytest.mark.parametrize("lang", ["de", "ar"])
def test_the_open_language_menu_is_without_barriers_and_wholly_on_the_smallest_screen(visit: Visit, lang: str) -> None:
    page = visit(f"/{lang}/", viewport={"width": 320, "height": 640})
    page.locator("details.menu summary").click()
    box = page.locator(".menu__list").bounding_box()
    assert box is not None
    assert (box["x"] >= 0, box["x"] + box["width"] <= 320) == (True, True)
    assert page.evaluate("document.scrollingElement.scrollWidth") == 320
    assert [link.inner_text() for link in page.locator(".menu__list a").all()] == [
        "Deutsch",
        "English",
        "Türkçe",
        "العربية",
        "Українська",
        "Русский",
    ]
    found = Barriers()
    found.look_for(page, "home, menu open")
    assert not found, str(found)


# Keyboard

_FOCUSED = """
() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const points = [...element.getClientRects()].flatMap((r) =>
    [[r.left + r.width / 2, r.top + r.height / 2], [r.left + 3, r.top + 3], [r.right - 3, r.bottom - 3]]);
  return {
    name: `${element.tagName.toLowerCase()} ${element.id || element.innerText || ""}`.trim().replace(/\\s+/g, " "),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: points.some(([x, y]) => {
      const top = document.elementFromPoint(x, y);
      return top !== null && element.contains(top);
    }),
  };
}
"""


Stop = dict[str, object]


def tab_to_the_end(page: Page) -> list[Stop]:
    """Every stop until the focus leaves the page."""
    stops: list[Stop] = []
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            return stops
        stops.append(page.evaluate(_FOCUSED))
    raise AssertionError(f"the focus never leaves the page: {stops[-3:]}")


def tab_back(page: Page, count: int) -> list[Stop]:
    stops: list[Stop] = []
    for _ in range(count):
        page.keyboard.press("Shift+Tab")
        stops.append(page.evaluate(_FOCUSED))
    return stops


def test_the_first_tab_offers_to_skip_to_the_content(visit: Visit) -> None:
    page = visit("/de/")
    page.keyboard.press("Tab")
    skip = page.locator("a.skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("main#inhalt")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_the_language_menu_works_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit("/de/angebote/baby-treff-nordstadt")
    summary = page.locator("details.menu summary")
    # Past the way to the content, the name of the site and the Merkzettel.
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("details.menu")).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="English")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".menu__list")).to_be_hidden()
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tr/angebote/baby-treff-nordstadt")
    expect(page.locator("html")).to_have_attribute("lang", "tr")


@pytest.mark.parametrize("kind", [*MAIN_KINDS, "sensitive offer"])
def test_every_stop_of_the_keyboard_is_outlined_and_not_hidden(visit: Visit, kinds: dict[str, str], kind: str) -> None:
    page = visit(f"/de/{kinds[kind]}")
    open_everything(page)
    there = tab_to_the_end(page)
    assert there[0]["name"] == "a Zum Inhalt springen"
    assert there[-1]["name"] == "a Impressum"
    back = tab_back(page, len(there))
    assert [stop["name"] for stop in reversed(back)] == [stop["name"] for stop in there]
    assert len(there) >= 20
    bad = [stop for stop in there + back if not (stop["outlined"] and stop["seen"])]
    assert not bad, "\n".join(map(str, bad))


def test_filters_are_chosen_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit("/de/angebote")
    page.locator("details.filters summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#filter-age")).to_be_focused()
    with page.expect_response("**/de/angebote?age=0&**"):
        page.keyboard.press("ArrowDown")
    page.wait_for_url("**/de/angebote?age=0")
    expect(page.locator("#filter-age")).to_be_focused()
    with page.expect_response("**/de/angebote?age=6&**"):
        page.keyboard.press("ArrowDown")
    page.wait_for_url("**/de/angebote?age=6")
    expect(page.locator("#filter-age")).to_be_focused()


# Fingers

_SMALL_TARGETS = """
() => {
  const LEAST = 44;
  // WCAG 2.5.8: a target may be small where it is a word of a sentence. That is: an inline link in a paragraph, list item
  // or definition, with other words before or after it in the same run of text.
  const inSentence = (link) => {
    const block = link.closest("p, li, dd");
    if (!block || getComputedStyle(link).display !== "inline") return false;
    let words = "";
    for (const step of ["previousSibling", "nextSibling"]) {
      let node = link;
      while (node !== block) {
        const next = node[step];
        if (next === null) {
          const above = node.parentNode;
          if (above !== block && getComputedStyle(above).display !== "inline") break;
          node = above;
        } else if (next.nodeType === Node.ELEMENT_NODE) {
          if (next.tagName === "BR" || getComputedStyle(next).display !== "inline") break;
          if (!next.matches("a")) words += next.textContent;
          node = next;
        } else {
          if (next.nodeType === Node.TEXT_NODE) words += next.textContent;
          node = next;
        }
      }
    }
    return /\\p{L}{2}/u.test(words);
  };
  const target = (element) => {
    if (element.matches("input[type=checkbox], input[type=radio]")) return element.closest("label");
    // The title of a card spreads its link over the whole card.
    const spread = getComputedStyle(element, "::after");
    return spread.content !== "none" && spread.position === "absolute" ? element.closest(".card") : element;
  };
  return [...document.querySelectorAll(":is(header, main, footer) :is(a, button, input, select, summary)")]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !inSentence(element))
    .map((element) => [target(element).getBoundingClientRect(), element])
    .filter(([box]) => box.height < LEAST - 0.01)
    .map(([box, element]) => `${box.height.toFixed(1)} px: ${element.outerHTML.slice(0, 140)}`);
}
"""


@pytest.mark.parametrize("lang", ["de", "ar"])
def test_everything_to_tap_is_at_least_44_pixels_high(visit: Visit, kinds: dict[str, str], lang: str) -> None:
    page, found = visit(f"/{lang}/"), []
    for name, path in kinds.items():
        page.goto(f"/{lang}/{path}")
        open_everything(page)
        page.evaluate("document.querySelector('details.menu').open = true")
        found += [f"{lang} {name}: {target}" for target in page.evaluate(_SMALL_TARGETS)]
    assert not found, "\n".join(found)


# Read aloud


def test_the_number_of_results_is_announced(visit: Visit) -> None:
    """WCAG 4.1.3 with technique ARIA22: the status is there before the message, and the message is put into it."""
    page = visit("/de/angebote")
    status = page.locator("#count[role=status]")
    before = status.inner_text()
    status.evaluate("(element) => { element.isTheFirst = true }")
    open_everything(page)
    with page.expect_response("**/de/angebote?age=36&**"):
        page.locator("#filter-age").select_option("36")
    page.wait_for_url("**/de/angebote?age=36")
    assert status.count() == 1
    assert status.inner_text() != before
    assert status.evaluate("(element) => element.isTheFirst === true"), "the status was replaced, nobody reads it aloud"
