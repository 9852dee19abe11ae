"""Once a month a mail: what has changed in my districts. One, plain, and none where there is nothing to tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select, update

from portal.auth.access import PRACTITIONERS
from portal.cli import main
from portal.editing import digests, freshness_commands, workflow
from portal.editing.actor import COMMAND, Actor, NotAllowedError
from portal.editing.work_districts import districts_of, save_districts
from portal.extensions import db
from portal.mail import MailError
from portal.models import (
    AuditEntry,
    Digest,
    District,
    Offer,
    OfferDistrict,
    OfferText,
    Organization,
    RoleName,
    User,
)
from portal.models.enums import DistrictKind
from tests.conftest import TODAY
from tests.integration.admin import log_in, make_user, page
from tests.integration.test_changes import ADDRESS, LONG_AGO, SLUG, TITLE, at, home_of, november, save
from tests.integration.test_freshness import kommune

__all__ = ["kommune"]
DECEMBER = date(2026, 12, 1)


def actor(user_id: int | None) -> Actor:
    return Actor(user_id=user_id, name="Nour", roles=frozenset({RoleName.PRACTITIONER}))


@pytest.fixture
def changed(kommune: Flask) -> Flask:
    """One phone number has changed in November; it is December now. Nobody is asked whether an offer is still right."""
    with kommune.app_context():
        db.session.execute(
            update(Offer).values(created_at=LONG_AGO, valid_from=None, valid_to=None, review_due=date(2030, 1, 1))
        )
        offer = save(db.session, november(3), phone="030 23125 101")
        with at(db.session, november(4)):
            workflow.approve(db.session, COMMAND, offer, TODAY, kommune.extensions["plain_words"])
        db.session.commit()
    kommune.config["TODAY"] = DECEMBER
    return kommune


def reader(app: Flask, *roles: str, districts: list[str] | None = None, name: str = "Nour Haddad") -> int:
    """Somebody who wants the mail, for the district of the offer that has changed."""
    user_id = make_user(app, *(roles or ("fachkraft",)), languages=["tr"] if "uebersetzung" in roles else [], name=name)
    with app.app_context():
        save_districts(db.session, actor(user_id), [home_of(app)[0]] if districts is None else districts)
        digests.switch(db.session, actor(user_id), True)
        db.session.commit()
    return user_id


class Post:
    """A mail server that takes what it is given, or not."""

    def __init__(self, takes: bool = True) -> None:
        self.takes, self.mails = takes, list[tuple[str, str, str]]()

    def __call__(self, to: str, subject: str, text: str) -> bool:
        self.mails.append((to, subject, text))
        return self.takes


def send(app: Flask, day: date = DECEMBER, post: Post | None = None) -> Post:
    post = post or Post()
    with app.app_context():
        digests.send_digests(db.session, app.extensions["site"].kommune, day, "https://familien.example", post)
    return post


def sent_for(app: Flask, user_id: int) -> date | None:
    with app.app_context():
        return db.session.get_one(Digest, user_id).sent_for


def test_the_mail_says_what_has_changed_and_how_to_stop_it(changed: Flask) -> None:
    reader(changed)
    [(_to, subject, text)] = send(changed).mails
    _slug, name = home_of(changed)
    assert subject == "Neu und geändert im November 2026"
    with changed.app_context():
        organization = db.session.execute(select(Offer.organization_id).where(Offer.slug == SLUG)).scalar_one()
        house = db.session.get_one(Organization, organization).name
    assert text == (
        "Hallo Nour Haddad,\n\n"
        "das hat sich im November 2026 in deinen Stadtteilen geändert. Quelle: „Familienlotse Beispielstadt“.\n\n"
        "Geändert (1)\n"
        f"* {TITLE} ({house}, {name})\n"
        "  04.11. Geändert: Telefon\n"
        f"  https://familien.example/de/angebote/{SLUG}\n\n"
        "Alles auf einer Seite:\n"
        "https://familien.example/verwaltung/fachkraft/neues?monat=2026-11\n\n"
        "Du willst diese Mail nicht mehr? Schalte sie hier aus, auch deine Stadtteile änderst du dort:\n"
        "https://familien.example/verwaltung/fachkraft/neues\n"
    )


def test_nobody_gets_two_in_a_month(changed: Flask) -> None:
    user_id = reader(changed)
    assert len(send(changed).mails) == 1
    assert sent_for(changed, user_id) == date(2026, 11, 1)
    assert send(changed).mails == []
    assert send(changed, date(2026, 12, 5)).mails == []
    # The next month has a mail of its own, where there is something to tell.
    with changed.app_context():
        offer = save(db.session, november(20), text_bring="Hausschuhe")
        with at(db.session, datetime(2026, 12, 9, 9, tzinfo=UTC)):
            workflow.approve(db.session, COMMAND, offer, TODAY, changed.extensions["plain_words"])
        db.session.commit()
    [(_to, subject, _text)] = send(changed, date(2027, 1, 2)).mails
    assert subject == "Neu und geändert im Dezember 2026"


def test_where_nothing_has_changed_there_is_no_mail(changed: Flask) -> None:
    with changed.app_context():
        db.session.execute(update(Offer).where(Offer.slug == SLUG).values(city_wide=False))
        db.session.commit()
        far = (
            db.session.execute(
                select(District.slug).where(
                    District.kind == DistrictKind.STADTTEIL, District.slug != home_of(changed)[0]
                )
            )
            .scalars()
            .all()
        )
        db.session.execute(OfferDistrict.__table__.delete().where(OfferDistrict.offer_id == find(SLUG)))
        db.session.commit()
    user_id = reader(changed, districts=[far[0]])
    assert send(changed).mails == []
    assert sent_for(changed, user_id) == date(2026, 11, 1)


def find(slug: str) -> int:
    return db.session.execute(select(Offer.id).where(Offer.slug == slug)).scalar_one()


def test_only_the_first_days_of_a_month_and_only_whom_it_is_for(changed: Flask) -> None:
    wanted = [reader(changed, role) for role in ("fachkraft", "planung", "redaktion", "admin")]
    reader(changed, "uebersetzung")
    reader(changed, districts=[])
    gone = reader(changed)
    off = reader(changed)
    with changed.app_context():
        db.session.get_one(User, gone).active = False
        digests.switch(db.session, actor(off), False)
        db.session.commit()
    assert send(changed, date(2026, 12, 11)).mails == []
    to = [to for to, _subject, _text in send(changed, date(2026, 12, 10)).mails]
    with changed.app_context():
        assert to == [db.session.get_one(User, user_id).email for user_id in wanted]
    assert digests.PRACTITIONERS == PRACTITIONERS


def test_a_mail_that_did_not_go_out_is_tried_again(changed: Flask) -> None:
    user_id = reader(changed)
    assert len(send(changed, post=Post(takes=False)).mails) == 1
    assert sent_for(changed, user_id) is None
    assert len(send(changed, date(2026, 12, 2)).mails) == 1
    assert sent_for(changed, user_id) == date(2026, 11, 1)


def test_whoever_is_second_sends_nothing(changed: Flask) -> None:
    """Another process has told this person between the look and the mail."""
    user_id = reader(changed)
    with changed.app_context():
        [item] = digests.due(db.session, changed.extensions["site"].kommune, DECEMBER)
        assert digests._claim(db.session, user_id, date(2026, 11, 1)) == (None,)
        assert digests._claim(db.session, user_id, date(2026, 11, 1)) is None
        assert item.person.user_id == user_id


def test_a_title_with_line_breaks_stays_on_its_line(changed: Flask) -> None:
    reader(changed)
    with changed.app_context():
        db.session.get_one(OfferText, (find(SLUG), "de")).title = "Kita\nBcc: alle@verein.example"
        db.session.commit()
    [(_to, _subject, text)] = send(changed).mails
    assert "* Kita Bcc: alle@verein.example (" in text


def test_a_long_list_is_cut_and_says_so(changed: Flask) -> None:
    reader(changed)
    with changed.app_context():
        db.session.execute(update(Offer).values(created_at=november(9), city_wide=True))
        number = len(db.session.execute(select(Offer.id).where(Offer.status == "published")).all())
        db.session.commit()
    [(_to, _subject, text)] = send(changed).mails
    assert f"\nNeu ({number - 1})\n" in text
    assert f"\n* und {number - 1 - 40} weitere\n" in text


def test_the_daily_run_sends_it_and_a_dry_run_only_counts(changed: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness_commands, "make_app", lambda: changed)
    with changed.app_context():
        email = db.session.get_one(User, reader(changed)).email
    result = CliRunner().invoke(main, ["digest", "--dry-run"], catch_exceptions=False)
    assert result.output == (
        "1 people want to know. 1 mails would be sent, with 1 changes in all.\nDry run: nothing was changed.\n"
    )
    assert email not in result.output
    with changed.app_context():
        done = freshness_commands.run_daily(changed)
    assert [(item.person.email, went_out) for item, went_out in done.monthly] == [(email, True)]
    folder: Path = changed.extensions["settings"].data_dir / "mail"
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.glob("*.eml"))]
    ours = [mail for mail in mails if mail["Subject"] == "Neu und geändert im November 2026"]
    assert [mail["To"] for mail in ours] == [email]
    assert ours[0].get_content_type() == "text/plain"
    result = CliRunner().invoke(main, ["digest"], catch_exceptions=False)
    assert result.output == "0 mails about what changed in the month before.\n"


def test_a_refused_mail_is_in_the_log_without_its_address(
    make_app: Callable[..., Flask], log_text: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(log_level="warning")

    def refuse(*_args: Any) -> Any:
        raise MailError("Der Mailserver nimmt die Adresse nicht an.")

    monkeypatch.setattr(app.extensions["mailer"], "send", refuse)
    assert freshness_commands._sender(app)("nour@kita.example", "Neu", "Text") is False
    assert "mail not sent" in log_text()
    assert "nour@kita.example" not in log_text()


def test_the_switch_on_the_page(changed: Flask) -> None:
    changed.config["TODAY"] = TODAY
    user_id = make_user(changed, "fachkraft")
    client = log_in(changed, user_id)
    for words, data, wants in (("Mail einschalten", {"an": "1"}, True), ("Mail ausschalten", {"aus": "1"}, False)):
        buttons = [" ".join("".join(button.itertext()).split()) for button in page(client.get(ADDRESS)).iter("button")]
        assert words in buttons
        response = client.post(f"{ADDRESS}/mail", data={**data, "monat": "2026-10"})
        assert (response.status_code, response.location) == (303, f"{ADDRESS}?monat=2026-10")
        with changed.app_context():
            assert digests.wants_mail(db.session, actor(user_id)) is wants
    # Twice the same click is no error.
    for _time in range(2):
        assert client.post(f"{ADDRESS}/mail", data={"an": "1"}).status_code == 303


def test_a_guest_with_a_link_keeps_nothing(changed: Flask) -> None:
    with changed.app_context():
        before = db.session.execute(select(AuditEntry.id)).all()
        assert districts_of(db.session, actor(None)) == []
        assert digests.wants_mail(db.session, actor(None)) is False
        for refused in (
            lambda: save_districts(db.session, actor(None), ["nordstadt"]),
            lambda: digests.switch(db.session, actor(None), True),
        ):
            with pytest.raises(NotAllowedError):
                refused()
        assert db.session.execute(select(AuditEntry.id)).all() == before
