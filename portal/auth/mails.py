"""The mails that open a door: an invitation, a new password."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from portal.auth.links import DAYS, Purpose, make_link
from portal.auth.service import STRANGER, find_by_email
from portal.editing.audit import Action, record
from portal.extensions import db
from portal.mail import Mailer, MailError, MailResult
from portal.models import User
from portal.offers.context import site


def _send(to: str, subject: str, text: str) -> MailResult:
    mailer: Mailer = current_app.extensions["mailer"]
    try:
        return mailer.send(to, subject, text)
    except MailError as error:
        return MailResult(sent=False, path=None, reason=str(error))


def send_invitation(user: User, link: str, *, by: str) -> MailResult:
    """The result says whether the mail went out; where it did not, somebody else has to hand on the link."""
    name = site().kommune.site_name
    text = f"""Hallo {user.name},

{by} hat dich eingeladen, bei „{name}“ mitzuarbeiten.

Öffne diesen Link und wähle dein Passwort. Das dauert zwei Minuten, auch auf dem Handy:
{link}

Der Link gilt {DAYS[Purpose.INVITATION]} Tage und nur einmal. Danach kann dir {by} einen neuen schicken.
Wenn du damit nichts anfangen kannst, wirf diese Mail einfach weg.
"""
    return _send(user.email, f"Einladung: {name}", text)


def reset_later(email: str) -> Callable[[], None]:
    """What is to be done after the answer has gone out: a mail, where there is such an account."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def send() -> None:
        with app.app_context():
            user = find_by_email(email)
            if user is None or not user.active:
                return
            # Never with the host of the request: whoever asks for this mail could name any.
            link = make_link(Purpose.RESET, user, base=app.extensions["settings"].own_address)
            # By whom, nobody knows: anybody may ask.
            record(db.session, STRANGER, Action.CHANGED, kind="user", entity=user.id or "", label=user.name,
                   details="neues Passwort angefragt")  # fmt: skip
            db.session.commit()
            _send(user.email, f"Neues Passwort: {site().kommune.site_name}", _RESET.format(user.name, link))

    return send


_RESET = """Hallo {},

jemand hat für dich ein neues Passwort angefragt. Öffne diesen Link und wähle es:
{}

Der Link gilt bis morgen und nur einmal. Wenn du das nicht warst, musst du nichts tun: Dein Passwort bleibt, wie es ist.
"""
