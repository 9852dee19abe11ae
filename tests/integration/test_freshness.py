"""Editors keep it true: who is asked when, what families see meanwhile, and one click that says "stimmt noch"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text, update

from portal import create_app, database
from portal.cli import main
from portal.content.load import load_demo, load_needs
from portal.editing import feedback, freshness_commands, links, reminders
from portal.editing.actor import COMMAND
from portal.editing.confirm_links import ConfirmLinks
from portal.editing.freshness import Person, confirm_offers, count_waiting, dashboard
from portal.editing.freshness_commands import is_time, run_daily
from portal.extensions import db
from portal.models import AuditEntry, FeedbackReason, Offer, Organization, Reminder, User
from portal.offers.catalogue import Catalogue, published_on
from portal.offers.context import BERLIN
from portal.search.engine import Query
from tests.conftest import ROOT, TODAY, counted_queries, make_settings, parse_html, text_of
from tests.integration.admin import log_in, make_user, page

SLUG, TITLE = "kita-suedwind", "Kita Südwind"
CONTENT = ROOT / "content"


@pytest.fixture
def kommune(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    """A real Kommune: the same content, and no demo."""
    folder = tmp_path / "content"
    folder.mkdir()
    for path in CONTENT.iterdir():
        if path.name != "kommune.yaml":
            (folder / path.name).symlink_to(path)
    text = (CONTENT / "kommune.yaml").read_text(encoding="utf-8")
    (folder / "kommune.yaml").write_text(text.replace("demo: true", "demo: false"), encoding="utf-8")
    return make_app(content_dir=folder, public_url="https://familien.example")


def set_due(app: Flask, due: date | None, slug: str = SLUG, **values: Any) -> int:
    """From now on this offer was to be checked by `due`. Returns the id of its organization."""
    with app.app_context():
        offer = offer_of(slug)
        offer.assured_on, offer.review_due = (due - timedelta(182) if due else None), due
        for name, value in values.items():
            setattr(offer, name, value)
        db.session.commit()
        return offer.organization_id


def offer_of(slug: str) -> Offer:
    return db.session.execute(select(Offer).where(Offer.slug == slug)).scalar_one()


def due_of(app: Flask, slug: str = SLUG) -> tuple[date | None, date | None]:
    with app.app_context():
        offer = offer_of(slug)
        return offer.assured_on, offer.review_due


def confirmations(app: Flask) -> list[tuple[str, str]]:
    """Who confirmed what, from the audit log."""
    with app.app_context():
        rows = db.session.execute(
            select(AuditEntry.user, AuditEntry.entity).where(AuditEntry.action == "confirmed").order_by(AuditEntry.id)
        )
        return [(row.user, row.entity) for row in rows]


def mails(app: Flask) -> list[tuple[str, str, str]]:
    """To, subject and text of all mails so far, in the order of the addresses."""
    folder = app.extensions["settings"].data_dir / "mail"
    found = []
    for path in sorted(folder.glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=default)
        found.append((message["To"], message["Subject"], message.get_content().replace("\r\n", "\n")))
    return sorted(found)


def run(app: Flask, day: date = TODAY) -> freshness_commands.Run:
    app.config["TODAY"] = day
    with app.app_context():
        return run_daily(app)


# --- what families see ------------------------------------------------------------------------------------------------


def note_on(client: FlaskClient, lang: str = "de") -> str:
    document = parse_html(client.get(f"/{lang}/angebote/{SLUG}").text)
    return " ".join(text_of(each) for each in document.iter() if each.get("id") == "nicht-geprueft")


def test_after_thirty_days_the_page_says_honestly_that_nobody_has_checked(kommune: Flask) -> None:
    client = kommune.test_client()
    set_due(kommune, TODAY - timedelta(29))
    assert note_on(client) == ""
    set_due(kommune, TODAY - timedelta(30))
    assert note_on(client) == "Diese Angaben sind seit 23. April 2026 nicht geprüft. Ruft vorher an."
    set_due(kommune, TODAY - timedelta(30), assured_on=None)
    assert note_on(client) == "Diese Angaben hat noch niemand geprüft. Ruft vorher an."


def is_found(app: Flask) -> dict[str, bool]:
    """Where families come across the offer."""
    client = app.test_client()
    with app.app_context():
        offer = offer_of(SLUG)
        owner, offer_id = db.session.get_one(Organization, offer.organization_id).slug, offer.id
        query = Query(text="Kita Südwind", lang="de", today=app.config["TODAY"])
        hits = [hit.offer_id for hit in app.extensions["engines"].embedded.search(query)]
    asked = client.post("/de/suche", data={"q": "Kita Südwind"}, follow_redirects=True).text
    return {
        "list": f"/de/angebote/{SLUG}" in all_pages(client),
        "organization": f"/de/angebote/{SLUG}" in client.get(f"/de/traeger/{owner}").text,
        "sitemap": f"/de/angebote/{SLUG}<" in client.get("/sitemap.xml").text,
        "search page": f"/de/angebote/{SLUG}" in asked,
        "api": SLUG in str(client.get("/api/v1/search?q=Kita+Südwind").json),
        "engine": offer_id in hits,
    }


def all_pages(client: FlaskClient) -> str:
    return "".join(client.get(f"/de/angebote?page={number}").text for number in range(1, 8))


def test_after_sixty_days_it_is_in_no_list_but_its_own_address_still_works(kommune: Flask) -> None:
    set_due(kommune, TODAY - timedelta(59))
    kommune.extensions["indexer"].reindex()
    assert set(is_found(kommune).values()) == {True}, is_found(kommune)
    # Nothing is written: only a day passes.
    kommune.config["TODAY"] = TODAY + timedelta(1)
    assert set(is_found(kommune).values()) == {False}
    answer = kommune.test_client().get(f"/de/angebote/{SLUG}")
    assert answer.status_code == 200
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "nicht geprüft" in answer.text
    assert kommune.test_client().get(f"/tr/angebote/{SLUG}").status_code == 200


def test_one_stimmt_noch_brings_it_back_at_once(kommune: Flask) -> None:
    set_due(kommune, TODAY - timedelta(60))
    kommune.extensions["indexer"].reindex()
    assert set(is_found(kommune).values()) == {False}
    editor = log_in(kommune, make_user(kommune, "redaktion"))
    with kommune.app_context():
        number = offer_of(SLUG).id
    editor.post("/verwaltung/stimmt-noch", data={"only": str(number)})
    kommune.extensions["indexer"].deliver_all(wait=True)
    assert set(is_found(kommune).values()) == {True}, is_found(kommune)
    assert note_on(kommune.test_client()) == ""


def test_what_has_ended_or_is_a_draft_has_no_address(kommune: Flask) -> None:
    set_due(kommune, TODAY - timedelta(90), valid_to=TODAY - timedelta(1))
    assert kommune.test_client().get(f"/de/angebote/{SLUG}").status_code == 404


def test_a_demo_that_is_started_in_ten_years_is_still_whole(own_app: Flask) -> None:
    with own_app.app_context():
        before = Catalogue(db.session, TODAY).size
    own_app.config["TODAY"] = TODAY + timedelta(3_650)
    with own_app.app_context():
        ended = db.session.execute(
            select(Offer.id).where(published_on(TODAY), ~published_on(TODAY + timedelta(3_650)))
        ).all()
        found = own_app.extensions["catalogue"].get(db.session, own_app.config["TODAY"])
    assert found.size == before - len(ended)
    assert note_on(own_app.test_client()) == ""


# --- the dashboard ----------------------------------------------------------------------------------------------------


def status_line(client: FlaskClient) -> str:
    document = page(client.get("/verwaltung/stimmt-noch"))
    main = document.find(".//main")
    return next(text_of(each) for each in main.iter("p") if each.get("role") == "status" and not each.get("class"))


def test_the_dashboard_counts_what_waits_and_groups_it(kommune: Flask) -> None:
    editor = log_in(kommune, make_user(kommune, "redaktion"))
    assert status_line(editor) == "Alles ist geprüft. Kein Angebot wartet auf Bestätigung."
    with kommune.app_context():
        slugs = db.session.execute(select(Offer.slug).order_by(Offer.id).limit(12)).scalars().all()
    for number, slug in enumerate(slugs):
        set_due(kommune, TODAY - timedelta([-14, 0, 30, 60][number % 4]), slug)
    answer = editor.get("/verwaltung/stimmt-noch")
    assert status_line(editor) == "12 Angebote warten auf Bestätigung."
    heads = [text_of(each) for each in page(answer).iter("h2") if (each.get("id") or "").startswith("stufe-")]
    assert heads == ["Ausgeblendet 3", "Überfällig, und Familien sehen es 3", "Überfällig 3", "Bald fällig 3"]
    assert answer.text.count('class="fresh__hidden"') == 3
    assert "In keiner Liste und nicht in der Suche." in answer.text


def test_a_traeger_editor_sees_and_confirms_only_their_own(kommune: Flask) -> None:
    owner = set_due(kommune, TODAY)
    with kommune.app_context():
        other = db.session.execute(select(Offer.slug).where(Offer.organization_id != owner).limit(1)).scalar_one()
    set_due(kommune, TODAY - timedelta(1), other)
    with kommune.app_context():
        own_id, other_id = offer_of(SLUG).id, offer_of(other).id
    provider = log_in(kommune, make_user(kommune, "traeger", organizations=[owner], name="Pavel Novák"))
    assert status_line(provider) == "1 Angebot wartet auf Bestätigung."
    for guessed in ({"only": other_id}, {"offer": [own_id, other_id]}, {"only": 999_999}):
        assert provider.post("/verwaltung/stimmt-noch", data=guessed).status_code == 404
    assert due_of(kommune) == (TODAY - timedelta(182), TODAY), "all or nothing"
    assert provider.post("/verwaltung/stimmt-noch", data={"offer": [own_id]}).status_code == 303
    assert due_of(kommune) == (TODAY, TODAY + timedelta(182))
    assert due_of(kommune, other)[1] == TODAY - timedelta(1)
    assert confirmations(kommune) == [("Pavel Novák", SLUG)]
    assert status_line(provider) == "Alles ist geprüft. Kein Angebot wartet auf Bestätigung."


def test_one_click_for_all_of_ones_own(kommune: Flask) -> None:
    with kommune.app_context():
        owner, slugs = most_offers()
        other = db.session.execute(select(Offer.slug).where(Offer.organization_id != owner).limit(1)).scalar_one()
    for slug in (*slugs, other):
        set_due(kommune, TODAY - timedelta(40), slug)
    provider = log_in(kommune, make_user(kommune, "traeger", organizations=[owner], name="Pavel Novák"))
    answer = provider.post("/verwaltung/stimmt-noch", data={"all": "1"}, follow_redirects=True)
    assert f"Danke! {len(slugs)} Angebote sind bestätigt." in answer.text
    assert {due_of(kommune, slug) for slug in slugs} == {(TODAY, TODAY + timedelta(182))}
    assert sorted(confirmations(kommune)) == sorted(("Pavel Novák", slug) for slug in slugs)
    assert due_of(kommune, other)[1] == TODAY - timedelta(40)


def most_offers() -> tuple[int, list[str]]:
    """The organization with the most offers, and their slugs."""
    rows = db.session.execute(select(Offer.organization_id, Offer.slug)).all()
    owners = [row.organization_id for row in rows]
    owner = max(set(owners), key=lambda one: (owners.count(one), -one))
    return owner, [row.slug for row in rows if row.organization_id == owner]


def test_nobody_vouches_for_a_whole_kommune_with_one_click(kommune: Flask) -> None:
    set_due(kommune, TODAY)
    editor = log_in(kommune, make_user(kommune, "redaktion"))
    assert "Bei allen meinen Angeboten" not in editor.get("/verwaltung/stimmt-noch").text
    answer = editor.post("/verwaltung/stimmt-noch", data={"all": "1"}, follow_redirects=True)
    assert "Es war nichts angekreuzt" in answer.text
    assert confirmations(kommune) == []


@pytest.mark.parametrize("value", ["x", "-1", "1; DROP", "9" * 30, "²"])
def test_a_number_that_is_none_is_refused(editor: FlaskClient, value: str) -> None:
    assert editor.post("/verwaltung/stimmt-noch", data={"only": value}).status_code == 400


def row_of(client: FlaskClient, title: str) -> str:
    rows = [text_of(row) for row in page(client.get("/verwaltung/stimmt-noch")).iter("tr")]
    return next(row for row in rows if title in row)


def test_who_checked_last_and_that_they_have_left_is_seen(kommune: Flask) -> None:
    with kommune.app_context():
        db.session.execute(update(Offer).values(review_due=date(2030, 1, 1)))
        db.session.commit()
    owner = set_due(kommune, TODAY)
    gone = make_user(kommune, "traeger", organizations=[owner], name="Greta Gegangen", email="greta@verein.example")
    with kommune.app_context():
        number = offer_of(SLUG).id
    log_in(kommune, gone).post("/verwaltung/stimmt-noch", data={"only": number})
    editor = log_in(kommune, make_user(kommune, "redaktion"))
    kommune.config["TODAY"] = TODAY + timedelta(182)
    row = row_of(editor, TITLE)
    assert "21.11.2026Greta Gegangen 22.05.2027" in row
    with kommune.app_context():
        db.session.get_one(User, gone).active = False
        db.session.commit()
    row = row_of(editor, TITLE)
    assert "Greta Gegangen (nicht mehr da)" in row
    assert "Niemand hat einen Zugang." in row


def test_numbers_and_addresses_that_cannot_be_right_are_seen(kommune: Flask) -> None:
    set_due(kommune, TODAY + timedelta(100), phone="030 23125 100 100 100 100", website="verein.example")
    editor = log_in(kommune, make_user(kommune, "redaktion"))
    assert "nicht stimmen" not in editor.get("/verwaltung/stimmt-noch").text
    done = run(kommune)
    assert [(slug, problem.field) for slug, problem in done.problems if slug == SLUG] == [
        (SLUG, "phone"),
        (SLUG, "website"),
    ]
    assert "Diese Telefonnummer kann nicht stimmen." in editor.get("/verwaltung/stimmt-noch").text
    set_due(kommune, TODAY + timedelta(100), phone="030 23125 100", website="https://verein.example")
    assert "kann nicht stimmen." not in editor.get("/verwaltung/stimmt-noch").text


def test_the_demo_has_no_wrong_number(own_app: Flask) -> None:
    with own_app.app_context():
        assert links.check_all(db.session, own_app.extensions["settings"].data_dir / links.FILE, TODAY) == []


def test_websites_are_asked_only_where_kommune_yaml_says_so(kommune: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(links, "ask_website", lambda address: asked.append(address) or "Die Seite gibt es nicht mehr.")
    monkeypatch.setattr(links, "PAUSE", 0.0)
    set_due(kommune, TODAY + timedelta(100), website="https://verein.example")
    run(kommune)
    assert asked == []
    kommune.extensions["site"].kommune.freshness.check_links = True
    done = run(kommune)
    assert "https://verein.example" in asked
    assert [problem.message for slug, problem in done.problems if slug == SLUG] == ["Die Seite gibt es nicht mehr."]


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"checked_on": 7}', '{"checked_on": "2026-13-01"}'])
def test_a_broken_file_of_results_does_not_break_the_page(editor: FlaskClient, own_app: Flask, broken: str) -> None:
    (own_app.extensions["settings"].data_dir / links.FILE).write_text(broken)
    assert editor.get("/verwaltung/stimmt-noch").status_code == 200


def test_the_dashboard_asks_as_often_for_thirty_offers_as_for_one(kommune: Flask) -> None:
    editor = log_in(kommune, make_user(kommune, "redaktion"))
    set_due(kommune, TODAY)
    with counted_queries(kommune) as one:
        editor.get("/verwaltung/stimmt-noch")
    with kommune.app_context():
        for offer in db.session.execute(select(Offer).limit(30)).scalars():
            offer.assured_on, offer.review_due = TODAY, TODAY
        db.session.commit()
    with counted_queries(kommune) as many:
        editor.get("/verwaltung/stimmt-noch")
    assert len(many) == len(one)


# --- mails ------------------------------------------------------------------------------------------------------------


def test_the_mail_comes_two_weeks_before_and_again_two_weeks_after_and_never_twice(kommune: Flask) -> None:
    owner = set_due(kommune, TODAY + timedelta(14))
    make_user(kommune, "traeger", organizations=[owner], name="Pavel Novák", email="pavel@verein.example")
    for day in (-1, 0, 0, 1, 20, 27, 28, 28, 29, 40):
        run(kommune, TODAY + timedelta(day))
    to_pavel = [(subject, text) for to, subject, text in mails(kommune) if to == "pavel@verein.example"]
    assert [subject for subject, _text in to_pavel] == [
        "Erinnerung: Stimmt das noch? 1 Angebot",
        "Stimmt das noch? 1 Angebot",
    ]
    with kommune.app_context():
        rows = db.session.execute(select(Reminder.level).order_by(Reminder.level)).scalars().all()
    assert rows == [1, 2]
    text = to_pavel[1][1]
    assert text.startswith("Hallo Pavel Novák,\n")
    assert "zuletzt geprüft am 06.06.2026" in text
    assert "Ohne Antwort lesen Familien ab 04.01.2027" in text
    assert "Ab 03.02.2027 finden sie das Angebot nicht mehr." in text
    assert "https://familien.example/bestaetigen/" in text


def test_after_a_confirmation_the_next_round_asks_again(kommune: Flask) -> None:
    owner = set_due(kommune, TODAY)
    user = make_user(kommune, "traeger", organizations=[owner], email="pavel@verein.example")
    run(kommune)
    with kommune.app_context():
        number = offer_of(SLUG).id
    log_in(kommune, user).post("/verwaltung/stimmt-noch", data={"only": number})
    run(kommune, TODAY + timedelta(15))
    assert len(mails(kommune)) == 1
    with kommune.app_context():
        # The others of the demo come due in the same half year.
        db.session.execute(delete(Reminder).where(Reminder.offer_id != number))
        due = reminders.letters_due(db.session, kommune.extensions["site"].kommune, TODAY + timedelta(182 - 14))
    assert SLUG in [row.slug for letter in due for row in letter.rows]


def test_one_mail_a_person_with_all_their_offers(kommune: Flask) -> None:
    with kommune.app_context():
        owner, slugs = most_offers()
    for slug in slugs:
        set_due(kommune, TODAY, slug)
    for name in ("ada", "bo"):
        make_user(kommune, "traeger", organizations=[owner], email=f"{name}@verein.example")
    run(kommune)
    found = mails(kommune)
    assert [(to, subject) for to, subject, _text in found] == [
        ("ada@verein.example", f"Stimmt das noch? {len(slugs)} Angebote"),
        ("bo@verein.example", f"Stimmt das noch? {len(slugs)} Angebote"),
    ]
    assert found[0][2].count("\n* ") == len(slugs)


def test_an_offer_that_comes_due_later_gets_a_mail_of_its_own(kommune: Flask) -> None:
    with kommune.app_context():
        owner, slugs = most_offers()
    set_due(kommune, TODAY, slugs[0])
    set_due(kommune, TODAY + timedelta(17), slugs[1])
    make_user(kommune, "traeger", organizations=[owner], email="pavel@verein.example")
    asked = [[row.slug for letter, _sent in run(kommune, TODAY + timedelta(day)).letters for row in letter.rows]
             for day in (0, 1, 2, 3, 4)]  # fmt: skip
    assert asked == [[slugs[0]], [], [], [slugs[1]], []]


def test_nobody_with_access_then_the_organization_then_the_redaktion(kommune: Flask) -> None:
    owner = set_due(kommune, TODAY)
    make_user(kommune, "redaktion", email="mira@redaktion.example")
    gone = make_user(kommune, "traeger", organizations=[owner], email="greta@verein.example")
    make_user(kommune, "uebersetzung", languages=["tr"], email="leyla@buero.example")

    def asked() -> list[str]:
        with kommune.app_context():
            found = reminders.letters_due(db.session, kommune.extensions["site"].kommune, TODAY)
            return [letter.person.email for letter in found]

    assert asked() == ["greta@verein.example"]
    with kommune.app_context():
        db.session.get_one(User, gone).active = False
        office = db.session.get_one(Organization, owner)
        office.email = "info@verein.example"
        db.session.commit()
    assert asked() == ["info@verein.example"]
    with kommune.app_context():
        db.session.get_one(Organization, owner).email = None
        db.session.commit()
    assert asked() == ["mira@redaktion.example"]
    with kommune.app_context():
        db.session.execute(delete(User))
        db.session.commit()
    assert asked() == ["familienbuero@beispielstadt.example"]


def test_a_mail_that_does_not_go_out_is_tried_again(kommune: Flask) -> None:
    owner = set_due(kommune, TODAY)
    make_user(kommune, "traeger", organizations=[owner], email="pavel@verein.example")
    site = kommune.extensions["site"].kommune
    links_made = ConfirmLinks(b"x" * 32, "https://familien.example")
    sent: list[str] = []

    def send(works: bool) -> list[bool]:
        def deliver(to: str, _subject: str, _text: str) -> bool:
            sent.append(to)
            return works

        with kommune.app_context():
            done = reminders.send_reminders(db.session, site, TODAY, links_made, "https://familien.example", deliver)
            return [went_out for _letter, went_out in done]

    assert (send(False), send(True), send(True)) == ([False], [True], [])
    assert sent == ["pavel@verein.example"] * 2


def test_two_runs_at_the_same_moment_send_one_mail(kommune: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = set_due(kommune, TODAY)
    make_user(kommune, "traeger", organizations=[owner], email="pavel@verein.example")
    site = kommune.extensions["site"].kommune
    made = ConfirmLinks(b"x" * 32)
    sent: list[str] = []
    with kommune.app_context():
        both = reminders.letters_due(db.session, site, TODAY)
        monkeypatch.setattr(reminders, "letters_due", lambda *_args: both)
        for _run in range(2):
            reminders.send_reminders(
                db.session, site, TODAY, made, "", lambda to, _s, _t: bool(sent.append(to)) or True
            )
    assert sent == ["pavel@verein.example"]


def test_once_a_week_the_redaktion_hears_what_is_hidden_and_what_soon_will_be(kommune: Flask) -> None:
    set_due(kommune, TODAY - timedelta(60))
    set_due(kommune, TODAY - timedelta(46), "kita-hafenkieker")
    set_due(kommune, TODAY - timedelta(45), "familienbuero-rathaus")
    make_user(kommune, "redaktion", email="mira@redaktion.example")
    for day in (0, 1, 6, 7):
        run(kommune, TODAY + timedelta(day))
    found = [(subject, text) for to, subject, text in mails(kommune) if "ausgeblendet" in subject]
    assert [subject for subject, _text in found] == ["1 Angebot ausgeblendet, 1 bald", "1 Angebot ausgeblendet, 2 bald"]
    hidden, _head, soon = found[0][1].partition("Wird bis 05.12.2026 ausgeblendet:")
    assert ("Südwind" in hidden, "Südwind" in soon) == (True, False)
    assert ("Hafenkieker" in hidden, "Hafenkieker" in soon) == (False, True)


def test_what_is_in_order_needs_no_mail(kommune: Flask) -> None:
    make_user(kommune, "redaktion", email="mira@redaktion.example")
    run(kommune)
    assert mails(kommune) == []


def test_the_daily_run_is_done_once_a_day_and_not_at_night(kommune: Flask) -> None:
    with kommune.app_context():
        assert not is_time(kommune, datetime(2026, 11, 21, 6, 59, tzinfo=BERLIN))
        assert is_time(kommune, datetime(2026, 11, 21, 7, 0, tzinfo=BERLIN))
    run(kommune)
    with kommune.app_context():
        assert not is_time(kommune, datetime(2026, 11, 21, 23, 0, tzinfo=BERLIN))
    kommune.config["TODAY"] = TODAY + timedelta(1)
    with kommune.app_context():
        assert is_time(kommune, datetime(2026, 11, 22, 7, 0, tzinfo=BERLIN))


def test_while_one_process_is_at_it_another_does_nothing(kommune: Flask) -> None:
    owner = set_due(kommune, TODAY)
    make_user(kommune, "traeger", organizations=[owner], email="pavel@verein.example")
    folder = kommune.extensions["settings"].data_dir
    with freshness_commands._alone(folder) as mine:
        assert mine
        assert run(kommune).letters == []
    assert len(run(kommune).letters) == 1


# --- the link ---------------------------------------------------------------------------------------------------------


def link_for(app: Flask, person: Person, *slugs: str) -> str:
    """The path of the link that this person is sent for these offers."""
    with app.app_context():
        rows = [offer_of(slug) for slug in slugs or (SLUG,)]
        if person.user_id and not person.email:
            # Where the mail goes.
            person = Person(db.session.get_one(User, person.user_id).email, person.name, person.user_id)
        (link,) = ConfirmLinks(app.config["SECRET_KEY"]).make(person, rows, app.config["TODAY"])
        return link


@pytest.fixture
def asked(kommune: Flask) -> tuple[Flask, int]:
    """A Kommune in which Pavel is asked about one offer; his id."""
    owner = set_due(kommune, TODAY - timedelta(1))
    user = make_user(kommune, "traeger", organizations=[owner], name="Pavel Novák", email="pavel@verein.example")
    return kommune, user


def heading(answer: Any) -> str:
    return text_of(parse_html(answer.text).find(".//h1"))


def test_a_link_confirms_without_log_in_by_a_button_and_never_by_being_opened(asked: tuple[Flask, int]) -> None:
    app, user = asked
    visitor = app.test_client()
    link = link_for(app, Person("pavel@verein.example", "Pavel Novák", user))
    answer = visitor.get(link)
    assert (answer.status_code, heading(answer)) == (200, "Stimmt das noch?")
    assert (answer.headers["X-Robots-Tag"], answer.headers["Cache-Control"]) == ("noindex", "no-store")
    visitor.get(link)
    assert due_of(app)[1] == TODAY - timedelta(1), "mail scanners open every link"
    with app.app_context():
        number = offer_of(SLUG).id
    assert visitor.post(link, data={"angebot": number}).status_code == 303
    assert due_of(app) == (TODAY, TODAY + timedelta(182))
    assert confirmations(app) == [("Pavel Novák", SLUG)]
    answer = visitor.get(link)
    assert heading(answer) == "Danke, alles ist bestätigt"
    assert "Schon bestätigt am 21. November 2026. Danke!" in text_of(parse_html(answer.text))
    app.config["TODAY"] = TODAY + timedelta(3)
    visitor.post(link, data={"angebot": number})
    assert due_of(app) == (TODAY, TODAY + timedelta(182)), "a used link confirms nothing again"
    assert len(confirmations(app)) == 1


def test_the_page_shows_what_is_to_be_checked(asked: tuple[Flask, int]) -> None:
    app, user = asked
    set_due(app, TODAY - timedelta(1), phone="030 23125 199", opening_hours="Mo-Fr 07:00-17:00")
    text = text_of(parse_html(app.test_client().get(link_for(app, Person("", "", user))).text))
    assert "030 23125 199" in text
    assert "07:00" in text
    with app.app_context():
        rows = parse_html(app.test_client().get(f"/de/angebote/{SLUG}").text)
    address = text_of(rows.find(".//address"))
    assert address.split()[-1] in text


def test_a_link_for_many_offers_confirms_one_or_all(asked: tuple[Flask, int]) -> None:
    app, _user = asked
    with app.app_context():
        owner, slugs = most_offers()
    for slug in slugs:
        set_due(app, TODAY, slug)
    user = make_user(app, "traeger", organizations=[owner], name="Bo Berg")
    link = link_for(app, Person("", "", user), *slugs)
    with app.app_context():
        first = offer_of(slugs[0]).id
    visitor = app.test_client()
    visitor.post(link, data={"angebot": first})
    assert confirmations(app) == [("Bo Berg", slugs[0])]
    visitor.post(link, data={"angebot": "alle"})
    assert sorted(confirmations(app)) == sorted(("Bo Berg", slug) for slug in slugs)


def test_a_link_is_for_its_own_offers_only(asked: tuple[Flask, int]) -> None:
    app, user = asked
    with app.app_context():
        own = offer_of(SLUG)
        other = (
            db.session.execute(
                select(Offer).where(Offer.organization_id == own.organization_id, Offer.id != own.id).limit(1)
            ).scalar_one_or_none()
            or db.session.execute(select(Offer).where(Offer.id != own.id).limit(1)).scalar_one()
        )
        slug, number = other.slug, other.id
    before = due_of(app, slug)
    link = link_for(app, Person("", "", user))
    app.test_client().post(link, data={"angebot": [number, "x", "-1"]})
    assert due_of(app, slug) == before
    assert confirmations(app) == []


def test_who_has_left_confirms_nothing(asked: tuple[Flask, int]) -> None:
    app, user = asked
    link = link_for(app, Person("", "", user))
    with app.app_context():
        db.session.get_one(User, user).active = False
        db.session.commit()
    visitor = app.test_client()
    assert (visitor.get(link).status_code, heading(visitor.get(link))) == (410, "Dieser Link gilt nicht mehr")
    visitor.post(link, data={"angebot": "alle"})
    assert confirmations(app) == []


def test_who_writes_for_another_organization_now_confirms_nothing(asked: tuple[Flask, int]) -> None:
    app, _user = asked
    with app.app_context():
        owner = offer_of(SLUG).organization_id
        other = db.session.execute(select(Organization.id).where(Organization.id != owner).limit(1)).scalar_one()
    link = link_for(app, Person("", "", make_user(app, "traeger", organizations=[other])))
    assert app.test_client().get(link).status_code == 410
    app.test_client().post(link, data={"angebot": "alle"})
    assert confirmations(app) == []


def test_the_address_of_an_organization_confirms_for_it_as_long_as_it_is_its_address(kommune: Flask) -> None:
    owner = set_due(kommune, TODAY)
    with kommune.app_context():
        db.session.get_one(Organization, owner).email = "Info@verein.example"
        db.session.commit()
    link = link_for(kommune, Person("info@verein.example"))
    visitor = kommune.test_client()
    assert visitor.get(link).status_code == 200
    with kommune.app_context():
        db.session.get_one(Organization, owner).email = "neu@verein.example"
        db.session.commit()
    assert visitor.get(link).status_code == 410
    with kommune.app_context():
        db.session.get_one(Organization, owner).email = "info@verein.example"
        db.session.commit()
    visitor.post(link, data={"angebot": "alle"})
    assert confirmations(kommune) == [("Link an info@verein.example", SLUG)]


def test_after_thirty_days_a_link_says_kindly_whom_to_call(asked: tuple[Flask, int]) -> None:
    app, user = asked
    link = link_for(app, Person("", "", user))
    app.config["TODAY"] = TODAY + timedelta(30)
    assert app.test_client().get(link).status_code == 200
    app.config["TODAY"] = TODAY + timedelta(31)
    answer = app.test_client().get(link)
    assert (answer.status_code, heading(answer)) == (410, "Dieser Link gilt nicht mehr")
    assert "Familienbüro Beispielstadt, 030 23125 100" in text_of(parse_html(answer.text))
    app.test_client().post(link, data={"angebot": "alle"})
    assert confirmations(app) == []


@pytest.mark.parametrize("change", ["cut", "letter", "other purpose", "nonsense"])
def test_a_link_that_was_not_made_here_opens_nothing(asked: tuple[Flask, int], change: str) -> None:
    from portal.sealing import Seal

    app, user = asked
    link = link_for(app, Person("", "", user))
    bad = {
        "cut": link[:-4],
        "letter": link[:-1] + ("A" if link[-1] != "A" else "B"),
        "other purpose": "/bestaetigen/"
        + Seal(app.config["SECRET_KEY"], "search", 30).close(b"\x93\x01\xa0\x80", TODAY),
        "nonsense": "/bestaetigen/" + Seal(app.config["SECRET_KEY"], "confirm", 30).close(b"\xff\xff", TODAY),
    }[change]
    assert app.test_client().get(bad).status_code == 410
    app.test_client().post(bad, data={"angebot": "alle"})
    assert confirmations(app) == []


def test_whoever_gets_a_hundred_and_one_offers_gets_two_links(kommune: Flask) -> None:
    class Row:
        def __init__(self, number: int) -> None:
            self.id, self.review_due = number, TODAY

    made = ConfirmLinks(b"x" * 32, "https://familien.example/").make(
        Person("", "", 1), [Row(number) for number in range(100_000, 100_101)], TODAY
    )
    assert len(made) == 2
    assert max(len(link) for link in made) < 1_800
    read = ConfirmLinks(b"x" * 32).read(made[1].rpartition("/")[2], TODAY)
    assert (read.user_id, read.due) == (1, {100_100: TODAY.toordinal()})


def test_what_is_being_written_keeps_the_day_of_the_check(asked: tuple[Flask, int]) -> None:
    import msgspec

    from portal.editing import workflow
    from portal.editing.versions import working

    app, user = asked
    with app.app_context():
        offer = offer_of(SLUG)
        now = working(db.session, offer)
        text = msgspec.structs.replace(now.content.text, title="Ein neuer Titel")
        workflow.save(db.session, COMMAND, offer, msgspec.structs.replace(now.content, text=text), base=now.number)
        db.session.commit()
    app.test_client().post(link_for(app, Person("", "", user)), data={"angebot": "alle"})
    with app.app_context():
        content = working(db.session, offer_of(SLUG)).content
    assert (content.text.title, content.review_due) == ("Ein neuer Titel", TODAY + timedelta(182))


# --- settings and commands --------------------------------------------------------------------------------------------


def test_how_long_a_word_counts_is_a_setting(kommune: Flask) -> None:
    kommune.extensions["site"].kommune.freshness.review_after_days = 90
    owner = set_due(kommune, TODAY)
    user = make_user(kommune, "traeger", organizations=[owner])
    with kommune.app_context():
        number = offer_of(SLUG).id
    log_in(kommune, user).post("/verwaltung/stimmt-noch", data={"only": number})
    assert due_of(kommune) == (TODAY, TODAY + timedelta(90))


@pytest.fixture
def portal(kommune: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs `portal …` on the same Kommune and returns what it says."""
    monkeypatch.setattr("portal.create_app", lambda: kommune)

    def call(*args: str) -> str:
        result = CliRunner().invoke(main, args, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    return call


def test_a_dry_run_says_who_would_be_asked_and_changes_nothing(kommune: Flask, portal: Callable[..., str]) -> None:
    owner = set_due(kommune, TODAY)
    make_user(kommune, "traeger", organizations=[owner], name="Pavel Novák", email="pavel@verein.example")
    assert portal("freshness", "run", "--dry-run") == (
        "Pavel Novák <pavel@verein.example>: Stimmt das noch? 1 Angebot\n"
        "  kita-suedwind, due 2026-11-21\n"
        "1 mails would be sent. Dry run: nothing was changed.\n"
    )
    with kommune.app_context():
        assert db.session.execute(select(Reminder)).all() == []
    assert mails(kommune) == []


def test_the_command_sends_and_says_where_the_mails_are(kommune: Flask, portal: Callable[..., str]) -> None:
    owner = set_due(kommune, TODAY)
    make_user(kommune, "traeger", organizations=[owner], name="Pavel Novák", email="pavel@verein.example")
    folder = kommune.extensions["settings"].data_dir / "mail"
    assert portal("freshness", "run") == (
        "Pavel Novák <pavel@verein.example>: 1 offers\n"
        "1 mails. 0 problems with numbers and websites.\n"
        f"SMTP_URL is not set: the mails are files in {folder}.\n"
    )
    assert portal("freshness", "run") == "0 mails. 0 problems with numbers and websites.\n"
    assert len(mails(kommune)) == 1


def test_the_links_command_names_what_cannot_be_right(kommune: Flask, portal: Callable[..., str]) -> None:
    set_due(kommune, TODAY + timedelta(100), phone="030 23125 100 100 100 100")
    assert portal("freshness", "links") == (
        "kita-suedwind: Diese Telefonnummer kann nicht stimmen. 030 23125 100 100 100 100\n"
    )
    assert mails(kommune) == []


def test_count_waiting_is_what_the_dashboard_says(kommune: Flask) -> None:
    with kommune.app_context():
        site = kommune.extensions["site"].kommune
        assert count_waiting(db.session, COMMAND, site, TODAY) == 0
    set_due(kommune, TODAY + timedelta(14))
    with kommune.app_context():
        assert count_waiting(db.session, COMMAND, site, TODAY) == 1


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_all_of_this_works_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    day = TODAY + timedelta(200)
    app = create_app(make_settings(tmp_path, database_url=postgres_url))
    app.config.update(TESTING=True, TODAY=day)
    site = app.extensions["site"].kommune
    site.demo = False
    with app.app_context():
        with db.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        database.upgrade(db.engine)
        settings = app.extensions["settings"]
        load_needs(db.session, settings.content_dir / "needs")
        load_demo(db.session, settings.content_dir / "demo", site.languages)
        db.session.commit()
        total = count_waiting(db.session, COMMAND, site, day)
        found = Catalogue(db.session, day, site.hide_after_days)
        waiting = dashboard(db.session, COMMAND, site, day, links.StoredLinks(day, {}, [1, 2]))
        sent = run_daily(app)
        assert run_daily(app).letters == [], "never twice"
        rows = db.session.execute(select(Reminder.offer_id)).all()
        offer_id = offer_of(SLUG).id
        for helped in (True, True, True, False, False):
            feedback.count_answer(db.session, offer_id=offer_id, helped=helped, today=day)
        for reason in FeedbackReason:
            feedback.report(db.session, offer_id=offer_id, reason=reason, lang="de", today=day)
        db.session.commit()
        listed, number = feedback.list_reports(db.session, COMMAND, q="kita südwind", sort="reason", limit=3)
        answers = feedback.helped(db.session, COMMAND, since=day)
        feedback.mark_done(db.session, COMMAND, [row.id for row in listed], "gut")
        confirm_offers(db.session, COMMAND, site, [offer_id], day)
        db.session.commit()
        assert offer_of(SLUG).review_due == day + timedelta(182)
        assert feedback.open_reports(db.session, COMMAND) == number - 3 == len(FeedbackReason) - 3
    app.extensions["engine"].dispose()
    assert total == len(rows) > found.size > 0
    assert waiting.total == total
    assert sum(len(group) for group in waiting.groups.values()) == 50, "a page"
    assert sum(len(letter.rows) for letter, _went_out in sent.letters) == total
    assert [(row.slug, row.yes, row.no) for row in answers] == [(SLUG, 3, 2)]
