"""Errors to answers, in one place. Every error page has a sentence, a way on, and a person with a phone number."""

from __future__ import annotations

import structlog
from flask import Flask, Response, render_template, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError
from werkzeug.exceptions import BadRequest, HTTPException

from portal.auth.sessions import is_admin_path


def init_app(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or (error.code or 500) < 400:
            return error
        if request_ctx.url_adapter is None:
            # The Host header is no name of a host: no address can be made, and a page is full of them.
            return Response(f"{error.name}\n", error.code, mimetype="text/plain")
        code = error.code or 500
        folder = "auth" if is_admin_path(request.path) and code < 500 else "errors"
        return render_template(f"{folder}/error.html", code=code), code

    @app.errorhandler(DataError)
    def not_for_a_database(_error: DataError) -> ResponseReturnValue:
        """Somebody has sent what no form of ours would: PostgreSQL knows no NUL, and no number that is too large."""
        return http_error(BadRequest())

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        # The type and the place, never the message: it may quote what somebody typed.
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else None
        structlog.get_logger("portal").error("unexpected", error=type(error).__name__, where=where)
        if app.testing or app.debug:
            raise error
        return render_template("errors/error.html", code=500), 500
