"""Mails that ask "Stimmt das noch?": one a person with all their offers, and once a week what the Redaktion must know.

The table `reminder` has a row for each offer, due day and level: whoever writes it sends the mail, so none goes out twice,
however many processes run. A mail that cannot be sent takes its rows back, and the next run tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, delete, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from portal.content.schema import Kommune
from portal.editing.actor import COMMAND
from portal.editing.confirm_links import KEEP_DAYS, ConfirmLinks
from portal.editing.freshness import Person, Stage, due_rows, editors, people_of, stage_of
from portal.models import Offer, Reminder

FIRST, AGAIN = 1, 2
Send = Callable[[str, str, str], bool]
"""Sends a text with a subject to an address; False where it did not go out."""


@dataclass
class Letter:
    """What one person is asked about."""

    person: Person
    rows: list[Any] = field(default_factory=list)
    """Columns as in freshness.Waiting.row."""
    levels: dict[int, int] = field(default_factory=dict)
    """By offer."""


def letters_due(session: Session, kommune: Kommune, today: date) -> list[Letter]:
    """Whom to ask about what today. Writes nothing."""
    sent = session.execute(
        select(Reminder.offer_id, Reminder.level).join(
            Offer, and_(Offer.id == Reminder.offer_id, Offer.review_due == Reminder.review_due)
        )
    )
    already = {(row.offer_id, row.level) for row in sent}
    due = [
        (row, level)
        for row in due_rows(session, COMMAND, kommune, today)
        if row.review_due is not None and (row.id, level := _level(row.review_due, today, kommune)) not in already
    ]
    asked = people_of(session, {row.organization_id for row, _level_of_row in due})
    redaktion = editors(session) or [Person(kommune.contact.email)]
    letters: dict[str, Letter] = {}
    for row, level in due:
        office = [Person(row.organization_email)] if row.organization_email else []
        for person in asked[row.organization_id] or office or redaktion:
            letter = letters.setdefault(person.email.lower(), Letter(person))
            letter.rows.append(row)
            letter.levels[row.id] = level
    return [letters[email] for email in sorted(letters)]


def _level(review_due: date, today: date, kommune: Kommune) -> int:
    return AGAIN if today >= review_due + timedelta(kommune.freshness.reminder_after_days) else FIRST


def send_reminders(
    session: Session, kommune: Kommune, today: date, links: ConfirmLinks, base: str, send: Send
) -> list[tuple[Letter, bool]]:
    """Ask everybody who is to be asked today. Commits for each letter. Returns the letters, each with whether it went out."""
    mine: set[tuple[int, int]] = set()
    told: set[tuple[int, int]] = set()
    done = []
    for letter in letters_due(session, kommune, today):
        keys = set(letter.levels.items())
        try:
            session.add_all(
                Reminder(offer_id=row.id, review_due=row.review_due, level=letter.levels[row.id])
                for row in letter.rows
                if (row.id, letter.levels[row.id]) not in mine
            )
            session.commit()
        except IntegrityError:
            # Another process is sending these.
            session.rollback()
            continue
        mine |= keys
        sent = send(letter.person.email, subject_of(letter), text_of(letter, kommune, today, links, base))
        if sent:
            told |= keys
        elif unsent := keys - told:
            session.execute(delete(Reminder).where(tuple_(Reminder.offer_id, Reminder.level).in_(sorted(unsent))))
            session.commit()
            mine -= unsent
        done.append((letter, sent))
    return done


def subject_of(letter: Letter) -> str:
    again = "Erinnerung: " if AGAIN in letter.levels.values() else ""
    return f"{again}Stimmt das noch? {_offers(len(letter.rows))}"


def text_of(letter: Letter, kommune: Kommune, today: date, links: ConfirmLinks, base: str) -> str:
    """Plain German text with the links. `base` is the address of the site."""
    lines = [
        f"Hallo {letter.person.name}," if letter.person.name else "Guten Tag,",
        "",
        f"stimmt das noch? Familien verlassen sich auf diese Angaben in „{kommune.site_name}“:",
        "",
        *(f"* {_title(row)}, {_checked(row)}" for row in letter.rows),
        "",
        "Öffne den Link, sieh kurz nach und tippe auf „Stimmt noch“. Du brauchst dafür kein Passwort:",
        *links.make(letter.person, letter.rows, today),
        "",
        f"Der Link gilt {KEEP_DAYS} Tage und ist nur für dich. Gib ihn nicht weiter.",
        *_what_happens(letter.rows, kommune),
        "",
        "Stimmt etwas nicht mehr? Melde dich an und ändere es:",
        f"{base}/verwaltung/stimmt-noch",
        *_contact(kommune),
    ]
    return "\n".join(lines) + "\n"


def _what_happens(rows: Sequence[Any], kommune: Kommune) -> list[str]:
    """A demo hides nothing, so it threatens nobody."""
    if kommune.demo:
        return []
    due = min(row.review_due for row in rows)
    note, hide = (
        due + timedelta(days) for days in (kommune.freshness.note_after_days, kommune.freshness.hide_after_days)
    )
    return [
        "",
        f"Ohne Antwort lesen Familien ab {note:%d.%m.%Y}, dass die Angaben nicht geprüft sind. "
        f"Ab {hide:%d.%m.%Y} finden sie das Angebot nicht mehr.",
    ]


def _contact(kommune: Kommune) -> list[str]:
    contact = kommune.contact
    return ["", "Kein Zugang, oder bist du nicht mehr dafür da? Ruf uns an:", f"{contact.office}, {contact.phone}"]


# --- for the Redaktion ------------------------------------------------------------------------------------------------


def summary(session: Session, kommune: Kommune, today: date, base: str) -> tuple[str, str] | None:
    """Subject and text: which offers are hidden, and which will soon be. None where there is nothing to say."""
    hidden, soon = [], []
    ahead = today + timedelta(kommune.freshness.warn_before_days)
    for row in due_rows(session, COMMAND, kommune, today):
        if stage_of(row.review_due, today, kommune) is Stage.HIDDEN:
            hidden.append(row)
        elif kommune.hides(row.review_due, ahead):
            soon.append(row)
    if not hidden and not soon:
        return None
    lines = ["Guten Tag,", "", f"das wartet in „{kommune.site_name}“ schon lange auf ein „Stimmt noch“."]
    for head, rows in (
        ("Schon ausgeblendet, Familien finden es nicht mehr:", hidden),
        (f"Wird bis {ahead:%d.%m.%Y} ausgeblendet:", soon),
    ):
        if rows:
            lines += ["", head, "", *(f"* {_title(row)}, {_checked(row)}" for row in rows)]
    lines += ["", "Frag beim Träger nach, am besten am Telefon:", f"{base}/verwaltung/stimmt-noch"]
    return f"{_offers(len(hidden))} ausgeblendet, {len(soon)} bald", "\n".join(lines) + "\n"


def send_summary(session: Session, kommune: Kommune, today: date, base: str, send: Send) -> list[Person]:
    """To everybody of the Redaktion. Returns who got it."""
    letter = summary(session, kommune, today, base)
    if letter is None:
        return []
    redaktion = editors(session) or [Person(kommune.contact.email)]
    return [person for person in redaktion if send(person.email, *letter)]


def _offers(number: int) -> str:
    return "1 Angebot" if number == 1 else f"{number} Angebote"


def _title(row: Any) -> str:
    """On one line, whatever somebody has typed."""
    return " ".join(f"{row.title} ({row.organization})".split())


def _checked(row: Any) -> str:
    return f"zuletzt geprüft am {row.assured_on:%d.%m.%Y}" if row.assured_on else "noch nie geprüft"
