"""Translations: what is missing, outdated, by machine or checked, and that no change of a German text goes unnoticed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask, current_app
from sqlalchemy import text as sql
from sqlmodel import Session, select

from portal import create_app, database
from portal.content.check import check_content
from portal.content.load import load_demo, load_needs
from portal.content.schema import ContentError
from portal.editing import machine, translations, workflow
from portal.editing.actor import COMMAND, Actor, NotAllowedError
from portal.editing.text_kinds import KINDS
from portal.editing.translations import ChangedMeanwhileError, Pair
from portal.editing.versions import find_offer, versions_of, working
from portal.extensions import db
from portal.models import AuditEntry, OfferVersion, RoleName, TranslationSource, VersionState
from portal.models.enums import OfferStatus, TextState
from portal.translating.xliff_read import XliffResult
from tests.conftest import ROOT, TODAY, counted_queries, make_settings, share_understanding
from tests.integration.translated import THINGS, Thing, prepare, publish_offer, save_offer

TURKISH = Actor(user_id=None, name="Leyla", roles=frozenset({RoleName.TRANSLATOR}), languages=frozenset({"tr"}))
OFFER = "still-cafe"
HUMAN, MACHINE, OUTDATED = TextState.HUMAN, TextState.MACHINE, TextState.OUTDATED


@pytest.fixture
def filled_app(own_app: Flask) -> Flask:
    return prepare(own_app)


@pytest.fixture
def postgres_app(app: Flask, postgres_url: str, tmp_path: Path) -> Iterator[Flask]:
    own = create_app(make_settings(tmp_path, database_url=postgres_url))
    own.config.update(TESTING=True, TODAY=TODAY)
    share_understanding(app, own)
    with own.app_context():
        with db.engine.begin() as connection:
            connection.execute(sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        database.upgrade(db.engine)
        content = own.extensions["settings"].content_dir
        load_needs(db.session, content / "needs")
        load_demo(db.session, content / "demo", own.extensions["site"].kommune.languages)
        db.session.commit()
    yield prepare(own)
    own.extensions["engine"].dispose()


@pytest.fixture
def session(filled_app: Flask) -> Iterator[Session]:
    with filled_app.app_context():
        yield db.session


def pair_of(session: Session, entity: str = OFFER, kind: str = "offer", lang: str = "tr") -> Pair:
    return translations.find_pair(session, COMMAND, kind, entity, lang)


def publish(session: Session, entity: str = OFFER) -> None:
    publish_offer(current_app._get_current_object(), session, entity)  # type: ignore[attr-defined]
    session.commit()


def translate(session: Session, words: str, state: TextState = HUMAN, **more: Any) -> None:
    """All fields of the offer that German has, as "<words> <field>"."""
    pair = pair_of(session)
    fields = {name: f"{words} {name}" for name, source in pair.source.items() if source}
    translations.write(session, TURKISH, pair, fields, state, **more)
    session.commit()


# --- what there is ---


def test_the_overview_counts_what_the_tables_hold(session: Session) -> None:
    session.execute(sql("DELETE FROM offer_text WHERE lang = 'tr' AND offer_id IN (3, 4, 5)"))
    session.execute(sql("UPDATE offer_text SET state = 'outdated' WHERE lang = 'tr' AND offer_id IN (6, 7)"))
    session.execute(sql("UPDATE offer_text SET state = 'human' WHERE lang = 'tr' AND offer_id = 8"))
    session.execute(sql("UPDATE organization_text SET description = '' WHERE lang = 'de' AND organization_id = 2"))
    session.execute(sql("UPDATE offer SET status = 'archived' WHERE id IN (9, 5)"))
    counts = translations.overview(session, COMMAND, ["tr", "ar"])
    offers = session.execute(sql("SELECT count(*) FROM offer WHERE status <> 'archived'")).scalar_one()
    stored = dict(
        session.execute(
            sql(
                "SELECT t.state, count(*) FROM offer_text t JOIN offer o ON o.id = t.offer_id "
                "WHERE t.lang = 'tr' AND o.status <> 'archived' GROUP BY t.state"
            )
        ).all()
    )
    assert counts["tr"]["offer"] == {"missing": offers - sum(stored.values()), **stored}
    assert (counts["tr"]["offer"]["outdated"], counts["tr"]["offer"]["human"]) == (2, 1)
    # Two demo offers have never been translated, two are missing here; an archived one counts nowhere.
    assert counts["tr"]["offer"]["missing"] == 4
    # What is empty in German is not to be translated.
    organizations = session.execute(sql("SELECT count(*) FROM organization")).scalar_one()
    assert counts["ar"]["organization"] == {"missing": 0, "machine": organizations - 1}
    assert counts["ar"]["banner"] == {"missing": 1}
    assert counts["tr"]["banner"] == {"missing": 0, "machine": 1}
    assert set(counts["tr"]) == {thing.kind for thing in THINGS}


def test_everybody_sees_the_languages_that_are_theirs(session: Session) -> None:
    assert list(translations.overview(session, TURKISH, ["en", "tr", "ar"])) == ["tr"]
    assert list(translations.overview(session, COMMAND, ["en", "tr", "ar"])) == ["en", "tr", "ar"]


def test_the_queries_of_the_overview_and_of_a_list_do_not_grow_with_the_texts(
    filled_app: Flask, session: Session
) -> None:
    def number() -> tuple[int, int]:
        with counted_queries(filled_app) as first:
            translations.overview(session, COMMAND, ["tr", "ar", "uk"])
        with counted_queries(filled_app) as second:
            ask(session)
        return len(first), len(second)

    many = number()
    session.execute(sql("DELETE FROM offer_text WHERE offer_id > 1"))
    assert number() == many == (14, 2)


def ask(session: Session, state: str = "", q: str = "", kind: str = "offer") -> list[str]:
    rows, total = translations.list_texts(
        session, COMMAND, KINDS[kind], "tr", state=state, q=q, offset=0, limit=50
    )  # fmt: skip
    assert total >= len(rows)
    return [row.entity for row in rows]


def test_the_list_shows_first_what_wants_attention(session: Session) -> None:
    session.execute(sql("UPDATE need_text SET state = 'human' WHERE lang = 'tr'"))
    session.execute(sql("UPDATE need_text SET state = 'machine' WHERE lang = 'tr' AND need_code = 'kita'"))
    for code, state in (("umzug", "machine"), ("hebamme", "outdated")):
        session.execute(sql(f"UPDATE need_text SET state = '{state}' WHERE lang = 'tr' AND need_code = '{code}'"))
    codes = list(session.execute(sql("SELECT need_code FROM need_text WHERE lang = 'de' ORDER BY 1")).scalars())
    session.execute(sql(f"DELETE FROM need_text WHERE lang = 'tr' AND need_code = '{codes[-1]}'"))
    shown = ask(session, kind="need")
    rows = dict(session.execute(sql("SELECT need_code, state FROM need_text WHERE lang = 'tr'")).all())
    order = [rows.get(code, "missing") for code in shown]
    assert order == sorted(order, key=list(translations.STATES).index)
    assert shown[0] == codes[-1]


def test_the_list_is_filtered_by_state_and_by_name(session: Session) -> None:
    session.execute(sql("DELETE FROM offer_text WHERE lang = 'tr' AND offer_id = 7"))
    session.execute(sql("UPDATE offer_text SET state = 'outdated' WHERE lang = 'tr' AND offer_id = 1"))
    session.execute(sql("UPDATE offer_text SET title = 'Ärztin 100 %_' WHERE lang = 'de' AND offer_id = 3"))
    assert OFFER in ask(session, "missing")
    assert ask(session, "outdated") == ["schwangerschaftsberatung"]
    assert ask(session, "human") == []
    assert ask(session, q="ÄRZTIN") == ["geld-fuers-baby"]
    assert ask(session, q="0 %_") == ["geld-fuers-baby"]
    assert ask(session, "outdated", q="Ärztin") == []


def test_a_translator_sees_and_writes_only_their_languages(session: Session) -> None:
    arabic = pair_of(session, lang="ar")
    for forbidden in (
        lambda: translations.pairs(session, TURKISH, KINDS["offer"], "ar"),
        lambda: translations.find_pair(session, TURKISH, "offer", OFFER, "ar"),
        lambda: translations.list_texts(session, TURKISH, KINDS["offer"], "ar", state="", q="", offset=0, limit=1),
        lambda: translations.write(session, TURKISH, arabic, arabic.target, HUMAN),
        lambda: translations.find_pair(session, TURKISH, "offer", "gibt-es-nicht", "tr"),
        lambda: translations.find_pair(session, TURKISH, "nichts", OFFER, "tr"),
        lambda: translations.find_pair(session, COMMAND, "offer", OFFER, "de"),
    ):
        with pytest.raises(NotAllowedError):
            forbidden()


# --- writing ---


@pytest.mark.parametrize("thing", THINGS, ids=str)
def test_every_kind_is_written_and_marked_as_it_was_said(filled_app: Flask, session: Session, thing: Thing) -> None:
    pair = pair_of(session, thing.entity, thing.kind)
    assert set(pair.source) == {field.name for field in KINDS[thing.kind].fields}
    words = {name: f"yeni {name}" for name, source in pair.source.items() if source}
    translations.write(session, TURKISH, pair, words, HUMAN)
    session.commit()
    now = pair_of(session, thing.entity, thing.kind)
    assert (now.target, now.state) == ({name: words.get(name, "") for name in pair.source}, HUMAN)
    assert now.made_from == pair.source
    entry = session.exec(select(AuditEntry).order_by(AuditEntry.id.desc())).first()  # type: ignore[union-attr]
    assert entry is not None
    assert (entry.user, entry.action, entry.kind, entry.entity) == ("Leyla", "translated", thing.kind, thing.entity)
    assert entry.details == "tr: von einem Menschen geprüft"


@pytest.mark.parametrize("thing", THINGS, ids=str)
def test_a_new_german_text_makes_translations_outdated_and_keeps_what_they_were_made_from(
    filled_app: Flask, thing: Thing
) -> None:
    before = getattr(thing.row(filled_app, "de"), thing.field)
    thing.change_german(filled_app, "Etwas ganz anderes.")
    assert thing.state(filled_app) is OUTDATED
    with filled_app.app_context():
        pair = pair_of(db.session, thing.entity, thing.kind)
        assert pair.stale_fields == {thing.field}
        assert pair.made_from[thing.field] == before


def test_a_banner_in_another_language_leads_where_the_german_one_leads(session: Session) -> None:
    pair = pair_of(session, "1", "banner", "ar")
    assert pair.state is None
    translations.write(session, COMMAND, pair, {"text": "مغلق يوم الجمعة"}, HUMAN)
    session.flush()
    assert session.execute(sql("SELECT link FROM banner_text WHERE lang = 'ar'")).scalar_one() == "/de/menschen"


def test_two_who_translate_at_once_are_told_of_each_other(session: Session) -> None:
    mine = pair_of(session)
    translate(session, "onun")
    fields = {name: "benim" for name, source in mine.source.items() if source}
    now = pair_of(session)
    assert now.changed_since(mine.fingerprint) == {"target", "state"}
    with pytest.raises(ChangedMeanwhileError):
        translations.write(session, TURKISH, now, fields, HUMAN, base=mine.fingerprint)
    assert now.changed_since("") == now.changed_since("x.y.z") == {"source", "target", "state"}
    translations.write(session, TURKISH, now, fields, HUMAN, base=now.fingerprint)


def test_a_second_press_of_the_button_changes_nothing(session: Session) -> None:
    base = pair_of(session).fingerprint
    translate(session, "yeni", base=base)
    number = len(session.exec(select(OfferVersion)).all())
    translate(session, "yeni", base=base)
    assert len(session.exec(select(OfferVersion)).all()) == number


def test_a_german_text_that_changed_while_its_first_translation_was_written_is_noticed(session: Session) -> None:
    session.execute(sql("DELETE FROM offer_text WHERE lang = 'tr' AND offer_id = 7"))
    session.commit()
    began = pair_of(session)
    save_offer(session, OFFER, summary="Jetzt nur noch mit Anmeldung.")
    publish(session)
    assert pair_of(session).changed_since(began.fingerprint) == {"source"}
    with pytest.raises(ChangedMeanwhileError):
        translate(session, "eski", base=began.fingerprint)


# --- offers: versions in work ---


def test_a_translation_is_public_at_once_and_a_version_of_its_own(session: Session) -> None:
    translate(session, "yeni")
    offer = find_offer(session, COMMAND, OFFER)
    newest = versions_of(session, offer.id or 0)[0]
    assert (newest.state, newest.author, newest.note) == (VersionState.APPROVED, "Leyla", "Übersetzung (tr)")
    assert offer.status is OfferStatus.PUBLISHED
    assert working(session, offer).content.translations["tr"].title == "yeni title"


def test_translators_see_the_german_text_that_families_see(session: Session) -> None:
    before = pair_of(session).source["summary"]
    save_offer(session, OFFER, summary="Noch nicht freigegeben.")
    session.commit()
    assert pair_of(session).source["summary"] == before
    assert pair_of(session).state is MACHINE
    publish(session)
    assert pair_of(session).source["summary"] == "Noch nicht freigegeben."
    assert pair_of(session).state is OUTDATED


def test_of_an_offer_that_was_never_public_translators_see_the_newest_text(session: Session) -> None:
    copy = workflow.copy(session, COMMAND, find_offer(session, COMMAND, OFFER))
    save_offer(session, copy.slug, summary="Der neueste Satz.")
    session.commit()
    pair = pair_of(session, copy.slug)
    assert (pair.source["summary"], pair.state) == ("Der neueste Satz.", OUTDATED)
    translations.write(session, TURKISH, pair, pair.target | {"summary": "En yeni cümle."}, HUMAN)
    session.commit()
    assert find_offer(session, COMMAND, copy.slug).status is OfferStatus.DRAFT
    assert working(session, copy).content.translations["tr"].summary == "En yeni cümle."
    publish(session, copy.slug)
    assert (pair_of(session, copy.slug).target["summary"], pair_of(session, copy.slug).state) == (
        "En yeni cümle.",
        HUMAN,
    )


def test_a_translation_written_while_a_newer_german_text_is_in_work_survives_and_is_outdated_then(
    session: Session,
) -> None:
    save_offer(session, OFFER, summary="Der neue Satz.")
    session.commit()
    old = pair_of(session).source
    translate(session, "eski")
    assert pair_of(session).state is HUMAN
    assert find_offer(session, COMMAND, OFFER).status is OfferStatus.PUBLISHED
    publish(session)
    now = pair_of(session)
    assert (now.state, now.target["summary"]) == (OUTDATED, "eski summary")
    assert (now.made_from["summary"], now.source["summary"]) == (old["summary"], "Der neue Satz.")
    assert now.stale_fields == {"summary"}


def test_it_stays_checked_where_the_newer_german_text_says_the_same(session: Session) -> None:
    save_offer(session, OFFER, small=True, summary=pair_of(session).source["summary"] + "!")
    session.commit()
    translate(session, "aynı")
    publish(session)
    assert (pair_of(session).state, pair_of(session).target["summary"]) == (HUMAN, "aynı summary")


def test_a_phone_number_that_changes_leaves_a_translation_as_it_is(session: Session) -> None:
    translate(session, "yeni")
    offer = find_offer(session, COMMAND, OFFER)
    now = working(session, offer)
    workflow.save(session, COMMAND, offer, msgspec.structs.replace(now.content, phone="030 23125 199"), base=now.number)
    session.commit()
    translate(session, "daha yeni")
    publish(session)
    assert (pair_of(session).state, pair_of(session).target["title"]) == (HUMAN, "daha yeni title")


def test_a_field_that_german_gets_is_missing_in_a_translation(session: Session) -> None:
    translate(session, "yeni")
    assert pair_of(session).source["cost_note"] == ""
    save_offer(session, OFFER, cost_note="Der Kaffee ist umsonst.")
    publish(session)
    assert pair_of(session).state is OUTDATED
    assert pair_of(session).stale_fields == {"cost_note"}


def test_a_translation_beside_a_newer_text_leaves_no_version_that_nobody_wrote(session: Session) -> None:
    save_offer(session, OFFER, summary="Der neue Satz.")
    translate(session, "eski")
    offer = find_offer(session, COMMAND, OFFER)
    before = [version.number for version in versions_of(session, offer.id or 0)]
    save_offer(session, OFFER, summary="Der noch neuere Satz.")
    session.commit()
    after = [version.number for version in versions_of(session, offer.id or 0)]
    assert len(after) == len(before) + 1


# --- back from an agency ---


def come_back(session: Session, texts: dict[str, str], state: TextState = HUMAN, **old: str) -> tuple[int, XliffResult]:
    """Read in these fields of the offer; `old`: the German text of the file, where it is another one now."""
    result = XliffResult()
    for name, text in texts.items():
        key = f"offer/{OFFER}/{name}"
        (result.outdated if name in old else result.accepted).append((key, text))
        if name in old:
            result.sources[key] = old[name]
    number = machine.take_back(session, COMMAND, "tr", result, state)
    session.commit()
    return number, result


def whole(session: Session, words: str) -> dict[str, str]:
    return {name: f"{words} {name}" for name, source in pair_of(session).source.items() if source}


def test_what_people_have_translated_as_a_whole_is_checked(session: Session) -> None:
    texts = whole(session, "ajans")
    assert come_back(session, texts)[0] == len(texts)
    assert (pair_of(session).state, pair_of(session).target["title"]) == (HUMAN, "ajans title")


def test_a_part_alone_makes_nothing_checked_and_keeps_the_rest(session: Session) -> None:
    before = pair_of(session).target
    assert come_back(session, {"title": "yalnız başlık"})[0] == 1
    now = pair_of(session)
    assert (now.state, now.target) == (MACHINE, before | {"title": "yalnız başlık"})


def test_a_part_of_what_is_checked_already_stays_checked(session: Session) -> None:
    translate(session, "insan")
    come_back(session, {"title": "yalnız başlık"})
    assert pair_of(session).state is HUMAN


def test_a_part_of_what_has_changed_leaves_it_outdated(session: Session) -> None:
    translate(session, "insan")
    save_offer(session, OFFER, title="Ein neuer Name", summary="Ein neuer Satz.")
    publish(session)
    come_back(session, {"title": "yeni ad"})
    now = pair_of(session)
    assert (now.state, now.stale_fields) == (OUTDATED, {"summary"})
    come_back(session, {"summary": "yeni cümle"})
    assert pair_of(session).state is MACHINE


def test_a_text_of_an_older_german_one_is_outdated_and_says_what_has_changed(session: Session) -> None:
    session.execute(sql("DELETE FROM offer_text WHERE lang = 'tr' AND offer_id = 7"))
    session.commit()
    come_back(session, whole(session, "ajans"), summary="Der Satz von damals.")
    now = pair_of(session)
    assert (now.state, now.stale_fields) == (OUTDATED, {"summary"})
    assert now.made_from["summary"] == "Der Satz von damals."


def test_what_nobody_has_checked_does_not_replace_what_somebody_has(session: Session) -> None:
    translate(session, "insan")
    number, result = come_back(session, whole(session, "makine"), MACHINE)
    assert (number, pair_of(session).target["title"], pair_of(session).state) == (0, "insan title", HUMAN)
    assert [problem.split(": ")[0] for problem in result.problems] == [f"offer/{OFFER}/title"]
    # The same again is no news, and takes nothing away.
    assert come_back(session, whole(session, "insan"), MACHINE)[1].problems == []
    assert pair_of(session).state is HUMAN


def test_without_the_first_field_nothing_is_taken(session: Session) -> None:
    session.execute(sql("DELETE FROM offer_text WHERE lang = 'tr' AND offer_id = 7"))
    session.commit()
    number, result = come_back(session, {"summary": "tek cümle"})
    assert (number, pair_of(session).state) == (0, None)
    assert result.problems == [f"offer/{OFFER}/title: „Titel“ fehlt in der Datei. Darum wurde nichts davon übernommen."]


def test_where_the_german_text_is_gone_an_agency_takes_the_translation_away(session: Session) -> None:
    translate(session, "insan")
    assert pair_of(session).target["registration_note"] == "insan registration_note"
    save_offer(session, OFFER, registration_note="")
    publish(session)
    come_back(session, whole(session, "ajans"))
    assert (pair_of(session).target["registration_note"], pair_of(session).state) == ("", HUMAN)


# --- names ---


def test_names_stay_and_words_do_not(session: Session) -> None:
    session.execute(sql("UPDATE organization SET name = 'AWO' WHERE slug = 'tafel'"))
    names = machine.proper_names(session)
    kept = (
        "Familienbüro Beispielstadt",
        "AWO",
        "Nordstadt",
        "Mitte",
        "Bahnhofstraße",
        "Am Anger",
        "TSV-Halle am Hafenbecken",
    )
    assert [name for name in kept if name not in names] == []
    assert [name for name in ("Gesundheitsamt", "Mittendrin", "Volkshochschule", "", " ") if name in names] == []
    assert names == sorted(set(names))


# --- what cannot be saved ---


def test_what_cannot_be_saved_is_said_in_sentences(session: Session) -> None:
    pair = pair_of(session)
    good = {name: f"yeni {name}" for name, source in pair.source.items() if source}
    assert machine.problems_with(pair, good) == []
    assert machine.problems_with(pair, good | {"title": "a" * 201}) == [
        "Titel: Das sind 201 Zeichen; höchstens 200 passen hierher."
    ]
    assert machine.problems_with(pair, good | {"title": " "}) == ["Titel fehlt noch."]
    assert machine.problems_with(pair, good | {"summary": "<b>yeni</b>"}) == [
        "Kurz gesagt: Zeichen wie <b> gehören nicht in den Text."
    ]
    assert machine.problems_with(pair, good | {"picture_alt": "resim"}) == [
        "Was auf dem Bild ist: Auf Deutsch steht hier nichts. Schreib es zuerst auf Deutsch."
    ]


def test_a_lost_phone_number_is_named_and_digits_of_every_script_count(session: Session) -> None:
    save_offer(session, OFFER, bring="Fragen? Ruft an: 030 23125 106 oder stillen@verein.example.")
    publish(session)
    pair = pair_of(session)
    good = {name: f"yeni {name}" for name, source in pair.source.items() if source}
    assert machine.problems_with(pair, good) == [
        "Bitte mitbringen: Das fehlt in der Übersetzung: 030 23125 106, stillen@verein.example."
    ]
    right = good | {"bring": "اتصلوا: ٠٣٠٢٣١٢٥١٠٦ stillen@verein.example"}
    assert machine.problems_with(pair, right) == []


def test_what_a_translation_was_made_from_is_kept_once(session: Session) -> None:
    translate(session, "bir")
    translate(session, "iki")
    rows = session.exec(select(TranslationSource).where(TranslationSource.entity == OFFER)).all()
    assert [(row.lang, json.loads(row.fields) == pair_of(session).source) for row in rows] == [("tr", True)]


def test_a_broken_glossary_is_named_by_the_check_of_the_content(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder)
    path = folder / "translating" / "glossary.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('tr: "', 'turkish: "', 1), encoding="utf-8")
    with pytest.raises(ContentError, match=r"glossary\.yaml"):
        check_content(folder)
    path.unlink()
    with pytest.raises(ContentError, match=r"glossary\.yaml"):
        check_content(folder)


@pytest.mark.postgres
def test_the_same_on_postgresql(postgres_app: Flask) -> None:
    with postgres_app.app_context():
        session = db.session
        counts = translations.overview(session, COMMAND, ["tr"])["tr"]
        assert {kind: sum(numbers.values()) for kind, numbers in counts.items()} == {
            "offer": 106, "organization": 41, "district": 9, "need": 47, "page": 4, "life_phase": 8, "banner": 1,
        }  # fmt: skip
        assert ask(session, q="STILL-CAFÉ") == [OFFER]
        for thing in THINGS:
            pair = pair_of(session, thing.entity, thing.kind)
            words = {name: f"yeni {name}" for name, source in pair.source.items() if source}
            assert translations.write(session, TURKISH, pair, words, HUMAN, base=pair.fingerprint)
            session.commit()
            assert pair_of(session, thing.entity, thing.kind).state is HUMAN
            assert translations.states_of(session, KINDS[thing.kind], thing.entity)[1]["tr"] is HUMAN
        for thing in THINGS:
            thing.change(postgres_app, session, thing.entity, "Etwas ganz anderes.", False)
            session.commit()
            assert pair_of(session, thing.entity, thing.kind).stale_fields == {thing.field}
            with pytest.raises(NotAllowedError):
                pair_of(session, "\x00", thing.kind)
