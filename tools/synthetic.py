"""Fills a database with copies of the demo offers, for benchmarks: python tools/synthetic.py COUNT (uses the usual settings)."""

from __future__ import annotations

import sys

from sqlalchemy import insert, select
from sqlmodel import Session

from portal import create_app, models
from portal.database import mark_catalogue_changed
from portal.extensions import db
from portal.starting import prepare

_PARTS = (
    models.OfferText,
    models.OfferNeed,
    models.OfferLifePhase,
    models.OfferLifeSituation,
    models.OfferAccess,
    models.OfferLanguage,
    models.OfferDistrict,
    models.OfferSchedule,
)
_BATCH = 5_000


def fill(session: Session, count: int) -> None:
    """Copy offers, with all their parts, until there are `count`. Ages, days and titles differ from copy to copy."""
    offers = [dict(row) for row in session.execute(select(models.Offer.__table__).order_by(models.Offer.id)).mappings()]
    parts: dict[type, dict[int, list[dict]]] = {}
    for part in _PARTS:
        parts[part] = {offer["id"]: [] for offer in offers}
        for row in session.execute(select(part.__table__)).mappings():
            parts[part][row["offer_id"]].append(dict(row))
    next_id = max(offer["id"] for offer in offers) + 1
    rows: dict[type, list[dict]] = {models.Offer: [], **{part: [] for part in _PARTS}}
    for number in range(count - len(offers)):
        original, copy = offers[number % len(offers)], number // len(offers) + 2
        rows[models.Offer].append({**original, "id": next_id, "slug": f"{original['slug']}-{copy}"})
        for part in _PARTS:
            for row in parts[part][original["id"]]:
                new = {**row, "offer_id": next_id}
                new.pop("id", None)
                if "title" in new:
                    new["title"] = f"{new['title']} {copy}"
                rows[part].append(new)
        next_id += 1
        if len(rows[models.Offer]) == _BATCH:
            _write(session, rows)
    _write(session, rows)
    mark_catalogue_changed(session)
    session.commit()


def _write(session: Session, rows: dict[type, list[dict]]) -> None:
    for table, values in rows.items():
        if values:
            session.execute(insert(table.__table__), values)
            values.clear()


if __name__ == "__main__":
    app = create_app()
    prepare(app, demo=True)
    with app.app_context():
        fill(db.session, int(sys.argv[1]))
