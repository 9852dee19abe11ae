"""Families say whether an offer helped and what is wrong with it; editors have it as an inbox."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.editing import feedback
from portal.editing.actor import COMMAND, Actor
from portal.extensions import db
from portal.models import AuditEntry, FeedbackReason, FeedbackReport, HelpedCount, Offer, Organization, RoleName
from tests.conftest import TODAY, counted_queries, parse_html, text_of
from tests.integration.admin import log_in, make_user, page

SLUG, OTHER = "kita-suedwind", "kita-hafenkieker"
OFFER = f"/de/angebote/{SLUG}"


@pytest.fixture
def family(own_app: Flask) -> FlaskClient:
    """A browser of somebody without a log-in."""
    return own_app.test_client()


def heading(answer: Any) -> str:
    return text_of(parse_html(answer.text).find(".//h1"))


def counts(app: Flask) -> list[tuple[str, date, int, int]]:
    with app.app_context():
        rows = db.session.execute(
            select(Offer.slug, HelpedCount.month, HelpedCount.yes, HelpedCount.no)
            .join(Offer, Offer.id == HelpedCount.offer_id)
            .order_by(Offer.slug, HelpedCount.month)
        )
        return [(row.slug, row.month, row.yes, row.no) for row in rows]


def reports(app: Flask) -> list[tuple[str, str, str, date]]:
    with app.app_context():
        rows = db.session.execute(
            select(Offer.slug, FeedbackReport.reason, FeedbackReport.lang, FeedbackReport.reported_on)
            .join(Offer, Offer.id == FeedbackReport.offer_id)
            .order_by(FeedbackReport.id)
        )
        return [(row.slug, row.reason.value, row.lang, row.reported_on) for row in rows]


# --- families ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["de", "en", "tr", "ar", "uk", "ru"])
def test_every_offer_asks_whether_it_helped(family: FlaskClient, lang: str) -> None:
    document = parse_html(family.get(f"/{lang}/angebote/{SLUG}").text)
    forms = [form for form in document.iter("form") if "/angebote/" in (form.get("action") or "")]
    assert [form.get("action") for form in forms] == [
        f"/{lang}/angebote/{SLUG}/geholfen",
        f"/{lang}/angebote/{SLUG}/stimmt-nicht",
    ]
    assert [form.get("method") for form in forms] == ["post", "post"]
    radios = [field.get("value") for field in forms[1].iter("input")]
    assert radios == [reason.value for reason in FeedbackReason], "a choice, and nothing to write"
    assert not list(forms[1].iter("textarea"))


def test_ja_and_nein_are_counted_by_month(own_app: Flask, family: FlaskClient) -> None:
    for answer in ("ja", "ja", "nein"):
        response = family.post(f"{OFFER}/geholfen", data={"antwort": answer})
        assert (response.status_code, response.location) == (303, f"{OFFER}/danke/{answer}")
    own_app.config["TODAY"] = date(2026, 12, 1)
    family.post(f"/tr/angebote/{SLUG}/geholfen", data={"antwort": "ja"})
    assert counts(own_app) == [(SLUG, date(2026, 11, 1), 2, 1), (SLUG, date(2026, 12, 1), 1, 0)]


def test_after_a_no_there_is_a_person_to_call(family: FlaskClient) -> None:
    answer = family.post(f"{OFFER}/geholfen", data={"antwort": "nein"}, follow_redirects=True)
    assert heading(answer) == "Danke"
    text = text_of(parse_html(answer.text).find(".//main"))
    assert "Ruft uns an: Wir suchen mit euch etwas, das besser passt. 030 23125 100" in text


def test_what_is_wrong_is_chosen_and_said_with_the_language_and_the_day(own_app: Flask, family: FlaskClient) -> None:
    answer = family.post(f"/ar/angebote/{SLUG}/stimmt-nicht", data={"grund": "phone"})
    assert (answer.status_code, answer.location) == (303, f"/ar/angebote/{SLUG}/danke/meldung")
    assert family.get(answer.location).status_code == 200
    family.post(f"{OFFER}/stimmt-nicht", data={"grund": "closed", "text": "Mein Kind heißt …"})
    assert reports(own_app) == [(SLUG, "phone", "ar", TODAY), (SLUG, "closed", "de", TODAY)]


def test_the_same_thing_said_twice_on_a_day_is_one_line(own_app: Flask, family: FlaskClient) -> None:
    for _time in range(3):
        family.post(f"{OFFER}/stimmt-nicht", data={"grund": "phone"})
    own_app.config["TODAY"] = TODAY + timedelta(1)
    family.post(f"{OFFER}/stimmt-nicht", data={"grund": "phone"})
    assert reports(own_app) == [(SLUG, "phone", "de", TODAY), (SLUG, "phone", "de", TODAY + timedelta(1))]


@pytest.mark.parametrize("data", [{}, {"grund": ""}, {"grund": "kind"}, {"grund": "PHONE"}, {"grund": "x" * 9_000}])
def test_without_a_reason_the_form_is_shown_again(own_app: Flask, family: FlaskClient, data: dict[str, str]) -> None:
    answer = family.post(f"{OFFER}/stimmt-nicht", data=data)
    assert (answer.status_code, heading(answer)) == (422, "Etwas stimmt nicht")
    assert "Bitte wählt aus, was nicht stimmt." in answer.text
    assert reports(own_app) == []


def test_htmx_gets_only_the_part_that_changes(family: FlaskClient) -> None:
    headers = {"HX-Request": "true"}
    answer = family.post(f"{OFFER}/geholfen", data={"antwort": "ja"}, headers=headers, follow_redirects=True)
    answer = family.get(f"{OFFER}/danke/ja", headers=headers)
    assert answer.text.strip().startswith('<section class="feedback" id="rueckmeldung"')
    assert "<html" not in answer.text
    wrong = family.post(f"{OFFER}/stimmt-nicht", headers=headers)
    assert (wrong.status_code, wrong.text.strip()[:40]) == (422, '<section class="feedback" id="rueckmeldu')


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/de/angebote/gibt-es-nicht/geholfen", {"antwort": "ja"}, 404),
        ("/de/angebote/gibt-es-nicht/stimmt-nicht", {"grund": "phone"}, 404),
        (f"{OFFER}/geholfen", {}, 400),
        (f"{OFFER}/geholfen", {"antwort": "vielleicht"}, 400),
    ],
)
def test_nonsense_is_refused(own_app: Flask, family: FlaskClient, path: str, data: dict[str, str], status: int) -> None:
    assert family.post(path, data=data).status_code == status
    assert (counts(own_app), reports(own_app)) == ([], [])


def test_an_unknown_thank_you_page_is_none(family: FlaskClient) -> None:
    assert family.get(f"{OFFER}/danke/geld").status_code == 404
    assert family.get("/de/angebote/gibt-es-nicht/danke/ja").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://anders.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://localhost"}, 303),
        # Phones from before 2023, under our own Referrer-Policy.
        ({"Origin": "null"}, 303),
        ({}, 303),
    ],
)
def test_forms_of_other_sites_are_refused(
    own_app: Flask, family: FlaskClient, headers: dict[str, str], status: int
) -> None:
    assert family.post(f"{OFFER}/geholfen", data={"antwort": "ja"}, headers=headers).status_code == status
    assert len(counts(own_app)) == (status == 303)


def test_twenty_an_hour_from_one_address_then_a_phone_number(own_app: Flask, family: FlaskClient) -> None:
    for _time in range(20):
        assert family.post(f"{OFFER}/geholfen", data={"antwort": "ja"}).status_code == 303
    answer = family.post(f"{OFFER}/geholfen", data={"antwort": "ja"})
    assert (answer.status_code, heading(answer)) == (429, "Das hat nicht geklappt")
    assert "Gerade kommen sehr viele Meldungen. Ruft uns bitte an: 030 23125 100" in text_of(parse_html(answer.text))
    assert family.post(f"{OFFER}/stimmt-nicht", data={"grund": "phone"}).status_code == 429
    assert counts(own_app) == [(SLUG, date(2026, 11, 1), 20, 0)]
    assert reports(own_app) == []
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    assert family.post(f"{OFFER}/geholfen", data={"antwort": "ja"}, environ_base=elsewhere).status_code == 303


def test_no_address_of_a_visitor_is_kept_anywhere(own_app: Flask, family: FlaskClient) -> None:
    visitor = {"REMOTE_ADDR": "198.51.100.77"}
    agent = {"User-Agent": "Rosa-Telefon/7"}
    family.post(f"{OFFER}/geholfen", data={"antwort": "ja"}, environ_base=visitor, headers=agent)
    family.post(f"{OFFER}/stimmt-nicht", data={"grund": "phone"}, environ_base=visitor, headers=agent)
    folder = own_app.extensions["settings"].data_dir
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"198.51.100.77" not in content, path
            assert b"Rosa-Telefon" not in content, path


def test_feedback_does_not_rebuild_the_catalogue(own_app: Flask, family: FlaskClient) -> None:
    with own_app.app_context():
        before = own_app.extensions["catalogue"].get(db.session, TODAY).version
    family.post(f"{OFFER}/geholfen", data={"antwort": "ja"})
    with own_app.app_context():
        assert own_app.extensions["catalogue"].get(db.session, TODAY).version == before


# --- the inbox --------------------------------------------------------------------------------------------------------


def organization_of(app: Flask, slug: str) -> int:
    with app.app_context():
        return db.session.execute(select(Offer.organization_id).where(Offer.slug == slug)).scalar_one()


def add(app: Flask, slug: str, reason: str = "phone", lang: str = "de", day: date = TODAY) -> int:
    with app.app_context():
        offer_id = db.session.execute(select(Offer.id).where(Offer.slug == slug)).scalar_one()
        row = FeedbackReport(offer_id=offer_id, reason=FeedbackReason(reason), lang=lang, reported_on=day)
        db.session.add(row)
        db.session.commit()
        assert row.id is not None
        return row.id


def lines(answer: Any) -> list[str]:
    """The rows of the inbox, without the boxes to tick."""
    body = page(answer).find(".//table[1]/tbody")
    return [] if body is None else [" | ".join(text_of(cell) for cell in list(row)[-5:]) for row in body]


INBOX = "/verwaltung/rueckmeldungen"


def test_the_inbox_shows_the_newest_first(own_app: Flask, editor: FlaskClient) -> None:
    add(own_app, SLUG, "phone", "tr", TODAY - timedelta(2))
    add(own_app, OTHER, "closed", "de", TODAY)
    found = lines(editor.get(INBOX))
    assert [line.split(" | ")[0] for line in found] == ["21.11.2026", "19.11.2026"]
    assert [line.split(" | ")[2:] for line in found] == [
        ["Gibt es nicht mehr", "Deutsch", "Offen"],
        ["Telefonnummer", "Türkisch", "Offen"],
    ]
    by_reason = lines(editor.get(f"{INBOX}?sort=lang"))
    assert [line.split(" | ")[3] for line in by_reason] == ["Deutsch", "Türkisch"]
    assert [line.split(" | ")[2] for line in lines(editor.get(f"{INBOX}?reason=phone"))] == ["Telefonnummer"]
    assert len(lines(editor.get(f"{INBOX}?q=hafenkieker"))) == 1
    assert lines(editor.get(f"{INBOX}?q=%25")) == []


def test_done_with_a_note_and_open_again(own_app: Flask, editor: FlaskClient) -> None:
    ids = [add(own_app, SLUG, reason) for reason in ("phone", "times", "cost")]
    answer = editor.post(INBOX, data={"report": ids[:2], "do": "done", "note": "  Nummer\nberichtigt "})
    assert (answer.status_code, answer.location) == (303, INBOX)
    assert [line.split(" | ")[2] for line in lines(editor.get(INBOX))] == ["Kosten"]
    done = lines(editor.get(f"{INBOX}?state=done"))
    assert [line.split(" | ")[4].startswith("Erledigt") for line in done] == [True, True]
    assert all(line.endswith("Mira Yıldız: Nummer berichtigt") for line in done)
    editor.post(INBOX, data={"only": ids[0], "do": "reopen", "back": "?state=done"})
    assert [line.split(" | ")[2] for line in lines(editor.get(INBOX))] == ["Kosten", "Telefonnummer"]
    with own_app.app_context():
        kept = db.session.execute(
            select(AuditEntry.user, AuditEntry.action, AuditEntry.entity, AuditEntry.details)
            .where(AuditEntry.kind == "feedback")
            .order_by(AuditEntry.id)
        ).all()
    assert [tuple(row) for row in kept] == [
        ("Mira Yıldız", "changed", SLUG, "erledigt: Telefonnummer; Nummer berichtigt"),
        ("Mira Yıldız", "changed", SLUG, "erledigt: Zeiten; Nummer berichtigt"),
        ("Mira Yıldız", "changed", SLUG, "wieder offen: Telefonnummer"),
    ]


def test_what_is_done_already_stays_as_it_is(own_app: Flask, editor: FlaskClient) -> None:
    number = add(own_app, SLUG)
    editor.post(INBOX, data={"only": number, "do": "done", "note": "erste"})
    editor.post(INBOX, data={"only": number, "do": "done", "note": "zweite"})
    assert lines(editor.get(f"{INBOX}?state=done"))[0].endswith(": erste")


def test_a_traeger_editor_sees_and_closes_only_their_own(own_app: Flask) -> None:
    own, foreign = add(own_app, SLUG), add(own_app, OTHER)
    owner = organization_of(own_app, SLUG)
    assert owner != organization_of(own_app, OTHER)
    provider = log_in(own_app, make_user(own_app, "traeger", organizations=[owner]))
    assert len(lines(provider.get(f"{INBOX}?state=all"))) == 1
    for guessed in ({"only": foreign}, {"report": [own, foreign]}, {"only": 999_999}):
        assert provider.post(INBOX, data={**guessed, "do": "done"}).status_code == 404
    with own_app.app_context():
        assert feedback.open_reports(db.session, COMMAND) == 2
    assert provider.post(INBOX, data={"only": own, "do": "done"}).status_code == 303
    with own_app.app_context():
        assert feedback.open_reports(db.session, COMMAND) == 1


def test_a_planner_reads_everything_and_decides_nothing(own_app: Flask) -> None:
    number = add(own_app, SLUG)
    planner = log_in(own_app, make_user(own_app, "planung"))
    answer = planner.get(INBOX)
    assert len(lines(answer)) == 1
    assert '<input type="checkbox"' not in answer.text
    assert planner.post(INBOX, data={"only": number, "do": "done"}).status_code == 404
    with own_app.app_context():
        actor = Actor(user_id=None, name="P", roles=frozenset({RoleName.PLANNER}))
        assert feedback.open_reports(db.session, actor) == 1


def test_a_translator_has_no_inbox(translator: FlaskClient) -> None:
    assert translator.get(INBOX).status_code == 404


def test_nobody_without_a_log_in_sees_it(family: FlaskClient) -> None:
    assert family.get(INBOX).status_code == 303


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"only": "x"}, 400),
        ({"report": ["1", "2; DROP"]}, 400),
        ({"only": "1", "note": "x" * 501}, 413),
    ],
)
def test_nonsense_in_the_inbox_is_refused(editor: FlaskClient, data: dict[str, Any], status: int) -> None:
    assert editor.post(INBOX, data={"do": "done", **data}).status_code == status


def test_nothing_ticked_changes_nothing(own_app: Flask, editor: FlaskClient) -> None:
    add(own_app, SLUG)
    answer = editor.post(INBOX, data={"do": "done", "back": "//anders.example"}, follow_redirects=True)
    assert "Du hast nichts angekreuzt." in answer.text
    assert len(lines(answer)) == 1


def test_whether_it_helped_is_shown_from_five_answers_on(own_app: Flask, editor: FlaskClient) -> None:
    with own_app.app_context():
        ids = {
            slug: db.session.execute(select(Offer.id).where(Offer.slug == slug)).scalar_one() for slug in (SLUG, OTHER)
        }
        db.session.add_all(
            [
                HelpedCount(offer_id=ids[SLUG], month=date(2026, 11, 1), yes=2, no=1),
                HelpedCount(offer_id=ids[SLUG], month=date(2026, 10, 1), yes=1, no=1),
                HelpedCount(offer_id=ids[OTHER], month=date(2026, 11, 1), yes=2, no=2),
                HelpedCount(offer_id=ids[OTHER], month=date(2025, 10, 1), yes=9, no=9),
            ]
        )
        db.session.commit()
        found = feedback.helped(db.session, COMMAND, since=date(2025, 11, 21))
        assert [(row.slug, row.yes, row.no) for row in found] == [(SLUG, 3, 2)]
    tables = page(editor.get(INBOX)).findall(".//table/tbody")
    assert [[text_of(cell) for cell in row][1:] for row in tables[-1]] == [["3", "2"]]


def test_the_inbox_asks_as_often_for_thirty_lines_as_for_one(own_app: Flask, editor: FlaskClient) -> None:
    add(own_app, SLUG)
    with counted_queries(own_app) as one:
        editor.get(INBOX)
    with own_app.app_context():
        slugs = db.session.execute(select(Offer.slug).limit(30)).scalars().all()
    for slug in slugs:
        add(own_app, slug, "times")
    with counted_queries(own_app) as many:
        editor.get(INBOX)
    assert len(many) == len(one)


def test_feedback_goes_with_its_offer(own_app: Flask) -> None:
    add(own_app, SLUG)
    with own_app.app_context():
        assert db.session.execute(select(Organization.id).limit(1)).scalar_one()
        db.session.delete(db.session.execute(select(Offer).where(Offer.slug == SLUG)).scalar_one())
        db.session.commit()
        assert feedback.open_reports(db.session, COMMAND) == 0
