"""Once a month a mail to whoever wants it: what has changed in their districts. Plain text, no picture, links to pages only.

`digest.sent_for` is the month that somebody was told of last. Whoever moves it sends the mail, so none goes out twice, however many
processes run. A mail that cannot be sent moves it back, and the next day's run tries again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from portal.content.schema import Kommune
from portal.editing.actor import PRACTITIONERS, Actor, NotAllowedError
from portal.editing.freshness import Person
from portal.editing.reminders import Send
from portal.i18n import format_month
from portal.models import Digest, Role, User, UserDistrict, UserRole
from portal.months import end_of, month_before
from portal.offers.change_words import GROUPS, grouped, sentence
from portal.offers.changes import Change, changes

UNTIL_DAY = 10
"""Of a month: until then a mail about the month before is still news."""
_MOST = 40
"""Lines of a group; the page has all of them."""


@dataclass(frozen=True)
class Due:
    """Somebody who is to be told, and of what; nothing where nothing has changed."""

    person: Person
    changes: list[Change]


# --- who wants it -----------------------------------------------------------------------------------------------------


def wants_mail(session: Session, actor: Actor) -> bool:
    return actor.user_id is not None and session.get(Digest, actor.user_id) is not None


def switch(session: Session, actor: Actor, on: bool) -> None:
    """The caller commits. Not in the audit log: it is nobody else's business. Raises NotAllowedError for a guest."""
    if actor.user_id is None:
        raise NotAllowedError("a mail for a guest")
    if not on:
        session.execute(delete(Digest).where(Digest.user_id == actor.user_id))
    elif not wants_mail(session, actor):
        try:
            with session.begin_nested():
                session.add(Digest(user_id=actor.user_id))
        except IntegrityError:
            # The same click, twice at once.
            return


# --- sending ----------------------------------------------------------------------------------------------------------


def due(session: Session, kommune: Kommune, today: date) -> list[Due]:
    """Whom to tell today of the month before, in the order of their ids. Writes nothing.

    Only in the first days of a month; only people with access, a role that may read it, and a district. Those with the
    same districts share one look.
    """
    if today.day > UNTIL_DAY:
        return []
    month = month_before(today)
    people: dict[int, Person] = {}
    districts: dict[int, set[int]] = defaultdict(set)
    for row in session.execute(
        select(User.id, User.name, User.email, UserDistrict.district_id)
        .join(Digest, Digest.user_id == User.id)
        .join(UserDistrict, UserDistrict.user_id == User.id)
        .where(
            User.active,
            or_(Digest.sent_for.is_(None), Digest.sent_for < month),
            User.id.in_(
                select(UserRole.user_id)
                .join(Role, Role.id == UserRole.role_id)
                .where(Role.name.in_([role.value for role in PRACTITIONERS]))
            ),
        )
        .order_by(User.id)
    ):
        people[row.id] = Person(row.email, row.name, row.id)
        districts[row.id].add(row.district_id)
    looked: dict[frozenset[int], list[Change]] = {}
    found = []
    for user_id, person in people.items():
        area = frozenset(districts[user_id])
        if area not in looked:
            looked[area] = changes(
                session,
                first=month,
                last=end_of(month),
                today=today,
                hide_after_days=kommune.hide_after_days,
                districts=area,
            )
        found.append(Due(person, looked[area]))
    return found


def send_digests(session: Session, kommune: Kommune, today: date, base: str, send: Send) -> list[tuple[Due, bool]]:
    """Tell everybody who is to be told. Commits for each. Returns those with something to tell, each with whether it went out."""
    month = month_before(today)
    done = []
    for item in due(session, kommune, today):
        before = _claim(session, item.person.user_id, month)
        if before is None or not item.changes:
            continue
        sent = send(item.person.email, *letter(item, kommune, month, base))
        if not sent:
            _give_back(session, item.person.user_id, before[0])
        done.append((item, sent))
    return done


def _claim(session: Session, user_id: int | None, month: date) -> tuple[date | None] | None:
    """What `sent_for` was before, in a tuple; None where another process has this person, or they want no mail any more."""
    before = session.execute(select(Digest.sent_for).where(Digest.user_id == user_id)).first()
    claimed = session.execute(
        update(Digest)
        .where(and_(Digest.user_id == user_id, or_(Digest.sent_for.is_(None), Digest.sent_for < month)))
        .values(sent_for=month)
    )
    session.commit()
    return (before.sent_for,) if before is not None and claimed.rowcount else None


def _give_back(session: Session, user_id: int | None, before: date | None) -> None:
    session.execute(update(Digest).where(Digest.user_id == user_id).values(sent_for=before))
    session.commit()


# --- words ------------------------------------------------------------------------------------------------------------


def letter(item: Due, kommune: Kommune, month: date, base: str) -> tuple[str, str]:
    """Subject and text. `base` is the address of the site."""
    page = f"{base}/verwaltung/fachkraft/neues"
    lines = [
        f"Hallo {item.person.name},",
        "",
        f"das hat sich im {format_month(month)} in deinen Stadtteilen geändert. Quelle: „{kommune.site_name}“.",
    ]
    for kind, some in grouped(item.changes).items():
        lines += ["", f"{GROUPS[kind]} ({len(some)})", *_lines(some[:_MOST], base)]
        if len(some) > _MOST:
            lines.append(f"* und {len(some) - _MOST} weitere")
    lines += [
        "",
        "Alles auf einer Seite:",
        f"{page}?monat={month:%Y-%m}",
        "",
        "Du willst diese Mail nicht mehr? Schalte sie hier aus, auch deine Stadtteile änderst du dort:",
        page,
    ]
    return f"Neu und geändert im {format_month(month)}", "\n".join(lines) + "\n"


def _lines(some: Iterable[Change], base: str) -> Iterable[str]:
    for change in some:
        place = ", ".join(part for part in (change.organization, change.district) if part)
        # On one line, whatever somebody has typed.
        yield "* " + " ".join(f"{change.title} ({place})".split() if place else change.title.split())
        yield f"  {change.on:%d.%m.} {sentence(change)}"
        if change.is_open:
            yield f"  {base}/de/angebote/{change.slug}"
