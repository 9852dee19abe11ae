"""Secret links for houses: given out by editors, opened with a button, good for the pages of practitioners and no others."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from portal.auth.guests import LINK
from portal.editing import practitioner_links
from portal.editing.actor import COMMAND, Actor, NotAllowedError
from portal.extensions import db
from portal.models import AuditEntry, LoginSession, LoginThrottle, PractitionerLink, RoleName, User
from tests.conftest import TODAY, parse_html, text_of
from tests.guards.test_guards import LOGGED_IN, OPEN, ROUTES
from tests.integration.admin import NoHeaders, browser, log_in, make_user
from tests.integration.filled_forms import alerts, errors, table
from tests.integration.test_admin_access import PlainClient
from tests.integration.test_auth_second_step import password_only

LINKS = "/verwaltung/zugaenge"
HOUSE = "Kinderarztpraxis am Markt"
INSIDE = "/verwaltung/fachkraft"


def make_link(app: Flask, label: str = HOUSE, days: int = 30) -> str:
    """The address of a new link."""
    with app.app_context():
        _link, secret = practitioner_links.create(
            db.session, COMMAND, label=label, expires_on=TODAY + timedelta(days=days), today=TODAY
        )
        db.session.commit()
    return f"/verwaltung/zugang/{secret}"


def guest_of(app: Flask, address: str) -> FlaskClient:
    """A browser that has opened the link and gone on."""
    client = browser(app)
    answer = client.post(address)
    assert (answer.status_code, answer.location) == (303, INSIDE), answer.text
    return client


def is_inside(client: FlaskClient) -> bool:
    return client.get(INSIDE).status_code == 200


def rows(app: Flask, model: Any) -> list[Any]:
    with app.app_context():
        return list(db.session.exec(select(model)))


# --- giving one out ---------------------------------------------------------------------------------------------------


def test_an_editor_gives_out_a_link_that_is_shown_once(own_app: Flask, editor: FlaskClient) -> None:
    form = editor.get(f"{LINKS}/neu")
    assert 'value="2027-05-22"' in form.text, "half a year, where nothing else is said"
    page = editor.post(f"{LINKS}/neu", data={"label": f"  {HOUSE} ", "expires_on": "2027-06-30"})
    assert page.status_code == 200
    document = parse_html(page.text)
    address = next(text_of(code) for code in document.iter("code") if code.get("id") == "link")
    secret = address.rsplit("/", 1)[1]
    assert re.fullmatch(r"http://localhost/verwaltung/zugang/[\w-]{43}", address)
    (code,) = [element for element in document.iter() if element.get("class") == "qr"]
    assert [element.tag.rpartition("}")[2] for element in code] == ["svg"], "inside the page: no address of it exists"
    (row,) = rows(own_app, PractitionerLink)
    assert (row.label, row.expires_on, row.created_by) == (HOUSE, date(2027, 6, 30), "Mira Yıldız")
    assert row.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    listed = editor.get(LINKS)
    assert [line[:4] for line in table(listed)] == [[HOUSE, "30.06.2027", "gilt", "Mira Yıldız"]]
    assert secret not in listed.text
    assert row.secret_hash not in listed.text
    assert "Niemand zählt das" in listed.text


def test_the_log_says_who_gave_it_out_and_who_ended_it_and_no_secret(own_app: Flask, editor: FlaskClient) -> None:
    editor.post(f"{LINKS}/neu", data={"label": HOUSE, "expires_on": "2027-01-31"})
    (link,) = rows(own_app, PractitionerLink)
    answer = editor.post(f"{LINKS}/{link.id}/beenden", follow_redirects=True)
    assert alerts(answer) == [f"Der Zugang „{HOUSE}“ ist beendet. Wer damit angemeldet war, ist es nicht mehr."]
    entries = [entry for entry in rows(own_app, AuditEntry) if entry.kind == "practitioner_link"]
    assert [(entry.action, entry.user, entry.label, entry.details) for entry in entries] == [
        ("created", "Mira Yıldız", HOUSE, "bis 31.01.2027"),
        ("ended", "Mira Yıldız", HOUSE, ""),
    ]
    assert link.secret_hash not in json.dumps([entry.model_dump(mode="json") for entry in rows(own_app, AuditEntry)])
    assert "beendet" in editor.get("/verwaltung/protokoll?kind=practitioner_link").text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"label": "", "expires_on": "2027-01-31"}, {"label": "Das fehlt noch."}),
        ({"label": HOUSE, "expires_on": ""}, {"expires_on": "Ohne ein Ende gilt er für immer."}),
        ({"label": HOUSE, "expires_on": "2026-11-20"}, {"expires_on": "Dieser Tag ist schon vorbei."}),
        (
            {"label": HOUSE, "expires_on": "2027-11-22"},
            {"expires_on": "Länger als ein Jahr gilt kein Zugang. Danach gibst du einen neuen aus."},
        ),
    ],
)
def test_a_link_needs_a_house_and_a_last_day_within_a_year(
    own_app: Flask, editor: FlaskClient, data: dict[str, str], said: dict[str, str]
) -> None:
    answer = editor.post(f"{LINKS}/neu", data=data)
    assert (answer.status_code, errors(answer)) == (422, said)
    assert rows(own_app, PractitionerLink) == []


def test_only_editors_give_out_links(own_app: Flask) -> None:
    practitioner = Actor(user_id=1, name="", roles=frozenset({RoleName.PRACTITIONER, RoleName.PROVIDER}))
    with own_app.app_context():
        for act in (
            lambda: practitioner_links.create(db.session, practitioner, label="x", expires_on=TODAY, today=TODAY),
            lambda: practitioner_links.list_links(db.session, practitioner),
            lambda: practitioner_links.revoke(db.session, practitioner, 1),
        ):
            with pytest.raises(NotAllowedError):
                act()


# --- the door ---------------------------------------------------------------------------------------------------------


def test_a_program_that_looks_at_the_link_gets_no_session(own_app: Flask) -> None:
    address = make_link(own_app)
    client = browser(own_app)
    page = client.get(address)
    assert (page.status_code, "Set-Cookie" in page.headers) == (200, False)
    assert [text_of(button) for button in parse_html(page.text).findall(".//main//button")] == ["Weiter"]
    assert HOUSE in page.text
    assert rows(own_app, LoginSession) == []
    assert not is_inside(client)


def test_the_button_opens_the_pages_of_practitioners(own_app: Flask) -> None:
    client = guest_of(own_app, make_link(own_app))
    page = client.get(INSIDE)
    assert page.status_code == 200
    header = text_of(parse_html(page.text).find(".//header"))
    assert HOUSE in header
    assert "Abmelden" in header
    assert "/verwaltung/konto" not in page.text
    assert 'href="/verwaltung/"' not in page.text, "the start page of editors is not there for guests"


def test_nobody_keeps_who_came_or_when_or_with_what(own_app: Flask) -> None:
    address = make_link(own_app)
    link_before = rows(own_app, PractitionerLink)[0].model_dump()
    entries = len(rows(own_app, AuditEntry))
    client = guest_of(own_app, address)
    client.get(INSIDE, headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
    client.post("/verwaltung/abmelden")
    assert rows(own_app, PractitionerLink)[0].model_dump() == link_before
    assert len(rows(own_app, AuditEntry)) == entries


def test_the_session_of_a_guest_names_no_device_and_no_person(own_app: Flask) -> None:
    guest_of(own_app, make_link(own_app))
    (row,) = rows(own_app, LoginSession)
    (link,) = rows(own_app, PractitionerLink)
    assert (row.user_id, row.device, json.loads(row.data)) == (None, "", {LINK: link.secret_hash})


def test_a_guest_logs_out(own_app: Flask) -> None:
    client = guest_of(own_app, make_link(own_app))
    answer = client.post("/verwaltung/abmelden")
    assert answer.location == "/verwaltung/anmelden?abgemeldet=1"
    assert rows(own_app, LoginSession) == []
    assert client.get(INSIDE).location.startswith("/verwaltung/anmelden")


def test_a_form_from_another_site_lets_nobody_in(own_app: Flask) -> None:
    headers = NoHeaders({"Sec-Fetch-Site": "cross-site"})
    assert browser(own_app).post(make_link(own_app), headers=headers).status_code == 403
    assert rows(own_app, LoginSession) == []


def _unknown(_app: Flask) -> str:
    return "/verwaltung/zugang/" + "a" * 43


def _expired(app: Flask) -> str:
    address = make_link(app, "Alt")
    with app.app_context():
        link = db.session.exec(select(PractitionerLink).where(PractitionerLink.label == "Alt")).one()
        link.expires_on = TODAY - timedelta(days=1)
        db.session.commit()
    return address


def _revoked(app: Flask) -> str:
    address = make_link(app, "Beendet")
    with app.app_context():
        number = db.session.exec(select(PractitionerLink.id).where(PractitionerLink.label == "Beendet")).one()
        practitioner_links.revoke(db.session, COMMAND, number or 0)
        db.session.commit()
    return address


def _rubbish(_app: Flask) -> str:
    return "/verwaltung/zugang/%F0%9F%90%98"


def test_an_unknown_an_old_and_an_ended_link_get_the_same_answer(own_app: Flask) -> None:
    makers: list[Callable[[Flask], str]] = [_unknown, _expired, _revoked, _rubbish]
    answers = {
        (answer.status_code, answer.text, "Set-Cookie" in answer.headers)
        for make in makers
        for address in [make(own_app)]
        for answer in (browser(own_app).get(address), browser(own_app).post(address))
    }
    assert len(answers) == 1
    ((status, text, cookie),) = answers
    assert (status, cookie) == (410, False)
    assert "Dieser Link gilt nicht" in text
    assert "tel:" in text, "whoever stands before a closed door can call somebody"


def test_on_its_last_day_it_still_opens(own_app: Flask) -> None:
    assert is_inside(guest_of(own_app, make_link(own_app, days=0)))


@pytest.mark.parametrize("door", ["zugang", "einladung", "neues-passwort"])
def test_a_page_of_another_site_shuts_nobody_out(own_app: Flask, door: str) -> None:
    """As pictures with wrong links, which the browser of an editor asks for."""
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    client = browser(own_app)
    answers = [client.get(f"/verwaltung/{door}/{'x' * 43}", headers=picture).status_code for _ in range(32)]
    assert answers == [410] * 32
    assert rows(own_app, LoginThrottle) == []


def test_who_tries_many_has_to_wait(own_app: Flask) -> None:
    client = browser(own_app)
    answers = [client.get(f"/verwaltung/zugang/{number:043d}").status_code for number in range(32)]
    assert answers == [410] * 30 + [429] * 2
    assert is_inside(guest_of(own_app, make_link(own_app))), "who has a right link does not try"


# --- its end ----------------------------------------------------------------------------------------------------------


def test_who_is_in_is_out_as_soon_as_the_link_is_ended(own_app: Flask, editor: FlaskClient) -> None:
    client, other = guest_of(own_app, make_link(own_app)), guest_of(own_app, make_link(own_app, "Grundschule"))
    link = next(link for link in rows(own_app, PractitionerLink) if link.label == HOUSE)
    editor.post(f"{LINKS}/{link.id}/beenden")
    assert client.get(INSIDE).status_code == 303
    assert is_inside(other)
    assert is_inside(editor)
    assert editor.post(f"{LINKS}/{link.id}/beenden").status_code == 404


def test_after_the_last_day_the_session_ends_with_a_clear_sentence(own_app: Flask) -> None:
    client = guest_of(own_app, make_link(own_app, days=0))
    own_app.config["TODAY"] = TODAY + timedelta(days=1)
    answer = client.get(INSIDE)
    assert answer.status_code == 410
    assert "Der Zugang eurer Einrichtung ist zu Ende. Darum bist du jetzt abgemeldet." in answer.text
    assert rows(own_app, LoginSession) == []
    assert client.get(INSIDE).status_code == 303


def test_a_new_link_with_the_number_of_an_ended_one_lets_nobody_back_in(own_app: Flask) -> None:
    """SQLite gives the number of a deleted row to the next one."""
    client = guest_of(own_app, make_link(own_app))
    with own_app.app_context():
        link = db.session.exec(select(PractitionerLink)).one()
        number, stolen = link.id, link.secret_hash
        db.session.delete(link)
        db.session.commit()
    make_link(own_app, "Ein anderes Haus")
    assert [link.id for link in rows(own_app, PractitionerLink)] == [number]
    assert rows(own_app, LoginSession)[0].data.count(stolen) == 1
    assert client.get(INSIDE).status_code == 410


# --- guests and everybody else ----------------------------------------------------------------------------------------


def test_who_is_logged_in_stays_who_they_are(own_app: Flask, editor: FlaskClient, translator: FlaskClient) -> None:
    address = make_link(own_app)
    for ask in (editor.get, editor.post):
        assert ask(address).location == INSIDE
    assert "Mira Yıldız" in editor.get("/verwaltung/konto").text
    assert translator.post(address).location == "/verwaltung/", "a page that they may see"
    assert "Leyla Said" in translator.get("/verwaltung/konto").text


def test_a_guest_who_logs_in_is_somebody_and_no_guest_any_more(own_app: Flask) -> None:
    client = guest_of(own_app, make_link(own_app))
    log_in(own_app, make_user(own_app, "redaktion", name="Mira Yıldız"), client=client)
    assert client.get("/verwaltung/angebote/").status_code == 200
    assert [LINK in row.data for row in rows(own_app, LoginSession)] == [False]
    assert HOUSE not in client.get(INSIDE).text


def test_half_a_log_in_is_no_guest_and_a_guest_is_no_half_log_in(own_app: Flask) -> None:
    admin = make_user(own_app, "admin")
    half = password_only(own_app, admin)
    assert half.get(INSIDE).status_code == 303
    assert half.get("/verwaltung/zweiter-schritt").status_code == 200
    guest = guest_of(own_app, make_link(own_app))
    for page in ("zweiter-schritt", "wiederherstellen", "zweiter-schritt/einrichten"):
        assert guest.get(f"/verwaltung/{page}").location == "/verwaltung/anmelden"
    # Somebody in the middle of logging in opens a link: from then on they are a guest and nothing else.
    address = make_link(own_app, "Grundschule")
    assert half.post(address).location == INSIDE
    assert half.get("/verwaltung/zweiter-schritt").location == "/verwaltung/anmelden"
    assert all(set(json.loads(row.data)) == {LINK} for row in rows(own_app, LoginSession))


def test_a_session_with_both_words_is_nobody(own_app: Flask) -> None:
    client = guest_of(own_app, make_link(own_app))
    with own_app.app_context():
        row = db.session.exec(select(LoginSession)).one()
        somebody = db.session.get_one(User, make_user(own_app, "admin"))
        pending = {"user": somebody.fs_uniquifier, "at": 0, "next": "", "parked": ""}
        row.data = json.dumps({**json.loads(row.data), "pending": pending})
        db.session.commit()
    assert client.get(INSIDE).status_code == 303


def test_a_guest_reaches_the_pages_of_practitioners_and_nothing_else(own_app: Flask) -> None:
    """Every address below /verwaltung, read and written, with what an attacker would put into a form."""
    own_app.test_client_class = PlainClient
    client = own_app.test_client()
    assert client.post(make_link(own_app)).location == INSIDE
    values = {"slug": "still-cafe", "lang": "tr", "kind": "offer", "entity": "still-cafe", "name": "title",
              "step": "bestaetigen", "code": "tr", "phase": "kita", "key": "x", "what": "traeger"}  # fmt: skip
    with own_app.app_context():
        last = max(entry.id or 0 for entry in db.session.exec(select(AuditEntry)))
    tried = 0
    for rule in own_app.url_map.iter_rules():
        roles = ROUTES.get(str(rule), "")
        if not str(rule).startswith("/verwaltung") or roles == OPEN or rule.endpoint == "security.logout":
            continue
        address = re.sub(
            r"<(?:([^:<>]*):)?(\w+)>",
            lambda match: "1" if match[1] == "int" else values.get(match[2], "irgendein-wort"),
            str(rule),
        )
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = client.open(address, method=method, data={"do": "publish", "name": "x", "title": "x"})
            if "fachkraft" in roles.split() and roles != LOGGED_IN:
                assert answer.status_code in {200, 303, 400, 404, 422}, f"{method} {rule}"
            else:
                assert answer.status_code == 404, f"{method} {rule}"
            tried += 1
    assert tried > 100
    with own_app.app_context():
        assert list(db.session.exec(select(AuditEntry.action).where(col(AuditEntry.id) > last))) == []
