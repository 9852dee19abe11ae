"""Opening a Merkzettel by its code, and handing one on: both are limited, so that nobody finds lists by trying.

Whoever opens a list, on whichever page, does it here. Codes that cannot be one (a sign of no code, too short) are told
from others by everybody: they cost no try.
"""

from __future__ import annotations

from flask import current_app, request

from portal.auth.origin import is_from_elsewhere
from portal.auth.throttle import address_of
from portal.extensions import db
from portal.feedback.flood import DAY, HOUR, FloodGuard, Limit
from portal.offers.context import today
from portal.referrals import sharing
from portal.referrals.codes import read_code

MISSES_PER_ADDRESS = 10
MISSES = 60
"""A day, for each worker. After so many from all together, an address has one miss instead of ten: a stranger cannot close
the lists for families, whose codes are right. What that means is worked out in portal.referrals.codes."""
MISSES_PER_NETWORK = 300
"""A day, for each worker, from one IPv6 /48: that is 65,536 addresses here, and anybody can rent one. It is so much more
than an address has because a mobile network may put as many phones into one."""
SHARED_PER_ADDRESS = 60
SHARED_PER_NETWORK = 120
SHARED = 200
SHARED_WHEN_MANY = 3
"""An hour, for each worker. A Familienzentrum has one address for all who work there. After SHARED from all together, an
address has only so few: a stranger can neither fill the table nor keep families from handing on."""


class TooManyError(Exception):
    """So many codes that are none, or so many new lists: it is not even looked up. Answered with 429."""


def open_list(typed: str) -> sharing.SharedList | None:
    """The list that somebody means who types this; None where there is none. Raises TooManyError."""
    code = read_code(typed)
    if code is None or is_from_elsewhere(request):
        return None
    guard: FloodGuard = current_app.extensions["shortlist_misses"]
    everybody = Limit("all", "", MISSES, DAY)
    many = guard.is_full((everybody,), today())
    misses = (
        Limit("address", address_of(request), 1 if many else MISSES_PER_ADDRESS, DAY),
        Limit("network", address_of(request, 48), MISSES_PER_NETWORK, DAY),
    )
    if guard.is_full(misses, today()):
        raise TooManyError
    found = sharing.find(db.session, code, today())
    if found is None:
        guard.allows_each(misses, today())
        guard.allows_each((everybody,), today())
    return found


def share_list(ids: tuple[int, ...], lang: str, first_line: str) -> sharing.SharedList:
    """Hand a list on. Raises TooManyError, NothingToShareError."""
    guard: FloodGuard = current_app.extensions["shortlist_shared"]
    everybody = Limit("all", "", SHARED, HOUR)
    many = guard.is_full((everybody,), today())
    own = (
        Limit("address", address_of(request), SHARED_WHEN_MANY if many else SHARED_PER_ADDRESS, HOUR),
        Limit("network", address_of(request, 48), SHARED_PER_NETWORK, HOUR),
    )
    if not guard.allows_each(own, today()):
        raise TooManyError
    guard.allows_each((everybody,), today())
    days = current_app.extensions["settings"].shortlist_days
    return sharing.share(db.session, ids=ids, lang=lang, first_line=first_line, today=today(), days=days)
