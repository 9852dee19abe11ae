"""Headers for every answer, and compression. Nothing inline is allowed, so no nonce is needed (docs/adr/0005)."""

from __future__ import annotations

from flask import Flask, Request, Response, request
from flask.sessions import NullSession, SessionInterface, SessionMixin
from isal import igzip
from werkzeug.http import generate_etag

_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_COMPRESS_FROM = 600
"""Bytes: below, compression saves nothing that fits into a packet less."""


class NoSession(SessionInterface):
    """Visitors get no cookie, so there is nothing to open and nothing to save."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return NullSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        return None


def init_app(app: Flask) -> None:
    app.session_interface = NoSession()

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.extend(_HEADERS)
        return response

    @app.after_request
    def compress(response: Response) -> Response:
        if response.is_streamed or response.direct_passthrough or response.mimetype not in _COMPRESSIBLE:
            return response
        response.headers.add("Vary", "Accept-Encoding")
        body = response.get_data()
        if request.method in {"GET", "HEAD"} and response.status_code == 200:
            # Seen before and not changed: a phone on a slow line gets a few bytes instead of the page.
            response.set_etag(generate_etag(body), weak=True)
            response.headers.setdefault("Cache-Control", "private, no-cache")
            if request.if_none_match.contains_weak(response.get_etag()[0] or ""):
                response.status_code = 304
                response.set_data(b"")
                return response
        if len(body) >= _COMPRESS_FROM and _accepts_gzip() and "Content-Encoding" not in response.headers:
            response.set_data(igzip.compress(body, 2))
            response.headers["Content-Encoding"] = "gzip"
        return response


def _accepts_gzip() -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "") and request.accept_encodings["gzip"] > 0


_COMPRESSIBLE = {"text/html", "application/json", "text/calendar", "application/xml", "text/plain"}
