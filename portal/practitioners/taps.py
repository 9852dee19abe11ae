"""How often somebody may say something with one tap: in memory only, under a key that nobody can read (portal.feedback.flood)."""

from __future__ import annotations

from flask import Flask, current_app

from portal.editing.actor import Actor
from portal.feedback.flood import DAY, FloodGuard, Limit
from portal.offers.context import today

AN_HOUR = {"gap": 10, "no place": 30}
A_DAY = {"gap": 40, "no place": 60}
"""More in a day is no practitioner: the link of a house has got to somebody who wants every offer to look full."""
SAME_AGAIN = 600.0
"""Seconds: the same thing twice within them is a second tap, not a second family."""


def init_app(app: Flask) -> None:
    app.extensions["taps"] = FloodGuard(keep=DAY)


def allowed(actor: Actor, kind: str, same: str = "") -> bool:
    """Count one more tap of this person (or house); False where it is too many, or the `same` too soon."""
    who = str(actor.user_id) if actor.user_id is not None else f"guest {actor.name}"
    limits = [Limit(kind, who, AN_HOUR[kind]), Limit(f"{kind}, the day", who, A_DAY[kind], DAY)]
    if same:
        limits.append(Limit(f"{kind}, the same", f"{who}\0{same}", 1, SAME_AGAIN))
    guard: FloodGuard = current_app.extensions["taps"]
    return guard.allows_each(limits, today())
