"""Who may use a page: named with the page itself, and compared with the table of routes by a test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, g, request
from flask_security import current_user
from sqlmodel import select

from portal.auth import guests
from portal.editing.actor import PRACTITIONERS as PRACTITIONERS
from portal.editing.actor import Actor
from portal.extensions import db
from portal.models import RoleName, User, UserLanguage, UserOrganization
from portal.offers.context import today

View = TypeVar("View", bound=Callable[..., Any])


def current_actor() -> Actor:
    """Who is logged in, or a guest. 401 where it is nobody; portal.auth turns that into the log-in page."""
    return actor_or_none() or abort(401)


def actor_or_none() -> Actor | None:
    if "actor" not in g:
        if current_user.is_authenticated:
            g.actor = actor_of(current_user._get_current_object())
        else:
            g.actor = guests.guest(request.path, today())
    actor: Actor | None = g.actor
    return actor


def actor_of(user: User) -> Actor:
    """What this person may. Organizations and languages are read only for those whose role depends on them."""
    names = frozenset(RoleName(role.name) for role in user.roles)
    organizations: Iterable[int] = ()
    languages: Iterable[str] = ()
    if RoleName.PROVIDER in names:
        organizations = db.session.exec(
            select(UserOrganization.organization_id).where(UserOrganization.user_id == user.id)
        )
    if RoleName.TRANSLATOR in names:
        languages = db.session.exec(select(UserLanguage.lang).where(UserLanguage.user_id == user.id))
    return Actor(
        user_id=user.id,
        name=user.name,
        roles=names,
        organizations=frozenset(organizations),
        languages=frozenset(languages),
    )


def roles(*allowed: RoleName) -> Callable[[View], View]:
    """Only for people with one of these roles; for others the page is not there (404). No role named: for everybody with
    an account. Guests see only what practitioners are named for."""

    allowed = tuple(dict.fromkeys(allowed))

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = current_actor()
            if not actor.has(*allowed) if allowed else actor.guest:
                abort(404)
            return view(*args, **kwargs)

        guarded.allowed_roles = allowed  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


WRITERS = (RoleName.PROVIDER, RoleName.EDITOR, RoleName.ADMIN)
EDITORS = (RoleName.EDITOR, RoleName.ADMIN)
TRANSLATORS = (RoleName.TRANSLATOR, RoleName.EDITOR, RoleName.ADMIN)
ADMINS = (RoleName.ADMIN,)
PLANNERS = (RoleName.PLANNER, RoleName.EDITOR, RoleName.ADMIN)
