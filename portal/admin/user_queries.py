"""Reads for the pages about people: always the same number of queries, however many there are."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, func, or_, select

from portal.admin.listing import PAGE_SIZE, ListPage, ListRequest
from portal.models import LoginSession, Organization, Role, RoleName, User, UserLanguage, UserOrganization, UserRole

_SORTS = {"name": func.lower(col(User.name)), "email": col(User.email), "login": col(User.last_login_at)}


def list_people(session: Session, asked: ListRequest) -> ListPage:
    query = select(User)
    if asked.q:
        words = asked.q.lower()
        query = query.where(
            or_(
                func.lower(col(User.name)).contains(words, autoescape=True),
                col(User.email).contains(words, autoescape=True),
            )
        )
    if role := asked.filters.get("rolle"):
        has_role = select(UserRole.user_id).join(Role, col(Role.id) == col(UserRole.role_id)).where(Role.name == role)
        query = query.where(col(User.id).in_(has_role))
    match asked.filters.get("stand"):
        case "aktiv":
            query = query.where(User.active, col(User.password).is_not(None))
        case "eingeladen":
            query = query.where(User.active, col(User.password).is_(None))
        case "gesperrt":
            query = query.where(~col(User.active))
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    order = _SORTS[asked.sort]
    query = query.order_by((order.desc() if asked.descending else order.asc()).nulls_last(), col(User.id))
    rows = session.exec(query.options(selectinload(User.roles)).offset(asked.offset).limit(PAGE_SIZE)).all()  # type: ignore[arg-type]
    return ListPage(asked, rows, total)


def organization_names(session: Session) -> list[tuple[int, str]]:
    query = select(Organization.id, Organization.name).order_by(func.lower(col(Organization.name)))
    return [(number or 0, name) for number, name in session.exec(query)]


def form_values(session: Session, user: User) -> dict[str, Any]:
    """What the form about a person begins with."""
    return {
        "name": user.name,
        "email": user.email,
        "roles": [RoleName(role.name).value for role in user.roles],
        "organizations": list(
            session.exec(select(UserOrganization.organization_id).where(UserOrganization.user_id == user.id))
        ),
        "languages": list(session.exec(select(UserLanguage.lang).where(UserLanguage.user_id == user.id))),
    }


def places_of(session: Session, user_id: int) -> list[LoginSession]:
    """Where somebody is logged in, the last used first."""
    query = select(LoginSession).where(LoginSession.user_id == user_id).order_by(col(LoginSession.seen_at).desc())
    return list(session.exec(query))
