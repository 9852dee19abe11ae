"""Granian, the server, with the settings of the portal."""

from __future__ import annotations

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from portal.config import Settings
from portal.extensions import THREADS


def serve(settings: Settings) -> None:
    """Serve until the process is told to stop."""
    Server(
        "portal.wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        # A request whose body never arrives (a phone that lost its line) holds its thread: there must be others. Rendering
        # takes turns anyway (GIL).
        blocking_threads=THREADS,
        workers_kill_timeout=5,
        backpressure=256,
        http=HTTPModes.auto,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        log_level=LogLevels.warning,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()
