"""Typed settings, read once from the environment. A wrong value stops the start with one sentence.

Every setting is a field here and a row in the README's table; a test compares the two.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from portal import paths


class SettingsError(Exception):
    """A setting cannot be used. The message names the setting and what it may be."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an operator may set. Field names are the names of the environment variables, in lower case."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    database_url: str = ""
    secret_key: str = ""
    data_dir: Path = Path("var")
    content_dir: Path = paths.CONTENT
    public_url: str = ""
    meili_url: str = ""
    meili_key: str = ""
    log_level: str = "info"
    session_hours: int = 12
    smtp_url: str = ""
    mail_from: str = ""
    translate_with: str = ""
    translate_url: str = ""
    translate_key: str = ""
    shortlist_days: int = 30

    @classmethod
    def from_env(cls, environ: dict[str, str] | None = None) -> Settings:
        """Read the settings. Raises SettingsError where a value cannot be used."""
        env = dict(os.environ) if environ is None else environ
        values: dict[str, object] = {}
        for field in fields(cls):
            raw = env.get(field.name.upper(), "").strip()
            if not raw:
                continue
            if field.type == "int":
                if not raw.isascii() or not raw.isdigit():
                    raise SettingsError(f"{field.name.upper()} must be a whole number, not {raw!r}.")
                values[field.name] = int(raw)
            elif field.type == "Path":
                values[field.name] = Path(raw)
            else:
                values[field.name] = raw
        settings = cls(**values)  # type: ignore[arg-type]
        return settings._checked()

    def _checked(self) -> Settings:
        if not 1 <= self.port <= 65535:
            raise SettingsError(f"PORT must be between 1 and 65535, not {self.port}.")
        if not 1 <= self.workers <= 64:
            raise SettingsError(f"WORKERS must be between 1 and 64, not {self.workers}.")
        if self.log_level not in {"debug", "info", "warning", "error"}:
            raise SettingsError(f"LOG_LEVEL must be debug, info, warning or error, not {self.log_level!r}.")
        if self.public_url and not self.public_url.startswith(("http://", "https://")):
            raise SettingsError("PUBLIC_URL must start with http:// or https://.")
        if self.meili_url and not self.meili_url.startswith(("http://", "https://")):
            raise SettingsError("MEILI_URL must start with http:// or https://.")
        if not 1 <= self.session_hours <= 168:
            raise SettingsError(f"SESSION_HOURS must be between 1 and 168, not {self.session_hours}.")
        if not 1 <= self.shortlist_days <= 365:
            raise SettingsError(f"SHORTLIST_DAYS must be between 1 and 365, not {self.shortlist_days}.")
        if self.smtp_url and not self.smtp_url.startswith(("smtp://", "smtps://")):
            raise SettingsError("SMTP_URL must start with smtp:// or smtps://.")
        if self.smtp_url and not self.public_url:
            raise SettingsError("SMTP_URL needs PUBLIC_URL: the links in mails begin with it.")
        if self.secret_key and len(self.secret_key) < 32:
            raise SettingsError("SECRET_KEY must have at least 32 characters.")
        if not (self.content_dir / "kommune.yaml").is_file():
            raise SettingsError(f"CONTENT_DIR has no kommune.yaml: {self.content_dir}")
        return self

    @property
    def sender(self) -> str:
        """Whom mails come from: MAIL_FROM, else an address at the host of the site."""
        return self.mail_from or f"familienlotse@{urlsplit(self.public_url).hostname or 'localhost'}"

    @property
    def sqlalchemy_url(self) -> str:
        """The database as SQLAlchemy names it: psycopg 3 for PostgreSQL, a file below DATA_DIR where none is set."""
        url = self.database_url
        if not url:
            return f"sqlite:///{(self.data_dir / 'familienlotse.sqlite3').absolute()}"
        if url.startswith("postgres://"):
            url = "postgresql://" + url.removeprefix("postgres://")
        if url.startswith("postgresql://"):
            url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
        if not url.startswith(("sqlite:", "postgresql+psycopg:")):
            raise SettingsError("DATABASE_URL must be a postgresql:// or sqlite:// address.")
        return url

    @property
    def own_address(self) -> str:
        """The address of the site where no request may tell it: in mails and commands. Without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    def secret(self) -> bytes:
        """The key of this installation: SECRET_KEY, else one made once and kept in DATA_DIR.

        It seals what stands in addresses (searches, answers to the Lotse, links in mails, names of uploaded tables) and
        forms that wait for a log-in; it encrypts the second step of the log-in and is in the hashes of recovery codes
        and failed log-ins. With another key all of these are worth nothing; content and passwords stay.
        """
        if self.secret_key:
            return self.secret_key.encode()
        path = self.data_dir / "secret.key"
        if not path.exists():
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Two workers may start at the same moment: whoever links the finished file first wins, both read that one.
            candidate = self.data_dir / f"secret.{secrets.token_hex(4)}"
            candidate.touch(mode=0o600)
            candidate.write_text(secrets.token_urlsafe(48))
            try:
                os.link(candidate, path)
            except FileExistsError:
                pass
            finally:
                candidate.unlink()
        return path.read_bytes()
