"""What the site says beside the catalogue: the Kommune, life phases, facts, hotlines, pages. Read once at the start.

Pages and life phases are only the start: where the database has them (portal.content.stored), it is right.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from portal.content.schema import (
    ContentError,
    EmergencyTexts,
    FactFile,
    Hotline,
    Kommune,
    LifePhaseTexts,
    read,
)
from portal.models.enums import LifePhase, TextState

SOURCE_LANGUAGE = "de"
PAGE_SLUGS = ("ueber-uns", "barrierefreiheit", "datenschutz", "impressum")
_PAGE_TAGS = {"h2", "h3", "p", "ul", "ol", "li", "strong", "em", "a", "bdi", "br"}


@dataclass(frozen=True)
class Translated:
    """A text with the language that it is really in and how far it can be trusted."""

    text: str
    lang: str
    state: TextState


@dataclass(frozen=True)
class PageSource:
    """A page as it is written. `body` is Markdown with placeholders."""

    title: str
    description: str
    body: str
    state: TextState


@dataclass(frozen=True)
class Page:
    """A page of the municipality. `html` is sanitised."""

    title: str
    description: str
    html: Markup
    lang: str
    state: TextState


@dataclass(frozen=True)
class SiteContent:
    kommune: Kommune
    life_phases: dict[LifePhase, dict[str, LifePhaseTexts]]
    facts: list[FactFile]
    hotlines: dict[str, Hotline]
    emergency: dict[str, EmergencyTexts]
    pages: dict[tuple[str, str], Page]

    def page(self, slug: str, lang: str) -> Page:
        """The page in `lang`, else in German. Raises KeyError for an unknown slug."""
        return self.pages.get((slug, lang)) or self.pages[slug, SOURCE_LANGUAGE]

    def life_phase(self, phase: LifePhase, lang: str) -> LifePhaseTexts:
        texts = self.life_phases[phase]
        return texts.get(lang) or texts[SOURCE_LANGUAGE]

    def facts_of(self, need_code: str, today: date) -> list[FactFile]:
        """What the law gives for a need: only facts in force, and none that nobody may show (design §5)."""
        return [fact for fact in self.facts if need_code in fact.needs and fact.in_force(today) and fact.may_be_shown]


def translate(texts: dict[str, str], lang: str, human_checked: list[str] | None = None) -> Translated:
    """Pick the text for `lang`, falling back to German, and say which it is."""
    if lang == SOURCE_LANGUAGE or lang not in texts:
        return Translated(texts[SOURCE_LANGUAGE], SOURCE_LANGUAGE, TextState.SOURCE)
    state = TextState.HUMAN if human_checked and lang in human_checked else TextState.MACHINE
    return Translated(texts[lang], lang, state)


def load_site(folder: Path) -> SiteContent:
    """Read everything below `folder` but the catalogue. Raises ContentError with the file that does not fit."""
    kommune = read(folder / "kommune.yaml", Kommune)
    if SOURCE_LANGUAGE not in kommune.languages:
        raise ContentError(f"{folder / 'kommune.yaml'}: languages: German (de) must be there, it is the source")
    facts = read(folder / "facts.yaml", list[FactFile])
    hotlines = {line.id: line for line in read(folder / "hotlines.yaml", list[Hotline])}
    for file_name, item in [("facts.yaml", (fact.id, fact.statement)) for fact in facts] + [
        ("hotlines.yaml", (line.id, texts))
        for line in hotlines.values()
        for texts in (line.name, line.for_whom, line.hours, line.cost, line.languages)
    ]:
        if SOURCE_LANGUAGE not in item[1]:
            raise ContentError(f"{folder / file_name}: {item[0]} has no German text")
    life_phases = read(folder / "life_phases.yaml", dict[LifePhase, dict[str, LifePhaseTexts]])
    if missing := [phase.value for phase in LifePhase if SOURCE_LANGUAGE not in life_phases.get(phase, {})]:
        raise ContentError(f"{folder / 'life_phases.yaml'}: no German text for {', '.join(missing)}")
    emergency = {}
    for lang in kommune.languages:
        path = folder / f"emergency.{lang}.yaml"
        if path.exists():
            emergency[lang] = texts = read(path, EmergencyTexts)
            if unknown := {number for s in texts.situations for number in s.hotlines} - hotlines.keys():
                raise ContentError(f"{path}: unknown hotlines {', '.join(sorted(unknown))}")
    if SOURCE_LANGUAGE not in emergency:
        raise ContentError(f"{folder / 'emergency.de.yaml'} is missing.")
    return SiteContent(
        kommune,
        life_phases,
        facts,
        hotlines,
        emergency,
        _load_pages(folder / "pages", kommune),
    )


def _load_pages(folder: Path, kommune: Kommune) -> dict[tuple[str, str], Page]:
    pages = {}
    for slug in PAGE_SLUGS:
        for lang in kommune.languages:
            path = folder / f"{slug}.{lang}.md"
            if path.exists():
                source = read_page(path, lang)
                if wrong := unknown_placeholder(source.body):
                    raise ContentError(f"{path}: unknown placeholder {wrong!r}")
                pages[slug, lang] = render_page(source, lang, kommune)
        if (slug, SOURCE_LANGUAGE) not in pages:
            raise ContentError(f"{folder / slug}.de.md is missing.")
    return pages


def read_page(path: Path, lang: str) -> PageSource:
    """The file of a page. Raises ContentError."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ContentError(f"{path}: {error}") from error
    head, separator, body = text.removeprefix("---\n").partition("\n---\n")
    if not separator:
        raise ContentError(f"{path}: the head between two lines of --- is missing")
    fields = dict(line.split(":", 1) for line in head.splitlines() if ":" in line)
    values = {name.strip(): _unquoted(value.strip()) for name, value in fields.items()}
    state = values.get("state", "source" if lang == SOURCE_LANGUAGE else "machine")
    if "title" not in values:
        raise ContentError(f"{path}: the title is missing in the head")
    if state not in list(TextState):
        raise ContentError(f"{path}: state {state!r} is none of {', '.join(TextState)}")
    return PageSource(values["title"], values.get("description", ""), body.lstrip("\n"), TextState(state))


def _unquoted(value: str) -> str:
    try:
        text = json.loads(value) if value.startswith('"') else value
    except ValueError:
        return value.strip('"')
    return text if isinstance(text, str) else value


def page_text(source: PageSource, lang: str) -> str:
    """A page as a file: what read_page() reads."""
    head = {"title": source.title, "description": source.description}
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items() if value]
    if lang != SOURCE_LANGUAGE:
        lines.append(f"state: {source.state.value}")
    return "\n".join(["---", *lines, "---", "", source.body.strip("\n"), ""])


def render_page(source: PageSource, lang: str, kommune: Kommune) -> Page:
    """A page as families see it, sanitised. A placeholder that nobody knows stays as it is."""
    values = {name: value(kommune) for name, value in PLACEHOLDERS.items()}
    return Page(source.title, source.description, _html(source.body, tuple(values.items())), lang, source.state)


def unknown_placeholder(body: str) -> str | None:
    """The beginning of what looks like a placeholder and is none."""
    for name in PLACEHOLDERS:
        body = body.replace("{{ " + name + " }}", "")
    return body[body.index("{{") :][:60] if "{{" in body else None


@lru_cache(maxsize=256)
def _html(body: str, values: tuple[tuple[str, str], ...]) -> Markup:
    """Remembered: after each change in the catalogue all pages are asked for again, and hardly any has changed."""
    for name, value in values:
        body = body.replace("{{ " + name + " }}", value)
    html = nh3.clean(
        MarkdownIt("commonmark").render(body),
        tags=_PAGE_TAGS,
        attributes={"a": {"href", "class"}, "bdi": {"dir"}},
        link_rel="noreferrer noopener",
        url_schemes={"mailto", "tel", "https"},
    )
    return Markup(html)  # noqa: S704  (cleaned above)


def _phone_link(phone: str) -> str:
    digits = "".join(char for char in phone if char in "+0123456789")
    return f'<a class="tel" href="tel:{digits}"><bdi dir="ltr">{escape(phone)}</bdi></a>'


def _mail_link(address: str) -> str:
    return f'<a href="mailto:{escape(address)}"><bdi dir="ltr">{escape(address)}</bdi></a>'


PLACEHOLDERS: dict[str, Callable[[Kommune], str]] = {
    "kommune.name": lambda kommune: kommune.name,
    "kommune.phone": lambda kommune: _phone_link(kommune.contact.phone),
    "kommune.email": lambda kommune: _mail_link(kommune.contact.email),
    "kommune.address": lambda kommune: f"<bdi>{escape(kommune.contact.address)}</bdi>",
    "kommune.data_protection_email": lambda kommune: _mail_link(kommune.data_protection_email),
    "kommune.accessibility_email": lambda kommune: _mail_link(kommune.accessibility_email),
}
"""What may stand in the text of a page between {{ and }}."""
