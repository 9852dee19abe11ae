"""The districts that somebody works in. A choice for oneself: it is in no audit log, and nobody else reads it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from portal.editing.actor import Actor, NotAllowedError
from portal.models import District, UserDistrict


def districts_of(session: Session, actor: Actor) -> list[str]:
    """The slugs that were saved, in the order of the lists; none for whoever came by a link."""
    if actor.user_id is None:
        return []
    return list(
        session.execute(
            select(District.slug)
            .join(UserDistrict, UserDistrict.district_id == District.id)
            .where(UserDistrict.user_id == actor.user_id)
            .order_by(District.position, District.name)
        ).scalars()
    )


def save_districts(session: Session, actor: Actor, slugs: Collection[str]) -> int:
    """From now on these, and how many they are; a slug that is not there is passed over. The caller commits.

    Raises NotAllowedError for whoever came by a link: there is nobody to keep them for.
    """
    if actor.user_id is None:
        raise NotAllowedError("districts of a guest")
    wanted = [slug for slug in slugs if slug.isprintable()]
    ids = list(session.execute(select(District.id).where(District.slug.in_(wanted)).order_by(District.id)).scalars())
    session.execute(delete(UserDistrict).where(UserDistrict.user_id == actor.user_id))
    if ids:
        session.execute(insert(UserDistrict), [{"user_id": actor.user_id, "district_id": number} for number in ids])
    return len(ids)
