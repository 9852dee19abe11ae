"""What somebody tries who wants more than they may, or wants to break something: each time a sentence, and nothing changed."""

from __future__ import annotations

import re
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from portal import create_app
from portal.auth.links import Purpose, make_link
from portal.editing.confirm_links import ConfirmLinks
from portal.editing.freshness import Person
from portal.extensions import db
from portal.models import AuditEntry, FeedbackReason, FeedbackReport, Offer, Organization, Role, User
from portal.models.enums import OfferStatus
from portal.sealing import Seal
from tests.conftest import TODAY, make_settings
from tests.integration.admin import PASSWORD, browser, log_in, make_user
from tests.integration.either_database import either_app  # noqa: F401  (a fixture)
from tests.integration.filled_forms import filled
from tests.integration.test_admin_access import PlainClient

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
OFFER = "still-cafe"
HTMX = {"HX-Request": "true"}


def offer_of(app: Flask, slug: str) -> Offer:
    with app.app_context():
        return db.session.exec(select(Offer).where(Offer.slug == slug)).one()


def organization_of(app: Flask, slug: str) -> str:
    with app.app_context():
        return db.session.get_one(Organization, offer_of(app, slug).organization_id).slug


def provider_of(app: Flask, slug: str) -> FlaskClient:
    """A Träger-editor of the organization of this offer."""
    return log_in(app, make_user(app, "traeger", organizations=[offer_of(app, slug).organization_id]))


def roles_of(app: Flask, user_id: int) -> list[str]:
    with app.app_context():
        return sorted(role.name for role in db.session.get_one(User, user_id).roles)


def entries(app: Flask) -> list[AuditEntry]:
    with app.app_context():
        return list(db.session.exec(select(AuditEntry).order_by(AuditEntry.id)))  # type: ignore[arg-type]


# --- values that no form of ours would send ---------------------------------------------------------------------------

LONG = "9" * 4_500
"""More digits than Python turns into a number."""


@pytest.fixture
def somebody(either_app: Flask) -> FlaskClient:  # noqa: F811
    either_app.test_client_class = PlainClient
    return log_in(either_app, make_user(either_app, "redaktion", "admin"), client=either_app.test_client())


@pytest.mark.parametrize("bad", ["\0", "a\0b", LONG, "²", "\x01\x7f", "%FF%FE", "../../etc/passwd", "' OR 1=1 --"])
def test_any_word_in_an_address_is_a_page_or_none(
    either_app: Flask,  # noqa: F811
    somebody: FlaskClient,
    bad: str,
) -> None:
    """On every address, for families and for editors, in place of every part. PostgreSQL knows no NUL, SQLite no large number."""
    good = {"language": "de", "lang": "tr", "kind": "offer", "entity": OFFER, "slug": OFFER, "code": "de", "step": "x"}
    for rule in either_app.url_map.iter_rules():
        for name in rule.arguments - {"language"}:
            values = good | {name: quote(bad, safe="%")}
            address = re.sub(r"<(?:[^:<>]*:)?(\w+)>", lambda match: str(values.get(match[1], "1")), str(rule))  # noqa: B023
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                answer = somebody.open(address, method=method)
                assert answer.status_code < 500, f"{method} {address[:80]}"
                if "%00" in address:
                    assert answer.status_code == 404, f"{method} {address[:80]}"


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_a_number_that_no_row_can_have_is_no_page(somebody: FlaskClient, number: int) -> None:
    for path in ("personen/{}", "aktuell/{}", "aktuell/{}/loeschen", f"angebote/{OFFER}/verlauf/{{}}"):
        assert somebody.get(f"/verwaltung/{path.format(number)}").status_code == 404, path
    for path in (
        "personen/{}/sperren",
        "papierkorb/{}/zurueckholen",
        f"angebote/{OFFER}/verlauf/{{}}/wiederherstellen",
    ):
        assert somebody.post(f"/verwaltung/{path.format(number)}").status_code == 404, path
    assert somebody.get(f"/verwaltung/angebote/?page={number}").status_code == 200


FORMS: list[tuple[str, dict[str, Any], int]] = [
    ("anmelden", {"email": "a\0b@verein.example", "password": "x\0y"}, 400),
    ("passwort-vergessen", {"email": "a\0b@verein.example"}, 200),
    ("rueckmeldungen", {"report": LONG}, 400),
    ("rueckmeldungen", {"report": "²", "do": "done"}, 400),
    ("stimmt-noch", {"offer": LONG}, 400),
    ("stimmt-noch", {"only": "-1"}, 400),
    ("bedarfe/adhs_autismus/saetze/entfernen", {"id": LONG}, 400),
    ("bedarfe/adhs_autismus/saetze/entfernen", {"id": "99999999999999999999"}, 400),
    ("personen/neu", {"email": "neu@verein.example", "name": "N\0", "roles": "traeger", "organizations": LONG}, 422),
    ("personen/neu", {"email": "neu@verein.example", "name": "N", "roles": "chef"}, 422),
    ("traeger/familienbuero/zusammenlegen", {"mit": "gibt\1es-nicht"}, 404),
    ("angebote/mehrere", {"do": "publish", "slug": ["a\0b", LONG, OFFER + "%"]}, 303),
    (f"angebote/{OFFER}", {"do": "replace:description:²:³:x", "description": "Die Inanspruchnahme."}, 200),
    (f"angebote/{OFFER}", {"do": f"replace:description:{LONG}:1:x", "description": "Die Inanspruchnahme."}, 200),
    (f"angebote/{OFFER}", {"base": LONG, "title": "\0"}, 422),
    ("stadtteile/neu", {"name": "X", "kind": "stadtteil", "parent": "", "position": LONG}, 422),
    ("bedarfe/neu", {"label": "X", "question": "y", "position": "²"}, 422),
]  # fmt: skip


@pytest.mark.parametrize(("path", "form", "status"), FORMS)
def test_any_value_in_a_form_is_answered_with_a_sentence(
    somebody: FlaskClient, path: str, form: dict[str, Any], status: int
) -> None:
    answer = somebody.post(f"/verwaltung/{path}", data=form)
    assert answer.status_code == status
    assert len(answer.get_data(as_text=True)) > 100


def test_what_the_database_refuses_is_said_and_not_an_error(somebody: FlaskClient, either_app: Flask) -> None:  # noqa: F811
    """NUL in a value that goes straight into a query."""
    answer = somebody.post("/verwaltung/konto/abmelden", data={"ort": "a\0b"})
    on_sqlite = either_app.extensions["engine"].dialect.name == "sqlite"
    assert answer.status_code == (303 if on_sqlite else 400)
    assert somebody.get("/verwaltung/konto").status_code == 200


# --- to other places --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("list_path", ["angebote/mehrere", "rueckmeldungen"])
@pytest.mark.parametrize(
    "back", ["?q=a\r\nSet-Cookie: x=y", "?q=\n", "https://boese.example", "//boese.example", "/boese", "@boese.example", ".boese"]
)  # fmt: skip
def test_back_to_the_list_leads_nowhere_else(editor: FlaskClient, list_path: str, back: str) -> None:
    answer = editor.post(f"/verwaltung/{list_path}", data={"back": back})
    assert answer.status_code == 303
    assert answer.location == f"/verwaltung/{list_path.replace('mehrere', '')}"


# --- more than one may ------------------------------------------------------------------------------------------------

GREEDY = {
    "roles": ["admin", "redaktion"], "role": "admin", "organizations": ["1", "2", "3"], "languages": ["ar"],
    "email": "boss@verein.example", "active": "1", "user_id": "1", "id": "1", "fs_uniquifier": "x", "is_admin": "1",
    "tf_primary_method": "", "tf_totp_secret": "",
}  # fmt: skip


def test_an_invitation_gives_what_the_admin_gave_and_no_more(own_app: Flask) -> None:
    user = make_user(own_app, "uebersetzung", languages=["tr"], email="leyla@buero.example", password="")
    with own_app.test_request_context(), own_app.app_context():
        link = make_link(Purpose.INVITATION, db.session.get_one(User, user), base="")
    client = browser(own_app)
    answer = client.post(link[link.index("/verwaltung") :], data={"name": "Leyla", "password": PASSWORD, **GREEDY})
    assert answer.status_code == 303
    assert roles_of(own_app, user) == ["uebersetzung"]
    with own_app.app_context():
        assert db.session.get_one(User, user).email == "leyla@buero.example"
    assert client.get("/verwaltung/personen").status_code == 404


def test_in_my_account_i_change_my_name_and_no_more(own_app: Flask) -> None:
    user = make_user(own_app, "planung", email="pia@stadt.example")
    client = log_in(own_app, user)
    assert client.post("/verwaltung/konto", data={"name": "Pia", **GREEDY}).status_code == 303
    assert roles_of(own_app, user) == ["planung"]
    with own_app.app_context():
        assert (db.session.get_one(User, user).name, db.session.get_one(User, user).email) == (
            "Pia",
            "pia@stadt.example",
        )


def test_a_role_that_is_taken_away_is_gone_at_the_next_click(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion")
    client = log_in(own_app, user)
    assert client.get("/verwaltung/bedarfe").status_code == 200
    with own_app.app_context():
        person = db.session.get_one(User, user)
        person.roles = [db.session.exec(select(Role).where(Role.name == "redaktion")).one()][:0]
        db.session.commit()
    assert client.get("/verwaltung/bedarfe").status_code == 404


HIDDEN = {
    "status": "published", "state": "approved", "organization_id": "1", "slug": "ganz-neu", "source": "x", "id": "1",
    "assured_on": "2099-01-01", "review_due": "2099-01-01", "picture": "0" * 64, "author": "Redaktion",
    "translations": "x", "number": "1", "checked": "1",
}  # fmt: skip


def test_a_form_of_an_offer_writes_only_what_it_shows(own_app: Flask) -> None:
    """Not the state, not the days of review, not another one's organization, not a picture."""
    client, before = provider_of(own_app, OFFER), offer_of(own_app, OFFER)
    page = client.get(f"/verwaltung/angebote/{OFFER}")
    form = filled(page, title="Still-Café am Markt", do="publish", **HIDDEN)
    assert client.post(f"/verwaltung/angebote/{OFFER}", data=form).status_code == 303
    after = offer_of(own_app, OFFER)
    for name in ("slug", "status", "organization_id", "assured_on", "review_due", "picture", "source"):
        assert getattr(after, name) == getattr(before, name), name
    assert "Still-Café am Markt" not in own_app.test_client().get(f"/de/angebote/{OFFER}").text
    last = entries(own_app)[-1]
    assert (last.action, last.entity) == ("changed", OFFER)


def test_an_offer_cannot_be_given_to_another_organization(own_app: Flask) -> None:
    client = provider_of(own_app, OFFER)
    form = filled(client.get(f"/verwaltung/angebote/{OFFER}"), organization="familienbuero", title="Woanders")
    answer = client.post(f"/verwaltung/angebote/{OFFER}", data=form)
    assert answer.status_code == 422
    assert organization_of(own_app, OFFER) != "familienbuero"
    assert offer_of(own_app, OFFER).organization_id == offer_of(own_app, OFFER).organization_id


def test_what_a_provider_writes_is_public_by_no_way_but_an_approval(own_app: Flask) -> None:
    """The button, the step, the list, an older version, the bin, the archive: none of them publishes."""
    client, url = provider_of(own_app, OFFER), f"/verwaltung/angebote/{OFFER}"
    for title in ("Erste Fassung", "Zweite Fassung"):
        form = filled(client.get(url), title=title, do="publish")
        assert client.post(url, data=form).status_code == 303
    for path, data in (
        (f"{url}/schritt/freigeben", {}),
        (f"{url}/schritt/ablehnen", {"text": "Nein"}),
        ("/verwaltung/angebote/mehrere", {"do": "publish", "slug": OFFER}),
        (f"{url}/verlauf/2/wiederherstellen", {}),
        (f"{url}/schritt/archivieren", {}),
        (f"{url}/schritt/zurueckholen", {}),
        (f"{url}/schritt/freigeben", {}),
        (f"{url}/schritt/loeschen", {}),
        ("/verwaltung/papierkorb/1/zurueckholen", {"entity": OFFER}),
        (f"{url}/kopieren", {"do": "publish"}),
    ):
        assert client.post(path, data=data).status_code in {303, 404}, path
    family = own_app.test_client()
    assert "Fassung" not in family.get("/de/angebote").text
    assert "Fassung" not in family.get(f"/de/angebote/{OFFER}").text
    with own_app.app_context():
        drafts = db.session.exec(select(Offer.status).where(Offer.slug.startswith("erste-fassung"))).all()  # type: ignore[attr-defined]
        assert OfferStatus.PUBLISHED not in drafts
    assert offer_of(own_app, OFFER).status is not OfferStatus.PUBLISHED
    assert {entry.action for entry in entries(own_app)} & {"published", "approved"} == set()


# --- doors that open once ---------------------------------------------------------------------------------------------


def test_a_sealed_word_opens_only_the_door_that_it_was_made_for(own_app: Flask) -> None:
    """Invitation, new password, first log-in, "stimmt noch", table, parked form, search: none is good for another."""
    user = make_user(own_app, "redaktion")
    secret, row = own_app.config["SECRET_KEY"], offer_of(own_app, OFFER)
    with own_app.test_request_context():
        person = db.session.get_one(User, user)
        words = {
            purpose.value: make_link(purpose, person if purpose is not Purpose.FIRST else None).rpartition("/")[2]
            for purpose in Purpose
        }
        words["confirm"] = ConfirmLinks(secret).make(Person(person.email, "", user), [row], TODAY)[0].rpartition("/")[2]
    for purpose in ("uploaded table", "parked form", "search", "lotse"):
        words[purpose] = Seal(secret, purpose, 7).close(f"{user}:x".encode(), TODAY)
    doors = {
        "invitation": "/verwaltung/einladung/", "password reset": "/verwaltung/neues-passwort/",
        "first log-in": "/verwaltung/erster-zugang/", "confirm": "/bestaetigen/",
    }  # fmt: skip
    client = browser(own_app)
    for wanted, door in doors.items():
        for made_for, word in words.items():
            status = client.get(door + word).status_code
            # Somebody has an account: nobody is first any more.
            opens = made_for == wanted and wanted != "first log-in"
            assert status == (200 if opens else 410), f"{made_for} at {door}"


def test_a_link_to_the_old_address_is_worth_nothing_after_the_address_has_changed(
    own_app: Flask, admin: FlaskClient
) -> None:
    """The invitation went to somebody by mistake: whoever has it must not get in with the right person's rights."""
    user = make_user(own_app, "redaktion", name="Mira", email="mria@redaktion.example", password="")
    with own_app.test_request_context():
        link = make_link(Purpose.INVITATION, db.session.get_one(User, user))
    stranger, path = browser(own_app), link[link.index("/verwaltung") :]
    assert stranger.get(path).status_code == 200
    page = admin.get(f"/verwaltung/personen/{user}")
    form = filled(page, email="mira@redaktion.example")
    assert admin.post(f"/verwaltung/personen/{user}", data=form).status_code == 303
    assert stranger.get(path).status_code == 410
    assert stranger.post(path, data={"name": "Ich", "password": PASSWORD}).status_code == 410


def test_a_mail_to_the_old_address_confirms_nothing_after_the_address_has_changed(
    own_app: Flask, admin: FlaskClient
) -> None:
    row = offer_of(own_app, OFFER)
    user = make_user(own_app, "traeger", organizations=[row.organization_id], email="palev@verein.example")
    sent = Person("palev@verein.example", "", user)
    link = ConfirmLinks(own_app.config["SECRET_KEY"]).make(sent, [row], TODAY)[0]
    assert own_app.test_client().get(link).status_code == 200
    form = filled(admin.get(f"/verwaltung/personen/{user}"), email="pavel@verein.example")
    assert admin.post(f"/verwaltung/personen/{user}", data=form).status_code == 303
    assert own_app.test_client().get(link).status_code == 410
    own_app.test_client().post(link, data={"angebot": "alle"})
    assert offer_of(own_app, OFFER).assured_on == row.assured_on


def test_the_name_alone_ends_no_session(own_app: Flask, admin: FlaskClient) -> None:
    user = make_user(own_app, "redaktion", name="Mira", email="mira@redaktion.example")
    client = log_in(own_app, user)
    form = filled(admin.get(f"/verwaltung/personen/{user}"), name="Mira Y.")
    assert admin.post(f"/verwaltung/personen/{user}", data=form).status_code == 303
    assert client.get("/verwaltung/konto").status_code == 200


def test_who_asks_for_a_new_password_is_nobody_in_the_log(own_app: Flask) -> None:
    """Anybody can type the address of a colleague: the log must not say that it was the colleague."""
    make_user(own_app, "redaktion", name="Mira", email="mira@redaktion.example")
    browser(own_app).post("/verwaltung/passwort-vergessen", data={"email": "mira@redaktion.example"}).close()
    entry = entries(own_app)[-1]
    assert (entry.details, entry.label, entry.user, entry.user_id) == ("neues Passwort angefragt", "Mira", "", None)


# --- words that would like to be more than words ----------------------------------------------------------------------


def test_no_word_of_anybody_becomes_a_part_of_a_page(own_app: Flask, editor: FlaskClient) -> None:
    """Names, titles, notes, comments, reasons, drafts: the client of these tests refuses scripts and handlers in a page."""
    url = f"/verwaltung/angebote/{OFFER}"
    form = filled(editor.get(url), title=EVIL, summary=EVIL, bring=EVIL, goal=EVIL, note=EVIL)
    assert editor.post(url, data=form).status_code == 303
    assert (
        editor.post(f"{url}/zwischenstand", data={**form, "title": "Entwurf " + EVIL}, headers=HTMX).status_code == 200
    )
    assert editor.post(f"{url}/schritt/kommentieren", data={"text": EVIL}).status_code == 303
    page = editor.get("/verwaltung/traeger/familienbuero")
    facts = filled(page, name=EVIL, description=EVIL)
    assert editor.post("/verwaltung/traeger/familienbuero", data=facts).status_code == 303
    place = {"name": EVIL, "street": EVIL, "city": EVIL, "bus_stop": EVIL, "district": "", "step_free": ""}
    assert editor.post("/verwaltung/traeger/familienbuero/orte/neu", data=place).status_code == 303
    with own_app.app_context():
        report = FeedbackReport(
            offer_id=offer_of(own_app, OFFER).id or 0, reason=FeedbackReason.PHONE, lang="de", reported_on=TODAY
        )
        db.session.add(report)
        db.session.commit()
        number = report.id
    assert editor.post("/verwaltung/rueckmeldungen", data={"only": str(number), "note": EVIL}).status_code == 303
    pages = [
        "", "angebote/", "angebote/?q=%3Cscript%3E", f"angebote/{OFFER}", f"angebote/{OFFER}/verlauf/",
        f"angebote/{OFFER}/verlauf/2", f"angebote/{OFFER}/vorschau/", f"angebote/{OFFER}/vorschau/de", "traeger",
        "traeger/familienbuero", "traeger/familienbuero/loeschen", "protokoll", "protokoll?q=%22%3E", "papierkorb",
        "rueckmeldungen?state=all", "stimmt-noch", "uebersetzungen/tr/offer", f"uebersetzungen/tr/offer/{OFFER}",
        "austausch/?q=%3Cscript%3E",
    ]  # fmt: skip
    seen = 0
    for path in pages:
        shown = editor.get(f"/verwaltung/{path}")
        assert shown.status_code == 200, path
        assert "<script>alert" not in shown.text, path
        assert "<img src=x" not in shown.text, path
        seen += "alert(1)" in shown.text
    assert seen >= 9
    assert editor.post(f"{url}/schritt/freigeben").status_code == 303
    family = own_app.test_client()
    for path in (f"/de/angebote/{OFFER}", "/de/angebote", "/de/traeger/familienbuero"):
        public = family.get(path)
        assert "<script>alert" not in public.text, path
        assert "49" not in re.findall(r"\{\{7\*7\}\}|>49<", public.text), path


@pytest.mark.parametrize("website", ["javascript:alert(1)", "data:text/html,x", "https://a.example/\" x", "//a.de"])  # fmt: skip
def test_a_website_is_an_address_or_nothing(editor: FlaskClient, website: str) -> None:
    url = "/verwaltung/traeger/familienbuero"
    answer = editor.post(url, data=filled(editor.get(url), website=website))
    assert answer.status_code == 422
    assert "Die Adresse beginnt mit https://" in answer.text


PAGE = """Text mit <script>alert(1)</script>, <img src=x onerror=alert(2)> und <a href="javascript:alert(3)" onclick="x">Link</a>.

[tippen](javascript:alert(4)) [tippen](data:text/html;base64,PHNjcmlwdD4=) [gut](https://stadt.example "t")

<iframe src="https://boese.example"></iframe><form action="https://boese.example"><input name="q"></form>
<div hx-get="/verwaltung/" data-hx-post="/x" hx-trigger="load" style="position:fixed">x</div> <meta http-equiv="refresh">
"""


def test_a_page_of_the_municipality_runs_nothing(own_app: Flask, editor: FlaskClient) -> None:
    form = {"title": EVIL, "description": EVIL, "body": PAGE}
    preview = editor.post("/verwaltung/seiten/neu", data={**form, "ansehen": "1"})
    assert preview.status_code == 200
    made = editor.post("/verwaltung/seiten/neu", data=form)
    assert made.status_code == 303
    slug = made.location.rpartition("/")[2]
    public = own_app.test_client().get(f"/de/seite/{slug}").text
    for shown in (preview.text, public):
        main = shown[shown.index("<main") : shown.index("</main>")]
        main = re.sub(r"(?s)<textarea.*?</textarea>", "", main)
        found = re.search(
            r"(?:href|src)=.?(?:javascript|data):|<script>alert|<img src=x|<iframe|https://boese|hx-get|data-hx|onclick",
            main,
        )
        assert found is None, found
    assert 'href="https://stadt.example"' in public


@pytest.mark.parametrize("sign", ["%", "_", "\\", "%%", "_%"])
@pytest.mark.parametrize("path", ["angebote/", "personen", "protokoll", "traeger", "uebersetzungen/tr/offer"])
def test_a_wildcard_is_only_a_sign(admin: FlaskClient, path: str, sign: str) -> None:
    """Nobody sees with "%" what "a" would not show."""
    page = admin.get(f"/verwaltung/{path}?q={quote(sign)}").text
    rows = page[page.index("<tbody") : page.index("</tbody>")].count("<tr") if "<tbody" in page else 0
    assert rows == 0


# --- the log ----------------------------------------------------------------------------------------------------------

CHANGES: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    (f"angebote/{OFFER}/schritt/bestaetigen", {}, ("confirmed", "offer")),
    (f"angebote/{OFFER}/schritt/kommentieren", {"text": "Hallo"}, ("commented", "offer")),
    (f"angebote/{OFFER}/kopieren", {}, ("created", "offer")),
    (f"angebote/{OFFER}/schritt/archivieren", {}, ("archived", "offer")),
    (f"angebote/{OFFER}/schritt/zurueckholen", {}, ("restored", "offer")),
    (f"angebote/{OFFER}/schritt/loeschen", {}, ("deleted", "offer")),
    ("papierkorb/1/zurueckholen", {"entity": OFFER}, ("undeleted", "offer")),
    ("austausch/ausgeben", {"format": "csv"}, ("exported", "export")),
    ("austausch/ausgeben/orte", {"format": "xlsx"}, ("exported", "export")),
    ("traeger/neu", {"name": "Ganz neuer Verein", "kind": "verein"}, ("created", "organization")),
    ("traeger/ganz-neuer-verein/loeschen", {}, ("deleted", "organization")),
    ("bedarfe/adhs_autismus/saetze", {"lang": "de", "lines": "zappelt den ganzen tag"}, ("created", "utterance")),
    ("konto", {"name": "Neuer Name"}, ("changed", "user")),
    ("konto/abmelden", {}, ("revoked", "user")),
    ("abmelden", {}, ("logged_out", "user")),
]  # fmt: skip


def test_every_change_leaves_an_entry_with_its_person(own_app: Flask) -> None:
    client = log_in(own_app, make_user(own_app, "redaktion", name="Mira"))
    for path, form, expected in CHANGES:
        before = len(entries(own_app))
        answer = client.post(f"/verwaltung/{path}", data=form)
        assert answer.status_code in {200, 303}, f"{path}: {answer.status_code}"
        new = entries(own_app)[before:]
        assert len(new) >= 1, path
        assert {entry.user for entry in new} <= {"Mira", "Neuer Name"}, path
        assert expected in {(entry.action, entry.kind) for entry in new}, path


def test_the_log_can_be_added_to_and_nothing_else(either_app: Flask) -> None:  # noqa: F811
    """Not by SQL either: the database refuses it."""
    with either_app.app_context():
        db.session.execute(
            text(
                "INSERT INTO audit_log (at, \"user\", action, kind, entity, label, details) "
                "VALUES (CURRENT_TIMESTAMP, 'x', 'changed', 'offer', '', '', '')"
            )
        )  # fmt: skip
        db.session.commit()
        number = db.session.exec(select(func.max(AuditEntry.id))).one()
        columns = '(id, at, "user", action, kind, entity, label, details)'
        words = "CURRENT_TIMESTAMP, 'y', 'changed', 'offer', '', '', ''"
        for statement in (
            "UPDATE audit_log SET \"user\" = 'y'",
            "DELETE FROM audit_log",
            f"DELETE FROM audit_log WHERE id = {number}",
            "TRUNCATE audit_log",
            f"REPLACE INTO audit_log {columns} VALUES ({number}, {words})",
            f"INSERT INTO audit_log {columns} VALUES ({number}, {words}) ON CONFLICT (id) DO UPDATE SET label = 'y'",
        ):
            with pytest.raises(DatabaseError):
                db.session.execute(text(statement))
            db.session.rollback()
        assert db.session.exec(select(func.max(AuditEntry.id))).one() == number


# --- on the machine ---------------------------------------------------------------------------------------------------


def test_nobody_else_on_the_machine_reads_the_data(tmp_path: Path) -> None:
    """The database has hashes of passwords, the folder of mails has links that open doors."""
    folder = tmp_path / "new" / "data"
    app = create_app(make_settings(folder, secret_key=""))
    app.extensions["engine"].dispose()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600


def test_a_link_that_is_too_old_confirms_nothing(own_app: Flask) -> None:
    row = offer_of(own_app, OFFER)
    user = make_user(own_app, "traeger", organizations=[row.organization_id], email="pavel@verein.example")
    links = ConfirmLinks(own_app.config["SECRET_KEY"])
    for days, status in ((0, 200), (30, 200), (31, 410), (-2, 410)):
        word = links.make(Person("pavel@verein.example", "", user), [row], TODAY - timedelta(days))[0]
        assert browser(own_app).get(word).status_code == status, days
