"""Bringing content/ into a database: the files are the start, afterwards the database is right (docs/adr/0017)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, select

from portal.content.demo import DemoLoader
from portal.content.directory import load_directory
from portal.content.files import Utterances
from portal.content.schema import ContentError, LifePhaseTexts, NeedFile, read
from portal.content.site import SOURCE_LANGUAGE, read_page
from portal.database import mark_catalogue_changed
from portal.models import (
    LifePhaseText,
    Need,
    NeedLifePhase,
    NeedLifeSituation,
    NeedText,
    NeedUtterance,
    Offer,
    PageText,
)
from portal.models.enums import LifePhase, TextState


@dataclass
class Loaded:
    """How many rows were added of each kind."""

    needs: int = 0
    """Needs, and languages of needs."""
    utterances: int = 0
    pages: int = 0
    life_phases: int = 0
    offers: int = 0
    directory: int = 0
    """Ansprechstellen, resources, offers for professionals, and what only they read of an offer."""

    @property
    def total(self) -> int:
        """Of what families see."""
        return self.needs + self.utterances + self.pages + self.life_phases + self.offers


def has_content(session: Session) -> bool:
    return not all(_is_empty(session, table) for table in (Need, NeedUtterance, PageText, LifePhaseText, Offer))


def load_content(
    session: Session, folder: Path, languages: Collection[str], *, demo: bool, only_missing: bool = False
) -> Loaded:
    """Fill each of needs, utterances, pages, life phases and (`demo`) offers where the database has none of its kind.

    `only_missing`: also add single ones that it does not have, those included that an editor has deleted; what is there
    stays as it is. The caller commits. Raises ContentError.
    """

    def wanted(table: Any) -> bool:
        return only_missing or _is_empty(session, table)

    loaded = Loaded()
    if wanted(Need):
        loaded.needs = load_needs(session, folder / "needs")
    if wanted(NeedUtterance):
        loaded.utterances = load_utterances(session, folder / "needs" / "utterances")
    if wanted(PageText):
        loaded.pages = load_pages(session, folder / "pages", languages)
    if wanted(LifePhaseText):
        loaded.life_phases = load_life_phases(session, folder / "life_phases.yaml", languages)
    if demo and wanted(Offer):
        loaded.offers = DemoLoader(session, folder / "demo", languages).load()
        loaded.directory = load_directory(session, folder / "demo")
    if loaded.total:
        # Lines are written without being noticed: there are thousands.
        mark_catalogue_changed(session, ())
    return loaded


def _is_empty(session: Session, table: Any) -> bool:
    return session.exec(select(1).select_from(table).limit(1)).first() is None


def read_needs(folder: Path) -> list[NeedFile]:
    """All need files, in the order of content/needs/order.yaml. Raises ContentError."""
    order = read(folder / "order.yaml", list[str])
    found = {path.stem for path in folder.glob("*.yaml")} - {"order"}
    if found != set(order):
        raise ContentError(
            f"{folder / 'order.yaml'}: it must name each need once; differs in {sorted(found ^ set(order))}"
        )
    needs = [read(folder / f"{code}.yaml", NeedFile) for code in order]
    for need in needs:
        if SOURCE_LANGUAGE not in need.texts:
            raise ContentError(f"{folder / need.code}.yaml: the German texts are missing")
    return needs


def load_needs(session: Session, folder: Path) -> int:
    """Add the needs, and the languages of needs, that the database does not have; what it has stays as it is.

    Returns how many needs and texts were added; the caller commits.
    """
    known = set(session.exec(select(Need.code)).all())
    texts_known = set(session.exec(select(NeedText.need_code, NeedText.lang)).all())
    added = 0
    for position, need in enumerate(read_needs(folder)):
        for lang in need.texts:
            if need.code in known and (need.code, lang) not in texts_known:
                session.add(_need_text(need, lang))
                added += 1
        if need.code in known:
            continue
        ages = need.typical_age_years
        session.add(
            Need(
                code=need.code,
                position=position,
                life_situation=need.life_situations[0],
                flow=need.lotse,
                min_age_months=ages[0] * 12 if ages else None,
                max_age_months=ages[1] * 12 + 11 if ages else None,
                frequent=need.frequent,
            )
        )
        session.flush()
        session.add_all(_need_text(need, lang) for lang in need.texts)
        session.add_all(NeedLifePhase(need_code=need.code, life_phase=phase) for phase in need.life_phases)
        session.add_all(
            NeedLifeSituation(need_code=need.code, life_situation=situation) for situation in need.life_situations
        )
        added += 1
    return added


def _need_text(need: NeedFile, lang: str) -> NeedText:
    texts = need.texts[lang]
    return NeedText(
        need_code=need.code,
        lang=lang,
        state=TextState.SOURCE if lang == SOURCE_LANGUAGE else texts.state,
        label=texts.label,
        question=texts.question,
        explanation=texts.explanation,
    )


def load_utterances(session: Session, folder: Path) -> int:
    """Add the lines of parents that the database does not have, for the needs that it has. The model knows these lines."""
    known = set(session.exec(select(NeedUtterance.need_code, NeedUtterance.lang, NeedUtterance.line)).all())
    rows = []
    for code in session.exec(select(Need.code).order_by(Need.position, Need.code)):
        path = folder / f"{code}.yaml"
        if not path.exists():
            continue
        for lang, lines in read(path, Utterances).lines.items():
            for line in dict.fromkeys(lines):
                if len(line) > 200:
                    raise ContentError(f"{path}: a line is longer than 200 characters: {line[:40]!r}")
                if (code, lang, line) not in known:
                    rows.append({"need_code": code, "lang": lang, "line": line, "added_by": ""})
    if rows:
        session.execute(insert(NeedUtterance), rows)
    return len(rows)


def load_pages(session: Session, folder: Path, languages: Collection[str]) -> int:
    """Add the pages that the database does not have: <slug>.<language>.md."""
    known = set(session.exec(select(PageText.slug, PageText.lang)).all())
    added = 0
    for path in sorted(folder.glob("*.*.md")):
        slug, lang = path.name.removesuffix(".md").rsplit(".", 1)
        if lang not in languages or (slug, lang) in known:
            continue
        page = read_page(path, lang)
        session.add(
            PageText(
                slug=slug,
                lang=lang,
                state=page.state,
                title=page.title,
                description=page.description,
                body=page.body.strip("\n"),
            )
        )
        added += 1
    session.flush()
    return added


def load_life_phases(session: Session, path: Path, languages: Collection[str]) -> int:
    known = set(session.exec(select(LifePhaseText.phase, LifePhaseText.lang)).all())
    added = 0
    for phase, by_lang in read(path, dict[LifePhase, dict[str, LifePhaseTexts]]).items():
        for lang, texts in by_lang.items():
            if lang in languages and (phase, lang) not in known:
                session.add(
                    LifePhaseText(
                        phase=phase,
                        lang=lang,
                        state=TextState.SOURCE if lang == SOURCE_LANGUAGE else texts.state,
                        label=texts.label,
                        ages=texts.ages,
                        intro=texts.intro.strip("\n"),
                    )
                )
                added += 1
    session.flush()
    return added


def load_demo(session: Session, folder: Path, languages: Iterable[str]) -> int:
    """Load the demo Kommune into a database without offers. Returns the number of offers, 0 where there were some."""
    if not _is_empty(session, Offer):
        return 0
    offers = DemoLoader(session, folder, languages).load()
    load_directory(session, folder)
    return offers
