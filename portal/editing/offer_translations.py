"""The translation of an offer: in its public text at once, and in what is being written, so that publishing keeps it."""

from __future__ import annotations

import msgspec
from sqlalchemy import select
from sqlmodel import Session

from portal.content.schema import OfferContent, TranslatedTexts
from portal.content.store import Names, from_json, read_content, to_json, write_content
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.versions import add_version, latest_version
from portal.models import Offer, VersionState
from portal.models.enums import OfferStatus


def write(session: Session, actor: Actor, slug: str, lang: str, text: TranslatedTexts) -> None:
    """A version of its own: a translation is nothing that the Redaktion would have to approve again."""
    offer = session.execute(select(Offer).where(Offer.slug == slug)).scalar_one_or_none()
    if offer is None:
        raise NotAllowedError(slug)
    latest = latest_version(session, offer.id)
    live = read_content(session, offer.id)
    changed = _with(live, lang, text)
    if latest is None or latest.state == VersionState.APPROVED:
        state = VersionState.APPROVED if offer.status == OfferStatus.PUBLISHED or latest else VersionState.DRAFT
        add_version(session, actor, offer, changed, state, f"Übersetzung ({lang})")
    else:
        # Somebody is writing a newer one: it gets the translation too, and stays whose it is.
        latest.content = to_json(_with(from_json(latest.content), lang, text))
    write_content(session, offer, changed, Names(session), before=live)
    session.flush()


def _with(content: OfferContent, lang: str, text: TranslatedTexts) -> OfferContent:
    return msgspec.structs.replace(content, translations={**content.translations, lang: text})
