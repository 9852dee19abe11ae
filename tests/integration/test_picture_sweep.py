"""Pictures that nothing shows any more are forgotten after a month; all others stay."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlmodel import select

from portal.editing import pictures
from portal.extensions import db
from portal.models import Offer, OfferVersion, Picture, TrashEntry
from portal.models.base import utc_now


def test_only_pictures_that_nothing_shows_are_forgotten(own_app: Flask) -> None:
    keys = {name: name[0] * 64 for name in ("offer", "version", "bin", "alone", "new")}
    with own_app.app_context():
        long_ago = utc_now() - timedelta(days=40)
        for name, sha256 in keys.items():
            made = utc_now() if name == "new" else long_ago
            db.session.add(Picture(sha256=sha256, webp=b"x", width=1, height=1, created_at=made))
        offer = db.session.exec(select(Offer).limit(1)).one()
        offer.picture = keys["offer"]
        assert offer.id is not None
        db.session.add(OfferVersion(offer_id=offer.id, number=1, content=f'{{"picture":"{keys["version"]}"}}'))
        db.session.add(TrashEntry(kind="offer", entity="x", label="x", content=f'["{keys["bin"]}"]'))
        db.session.flush()
        pictures.sweep(db.session)
        assert set(db.session.exec(select(Picture.sha256)).all()) == set(keys.values()) - {keys["alone"]}
