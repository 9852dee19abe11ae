"""What an uploaded PDF may be: pages and form fields stay, its maker is forgotten, and what could act is refused."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from portal import pdf_files
from portal.pdf_files import MAX_BYTES, MAX_PAGES, MESSAGES, PdfError, cleaned
from tests.pdf_samples import ACTIVE, AUTHOR, make_pdf, plain_pdf, with_first_page, with_form_field


def refused(data: bytes) -> str:
    """Why it was refused; "" where it was taken."""
    try:
        cleaned(data)
    except PdfError as error:
        assert str(error) == MESSAGES[error.reason]
        return error.reason
    return ""


def test_pages_and_their_text_stay() -> None:
    kept = PdfReader(io.BytesIO(cleaned(make_pdf(pages=3))), strict=True)
    assert [page.extract_text() for page in kept.pages] == ["Anmeldung 1", "Anmeldung 2", "Anmeldung 3"]


def test_a_form_can_still_be_filled_in() -> None:
    kept = PdfReader(io.BytesIO(cleaned(make_pdf(with_form_field))), strict=True)
    assert list(kept.get_fields() or {}) == ["name"]


def test_nothing_tells_who_made_it() -> None:
    before = plain_pdf()
    assert before.count(AUTHOR.encode()) == 2
    kept = cleaned(before)
    for word in (AUTHOR, "Geheimer Titel", "Schreibprogramm", "xmpmeta", "pypdf", "/Info"):
        assert word.encode() not in kept, word
    reader = PdfReader(io.BytesIO(kept))
    assert reader.metadata is None
    assert reader.xmp_metadata is None


@pytest.mark.parametrize("change", ACTIVE, ids=lambda change: str(change.__name__))
def test_what_could_act_by_itself_is_refused(change: Callable[..., None]) -> None:
    assert refused(make_pdf(change)) == "active"


def test_where_it_opens_may_be_said() -> None:
    assert refused(make_pdf(with_first_page, pages=2)) == ""


def test_who_sends_many_files_does_not_take_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wait for the one that is looked at; whoever comes then is told at once."""
    goes_on, looked_at = threading.Event(), threading.Semaphore(0)

    def slow(_data: bytes) -> bytes:
        looked_at.release()
        goes_on.wait(20)
        return b"ok\n%PDF-kept"

    monkeypatch.setattr(pdf_files, "_ask_the_process", slow)
    threads = [threading.Thread(target=refused, args=(plain_pdf(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert looked_at.acquire(timeout=10)
    deadline = time.monotonic() + 10
    while pdf_files._seats.acquire(blocking=False):
        pdf_files._seats.release()
        assert time.monotonic() < deadline
    assert refused(plain_pdf()) == "busy"
    goes_on.set()
    for thread in threads:
        thread.join()
    assert refused(plain_pdf()) == ""


def test_a_name_written_in_numbers_is_the_same_name() -> None:
    from tests.pdf_samples import with_script_when_opened

    hidden = make_pdf(with_script_when_opened).replace(b"/JavaScript", b"/J#61vaScript").replace(b"/JS ", b"/#4aS ")
    assert b"/JavaScript" not in hidden
    assert refused(hidden) == "active"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no pdf"),
        (b"PK\x03\x04 a letter of a word processor", "no pdf"),
        (b"\n%PDF-1.7 later", "no pdf"),
        (b"%PDF-1.7\n", "broken"),
        (b"%PDF-1.7\n" + b"x" * MAX_BYTES, "too large"),
        (b"%PDF-1.7\ntrailer <</Root 1 0 R>>\n%%EOF", "broken"),
    ],
)
def test_what_is_no_pdf_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    assert refused(data) == reason


def test_half_a_pdf_is_refused() -> None:
    assert refused(plain_pdf()[:200]) == "broken"


def test_a_locked_pdf_is_refused() -> None:
    assert refused(make_pdf(password="geheim")) == "encrypted"


def test_so_many_pages_and_not_one_more() -> None:
    assert refused(make_pdf(pages=MAX_PAGES)) == ""
    assert refused(make_pdf(pages=MAX_PAGES + 1)) == "too many pages"


# --- hostile ----------------------------------------------------------------------------------------------------------


def raw(*objects: bytes, trailer: bytes = b"<</Root 1 0 R>>") -> bytes:
    """A PDF out of written objects, with a right table of where they are."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return b"%sxref\n0 %d\n0000000000 65535 f \n%strailer\n%s\nstartxref\n%d\n%%%%EOF" % (
        data, len(objects) + 1, table, trailer, len(data),
    )  # fmt: skip


def bomb() -> bytes:
    """A gigabyte, packed twice, as the table of contents that a reader has to unpack first."""
    packed = zlib.compress(zlib.compress(b"\0" * 300_000_000, 9), 9)
    stream = (
        b"<</Type/XRef/Size 3/W[1 4 2]/Root 1 0 R/Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n%s\nendstream"
    )
    data = b"%PDF-1.7\n1 0 obj\n" + stream % (len(packed), packed) + b"\nendobj\n"
    return data + b"startxref\n9\n%%EOF"


HOSTILE = {
    "pages that contain themselves": raw(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>"),
    "a page that is its own parent": raw(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 3 0 R/Resources 3 0 R>>",
    ),
    "brackets without end": raw(b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * 200_000 + b">>"),
    "an object that is itself": raw(b"1 0 R"),
    "a billion pages": raw(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1000000000/Kids[]>>"),
    "tables that point to each other": raw(b"<</Type/Catalog>>", trailer=b"<</Root 1 0 R/Prev 9>>"),
    "a packed gigabyte": bomb(),
    "a very long stream": raw(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Length 99999999999>>stream\nx\nendstream"),
    "pages that double with every level": raw(
        b"<</Type/Catalog/Pages 2 0 R>>",
        *(b"<</Type/Pages/Count 1/Kids[%d 0 R %d 0 R]>>" % (number + 1, number + 1) for number in range(2, 60)),
        b"<</Type/Page/MediaBox[0 0 9 9]>>",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_knotted_file_is_refused_in_time(name: str) -> None:
    begun = time.monotonic()
    reason = refused(HOSTILE[name])
    assert time.monotonic() - begun < 10 + 2, "a second or two to end the process on a busy machine"
    if name == "a page that is its own parent":
        # Odd, but it has a page, and what is written of it is in order.
        assert reason in {"", "broken"}
    else:
        assert reason in {"broken", "too hard", "too many pages"}


def test_a_process_that_the_system_ends_is_an_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the time or the memory is used up."""
    done: dict[str, Any] = {}

    class Ended:
        returncode, stdout = -9, b"ok\n%PDF-half"

    def run(command: list[str], **options: Any) -> Ended:
        done.update(options)
        return Ended()

    monkeypatch.setattr(pdf_files.subprocess, "run", run)
    assert refused(plain_pdf()) == "too hard"
    assert done["env"] == {}, "it gets no secret of the portal"
    assert done["timeout"] < 10


def test_the_process_that_reads_gets_so_much_memory_and_can_write_no_file(tmp_path: Path) -> None:
    """What `cleaned` relies on, tried in a process like its own."""
    for wish in ("b'x' * (600 * 2**20)", f"open({str(tmp_path / 'file')!r}, 'wb', 0).write(b'x')"):
        program = f"import runpy; runpy.run_path({pdf_files.__file__!r})['_limit'](); {wish}"
        done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, env={}, timeout=30)
        assert done.returncode != 0, wish
        assert b"MemoryError" in done.stderr or b"File too large" in done.stderr


def test_whatever_is_mangled_gives_an_answer_and_a_file_that_can_be_read() -> None:
    """A form with a thousand scratches: either a reason, or a PDF of at most so many pages without its maker."""
    chance, whole = random.Random(2026), make_pdf(with_form_field, pages=2)
    outcomes: dict[str, int] = {}
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 3, 30])):
            place = chance.randrange(5, len(data))
            what = chance.random()
            if what < 0.5:
                data[place] = chance.randrange(256)
            elif what < 0.75:
                del data[place : place + chance.randrange(40)]
            else:
                data[place:place] = data[: chance.randrange(200)]
        reason = rewritten_here(bytes(data))
        outcomes[reason] = outcomes.get(reason, 0) + 1
    assert set(outcomes) <= {"", *MESSAGES}
    assert outcomes[""] > 0, "some scratches do no harm"
    assert len(outcomes) > 1, "and some do"


def rewritten_here(data: bytes) -> str:
    """As refused(), in this process: its answer without half a second for starting another one each time."""
    try:
        kept = pdf_files._rewritten(data)
    except pdf_files._Refused as error:
        return str(error)
    except Exception:
        return "broken"
    reader = PdfReader(io.BytesIO(kept))
    assert 1 <= len(reader.pages) <= MAX_PAGES
    assert AUTHOR.encode() not in kept
    return ""
