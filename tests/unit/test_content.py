"""The files below content/: one that does not fit is refused by name, and the check finds what no family may read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from portal.assets import bundle, theme_css
from portal.content.check import check_content, contrast
from portal.content.load import read_needs
from portal.content.schema import ContentError, Kommune, OfferFile, read
from portal.content.site import Translated, load_site, translate
from portal.models.enums import LifePhase, TextState
from tests.conftest import ROOT, TODAY

CONTENT = ROOT / "content"
OFFERS = "demo/offers/a-schwangerschaft-und-gesundheit.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the content that a test may spoil."""
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} has no {old!r} any more"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refused(load: Callable[[], object]) -> str:
    """The one sentence about the file, without the folder."""
    with pytest.raises(ContentError) as caught:
        load()
    return str(caught.value)


def complaints(folder: Path) -> list[str]:
    """What the check says, whether it goes on or stops."""
    try:
        return check_content(folder, TODAY)
    except ContentError as error:
        return [str(error)]


# --- Broken files ---


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("land: NW", "lnad: NW", "Object contains unknown field `lnad`"),
        ("land: NW", "land: 5", "Expected `str | null`, got `int` - at `$.land`"),
        ("demo: true", "demo: yes", "Expected `bool`, got `str` - at `$.demo`"),
        ("languages: [de,", "languages: [5,", "Expected `str`, got `int` - at `$.languages[0]`"),
        (
            '  phone: "030 23125 100"',
            "  phone: 030",
            "Expected `str`, got `int` - at `$.contact.phone`",
        ),
        ('  phone: "030 23125 100"\n', "", "Object missing required field `phone` - at `$.contact`"),
        ("name: Beispielstadt", 'name: ""', "Expected `str` of length >= 1 - at `$.name`"),
        (
            "  offer: familienbuero-rathaus",
            "  offer: Das Büro",
            "Expected `str` matching regex '^[a-z0-9]+(-[a-z0-9]+)*$' - at `$.contact.offer`",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_file_and_field(
    folder: Path, old: str, new: str, problem: str
) -> None:
    path = folder / "kommune.yaml"
    change(path, old, new)
    assert refused(lambda: load_site(folder)) == f"{path}: {problem}"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("land: NW", "land: NW\nland: HE", 'found duplicate key "land"'),
        ("land: NW", "land: [NW", "did not find expected"),
        ("land: NW", "land:\n\tNW", "found character that cannot start any token"),
        ("land: NW", "land: *nix", "found undefined alias"),
        ("land: NW", "land: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("land: NW", "land: \x07", "control characters are not allowed"),
    ],
)
def test_a_file_that_is_no_yaml_is_refused_by_name(folder: Path, old: str, new: str, problem: str) -> None:
    path = folder / "kommune.yaml"
    change(path, old, new)
    sentence = refused(lambda: load_site(folder))
    assert sentence.startswith(f"{path}: ")
    assert problem in sentence


def test_a_file_in_latin_1_is_refused_by_name(folder: Path) -> None:
    path = folder / "kommune.yaml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    sentence = refused(lambda: load_site(folder))
    assert sentence.startswith(f"{path}: 'utf-8' codec can't decode byte 0xfc")


def test_an_empty_file_is_refused_by_name(folder: Path) -> None:
    (folder / "kommune.yaml").write_text("")
    assert refused(lambda: load_site(folder)) == f"{folder / 'kommune.yaml'}: Expected `object`, got `null`"


@pytest.mark.parametrize("name", ["kommune.yaml", "facts.yaml", "hotlines.yaml", "life_phases.yaml"])
def test_a_file_that_is_not_there_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert refused(lambda: load_site(folder)) == f"{folder / name} is missing."


def test_a_day_that_no_calendar_has_is_refused_by_name(folder: Path) -> None:
    change(folder / OFFERS, "assured_on: 2026-11-10", "assured_on: 2026-11-31")
    sentence = refused(lambda: read(folder / OFFERS, list[OfferFile]))
    assert sentence.startswith(f"{folder / OFFERS}: ")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("kind: beratung", "kind: beratungen", "Invalid enum value 'beratungen' - at `$[0].kind`"),
        ("needs: [schwangerschaftsberatung,", "needs: [5,", "Expected `str`, got `int` - at `$[0].needs[0]`"),
        ("needs: [schwangerschaftsberatung, erstausstattung, elterngeld_kindergeld]", "needs: []", "length >= 1"),
        ('start: "14:00"', 'start: "24:00"', "matching regex"),
        ("waiting_weeks: 1", "waiting_weeks: bald", "Expected `int | null`, got `str` - at `$[0].waiting_weeks`"),
        ("min_age_months: 0", "min_age_months: -1", "Expected `int` >= 0"),
        ("max_age_months: 12", "max_age_months: 400", "Expected `int` <= 324"),
    ],
)
def test_an_offer_that_does_not_fit_is_refused_with_file_and_field(
    folder: Path, old: str, new: str, problem: str
) -> None:
    change(folder / OFFERS, old, new)
    sentence = refused(lambda: read(folder / OFFERS, list[OfferFile]))
    assert sentence.startswith(f"{folder / OFFERS}: ")
    assert problem in sentence


# --- German is the source of everything ---


def test_a_kommune_without_german_is_refused(folder: Path) -> None:
    change(folder / "kommune.yaml", "languages: [de, ", "languages: [")
    assert refused(lambda: load_site(folder)) == (
        f"{folder / 'kommune.yaml'}: languages: German (de) must be there, it is the source"
    )


def test_a_need_without_german_is_refused(folder: Path) -> None:
    change(folder / "needs" / "hebamme.yaml", "\n  de:\n", "\n  fr:\n")
    assert refused(lambda: read_needs(folder / "needs")) == (
        f"{folder / 'needs' / 'hebamme.yaml'}: the German texts are missing"
    )


def test_a_life_phase_without_german_is_refused(folder: Path) -> None:
    change(folder / "life_phases.yaml", "geburt:\n  de:\n", "geburt:\n  fr:\n")
    assert refused(lambda: load_site(folder)) == f"{folder / 'life_phases.yaml'}: no German text for geburt"


def test_an_emergency_page_without_german_is_refused(folder: Path) -> None:
    (folder / "emergency.de.yaml").unlink()
    assert refused(lambda: load_site(folder)) == f"{folder / 'emergency.de.yaml'} is missing."


def test_a_page_without_german_is_refused(folder: Path) -> None:
    (folder / "pages" / "impressum.de.md").unlink()
    assert refused(lambda: load_site(folder)) == f"{folder / 'pages' / 'impressum'}.de.md is missing."


def test_a_fact_without_german_is_refused(folder: Path) -> None:
    change(folder / "facts.yaml", "    statement:\n      de: >-", "    statement:\n      fr: >-")
    sentence = refused(lambda: load_site(folder))
    assert "facts.yaml" in sentence
    assert "but_fahrten" in sentence


def test_a_hotline_without_german_is_refused(folder: Path) -> None:
    change(folder / "hotlines.yaml", '      de: "rund um die Uhr"\n', "")
    sentence = refused(lambda: load_site(folder))
    assert "hotlines.yaml" in sentence
    assert "h_112" in sentence


# --- What refers to something must find it ---


def test_an_emergency_page_with_an_unknown_number_is_refused(folder: Path) -> None:
    change(folder / "emergency.de.yaml", "[h_112, h_110]", "[h_112, h_999]")
    assert refused(lambda: load_site(folder)) == f"{folder / 'emergency.de.yaml'}: unknown hotlines h_999"


@pytest.mark.parametrize(("old", "new"), [("- hebamme\n", ""), ("- hebamme\n", "- hebamme\n- fee\n")])
def test_the_order_of_the_needs_must_name_each_once(folder: Path, old: str, new: str) -> None:
    path = folder / "needs" / "order.yaml"
    change(path, old, new)
    differs = "fee" if new else "hebamme"
    assert refused(lambda: read_needs(folder / "needs")) == (
        f"{path}: it must name each need once; differs in ['{differs}']"
    )


def test_needs_are_read_in_their_order() -> None:
    codes = [need.code for need in read_needs(CONTENT / "needs")]
    assert codes == read(CONTENT / "needs" / "order.yaml", list[str])
    assert len(codes) == 47


# --- Pages ---


def page(folder: Path, text: str, lang: str = "de") -> Path:
    path = folder / "pages" / f"impressum.{lang}.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_page_is_markdown_with_the_values_of_the_kommune(folder: Path) -> None:
    page(folder, '---\ntitle: "Impressum: wer"\n---\n## Wir\n\n[Ruft an](tel:112): {{ kommune.phone }} **gern**\n')
    found = load_site(folder).page("impressum", "de")
    assert (found.title, found.lang, found.state) == ("Impressum: wer", "de", TextState.SOURCE)
    assert found.html == (
        '<h2>Wir</h2>\n<p><a href="tel:112" rel="noreferrer noopener">Ruft an</a>: '
        '<a class="tel" href="tel:03023125100" rel="noreferrer noopener"><bdi dir="ltr">030 23125 100</bdi></a> '
        "<strong>gern</strong></p>\n"
    )


def test_a_page_is_cleaned_of_everything_that_could_run(folder: Path) -> None:
    page(
        folder,
        "---\ntitle: x\n---\n<script>alert(1)</script><img src=x onerror=alert(1)>\n\n"
        "[a](javascript:alert(1)) <p onclick=alert(1) style=color:red>b</p> <iframe src=https://x.example></iframe>\n",
    )
    html = load_site(folder).page("impressum", "de").html
    for word in ("script", "img", "onerror", "onclick", "style", "iframe"):
        assert f"<{word}" not in html
        assert f" {word}=" not in html
    assert "href" not in html


def test_a_page_that_is_not_translated_is_german(folder: Path) -> None:
    (folder / "pages" / "impressum.tr.md").unlink()
    site = load_site(folder)
    assert site.page("impressum", "tr") == site.page("impressum", "de")
    assert site.page("impressum", "uk").state is TextState.MACHINE
    with pytest.raises(KeyError):
        site.page("geheim", "de")


def test_a_page_without_a_head_is_refused(folder: Path) -> None:
    path = page(folder, "Hallo\n")
    assert refused(lambda: load_site(folder)) == f"{path}: the head between two lines of --- is missing"


def test_a_page_with_an_unknown_placeholder_is_refused(folder: Path) -> None:
    path = page(folder, "---\ntitle: x\n---\n{{ kommune.mayor }}\n")
    assert refused(lambda: load_site(folder)) == f"{path}: unknown placeholder '{{{{ kommune.mayor }}}}\\n'"


def test_a_page_in_latin_1_is_refused_by_name(folder: Path) -> None:
    path = page(folder, "")
    path.write_bytes("---\ntitle: Über uns\n---\nHallo\n".encode("latin-1"))
    assert refused(lambda: load_site(folder)).startswith(f"{path}: ")


def test_a_page_without_a_title_is_refused_by_name(folder: Path) -> None:
    path = page(folder, "---\ndescription: x\n---\nHallo\n")
    sentence = refused(lambda: load_site(folder))
    assert sentence.startswith(f"{path}: ")
    assert "title" in sentence


def test_a_page_with_an_unknown_state_is_refused_by_name(folder: Path) -> None:
    path = page(folder, "---\ntitle: x\nstate: fertig\n---\nHallo\n", "tr")
    sentence = refused(lambda: load_site(folder))
    assert sentence.startswith(f"{path}: ")
    assert "fertig" in sentence


# --- Texts by language ---


@pytest.mark.parametrize(
    ("lang", "checked", "found"),
    [
        ("de", None, Translated("Hallo", "de", TextState.SOURCE)),
        ("tr", None, Translated("Merhaba", "tr", TextState.MACHINE)),
        ("tr", ["tr"], Translated("Merhaba", "tr", TextState.HUMAN)),
        ("tr", ["en"], Translated("Merhaba", "tr", TextState.MACHINE)),
        ("uk", ["uk"], Translated("Hallo", "de", TextState.SOURCE)),
    ],
)
def test_a_text_says_which_language_it_is_in_and_how_far_it_can_be_trusted(
    lang: str, checked: list[str] | None, found: Translated
) -> None:
    assert translate({"de": "Hallo", "tr": "Merhaba"}, lang, checked) == found


def test_only_facts_in_force_that_may_be_shown_are_shown(folder: Path) -> None:
    site = load_site(CONTENT)
    shown = [fact.id for fact in site.facts_of("but_klassenfahrt", TODAY)]
    assert "but_fahrten" in shown
    assert site.facts_of("but_klassenfahrt", date(1999, 1, 1)) == []
    assert site.facts_of("gibt_es_nicht", TODAY) == []
    change(folder / "facts.yaml", "    confidence: high", "    confidence: low")
    assert "but_fahrten" not in [fact.id for fact in load_site(folder).facts_of("but_klassenfahrt", TODAY)]


def test_every_life_phase_has_words_in_every_language() -> None:
    site = load_site(CONTENT)
    assert list(site.life_phases) == list(LifePhase)
    for phase in LifePhase:
        assert set(site.life_phases[phase]) == set(site.kommune.languages)


# --- Colours ---


def kommune(**colours: str) -> Kommune:
    found = read(CONTENT / "kommune.yaml", Kommune)
    light = msgspec.structs.replace(found.colours.light, **colours)
    return msgspec.structs.replace(found, colours=msgspec.structs.replace(found.colours, light=light))


def test_the_colours_of_the_kommune_become_properties_for_light_and_dark() -> None:
    assert theme_css(kommune(action="oklch(45% 0.12 255)", accent="hsl(20 70% 40%)")) == (
        ":root{--theme-action:oklch(45% 0.12 255);--theme-on-action:#ffffff;--theme-accent:hsl(20 70% 40%);"
        "--theme-hued:#f6f3ee}"
        "@media (prefers-color-scheme:dark){:root{--theme-action:#9dc1f5;--theme-on-action:#0b1626;"
        "--theme-accent:#ffb38f;--theme-hued:#1c1b19}}"
    )


@pytest.mark.parametrize(
    "colour",
    [
        "red",
        "#fff",
        "#1d4f9",
        "#1d4f911",
        "#1d4f9g",
        "1d4f91",
        "#1d4f91;",
        "#1d4f91}body{display:none",
        "url(https://x.example/a.png)",
        "oklch(45% 0.12 255)}body{display:none",
        "oklch(var(--x))",
        "hsl(20, 70%, 40%);background:url(//x.example)",
        "expression(alert(1))",
        "#1d4f91\n;",
        " #1d4f91",
        "#１d4f91",
    ],
)
@pytest.mark.parametrize("name", ["action", "on_action", "accent", "hued"])
def test_anything_but_a_colour_is_refused(name: str, colour: str) -> None:
    assert refused(lambda: theme_css(kommune(**{name: colour}))) == (
        f"kommune.yaml: colours: {name} must be like #1d4f91, oklch(…) or hsl(…), not {colour!r}"
    )


@pytest.mark.parametrize("logo", ["nix.svg", "../README.md", "kommune.yaml", "pages"])
def test_a_logo_must_be_an_svg_that_is_there(logo: str) -> None:
    changed = msgspec.structs.replace(kommune(), logo=logo)
    assert refused(lambda: bundle(changed, CONTENT)) == (f"kommune.yaml: logo: there is no SVG file {CONTENT / logo}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#000000", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
        ("#1D4F91", "#1d4f91", 1.0),
    ],
)
def test_contrast_is_what_wcag_says(one: str, other: str, ratio: float) -> None:
    assert round(contrast(one, other), 2) == ratio


# --- The check ---


def test_the_content_is_in_order() -> None:
    assert check_content(CONTENT, TODAY) == []


@pytest.mark.parametrize(
    "word",
    [
        "sozial schwache",
        "Problemfamilien",
        "Brennpunkt",
        "bildungsferne",
        "Risikofamilie",
        "nicht zuständig",
        "Asoziale",
    ],
)
def test_a_word_that_shames_is_found(folder: Path, word: str) -> None:
    page(folder, f"---\ntitle: x\n---\nAngebote für {word} hier\n")
    assert check_content(folder, TODAY) == [f"pages/impressum.de.md: „{word}“ shames"]


def test_a_word_that_shames_is_found_in_an_offer_too(folder: Path) -> None:
    change(folder / OFFERS, '    summary: "', '    summary: "Für Risikofamilien. ')
    assert check_content(folder, TODAY) == [f"{OFFERS}: „Risikofamilien“ shames"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'action: "#1d4f91"',
            'action: "#9dc1f5"',
            [
                "light: on_action on action has a contrast of 1.8, below 4.5",
                "light: action on the page has a contrast of 1.8, below 4.5",
                "light: action on hued has a contrast of 1.7, below 4.5",
            ],
        ),
        (
            'accent: "#b3471d"',
            'accent: "#ffb38f"',
            [
                "light: accent on the page has a contrast of 1.7, below 3.0",
                "light: accent on hued has a contrast of 1.6, below 3.0",
            ],
        ),
        (
            'on_action: "#0b1626"',
            'on_action: "#ffffff"',
            ["dark: on_action on action has a contrast of 1.8, below 4.5"],
        ),
    ],
)
def test_a_colour_that_many_cannot_read_is_found(folder: Path, old: str, new: str, problem: list[str]) -> None:
    change(folder / "kommune.yaml", old, new)
    assert check_content(folder, TODAY) == [f"kommune.yaml: colours: {sentence}" for sentence in problem]


@pytest.mark.parametrize("colour", ["#fff", "#zzzzzz", "red"])
def test_what_is_no_colour_is_found_before_the_start_stumbles_over_it(folder: Path, colour: str) -> None:
    change(folder / "kommune.yaml", 'action: "#1d4f91"', f'action: "{colour}"')
    found = complaints(folder)
    assert any("colours" in sentence and "action" in sentence and colour in sentence for sentence in found), found


def test_a_fact_that_is_due_is_found_on_the_day_after(folder: Path) -> None:
    path = folder / "facts.yaml"
    change(path, "recheck_by: '2027-08-31'", f"recheck_by: '{TODAY - timedelta(1)}'")
    assert check_content(folder, TODAY - timedelta(1)) == []
    assert check_content(folder, TODAY) == ["facts: but_fahrten was to be checked again by 2026-11-20"]
    assert check_content(folder) == [], "without a day nothing is due"


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        (
            "facts.yaml",
            "confidence: high",
            "confidence: low",
            "facts: but_fahrten may not be shown: its confidence is low",
        ),
        (
            "facts.yaml",
            "needs: [but_klassenfahrt]",
            "needs: [ausflug]",
            "facts: but_fahrten names the unknown need ausflug",
        ),
        ("needs/hebamme.yaml", "facts: [", "facts: [nix, ", "needs/hebamme: there is no fact nix"),
        ("needs/hebamme.yaml", "\n  uk:\n", "\n  fr:\n", "needs/hebamme: no text in uk"),
        (
            OFFERS,
            "needs: [schwangerschaftsberatung, erst",
            "needs: [zaubern, erst",
            "demo offer schwangerschaftsberatung: unknown need zaubern",
        ),
        (
            OFFERS,
            'opening_hours: "Mo-Fr 09:00-12:00, Tu,Th 14:00-17:00; PH off"',
            'opening_hours: "meistens"',
            "demo offer schwangerschaftsberatung: opening hours 'meistens' cannot be read",
        ),
        (
            OFFERS,
            "follow_ups: [",
            "follow_ups: [weltreise, ",
            "demo offer schwangerschaftsberatung: unknown follow-up weltreise",
        ),
        ("demo/texts.tr.yaml", "\noffers:\n", "\noffers:\n  nix: {title: Hiç}\n", "demo texts.tr: unknown offer nix"),
    ],
)
def test_what_refers_to_nothing_is_found(folder: Path, name: str, old: str, new: str, problem: str) -> None:
    change(folder / name, old, new)
    assert check_content(folder, TODAY) == [problem]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("organization: ev-sozialwerk", "organization: niemand"),
        ("location: ev-sozialwerk", "location: nirgends"),
        ("serves: []", "serves: [atlantis]"),
    ],
)
def test_an_offer_of_nobody_or_nowhere_is_found(folder: Path, old: str, new: str) -> None:
    change(folder / OFFERS, old, new)
    found = complaints(folder)
    wrong = new.split(": ")[1].strip("[]")
    assert any("schwangerschaftsberatung" in sentence and wrong in sentence for sentence in found), found


def test_an_offer_that_nobody_can_reach_is_found(folder: Path) -> None:
    change(
        folder / OFFERS, "  organization: ev-sozialwerk\n  location: ev-sozialwerk\n", "  organization: ev-sozialwerk\n"
    )
    change(folder / OFFERS, '  phone: "030 23125 200"\n', "")
    organizations = folder / "demo" / "organizations.yaml"
    text = organizations.read_text(encoding="utf-8")
    organizations.write_text("\n".join(line for line in text.splitlines() if not line.startswith("  phone:")) + "\n")
    assert "demo offer schwangerschaftsberatung: neither a phone number nor an address" in check_content(folder, TODAY)
