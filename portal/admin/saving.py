"""The end of every change: one commit, one sentence."""

from __future__ import annotations

import structlog
from flask import Flask, Response, current_app, flash, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from portal.editing.actor import NotAllowedError
from portal.editing.notices import Notice
from portal.extensions import db
from portal.mail import MailError

log = structlog.get_logger("notices")


def stored() -> None:
    """Commit what was done in this request; the answer itself says what became of it."""
    db.session.commit()


def saved(message: str) -> None:
    """Commit what was done in this request, and say so on the next page."""
    stored()
    flash(message, "ok")


def sent() -> MultiDict[str, str] | None:
    """What a form was sent with; None where the page is only looked at: then a form shows what is stored."""
    return request.form if request.method == "POST" else None


def tell_later(response: Response, notices: list[Notice]) -> Response:
    """Send these mails after the answer has gone out: nobody waits for a mail server."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def send() -> None:
        for notice in notices:
            try:
                app.extensions["mailer"].send(notice.to, notice.subject, notice.text)
            except MailError as error:
                log.warning("notice not sent", reason=str(error))

    if notices:
        response.call_on_close(send)
    return response


def init_app(app: Flask) -> None:
    @app.errorhandler(NotAllowedError)
    def not_there(_error: NotAllowedError) -> ResponseReturnValue:
        """What somebody may not do is not there for them."""
        answer: ResponseReturnValue = app.handle_user_exception(NotFound())  # type: ignore[assignment]
        return answer
