""" "Aktuell": a few words on every page, until a day. Only for editors."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlmodel import Session

from portal.editing import audit, trash
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.descriptions import ChangedMeanwhileError, fingerprint
from portal.editing.outdating import outdate
from portal.editing.translations import remember_source
from portal.models import Banner, BannerText
from portal.models.enums import TextState
from portal.offers.taxonomy import SOURCE_LANGUAGE

LONGEST = 200
"""Characters."""
LONGEST_TIME = timedelta(366)
LABELS = {
    "text": "Text auf Deutsch",
    "link": "Link",
    "urgent": "Dringend",
    "starts_on": "Von",
    "ends_on": "Bis",
    "translations": "Übersetzungen",
}


@dataclass(frozen=True, kw_only=True)
class BannerFacts:
    """What editors write. `translations` are pairs of language and text, sorted, empty ones left out."""

    text: str
    starts_on: date
    ends_on: date
    link: str = ""
    urgent: bool = False
    translations: tuple[tuple[str, str], ...] = ()

    @property
    def base(self) -> str:
        """What a form began with."""
        plain = {name: str(value) for name, value in vars(self).items()}
        return fingerprint(_Plain(plain))


class _Plain:
    def __init__(self, values: Mapping[str, str]) -> None:
        self.__dict__.update(values)


@dataclass(frozen=True)
class BannerRow:
    id: int
    text: str
    urgent: bool
    starts_on: date
    ends_on: date
    states: dict[str, TextState]

    def when(self, today: date) -> str:
        """ "current", "planned" or "past"."""
        if self.ends_on < today:
            return "past"
        return "planned" if self.starts_on > today else "current"


def list_banners(session: Session, actor: Actor) -> list[BannerRow]:
    """The newest first. Two queries. Raises NotAllowedError."""
    _only_editors(actor)
    states: dict[int, dict[str, TextState]] = defaultdict(dict)
    texts = {}
    for row in session.execute(select(BannerText.__table__)):
        states[row.banner_id][row.lang] = row.state
        if row.lang == SOURCE_LANGUAGE:
            texts[row.banner_id] = row.text
    rows = session.execute(select(Banner.__table__).order_by(Banner.starts_on.desc(), Banner.id.desc()).limit(300))
    return [
        BannerRow(row.id, texts.get(row.id, ""), row.urgent, row.starts_on, row.ends_on, states[row.id]) for row in rows
    ]


def find(session: Session, actor: Actor, banner_id: int) -> Banner:
    """Raises NotAllowedError where it is not there, or the person is no editor."""
    _only_editors(actor)
    banner = session.get(Banner, banner_id)
    if banner is None:
        raise NotAllowedError(str(banner_id))
    return banner


def read(session: Session, banner: Banner) -> BannerFacts:
    texts = _texts(session, banner)
    german = texts.get(SOURCE_LANGUAGE)
    return BannerFacts(
        text=german.text if german else "",
        link=german.link if german else "",
        urgent=banner.urgent,
        starts_on=banner.starts_on,
        ends_on=banner.ends_on,
        translations=tuple(sorted((lang, row.text) for lang, row in texts.items() if lang != SOURCE_LANGUAGE)),
    )


def create(session: Session, actor: Actor, facts: BannerFacts, *, checked: bool = False) -> Banner:
    """`checked`: a person has checked the translations. Raises NotAllowedError."""
    _only_editors(actor)
    banner = Banner(urgent=facts.urgent, starts_on=facts.starts_on, ends_on=facts.ends_on)
    session.add(banner)
    session.flush()
    _write(session, banner, facts, checked)
    audit.record(session, actor, Action.CREATED, kind="banner", entity=banner.id or "", label=facts.text)
    return banner


def change(
    session: Session,
    actor: Actor,
    banner: Banner,
    facts: BannerFacts,
    *,
    base: str,
    checked: bool = False,
    small: bool = False,
) -> bool:
    """Write what has changed. A translation that was not written anew is outdated where the German words have changed.

    Returns whether there was anything. Raises NotAllowedError, or ChangedMeanwhileError where somebody has saved since.
    """
    _only_editors(actor)
    now = read(session, banner)
    states = {row.state for lang, row in _texts(session, banner).items() if lang != SOURCE_LANGUAGE}
    if facts == now and not (checked and states - {TextState.HUMAN}):
        return False
    if base != now.base:
        raise ChangedMeanwhileError(now)
    banner.urgent, banner.starts_on, banner.ends_on = facts.urgent, facts.starts_on, facts.ends_on
    written = _write(session, banner, facts, checked)
    if facts.text != now.text and not small:
        fresh = {row.lang: row.state for row in _texts(session, banner).values() if row.lang in written}
        outdate(session, BannerText, {"banner_id": banner.id}, {"text": now.text}, "banner", str(banner.id))
        for lang, state in fresh.items():
            session.get_one(BannerText, (banner.id, lang)).state = state
    names = [label for name, label in LABELS.items() if getattr(facts, name) != getattr(now, name)]
    audit.record(
        session, actor, Action.CHANGED, kind="banner", entity=banner.id or "", label=facts.text,
        details=", ".join(names),
    )  # fmt: skip
    return True


def _texts(session: Session, banner: Banner) -> dict[str, BannerText]:
    rows = session.execute(select(BannerText).where(BannerText.banner_id == banner.id)).scalars()
    return {row.lang: row for row in rows}


def _write(session: Session, banner: Banner, facts: BannerFacts, checked: bool) -> set[str]:
    """Returns the languages other than German whose words were written anew, or checked."""
    present = _texts(session, banner)
    texts = {SOURCE_LANGUAGE: facts.text, **dict(facts.translations)}
    for lang, row in present.items():
        if lang not in texts:
            session.delete(row)
    written = set()
    for lang, words in texts.items():
        row = present.get(lang) or BannerText(banner_id=banner.id, lang=lang, state=TextState.SOURCE, text="")
        if lang != SOURCE_LANGUAGE and (checked or row.text != words):
            row.state = TextState.HUMAN if checked else TextState.MACHINE
            written.add(lang)
            remember_source(session, "banner", str(banner.id), lang, {"text": facts.text})
        row.text, row.link = words, facts.link
        session.add(row)
    session.flush()
    return written


def delete(session: Session, actor: Actor, banner: Banner) -> None:
    """Into the bin. Raises NotAllowedError."""
    _only_editors(actor)
    label = read(session, banner).text
    trash.put(
        session, actor, kind="banner", entity=str(banner.id), label=label, rows=[(Banner, Banner.id == banner.id)]
    )


def is_link(address: str) -> bool:
    """Whether it is https:// or a path of this site: nothing that could run, and no other host by a trick."""
    return bool(re.fullmatch(r"https://[^\s/\\@]+\.[^\s/\\@]{2,}(/[^\s\\]*)?|/([^\s/\\][^\s\\]*)?", address))


def _only_editors(actor: Actor) -> None:
    if not actor.edits_everything:
        raise NotAllowedError("banners")
