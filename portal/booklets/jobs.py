"""Booklets on their way: files below DATA_DIR/booklets, and a process that draws each of them.

KEY.about (what it is called), KEY.parts (what is to be drawn), KEY.progress (how far it is), KEY.pdf (done). Whoever draws
holds a lock on KEY.lock, from before the process starts until it ends, however it ends: so nobody has to remember what is
being drawn, a worker that restarts loses nothing, and two who press at once get the same booklet.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from portal.booklets import drawing
from portal.booklets.layout import BookletError, Part

KEEP_SECONDS = 36 * 3600
"""The name of a booklet holds its day: the day after, nobody asks for it any more."""
AT_ONCE = 4
"""Booklets that are drawn or wait for it: one after the other, and nobody waits longer than a minute."""
KEPT = 60
"""Finished booklets; older ones go. Whoever asks for every place in every language must not fill the disk."""
SCRIPT = drawing.__file__
_KEY = re.compile("[0-9a-f]{32}")


class Step(StrEnum):
    """Where a booklet is. The values between WAITING and DONE are those that the drawing process writes."""

    MISSING = "missing"
    WAITING = "waiting"
    PAGES = "pages"
    FILE = "file"
    DONE = "done"
    FAILED = "failed"


_WHY = {
    "disk": "Auf dem Server ist kein Platz mehr. Bitte sag der Person Bescheid, die ihn betreut.",
    "memory": "Das Heft ist zu groß für diesen Server. Nimm einen kleineren Teil der Kommune.",
    "pango": "Auf diesem Server fehlt Pango. Ohne das kann er keine PDF-Dateien zeichnen.",
}
_DIED = "Das Zeichnen ist abgebrochen. Versuch es noch einmal. Wenn es wieder passiert: Nimm einen kleineren Teil."


@dataclass(frozen=True)
class State:
    """How far a booklet is."""

    step: Step
    offers: int = 0
    """Laid out so far."""
    of: int = 0
    why: str = ""
    """In German, where it has failed."""

    @property
    def is_busy(self) -> bool:
        return self.step in (Step.WAITING, Step.PAGES, Step.FILE)


class Booklets:
    """The booklets of this installation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    def begin(self, key: str, about: dict[str, str], make: Callable[[], list[Part]]) -> None:
        """Have it drawn, unless it is there or somebody is already drawing it. `about` is kept with it.

        Raises BookletError where too many are waiting or there is no room, and what `make` raises.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep()
        with self._path(key, "lock").open("a") as lock:
            if not _take(lock) or self.pdf(key) is not None:
                return
            if self._number_at_work() > AT_ONCE:
                raise BookletError(
                    "Gerade werden schon mehrere Hefte gezeichnet. Versuch es in einer Minute noch einmal."
                )
            try:
                self._write(key, "about", json.dumps(about))
                self._write(key, "progress", json.dumps({"step": Step.WAITING}))
                self._write(key, "parts", json.dumps([asdict(part) for part in make()]))
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise BookletError(_WHY["disk"]) from error
                raise
            _start(self._folder, key, lock)

    def state(self, key: str) -> State:
        """How far it is; MISSING where nobody has asked for it."""
        if not _KEY.fullmatch(key) or not self._path(key, "about").exists():
            return State(Step.MISSING)
        if self.pdf(key) is not None:
            return State(Step.DONE)
        busy = self._is_busy(key)
        try:
            told = json.loads(self._path(key, "progress").read_text("utf-8"))
        except (OSError, ValueError):
            told = {}
        if not busy:
            # It may have ended between the two looks.
            return State(Step.DONE) if self.pdf(key) else State(Step.FAILED, why=_WHY.get(told.get("step", ""), _DIED))
        step = told.get("step")
        known = Step(step) if step in (Step.PAGES, Step.FILE) else Step.WAITING
        return State(known, told.get("offers", 0), told.get("of", 0))

    def about(self, key: str) -> dict[str, str]:
        """What was kept with it at the beginning. Only where state() is not MISSING."""
        found: dict[str, str] = json.loads(self._path(key, "about").read_text("utf-8"))
        return found

    def pdf(self, key: str) -> Path | None:
        """The finished file."""
        path = self._path(key, "pdf")
        return path if _KEY.fullmatch(key) and path.exists() else None

    def size(self, key: str) -> str:
        """Of the finished file, in words; empty before."""
        path = self.pdf(key)
        return f"{max(1, path.stat().st_size // 1000)} kB" if path else ""

    def _path(self, key: str, kind: str) -> Path:
        return self._folder / f"{key}.{kind}"

    def _write(self, key: str, kind: str, text: str) -> None:
        descriptor = os.open(self._path(key, kind), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)

    def _is_busy(self, key: str) -> bool:
        try:
            with self._path(key, "lock").open("r") as lock:
                return not _take(lock, shared=True)
        except FileNotFoundError:
            return False

    def _number_at_work(self) -> int:
        return sum(self._is_busy(path.stem) for path in self._folder.glob("*.lock"))

    def _sweep(self) -> None:
        """Away with those of other days, and with the oldest of today where there are too many."""
        done: list[tuple[float, Path]] = []
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                written = path.stat().st_mtime
                if path.is_file() and written < time.time() - KEEP_SECONDS:
                    path.unlink()
                elif path.suffix == ".pdf":
                    done.append((written, path))
        for _written, path in sorted(done)[:-KEPT]:
            # Not the lock: somebody may be about to draw it once more.
            for kind in ("pdf", "parts", "progress", "about"):
                path.with_suffix(f".{kind}").unlink(missing_ok=True)


def _take(lock: IO[str], *, shared: bool = False) -> bool:
    """Whether nobody else holds it; it is held until the file is closed by all who have it open."""
    # Who only looks holds it for a moment: that is not somebody who draws.
    for _ in range(1 if shared else 3):
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0 if shared else 0.02)
    return False


def _start(folder: Path, key: str, lock: IO[str]) -> None:
    """The process that draws. It inherits the lock and nothing else: no settings, no key, no connection."""
    process = subprocess.Popen(  # noqa: S603  (the key is 32 digits of ours)
        # As a file, not as a module of the site: nothing of the site is loaded.
        [sys.executable, "-I", SCRIPT, str(folder), key],
        # What the system knows of its fonts is kept here as well, or it is found out anew for each booklet.
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "XDG_CACHE_HOME": str(folder / "cache")},
        cwd=folder,
        pass_fds=[lock.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A worker that is stopped does not take the booklet with it.
        start_new_session=True,
    )
    # Somebody has to ask how it ended, or its entry stays in the table of processes.
    threading.Thread(target=process.wait, name="booklet", daemon=True).start()
