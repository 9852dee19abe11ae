"""/healthz for whoever watches the installation."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.extensions import db
from portal.offers.context import catalogue
from portal.search.engine import Engine, EngineError
from portal.search.indexing import current_version

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 where the portal can serve families, 503 where it cannot."""
    try:
        db.session.execute(text("SELECT 1"))
        database, offers = "ok", catalogue().size
    except SQLAlchemyError:
        database, offers = "unreachable", None
    status = "ok" if database == "ok" else "failing"
    body = {
        "status": status,
        "database": {"engine": db.engine.dialect.name, "state": database},
        "search": _search(),
        "published_offers": offers,
    }
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    return response, 200 if status == "ok" else 503


def _search() -> dict[str, Any]:
    """Which engine answers, and how many changes each index has still to be told of. A failing engine is no failing portal."""
    engines = current_app.extensions["engines"]
    found: dict[str, Any] = {"embedded": _behind(engines.embedded)}
    if engines.meili is None:
        return {"engine": "embedded", **found}
    error = engines.last_error
    found["meilisearch"] = {"state": "failing", "reason": error} if error else _behind(engines.meili)
    return {"engine": "embedded" if error else "meilisearch", **found}


def _behind(engine: Engine) -> dict[str, Any]:
    try:
        position = engine.position()
        version = current_version(db.session)
    except (EngineError, SQLAlchemyError) as error:
        return {"state": "failing", "reason": str(error) if isinstance(error, EngineError) else "database"}
    if position is None:
        return {"state": "building"}
    return {"state": "ok", "changes_behind": max(0, version - position)}
