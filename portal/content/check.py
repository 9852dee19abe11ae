"""What is wrong or due in content/: for whoever edits the files, and for the tests."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import opening_hours

from portal import paths
from portal.content.directory import check_directory
from portal.content.files import read_offers
from portal.content.load import read_needs
from portal.content.schema import COLOUR, DemoTexts, DistrictFile, Kommune, OrganizationFile, read
from portal.content.site import SOURCE_LANGUAGE, SiteContent, load_site
from portal.content.utterances import read_lines
from portal.plain.words import load_words
from portal.search.lexicon import read_lexicons
from portal.search.ranking import Ranking
from portal.search.understanding import Thresholds
from portal.translating.glossary import load_glossary

MIN_CONTRAST = 4.5
"""Of text: WCAG 2.2, 1.4.3."""

MIN_CONTRAST_ICON = 3.0
"""Of icons: WCAG 2.2, 1.4.11."""


def check_content(folder: Path, today: date | None = None) -> list[str]:
    """One sentence for each problem. With `today` also the facts that are due. Raises ContentError for broken files."""
    site = load_site(folder)
    problems = _check_colours(site.kommune)
    needs = {need.code: need for need in read_needs(folder / "needs")}
    fact_ids = {fact.id for fact in site.facts}
    for need in needs.values():
        problems += [f"needs/{need.code}: there is no fact {fact}" for fact in need.facts if fact not in fact_ids]
        problems += [
            f"needs/{need.code}: no text in {lang}" for lang in site.kommune.languages if lang not in need.texts
        ]
    for fact in site.facts:
        problems += [f"facts: {fact.id} names the unknown need {code}" for code in fact.needs if code not in needs]
        if not fact.may_be_shown:
            problems.append(f"facts: {fact.id} may not be shown: its confidence is {fact.confidence}")
        if today and fact.recheck_by < today:
            problems.append(f"facts: {fact.id} was to be checked again by {fact.recheck_by}")
    if (folder / "demo").is_dir():
        problems += _check_demo(folder / "demo", set(needs), site.kommune.languages)
    problems += _check_search(folder, site, set(needs))
    load_glossary(folder / "translating" / "glossary.yaml")
    shaming = load_words(folder).shaming_pattern
    for path in sorted(folder.rglob("*")):
        # What parents type is theirs; and the list of these words is made of them.
        if path.parent.name in {"utterances", "plain"}:
            continue
        if path.suffix in {".yaml", ".md"} and not re.search(r"\.(?!de)[a-z]{2}\.(yaml|md)$", path.name):
            found = shaming.finditer(path.read_text(encoding="utf-8"))
            problems += [f"{path.relative_to(folder)}: „{word}“ shames" for word in sorted({item[0] for item in found})]
    return problems


def _check_search(folder: Path, site: SiteContent, needs: set[str]) -> list[str]:
    """The words of the search: every language of the site, known situations, lines for every need."""
    problems = []
    lexicons = read_lexicons(paths.SEARCH / "understanding")
    problems += [f"search/understanding: no file for {lang}" for lang in site.kommune.languages if lang not in lexicons]
    situations = {situation.id for situation in site.emergency[SOURCE_LANGUAGE].situations}
    for lang, lexicon in lexicons.items():
        named = {entry.situation for entry in (*lexicon.acute, *lexicon.hint)}
        problems += [f"search/understanding/{lang}: unknown situation {name}" for name in sorted(named - situations)]
    lines = read_lines(folder, paths.SEARCH)
    for code, by_lang in lines.needs.items():
        problems += [
            f"needs/utterances/{code}: no lines in {lang}" for lang in site.kommune.languages if not by_lang.get(lang)
        ]
    near = read(paths.SEARCH / "thresholds.yaml", Thresholds).near_crisis
    read(paths.SEARCH / "ranking.yaml", Ranking)
    return problems + [f"search/thresholds.yaml: unknown need {code}" for code in near if code not in needs]


def _check_demo(folder: Path, needs: set[str], languages: list[str]) -> list[str]:
    problems = []
    districts = {item.slug for item in read(folder / "districts.yaml", list[DistrictFile])}
    organizations = {item.slug: item for item in read(folder / "organizations.yaml", list[OrganizationFile])}
    offers = read_offers(folder / "offers")
    slugs = {offer.slug for offer in offers}
    locations = {place.key for item in organizations.values() for place in item.locations}
    for offer in offers:
        where = f"demo offer {offer.slug}"
        if offer.opening_hours and not opening_hours.validate(offer.opening_hours):
            problems.append(f"{where}: opening hours {offer.opening_hours!r} cannot be read")
        if offer.location and offer.location not in locations:
            problems.append(f"{where}: unknown location {offer.location}")
        problems += [f"{where}: unknown district {slug}" for slug in offer.serves if slug not in districts]
        organization = organizations.get(offer.organization)
        if organization is None:
            problems.append(f"{where}: unknown organization {offer.organization}")
        elif not (offer.location or offer.phone or organization.phone):
            problems.append(f"{where}: neither a phone number nor an address")
        problems += [f"{where}: unknown need {code}" for code in offer.needs if code not in needs]
        problems += [f"{where}: unknown follow-up {slug}" for slug in offer.follow_ups if slug not in slugs]
    problems += check_directory(folder, organizations=organizations, districts=districts, needs=needs, offers=slugs)
    for lang in languages:
        if lang != SOURCE_LANGUAGE:
            texts = read(folder / f"texts.{lang}.yaml", DemoTexts)
            problems += [f"demo texts.{lang}: unknown offer {slug}" for slug in texts.offers if slug not in slugs]
    return problems


def _check_colours(kommune: Kommune) -> list[str]:
    problems = []
    for name, palette, background in (
        ("light", kommune.colours.light, "#ffffff"),
        ("dark", kommune.colours.dark, "#0d0e12"),
    ):
        wrong = [field for field in palette.__struct_fields__ if not COLOUR.fullmatch(getattr(palette, field))]
        if wrong:
            problems += [
                f"kommune.yaml: colours: {name}: {field}: {getattr(palette, field)!r} is not a colour"
                for field in wrong
            ]
            continue
        for what, text, behind in (
            ("on_action on action", palette.on_action, palette.action),
            ("action on the page", palette.action, background),
            ("action on hued", palette.action, palette.hued),
            ("accent on the page", palette.accent, background),
            ("accent on hued", palette.accent, palette.hued),
        ):
            if not (text.startswith("#") and behind.startswith("#")):
                continue
            least = MIN_CONTRAST_ICON if what.startswith("accent") else MIN_CONTRAST
            if (ratio := contrast(text, behind)) < least:
                problems.append(f"kommune.yaml: colours: {name}: {what} has a contrast of {ratio:.1f}, below {least}")
    return problems


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours like #1d4f91, from 1 to 21 (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
