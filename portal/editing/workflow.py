"""The way of an offer: draft → in review → published → archived. Every function names who does it; the caller commits."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
from sqlalchemy import select
from sqlmodel import Session

from portal.content.schema import OfferContent, TranslatedTexts
from portal.content.slugs import free_slug
from portal.content.store import (
    Names,
    UnknownReferenceError,
    from_json,
    read_content,
    to_json,
    without_gone,
    write_content,
)
from portal.database import begin_writing
from portal.editing import audit, internal
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.editing.checks import reasons_against
from portal.editing.offer_lists import titles_of
from portal.editing.offer_translations import is_outdated_by, remember_outdated
from portal.editing.versions import (
    BEFORE,
    ConflictError,
    Working,
    add_version,
    keep_unknown,
    latest_version,
    lock,
    read_version,
    working,
)
from portal.models import Offer, OfferComment, OfferVersion, Organization, VersionState
from portal.models.enums import OfferStatus, TextState
from portal.plain.words import PlainWords

REVIEW_AFTER = timedelta(182)
"""Half a year: how long an offer counts as checked where kommune.yaml does not say otherwise (`freshness`)."""


class NotReadyError(Exception):
    """It cannot be published as it is; `problems` says why, for the editor."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _may_write(session: Session, actor: Actor, organization: str) -> None:
    """A Träger-editor can neither write for another organization nor give an offer away to one."""
    found = session.execute(select(Organization.id).where(Organization.slug == organization)).scalar_one_or_none()
    if found is None or not actor.edits(found):
        raise NotAllowedError(organization)


def create(session: Session, actor: Actor, content: OfferContent, note: str = "") -> Offer:
    """A new draft. Raises NotAllowedError for an organization of somebody else."""
    _may_write(session, actor, content.organization)
    # One after the other, or two of the same title at the same moment would get the same address.
    begin_writing(session)
    offer = Offer(slug=free_slug(session, Offer, content.text.title), organization_id=0, kind=content.kind)
    _write(session, offer, content)
    session.add(
        OfferVersion(
            offer_id=offer.id,
            number=1,
            content=to_json(read_content(session, offer.id)),
            author_id=actor.user_id,
            author=actor.name,
            note=note,
        )
    )
    audit.record(session, actor, Action.CREATED, kind="offer", entity=offer.slug, label=content.text.title)
    return offer


def copy(session: Session, actor: Actor, offer: Offer) -> Offer:
    """A new draft with the same words, to be changed: nobody has checked it, and its translations are taken along, as is
    what practitioners read of it."""
    content, _gone = without_gone(session, working(session, offer).content)
    text = msgspec.structs.replace(content.text, title=f"{content.text.title} (Kopie)"[:200])
    made = create(
        session,
        actor,
        msgspec.structs.replace(content, text=text, assured_on=None, review_due=None, free_places=None),
        f"Kopie von {content.text.title}"[:300],
    )
    internal.take_along(session, actor, offer, made)
    return made


def save(
    session: Session,
    actor: Actor,
    offer: Offer,
    content: OfferContent,
    *,
    base: int,
    small: bool = False,
    note: str = "",
) -> OfferVersion | None:
    """A new version, not yet public where the offer is published; None where nothing has changed. Raises NotAllowedError,
    and NotReadyError where it names what is not there any more.

    `base` is the number of the version that the form began with: where somebody else has saved meanwhile, ConflictError
    is raised. `small` says that the German text only lost a slip of the pen: its translations stay up to date.
    """
    now = _at_work(session, actor, offer)
    _may_write(session, actor, content.organization)
    _refuse_other_than(session, now, base)
    content = msgspec.structs.replace(content, translations=_translations_after(now.content, content, small))
    if content == now.content:
        return None
    version = add_version(session, actor, offer, content, VersionState.DRAFT, note)
    if offer.status in (OfferStatus.DRAFT, OfferStatus.IN_REVIEW):
        offer.status = OfferStatus.DRAFT
        _write(session, offer, content)
    audit.record(
        session, actor, Action.CHANGED, kind="offer", entity=offer.slug, label=content.text.title, details=note
    )
    return version


def _translations_after(before: OfferContent, after: OfferContent, small: bool) -> dict[str, TranslatedTexts]:
    """A translation whose German text has changed is outdated."""
    if small:
        return after.translations
    return {
        lang: msgspec.structs.replace(text, state=TextState.OUTDATED)
        if text == before.translations.get(lang) and is_outdated_by(before.text, after.text, text)
        else text
        for lang, text in after.translations.items()
    }


def submit(session: Session, actor: Actor, offer: Offer, words: PlainWords) -> None:
    """Ask for approval. Raises NotReadyError where it could not be published anyway."""
    now = _at_work(session, actor, offer)
    if offer.status == OfferStatus.ARCHIVED:
        raise NotReadyError(["Das Angebot ist archiviert. Hol es zuerst aus dem Archiv."])
    if now.is_public:
        raise NotReadyError(["Hier gibt es nichts freizugeben: Familien sehen schon genau das."])
    _check(now, words)
    version = _own_version(session, actor, now)
    version.state = VersionState.IN_REVIEW
    if offer.status == OfferStatus.DRAFT:
        offer.status = OfferStatus.IN_REVIEW
    audit.record(session, actor, Action.SUBMITTED, kind="offer", entity=offer.slug, label=now.content.text.title)


def approve(
    session: Session,
    actor: Actor,
    offer: Offer,
    today: date,
    words: PlainWords,
    *,
    review_after: timedelta = REVIEW_AFTER,
    number: int | None = None,
) -> None:
    """Make the newest version public. Raises NotAllowedError, or NotReadyError with what is missing.

    `number` is the version that was read before: where there is a newer one, ConflictError is raised.
    """
    if not actor.edits_everything:
        raise NotAllowedError(offer.slug)
    now = _at_work(session, actor, offer)
    _refuse_other_than(session, now, number)
    _check(now, words)
    content = now.content
    if content.assured_on is None or content.review_due is None or content.review_due <= today:
        # Whoever publishes it has read it.
        content = msgspec.structs.replace(content, assured_on=today, review_due=today + review_after)
    imported = keep_unknown(session, offer) if now.state != VersionState.APPROVED else None
    if content != now.content or imported:
        note = "Als geprüft vermerkt" if content != now.content else ""
        version = add_version(session, actor, offer, content, VersionState.DRAFT, note)
    else:
        version = _own_version(session, actor, now)
    _write(session, offer, content)
    version.state = VersionState.APPROVED
    offer.status = OfferStatus.PUBLISHED
    session.flush()
    audit.record(session, actor, Action.PUBLISHED, kind="offer", entity=offer.slug, label=content.text.title)


def reject(session: Session, actor: Actor, offer: Offer, reason: str, *, number: int | None = None) -> None:
    """Give it back with a reason. Raises NotAllowedError, ConflictError as in approve(), and ValueError without a reason."""
    if not actor.edits_everything:
        raise NotAllowedError(offer.slug)
    _refuse_other_than(session, _at_work(session, actor, offer), number)
    latest = latest_version(session, offer.id)
    if latest is None or latest.state != VersionState.IN_REVIEW:
        raise NotAllowedError(offer.slug)
    comment(session, actor, offer, reason, rejection=True)
    latest.state = VersionState.REJECTED
    if offer.status == OfferStatus.IN_REVIEW:
        offer.status = OfferStatus.DRAFT
    audit.record(
        session, actor, Action.REJECTED, kind="offer", entity=offer.slug, label=_title(session, offer), details=reason
    )


def comment(session: Session, actor: Actor, offer: Offer, text: str, *, rejection: bool = False) -> None:
    """Raises ValueError for an empty text."""
    text = text.strip()[:2000]
    if not text:
        raise ValueError("empty")
    if not actor.edits(offer.organization_id):
        raise NotAllowedError(offer.slug)
    latest = latest_version(session, offer.id)
    session.add(
        OfferComment(
            offer_id=offer.id,
            version=latest.number if latest else 0,
            author_id=actor.user_id,
            author=actor.name,
            rejection=rejection,
            text=text,
        )
    )
    if not rejection:
        audit.record(session, actor, Action.COMMENTED, kind="offer", entity=offer.slug, label=_title(session, offer))


def restore(session: Session, actor: Actor, offer: Offer, number: int, base: int) -> OfferVersion | None:
    """An older version becomes the newest one; nothing of the history is lost."""
    content, gone = without_gone(session, read_version(session, offer.id, number))
    newer = {
        lang: msgspec.structs.replace(text, state=TextState.OUTDATED)
        for lang, text in working(session, offer).content.translations.items()
        if lang not in content.translations
    }
    content = msgspec.structs.replace(content, translations={**newer, **content.translations})
    note = f"Fassung {number} wiederhergestellt" + (f", ohne: {', '.join(gone)}" if gone else "")
    return save(session, actor, offer, content, base=base, small=True, note=note)


def archive(session: Session, actor: Actor, offer: Offer) -> None:
    """Take it from the public site. It can come back."""
    _at_work(session, actor, offer)
    if offer.status == OfferStatus.ARCHIVED:
        return
    details = audit.WAS_PUBLIC if offer.status == OfferStatus.PUBLISHED else ""
    offer.status = OfferStatus.ARCHIVED
    label = _title(session, offer)
    audit.record(session, actor, Action.ARCHIVED, kind="offer", entity=offer.slug, label=label, details=details)


def unarchive(session: Session, actor: Actor, offer: Offer) -> None:
    """Back to a draft: somebody has to look at it before families see it again."""
    now = _at_work(session, actor, offer)
    if offer.status != OfferStatus.ARCHIVED:
        raise NotAllowedError(offer.slug)
    offer.status = OfferStatus.DRAFT
    if now.state == VersionState.APPROVED:
        add_version(session, actor, offer, now.content, VersionState.DRAFT, "Aus dem Archiv geholt")
    audit.record(session, actor, Action.RESTORED, kind="offer", entity=offer.slug, label=_title(session, offer))


def confirm(
    session: Session, actor: Actor, offer: Offer, today: date, *, review_after: timedelta = REVIEW_AFTER
) -> None:
    """ "Alles stimmt noch": the public offer was checked today. Not a new version: no word has changed."""
    lock(session, offer)
    if offer.status != OfferStatus.PUBLISHED or not actor.edits(offer.organization_id):
        raise NotAllowedError(offer.slug)
    offer.assured_on, offer.review_due = today, today + review_after
    session.flush()
    latest = latest_version(session, offer.id)
    if latest is not None and latest.state != VersionState.APPROVED:
        # What is still being written must not bring back the old date when it is published.
        content = from_json(latest.content)
        content = msgspec.structs.replace(content, assured_on=offer.assured_on, review_due=offer.review_due)
        latest.content = to_json(content)
    audit.record(session, actor, Action.CONFIRMED, kind="offer", entity=offer.slug, label=_title(session, offer))


def _at_work(session: Session, actor: Actor, offer: Offer) -> Working:
    """What is being worked on; until the end of the transaction nobody else writes it. Raises NotAllowedError."""
    lock(session, offer)
    if not actor.edits(offer.organization_id):
        raise NotAllowedError(offer.slug)
    return working(session, offer)


def _refuse_other_than(session: Session, now: Working, number: int | None) -> None:
    """Raises ConflictError where the version at work is not the one that somebody has read."""
    if number is None or number == now.number or _only_translated_since(session, now, number):
        return
    latest = keep_unknown(session, now.offer) if now.state == VersionState.APPROVED else None
    latest = latest or latest_version(session, now.offer.id)
    if latest is not None:
        raise ConflictError(latest)


def _title(session: Session, offer: Offer) -> str:
    return titles_of(session, [offer.slug]).get(offer.slug, offer.slug)


def _only_translated_since(session: Session, now: Working, number: int) -> bool:
    """A translation that was saved meanwhile is in nobody's way: the form has none, and what is saved keeps it."""
    if number == 0:
        # The form began with what the tables held. Where they came from a file, that is version 1 now.
        first = select(OfferVersion.note).where(OfferVersion.offer_id == now.offer.id, OfferVersion.number == 1)
        if session.execute(first).scalar_one_or_none() != BEFORE:
            return False
        number = 1
    try:
        began_with = read_version(session, now.offer.id, number)
    except NotAllowedError:
        return False
    untranslated = msgspec.structs.replace(now.content, translations={})
    return msgspec.structs.replace(began_with, translations={}) == untranslated


def _own_version(session: Session, actor: Actor, now: Working) -> OfferVersion:
    """The row of the version that is being worked on; made where the offer came from a file."""
    latest = latest_version(session, now.offer.id)
    if latest is None:
        return add_version(session, actor, now.offer, now.content, VersionState.DRAFT)
    return latest


def _check(now: Working, words: PlainWords) -> None:
    if problems := reasons_against(now.content, words):
        raise NotReadyError(problems)


def _write(session: Session, offer: Offer, content: OfferContent) -> None:
    """Into the tables; an offer that names what was deleted meanwhile is not ready."""
    _there, gone = without_gone(session, content)
    if gone:
        raise NotReadyError(
            [f"Das gibt es nicht mehr: {', '.join(gone)}. Öffne das Angebot und speichere es, dann geht es ohne."]
        )
    before = read_content(session, offer.id) if offer.id is not None else None
    try:
        write_content(session, offer, content, Names(session), before=before)
        if before is not None:
            remember_outdated(session, offer.slug, before, content)
    except UnknownReferenceError as error:
        raise NotReadyError(["Den Träger dieses Angebots gibt es nicht mehr. Wähle einen anderen."]) from error
