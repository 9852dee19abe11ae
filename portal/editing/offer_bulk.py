"""The same step for many offers: each by itself, so that one that cannot be done does not hold up the others."""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session

from portal.database import begin_writing
from portal.editing import workflow
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.offer_deletion import delete_offer
from portal.editing.offer_lists import ids_by_slug, titles_of
from portal.editing.versions import lock
from portal.plain.words import PlainWords

ACTIONS = {
    "confirm": "Stimmt noch",
    "publish": "Veröffentlichen",
    "submit": "Zur Freigabe geben",
    "archive": "Archivieren",
    "delete": "Löschen",
}


def apply(
    session: Session,
    actor: Actor,
    action: str,
    slugs: list[str],
    today: date,
    words: PlainWords,
    *,
    review_after: timedelta,
) -> tuple[int, list[tuple[str, str]]]:
    """How many were done, and for the others their title and why not. The caller commits."""
    if action not in ACTIONS:
        return 0, []
    offers = ids_by_slug(session, actor, slugs[:500])
    titles = titles_of(session, [offer.slug for offer in offers])
    begin_writing(session)
    done, refused = 0, []
    if offers:
        lock(session, *offers)
    for offer in offers:
        title = titles[offer.slug]
        try:
            with session.begin_nested():
                if action == "confirm":
                    workflow.confirm(session, actor, offer, today, review_after=review_after)
                elif action == "publish":
                    workflow.approve(session, actor, offer, today, words, review_after=review_after)
                elif action == "submit":
                    workflow.submit(session, actor, offer, words)
                elif action == "archive":
                    workflow.archive(session, actor, offer)
                else:
                    delete_offer(session, actor, offer, title)
            done += 1
        except workflow.NotReadyError as error:
            refused.append((title, " ".join(error.problems)))
        except NotAllowedError:
            refused.append((title, "Das geht mit diesem Angebot gerade nicht."))
    return done, refused
