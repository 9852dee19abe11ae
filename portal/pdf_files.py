"""What an uploaded PDF may be, and the file that is kept: written anew, without what tells who made it, and nothing in it
that could start by itself.

A PDF is a tangle that a hostile hand can knot so that a reader never ends or fills the memory. So it is read in a
process of its own, which the system ends after some seconds or at a limit of memory. This file is also its program:
it imports nothing of the portal, and gets neither its settings nor its files.
"""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAX_BYTES = 3 * 1024 * 1024
MAX_PAGES = 50
MAX_SECONDS = 9
"""Of the clock; of the processor one less."""
_MEMORY = 512 * 1024 * 1024
_MAX_WRITTEN = 2 * MAX_BYTES
"""A file that packs its parts together may grow a little when it is written plainly."""
_WAIT_SECONDS = 20

_NEW_PDF = "Öffne es, wähle Drucken → „Als PDF speichern“ und nimm die neue Datei."
MESSAGES = {
    "no pdf": "Das ist keine PDF-Datei. Speichere das Dokument als PDF (in Word: Datei → Speichern unter → PDF) und "
    "wähle diese Datei.",
    "too large": f"Die Datei ist zu groß: Mehr als {MAX_BYTES // 2**20} MB gehen nicht. Meist hilft es, die Bilder darin "
    "zu verkleinern.",
    "broken": f"Dieses PDF ist beschädigt oder unvollständig. {_NEW_PDF}",
    "encrypted": f"Dieses PDF ist mit einem Passwort geschützt oder gesperrt. {_NEW_PDF}",
    "too many pages": f"Dieses PDF hat mehr als {MAX_PAGES} Seiten. Nimm nur die Seiten, die andere wirklich brauchen.",
    "active": "In diesem PDF steckt etwas, das beim Öffnen von selbst loslegt oder eine andere Datei mitbringt. "
    f"Das darf nicht hinein. {_NEW_PDF}",
    "too hard": f"Dieses PDF ist so verschachtelt, dass wir es nicht prüfen können. {_NEW_PDF}",
    "busy": "Gerade werden andere Dateien geprüft. Versuche es in einer Minute noch einmal.",
}
_one_at_a_time = threading.Lock()
_seats = threading.BoundedSemaphore(3)
"""Who is looked at and who waits for it: the other threads of a worker go on answering pages."""


class PdfError(Exception):
    """The upload cannot be used. `reason` is a key of MESSAGES; the message is German, for the editor."""

    def __init__(self, reason: str) -> None:
        super().__init__(MESSAGES[reason])
        self.reason = reason


def cleaned(data: bytes) -> bytes:
    """The PDF to keep, of an uploaded one: same pages and form fields. Raises PdfError. Takes at most MAX_SECONDS,
    and may wait for another one before that."""
    if not data.startswith(b"%PDF-"):
        raise PdfError("no pdf")
    if len(data) > MAX_BYTES:
        raise PdfError("too large")
    if not _seats.acquire(blocking=False):
        raise PdfError("busy")
    try:
        if not _one_at_a_time.acquire(timeout=_WAIT_SECONDS):
            raise PdfError("busy")
        try:
            answer = _ask_the_process(data)
        finally:
            _one_at_a_time.release()
    finally:
        _seats.release()
    reason, _, pdf = answer.partition(b"\n")
    if reason == b"ok":
        return pdf
    word = reason.decode("ascii", "replace")
    # Without an answer the system has ended it.
    raise PdfError(word if word in MESSAGES else "too hard")


def _ask_the_process(data: bytes) -> bytes:
    command = [sys.executable, "-I", "-B", str(Path(__file__).resolve())]
    try:
        done = subprocess.run(  # noqa: S603  (our own program)
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, timeout=MAX_SECONDS
        )
    except subprocess.TimeoutExpired:
        return b"too hard\n"
    return done.stdout if done.returncode == 0 else b"too hard\n"


# --- the process ------------------------------------------------------------------------------------------------------

_ACTIVE_KEYS = ("/JS", "/JavaScript", "/XFA", "/EmbeddedFiles", "/EF", "/RichMediaContent", "/RichMediaSettings")
_ACTIVE_ACTIONS = (
    "/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR", "/Rendition", "/Movie", "/Sound",
    "/RichMediaExecute", "/GoTo3DView",
)  # fmt: skip
_ACTIVE_ANNOTATIONS = ("/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D")
_TELLING_KEYS = ("/Metadata", "/PieceInfo", "/LastModified")
"""Who made it with what program: XMP, and the private notes of that program."""


class _Refused(Exception):
    """The message is a key of MESSAGES."""


def _main() -> None:
    _limit()
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        answer = b"ok\n" + _rewritten(data)
    except _Refused as refused:
        answer = f"{refused}\n".encode()
    except MemoryError:
        answer = b"too hard\n"
    except Exception:
        # The reader meets hostile bytes here, and raises whatever comes to it.
        answer = b"broken\n"
    sys.stdout.buffer.write(answer)


def _limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS - 1, MAX_SECONDS - 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # It writes no file: pipes are not meant by this.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _rewritten(data: bytes) -> bytes:
    from pypdf import PdfReader, PdfWriter

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        raise _Refused("encrypted")
    pages = len(reader.pages)
    if pages > MAX_PAGES:
        raise _Refused("too many pages")
    if pages == 0:
        raise _Refused("broken")
    writer = PdfWriter(clone_from=reader)
    writer.metadata = None
    seen = _look_through(writer)
    # What is written is exactly what was looked at: also the notes that were taken out are not in it any more.
    for index in range(len(writer._objects)):
        if index + 1 not in seen:
            writer._objects[index] = None
    # Newest of what may be inside; older readers show what they know.
    writer.pdf_header = "%PDF-1.7"
    out = io.BytesIO()
    writer.write(out)
    if out.tell() > _MAX_WRITTEN:
        raise _Refused("too large")
    return out.getvalue()


def _look_through(writer: Any) -> set[int]:
    """The numbers of all objects that can be reached. Takes out what tells of the maker; raises _Refused for what acts."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

    seen: set[int] = set()
    waiting: list[Any] = [writer.root_object.indirect_reference]
    while waiting:
        item = waiting.pop()
        if isinstance(item, IndirectObject):
            if item.idnum in seen:
                continue
            seen.add(item.idnum)
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            for key in _TELLING_KEYS:
                item.pop(key, None)
            if any(_acts(item, isinstance(item, StreamObject))):
                raise _Refused("active")
            waiting.extend(item.values())
        elif isinstance(item, ArrayObject):
            waiting.extend(item)
    return seen


def _acts(item: Any, is_stream: bool) -> Iterator[bool]:
    yield any(key in item for key in _ACTIVE_KEYS)
    yield _name(item, "/S") in _ACTIVE_ACTIONS
    yield _name(item, "/Subtype") in _ACTIVE_ANNOTATIONS
    # Nobody has to touch anything: an address that is called like this tells a stranger who opens the form, and when.
    yield "/AA" in item
    yield "/OpenAction" in item and not _only_turns_to_a_page(item["/OpenAction"])
    # The content of a stream that lies in another file.
    yield is_stream and "/F" in item


def _only_turns_to_a_page(action: Any) -> bool:
    """As word processors write it: a place in the document, as a list or a name, or the action of going there."""
    if isinstance(action, dict):
        return _name(action, "/S") == "/GoTo" and "/Next" not in action
    return True


def _name(item: Any, key: str) -> str:
    """The value of a key where it is a name, also one that is kept somewhere else."""
    try:
        # Not get(): that one does not go and look where it is kept.
        value = item[key]
    except KeyError:
        return ""
    return value if isinstance(value, str) else ""


if __name__ == "__main__":
    _main()
