"""Flask-Security, wired to our tables and our sessions. Its own pages are not used (docs/adr/0016)."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore

from portal.auth import guarding, passwords
from portal.auth.codes import HashedRecoveryCodes, OnceTotp
from portal.auth.passwords import PasswordRules
from portal.auth.sessions import StoredSessions
from portal.config import Settings
from portal.content.site import SiteContent
from portal.extensions import db
from portal.mail import Mailer
from portal.models import Role, User
from portal.offers.context import BERLIN


def init_app(app: Flask, settings: Settings, site: SiteContent) -> None:
    """Raises SettingsError where mails could not be sent with these settings."""
    key = hashlib.sha256(b"familienlotse totp" + settings.secret()).digest()
    passwords.init_app(app)
    app.config.update(
        WTF_CSRF_ENABLED=False,
        SECURITY_TOTP_SECRETS={"1": base64.b64encode(key).decode()},
        SECURITY_TOTP_ISSUER=site.kommune.site_name,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_N=8,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
        # The word in the cookie is what counts; a browser may change its name, a phone its address.
        SESSION_PROTECTION=None,
    )
    sessions = StoredSessions(settings)
    app.session_interface = sessions
    app.extensions["mailer"] = Mailer(settings.smtp_url, settings.sender, settings.data_dir / "mail")
    app.extensions["sessions"] = sessions
    # Flask-Security brings a JSON provider for answers that are not used here.
    json = app.json
    security = Security(
        app,
        SQLAlchemyUserDatastore(db, User, Role),  # type: ignore[arg-type]
        register_blueprint=False,
        totp_cls=OnceTotp,
        password_util_cls=PasswordRules,
        mf_recovery_codes_util_cls=HashedRecoveryCodes,
    )
    app.json = json
    # A session is the only way in: no token in an address or a header. Pages for families ask for nobody.
    security.login_manager._request_callback = None
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    guarding.init_app(app)
    app.jinja_env.filters["moment"] = moment


def moment(value: datetime) -> str:
    """A moment as people in Germany say it, e.g. "21.11.2026, 14:05 Uhr"."""
    return value.astimezone(BERLIN).strftime("%d.%m.%Y, %H:%M Uhr")
