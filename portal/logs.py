"""One line a request: route, status, time. No query string, no path, no address of a visitor (design §6)."""

from __future__ import annotations

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request


def init_app(app: Flask, level: str) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logger = structlog.get_logger("portal")
    # Flask's own handler would print the address of the request with each error.
    app.logger.handlers.clear()
    app.logger.addHandler(logging.NullHandler())
    app.logger.propagate = False

    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def log_request(response: Response) -> Response:
        logger.info(
            "request",
            method=request.method,
            route=str(request.url_rule) if request.url_rule else None,
            status=response.status_code,
            ms=round((time.perf_counter() - g.started) * 1000, 1) if "started" in g else None,
        )
        return response
