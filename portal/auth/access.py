"""Who may use a page: named with the page itself, and compared with the table of routes by a test."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, g
from flask_security import current_user
from sqlmodel import select

from portal.editing.actor import Actor
from portal.extensions import db
from portal.models import RoleName, UserLanguage, UserOrganization

View = TypeVar("View", bound=Callable[..., Any])


def current_actor() -> Actor:
    """Who is logged in. 401 where nobody is; portal.auth turns that into the log-in page."""
    if "actor" not in g:
        if not current_user.is_authenticated:
            abort(401)
        user = current_user._get_current_object()
        organizations = db.session.exec(
            select(UserOrganization.organization_id).where(UserOrganization.user_id == user.id)
        )
        languages = db.session.exec(select(UserLanguage.lang).where(UserLanguage.user_id == user.id))
        g.actor = Actor(
            user_id=user.id,
            name=user.name,
            roles=frozenset(RoleName(role.name) for role in user.roles),
            organizations=frozenset(organizations),
            languages=frozenset(languages),
        )
    actor: Actor = g.actor
    return actor


def roles(*allowed: RoleName) -> Callable[[View], View]:
    """Only for people with one of these roles; for others the page is not there (404). No role named: for everybody logged in."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = current_actor()
            if allowed and not actor.has(*allowed):
                abort(404)
            return view(*args, **kwargs)

        guarded.allowed_roles = allowed  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


WRITERS = (RoleName.PROVIDER, RoleName.EDITOR, RoleName.ADMIN)
EDITORS = (RoleName.EDITOR, RoleName.ADMIN)
TRANSLATORS = (RoleName.TRANSLATOR, RoleName.EDITOR, RoleName.ADMIN)
ADMINS = (RoleName.ADMIN,)
