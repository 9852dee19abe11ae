"""Familienlotse: every offer for families of a Kommune, in plain language and in the family's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The site (portal.app). Loaded when it is asked for: `portal text score` needs none of it."""
    from portal.app import create_app as wire

    return wire(settings)
