"""The booklet "Wegweiser": what stands in it, how it is drawn beside the site, and what happens when that goes wrong."""

from __future__ import annotations

import errno
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from portal import i18n, paper
from portal.booklets import drawing, jobs, layout
from portal.booklets.jobs import Booklets, State, Step
from portal.booklets.layout import BookletError, Part, Wish
from portal.extensions import db
from portal.models import Offer, OfferLifePhase, OfferText
from portal.models.enums import LifePhase
from portal.offers.context import catalogue
from tests.conftest import counted_queries, text_of
from tests.integration.admin import log_in, make_user, page

ADDRESS = "https://familien.example"
FORM = "/verwaltung/fachkraft/wegweiser"
KEY = "0123456789abcdef" * 2
PAGES = [Part("<html lang=de><title>x</title><style>/*start*/</style><p>x", 0)] * 2

needs_pango = pytest.mark.skipif(not paper.is_possible(), reason="Pango is missing on this machine")


def in_words(app: Flask, wish: Wish) -> list[Part]:
    with app.test_request_context("/"):
        return layout.render(wish, ADDRESS)


def drawn(parts: list[Part]) -> PdfReader:
    return PdfReader(BytesIO(drawing.draw([asdict(part) for part in parts], lambda _step, _offers: None)))


def shown(reader: PdfReader) -> list[str]:
    """The words of each page."""
    return [" ".join(each.extract_text().split()) for each in reader.pages]


# --- what stands in it --------------------------------------------------------------------------------------------


def test_every_offer_of_the_district_is_in_full_once_in_the_first_of_its_phases(app: Flask) -> None:
    parts = in_words(app, Wish("nordstadt", "de"))
    with app.test_request_context("/"):
        current = catalogue()
        expected = current.ids(current.district["nordstadt"], count=1000)
        phases: dict[int, set[LifePhase]] = {offer_id: set() for offer_id in expected}
        for offer_id, phase in db.session.execute(select(OfferLifePhase.offer_id, OfferLifePhase.life_phase)):
            phases.get(offer_id, set()).add(phase)
        everywhere = current.city_wide.bit_count()
        elsewhere = set(current.offer_ids) - set(expected)
    found = [[int(n) for n in re.findall(r'<h3 id="a(\d+)"', part.html)] for part in parts]
    assert sorted(n for numbers in found for n in numbers) == sorted(expected)
    assert [len(numbers) for numbers in found] == [part.offers for part in parts]
    assert everywhere > 0, "offers for the whole town are in it"
    assert elsewhere, "what is only for other districts is not"
    titles = [text for part in parts[2:-1] for text in re.findall(r'<h2 id="kapitel-\d+">(.*?)</h2>', part.html)]
    assert titles[:3] == ["Schwangerschaft", "Rund um die Geburt", "Die ersten 3 Jahre"]
    order = [phase for phase in LifePhase if any(phase in each for each in phases.values())]
    for phase, part, here in zip(order, parts[2:], found[2:], strict=False):
        for offer_id in here:
            assert min(order.index(each) for each in phases[offer_id]) == order.index(phase)
        also = [int(n) for n in re.findall(r'<li><a href="#a(\d+)"', part.html)]
        expected_also = [n for n in expected if phase in phases[n] and n not in here]
        assert sorted(also) == sorted(expected_also), "in later phases a line"


def test_what_is_internal_is_not_in_it(own_app: Flask) -> None:
    with own_app.app_context():
        for offer in db.session.execute(select(Offer)).scalars():
            offer.goal = "Nur für die Planung bestimmt"
        db.session.commit()
    assert "Planung bestimmt" not in "".join(part.html for part in in_words(own_app, Wish(None, "de")))


def test_the_number_of_queries_does_not_grow_with_the_offers(app: Flask) -> None:
    numbers = []
    for district in ("nordstadt", None):
        with app.test_request_context("/"):
            catalogue()
            with counted_queries(app) as statements:
                layout.render(Wish(district, "tr"), ADDRESS)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= 12


def test_what_is_not_translated_stands_in_german_and_says_so(own_app: Flask) -> None:
    with own_app.app_context():
        offer_id = db.session.execute(select(Offer.id).where(Offer.city_wide)).scalars().first()
        own = db.session.get(OfferText, (offer_id, "tr"))
        assert own is not None
        db.session.delete(own)
        db.session.commit()
        from portal.database import mark_catalogue_changed

        mark_catalogue_changed(db.session)
        db.session.commit()
        title = db.session.get_one(OfferText, (offer_id, "de")).title
    html = "".join(part.html for part in in_words(own_app, Wish(None, "tr", german=True)))
    (entry,) = re.findall(rf'<section class="offer">\s*<h3 id="a{offer_id}".*?</section>', html, re.S)
    assert f'<h3 id="a{offer_id}" lang="de" dir="ltr">{title}</h3>' in entry
    assert 'class="dim"' in entry
    assert 'class="german"' not in entry, "the German title is not said twice"


def test_machine_translations_are_explained_once(app: Flask) -> None:
    cover, *rest = (part.html for part in in_words(app, Wish(None, "tr", german=True)))
    assert cover.count("*") == 1 + cover.count("/*start*/") * 2 + cover.count("/* ") * 2
    assert "&nbsp;*</h3>" in "".join(rest)
    assert "".join(rest).count('<p class="german" lang="de" dir="ltr">') > 50
    assert "*</h3>" not in "".join(part.html for part in in_words(app, Wish(None, "de")))


def test_nobody_prints_an_empty_booklet_or_one_of_no_district(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BookletError, match="gibt es hier nicht"):
        in_words(app, Wish("nirgends", "de"))
    monkeypatch.setattr(layout, "MAX_OFFERS", 3)
    with pytest.raises(BookletError, match="Mehr als 3 passen nicht in ein Heft"):
        in_words(app, Wish("nordstadt", "de"))


# --- the file -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def german(app: Flask) -> PdfReader:
    return drawn(in_words(app, Wish("nordstadt", "de")))


@needs_pango
def test_the_file_is_tagged_and_has_bookmarks(german: PdfReader) -> None:
    root: Any = german.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value
    assert root["/Lang"] == "de"
    assert "pdfuaid" in root["/Metadata"].get_data().decode()
    assert root["/StructTreeRoot"]["/K"][0]["/S"] == "/Document"
    names = [each["/Title"] for each in german.outline if not isinstance(each, list)]
    assert names[:4] == ["Wegweiser Nordstadt", "Inhalt", "Ich brauche sofort Hilfe", "Hier hilft dir ein Mensch"]
    assert names[-1] == "Themen und Seiten"
    assert (german.metadata or {})["/Title"] == "Wegweiser Nordstadt · Familienlotse Beispielstadt"


@needs_pango
def test_the_numbers_of_pages_are_right(app: Flask, german: PdfReader) -> None:
    pages = shown(german)
    contents = pages[1]
    top = [each for each in german.outline if not isinstance(each, list)]
    bookmarks = {each["/Title"]: german.get_destination_page_number(each) for each in top}
    for title in ("Ich brauche sofort Hilfe", "Hier hilft dir ein Mensch", "Kita-Zeit", "Themen und Seiten"):
        number = bookmarks[title]
        assert number is not None
        assert f"{title} Seite {number + 1}" in contents
        assert pages[number].startswith(title) or title in pages[number][:60]
    assert [text.split()[-1] for text in pages[1:]] == [str(number) for number in range(2, len(pages) + 1)], (
        "at the foot"
    )
    # A line in a later chapter, and the list of topics, lead to where the offer is.
    line = re.search(r"Auch diese Angebote sind für euch da: (.+?) Seite (\d+)", " ".join(pages))
    assert line is not None
    assert line[1] in pages[int(line[2]) - 1]
    where = {name: german.get_destination_page_number(each) for name, each in german.named_destinations.items()}
    with app.test_request_context("/"):
        current = catalogue()
        offers = current.ids(current.need["schwimmkurs"] & current.district["nordstadt"], count=100)
        german_titles = select(OfferText.offer_id, OfferText.title).where(OfferText.lang == "de")
        titles = {offer_id: title for offer_id, title in db.session.execute(german_titles)}  # noqa: C416
    expected = sorted({(where[f"a{offer_id}"] or 0) + 1 for offer_id in offers})
    assert "Schwimmen lernen " + " ".join(map(str, expected)) in " ".join(pages)
    assert len(expected) > 0
    for offer_id in offers:
        assert titles[offer_id] in pages[where[f"a{offer_id}"] or 0]


@needs_pango
def test_links_inside_lead_to_pages(german: PdfReader) -> None:
    names = german.named_destinations
    targets = [
        str(note.get_object()["/A"]["/D"] if "/A" in note.get_object() else note.get_object()["/Dest"])
        for each in german.pages
        for note in each.get("/Annots", [])
    ]
    assert len(targets) > 100
    assert set(targets) <= set(names)


@needs_pango
def test_an_arabic_booklet_is_bound_on_the_right(app: Flask) -> None:
    parts = in_words(app, Wish("nordstadt", "ar", german=True))
    assert '<p class="latin" dir="ltr">' in parts[2].html, "addresses keep their order"
    reader = drawn(parts)
    root: Any = reader.trailer["/Root"]
    assert root["/ViewerPreferences"]["/Direction"] == "/R2L"
    assert root["/Lang"] == "ar"
    assert "030 23125" in reader.pages[0].extract_text().replace("\u2066", "")


def test_times_are_not_torn_inside_arabic(app: Flask) -> None:
    times = "09:00–12:00, 14:00–16:00"
    with app.test_request_context("/"):
        i18n.speak("ar")
        assert layout.in_order(times) == "\u206609:00–\u206012:00,\u00a014:00–\u206016:00\u2069"
        i18n.speak("tr")
        assert layout.in_order(times) == times


@needs_pango
def test_a_line_of_arabic_is_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from weasyprint.formatting_structure.boxes import LineBox
    from weasyprint.layout import float as floating
    from weasyprint.layout import inline

    drawing.lay_out_lines_once()
    passes: list[object] = []
    split = inline.split_inline_box

    def counted(context: Any, box: Any, *more: Any) -> Any:
        passes.extend([box] if isinstance(box, LineBox) else [])
        return split(context, box, *more)

    monkeypatch.setattr(inline, "split_inline_box", counted)
    words = " ".join(f"<b>هاتف {number}:</b> من التاسعة إلى الثانية عشرة" for number in range(20))
    placed = "@page { size: 90mm 300mm; margin: 7mm } p { font-size: 9.3pt }"
    html = f"<html lang=ar dir=rtl><title>x</title><style>{placed}</style><p>{words}"

    once = lines_of(html)
    assert len(passes) == len(once) > 10
    monkeypatch.setattr(inline, "avoid_collisions", floating.avoid_collisions)
    passes.clear()
    assert lines_of(html) == once, "they stand where the library would have put them"
    assert len(passes) == 2 * len(once), "the library does that by itself now: take lay_out_lines_once away"


def lines_of(html: str) -> list[tuple[float, float, float]]:
    """Where each line stands, and how wide it is."""
    import weasyprint
    from weasyprint.formatting_structure.boxes import LineBox

    boxes = weasyprint.HTML(string=html).render().pages[0]._page_box.descendants()
    return [(box.position_x, box.position_y, box.width) for box in boxes if isinstance(box, LineBox)]


# --- drawing beside the site --------------------------------------------------------------------------------------


@pytest.fixture
def practitioner(own_app: Flask) -> FlaskClient:
    return log_in(own_app, make_user(own_app, "fachkraft", name="Noor Haddad", email="noor@familienzentrum.example"))


def wait_until_done(ask: Callable[[], State]) -> State:
    deadline = time.monotonic() + 110
    while (state := ask()).is_busy and time.monotonic() < deadline:
        time.sleep(0.05)
    return state


@needs_pango
def test_from_the_form_to_the_file(own_app: Flask, practitioner: FlaskClient) -> None:
    form = page(practitioner.get(FORM))
    assert next(each.text for each in form.iter("option")) == "Beispielstadt, alles"
    answer = practitioner.post(FORM, data={"district": "nordstadt", "lang": "de"})
    assert answer.status_code == 303
    key = answer.location.rsplit("/", 1)[1]
    booklets = Booklets(own_app.extensions["settings"].data_dir / "booklets")
    first = practitioner.get(answer.location)
    assert text_of(page(first).find(".//h1")) == "Wegweiser Nordstadt"
    assert wait_until_done(lambda: booklets.state(key)) == State(Step.DONE)
    links = [a.get("href") for a in page(practitioner.get(answer.location)).iter("a")]
    assert f"{FORM}/{key}/heft.pdf" in links
    file = practitioner.get(f"{FORM}/{key}/heft.pdf")
    assert file.headers["Content-Disposition"] == "attachment; filename=wegweiser-nordstadt-de.pdf"
    assert shown(PdfReader(BytesIO(file.data)))[0].startswith("Familienlotse Beispielstadt Wegweiser Nordstadt")
    file.close()
    drawn_at = (booklets._folder / f"{key}.pdf").stat().st_mtime_ns
    again = practitioner.post(FORM, data={"district": "nordstadt", "lang": "de"})
    assert again.location == answer.location
    assert (booklets._folder / f"{key}.pdf").stat().st_mtime_ns == drawn_at, "the same booklet is drawn once a day"
    other = practitioner.post(FORM, data={"district": "nordstadt", "lang": "de", "german": "y"})
    assert other.location == answer.location, "German beside German is the same"


@needs_pango
def test_only_practitioners_draw(own_app: Flask, provider: FlaskClient) -> None:
    assert provider.get(FORM).status_code == 404
    assert provider.post(FORM, data={"district": "", "lang": "de"}).status_code == 404
    assert not (own_app.extensions["settings"].data_dir / "booklets").exists()


def test_unknown_booklets_are_not_there(practitioner: FlaskClient) -> None:
    for key in (KEY, "kein-schluessel", "..%2Fsecret"):
        assert practitioner.get(f"{FORM}/{key}").status_code == 404
        assert practitioner.get(f"{FORM}/{key}/heft.pdf").status_code == 404


def test_a_choice_that_does_not_exist_is_refused(practitioner: FlaskClient) -> None:
    answer = practitioner.post(FORM, data={"district": "nirgends", "lang": "xx"})
    assert answer.status_code == 422
    assert len(page(answer).findall(".//p[@class='field__error']")) == 2


def test_without_pango_the_page_says_so(practitioner: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "is_possible", lambda: False)
    answer = practitioner.get(FORM)
    assert "Auf diesem Server fehlt Pango." in answer.text
    assert page(answer).find(f".//form[@action='{FORM}']") is None
    assert practitioner.post(FORM, data={"district": "", "lang": "de"}).status_code == 422


# --- what may go wrong --------------------------------------------------------------------------------------------


@pytest.fixture
def booklets(tmp_path: Path) -> Booklets:
    return Booklets(tmp_path / "booklets")


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Another process in place of the one that draws."""

    def use(code: str) -> None:
        path = tmp_path / "script.py"
        start = "import os, sys, time, json\nfrom pathlib import Path\nfolder, key = Path(sys.argv[1]), sys.argv[2]\n"
        path.write_text(start + code)
        monkeypatch.setattr(jobs, "SCRIPT", str(path))

    return use


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """What the processes of a test wait for; at its end they all go on."""
    path = tmp_path / "gate"
    yield path
    path.touch()


def waits_for(gate: Path) -> str:
    return (
        "with (folder / 'starts').open('a') as starts:\n    starts.write(f'{os.getpid()}\\n')\n"
        f"while not os.path.exists({str(gate)!r}):\n    time.sleep(.01)\n(folder / f'{{key}}.pdf').touch()\n"
    )


def starts(booklets: Booklets, number: int) -> list[int]:
    """The processes that have started, as soon as there are so many."""
    path, deadline = booklets._folder / "starts", time.monotonic() + 30
    while time.monotonic() < deadline:
        found = [int(line) for line in path.read_text().split()] if path.exists() else []
        if len(found) >= number:
            return found
        time.sleep(0.01)
    raise AssertionError("they have not started")


def begin(booklets: Booklets, key: str = KEY) -> None:
    booklets.begin(key, {"place": "Nordstadt"}, lambda: PAGES)


def test_two_who_press_at_once_get_one_booklet(booklets: Booklets, script: Callable[[str], None], gate: Path) -> None:
    script(waits_for(gate))
    begin(booklets)
    begin(Booklets(booklets._folder))
    assert booklets.state(KEY).step is Step.WAITING
    gate.touch()
    assert wait_until_done(lambda: booklets.state(KEY)) == State(Step.DONE)
    begin(booklets)
    assert len(starts(booklets, 1)) == 1


def test_a_worker_that_restarts_finds_the_booklet_where_it_is(
    booklets: Booklets, script: Callable[[str], None], gate: Path
) -> None:
    told = "(folder / f'{key}.progress').write_text(json.dumps({'step': 'pages', 'offers': 120, 'of': 300}))\n"
    script(told + waits_for(gate))
    begin(booklets)
    (pid,) = starts(booklets, 1)
    assert os.getsid(pid) != os.getsid(0), "what stops the worker does not stop it"
    assert Booklets(booklets._folder).state(KEY) == State(Step.PAGES, 120, 300)
    gate.touch()
    assert wait_until_done(lambda: Booklets(booklets._folder).state(KEY)) == State(Step.DONE)


def test_the_process_is_given_no_secret(
    booklets: Booklets, script: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "geheim")
    monkeypatch.setenv("DATABASE_URL", "postgresql://portal:geheim@db/portal")
    script("(folder / 'told').write_text(' '.join(os.environ))\n(folder / f'{key}.pdf').touch()")
    begin(booklets)
    assert wait_until_done(lambda: booklets.state(KEY)) == State(Step.DONE)
    # LC_CTYPE is set by Python itself.
    assert set((booklets._folder / "told").read_text().split()) - {"LC_CTYPE"} == {"PATH", "LANG", "XDG_CACHE_HOME"}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("os.kill(os.getpid(), 9)", "Das Zeichnen ist abgebrochen."),
        ("raise SystemExit(1)", "Das Zeichnen ist abgebrochen."),
        ("(folder / f'{key}.progress').write_text('{\"step\": \"disk\"}')", "Auf dem Server ist kein Platz mehr."),
        ("(folder / f'{key}.progress').write_text('{\"step\": \"memory\"}')", "Das Heft ist zu groß"),
        ("(folder / f'{key}.progress').write_text('{')", "Das Zeichnen ist abgebrochen."),
    ],
)
def test_a_process_that_dies_is_told_and_may_be_tried_again(
    booklets: Booklets, script: Callable[[str], None], code: str, sentence: str
) -> None:
    script(code)
    begin(booklets)
    state = wait_until_done(lambda: booklets.state(KEY))
    assert (state.step, state.why.startswith(sentence)) == (Step.FAILED, True)
    script("(folder / f'{key}.pdf').touch()")
    begin(booklets)
    assert wait_until_done(lambda: booklets.state(KEY)) == State(Step.DONE)


def test_a_full_disk_is_told(booklets: Booklets, script: Callable[[str], None]) -> None:
    def no_room() -> list[Part]:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(BookletError, match="kein Platz"):
        booklets.begin(KEY, {}, no_room)
    script("(folder / f'{key}.pdf').touch()")
    begin(booklets)
    assert wait_until_done(lambda: booklets.state(KEY)) == State(Step.DONE), "as soon as there is room"


def test_not_many_wait_at_once(booklets: Booklets, script: Callable[[str], None], gate: Path) -> None:
    script(waits_for(gate))
    for number in range(jobs.AT_ONCE):
        begin(booklets, f"{number:032x}")
    with pytest.raises(BookletError, match="schon mehrere Hefte"):
        begin(booklets)
    gate.touch()
    for number in range(jobs.AT_ONCE):
        assert wait_until_done(lambda key=f"{number:032x}": booklets.state(key)).step is Step.DONE
    begin(booklets)


def test_booklets_of_other_days_are_taken_away(booklets: Booklets, script: Callable[[str], None]) -> None:
    script("(folder / f'{key}.pdf').touch()")
    begin(booklets)
    wait_until_done(lambda: booklets.state(KEY))
    for path in booklets._folder.iterdir():
        os.utime(path, (time.time() - jobs.KEEP_SECONDS - 60,) * 2)
    begin(booklets, "f" * 32)
    assert booklets.state(KEY) == State(Step.MISSING)


def test_the_oldest_go_where_there_are_too_many(
    booklets: Booklets, script: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "KEPT", 2)
    script("(folder / f'{key}.pdf').touch()")
    keys = [f"{number:032x}" for number in range(4)]
    for age, key in enumerate(keys):
        begin(booklets, key)
        wait_until_done(lambda key=key: booklets.state(key))
        os.utime(booklets._path(key, "pdf"), (time.time() - 60 * (10 - age),) * 2)
    begin(booklets, KEY)
    assert [booklets.state(key).step for key in keys] == [Step.MISSING, Step.MISSING, Step.DONE, Step.DONE]
    assert wait_until_done(lambda: booklets.state(KEY)) == State(Step.DONE)


@needs_pango
def test_the_process_says_how_far_it_is_and_lets_nothing_from_elsewhere_in(tmp_path: Path) -> None:
    part = '<html lang="de"><title>x</title><style>/*start*/</style><img alt="x" src="file:///etc/hostname"><h2 id="b">x</h2>'
    told: list[tuple[str, int]] = []
    parts = [{"html": part, "offers": 0}, {"html": part, "offers": 7}, {"html": part, "offers": 5}]
    pdf = drawing.draw(parts, lambda step, offers: told.append((step, offers)))
    assert told == [("pages", 7), ("pages", 12), ("file", 12)]
    assert b"/Image" not in pdf


def test_numbers_are_put_where_the_marks_are() -> None:
    pages = {"a1": 7, "a2": 9, "a3": 7}
    assert drawing._with_numbers(f"Seite {drawing.number_of('a2')}.", pages) == "Seite 9."
    assert drawing._with_numbers(drawing.numbers_of(["a2", "a1", "a3"]), pages) == (
        '&ensp;<a href="#a1">7</a>&ensp;<a href="#a2">9</a>'
    )


def test_who_types_such_a_mark_stops_no_booklet() -> None:
    assert drawing._with_numbers("Treff \ue000boese\ue001 und \ue000a1 boese \ue001", {"a1": 7}) == (
        'Treff  und &ensp;<a href="#a1">7</a>'
    )


def test_the_files_are_for_nobody_else(booklets: Booklets, script: Callable[[str], None]) -> None:
    script("(folder / f'{key}.pdf').touch()")
    begin(booklets)
    wait_until_done(lambda: booklets.state(KEY))
    assert booklets._folder.stat().st_mode & 0o777 == 0o700
    assert json.loads((booklets._folder / f"{KEY}.about").read_text()) == {"place": "Nordstadt"}
