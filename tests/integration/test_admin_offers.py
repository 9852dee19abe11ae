"""The pages of offers: nothing typed is lost, nobody sees what is not theirs, and every error is a sentence."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from portal.editing import workflow
from portal.editing.actor import COMMAND
from portal.editing.versions import find_offer, latest_version, versions_of, working
from portal.extensions import db
from portal.models import AuditEntry, Offer, OfferText, TrashEntry
from portal.models.base import utc_now
from portal.models.enums import OfferStatus
from tests.conftest import TODAY, counted_queries, text_of
from tests.integration.admin import browser, log_in, make_user, page
from tests.integration.filled_forms import alerts, errors, filled, table
from tests.integration.test_auth_forms import log_in_again
from tests.integration.test_auth_sessions import age

HERE = "/verwaltung/angebote"
NEW: dict[str, Any] = {
    "base": "0",
    "organization": "familienbuero",
    "title": "Spiel am Bach",
    "summary": "Ihr spielt zusammen.",
    "description": "Kommt einfach vorbei.",
    "kind": "soziale_teilhabe",
    "needs": ["eltern_kind_gruppe"],
    "life_phases": ["kita"],
    "min_age": "3",
    "min_age_unit": "years",
    "max_age": "6",
    "max_age_unit": "years",
    "location": "",
    "cost_kind": "free",
    "cost_per": "once",
    "registration": "none",
    "phone": "030 23125 100",
    "interpreter": "",
    "childcare": "",
    "accompaniment": "",
}
HTMX = {"HX-Request": "true"}
SCRIPT, BREAKER = "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'
SHAMING = "Für Asoziale."


def address(answer: Any) -> str:
    assert answer.status_code == 303, (answer.status_code, errors(answer), alerts(answer))
    return str(answer.location)


def created(client: FlaskClient, do: str = "save", **changes: Any) -> str:
    """The address of a new offer."""
    return address(client.post(f"{HERE}/neu", data=NEW | changes | {"do": do}))


def slug_of(path: str) -> str:
    return path.removeprefix(f"{HERE}/").split("/")[0]


def base_of(client: FlaskClient, path: str) -> str:
    return str(page(client.get(path)).find(".//input[@name='base']").get("value"))


def value_of(answer: Any, name: str) -> str:
    """What stands in a field of the page."""
    for element in page(answer).iter():
        if element.get("name") == name and element.get("id"):
            return str((element.text or "").removeprefix("\n") if element.tag == "textarea" else element.get("value"))
    raise AssertionError(f"no field {name}")


def titles(answer: Any) -> list[str]:
    return [row[1] for row in table(answer)]


def last_entry(app: Flask) -> tuple[str, str, str]:
    """The newest line of the audit log about an offer: who, what, which."""
    with app.app_context():
        query = select(AuditEntry).where(AuditEntry.kind == "offer").order_by(AuditEntry.id.desc()).limit(1)
        entry = db.session.execute(query).scalar_one()
        return entry.user, entry.action, entry.entity


def a_slug(app: Flask, organization_id: int, *, own: bool) -> str:
    """Of a public offer of this organization, or of another one."""
    with app.app_context():
        of_it = Offer.organization_id == organization_id
        query = select(Offer.slug).where(of_it if own else ~of_it, Offer.status == OfferStatus.PUBLISHED)
        return str(db.session.execute(query.order_by(Offer.id).limit(1)).scalar_one())


def retitle(app: Flask, slug: str, title: str) -> None:
    with app.app_context():
        offer_id = db.session.execute(select(Offer.id).where(Offer.slug == slug)).scalar_one()
        text = db.session.get_one(OfferText, {"offer_id": offer_id, "lang": "de"})
        text.title = title
        db.session.commit()


# --- the list ---------------------------------------------------------------------------------------------------------


def test_search_filters_and_sorts(own_app: Flask, editor: FlaskClient) -> None:
    created(editor, title="Zebra-Treff_1", phone="", location="", min_age="", max_age="")
    created(editor, title="zebra 100%")
    created(editor, do="publish", title="Zebra öffentlich")
    assert titles(editor.get(f"{HERE}/?q=ZEBRA")) == ["zebra 100%", "Zebra öffentlich", "Zebra-Treff_1"]
    assert titles(editor.get(f"{HERE}/?q=ZEBRA&sort=-title"))[0] == "Zebra-Treff_1"
    assert titles(editor.get(f"{HERE}/?q=100%25")) == ["zebra 100%"]
    assert titles(editor.get(f"{HERE}/?q=treff_1")) == ["Zebra-Treff_1"]
    assert titles(editor.get(f"{HERE}/?q=zebra&state=draft")) == ["zebra 100%", "Zebra-Treff_1"]
    assert titles(editor.get(f"{HERE}/?q=zebra&state=published")) == ["Zebra öffentlich"]
    assert titles(editor.get(f"{HERE}/?q=zebra&gap=phone")) == ["Zebra-Treff_1"]
    assert titles(editor.get(f"{HERE}/?q=zebra&gap=age")) == ["Zebra-Treff_1"]
    assert titles(editor.get(f"{HERE}/?q=zebra&gap=german_only&organization=klinikum")) == []
    for sort in ("title", "organization", "changed", "due", "state"):
        one, other = (table(editor.get(f"{HERE}/?q=zebra&sort={sign}{sort}")) for sign in ("", "-"))
        assert sorted(row[1] for row in one) == sorted(row[1] for row in other)
        assert len(one) == 3


def test_a_new_version_of_a_public_offer_is_found_as_such(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor, do="publish")
    editor.post(path, data=NEW | {"do": "save", "base": base_of(editor, path), "title": "Neu"})
    assert titles(editor.get(f"{HERE}/?state=changed")) == ["Spiel am Bach"]
    assert titles(editor.get(f"{HERE}/?state=waiting")) == []


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=99999999999999999999", f"page={'9' * 5000}", "page=²", "sort=password", "state=x",
     "gap=x", "q=%00", "q=%27%3B--", "sort=-", "page=9999", "organization=%00"],
)  # fmt: skip
def test_a_mistyped_address_is_still_a_list(editor: FlaskClient, query: str) -> None:
    answer = editor.get(f"{HERE}/?{query}")
    assert answer.status_code == 200
    assert text_of(page(answer).find(".//h1")) == "Angebote"


def test_fifty_a_page(editor: FlaskClient) -> None:
    first, second = editor.get(f"{HERE}/"), editor.get(f"{HERE}/?page=2")
    assert len(table(first)) == len(table(second)) == 50
    assert not set(titles(first)) & set(titles(second))
    assert page(first).find(".//nav[@class='pages']/a").get("href") == "?sort=title&page=2"


def test_a_traeger_editor_sees_only_their_own(own_app: Flask, provider: FlaskClient) -> None:
    rows = table(provider.get(f"{HERE}/"))
    assert len(rows) > 2
    assert {row[4] for row in rows} == {"Familienbüro Beispielstadt"}
    assert table(provider.get(f"{HERE}/?organization=klinikum")) == rows


def test_the_number_of_queries_does_not_grow_with_the_list(own_app: Flask, editor: FlaskClient) -> None:
    created(editor, title="Einzelstück")
    # The message of the form is shown, and gone.
    editor.get(f"{HERE}/")
    with counted_queries(own_app) as one:
        assert len(table(editor.get(f"{HERE}/?q=Einzelstück"))) == 1
    with counted_queries(own_app) as many:
        assert len(table(editor.get(f"{HERE}/"))) >= 30
    assert len(one) == len(many)


def test_bulk_does_what_it_can_and_says_why_not(own_app: Flask, editor: FlaskClient) -> None:
    ready, unready = created(editor, title="Fertig"), created(editor, title="Unfertig", phone="", location="")
    data = MultiDict([("do", "publish"), ("slug", slug_of(ready)), ("slug", slug_of(unready)), ("back", "?q=fertig")])
    answer = editor.post(f"{HERE}/mehrere", data=data)
    assert answer.location == f"{HERE}/?q=fertig"
    shown = alerts(editor.get(answer.location))[2:]
    assert shown[0] == "1 Angebot geändert."
    assert shown[1].startswith("Unfertig: Weder eine Telefonnummer noch ein Ort")
    assert last_entry(own_app) == ("Mira Yıldız", "published", slug_of(ready))
    for do, action in (("confirm", "confirmed"), ("archive", "archived"), ("delete", "deleted")):
        editor.post(f"{HERE}/mehrere", data={"do": do, "slug": slug_of(ready)})
        assert last_entry(own_app) == ("Mira Yıldız", action, slug_of(ready)), do
    assert editor.get(ready).status_code == 404


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "?\r\nX-Bad: 1", "/\\evil.example", "javascript:1"]
)
def test_bulk_sends_nobody_elsewhere(editor: FlaskClient, back: str) -> None:
    answer = editor.post(f"{HERE}/mehrere", data={"do": "nothing", "back": back})
    assert (answer.status_code, answer.location) == (303, f"{HERE}/")
    assert "X-Bad" not in answer.headers


def test_bulk_cannot_touch_what_is_not_theirs(own_app: Flask, provider: FlaskClient) -> None:
    other = a_slug(own_app, 1, own=False)
    for do in ("confirm", "publish", "submit", "archive", "delete"):
        answer = provider.post(f"{HERE}/mehrere", data={"do": do, "slug": other})
        assert alerts(provider.get(answer.location)) == ["0 Angebote geändert."]
    with own_app.app_context():
        assert find_offer(db.session, COMMAND, other).status == OfferStatus.PUBLISHED


# --- whose it is ------------------------------------------------------------------------------------------------------


def rules_of_one_offer(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if str(rule).startswith(f"{HERE}/<slug>"):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method


def test_what_belongs_to_others_is_not_there_on_any_page(own_app: Flask, provider: FlaskClient) -> None:
    other = a_slug(own_app, 1, own=False)
    values = {"slug": other, "number": 1, "code": "de", "step": "archivieren"}
    seen = set()
    with own_app.test_request_context():
        adapter = own_app.url_map.bind("")
        asked = [
            (adapter.build(rule.endpoint, {k: v for k, v in values.items() if k in rule.arguments}, method), method)
            for rule, method in rules_of_one_offer(own_app)
        ]
    with own_app.app_context():
        before = len(list(db.session.execute(select(AuditEntry.id)).scalars()))
    for path, method in asked:
        answer = provider.open(path, method=method, data=NEW | {"do": "save"} if method == "POST" else None)
        assert answer.status_code == 404, f"{method} {path}"
        seen.add(path)
    assert len(seen) >= 10
    for step in ("freigeben", "einreichen", "ablehnen", "zurueckholen", "bestaetigen", "kommentieren", "loeschen"):
        assert provider.post(f"{HERE}/{other}/schritt/{step}", data={"text": "x"}).status_code == 404, step
    with own_app.app_context():
        assert len(list(db.session.execute(select(AuditEntry.id)).scalars())) == before
        assert find_offer(db.session, COMMAND, other).status == OfferStatus.PUBLISHED


def test_a_traeger_editor_hands_in_and_does_not_publish(own_app: Flask, provider: FlaskClient) -> None:
    path = created(provider, do="publish")
    with own_app.app_context():
        assert find_offer(db.session, COMMAND, slug_of(path)).status == OfferStatus.DRAFT
    assert "Veröffentlichen" not in provider.get(path).text
    assert provider.post(f"{path}/schritt/freigeben").status_code == 404
    address(provider.post(f"{path}/schritt/einreichen"))
    assert last_entry(own_app) == ("Pavel Novák", "submitted", slug_of(path))
    assert provider.post(f"{path}/schritt/freigeben").status_code == 404


def test_an_organization_or_a_place_of_others_is_no_choice(own_app: Flask, provider: FlaskClient) -> None:
    answer = provider.post(f"{HERE}/neu", data=NEW | {"do": "save", "organization": "klinikum"})
    assert (answer.status_code, errors(answer)["organization"]) == (422, "Keine gültige Auswahl.")
    answer = provider.post(f"{HERE}/neu", data=NEW | {"do": "save", "location": "klinikum"})
    assert (answer.status_code, errors(answer)["location"]) == (422, "Keine gültige Auswahl.")


def test_titles_of_other_peoples_drafts_are_not_told(
    own_app: Flask, editor: FlaskClient, provider: FlaskClient
) -> None:
    hidden = created(editor, organization="klinikum", title="Geheimes Vorhaben im Klinikum")
    assert (
        "Geheimes" in editor.post("/verwaltung/hilfe/aehnlich", data={"title": "Geheimes Vorhaben"}, headers=HTMX).text
    )
    assert (
        "Geheimes"
        not in provider.post("/verwaltung/hilfe/aehnlich", data={"title": "Geheimes Vorhaben"}, headers=HTMX).text
    )
    answer = provider.post(f"{HERE}/neu", data=NEW | {"do": "refresh", "follow_ups": [slug_of(hidden)]})
    assert "Geheimes" not in answer.text


# --- the form: what is wrong is said, what was typed stays ------------------------------------------------------------

HOURS = {"hours-0-days": ["Mo"], "hours-0-start": "09:00", "hours-0-end": "12:00"}
DATE = {
    "schedules-0-frequency": "weekly",
    "schedules-0-week": "1",
    "schedules-0-weekday": "tu",
    "schedules-0-start": "10:00",
    "schedules-0-end": "11:00",
    "schedules-0-first_on": "2027-01-05",
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Das fehlt noch."),
        ({"title": "\u200b \x07 "}, "Das fehlt noch."),
        ({"title": "x" * 201}, "Das sind 201 Zeichen; höchstens 200 passen hierher."),
        ({"summary": "x" * 401}, "Das sind 401 Zeichen; höchstens 400 passen hierher."),
        ({"description": "x" * 5001}, "Das sind 5.001 Zeichen; höchstens 5.000 passen hierher."),
        ({"kind": "nichts"}, "Keine gültige Auswahl."),
        ({"kind": ""}, "Keine gültige Auswahl."),
        ({"needs": ["nichts"]}, "Keine gültige Auswahl:"),
        ({"needs": ["nul\x00"]}, "Keine gültige Auswahl:"),
        ({"serves": ["atlantis"]}, "Keine gültige Auswahl:"),
        ({"languages": ["xx"]}, "Keine gültige Auswahl:"),
        ({"follow_ups": ["gibt-es-nicht", "nul\x00"]}, "Keine gültige Auswahl:"),
        ({"min_age": "drei"}, "Keine gültige, ganze Zahl."),
        ({"min_age": "9" * 5000}, "Keine gültige, ganze Zahl."),
        ({"min_age": "-1"}, "Zwischen 0 und 26 Jahren."),
        ({"max_age": "27"}, "Zwischen 0 und 26 Jahren."),
        ({"min_age": "7"}, "Das Alter „bis“ ist kleiner als das Alter „von“."),
        ({"cost_kind": "fixed", "cost_amount": ""}, "Wie viel kostet es? Beispiel: 12,50"),
        ({"cost_kind": "fixed", "cost_amount": "1.000"}, "Wie viel kostet es? Beispiel: 12,50"),
        ({"cost_kind": "unknown", "cost_amount": "12"}, "Hier steht ein Betrag."),
        ({"phone": "ruf an"}, "Das kann keine Telefonnummer sein. Beispiel: 030 23125 100"),
        ({"email": "info@verein"}, "Das kann keine E-Mail-Adresse sein. Beispiel: info@verein.example"),
        ({"website": "javascript:alert(1)"}, "Die Adresse beginnt mit https:// – Beispiel: https://verein.example"),
        ({"website": "verein.example"}, "Die Adresse beginnt mit https:// – Beispiel: https://verein.example"),
        ({"opening_hours": "morgens"}, "Diese Zeiten werden nicht verstanden."),
        (HOURS | {"opening_hours": "24/7"}, "Entweder hier oder oben: Beides zusammen geht nicht."),
        (HOURS | {"hours-0-days": []}, "An welchen Tagen?"),
        (HOURS | {"hours-0-days": ["Xx"]}, "Keine gültige Auswahl:"),
        (HOURS | {"hours-0-end": ""}, "Von wann bis wann?"),
        (HOURS | {"hours-0-end": "08:00"}, "Das Ende muss nach dem Anfang sein."),
        (HOURS | {"hours-0-end": "24:00"}, "Eine Uhrzeit wie 09:30."),
        (DATE | {"schedules-0-end": ""}, "Von wann bis wann?"),
        (DATE | {"schedules-0-end": "10:00"}, "Das Ende muss nach dem Anfang sein."),
        (DATE | {"schedules-0-first_on": ""}, "Wann zum ersten Mal?"),
        (DATE | {"schedules-0-first_on": "0206-01-05"}, "Das Jahr kann nicht stimmen."),
        (DATE | {"schedules-0-first_on": "9999-12-31"}, "Das Jahr kann nicht stimmen."),
        (DATE | {"schedules-0-last_on": "2026-01-05"}, "Das letzte Mal liegt vor dem ersten."),
        (DATE | {"schedules-0-frequency": "immer"}, "Keine gültige Auswahl."),
        ({"valid_from": "2027-01-02", "valid_to": "2027-01-01"}, "Das Ende liegt vor dem Anfang."),
        ({"valid_from": "gestern"}, "Kein gültiges Datum."),
        ({"free_places": "10001"}, "Zwischen 0 und 10.000."),
        ({"waiting_weeks": "521"}, "Zwischen 0 und 520 Wochen."),
    ],
)  # fmt: skip
def test_every_error_is_a_sentence_and_nothing_typed_is_lost(
    editor: FlaskClient, changes: dict[str, Any], sentence: str
) -> None:
    typed = NEW | {"bring": "Eine Decke, und „was zu trinken“ & Obst"} | changes
    answer = editor.post(f"{HERE}/neu", data=typed | {"do": "save"})
    assert answer.status_code == 422
    said = [text_of(one) for one in page(answer).iter() if one.get("class") == "field__error"]
    assert [one for one in said if sentence in one], said
    assert text_of(page(answer).find(".//*[@id='fehler']")).startswith("Das ist noch nicht gespeichert.")
    assert value_of(answer, "bring") == typed["bring"]
    assert value_of(answer, "phone") == typed["phone"].strip()
    if "title" not in changes:
        assert value_of(answer, "title") == NEW["title"]


def test_five_megabytes_in_a_field_are_refused_with_a_sentence_and_shown_again(editor: FlaskClient) -> None:
    long = "Wort " * 1_000_000
    typed = NEW | {"description": long, "do": "save"}
    answer = editor.post(f"{HERE}/neu", data=typed)
    assert answer.status_code == 422
    assert errors(answer)["description"] == "Das sind 4.999.999 Zeichen; höchstens 5.000 passen hierher."
    assert value_of(answer, "description") == long.strip()
    kept = editor.post(f"{HERE}/neu/zwischenstand", data=typed, headers={"HX-Request": "true"})
    assert (kept.status_code, "Das ist zu viel Text, um es zwischenzuspeichern." in kept.text) == (200, True)
    assert (
        editor.post("/verwaltung/hilfe/text/description", data={"description": long}, headers=HTMX).status_code == 200
    )


def test_a_stranger_cannot_make_the_server_read_megabytes(own_app: Flask) -> None:
    answer = browser(own_app).post(f"{HERE}/neu", data={"title": "x" * 3_000_000})
    assert answer.status_code == 401
    assert "konnten wir hier nicht mitnehmen" in answer.text


def test_control_characters_and_invisible_signs_are_gone(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor, title="Spiel\x00 am\u202e Bach\r\n", bring="Zeile 1\r\nZeile 2\x0b\u200b")
    assert value_of(editor.get(path), "title") == "Spiel am Bach"
    assert value_of(editor.get(path), "bring") == "Zeile 1\nZeile 2"


def test_a_thousand_rows_of_dates_are_cut_to_what_the_form_has(editor: FlaskClient) -> None:
    rows = {name.replace("-0-", f"-{number}-"): value for number in range(400) for name, value in DATE.items()}
    path = created(editor, **rows)
    shown = [
        one.get("name") for one in page(editor.get(path)).iter("input") if (one.get("name") or "").endswith("-first_on")
    ]
    assert len(shown) == 30


@pytest.mark.parametrize(
    "name",
    ["hours-²-start", f"hours-{'9' * 5000}-start", "schedules-9999999999999999999999-start", "hours--start", "hours-"],
    ids=["superscript", "long", "large", "empty", "nothing"],
)
def test_odd_names_of_rows_break_nothing(editor: FlaskClient, name: str) -> None:
    assert editor.post(f"{HERE}/neu", data=NEW | {name: "09:00", "do": "more:hours"}).status_code == 200


# --- buttons without a script -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("do", ["more:hours", "more:schedules", "less:hours:0", "search", "refresh", "more:", "less:x:y",
                                "replace:title:x:y:z", "replace:", "more:title"])  # fmt: skip
def test_a_button_in_an_empty_form_is_no_error(editor: FlaskClient, do: str) -> None:
    answer = editor.post(f"{HERE}/neu", data={"do": do})
    assert answer.status_code == 200
    assert page(answer).find(".//*[@id='fehler']") is None


def names_of(answer: Any, ending: str) -> list[str]:
    return [one.get("name") for one in page(answer).iter("input") if (one.get("name") or "").endswith(ending)]


def test_one_line_more_and_one_less(editor: FlaskClient) -> None:
    answer = editor.post(f"{HERE}/neu", data=NEW | HOURS | {"do": "more:hours"})
    assert names_of(answer, "-end") == ["hours-0-end", "hours-1-end"]
    second = {"hours-1-days": ["Tu"], "hours-1-start": "10:00", "hours-1-end": "11:00"}
    answer = editor.post(f"{HERE}/neu", data=NEW | HOURS | second | {"do": "less:hours:0"})
    assert names_of(answer, "-end") == ["hours-1-end"]
    assert value_of(answer, "hours-1-end") == "11:00"
    half = DATE | {"schedules-0-first_on": ""}
    answer = editor.post(f"{HERE}/neu", data=NEW | half | {"do": "more:schedules"})
    assert names_of(answer, "-first_on") == ["schedules-0-first_on", "schedules-1-first_on"]


def test_a_follow_up_is_searched_ticked_and_kept(own_app: Flask, editor: FlaskClient) -> None:
    found = a_slug(own_app, 1, own=False)
    with own_app.app_context():
        offer = find_offer(db.session, COMMAND, found)
        title = working(db.session, offer).content.text.title
    answer = editor.post(f"{HERE}/neu", data=NEW | {"do": "search", "follow_up_search": title})
    boxes = [one.get("value") for one in page(answer).iter("input") if one.get("name") == "follow_ups"]
    assert found in boxes
    path = created(editor, follow_ups=[found])
    with own_app.app_context():
        assert working(db.session, find_offer(db.session, COMMAND, slug_of(path))).content.follow_ups == [found]
    # An offer is not what comes after itself.
    answer = editor.post(path, data=NEW | {"base": "1", "do": "save", "follow_ups": [slug_of(path)]})
    assert answer.status_code == 422


def test_a_hard_word_is_replaced_with_one_click(editor: FlaskClient) -> None:
    typed = "Ihr könnt die Antragstellung bei uns machen. Die Inanspruchnahme ist kostenlos, ggf. mit Termin."
    answer = editor.post("/verwaltung/hilfe/text/description", data={"description": typed}, headers=HTMX)
    buttons = re.findall(r'value="(replace:description:[^"]+)"', answer.text)
    assert buttons
    again = editor.post(f"{HERE}/neu", data=NEW | {"description": typed, "do": buttons[0]})
    changed = value_of(again, "description")
    _verb, _name, start, end, suggestion = buttons[0].split(":", 4)
    assert changed == typed[: int(start)] + suggestion + typed[int(end) :]
    # What the check did not say is not put in.
    again = editor.post(f"{HERE}/neu", data=NEW | {"description": typed, "do": "replace:description:0:3:Haha"})
    assert value_of(again, "description") == typed


def test_similar_offers_are_named_while_the_title_is_typed(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor, do="publish", title="Drachenbau am Nordufer")
    answer = editor.post("/verwaltung/hilfe/aehnlich", data={"title": "Drachenbau Nordufer"}, headers=HTMX)
    assert "Gibt es das schon?" in answer.text
    assert f'href="/de/angebote/{slug_of(path)}"' in answer.text
    data = {"title": "Drachenbau Nordufer", "slug": slug_of(path)}
    alone = editor.post("/verwaltung/hilfe/aehnlich", data=data, headers=HTMX)
    assert "Drachenbau" not in alone.text
    assert (
        editor.post(
            "/verwaltung/hilfe/aehnlich", data={"title": "Drachenbau", "slug": "\x00"}, headers=HTMX
        ).status_code
        == 200
    )


@pytest.mark.parametrize("name", ["a b", "x" * 61, "../x", "1x"])
def test_the_check_of_a_text_asks_for_a_name(editor: FlaskClient, name: str) -> None:
    assert editor.post(f"/verwaltung/hilfe/text/{name}").status_code == 404


# --- drafts, log-in, conflict -----------------------------------------------------------------------------------------


def test_what_was_typed_comes_back_and_can_be_thrown_away(editor: FlaskClient) -> None:
    path = created(editor)
    kept = editor.post(f"{path}/zwischenstand", data=NEW | {"base": "1", "title": "Halb fertig"}, headers=HTMX)
    assert "Zwischengespeichert um" in kept.text
    assert value_of(editor.get(path), "title") == "Halb fertig"
    assert "Angefangen, noch nicht gespeichert" in editor.get("/verwaltung/").text
    address(editor.post(f"{path}/verwerfen"))
    assert value_of(editor.get(path), "title") == "Spiel am Bach"
    editor.post(f"{HERE}/neu/zwischenstand", data={"title": "", "min_age": "drei"}, headers=HTMX)
    assert value_of(editor.get(f"{HERE}/neu"), "min_age") == "drei"
    address(editor.post(f"{HERE}/neu/verwerfen"))
    assert value_of(editor.get(f"{HERE}/neu"), "min_age") == ""


def test_a_draft_is_its_writers_alone(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor)
    editor.post(f"{path}/zwischenstand", data=NEW | {"base": "1", "title": "Nur meins"}, headers=HTMX)
    other = log_in(own_app, make_user(own_app, "redaktion"))
    assert value_of(other.get(path), "title") == "Spiel am Bach"


def test_a_saved_form_leaves_no_draft(editor: FlaskClient) -> None:
    path = created(editor)
    editor.post(f"{path}/zwischenstand", data=NEW | {"base": "1", "title": "Zwei"}, headers=HTMX)
    address(editor.post(path, data=NEW | {"base": "1", "title": "Zwei", "do": "save"}))
    assert "Es ist noch nicht gespeichert" not in editor.get(path).text


def test_a_draft_of_a_deleted_offer_does_not_turn_up_in_a_new_one(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor, title="Der alte")
    editor.post(f"{path}/zwischenstand", data=NEW | {"base": "1", "title": "Text des alten"}, headers=HTMX)
    address(editor.post(f"{path}/schritt/loeschen"))
    other = created(editor, title="Der neue")
    assert value_of(editor.get(other), "title") == "Der neue"


def test_an_ended_log_in_brings_the_text_back_as_a_draft(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor)
    age(own_app, seen_at=timedelta(hours=13))
    answer = editor.post(path, data=NEW | {"base": "1", "title": "Lange geschrieben", "do": "save"})
    assert answer.status_code == 401
    again = log_in_again(editor, answer)
    assert address(again) == path
    shown = editor.get(path)
    assert value_of(shown, "title") == "Lange geschrieben"
    assert "Du bist wieder angemeldet." in shown.text
    assert base_of(editor, path) == "1"
    age(own_app, seen_at=timedelta(hours=13))
    part = editor.post(f"{path}/zwischenstand", data=NEW, headers=HTMX)
    assert (part.status_code, part.headers["HX-Trigger"]) == (401, '{"abgemeldet": true}')


def test_other_forms_than_that_of_an_offer_come_back_to_be_sent_again(own_app: Flask, editor: FlaskClient) -> None:
    age(own_app, seen_at=timedelta(hours=13))
    again = log_in_again(editor, editor.post(f"{HERE}/mehrere", data={"do": "confirm", "slug": "x"}))
    assert (again.status_code, text_of(page(again).find(".//h1"))) == (200, "Was du geschrieben hast, ist noch da")


def test_two_people_both_texts_are_kept_and_the_second_chooses(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor)
    other = log_in(own_app, make_user(own_app, "redaktion", name="Olga Berg"))
    third = log_in(own_app, make_user(own_app, "redaktion", name="Tim Dritter"))
    theirs = NEW | {"base": "1", "title": "Titel von Olga", "bring": "Decke von Olga", "phone": "030 23125 101"}
    address(other.post(path, data=theirs | {"do": "save"}))
    mine = NEW | {"base": "1", "title": "Titel von Mira", "bring": "Decke von Mira", "email": "mira@verein.example"}
    answer = editor.post(path, data=mine | {"do": "save"})
    assert answer.status_code == 409
    assert "Olga Berg hat inzwischen Fassung 2 gespeichert." in text_of(page(answer))
    assert [one.get("value") for one in page(answer).iter("input") if one.get("name") == "theirs"] == [
        "text.title",
        "text.bring",
    ]
    # Somebody comes in between: the choice is asked again, for what is there now.
    address(third.post(path, data=theirs | {"base": "2", "website": "https://tim.example", "do": "save"}))
    again = editor.post(f"{path}/konflikt", data={"number": "2", "theirs": ["text.title"]})
    assert again.status_code == 409
    assert "Tim Dritter hat inzwischen Fassung 3 gespeichert." in text_of(page(again))
    address(editor.post(f"{path}/konflikt", data={"number": "3", "theirs": ["text.title"]}))
    with own_app.app_context():
        now = working(db.session, find_offer(db.session, COMMAND, slug_of(path))).content
    assert (now.text.title, now.text.bring) == ("Titel von Olga", "Decke von Mira")
    assert (now.phone, now.email, now.website) == ("030 23125 101", "mira@verein.example", "https://tim.example")
    assert "Es ist noch nicht gespeichert" not in editor.get(path).text
    assert last_entry(own_app) == ("Mira Yıldız", "changed", slug_of(path))


def test_after_a_conflict_one_can_go_on_writing(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor)
    other = log_in(own_app, make_user(own_app, "redaktion"))
    address(other.post(path, data=NEW | {"base": "1", "title": "Anderer", "do": "save"}))
    assert editor.post(path, data=NEW | {"base": "1", "title": "Meiner", "do": "save"}).status_code == 409
    assert value_of(editor.get(path), "title") == "Meiner"


@pytest.mark.parametrize("number", ["", "x", "²", "9" * 30, "-1", "0"])
def test_an_invented_number_in_a_conflict_breaks_nothing(editor: FlaskClient, number: str) -> None:
    path = created(editor)
    editor.post(f"{path}/zwischenstand", data=NEW | {"base": "1", "title": "Zwei"}, headers=HTMX)
    assert editor.post(f"{path}/konflikt", data={"number": number}).status_code in {303, 404}
    assert value_of(editor.get(path), "title") == "Zwei"


@pytest.mark.parametrize("base", ["", "x", "999", "-1", "9" * 30])
def test_an_invented_base_loses_nothing(editor: FlaskClient, base: str) -> None:
    path = created(editor)
    answer = editor.post(path, data=NEW | {"base": base, "title": "Zwei", "do": "save"})
    assert answer.status_code in {404, 409}
    assert value_of(editor.get(path), "title") == "Zwei"


# --- steps, comments, history -----------------------------------------------------------------------------------------


def test_every_step_is_done_and_is_in_the_audit_log(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor)
    assert last_entry(own_app) == ("Mira Yıldız", "created", slug_of(path))
    for step, text, action, message in (
        ("einreichen", "", "submitted", "Zur Freigabe gegeben."),
        ("ablehnen", "Die Zeiten fehlen.", "rejected", "Zurückgegeben. Der Grund steht beim Angebot."),
        ("kommentieren", "Ich frage nach.\x00", "commented", "Bemerkung gespeichert."),
        ("freigeben", "", "published", "Veröffentlicht. Familien sehen es jetzt."),
        ("bestaetigen", "", "confirmed", "Danke. Als heute geprüft vermerkt."),
        ("archivieren", "", "archived", "Archiviert. Familien sehen es nicht mehr."),
        ("zurueckholen", "", "restored", "Aus dem Archiv geholt. Es ist jetzt ein Entwurf."),
    ):
        assert address(editor.post(f"{path}/schritt/{step}", data={"text": text})) == path
        assert last_entry(own_app) == ("Mira Yıldız", action, slug_of(path)), step
        assert alerts(editor.get(path))[-1] == message
    shown = [text_of(one) for one in page(editor.get(path)).iter("div") if one.get("class") == "comment"]
    assert [one.split("· Zurückgegeben")[-1].strip() for one in shown][-1] == "Die Zeiten fehlen."
    assert shown[0].endswith("Ich frage nach.")
    copied = address(editor.post(f"{path}/kopieren"))
    assert last_entry(own_app) == ("Mira Yıldız", "created", slug_of(copied))
    assert address(editor.post(f"{path}/schritt/loeschen")) == f"{HERE}/"
    assert last_entry(own_app) == ("Mira Yıldız", "deleted", slug_of(path))
    with own_app.app_context():
        entry = db.session.execute(select(TrashEntry).where(TrashEntry.entity == slug_of(path))).scalar_one()
    assert editor.get(path).status_code == 404
    assert entry.label == "Spiel am Bach"


def test_who_asks_for_nothing_or_the_wrong_thing(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor)
    assert editor.post(f"{path}/schritt/ablehnen", data={"text": "x"}).status_code == 404
    assert editor.post(f"{path}/schritt/verschenken").status_code == 404
    address(editor.post(f"{path}/schritt/kommentieren", data={"text": " \n\x00 "}))
    assert alerts(editor.get(path))[-1] == "Bitte schreib ein paar Worte dazu."
    assert last_entry(own_app)[1] == "created"


def test_a_newer_text_is_not_approved_with_the_button_of_the_older(
    own_app: Flask, editor: FlaskClient, provider: FlaskClient
) -> None:
    path = created(provider, do="submit")
    forms = {one.get("action"): one for one in page(editor.get(path)).iter("form")}
    number = forms[f"{path}/schritt/freigeben"].find("input[@name='number']").get("value")
    address(provider.post(path, data=NEW | {"base": "1", "title": "Noch schnell", "do": "submit"}))
    address(editor.post(f"{path}/schritt/freigeben", data={"number": number}))
    assert alerts(editor.get(path)) == [
        "Inzwischen hat Pavel Novák Fassung 2 gespeichert. Schau sie dir bitte erst an."
    ]
    with own_app.app_context():
        assert find_offer(db.session, COMMAND, slug_of(path)).status == OfferStatus.IN_REVIEW


def test_history_shows_words_and_brings_them_back(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor)
    address(editor.post(path, data=NEW | {"base": "1", "description": "Kommt gern vorbei.", "do": "save"}))
    changes = page(editor.get(f"{path}/verlauf/2")).find(".//dl[@class='changes']")
    assert [text_of(one) for one in changes.iter("del")] == ["gestrichen: einfach (Ende gestrichen)"]
    assert [text_of(one) for one in changes.iter("ins")] == ["neu: gern (Ende neu)"]
    assert "Das ist die erste Fassung." in editor.get(f"{path}/verlauf/1").text
    assert "gern" in editor.get(f"{path}/verlauf/1?gegen=jetzt").text
    assert [row[0] for row in table(editor.get(f"{path}/verlauf/"))] == ["Fassung 2", "Fassung 1"]
    address(editor.post(f"{path}/verlauf/1/wiederherstellen"))
    assert value_of(editor.get(path), "description") == "Kommt einfach vorbei."
    for number in ("0", "99", "9" * 30):
        assert editor.get(f"{path}/verlauf/{number}").status_code == 404
        assert editor.post(f"{path}/verlauf/{number}/wiederherstellen").status_code == 404


@pytest.mark.parametrize(
    "field", ["title", "summary", "description", "registration_note", "bring", "cost_note", "times_note"]
)
def test_shaming_words_are_saved_and_not_published(own_app: Flask, editor: FlaskClient, field: str) -> None:
    path = created(editor, do="publish", **{field: SHAMING})
    said = alerts(editor.get(path))
    assert said[0] == "Als Entwurf gespeichert. Aber noch nicht veröffentlicht:"
    assert [one for one in said[1:] if "beschämt Familien" in one], said
    with own_app.app_context():
        assert find_offer(db.session, COMMAND, slug_of(path)).status == OfferStatus.DRAFT


# --- preview ----------------------------------------------------------------------------------------------------------


def test_the_preview_shows_what_is_not_saved_yet_in_every_language(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor)
    address(editor.post(path, data=NEW | {"base": "1", "title": "Noch nicht gespeichert", "do": "preview"}))
    frame = editor.get(f"{path}/vorschau/?sprache=ar")
    assert page(frame).find(".//iframe").get("src") == f"{path}/vorschau/ar"
    assert "frame-src 'self'" in frame.headers["Content-Security-Policy"]
    assert frame.headers["X-Frame-Options"] == "DENY"
    for code, direction in (("de", "ltr"), ("ar", "rtl"), ("tr", "ltr")):
        shown = editor.get(f"{path}/vorschau/{code}")
        assert text_of(page(shown).find(".//h1")) == "Noch nicht gespeichert"
        html = page(shown) if page(shown).tag == "html" else page(shown).find("html")
        assert (html.get("lang"), html.get("dir")) == (code, direction)
        assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
        assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert editor.get(f"{path}/vorschau/xx").status_code == 404
    assert editor.get(f"{path}/vorschau/?sprache=xx").status_code == 404
    for other in (path, f"{HERE}/", f"{path}/verlauf/"):
        policy = editor.get(other).headers["Content-Security-Policy"]
        assert "frame-src" not in policy
        assert "frame-ancestors 'none'" in policy
    assert own_app.test_client().get(f"/de/angebote/{slug_of(path)}").status_code == 404


def test_an_offer_with_nothing_but_a_title_can_be_looked_at(editor: FlaskClient) -> None:
    path = created(editor, phone="", summary="", description="", needs=[], life_phases=[], min_age="", max_age="")
    assert text_of(page(editor.get(f"{path}/vorschau/de")).find(".//h1")) == "Spiel am Bach"


# --- pictures ---------------------------------------------------------------------------------------------------------


def picture(size: tuple[int, int] = (640, 480)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "PNG")
    return file.getvalue()


def send(client: FlaskClient, path: str, data: bytes, alt: str = "", name: str = "bild.png") -> list[str]:
    """What is said after sending this file."""
    form = {"picture": (io.BytesIO(data), name), "alt": alt}
    address(client.post(f"{path}/bild", data=form, content_type="multipart/form-data"))
    return alerts(client.get(path))


def test_a_picture_is_drawn_anew_and_public(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor)
    editor.get(path)
    assert send(editor, path, picture()) == ["Das Bild ist gespeichert. Familien sehen es nach dem Veröffentlichen."]
    assert last_entry(own_app) == ("Mira Yıldız", "changed", slug_of(path))
    address(editor.post(f"{path}/schritt/freigeben"))
    assert alerts(editor.get(path)) == ["Zum Bild fehlt, was darauf zu sehen ist. Manche Menschen sehen es nicht."]
    send(editor, path, picture(), alt="Ein \x00 blaues   Feld")
    address(editor.post(f"{path}/schritt/freigeben"))
    with own_app.app_context():
        offer = find_offer(db.session, COMMAND, slug_of(path))
        content = working(db.session, offer).content
        assert (offer.status, content.text.picture_alt) == (OfferStatus.PUBLISHED, "Ein blaues Feld")
    visitor = own_app.test_client()
    answer = visitor.get(f"/bilder/{content.picture}.webp")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert Image.open(io.BytesIO(answer.data)).size == (640, 480)
    address(editor.post(f"{path}/bild", data={"do": "remove"}))
    with own_app.app_context():
        assert working(db.session, find_offer(db.session, COMMAND, slug_of(path))).content.picture is None


@pytest.mark.parametrize("name", ["a" * 64, "x", "%00", "..%2f..%2fetc%2fpasswd", "A" * 64])
def test_no_other_picture_is_there(own_app: Flask, name: str) -> None:
    assert own_app.test_client().get(f"/bilder/{name}.webp").status_code == 404


def test_a_picture_in_the_middle_of_writing_is_no_conflict_with_oneself(editor: FlaskClient) -> None:
    path = created(editor)
    typed = filled(editor.get(path)) | {"bring": "Eine Decke."}
    editor.post(f"{path}/zwischenstand", data=typed, headers={"HX-Request": "true"})
    send(editor, path, picture(), alt="Ein blaues Feld")
    shown = filled(editor.get(path))
    assert (shown["bring"], shown["picture_alt"]) == ("Eine Decke.", "Ein blaues Feld")
    assert editor.post(path, data=shown | {"do": "save"}).status_code == 303
    shown = filled(editor.get(path))
    assert (shown["bring"], shown["picture_alt"]) == ("Eine Decke.", "Ein blaues Feld")


def bomb() -> bytes:
    """A few kilobytes that say they are 900 million pixels."""
    file = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "Diese Datei ist kein Bild"),
        (b"<!doctype html><script>alert(1)</script>", "Diese Datei ist kein Bild"),
        (b"", "Diese Datei ist kein Bild"),
        (picture()[:200], "Das Bild ist beschädigt"),
        (picture((50, 50)), "Das Bild ist nur 50 Pixel breit"),
        (bomb, "Das Bild hat zu viele Bildpunkte"),
    ],
    ids=["svg", "html", "empty", "cut off", "tiny", "bomb"],
)
def test_what_is_no_picture_is_refused_with_a_sentence(
    own_app: Flask, editor: FlaskClient, data: Any, sentence: str
) -> None:
    path = created(editor)
    editor.get(path)
    said = send(editor, path, data() if callable(data) else data)
    assert len(said) == 1
    assert said[0].startswith(sentence)
    with own_app.app_context():
        assert working(db.session, find_offer(db.session, COMMAND, slug_of(path))).content.picture is None


def test_without_a_file_it_says_so_and_a_huge_one_is_not_read(editor: FlaskClient) -> None:
    path = created(editor)
    editor.get(path)
    address(editor.post(f"{path}/bild", data={"alt": "x"}))
    assert alerts(editor.get(path)) == ["Bitte wähle zuerst ein Bild aus."]
    head = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="bild.png"\r\n\r\n'
    body = head + b"x" * 9_000_000 + b"\r\n--x--\r\n"
    answer = editor.post(f"{path}/bild", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


# --- titles that attack -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", [SCRIPT, BREAKER])
def test_a_title_is_only_ever_text(own_app: Flask, editor: FlaskClient, title: str) -> None:
    """On every page that shows it: the test browser refuses inline scripts, handlers and pictures from elsewhere."""
    path = created(editor, title=title, bring=title)
    other = log_in(own_app, make_user(own_app, "redaktion", name=SCRIPT))
    address(other.post(path, data=NEW | {"base": "1", "title": title, "bring": f"x {title}", "do": "save"}))
    answer = editor.post(path, data=NEW | {"base": "1", "title": f"y {title}", "bring": f"y {title}", "do": "save"})
    assert answer.status_code == 409
    pages = [answer]
    editor.post(f"{path}/schritt/kommentieren", data={"text": title})
    shown = ("", "/verlauf/", "/verlauf/2", "/vorschau/", "/vorschau/de", "/vorschau/ar")
    pages += [editor.get(f"{path}{part}") for part in shown]
    pages += [editor.get(f"{HERE}/?q=alert"), editor.get("/verwaltung/"), editor.get("/verwaltung/protokoll")]
    pages.append(editor.post("/verwaltung/hilfe/aehnlich", data={"title": title}, headers=HTMX))
    pages.append(editor.post(f"{HERE}/mehrere", data={"do": "archive", "slug": slug_of(path)}, follow_redirects=True))
    address(editor.post(f"{path}/schritt/loeschen"))
    pages.append(editor.get("/verwaltung/papierkorb"))
    for each in pages:
        assert each.status_code in {200, 404, 409}
        assert "<script>alert" not in each.text
        assert "<img src=x" not in each.text
    assert sum("alert(1)" in each.text for each in pages) >= 8


# --- freshness, and nothing half done ---------------------------------------------------------------------------------


def test_what_cannot_be_published_is_saved_whole_and_says_why(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor, do="publish", phone="", location="")
    said = alerts(editor.get(path))
    assert said[0] == "Als Entwurf gespeichert. Aber noch nicht veröffentlicht:"
    assert said[1].startswith("Weder eine Telefonnummer noch ein Ort")
    with own_app.app_context():
        offer = find_offer(db.session, COMMAND, slug_of(path))
        assert (offer.status, len(versions_of(db.session, offer.id))) == (OfferStatus.DRAFT, 1)


def test_a_failure_in_the_middle_leaves_nothing_half_saved(
    own_app: Flask, editor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is cut, or the server falls over, after the tables were written and before the end."""
    path = created(editor)

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("cut off")

    monkeypatch.setattr(workflow.audit, "record", fail)
    for send_to, data in ((path, NEW | {"base": "1", "title": "Halb"}), (f"{HERE}/neu", NEW | {"title": "Halb neu"})):
        with pytest.raises(RuntimeError):
            editor.post(send_to, data=data | {"do": "save"})
    with pytest.raises(RuntimeError):
        editor.post(f"{HERE}/mehrere", data={"do": "publish", "slug": slug_of(path)})
    monkeypatch.undo()
    with own_app.app_context():
        offer = find_offer(db.session, COMMAND, slug_of(path))
        assert working(db.session, offer).content.text.title == "Spiel am Bach"
        assert (offer.status, len(versions_of(db.session, offer.id))) == (OfferStatus.DRAFT, 1)
        assert db.session.execute(select(OfferText).where(OfferText.title.like("Halb%"))).first() is None


def test_publishing_counts_as_checked_for_the_days_of_the_kommune(own_app: Flask, editor: FlaskClient) -> None:
    path = created(editor, do="publish")
    days = own_app.extensions["site"].kommune.freshness.review_after_days
    with own_app.app_context():
        offer = find_offer(db.session, COMMAND, slug_of(path))
        assert (offer.assured_on, offer.review_due) == (TODAY, TODAY + timedelta(days))
        version = latest_version(db.session, offer.id)
        assert version is not None
        assert version.created_at.utcoffset() == timedelta(0)
        assert version.created_at <= utc_now()
    assert own_app.test_client().get(f"/de/angebote/{slug_of(path)}").status_code == 200
