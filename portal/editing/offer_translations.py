"""The translation of an offer: in its public text at once, and in what is being written, so that publishing keeps it."""

from __future__ import annotations

import json

import msgspec
from sqlalchemy import select
from sqlmodel import Session

from portal.content.schema import OfferContent, OfferTexts, TranslatedTexts
from portal.content.store import Names, from_json, read_content, to_json, write_content
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.versions import add_version, latest_version, lock
from portal.models import Offer, TranslationSource, VersionState
from portal.models.enums import OfferStatus, TextState


def write(session: Session, actor: Actor, slug: str, lang: str, text: TranslatedTexts) -> None:
    """A version of its own: a translation is nothing that the Redaktion would have to approve again."""
    offer = session.execute(select(Offer).where(Offer.slug == slug)).scalar_one_or_none()
    if offer is None:
        raise NotAllowedError(slug)
    lock(session, offer)
    latest = latest_version(session, offer.id)
    live = read_content(session, offer.id)
    changed = _with(live, lang, text)
    if latest is None or latest.state == VersionState.APPROVED:
        state = VersionState.APPROVED if offer.status == OfferStatus.PUBLISHED or latest else VersionState.DRAFT
        add_version(session, actor, offer, changed, state, f"Übersetzung ({lang})")
    else:
        # Somebody is writing a newer one: it gets the translation too, and stays whose it is.
        newer = from_json(latest.content)
        latest.content = to_json(_with(newer, lang, _beside_newer(live, newer, text)))
        if (public := latest_version(session, offer.id, VersionState.APPROVED)) is not None:
            public.content = to_json(changed)
    write_content(session, offer, changed, Names(session), before=live)
    session.flush()


def is_outdated_by(before: OfferTexts, after: OfferTexts, text: OfferTexts) -> bool:
    """Whether this change of the German text concerns the translation: words that it has, or that it lacks from now on."""
    return any(
        getattr(text, name) or getattr(after, name)
        for name in OfferTexts.__struct_fields__
        if getattr(before, name) != getattr(after, name)
    )


def remember_outdated(session: Session, slug: str, before: OfferContent, after: OfferContent) -> None:
    """Keep the German text that translations were made from which are outdated from now on: translators see what changed."""
    for lang, text in after.translations.items():
        had = before.translations.get(lang)
        if text.state is not TextState.OUTDATED or had is None or had.state is TextState.OUTDATED:
            continue
        key = {"kind": "offer", "entity": slug, "lang": lang}
        if session.get(TranslationSource, key) is None:
            fields = json.dumps(msgspec.structs.asdict(before.text), ensure_ascii=False)
            session.add(TranslationSource(**key, fields=fields))


def _beside_newer(live: OfferContent, newer: OfferContent, text: TranslatedTexts) -> TranslatedTexts:
    """A translation of the public text, for the newer German text: outdated there, unless only a slip was put right.

    That it was only that is seen by the other translations: they are up to date in both.
    """
    if not is_outdated_by(live.text, newer.text, text):
        return text
    for lang, other in live.translations.items():
        there = newer.translations.get(lang)
        fresh = there is not None and TextState.OUTDATED not in (other.state, there.state)
        if fresh and is_outdated_by(live.text, newer.text, other):
            return text
    return msgspec.structs.replace(text, state=TextState.OUTDATED)


def _with(content: OfferContent, lang: str, text: TranslatedTexts) -> OfferContent:
    return msgspec.structs.replace(content, translations={**content.translations, lang: text})
