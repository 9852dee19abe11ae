"""Who waits for a step of an offer is told by mail, and nobody is told what they did themselves."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from portal.extensions import db
from portal.models import Organization, RoleName, User
from tests.integration.admin import log_in, make_user
from tests.integration.test_admin_offers import NEW, address

PLACE = "familienbuero"


def mails(app: Flask) -> list[tuple[str, str, str]]:
    """To whom, about what, and the text of each mail that was written, in their order."""
    folder = Path(app.extensions["settings"].data_dir) / "mail"
    read = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.glob("*.eml"))]
    return [(mail["To"], mail["Subject"], mail.get_content()) for mail in read]


@pytest.fixture
def people(own_app: Flask) -> dict[str, Any]:
    """Sabine writes for a Träger, Jonas is the Redaktion; each is logged in."""
    with own_app.app_context():
        organization = db.session.exec(select(Organization.id).where(Organization.slug == PLACE)).one()
    sabine = make_user(
        own_app, RoleName.PROVIDER, organizations=[organization], name="Sabine", email="sabine@verein.example"
    )
    jonas = make_user(own_app, RoleName.EDITOR, name="Jonas", email="jonas@stadt.example")
    return {"sabine": log_in(own_app, sabine), "jonas": log_in(own_app, jonas), "id": sabine}


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    """As a server does it: what comes after the answer is done when the answer has gone out."""
    answer = client.post(path, data=data)
    answer.close()
    return answer


def handed_in(people: dict[str, Any]) -> str:
    return address(post(people["sabine"], "/verwaltung/angebote/neu", **NEW, do="submit"))


def test_the_redaktion_hears_of_an_offer_that_waits(own_app: Flask, people: dict[str, Any]) -> None:
    path = handed_in(people)
    (to, subject, text) = mails(own_app)[-1]
    assert (to, subject) == ("jonas@stadt.example", "Zur Freigabe: Spiel am Bach")
    assert "Sabine hat das Angebot „Spiel am Bach“ zur Freigabe gegeben." in text
    assert path in text
    assert len(mails(own_app)) == 1


def test_whoever_wrote_it_hears_that_it_is_public(own_app: Flask, people: dict[str, Any]) -> None:
    path = handed_in(people)
    post(people["jonas"], f"{path}/schritt/freigeben")
    (to, subject, text) = mails(own_app)[-1]
    assert (to, subject) == ("sabine@verein.example", "Veröffentlicht: Spiel am Bach")
    assert "Familien sehen es." in text


def test_whoever_wrote_it_hears_why_it_came_back(own_app: Flask, people: dict[str, Any]) -> None:
    path = handed_in(people)
    post(people["jonas"], f"{path}/schritt/ablehnen", text="Bitte nenne die Ferien.")
    (to, subject, text) = mails(own_app)[-1]
    assert (to, subject) == ("sabine@verein.example", "Bitte noch einmal ansehen: Spiel am Bach")
    assert "Bitte nenne die Ferien." in text
    assert path in text


def test_nobody_is_told_what_they_did_themselves_or_after_they_have_left(
    own_app: Flask, people: dict[str, Any]
) -> None:
    jonas = people["jonas"]
    path = address(post(jonas, "/verwaltung/angebote/neu", **NEW, do="save"))
    post(jonas, f"{path}/schritt/freigeben")
    assert mails(own_app) == []
    path = handed_in(people)
    with own_app.app_context():
        db.session.get_one(User, people["id"]).active = False
        db.session.commit()
    before = len(mails(own_app))
    post(jonas, f"{path}/schritt/freigeben")
    assert len(mails(own_app)) == before


def test_a_title_cannot_write_headers_of_a_mail(own_app: Flask, people: dict[str, Any]) -> None:
    changed = NEW | {"title": "Spiel\r\nBcc: x@y.example"}
    post(people["sabine"], "/verwaltung/angebote/neu", **changed, do="submit")
    (to, subject, _text) = mails(own_app)[-1]
    assert (to, subject) == ("jonas@stadt.example", "Zur Freigabe: Spiel Bcc: x@y.example")
