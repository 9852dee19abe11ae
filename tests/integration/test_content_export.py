"""Files are the start and can be the end: what is loaded, changed and exported is loaded again as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from ruamel.yaml import YAML
from sqlalchemy import create_engine, event, select, update
from sqlalchemy.engine import Engine
from sqlmodel import Session

from portal import database
from portal.cli import main
from portal.content.export import export_content
from portal.content.files import read_offers
from portal.content.load import has_content, load_content, load_needs, read_needs
from portal.content.schema import ContentError, DemoTexts, OfferContent, read
from portal.content.store import Names, read_contents, write_content
from portal.content.yaml_text import yaml_text
from portal.media import reencode
from portal.models import (
    CatalogueState,
    District,
    DistrictNeighbour,
    DistrictText,
    LifePhaseText,
    Location,
    Need,
    NeedLifePhase,
    NeedLifeSituation,
    NeedText,
    NeedUtterance,
    Offer,
    OfferText,
    Organization,
    OrganizationText,
    PageText,
    Picture,
)
from portal.models.enums import OfferStatus, TextState
from tests.conftest import ROOT

CONTENT = ROOT / "content"
LANGUAGES = ["de", "en", "tr", "ar", "uk", "ru"]


def new_database(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")
    database.upgrade(engine)
    return engine


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with everything that content/ has; copy it to write."""
    path = tmp_path_factory.mktemp("content") / "filled.sqlite3"
    engine = new_database(path)
    with Session(engine) as session:
        load_content(session, CONTENT, LANGUAGES, demo=True)
        session.commit()
    engine.dispose()
    return path


@pytest.fixture
def session(filled: Path, tmp_path: Path) -> Iterator[Session]:
    """On a copy."""
    copy = tmp_path / "copy.sqlite3"
    copy.write_bytes(filled.read_bytes())
    engine = create_engine(f"sqlite:///{copy}")
    with Session(engine) as session:
        yield session
    engine.dispose()


def loaded_from(folder: Path, path: Path) -> Iterator[Session]:
    engine = new_database(path)
    with Session(engine) as session:
        load_content(session, folder, LANGUAGES, demo=True)
        session.commit()
        yield session
    engine.dispose()


def offers(session: Session) -> dict[str, OfferContent]:
    slugs = {row.id: row.slug for row in session.execute(select(Offer.id, Offer.slug))}
    return {slugs[number]: content for number, content in read_contents(session, list(slugs)).items()}


def everything(session: Session) -> dict[str, Any]:
    """All content by names that do not depend on ids."""
    names = {
        f"{table.__tablename__}_id": {row.id: row.slug for row in session.execute(select(table.id, table.slug))}
        for table in (District, Organization, Location, Offer)
    }
    names["neighbour_id"] = names["parent_id"] = names["district_id"]

    def rows(table: Any, *left_out: str) -> list[str]:
        return sorted(
            repr({
                name: names[name].get(value, value) if name in names else value
                for name, value in row._mapping.items()
                if name not in {"id", *left_out}
            })
            for row in session.execute(select(table.__table__))
        )  # fmt: skip

    found: dict[str, Any] = {
        table.__tablename__: rows(table)
        for table in (
            District, DistrictNeighbour, DistrictText, Organization, OrganizationText, Location, Need, NeedText,
            NeedLifePhase, NeedLifeSituation, PageText, LifePhaseText,
        )
    }  # fmt: skip
    found["need_utterance"] = rows(NeedUtterance, "added_by")
    found["picture"] = rows(Picture, "created_at")
    found["offers"] = offers(session)
    found["status"] = sorted(
        map(repr, session.execute(select(Offer.slug, Offer.status, Offer.source, Offer.external_id)))
    )
    return found


def picture() -> Any:
    data = BytesIO()
    Image.new("RGB", (400, 300), (12, 90, 160)).save(data, "JPEG")
    return reencode(data.getvalue())


def edit_a_lot(session: Session) -> None:
    """What editors do in a year: every kind of difference that the files must be able to say."""
    image = picture()
    session.add(Picture(sha256=image.sha256, webp=image.webp, width=image.width, height=image.height))
    slugs = {row.slug: row for row in session.execute(select(Offer)).scalars()}
    names = Names(session)

    def change(slug: str, **fields: Any) -> None:
        before = read_contents(session, [slugs[slug].id])[slugs[slug].id]
        write_content(session, slugs[slug], msgspec.structs.replace(before, **fields), names, before=before)

    change("schwangerschaftsberatung", picture=image.sha256, phone=None)
    bare = OfferContent(
        organization="ev-sozialwerk", kind="beratung", text=msgspec.structs.replace(
            read_contents(session, [slugs["geld-fuers-baby"].id])[slugs["geld-fuers-baby"].id].text,
            summary="", description="Zeile: eins\n  eingerückt #kein Kommentar\n\n- Liste\n'Zitat' \"doppelt\"\ttab",
        ),
    )  # fmt: skip
    new = Offer(slug="nur-ein-anfang", organization_id=0, kind=bare.kind, status=OfferStatus.DRAFT)
    write_content(session, new, bare, names)
    slugs["geld-fuers-baby"].status = OfferStatus.ARCHIVED
    slugs["geld-fuers-baby"].source, slugs["geld-fuers-baby"].external_id = "csv", "17"
    for number, text in enumerate(session.execute(select(OfferText).where(OfferText.lang == "tr")).scalars()):
        text.state = (TextState.HUMAN, TextState.MACHINE, TextState.OUTDATED)[number % 3]
    session.execute(update(NeedText).where(NeedText.lang == "uk").values(state=TextState.HUMAN))
    session.execute(update(DistrictText).where(DistrictText.lang == "ar").values(state=TextState.OUTDATED))
    session.add(Need(code="zahnspange", position=47, life_situation="gesundheitlich", flow="beratung"))
    session.flush()
    session.add(
        NeedText(need_code="zahnspange", lang="de", state=TextState.SOURCE, label="Zahnspange", explanation="Ja.")
    )
    session.add(NeedLifeSituation(need_code="zahnspange", life_situation="gesundheitlich"))
    session.add(NeedUtterance(need_code="zahnspange", lang="de", line="yes", added_by="Rosa"))
    session.add(
        PageText(slug="ferien", lang="de", state=TextState.SOURCE, title='"Ferien": ja', body="Eins\n\n---\n\nZwei")
    )
    session.execute(update(PageText).where(PageText.lang == "en").values(state=TextState.OUTDATED))
    organization = session.execute(select(Organization).order_by(Organization.id)).scalars().first()
    assert organization is not None
    organization.source, organization.external_id, organization.website = "csv", "3", None
    session.add(Location(slug="ort-ohne-alles", organization_id=organization.id or 0, street="Am Weg"))
    session.commit()


def test_what_was_exported_is_loaded_as_it_was(session: Session, tmp_path: Path) -> None:
    edit_a_lot(session)
    export_content(session, tmp_path / "out", CONTENT)
    before = everything(session)
    for other in loaded_from(tmp_path / "out", tmp_path / "new.sqlite3"):
        after = everything(other)
        for name, value in before.items():
            assert after[name] == value, name
    assert len(before["offers"]) == 107


def test_the_same_is_written_in_the_same_way(session: Session, tmp_path: Path) -> None:
    edit_a_lot(session)
    done = export_content(session, tmp_path / "one", CONTENT)
    again = export_content(session, tmp_path / "one", CONTENT)
    assert (again.written, again.removed, again.unchanged) == (0, 0, done.written)
    for other in loaded_from(tmp_path / "one", tmp_path / "new.sqlite3"):
        export_content(other, tmp_path / "two", tmp_path / "one")
    one = {path.relative_to(tmp_path / "one"): path.read_bytes() for path in (tmp_path / "one").rglob("*.*")}
    two = {path.relative_to(tmp_path / "two"): path.read_bytes() for path in (tmp_path / "two").rglob("*.*")}
    assert one == two


def test_one_change_is_one_file(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export_content(session, folder, CONTENT)
    offer = session.execute(select(Offer).where(Offer.slug == "geld-fuers-baby")).scalar_one()
    offer.waiting_weeks = 5
    session.flush()
    done = export_content(session, folder, CONTENT)
    assert (done.written, done.removed) == (1, 0)
    assert "  waiting_weeks: 5\n" in (folder / "demo/offers/sozialdienst-st-martin.yaml").read_text(encoding="utf-8")


def test_what_is_gone_from_the_database_goes_from_the_files(session: Session, tmp_path: Path) -> None:
    edit_a_lot(session)
    folder = tmp_path / "out"
    export_content(session, folder, CONTENT)
    (folder / "notiz.md").write_text("bleibt")
    session.delete(session.get_one(Need, "zahnspange"))
    session.delete(session.get_one(PageText, ("ferien", "de")))
    session.flush()
    done = export_content(session, folder, CONTENT)
    assert done.removed == 3, "the need, its lines, the page"
    assert not (folder / "needs/zahnspange.yaml").exists()
    assert (folder / "notiz.md").exists()


def test_what_only_the_files_know_is_taken_along(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export_content(session, folder, CONTENT)
    before, after = ({need.code: need for need in read_needs(place / "needs")} for place in (CONTENT, folder))
    for code, need in before.items():
        assert (after[code].facts, after[code].official_terms) == (need.facts, need.official_terms)
        assert after[code].texts == need.texts
        assert after[code].typical_age_years == need.typical_age_years
    assert list(after) == list(before)
    codes = [{item["slug"]: item.get("postal_codes") for item in YAML(typ="safe").load(place / "demo/districts.yaml")}
             for place in (CONTENT, folder)]  # fmt: skip
    assert {slug: some for slug, some in codes[0].items() if some} == {
        slug: some for slug, some in codes[1].items() if some
    }
    name = "needs/utterances/none.yaml"
    assert (folder / name).read_bytes() == (CONTENT / name).read_bytes()


def test_the_search_learns_the_new_lines_from_what_was_exported(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    from portal.content.utterances import read_lines

    session.add(NeedUtterance(need_code="hebamme", lang="de", line="der schnulli ist weg", added_by="Rosa"))
    session.flush()
    export_content(session, folder, CONTENT)
    before, after = (read_lines(place, ROOT / "search") for place in (CONTENT, folder))
    assert after.needs["hebamme"]["de"][-1] == "der schnulli ist weg"
    assert {code: set(by_lang["tr"]) for code, by_lang in after.needs.items()} == {
        code: set(by_lang["tr"]) for code, by_lang in before.needs.items()
    }
    assert after.words["hebamme"]["de"] == before.words["hebamme"]["de"]


def test_a_text_carries_its_own_state_only_where_it_differs(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    text = (
        session.execute(select(OfferText).where(OfferText.lang == "tr").order_by(OfferText.offer_id)).scalars().first()
    )
    assert text is not None
    text.state = TextState.HUMAN
    session.flush()
    slug = session.get_one(Offer, text.offer_id).slug
    export_content(session, folder, CONTENT)
    texts = read(folder / "demo/texts.tr.yaml", DemoTexts)
    assert texts.state is TextState.MACHINE
    assert {name for name, words in texts.offers.items() if words.state} == {slug}


def test_only_published_offers_are_written_without_a_status(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    edit_a_lot(session)
    session.execute(update(Offer).where(Offer.slug == "kinderwagen-treff").values(status=OfferStatus.IN_REVIEW))
    export_content(session, folder, CONTENT)
    found = {offer.slug: offer.status for offer in read_offers(folder / "demo/offers")}
    assert {slug: status.value for slug, status in found.items() if status != OfferStatus.PUBLISHED} == {
        "nur-ein-anfang": "draft",
        "geld-fuers-baby": "archived",
    }
    assert (folder / "demo/offers/ev-sozialwerk.yaml").read_text(encoding="utf-8").count("status:") == 1


def test_a_published_offer_in_a_file_must_be_whole_and_a_draft_need_not(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    bare = {"slug": "x", "organization": "y", "kind": "beratung", "text": {"title": "X"}}
    path.write_text(yaml_text([{**bare, "status": "draft"}]))
    (offer,) = read_offers(tmp_path)
    assert (offer.slug, offer.status, offer.needs) == ("x", OfferStatus.DRAFT, [])
    path.write_text(yaml_text([{**bare, "status": "draft"}, bare]))
    with pytest.raises(ContentError, match=r"offer 2: Object missing required field `needs`"):
        read_offers(tmp_path)


def test_a_picture_that_is_not_what_its_name_says_is_refused(session: Session, tmp_path: Path) -> None:
    edit_a_lot(session)
    export_content(session, tmp_path / "out", CONTENT)
    (path,) = (tmp_path / "out/demo/pictures").iterdir()
    path.write_bytes(path.read_bytes() + b"<script>")
    with pytest.raises(ContentError, match="not the picture that its name says"):
        next(loaded_from(tmp_path / "out", tmp_path / "new.sqlite3"))


def test_nothing_is_written_over_a_folder_that_is_something_else(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    (folder / "pages").mkdir(parents=True)
    (folder / "pages" / "tagebuch.md").write_text("geheim")
    with pytest.raises(ContentError, match="holds no content"):
        export_content(session, folder, CONTENT)
    assert (folder / "pages" / "tagebuch.md").read_text() == "geheim"


def test_an_empty_database_is_not_exported(tmp_path: Path) -> None:
    engine = new_database(tmp_path / "empty.sqlite3")
    with Session(engine) as session, pytest.raises(ContentError, match="nothing in the database"):
        export_content(session, tmp_path / "out", CONTENT)
    engine.dispose()


# --- loading ---


def test_loading_fills_what_is_empty_and_leaves_what_is_there(session: Session) -> None:
    session.get_one(PageText, ("impressum", "de")).title = "Von uns"
    session.delete(session.get_one(NeedText, ("hebamme", "tr")))
    session.flush()
    version = session.execute(select(CatalogueState.version)).scalar_one()
    assert load_content(session, CONTENT, LANGUAGES, demo=True).total == 0
    assert session.get(NeedText, ("hebamme", "tr")) is None, "afterwards the database is right"
    for row in session.execute(select(PageText)).scalars():
        session.delete(row)
    session.flush()
    loaded = load_content(session, CONTENT, LANGUAGES, demo=True)
    assert (loaded.pages, loaded.total) == (24, 24)
    assert session.execute(select(CatalogueState.version)).scalar_one() > version


def test_only_missing_adds_single_things_and_changes_none(session: Session) -> None:
    before = everything(session)
    session.get_one(PageText, ("impressum", "de")).title = "Von uns"
    session.delete(session.get_one(PageText, ("impressum", "tr")))
    session.delete(session.get_one(NeedText, ("trauer", "tr")))
    offer = session.execute(select(Offer).where(Offer.slug == "geld-fuers-baby")).scalar_one()
    session.delete(offer)
    session.flush()
    loaded = load_content(session, CONTENT, LANGUAGES, demo=True, only_missing=True)
    assert (loaded.pages, loaded.offers) == (1, 1)
    assert loaded.needs == 1
    assert session.get_one(PageText, ("impressum", "de")).title == "Von uns"
    after = everything(session)
    for name in ("need_text", "need_utterance", "organization", "district_neighbour"):
        assert after[name] == before[name], name
    assert load_content(session, CONTENT, LANGUAGES, demo=True, only_missing=True).total == 0


def test_needs_alone_are_content(tmp_path: Path) -> None:
    engine = new_database(tmp_path / "new.sqlite3")
    with Session(engine) as session:
        assert not has_content(session)
        load_needs(session, CONTENT / "needs")
        assert has_content(session)
    engine.dispose()


# --- the commands ---


def test_the_commands_load_once_and_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def portal(*arguments: str) -> str:
        return CliRunner().invoke(main, ["content", *arguments]).output

    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    out = str(tmp_path / "out")
    first = portal("load", "--demo")
    assert first.startswith("Loaded: 47 needs")
    assert "106 offers" in first
    assert "nothing was changed" in portal("load", "--demo")
    assert "170 files written, 0 removed" in portal("export", out)
    assert "0 files written, 0 removed, 170 unchanged" in portal("export", out)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "other"))
    assert "106 offers" in portal("load", out, "--demo")


# --- many ---


def test_offers_are_read_by_the_hundred(session: Session, tmp_path: Path) -> None:
    names = Names(session)
    contents = list(offers(session).values())
    for number in range(300):
        content = msgspec.structs.replace(contents[number % len(contents)], follow_ups=[])
        offer = Offer(slug=f"x-{number}", organization_id=0, kind=content.kind, status=OfferStatus.PUBLISHED)
        write_content(session, offer, content, names)
    session.flush()
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    export_content(session, tmp_path / "out", CONTENT)
    assert len(read_offers(tmp_path / "out/demo/offers")) == 406
    assert len([each for each in statements if "FROM offer_text" in each]) == 3
    assert len(statements) < 61


# --- YAML ---


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.dates(date(1900, 1, 1), date(2100, 1, 1))
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
        | st.sampled_from(["yes", "no", "null", "~", "1e3", "0x1F", "0o7", "007", "12:30", "2026-01-01", "=", "<<", "a\n\nb"]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc_", min_size=1), inner, max_size=4),
        max_leaves=8,
    )
)  # fmt: skip
def test_whatever_is_written_is_read_again(value: Any) -> None:
    assert YAML(typ="safe").load(yaml_text({"x": value})) == {"x": value}
