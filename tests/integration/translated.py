"""One thing of every kind that is translated: how editors change its German text, and where families read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec
from flask import Flask
from sqlalchemy import delete
from sqlmodel import Session, select

from portal.content.load import load_life_phases, load_pages
from portal.editing import banners, districts, needs, organizations, pages, workflow
from portal.editing.actor import COMMAND
from portal.editing.banners import BannerFacts
from portal.editing.descriptions import fingerprint
from portal.editing.text_kinds import KINDS
from portal.editing.versions import find_offer, working
from portal.extensions import db
from portal.models import Banner
from portal.models.enums import TextState
from tests.conftest import TODAY, parse_html, text_of

MACHINE = "Bu metin otomatik çevrildi. İçinde hata olabilir."
OUTDATED = "Almanca metin bu çeviriden daha yeni. Lütfen sorun."
"""What families read in Turkish below a text that a machine has translated, and below an outdated one."""
URL = "/verwaltung/uebersetzungen"


def prepare(app: Flask) -> Flask:
    """The demo with pages, life phases and a banner in its tables, too."""
    content, languages = app.extensions["settings"].content_dir, app.extensions["site"].kommune.languages
    with app.app_context():
        load_pages(db.session, content / "pages", languages)
        load_life_phases(db.session, content / "life_phases.yaml", languages)
        facts = BannerFacts(
            text="Am Freitag ist zu.", link="/de/menschen", starts_on=TODAY, ends_on=TODAY + timedelta(9)
        )
        banners.create(db.session, COMMAND, replace(facts, translations=(("tr", "Cuma günü kapalı."),)))
        db.session.commit()
    return app


# --- changing the German text -----------------------------------------------------------------------------------------


def save_offer(session: Session, slug: str, *, small: bool = False, **words: str) -> None:
    """A newer German text, not yet public where the offer is published."""
    offer = find_offer(session, COMMAND, slug)
    now = working(session, offer)
    content = msgspec.structs.replace(now.content, text=msgspec.structs.replace(now.content.text, **words))
    workflow.save(session, COMMAND, offer, content, base=now.number, small=small)


def publish_offer(app: Flask, session: Session, slug: str) -> None:
    workflow.approve(session, COMMAND, find_offer(session, COMMAND, slug), TODAY, app.extensions["plain_words"])


def _offer(app: Flask, session: Session, slug: str, text: str, small: bool) -> None:
    save_offer(session, slug, small=small, description=text)
    publish_offer(app, session, slug)


def _organization(_app: Flask, session: Session, slug: str, text: str, small: bool) -> None:
    found = organizations.find(session, COMMAND, slug)
    now = organizations.read(session, found)
    organizations.change(
        session, COMMAND, found, replace(now, description=text), base=fingerprint(now), small=small
    )  # fmt: skip


def _district(_app: Flask, session: Session, slug: str, text: str, small: bool) -> None:
    found = districts.find(session, COMMAND, slug)
    now = districts.read(session, found)
    districts.change(session, COMMAND, found, replace(now, description=text), base=fingerprint(now), small=small)


def _need(_app: Flask, session: Session, code: str, text: str, small: bool) -> None:
    found = needs.find(session, COMMAND, code)
    now = needs.read(session, found)
    needs.change(session, COMMAND, found, replace(now, explanation=text), base=fingerprint(now), small=small)


def _page(field: str) -> Callable[[Flask, Session, str, str, bool], None]:
    def change(_app: Flask, session: Session, key: str, text: str, small: bool) -> None:
        kind = KINDS["page" if field == "body" else "life_phase"]
        now = pages.read(kind, pages.find(session, COMMAND, kind, key))
        pages.save(session, COMMAND, kind, key, vars(now) | {field: text}, base=fingerprint(now), small=small)

    return change


def _banner(_app: Flask, session: Session, entity: str, text: str, small: bool) -> None:
    found = banners.find(session, COMMAND, int(entity))
    now = banners.read(session, found)
    banners.change(session, COMMAND, found, replace(now, text=text), base=now.base, small=small)


@dataclass(frozen=True)
class Thing:
    """`field` is a text that families read on `page`; `change` makes its German text another one, and public."""

    kind: str
    entity: str
    page: str
    field: str
    change: Callable[[Flask, Session, str, str, bool], None]

    def __str__(self) -> str:
        return self.kind

    @property
    def form(self) -> str:
        return f"{URL}/tr/{self.kind}/{self.entity}"

    def public(self, app: Flask) -> Any:
        """Where families read it in Turkish: the main part of its page; a banner stands above that."""
        document = parse_html(app.test_client().get(f"/tr/{self.page}").text)
        return document if self.kind == "banner" else document.find(".//main")

    def state(self, app: Flask, lang: str = "tr") -> TextState | None:
        row = self.row(app, lang)
        return row.state if row else None

    def row(self, app: Flask, lang: str = "tr") -> Any:
        with app.app_context():
            return db.session.get(KINDS[self.kind].table, self._key(db.session, lang))

    def remove(self, app: Flask, lang: str = "tr") -> None:
        with app.app_context():
            db.session.delete(db.session.get_one(KINDS[self.kind].table, self._key(db.session, lang)))
            db.session.commit()

    def change_german(self, app: Flask, text: str, *, small: bool = False) -> None:
        with app.app_context():
            self.change(app, db.session, self.entity, text, small)
            db.session.commit()

    def _key(self, session: Session, lang: str) -> dict[str, Any]:
        kind = KINDS[self.kind]
        key: Any = int(self.entity) if self.kind == "banner" else self.entity
        if self.kind in ("offer", "organization", "district"):
            key = session.execute(select(kind.owner_key).where(kind.entity == self.entity)).scalar_one()
        return {kind.key: key, "lang": lang}


THINGS = [
    Thing("offer", "still-cafe", "angebote/still-cafe", "description", _offer),
    Thing("organization", "familienbuero", "traeger/familienbuero", "description", _organization),
    Thing("district", "nordstadt", "stadtteile/nordstadt", "description", _district),
    Thing("need", "adhs_autismus", "bedarf/adhs_autismus", "explanation", _need),
    Thing("page", "ueber-uns", "seite/ueber-uns", "body", _page("body")),
    Thing("life_phase", "kita", "lebensphasen/kita", "intro", _page("intro")),
    Thing("banner", "1", "menschen", "text", _banner),
]


def notes(document: Any) -> list[str]:
    """What is said about translations on a page for families."""
    found = [text_of(element) for element in document.iter("p")]
    return [text for text in found if text in (MACHINE, OUTDATED)]


def texts_in(document: Any, lang: str) -> list[str]:
    """The texts that are marked as being in another language than the page."""
    marked = [element for element in document.iter() if isinstance(element.tag, str) and element.get("lang") == lang]
    return [text_of(element) for element in marked if element.tag not in ("html", "a", "link")]


def clear(app: Flask, *kinds: str) -> None:
    """No text at all of these kinds but in German."""
    with app.app_context():
        for name in kinds:
            db.session.execute(delete(KINDS[name].table).where(KINDS[name].table.lang != "de"))
        db.session.commit()


def banner_count(app: Flask) -> int:
    with app.app_context():
        return len(db.session.exec(select(Banner.id)).all())
