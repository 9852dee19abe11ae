"""What the tests of practitioners' pages share: who they are, and what an offer has for them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, text
from sqlmodel import select

from portal.editing import practitioner_links
from portal.editing.actor import COMMAND
from portal.extensions import db
from portal.models import NoPlaceReport, Offer, OfferInternal
from tests.conftest import TODAY, text_of
from tests.integration.admin import browser, log_in, make_user, page

HERE = "/verwaltung/fachkraft"


def practitioner(app: Flask) -> FlaskClient:
    return log_in(app, make_user(app, "fachkraft", name="Ines Maurer", email="ines@kita.example"))


def planner(app: Flask) -> FlaskClient:
    return log_in(app, make_user(app, "planung", name="Paul Plan", email="paul@amt.example"))


def guest(app: Flask) -> FlaskClient:
    """Somebody who has opened the secret link of a house."""
    with app.app_context():
        _link, secret = practitioner_links.create(
            db.session, COMMAND, label="Praxis am Markt", expires_on=TODAY + timedelta(30), today=TODAY
        )
        db.session.commit()
    client = browser(app)
    assert client.post(f"/verwaltung/zugang/{secret}").status_code == 303
    return client


def offer_id(slug: str) -> int:
    """Inside of an app context."""
    return db.session.exec(select(Offer.id).where(Offer.slug == slug)).one() or 0


def add_internal(app: Flask, slug: str, **facts: str) -> None:
    with app.app_context():
        db.session.add(OfferInternal(offer_id=offer_id(slug), **facts))
        db.session.commit()


def add_reports(app: Flask, slug: str, *days_ago: int) -> None:
    """ "Kein Platz frei", so many days ago."""
    with app.app_context():
        for days in days_ago:
            db.session.add(NoPlaceReport(offer_id=offer_id(slug), reported_on=TODAY - timedelta(days)))
        db.session.commit()


def reported_days(app: Flask, slug: str) -> list[date]:
    with app.app_context():
        days = select(NoPlaceReport.reported_on).where(NoPlaceReport.offer_id == offer_id(slug))
        return sorted(db.session.exec(days))


def change_offer(app: Flask, slug: str, **changes: Any) -> None:
    with app.app_context():
        offer = db.session.exec(select(Offer).where(Offer.slug == slug)).one()
        for name, value in changes.items():
            setattr(offer, name, value)
        db.session.commit()


def rows_of(response: Any) -> list[str]:
    """The text of each row of results."""
    rows = [row for row in page(response).iter("li") if row.get("class") == "hit"]
    # Terms and what they say stand in columns: here with a space between.
    return [" ".join(" ".join(row.itertext()).split()) for row in rows]


def titles_of(response: Any) -> list[str]:
    return [text_of(title) for title in page(response).iter("h3") if title.get("class") == "hit__title"]


def slugs_of(response: Any) -> list[str]:
    return [
        link.get("href").rsplit("/", 1)[1]
        for title in page(response).iter("h3")
        if title.get("class") == "hit__title"
        for link in title.iter("a")
    ]


def flashes(response: Any) -> list[str]:
    return [text_of(part) for part in page(response).iter("p") if "flash" in (part.get("class") or "").split()]


def everything(*but: str) -> list[str]:
    """Every row of every table as a text, inside of an app context. Not the log-ins, nor the tables of `but`."""
    names = [name for name in inspect(db.engine).get_table_names() if name not in {"login_session", *but}]
    return [f"{name} {tuple(row)}" for name in names for row in db.session.execute(text(f'SELECT * FROM "{name}"'))]
