"""Granian, the server, with the settings of the portal."""

from __future__ import annotations

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from portal.config import Settings


def serve(settings: Settings) -> None:
    """Serve until the process is told to stop."""
    Server(
        "portal.wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        # One thread a worker renders: more only wait for each other (GIL). A few wait for the database meanwhile.
        blocking_threads=2 if settings.database_url.startswith("postgres") else 1,
        backpressure=256,
        http=HTTPModes.auto,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        log_level=LogLevels.warning,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()
