"""What editors write beside the offers: pages, life phases, the banner, lines of parents. Read with each catalogue."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content.schema import LifePhaseTexts
from portal.content.site import SOURCE_LANGUAGE, PageSource, SiteContent, render_page
from portal.models import Banner, BannerText, LifePhaseText, NeedUtterance, PageText
from portal.models.enums import LifePhase, TextState

MOST_BANNERS = 2


@dataclass(frozen=True)
class BannerInfo:
    urgent: bool
    texts: dict[str, tuple[str, str, TextState]]
    """By language: the words, an address on this site or https:// (empty: none), and whether people have checked it."""


@dataclass(frozen=True)
class StoredTexts:
    """As the database has them on one day; never changed."""

    pages: dict[str, dict[str, PageSource]]
    """By slug and language."""
    life_phases: dict[LifePhase, dict[str, LifePhaseTexts]]
    banners: list[BannerInfo]
    """Those of the day, urgent ones first."""
    lines: list[tuple[str, str, str]]
    """Need, language and line of what editors have added: the model of the search has not seen it."""


def read_stored(session: Session, today: date) -> StoredTexts:
    """Five small queries."""
    pages: dict[str, dict[str, PageSource]] = defaultdict(dict)
    for row in session.execute(select(PageText.__table__)):
        pages[row.slug][row.lang] = PageSource(row.title, row.description, row.body, row.state)
    phases: dict[LifePhase, dict[str, LifePhaseTexts]] = defaultdict(dict)
    for row in session.execute(select(LifePhaseText.__table__)):
        phases[row.phase][row.lang] = LifePhaseTexts(label=row.label, ages=row.ages, intro=row.intro, state=row.state)
    lines = session.execute(
        select(NeedUtterance.need_code, NeedUtterance.lang, NeedUtterance.line).where(NeedUtterance.added_by != "")
    )
    return StoredTexts(
        dict(pages), dict(phases), _read_banners(session, today), [(row[0], row[1], row[2]) for row in lines]
    )


def _read_banners(session: Session, today: date) -> list[BannerInfo]:
    rows = session.execute(
        select(Banner.id, Banner.urgent)
        .where(Banner.starts_on <= today, Banner.ends_on >= today)
        .order_by(Banner.urgent.desc(), Banner.starts_on.desc(), Banner.id.desc())
    ).all()
    texts: dict[int, dict[str, tuple[str, str, TextState]]] = defaultdict(dict)
    for row in session.execute(select(BannerText.__table__).where(BannerText.banner_id.in_([row.id for row in rows]))):
        texts[row.banner_id][row.lang] = (row.text, row.link, row.state)
    shown = [BannerInfo(row.urgent, texts[row.id]) for row in rows if SOURCE_LANGUAGE in texts[row.id]]
    return shown[:MOST_BANNERS]


def with_stored(site: SiteContent, stored: StoredTexts) -> SiteContent:
    """The site with the pages and life phases of the database. One that it does not have in German stays that of the files."""
    pages = {key: page for key, page in site.pages.items() if SOURCE_LANGUAGE not in stored.pages.get(key[0], {})}
    for slug, by_lang in stored.pages.items():
        if SOURCE_LANGUAGE in by_lang:
            pages |= {(slug, lang): render_page(source, lang, site.kommune) for lang, source in by_lang.items()}
    phases = {phase: texts for phase, texts in stored.life_phases.items() if SOURCE_LANGUAGE in texts}
    return replace(site, pages=pages, life_phases={**site.life_phases, **phases})
