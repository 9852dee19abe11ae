"""Errors to answers, in one place. Every error page has a sentence, a way on, and a person with a phone number."""

from __future__ import annotations

import structlog
from flask import Flask, g, render_template, request
from werkzeug.exceptions import HTTPException

from portal.i18n import LANGUAGES, preferred_language


def init_app(app: Flask) -> None:
    languages = app.extensions["site"].kommune.languages

    def set_language() -> None:
        """The language of the address even where no route matched; else the browser's."""
        if "language" not in g:
            first = request.path.split("/", 2)[1] if request.path.startswith("/") else ""
            code = first if first in languages else preferred_language(request.headers.get("Accept-Language", ""), languages)
            g.language = LANGUAGES[code]

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> object:
        if error.response is not None or (error.code or 500) < 400:
            return error
        set_language()
        return render_template("errors/error.html", code=error.code), error.code or 500

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> object:
        # The type and the place, never the message: it may quote what somebody typed.
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else None
        structlog.get_logger("portal").error("unexpected", error=type(error).__name__, where=where)
        if app.testing or app.debug:
            raise error
        set_language()
        return render_template("errors/error.html", code=500), 500
