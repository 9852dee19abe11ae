"""Writes that come without a log-in: what families say of an offer, and "stimmt noch" by a link. Each is a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask import current_app

from portal.editing import confirm_links, feedback
from portal.editing.actor import Actor
from portal.editing.confirm_links import Asked, ConfirmLinks, LinkOffer
from portal.extensions import db
from portal.models import FeedbackReason
from portal.offers.context import site


def report(*, offer_id: int, reason: FeedbackReason, lang: str, today: date) -> None:
    feedback.report(db.session, offer_id=offer_id, reason=reason, lang=lang, today=today)
    db.session.commit()


def count_answer(*, offer_id: int, helped: bool, today: date) -> None:
    feedback.count_answer(db.session, offer_id=offer_id, helped=helped, today=today)
    db.session.commit()


@dataclass(frozen=True)
class OpenedLink:
    actor: Actor
    asked: Asked
    offers: list[LinkOffer]


def open_link(token: str, today: date) -> OpenedLink | None:
    """What a link leads to; None where its person has no access any more. Raises BadTokenError or ExpiredTokenError."""
    asked = ConfirmLinks(current_app.config["SECRET_KEY"]).read(token, today)
    actor = confirm_links.actor_of(db.session, asked, site().kommune)
    return OpenedLink(actor, asked, confirm_links.offers_of(db.session, actor, asked)) if actor else None


def confirm(link: OpenedLink, ids: Iterable[int], today: date) -> int:
    """ "Stimmt noch" for these offers of the link. Returns how many still waited for it."""
    number = confirm_links.confirm_by_link(db.session, link.actor, site().kommune, link.asked, ids, today)
    db.session.commit()
    return number
