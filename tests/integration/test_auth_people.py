"""People: invited by a link that works once, given roles, shut out; every change is in the record."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import col, select

from portal.auth import people
from portal.auth.commands import first_link
from portal.cli import main
from portal.editing.actor import COMMAND
from portal.extensions import db
from portal.models import AuditEntry, RoleName, User, UserLanguage, UserOrganization
from tests.conftest import TODAY, counted_queries, text_of
from tests.integration.admin import PASSWORD, browser, log_in, make_user, page
from tests.integration.test_auth_second_step import set_up
from tests.integration.test_auth_sessions import is_in, sessions

PEOPLE = "/verwaltung/personen"


def invite(admin: FlaskClient, **form: Any) -> Any:
    data = {"name": "Pavel Novák", "email": "Pavel@Verein.example", "roles": ["redaktion"], **form}
    return admin.post(f"{PEOPLE}/neu", data=data)


def link_in(answer: Any) -> str:
    """The path of the link that an admin is shown."""
    link = text_of(page(answer).find(".//code"))
    assert link.startswith("http://localhost/verwaltung/einladung/"), link
    return link.removeprefix("http://localhost")


def person(app: Flask, email: str) -> User:
    with app.app_context():
        return db.session.exec(select(User).where(User.email == email)).one()


def record(app: Flask) -> list[tuple[str, str, str, str]]:
    with app.app_context():
        rows = db.session.exec(select(AuditEntry).where(AuditEntry.kind == "user").order_by(col(AuditEntry.id))).all()
        return [(row.user, row.action, row.label, row.details) for row in rows]


def errors(answer: Any) -> list[str]:
    return [text_of(each) for each in page(answer).findall(".//*[@id='fehler']//li")]


def test_an_invitation_without_a_mail_server_shows_the_link_once_and_keeps_the_mail(
    own_app: Flask, admin: FlaskClient
) -> None:
    answer = invite(admin)
    assert answer.status_code == 200
    assert "Diesen Link siehst du nur jetzt." in text_of(page(answer))
    link = link_in(answer)
    folder: Path = own_app.extensions["settings"].data_dir / "mail"
    (mail,) = folder.iterdir()
    assert "pavel@verein.example" in mail.read_text()
    new = person(own_app, "pavel@verein.example")
    assert link not in admin.get(f"{PEOPLE}/{new.id}").text
    assert record(own_app)[-1] == ("Ada Keller", "invited", "Pavel Novák", "Redaktion")


def test_the_link_opens_the_door_once(own_app: Flask, admin: FlaskClient) -> None:
    link = link_in(invite(admin))
    client = browser(own_app)
    form = page(client.get(link))
    assert form.find(".//input[@id='name']").get("value") == "Pavel Novák"
    assert form.find(".//input[@id='password']").get("autocomplete") == "new-password"
    answer = client.post(link, data={"name": "Pavel N.", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/verwaltung/konto")
    assert "mit einem zweiten Schritt" in client.get(answer.location).text
    for again in (browser(own_app).get(link), browser(own_app).post(link, data={"name": "X", "password": PASSWORD})):
        assert again.status_code == 410
        assert text_of(page(again).find(".//h1")) == "Dieser Link geht nicht mehr"
    assert [each[1:] for each in record(own_app)[-2:]] == [
        ("changed", "Pavel N.", "Einladung angenommen"),
        ("logged_in", "Pavel N.", "Passwort"),
    ]


def test_the_link_ends_after_seven_days(own_app: Flask, admin: FlaskClient) -> None:
    link = link_in(invite(admin))
    own_app.config["TODAY"] = TODAY + timedelta(days=7)
    assert browser(own_app).get(link).status_code == 200
    own_app.config["TODAY"] = TODAY + timedelta(days=8)
    assert browser(own_app).get(link).status_code == 410


def test_a_weak_password_is_refused_in_words(own_app: Flask, admin: FlaskClient) -> None:
    link = link_in(invite(admin))
    answer = browser(own_app).post(link, data={"name": "Pavel Novák", "password": "pavelnovak12"})
    assert answer.status_code == 400
    assert errors(answer) == [
        "Neues Passwort: Das Passwort ist deinem Namen, deiner E-Mail-Adresse oder dem Namen der Seite zu ähnlich."
    ]
    assert browser(own_app).get(link).status_code == 200, "the link still works"


def test_a_name_that_nobody_can_see_is_none(own_app: Flask, admin: FlaskClient) -> None:
    link = link_in(invite(admin))
    answer = browser(own_app).post(link, data={"name": "\u200b", "password": PASSWORD})
    assert (answer.status_code, errors(answer)) == (400, ["Dein Name: Bitte gib deinen Namen an."])


def test_links_cannot_be_guessed_one_after_the_other(own_app: Flask) -> None:
    client = browser(own_app)
    seen = [client.get(f"/verwaltung/einladung/{'x' * n}").status_code for n in range(1, 32)]
    assert seen == [410] * 30 + [429]


def test_a_link_of_one_kind_is_no_link_of_another(own_app: Flask, admin: FlaskClient) -> None:
    token = link_in(invite(admin)).rpartition("/")[2]
    for kind in ("neues-passwort", "erster-zugang"):
        assert browser(own_app).get(f"/verwaltung/{kind}/{token}").status_code == 410


def test_an_invited_admin_sets_up_the_second_step_first(own_app: Flask, admin: FlaskClient) -> None:
    link = link_in(invite(admin, roles=["admin"]))
    client = browser(own_app)
    answer = client.post(link, data={"name": "Pavel Novák", "password": PASSWORD})
    assert answer.location == "/verwaltung/zweiter-schritt/einrichten"
    assert not is_in(client)
    assert len(set_up(own_app, client)) == 8
    assert client.get(PEOPLE).status_code == 200


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"email": "ada@redaktion.example"}, "E-Mail-Adresse: Mit dieser E-Mail-Adresse gibt es schon jemanden."),
        ({"email": "ADA@redaktion.example "}, "E-Mail-Adresse: Mit dieser E-Mail-Adresse gibt es schon jemanden."),
        ({"email": "no address"}, "E-Mail-Adresse: Das kann keine E-Mail-Adresse sein. Beispiel: info@verein.example"),
        ({"email": "jürgen@verein.example"}, "E-Mail-Adresse: Bitte schreib die Adresse ohne Umlaute und Leerzeichen."),
        ({"name": " \u200b "}, "Name: Das fehlt noch."),
        ({"roles": []}, "Aufgaben: Wähle mindestens eine Aufgabe."),
        ({"roles": ["traeger"]}, "Träger: Für welche Träger? Wähle mindestens einen."),
        ({"roles": ["uebersetzung"]}, "Sprachen: In welche Sprachen? Wähle mindestens eine."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    own_app: Flask, admin: FlaskClient, form: dict[str, Any], said: str
) -> None:
    answer = invite(admin, **form)
    assert answer.status_code == 422
    assert errors(answer) == [said]
    with own_app.app_context():
        assert db.session.exec(select(User.email)).all() == ["ada@redaktion.example"]


@pytest.mark.parametrize(
    "form",
    [
        {"roles": ["king"]},
        {"roles": ["traeger"], "organizations": ["99999"]},
        {"roles": ["uebersetzung"], "languages": ["xx"]},
    ],
)
def test_roles_organizations_and_languages_that_are_not_there_are_refused(
    own_app: Flask, admin: FlaskClient, form: dict[str, Any]
) -> None:
    assert invite(admin, **form).status_code == 422
    with own_app.app_context():
        assert db.session.exec(select(User.email)).all() == ["ada@redaktion.example"]


def test_what_a_role_is_for_is_kept_and_goes_with_the_role(own_app: Flask, admin: FlaskClient) -> None:
    invite(admin, roles=["traeger", "uebersetzung"], organizations=["1", "3"], languages=["tr", "ar"])
    new = person(own_app, "pavel@verein.example")
    with own_app.app_context():
        actor = people.actor_of(db.session.get_one(User, new.id))
    assert (actor.roles, actor.organizations, actor.languages) == (
        {RoleName.PROVIDER, RoleName.TRANSLATOR},
        {1, 3},
        {"tr", "ar"},
    )
    form = page(admin.get(f"{PEOPLE}/{new.id}"))
    checked = [each.get("value") for each in form.iter("input") if "checked" in each.attrib]
    assert sorted(checked) == ["1", "3", "ar", "tr", "traeger", "uebersetzung"]
    data = {"name": "Pavel Novák", "email": "pavel@verein.example", "roles": ["redaktion"], "organizations": ["1"]}
    assert admin.post(f"{PEOPLE}/{new.id}", data=data).status_code == 303
    with own_app.app_context():
        assert db.session.exec(select(UserOrganization)).all() == []
        assert db.session.exec(select(UserLanguage)).all() == []
    assert record(own_app)[-1] == (
        "Ada Keller",
        "changed",
        "Pavel Novák",
        "Aufgaben: Redaktion; Träger: keine; Sprachen: keine",
    )


def test_a_new_admin_has_to_log_in_anew(own_app: Flask, admin: FlaskClient, editor: FlaskClient) -> None:
    """Nobody gives rights to others without the second step, also not for the rest of a day."""
    mira = person(own_app, "mira@redaktion.example")
    data = {"name": "Mira Yıldız", "email": "mira@redaktion.example", "roles": ["redaktion", "admin"]}
    admin.post(f"{PEOPLE}/{mira.id}", data=data)
    assert not is_in(editor)


def test_shutting_out_ends_everything_at_once(own_app: Flask, admin: FlaskClient, editor: FlaskClient) -> None:
    mira = person(own_app, "mira@redaktion.example")
    admin.post(f"{PEOPLE}/{mira.id}/sperren")
    assert not is_in(editor)
    assert [row.user_id for row in sessions(own_app)] != [mira.id]
    answer = browser(own_app).post(
        "/verwaltung/anmelden", data={"email": "mira@redaktion.example", "password": PASSWORD}
    )
    assert answer.status_code == 400
    admin.post(f"{PEOPLE}/{mira.id}/freischalten")
    assert is_in(log_in(own_app, mira.id or 0))
    assert [each[1] for each in record(own_app) if each[0] == "Ada Keller"] == ["logged_in", "deactivated", "restored"]


def test_an_admin_logs_somebody_out_everywhere(own_app: Flask, admin: FlaskClient, editor: FlaskClient) -> None:
    mira = person(own_app, "mira@redaktion.example")
    second = log_in(own_app, mira.id or 0)
    admin.post(f"{PEOPLE}/{mira.id}/abmelden")
    assert [is_in(client) for client in (editor, second, admin)] == [False, False, True]
    assert record(own_app)[-1] == ("Ada Keller", "revoked", "Mira Yıldız", "an 2 Orten abgemeldet")


def test_an_access_that_is_reset_begins_anew(own_app: Flask, admin: FlaskClient) -> None:
    """A lost phone, a stolen password: nothing of before opens the door, a new link does."""
    user = make_user(own_app, "redaktion", name="Pavel Novák", email="pavel@verein.example")
    client = log_in(own_app, user)
    set_up(own_app, client)
    answer = admin.post(f"{PEOPLE}/{user}/zuruecksetzen")
    assert not is_in(client)
    old = browser(own_app).post("/verwaltung/anmelden", data={"email": "pavel@verein.example", "password": PASSWORD})
    assert old.status_code == 400
    fresh = browser(own_app)
    answer = fresh.post(link_in(answer), data={"name": "Pavel Novák", "password": "zwei Bären tanzen Tango"})
    assert answer.location == "/verwaltung/konto"
    assert is_in(fresh)


def test_the_last_admin_stays(own_app: Flask, admin: FlaskClient) -> None:
    ada = person(own_app, "ada@redaktion.example")
    last = "Das ist die letzte Person, die andere einladen kann. Lade zuerst jemand zweites ein."
    invite(admin, roles=["admin"])  # invited, and not there yet: that does not count
    for path in ("sperren", "zuruecksetzen"):
        answer = admin.post(f"{PEOPLE}/{ada.id}/{path}")
        assert last in admin.get(answer.location).text
    data = {"name": "Ada Keller", "email": "ada@redaktion.example", "roles": ["redaktion"]}
    answer = admin.post(f"{PEOPLE}/{ada.id}", data=data)
    assert errors(answer) == [f"Aufgaben: {last}"]
    make_user(own_app, "admin")
    assert admin.post(f"{PEOPLE}/{ada.id}", data=data).status_code == 303
    assert admin.get(PEOPLE).status_code == 404, "no admin any more"


def test_only_admins_see_people(editor: FlaskClient, provider: FlaskClient, translator: FlaskClient) -> None:
    for client in (editor, provider, translator):
        assert client.get(PEOPLE).status_code == 404
        assert client.get(f"{PEOPLE}/1").status_code == 404
        assert client.post(f"{PEOPLE}/1/sperren").status_code == 404


def names(answer: Any) -> list[str]:
    return [text_of(row.find("td")) for row in page(answer).findall(".//tbody/tr")]


def test_people_are_found_by_name_role_and_state(own_app: Flask, admin: FlaskClient) -> None:
    make_user(own_app, "redaktion", name="Zoë Änders", email="zoe@redaktion.example")
    make_user(own_app, "redaktion", "traeger", organizations=[1], name="Bo 100%", email="bo@verein.example")
    make_user(own_app, "traeger", organizations=[1], name="Cem", email="cem@verein.example", password="")
    assert names(admin.get(PEOPLE)) == ["Ada Keller", "Bo 100%", "Cem", "Zoë Änders"]
    assert names(admin.get(f"{PEOPLE}?sort=-name")) == ["Zoë Änders", "Cem", "Bo 100%", "Ada Keller"]
    assert names(admin.get(f"{PEOPLE}?sort=-login"))[0] == "Ada Keller"
    assert names(admin.get(f"{PEOPLE}?q=zoë+ÄNDERS")) == ["Zoë Änders"]
    assert names(admin.get(f"{PEOPLE}?q=%25")) == ["Bo 100%"]
    assert names(admin.get(f"{PEOPLE}?q=verein.example")) == ["Bo 100%", "Cem"]
    assert names(admin.get(f"{PEOPLE}?rolle=traeger")) == ["Bo 100%", "Cem"]
    assert names(admin.get(f"{PEOPLE}?rolle=traeger&stand=eingeladen")) == ["Cem"]
    assert names(admin.get(f"{PEOPLE}?stand=aktiv")) == ["Ada Keller", "Bo 100%", "Zoë Änders"]
    assert names(admin.get(f"{PEOPLE}?stand=nothing&sort=nothing&page=nothing")) == [
        "Ada Keller",
        "Bo 100%",
        "Cem",
        "Zoë Änders",
    ]
    rows = page(admin.get(PEOPLE)).findall(".//tbody/tr")
    assert [text_of(cell) for cell in rows[2].findall("td")][1:] == [
        "cem@verein.example",
        "Träger",
        "eingeladen",
        "noch nie",
        "nein",
    ]


def test_the_list_asks_as_often_for_sixty_people_as_for_one(own_app: Flask, admin: FlaskClient) -> None:
    def queries() -> int:
        with counted_queries(own_app) as statements:
            assert admin.get(PEOPLE).status_code == 200
        return len(statements)

    one = queries()
    with own_app.app_context():
        for number in range(59):
            people.invite(by=COMMAND, email=f"p{number}@a.example", name=f"P {number:02}", roles={RoleName.EDITOR})
        db.session.commit()
    assert queries() == one
    assert len(names(admin.get(PEOPLE))) == 50
    assert len(names(admin.get(f"{PEOPLE}?page=2"))) == 10
    assert one <= 7


# --- forgotten password --------------------------------------------------------------------------------------------


def mails(app: Flask) -> list[str]:
    folder: Path = app.extensions["settings"].data_dir / "mail"
    return [each.read_text() for each in sorted(folder.glob("*.eml"))] if folder.is_dir() else []


def test_a_forgotten_password_says_the_same_to_everybody(own_app: Flask) -> None:
    make_user(own_app, "redaktion", email="mira@redaktion.example")
    texts = []
    for email in ("Mira@redaktion.example", "nobody@redaktion.example"):
        with browser(own_app).post("/verwaltung/passwort-vergessen", data={"email": email}) as answer:
            texts.append((answer.status_code, answer.text))
    assert texts[0] == texts[1]
    assert "Wenn es mit dieser E-Mail-Adresse ein Konto gibt, ist eine Mail unterwegs." in texts[0][1]
    (mail,) = mails(own_app)
    assert "mira@redaktion.example" in mail


def test_the_mail_goes_out_after_the_answer(own_app: Flask) -> None:
    """So the time of the answer tells nothing."""
    make_user(own_app, "redaktion", email="mira@redaktion.example")
    answer = browser(own_app).post("/verwaltung/passwort-vergessen", data={"email": "mira@redaktion.example"})
    assert mails(own_app) == []
    answer.close()
    assert len(mails(own_app)) == 1


def test_the_link_of_the_mail_sets_a_new_password_once(own_app: Flask, editor: FlaskClient) -> None:
    from email import message_from_string, policy

    with browser(own_app).post(
        "/verwaltung/passwort-vergessen",
        data={"email": "mira@redaktion.example"},
        headers={"Host": "evil.example"},
    ):
        pass
    text = message_from_string(mails(own_app)[0], policy=policy.default).get_content()
    link = next(line for line in text.splitlines() if line.startswith("http"))
    assert link.startswith("http://127.0.0.1:8000/verwaltung/neues-passwort/"), "not the host of the request"
    path = link.removeprefix("http://127.0.0.1:8000")
    client = browser(own_app)
    assert client.post(path, data={"password": "kurz"}).status_code == 400
    answer = client.post(path, data={"password": "zwei Bären tanzen Tango"})
    assert (answer.status_code, answer.location) == (303, "/verwaltung/anmelden?geaendert=1")
    assert not is_in(client), "the second step is not left out by a mail"
    assert not is_in(editor)
    assert client.get(path).status_code == 410
    mira = person(own_app, "mira@redaktion.example")
    assert is_in(log_in(own_app, mira.id or 0, password="zwei Bären tanzen Tango"))


def test_whoever_is_shut_out_gets_no_mail(own_app: Flask) -> None:
    user = make_user(own_app, "redaktion", email="mira@redaktion.example")
    with own_app.app_context():
        db.session.get_one(User, user).active = False
        db.session.commit()
    with browser(own_app).post("/verwaltung/passwort-vergessen", data={"email": "mira@redaktion.example"}):
        pass
    assert mails(own_app) == []


def test_nobody_is_flooded_with_mails(own_app: Flask) -> None:
    make_user(own_app, "redaktion", email="mira@redaktion.example")
    for email in ("mira@redaktion.example", "nobody@redaktion.example"):
        seen = []
        for _ in range(6):
            with browser(own_app).post("/verwaltung/passwort-vergessen", data={"email": email}) as answer:
                seen.append(answer.status_code)
        assert seen == [200] * 5 + [429]
    assert len(mails(own_app)) == 5


# --- the first one, and the command line ---------------------------------------------------------------------------


def test_the_first_link_makes_the_first_admin_and_no_second(own_app: Flask) -> None:
    link = first_link(own_app)
    assert link.startswith("http://127.0.0.1:8000/verwaltung/erster-zugang/")
    path = link.removeprefix("http://127.0.0.1:8000")
    client, late = browser(own_app), browser(own_app)
    form = {"name": "Ada Keller", "email": "Ada@redaktion.example", "password": PASSWORD}
    assert late.get(path).status_code == 200
    answer = client.post(path, data=form)
    assert answer.location == "/verwaltung/zweiter-schritt/einrichten"
    set_up(own_app, client)
    assert client.get(PEOPLE).status_code == 200
    assert late.post(path, data={**form, "email": "second@redaktion.example"}).status_code == 410
    assert first_link(own_app) == ""
    with own_app.app_context():
        assert db.session.exec(select(User.email)).all() == ["ada@redaktion.example"]


def test_the_command_line_invites(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = own_app.extensions["settings"]
    monkeypatch.setenv("DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    run = CliRunner().invoke

    def invite(*more: str) -> Any:
        return run(main, ["user", "invite", "--email", "Ada@redaktion.example", "--name", "Ada Keller", *more])

    assert invite("--role", "king").exit_code == 2
    assert "There is no organization 'nowhere'." in invite("--role", "traeger", "--organization", "nowhere").output
    done = invite("--role", "admin", "--role", "redaktion")
    assert done.exit_code == 0, done.output
    link = done.output.splitlines()[0]
    assert link.startswith("http://127.0.0.1:8000/verwaltung/einladung/")
    assert "gibt es schon jemanden" in invite("--role", "admin").output
    from datetime import datetime

    from portal.offers.context import BERLIN

    own_app.config["TODAY"] = datetime.now(BERLIN).date()  # the command knows no other day
    client = browser(own_app)
    answer = client.post(link.removeprefix("http://127.0.0.1:8000"), data={"name": "Ada Keller", "password": PASSWORD})
    assert answer.location == "/verwaltung/zweiter-schritt/einrichten"
    assert record(own_app)[0] == ("Befehlszeile", "invited", "Ada Keller", "Verwaltung der Personen, Redaktion")
