"""A table between the trial and "So übernehmen": a file below DATA_DIR/uploads, for an hour, for whoever has sent it."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import msgspec

from portal.editing.exchange_taking import Report
from portal.sealing import BadTokenError, ExpiredTokenError, Seal
from portal.tables import Row, Table

KEEP_SECONDS = 3600


class UploadGoneError(Exception):
    """It is not there (any more), or it is somebody else's."""


class Upload(msgspec.Struct):
    """A table on its way into the database."""

    name: str
    """Of the file."""
    columns: list[str]
    rows: list[tuple[int, list[str]]]
    """Line and cells of each row that is not yet done."""
    seen: dict[str, str]
    """The versions of the offers at the trial."""
    total: int
    """Rows at the start."""
    publish: bool = False
    checked_by_people: bool = False
    report: Report = msgspec.field(default_factory=Report)

    @classmethod
    def of(cls, name: str, table: Table, seen: dict[str, str]) -> Upload:
        rows = [(row.line, list(row.cells.values())) for row in table.rows]
        return cls(name=name[:120], columns=table.columns, rows=rows, seen=seen, total=len(rows))

    def table_rows(self) -> list[Row]:
        return [Row(line, dict(zip(self.columns, cells, strict=True))) for line, cells in self.rows]

    def done(self, number: int) -> None:
        """The first `number` rows are in the database. Of a table that is done nothing is kept but the report."""
        self.rows = self.rows[number:]
        if not self.rows:
            self.seen = {}

    @property
    def is_done(self) -> bool:
        return not self.rows


class Uploads:
    """The files. A token names one, and is nothing to anybody but the user that it was made for."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder = folder
        self._seal = Seal(secret, "uploaded table", 1)

    def keep(self, user_id: int | None, upload: Upload, today: date) -> str:
        """The token."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.sweep()
        name = secrets.token_hex(16)
        descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(msgspec.msgpack.encode(upload))
        return self._seal.close(f"{user_id}:{name}".encode(), today)

    def read(self, token: str, user_id: int | None, today: date) -> Upload:
        """Waits while the same table is being taken. Raises UploadGoneError."""
        with self._opened(token, user_id, today, fcntl.LOCK_SH) as (_file, upload):
            return upload

    @contextmanager
    def changing(self, token: str, user_id: int | None, today: date) -> Iterator[Upload]:
        """The table, and at the end what became of it is kept: a second click waits for the first one.

        Raises UploadGoneError. An error inside leaves the file as it was.
        """
        with self._opened(token, user_id, today, fcntl.LOCK_EX) as (file, upload):
            yield upload
            data = msgspec.msgpack.encode(upload)
            os.ftruncate(file, 0)
            os.pwrite(file, data, 0)

    def forget(self, token: str, user_id: int | None, today: date) -> None:
        """Raises UploadGoneError."""
        self._path(token, user_id, today).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Delete what is older than an hour."""
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            if self._is_old(path):
                path.unlink(missing_ok=True)

    @contextmanager
    def _opened(self, token: str, user_id: int | None, today: date, lock: int) -> Iterator[tuple[int, Upload]]:
        path = self._path(token, user_id, today)
        try:
            if self._is_old(path):
                raise UploadGoneError
            file = os.open(path, os.O_RDWR)
        except FileNotFoundError as error:
            raise UploadGoneError from error
        try:
            fcntl.flock(file, lock)
            try:
                upload = msgspec.msgpack.decode(os.pread(file, os.fstat(file).st_size, 0), type=Upload)
            except msgspec.DecodeError as error:
                # The machine stopped in the middle of writing.
                raise UploadGoneError from error
            yield file, upload
        finally:
            os.close(file)

    def _path(self, token: str, user_id: int | None, today: date) -> Path:
        try:
            message, _day = self._seal.open(token, today)
        except (BadTokenError, ExpiredTokenError) as error:
            raise UploadGoneError from error
        owner, _, name = message.decode().partition(":")
        if owner != str(user_id) or not re.fullmatch(r"[0-9a-f]{32}", name):
            raise UploadGoneError
        return self._folder / name

    @staticmethod
    def _is_old(path: Path) -> bool:
        try:
            return path.stat().st_mtime < time.time() - KEEP_SECONDS
        except FileNotFoundError:
            return True
