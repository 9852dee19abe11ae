"""/healthz for whoever watches the installation."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.extensions import db
from portal.offers.context import catalogue

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 where the portal can serve families, 503 where it cannot."""
    settings = current_app.extensions["settings"]
    try:
        db.session.execute(text("SELECT 1"))
        database, offers = "ok", catalogue().size
    except SQLAlchemyError:
        database, offers = "unreachable", None
    status = "ok" if database == "ok" else "failing"
    body = {
        "status": status,
        "database": {"engine": db.engine.dialect.name, "state": database},
        # The embedded search reads the database; a Meilisearch server is only configured, not asked yet.
        "search_engine": {"engine": "embedded", "state": database, "meilisearch": bool(settings.meili_url)},
        "published_offers": offers,
    }
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    return response, 200 if status == "ok" else 503
