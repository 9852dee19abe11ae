"""Headers for every answer, compression, and addresses that cannot be. Nothing inline is allowed, so no nonce is needed
(docs/adr/0005)."""

from __future__ import annotations

from flask import Flask, Response, abort, g, request
from isal import igzip
from werkzeug.http import generate_etag
from werkzeug.routing import IntegerConverter

from portal.auth.sessions import is_admin_path

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


def _allow_frames(response: Response) -> None:
    """A preview shows a page of ours in a frame: one page may hold a frame, the other may be in one of ours."""
    if g.get("may_frame"):
        response.headers["Content-Security-Policy"] = f"{_CSP}; frame-src 'self'"
    if g.get("may_be_framed"):
        response.headers["Content-Security-Policy"] = _CSP.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        response.headers["X-Frame-Options"] = "SAMEORIGIN"


class RowNumber(IntegerConverter):
    """The number of a row, as it stands in an address. A longer one fits into no column of either database."""

    regex = r"[0-9]{1,9}"


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = RowNumber
    is_https = app.extensions["settings"].public_url.startswith("https://")

    @app.before_request
    def refuse_what_cannot_be() -> None:
        # PostgreSQL does not even look for such a text; no address of ours has the sign.
        if "\0" in request.path:
            abort(404)

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.extend(_HEADERS)
        if is_https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if is_admin_path(request.path):
            # With no-referrer a browser would not say either which site a form comes from (portal/auth/origin.py).
            response.headers["Referrer-Policy"] = "same-origin"
            response.headers["Cache-Control"] = "no-store"
            _allow_frames(response)
        return response

    @app.after_request
    def compress(response: Response) -> Response:
        if response.is_streamed or response.direct_passthrough or response.mimetype not in _COMPRESSIBLE:
            return response
        response.headers.add("Vary", "Accept-Encoding")
        body = response.get_data()
        if request.method in {"GET", "HEAD"} and response.status_code == 200 and not is_admin_path(request.path):
            # Seen before and not changed: a phone on a slow line gets a few bytes instead of the page.
            response.set_etag(generate_etag(body), weak=True)
            response.headers.setdefault("Cache-Control", "private, no-cache")
            if request.if_none_match.contains_weak(response.get_etag()[0] or ""):
                response.status_code = 304
                response.set_data(b"")
                return response
        if len(body) >= _COMPRESS_FROM and _accepts_gzip() and "Content-Encoding" not in response.headers:
            response.set_data(igzip.compress(body, 3))
            response.headers["Content-Encoding"] = "gzip"
        return response


def _accepts_gzip() -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "") and request.accept_encodings["gzip"] > 0


_COMPRESSIBLE = {
    "text/html",
    "application/json",
    "text/calendar",
    "application/xml",
    "application/atom+xml",
    "text/plain",
}
