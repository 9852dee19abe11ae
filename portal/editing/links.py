"""Phone numbers and websites of offers: can they be right, and (only where kommune.yaml allows it) do the pages still exist?

A page is asked from a server of the Kommune, for an address that somebody typed: nothing inside the own network may be
reached that way. Each name is resolved here, private addresses are refused, and the connection goes to the very address
that was looked at. Redirects are followed by the same rule.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from sqlalchemy import select
from sqlmodel import Session

from portal.editing.checks import is_phone
from portal.models import Offer
from portal.models.enums import OfferStatus

FILE = "links.json"
"""In DATA_DIR: what the last run found."""
TIMEOUT = 10.0
PAUSE = 1.0
"""Seconds between two questions to the same host."""
_REDIRECTS = 4
_WEBSITE = re.compile(r"https?://[^\s/?#@]+\.[^\s/?#@.]{2,}([/?#]\S*)?", re.IGNORECASE)
_GONE = {404, 410}
_SAFE = "/%:@!$&'()*+,;=?~"


@dataclass(frozen=True)
class Problem:
    """`field` is "phone" or "website"; `message` a German sentence."""

    field: str
    value: str
    message: str


@dataclass
class StoredLinks:
    """What the last run found: of a website the problem, by the address itself."""

    checked_on: date | None = None
    websites: dict[str, str] = field(default_factory=dict)
    """Message by address."""
    offer_ids: list[int] = field(default_factory=list)
    """The offers with any problem on that day."""


def problems_of(phone: str | None, website: str | None, stored: StoredLinks) -> list[Problem]:
    """What cannot be right in an offer as it is now. What was found of another address than today's does not count."""
    found = []
    if phone and not is_phone(phone):
        found.append(Problem("phone", phone, "Diese Telefonnummer kann nicht stimmen."))
    if website and not is_website(website):
        found.append(Problem("website", website, "Diese Adresse im Internet kann nicht stimmen."))
    elif website and website in stored.websites:
        found.append(Problem("website", website, stored.websites[website]))
    return found


def is_website(address: str) -> bool:
    """Whether it has the form of an address of a website."""
    if not _WEBSITE.fullmatch(address):
        return False
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and (parts.port or 80) > 0
    except ValueError:
        return False


# --- keeping ----------------------------------------------------------------------------------------------------------


def read_stored(path: Path) -> StoredLinks:
    """An unreadable file is none: the next run writes a new one."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return StoredLinks(date.fromisoformat(raw["checked_on"]), dict(raw["websites"]), list(raw["offer_ids"]))
    except (OSError, ValueError, KeyError, TypeError):
        return StoredLinks()


def write_stored(path: Path, stored: StoredLinks) -> None:
    """Whole or not at all."""
    raw = {
        "checked_on": stored.checked_on.isoformat() if stored.checked_on else None,
        "websites": stored.websites,
        "offer_ids": stored.offer_ids,
    }
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(raw, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(path)


def check_all(session: Session, path: Path, today: date, *, ask: Callable[[str], str] | None = None) -> list[Any]:
    """Look at every public offer, keep the result in `path`, and return (slug, Problem) for each problem.

    `ask` says what is wrong with the page at an address, "" for nothing; without it no page is asked, and what an
    earlier run found by asking is forgotten.
    """
    rows = session.execute(
        select(Offer.id, Offer.slug, Offer.phone, Offer.website)
        .where(Offer.status == OfferStatus.PUBLISHED)
        .order_by(Offer.id)
    ).all()
    # A run may ask for an hour: nothing is kept open meanwhile.
    session.rollback()
    stored = StoredLinks(today)
    if ask is not None:
        stored.websites = _ask_all({row.website for row in rows if row.website and is_website(row.website)}, ask)
    found = []
    for row in rows:
        if problems := problems_of(row.phone, row.website, stored):
            stored.offer_ids.append(row.id)
            found += [(row.slug, problem) for problem in problems]
    write_stored(path, stored)
    return found


def _ask_all(addresses: Iterable[str], ask: Callable[[str], str]) -> dict[str, str]:
    """One after the other, never faster than one a PAUSE to the same host."""
    found, last = {}, dict[str, float]()
    for address in sorted(addresses, key=lambda one: one[::-1]):
        host = urlsplit(address).hostname or ""
        if (wait := last.get(host, 0.0) + PAUSE - time.monotonic()) > 0 and host in last:
            time.sleep(wait)
        if message := ask(address):
            found[address] = message
        last[host] = time.monotonic()
    return found


# --- asking -----------------------------------------------------------------------------------------------------------


class RefusedAddressError(Exception):
    """It leads into a private network, or to nothing that is a website."""


def ask_website(address: str, allowed: Callable[[str], bool] | None = None) -> str:
    """What is wrong with the page at `address`, as a German sentence; "" where it is there.

    `allowed` judges the numeric address that a host name stands for (default: only public ones).
    """
    judge = allowed or is_public
    try:
        for _number in range(_REDIRECTS + 1):
            status, location = _fetch("HEAD", address, judge)
            if status in (400, 403, 405, 501):
                # Some servers know no HEAD.
                status, location = _fetch("GET", address, judge)
            if 300 <= status < 400 and location:
                address = urljoin(address, location)
                continue
            if status in _GONE:
                return "Die Seite gibt es nicht mehr."
            return f"Die Seite meldet einen Fehler ({status})." if status >= 500 else ""
    except RefusedAddressError:
        return "Die Adresse führt nicht zu einer öffentlichen Seite."
    except ssl.SSLError:
        return "Die Seite hat kein gültiges Zertifikat."
    except TimeoutError:
        return "Die Seite antwortet nicht."
    except (OSError, http.client.HTTPException, ValueError):
        return "Die Seite ist nicht erreichbar."
    return "Die Seite leitet immer weiter."


def is_public(number: str) -> bool:
    """Whether a numeric address is on the open internet."""
    address = ipaddress.ip_address(number)
    mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return address.is_global and not address.is_multicast and (mapped is None or is_public(str(mapped)))


def _fetch(method: str, address: str, judge: Callable[[str], bool]) -> tuple[int, str]:
    """Status and Location of one answer; its body is not read."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise RefusedAddressError
    port = parts.port or (443 if parts.scheme == "https" else 80)
    number = _resolve(parts.hostname, port, judge)
    connection = _connection(parts, number, port)
    try:
        path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
        connection.request(method, path, headers={"User-Agent": "Familienlotse (prueft Links)"})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location") or ""
    finally:
        connection.close()


def _resolve(host: str, port: int, judge: Callable[[str], bool]) -> str:
    """A numeric address of `host`. One that may not be reached among them is enough to refuse all."""
    try:
        numbers = {str(item[4][0]) for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except UnicodeError as error:
        raise RefusedAddressError from error
    if not all(judge(number.partition("%")[0]) for number in numbers):
        raise RefusedAddressError
    return min(numbers, key=lambda number: (":" in number, number))


def _connection(parts: SplitResult, number: str, port: int) -> http.client.HTTPConnection:
    """To the address that was looked at: to resolve the name a second time could lead elsewhere."""
    host = parts.hostname or ""
    plain = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    stream = socket.create_connection((number, port), timeout=TIMEOUT)
    if parts.scheme == "https":
        try:
            stream = ssl.create_default_context().wrap_socket(stream, server_hostname=host)
        except Exception:
            stream.close()
            raise
        # HTTPConnection knows the usual port of its own kind only.
        plain.default_port = 443
    plain.sock = stream
    return plain
