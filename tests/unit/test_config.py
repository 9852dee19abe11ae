"""Settings: what each may be, and the one sentence that an operator reads where it is not."""

from __future__ import annotations

import re
import secrets
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from portal import paths
from portal.config import Settings, SettingsError


def sentence(**environ: str) -> str:
    """What an operator is told about a wrong setting."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    return str(caught.value)


def test_without_any_setting_the_portal_is_ready_to_run() -> None:
    assert Settings.from_env({}) == Settings(
        host="127.0.0.1",
        port=8000,
        workers=2,
        database_url="",
        secret_key="",
        data_dir=Path("var"),
        content_dir=paths.CONTENT,
        public_url="",
        meili_url="",
        meili_key="",
        log_level="info",
    )


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("HOST", "0.0.0.0", "0.0.0.0"),
        ("HOST", " ::1 ", "::1"),
        ("PORT", "1", 1),
        ("PORT", "65535", 65535),
        ("PORT", " 8080\n", 8080),
        ("WORKERS", "1", 1),
        ("WORKERS", "64", 64),
        ("DATABASE_URL", "postgresql://u:p@db/portal", "postgresql://u:p@db/portal"),
        ("SECRET_KEY", "s" * 32, "s" * 32),
        ("DATA_DIR", "/srv/data", Path("/srv/data")),
        ("CONTENT_DIR", str(paths.CONTENT), paths.CONTENT),
        ("PUBLIC_URL", "https://familie.example", "https://familie.example"),
        ("PUBLIC_URL", "http://localhost:8000", "http://localhost:8000"),
        ("MEILI_URL", "http://meili:7700", "http://meili:7700"),
        ("MEILI_KEY", "geheim", "geheim"),
        ("LOG_LEVEL", "debug", "debug"),
        ("LOG_LEVEL", "info", "info"),
        ("LOG_LEVEL", "warning", "warning"),
        ("LOG_LEVEL", "error", "error"),
    ],
)
def test_a_setting_is_read_from_the_environment(name: str, raw: str, value: object) -> None:
    assert getattr(Settings.from_env({name: raw}), name.lower()) == value


def test_an_empty_setting_is_as_good_as_none() -> None:
    names = ("HOST", "PORT", "WORKERS", "DATABASE_URL", "SECRET_KEY", "DATA_DIR", "CONTENT_DIR", "PUBLIC_URL")
    assert Settings.from_env(dict.fromkeys((*names, "MEILI_URL", "MEILI_KEY", "LOG_LEVEL"), " ")) == Settings()


def test_what_is_not_ours_in_the_environment_is_not_read() -> None:
    assert Settings.from_env({"PATH": "/bin", "port": "1", "XPORT": "2"}) == Settings()


def test_settings_come_from_the_process_where_nothing_else_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    assert Settings.from_env().port == 8123


# --- What is wrong, in one sentence ---


@pytest.mark.parametrize("name", ["PORT", "WORKERS"])
@pytest.mark.parametrize("raw", ["viele", "-1", "2.5", "0x10", "²", "８０", "1e3"])
def test_a_number_must_be_a_whole_number(name: str, raw: str) -> None:
    assert sentence(**{name: raw}) == f"{name} must be a whole number, not {raw!r}."


@pytest.mark.parametrize("raw", ["0", "65536", "100000"])
def test_a_port_must_exist(raw: str) -> None:
    assert sentence(PORT=raw) == f"PORT must be between 1 and 65535, not {raw}."


@pytest.mark.parametrize("raw", ["0", "65"])
def test_workers_must_be_a_sensible_number(raw: str) -> None:
    assert sentence(WORKERS=raw) == f"WORKERS must be between 1 and 64, not {raw}."


@pytest.mark.parametrize("raw", ["INFO", "trace", "warn", "0"])
def test_a_log_level_must_be_one_of_four(raw: str) -> None:
    assert sentence(LOG_LEVEL=raw) == f"LOG_LEVEL must be debug, info, warning or error, not {raw!r}."


@pytest.mark.parametrize("name", ["PUBLIC_URL", "MEILI_URL"])
@pytest.mark.parametrize("raw", ["familie.example", "ftp://x.example", "javascript:alert(1)", "//x.example"])
def test_an_address_must_be_one_of_the_web(name: str, raw: str) -> None:
    assert sentence(**{name: raw}) == f"{name} must start with http:// or https://."


@pytest.mark.parametrize("raw", ["x", "s" * 31])
def test_a_short_secret_is_refused_and_not_repeated(raw: str) -> None:
    assert sentence(SECRET_KEY=raw) == "SECRET_KEY must have at least 32 characters."


def test_a_content_folder_must_hold_a_kommune(tmp_path: Path) -> None:
    assert sentence(CONTENT_DIR=str(tmp_path)) == f"CONTENT_DIR has no kommune.yaml: {tmp_path}"


@pytest.mark.parametrize("url", ["mysql://u:p@db/portal", "sqlite3.db", "postgresql+asyncpg://db/portal", "http://db"])
def test_a_database_of_another_kind_is_refused_and_its_password_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _ = Settings.from_env({"DATABASE_URL": url}).sqlalchemy_url
    assert str(caught.value) == "DATABASE_URL must be a postgresql:// or sqlite:// address."


# --- The database's address ---


@pytest.mark.parametrize(
    ("url", "engine"),
    [
        ("postgresql://u:p@db:5432/portal?sslmode=require", "postgresql+psycopg://u:p@db:5432/portal?sslmode=require"),
        ("postgres://u:p@db/portal", "postgresql+psycopg://u:p@db/portal"),
        ("postgresql+psycopg://db/portal", "postgresql+psycopg://db/portal"),
        ("sqlite:////srv/portal.sqlite3", "sqlite:////srv/portal.sqlite3"),
        ("sqlite://", "sqlite://"),
    ],
)
def test_a_database_is_named_as_the_driver_wants_it(url: str, engine: str) -> None:
    assert Settings.from_env({"DATABASE_URL": url}).sqlalchemy_url == engine


def test_without_a_database_a_file_in_the_data_folder_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(data_dir=tmp_path).sqlalchemy_url == f"sqlite:///{tmp_path}/familienlotse.sqlite3"
    monkeypatch.chdir(tmp_path)
    assert Settings(data_dir=Path("var")).sqlalchemy_url == f"sqlite:///{tmp_path}/var/familienlotse.sqlite3"


# --- The secret ---


def test_the_secret_of_the_environment_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    assert Settings(secret_key="s" * 40, data_dir=tmp_path / "var").secret() == b"s" * 40
    assert list(tmp_path.iterdir()) == []


def test_without_a_secret_one_is_made_once_and_kept_for_the_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new" / "var")
    secret = settings.secret()
    assert re.fullmatch(rb"[\w-]{64}", secret)
    assert settings.secret() == Settings(data_dir=settings.data_dir).secret() == secret
    assert [path.name for path in settings.data_dir.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((settings.data_dir / "secret.key").stat().st_mode) == 0o600
    assert Settings(data_dir=tmp_path / "other").secret() != secret


def test_workers_that_start_at_once_share_one_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workers, make = 8, secrets.token_urlsafe
    all_there = threading.Barrier(workers, timeout=30)

    def make_together(size: int) -> str:
        """Nobody goes on before each has seen that there is no secret yet."""
        all_there.wait()
        return make(size)

    monkeypatch.setattr(secrets, "token_urlsafe", make_together)
    settings = Settings(data_dir=tmp_path)
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(lambda _: settings.secret(), range(workers)))
    assert found == [settings.secret()] * workers
    assert len(found[0]) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_settings_cannot_be_changed_later() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 9  # type: ignore[misc]
